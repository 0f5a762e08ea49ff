// SPDX-License-Identifier: GPL-2.0-only
/* How are GPUs listed for programs? */
#include <stdio.h>
#include <string.h>

#include "print.h"

static void add(struct json_object *object, const char *key,
		struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static void add_u64(struct json_object *object, const char *key, uint64_t value)
{
	add(object, key, json_object_new_uint64(value));
}

static struct json_object *group(const struct gpu *gpu)
{
	struct json_object *group = json_object_new_object();
	struct json_object *members = json_object_new_array();

	add_u64(group, "id", gpu->group.value);
	add(group, "type", json_text(gpu->group_type));
	for (size_t i = 0; i < gpu->members.nr; i++) {
		const struct neighbour *one = &gpu->members.one[i];
		struct json_object *member = json_object_new_object();

		add(member, "bdf", json_text(one->bdf));
		add(member, "driver", json_text(one->driver));
		json_object_array_add(members, member);
	}
	add(group, "other_members", members);
	return group;
}

static struct json_object *retired(const struct memory *memory)
{
	struct json_object *pages;

	if (!memory->retired_known)
		return NULL;
	pages = json_object_new_array();
	for (size_t i = 0; i < memory->nr_retired; i++)
		json_object_array_add(pages,
				      json_object_new_uint64(memory->retired[i]));
	return pages;
}

static struct json_object *egm(const struct memory *memory)
{
	struct json_object *egm = json_object_new_object();

	add(egm, "base", json_number(&memory->egm_base));
	add(egm, "size", json_number(&memory->egm_size));
	add(egm, "pxm", json_number(&memory->egm_pxm));
	return egm;
}

static struct json_object *memory(const struct memory *memory)
{
	struct json_object *object = json_object_new_object();

	add(object, "base", json_number(&memory->base));
	add(object, "size", json_number(&memory->size));
	add(object, "layout", json_text(memory->layout));
	add(object, "ready", json_text(memory->ready));
	add(object, "retired_pages", retired(memory));
	add(object, "pxm_start", json_number(&memory->pxm_start));
	add(object, "pxm_count", json_number(&memory->pxm_count));
	add(object, "egm", memory->egm_size.known ? egm(memory) : NULL);
	return object;
}

static struct json_object *made_up_bar(const struct region *region)
{
	struct json_object *bar = json_object_new_object();

	add_u64(bar, "bar", region->bar);
	add(bar, "kind", json_text("made-up"));
	add_u64(bar, "size", region->size);
	add_u64(bar, "memory", region->memory);
	add_u64(bar, "padding", region->size - region->memory);
	add_u64(bar, "base", region->base);
	add(bar, "cacheable", json_object_new_boolean(region->cacheable));
	return bar;
}

static struct json_object *hardware_bar(const struct gpu *gpu, unsigned int index)
{
	const struct bar *hardware = &gpu->bars[index];
	struct json_object *bar = json_object_new_object();

	add_u64(bar, "bar", index);
	add(bar, "kind", json_text("hardware"));
	add_u64(bar, "size", hardware->size);
	add(bar, "base", hardware->unassigned ? NULL :
	    json_object_new_uint64(hardware->start));
	add(bar, "64bit", json_object_new_boolean(hardware->is_64bit));
	add(bar, "prefetchable", json_object_new_boolean(hardware->prefetchable));
	add(bar, "hidden", gpu->memory.hidden ? NULL :
	    json_object_new_boolean(!!guest_region(gpu, index)));
	return bar;
}

static struct json_object *bars(const struct gpu *gpu)
{
	struct json_object *bars = json_object_new_array();

	for (unsigned int i = 0; i < NR_BARS; i++) {
		const struct region *region = guest_region(gpu, i);

		if (region && region->bar == i)
			json_object_array_add(bars, made_up_bar(region));
		if (gpu->bars[i].size)
			json_object_array_add(bars, hardware_bar(gpu, i));
	}
	return bars;
}

static struct json_object *one(const struct gpu *gpu)
{
	struct json_object *object = json_object_new_object();
	char id[16], cdev[NAME_SIZE + 32];

	snprintf(id, sizeof(id), "%04x:%04x", gpu->vendor, gpu->device);
	snprintf(cdev, sizeof(cdev), "/dev/vfio/devices/%s", gpu->cdev);
	add(object, "bdf", json_text(gpu->bdf));
	add(object, "id", json_text(id));
	add(object, "part", json_text(gpu->part));
	add(object, "driver", json_text(gpu->driver));
	add(object, "driver_to_bind", json_text(DRIVER));
	add(object, "driver_override", json_text(gpu->driver_override));
	add(object, "iommu_group", gpu->group.known ? group(gpu) : NULL);
	add(object, "cdev", *gpu->cdev ? json_text(cdev) : NULL);
	add(object, "numa_node", json_number(&gpu->numa_node));
	add(object, "all_cacheable", gpu->config.readable < 4096 ? NULL :
	    json_object_new_boolean(gpu->config.all_cacheable));
	add(object, "memory", gpu->memory.present ? memory(&gpu->memory) : NULL);
	add(object, "bars", bars(gpu));
	add(object, "virtual_functions", json_notes(&gpu->virtual_functions));
	add(object, "unknown", json_notes(&gpu->unknown));
	add(object, "needs_root", json_notes(&gpu->need_root));
	add(object, "problems", json_notes(&gpu->problems));
	return object;
}

void list_json(const struct gpus *gpus)
{
	struct json_object *all = json_object_new_array();
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < gpus->nr; i++)
		json_object_array_add(all, one(&gpus->one[i]));
	add(object, "gpus", all);
	json_print(object, false);
}
