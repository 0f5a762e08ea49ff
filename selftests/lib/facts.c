// SPDX-License-Identifier: GPL-2.0-only
/* What does the driver say of a GPU in sysfs, and how is it told of a layout? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nvg_facts.h"

#define LAYOUT	"/sys/module/" NVG_DRIVER "/parameters/layout"

/* Reads coherent_memory/NAME; returns its length or -errno. */
int nvg_attribute(const char *bdf, const char *name, char *buf, size_t len)
{
	char path[64];

	snprintf(path, sizeof(path), "coherent_memory/%s", name);
	return nvg_sysfs_read(bdf, path, buf, len);
}

static bool read_number(const char *bdf, const char *name, uint64_t *val)
{
	char text[64];

	if (nvg_attribute(bdf, name, text, sizeof(text)) < 0)
		return false;
	*val = strtoull(text, NULL, 0);
	return true;
}

static void take_regions(struct nvg_facts *facts, char *text)
{
	struct nvg_fact_region *region = facts->region;
	char kind[16], *save;

	for (char *line = strtok_r(text, "\n", &save);
	     line && region < facts->region + 2;
	     line = strtok_r(NULL, "\n", &save), region++) {
		if (sscanf(line, "BAR%u %lx %lu %lu %15s", &region->bar,
			   &region->phys, &region->mem_size,
			   &region->bar_size, kind) != 5)
			return;
		region->cached = !strcmp(kind, "cacheable");
		facts->nr_regions++;
	}
}

const char *nvg_read_facts(const char *bdf, struct nvg_facts *facts)
{
	char text[512];

	memset(facts, 0, sizeof(*facts));
	if (nvg_attribute(bdf, "layout", facts->layout,
			  sizeof(facts->layout)) < 0 ||
	    nvg_attribute(bdf, "regions", text, sizeof(text)) < 0 ||
	    !read_number(bdf, "base", &facts->base) ||
	    !read_number(bdf, "size", &facts->size))
		return "the GPU has no coherent_memory/ in sysfs: is it bound to "
		       NVG_DRIVER "?";
	take_regions(facts, text);
	return NULL;
}

/* Writes the module parameter; returns 0 or -errno. */
int nvg_set_layout(const char *value)
{
	int fd = open(LAYOUT, O_WRONLY), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Returns the length without the newline, or -errno. */
int nvg_get_layout(char *buf, size_t len)
{
	int fd = open(LAYOUT, O_RDONLY);
	ssize_t ret;

	if (fd < 0)
		return -errno;
	ret = read(fd, buf, len - 1);
	close(fd);
	if (ret < 0)
		return -EIO;
	buf[ret] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return strlen(buf);
}

/* Has the layout read again: it is, at bind. */
int nvg_relayout(const char *bdf, const char *value)
{
	int ret = nvg_set_layout(value);

	return ret ?: nvg_bind(bdf, NVG_DRIVER);
}

/* Opens another GPU than the one that the arguments name. */
const char *nvg_open_bdf(struct nvg_gpu *gpu, const char *bdf)
{
	char *argv[] = { "", (char *)bdf }, *before = (char *)nvg_bdf();
	const char *why;

	nvg_args(2, argv);
	why = nvg_open(gpu);
	argv[1] = before;
	if (before)
		nvg_args(2, argv);
	return why;
}

/* From now on nvg_read(), nvg_write() and nvg_map() mean this BAR. */
void nvg_use_region(struct nvg_gpu *gpu, int index)
{
	gpu->mem = index;
	gpu->mem_size = gpu->region[index].area_size;
	gpu->bar_size = gpu->region[index].size;
}

/* Binds the GPU with a layout, and opens it; its memory is the first made-up BAR. */
const char *nvg_open_as(struct nvg_gpu *gpu, struct nvg_facts *facts,
			const char *layout)
{
	const char *why = "no GPU named: give its BDF as argument or in NVGRACE_BDF";

	if (!nvg_bdf())
		return why;
	if (nvg_relayout(nvg_bdf(), layout))
		return "the GPU does not bind with this layout; see dmesg";
	why = nvg_read_facts(nvg_bdf(), facts) ?: nvg_open(gpu);
	if (!why)
		nvg_use_region(gpu, facts->region[0].bar);
	return why;
}
