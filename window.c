// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which slice of the memory does the kernel have mapped?
 *
 * One, of a fixed size: mapping the whole memory would cost page tables by the
 * hundred megabytes. A cacheable mapping lets the CPU touch the memory on its
 * own, so the slice is unmapped when the memory may lose its training.
 */
#include <linux/cleanup.h>
#include <linux/io.h>

#include "nvgrace_gpu.h"

/**
 * nvgrace_map_memory() - map a bounded piece of a region for the kernel
 * @region: which region
 * @phys: host physical address of the first byte, page aligned
 * @size: bytes, all memory of the region
 *
 * Context: between nvgrace_memory_get() and _put(), and unmapped with
 * memunmap() before the memory may lose its training; may sleep.
 * Return: a kernel address of the region's memory type, or NULL.
 */
void *nvgrace_map_memory(const struct nvgrace_region *region, u64 phys, u64 size)
{
	return memremap(phys, size, region->cached ? MEMREMAP_WB : MEMREMAP_WC);
}

static void unmap(struct nvgrace_window *window)
{
	if (window->va)
		memunmap(window->va);
	window->va = NULL;
}

static bool holds(const struct nvgrace_window *window, u64 phys)
{
	return window->va && phys >= window->phys &&
	       phys - window->phys < window->size;
}

/**
 * nvgrace_window_at() - where the kernel has a byte of memory mapped
 * @nvg: the device
 * @region: which of its regions
 * @offset: the byte, from the BAR's start, below @region->mem_size
 * @avail: set to how many bytes are mapped from there on, at least 1
 *
 * Context: between nvgrace_memory_get() and _put(), window.lock held for as
 * long as the address is used; may sleep.
 * Return: a kernel address of the region's memory type, or NULL when there is no memory for
 * page tables.
 */
void *nvgrace_window_at(struct nvgrace_device *nvg,
			const struct nvgrace_region *region, u64 offset,
			u64 *avail)
{
	struct nvgrace_window *window = &nvg->window;
	u64 phys = region->phys + offset;

	lockdep_assert_held(&window->lock);

	if (!holds(window, phys)) {
		unmap(window);
		nvgrace_region_window(region, offset, &window->phys,
				      &window->size);
		window->va = nvgrace_map_memory(region, window->phys,
						window->size);
		if (!window->va)
			return NULL;
	}

	*avail = window->size - (phys - window->phys);
	return window->va + (phys - window->phys);
}

/**
 * nvgrace_window_drop() - unmap the slice
 * @nvg: the device
 *
 * Context: nobody is between nvgrace_memory_get() and _put(); may sleep.
 */
void nvgrace_window_drop(struct nvgrace_device *nvg)
{
	guard(mutex)(&nvg->window.lock);
	unmap(&nvg->window);
}
