// SPDX-License-Identifier: GPL-2.0-only
/* Which GPU does this test run on, and can it be had? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nvg.h"

static const char *chosen_bdf;

static bool looks_like_bdf(const char *arg)
{
	unsigned int domain, bus, slot, fn;
	char rest;

	return sscanf(arg, "%x:%x:%x.%x%c", &domain, &bus, &slot, &fn,
		      &rest) == 4;
}

void nvg_args(int argc, char **argv)
{
	chosen_bdf = getenv("NVGRACE_BDF");
	for (int i = 1; i < argc; i++)
		if (looks_like_bdf(argv[i]))
			chosen_bdf = argv[i];
}

const char *nvg_bdf(void)
{
	return chosen_bdf;
}

static const char *read_regions(struct nvg_gpu *gpu)
{
	for (int i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		if (nvg_query_region(gpu->fd, i, &gpu->region[i]) &&
		    i != VFIO_PCI_VGA_REGION_INDEX)
			return "VFIO_DEVICE_GET_REGION_INFO failed; see dmesg";
	}
	return NULL;
}

/*
 * The BAR that the tests of the memory use: the part's own, or in the split
 * layout the one that NVGRACE_MEM_BAR says.
 */
static void find_memory(struct nvg_gpu *gpu)
{
	int bar = nvg_env("NVGRACE_MEM_BAR", nvg_bar_of_device(gpu->device));
	struct nvg_region *region = &gpu->region[bar];

	gpu->mem = -1;
	if (bar < 0 || bar > VFIO_PCI_BAR4_REGION_INDEX || !region->made_up ||
	    region->areas != 1)
		return;
	gpu->mem = bar;
	gpu->mem_size = region->area_size;
	gpu->bar_size = region->size;
}

const char *nvg_open(struct nvg_gpu *gpu)
{
	const char *why;

	memset(gpu, 0, sizeof(*gpu));
	gpu->container = gpu->group = gpu->iommufd = gpu->fd = -1;
	gpu->mem = -1;
	if (!chosen_bdf)
		return "no GPU named: give its BDF as argument or in NVGRACE_BDF";
	snprintf(gpu->bdf, sizeof(gpu->bdf), "%s", chosen_bdf);
	why = nvg_enter(gpu);
	if (!why)
		why = read_regions(gpu);
	if (why) {
		nvg_close(gpu);
		return why;
	}
	gpu->vendor = nvg_cfg_get(gpu, 0, 2);
	gpu->device = nvg_cfg_get(gpu, 2, 2);
	find_memory(gpu);
	return NULL;
}

const char *nvg_open_with_memory(struct nvg_gpu *gpu)
{
	const char *why = nvg_open(gpu);

	if (!why && gpu->mem < 0) {
		nvg_close(gpu);
		why = "this GPU shows no memory BAR: is it bound to "
		      NVG_DRIVER " and has firmware given its memory?";
	}
	return why;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void nvg_close(struct nvg_gpu *gpu)
{
	close_one(&gpu->fd);
	close_one(&gpu->group);
	close_one(&gpu->container);
	close_one(&gpu->iommufd);
}
