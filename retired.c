// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of memory are bad?
 *
 * The list belongs to the module, not to a device that is open or bound:
 * closing, resetting or rebinding a GPU does not mend its memory. It is written
 * from a context that cannot allocate, so it has a fixed size; should that not
 * do, all memory counts as bad.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "nvgrace_gpu.h"

/* As many as NVIDIA's firmware retires before it asks for the part's return. */
#define NVGRACE_MAX_RETIRED	512

static DEFINE_SPINLOCK(retired_lock);
/* Written under retired_lock, never taken back. */
static unsigned long retired_pfns[NVGRACE_MAX_RETIRED];
static unsigned int nr_retired;
static bool retired_full;

/* The first bad page frame in [@pfn, @pfn + @nr), or its end. */
static u64 first_bad(u64 pfn, u64 nr)
{
	u64 first = pfn + nr;
	unsigned int i;

	/* Pairs with nvgrace_retire(): a count covers its entries. */
	for (i = smp_load_acquire(&nr_retired); i--;)
		if (retired_pfns[i] >= pfn && retired_pfns[i] < first)
			first = retired_pfns[i];
	return READ_ONCE(retired_full) ? pfn : first;
}

/**
 * nvgrace_retire() - remember that a page frame is bad
 * @pfn: the page frame
 *
 * Context: any but NMI; does not sleep.
 * Return: true when it was not known before.
 */
bool nvgrace_retire(unsigned long pfn)
{
	guard(spinlock_irqsave)(&retired_lock);

	if (first_bad(pfn, 1) == pfn)
		return false;
	if (nr_retired == NVGRACE_MAX_RETIRED) {
		WRITE_ONCE(retired_full, true);
		pr_err("more than %u bad pages: all GPU memory is refused from now on; have the GPU replaced\n",
		       NVGRACE_MAX_RETIRED);
		return true;
	}
	retired_pfns[nr_retired] = pfn;
	/* Pairs with first_bad(). */
	smp_store_release(&nr_retired, nr_retired + 1);
	return true;
}

/**
 * nvgrace_good_pages() - how many page frames in a row may be mapped?
 * @pfn: the first
 * @nr: how many are asked for, not 0
 *
 * Return: page frames before the first bad one, @nr when there is none.
 */
u64 nvgrace_good_pages(u64 pfn, u64 nr)
{
	return first_bad(pfn, nr) - pfn;
}

/**
 * nvgrace_good_bytes() - how much of a piece of memory may be touched?
 * @region: the region
 * @offset: first byte, from the BAR's start, below mem_size
 * @count: bytes, not 0, all memory
 *
 * Return: bytes before the first bad page, 0 when @offset lies in one.
 */
u64 nvgrace_good_bytes(const struct nvgrace_region *region, u64 offset,
		       u64 count)
{
	u64 phys = region->phys + offset;
	u64 pfn = phys >> PAGE_SHIFT;
	u64 nr = ((phys + count - 1) >> PAGE_SHIFT) - pfn + 1;
	u64 bad = first_bad(pfn, nr);

	if (bad == pfn)
		return 0;
	return min(count, (bad << PAGE_SHIFT) - phys);
}

/**
 * nvgrace_next_retired() - walk the bad pages of a region
 * @region: the region
 * @pgoff: where to start, in pages from the BAR's start
 *
 * Return: the first bad page at or after @pgoff, in pages from the BAR's
 * start; the number of pages of the region when there is none.
 */
u64 nvgrace_next_retired(const struct nvgrace_region *region, u64 pgoff)
{
	u64 start = region->phys >> PAGE_SHIFT;
	u64 pages = region->mem_size >> PAGE_SHIFT;

	if (pgoff >= pages)
		return pages;
	return first_bad(start + pgoff, pages - pgoff) - start;
}
