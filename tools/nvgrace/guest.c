// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a guest see of a GPU, and what room does it need?
 *
 * Pure arithmetic.
 */
#include <string.h>

#include "guest.h"

/* What NVIDIA's shipping firmware sets aside; and what a guest could have. */
#define DEFAULT_NODES	8
#define MAX_NODES	64

/* The made-up BAR that the guest sees at @index, or whose upper half is there. */
const struct region *guest_region(const struct gpu *gpu, unsigned int index)
{
	for (size_t i = 0; i < gpu->memory.nr_regions; i++) {
		const struct region *region = &gpu->memory.regions[i];

		if (index == region->bar || index == region->bar + 1)
			return region;
	}
	return NULL;
}

uint64_t guest_memory(const struct guest *guest)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < guest->nodes; i++)
		sum += guest->memory[i];
	return sum;
}

unsigned int guest_cpus(const struct guest *guest)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < guest->nodes; i++)
		sum += guest->cpus[i];
	return sum;
}

/* The next power of two, MIB at least. */
uint64_t guest_power(uint64_t size)
{
	uint64_t power = MIB;

	while (power < size && power << 1)
		power <<= 1;
	return power;
}

/*
 * Who is not root is told how large the memory is, but not of its BARs: it is one,
 * or two that are no larger than that one would be.
 */
static uint64_t reserve_for_memory(const struct memory *memory)
{
	uint64_t one = guest_power(memory->size.value), sum = 0;

	if (memory->hidden)
		return strcmp(memory->layout, "split") ? one : 2 * one;
	for (size_t i = 0; i < memory->nr_regions; i++)
		sum += memory->regions[i].size;
	return sum;
}

/*
 * What the root port above the GPU is to set aside: all its BARs that can be
 * above 4 GiB. Powers of two one after another, largest first, need no more
 * room than their sum.
 */
uint64_t guest_reserve(const struct gpu *gpu)
{
	uint64_t sum = reserve_for_memory(&gpu->memory);

	for (unsigned int i = 0; i < NR_BARS; i++) {
		if (!guest_region(gpu, i) && gpu->bars[i].is_64bit)
			sum += gpu->bars[i].size;
	}
	return guest_power(sum);
}

/*
 * QEMU's window takes a power of two, 512 GiB at least. More than the sum, as
 * other devices of the guest want some of it.
 */
uint64_t guest_window(const struct gpus *gpus)
{
	uint64_t sum = 0, window;

	for (size_t i = 0; i < gpus->nr; i++)
		sum += guest_reserve(&gpus->one[i]);
	window = guest_power(sum + 1);
	return window < LEAST_WINDOW ? LEAST_WINDOW : window;
}

/* How many memory-less NUMA nodes the guest's driver expects for this GPU. */
unsigned int guest_nodes(const struct gpu *gpu)
{
	const struct number *count = &gpu->memory.pxm_count;

	if (!gpu->memory.present)
		return 0;
	if (!count->known || !count->value || count->value > MAX_NODES)
		return DEFAULT_NODES;
	return count->value;
}

#define NO_MEMORY	"it shows no coherent_memory in sysfs, so that a guest would lack it: nvgrace check says why"
#define NO_CDEV		"it has no character device, which --iommufd needs: leave that out, or boot a kernel with CONFIG_VFIO_DEVICE_CDEV"

/* Why nothing can be said about a guest with this GPU; NULL: nothing is. */
const char *guest_obstacle(const struct gpu *gpu, bool iommufd)
{
	if (strcmp(gpu->driver, DRIVER))
		return "its driver, which alone knows its memory, is not bound: nvgrace bind";
	if (gpu->memory.hidden && !gpu->memory.size.known)
		return "it does not say how large its memory is: run as root";
	if (!gpu->memory.present)
		return NO_MEMORY;
	if (!gpu->memory.hidden && !gpu->memory.nr_regions)
		return "coherent_memory/regions in sysfs makes no sense (nvgrace list)";
	if (iommufd && !*gpu->cdev)
		return NO_CDEV;
	for (unsigned int i = 0; i < NR_BARS; i++) {
		if (gpu->bars[i].size)
			return NULL;
	}
	return "resource in sysfs has no BAR (nvgrace list)";
}
