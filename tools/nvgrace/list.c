// SPDX-License-Identifier: GPL-2.0-only
/* How are GPUs listed for people? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

static const char * const gpu_heads[] = {
	"GPU", "PART", "DRIVER", "GROUP", "CDEV", "MEMORY", "AT", "LAYOUT",
	"READY", "RETIRED", "DOMAINS", NULL
};

static const char * const bar_heads[] = {
	"GPU", "BAR", "SIZE", "MEMORY", "PADDING", "KIND", NULL
};

static char *domains(const struct memory *memory)
{
	uint64_t first = memory->pxm_start.value;

	if (!memory->pxm_start.known || !memory->pxm_count.known ||
	    !memory->pxm_count.value)
		return NULL;
	return text("%" PRIu64 "-%" PRIu64, first,
		    first + memory->pxm_count.value - 1);
}

static void gpu_row(struct table *table, const struct gpu *gpu)
{
	const struct memory *memory = &gpu->memory;
	char **row = table_row(table);

	row[0] = text("%s", gpu->bdf);
	row[1] = gpu->part ? text("%s", gpu->part) :
			     text("%04x:%04x", gpu->vendor, gpu->device);
	row[2] = text("%s", gpu->driver);
	row[3] = gpu->group.known ? text("%" PRIu64, gpu->group.value) : NULL;
	row[4] = text("%s", gpu->cdev);
	row[5] = memory->size.known ? size_text(memory->size.value) : NULL;
	row[6] = memory->base.known ? text("%#" PRIx64, memory->base.value) : NULL;
	row[7] = text("%s", memory->layout);
	row[8] = text("%s", memory->ready);
	row[9] = memory->retired_known ? text("%zu", memory->nr_retired) : NULL;
	row[10] = domains(memory);
}

static void memory_row(struct table *table, const struct gpu *gpu,
		       const struct region *region)
{
	char **row = table_row(table);

	row[0] = text("%s", gpu->bdf);
	row[1] = text("BAR%u", region->bar);
	row[2] = size_text(region->size);
	row[3] = size_text(region->memory);
	row[4] = size_text(region->size - region->memory);
	row[5] = text("made up, %s", region->cacheable ? "cacheable" : "uncached");
}

static void hardware_row(struct table *table, const struct gpu *gpu,
			 unsigned int index)
{
	const struct bar *bar = &gpu->bars[index];
	char **row = table_row(table);

	row[0] = text("%s", gpu->bdf);
	row[1] = text("BAR%u", index);
	row[2] = size_text(bar->size);
	row[5] = text("hardware, %d-bit%s%s%s", bar->is_64bit ? 64 : 32,
		      bar->prefetchable ? ", prefetchable" : "",
		      bar->unassigned ? ", without an address" : "",
		      guest_region(gpu, index) ? ", hidden" : "");
}

static void bar_rows(struct table *table, const struct gpu *gpu)
{
	for (unsigned int i = 0; i < NR_BARS; i++) {
		const struct region *region = guest_region(gpu, i);

		if (region && region->bar == i)
			memory_row(table, gpu, region);
		if (gpu->bars[i].size)
			hardware_row(table, gpu, i);
	}
}

static void print_notes(const struct gpu *gpu, const char *kind,
			const struct notes *notes)
{
	for (size_t i = 0; i < notes->nr; i++)
		printf("%s: %s%s\n", gpu->bdf, kind, notes->text[i]);
}

static void print_egm(const char *bdf, const struct memory *memory)
{
	printf("%s: extended GPU memory: %" PRIu64 " bytes", bdf,
	       memory->egm_size.value);
	if (memory->egm_base.known)
		printf(" at %#" PRIx64, memory->egm_base.value);
	printf(" in proximity domain %" PRIu64 "\n", memory->egm_pxm.value);
}

static bool has_remarks(const struct gpu *gpu)
{
	return strcmp(gpu->driver, DRIVER) || gpu->members.nr ||
	       gpu->virtual_functions.nr ||
	       gpu->memory.egm_size.known || gpu->unknown.nr ||
	       gpu->need_root.nr || gpu->problems.nr;
}

static void print_remarks(const struct gpu *gpu)
{
	if (has_remarks(gpu))
		printf("\n");
	if (strcmp(gpu->driver, DRIVER))
		printf("%s: bound to %s; the driver to bind is " DRIVER
		       ": nvgrace bind %s\n", gpu->bdf,
		       *gpu->driver ? gpu->driver : "nothing", gpu->bdf);
	for (size_t i = 0; i < gpu->members.nr; i++) {
		const struct neighbour *one = &gpu->members.one[i];

		printf("%s: shares IOMMU group %" PRIu64 " with %s (%s)\n",
		       gpu->bdf, gpu->group.value, one->bdf,
		       *one->driver ? one->driver : "no driver");
	}
	for (size_t i = 0; i < gpu->virtual_functions.nr; i++)
		printf("%s: %s is a virtual function of it, without memory of its own\n",
		       gpu->bdf, gpu->virtual_functions.text[i]);
	if (gpu->memory.egm_size.known)
		print_egm(gpu->bdf, &gpu->memory);
	print_notes(gpu, "not known: ", &gpu->unknown);
	print_notes(gpu, "needs root: ", &gpu->need_root);
	print_notes(gpu, "problem: ", &gpu->problems);
}

void list_table(const struct gpus *gpus)
{
	struct table table = { .heads = gpu_heads };
	struct table bars = { .heads = bar_heads };

	for (size_t i = 0; i < gpus->nr; i++) {
		gpu_row(&table, &gpus->one[i]);
		bar_rows(&bars, &gpus->one[i]);
	}
	table_print(&table);
	printf("\n");
	table_print(&bars);
	for (size_t i = 0; i < gpus->nr; i++)
		print_remarks(&gpus->one[i]);
	table_free(&table);
	table_free(&bars);
}
