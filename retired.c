// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of a GPU's memory are bad?
 *
 * The list belongs to the memory, known by its physical address, and lives as
 * long as the module: closing, resetting or binding a GPU anew does not mend its
 * memory, and the bad pages of one GPU are none of another's. It is written from
 * a context that cannot allocate, so it has a fixed size; should that not do,
 * all of that GPU's memory counts as bad.
 */
#include <linux/cleanup.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "nvgrace_gpu.h"

/**
 * struct nvgrace_bad_pages - the bad pages of one GPU's memory
 * @node:	in all_memories
 * @base:	host physical address of the memory, constant
 * @lock:	for writers, with interrupts off; readers only try again
 * @nr:		how many are in @pfns; under @lock, as what follows
 * @too_many:	there are more than fit
 * @pfns:	their page frames, ascending
 */
struct nvgrace_bad_pages {
	struct list_head node;
	u64 base;
	seqlock_t lock; /* see above */
	unsigned int nr;
	bool too_many;
	unsigned long pfns[NVGRACE_MAX_BAD_PAGES];
};

/* Of all GPUs that were bound since the module was loaded. */
static LIST_HEAD(all_memories);
static DEFINE_MUTEX(all_memories_lock);

/* Where the first entry that is not below @pfn is, or would be. */
static unsigned int place_of(const struct nvgrace_bad_pages *bad, u64 pfn)
{
	unsigned int low = 0, high = READ_ONCE(bad->nr);

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (READ_ONCE(bad->pfns[middle]) < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first remembered page frame in [@pfn, @pfn + @nr), or its end. */
static u64 first_remembered(const struct nvgrace_bad_pages *bad, u64 pfn,
			    u64 nr)
{
	u64 end = pfn + nr, first;
	unsigned int seq, at;

	do {
		seq = read_seqbegin(&bad->lock);
		at = place_of(bad, pfn);
		first = at < READ_ONCE(bad->nr) ? READ_ONCE(bad->pfns[at]) : end;
	} while (read_seqretry(&bad->lock, seq));
	return min(first, end);
}

/* The first page frame in [@pfn, @pfn + @nr) that counts as bad, or its end. */
static u64 first_bad(const struct nvgrace_bad_pages *bad, u64 pfn, u64 nr)
{
	return READ_ONCE(bad->too_many) ? pfn : first_remembered(bad, pfn, nr);
}

static struct nvgrace_bad_pages *find_list(u64 base)
{
	struct nvgrace_bad_pages *bad;

	list_for_each_entry(bad, &all_memories, node)
		if (bad->base == base)
			return bad;
	return NULL;
}

static struct nvgrace_bad_pages *begin_list(u64 base)
{
	struct nvgrace_bad_pages *bad = kzalloc(sizeof(*bad), GFP_KERNEL);

	if (!bad)
		return NULL;
	bad->base = base;
	seqlock_init(&bad->lock);
	list_add(&bad->node, &all_memories);
	return bad;
}

/**
 * nvgrace_recall_bad_pages() - find what is known of a GPU's memory, or begin to
 * @nvg: the device, @nvg->aperture is known
 *
 * Context: probe, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nvgrace_recall_bad_pages(struct nvgrace_device *nvg)
{
	u64 base = nvg->aperture.base;

	guard(mutex)(&all_memories_lock);

	nvg->bad_pages = find_list(base) ?: begin_list(base);
	return nvg->bad_pages ? 0 : -ENOMEM;
}

/**
 * nvgrace_forget_bad_pages() - the module goes
 *
 * Context: no device is bound any more.
 */
void nvgrace_forget_bad_pages(void)
{
	struct nvgrace_bad_pages *bad, *next;

	list_for_each_entry_safe(bad, next, &all_memories, node)
		kfree(bad);
}

/* Under the lock. */
static int insert(struct nvgrace_bad_pages *bad, unsigned long pfn)
{
	unsigned int at = place_of(bad, pfn);

	if (bad->too_many || (at < bad->nr && bad->pfns[at] == pfn))
		return -EEXIST;
	if (bad->nr == NVGRACE_MAX_BAD_PAGES) {
		WRITE_ONCE(bad->too_many, true);
		return -ENOSPC;
	}
	memmove(&bad->pfns[at + 1], &bad->pfns[at],
		(bad->nr - at) * sizeof(*bad->pfns));
	bad->pfns[at] = pfn;
	bad->nr++;
	return 0;
}

/**
 * nvgrace_retire() - remember that a page frame is bad
 * @nvg: the device
 * @pfn: the page frame, of its memory
 *
 * Context: any but NMI; does not sleep.
 * Return: 0; -EEXIST when it counted as bad already; -ENOSPC when it is the one
 * too many, from which on all of this GPU's memory counts as bad.
 */
int nvgrace_retire(struct nvgrace_device *nvg, unsigned long pfn)
{
	struct nvgrace_bad_pages *bad = nvg->bad_pages;
	unsigned long flags;
	int ret;

	write_seqlock_irqsave(&bad->lock, flags);
	ret = insert(bad, pfn);
	write_sequnlock_irqrestore(&bad->lock, flags);
	return ret;
}

/**
 * nvgrace_all_is_bad() - are there more bad pages than can be remembered?
 * @nvg: the device
 *
 * Return: true from then on.
 */
bool nvgrace_all_is_bad(const struct nvgrace_device *nvg)
{
	return READ_ONCE(nvg->bad_pages->too_many);
}

/**
 * nvgrace_good_pages() - how many page frames in a row may be mapped?
 * @nvg: the device
 * @pfn: the first, of its memory
 * @nr: how many are asked for, not 0
 *
 * Return: page frames before the first bad one, @nr when there is none.
 */
u64 nvgrace_good_pages(const struct nvgrace_device *nvg, u64 pfn, u64 nr)
{
	return first_bad(nvg->bad_pages, pfn, nr) - pfn;
}

/**
 * nvgrace_good_bytes() - how much of a piece of memory may be touched?
 * @nvg: the device
 * @region: which of its regions
 * @offset: first byte, from the BAR's start, below mem_size
 * @count: bytes, not 0, all memory
 *
 * Return: bytes before the first bad page, 0 when @offset lies in one.
 */
u64 nvgrace_good_bytes(const struct nvgrace_device *nvg,
		       const struct nvgrace_region *region, u64 offset,
		       u64 count)
{
	u64 phys = region->phys + offset;
	u64 pfn = phys >> PAGE_SHIFT;
	u64 nr = ((phys + count - 1) >> PAGE_SHIFT) - pfn + 1;
	u64 bad = first_bad(nvg->bad_pages, pfn, nr);

	if (bad == pfn)
		return 0;
	return min(count, (bad << PAGE_SHIFT) - phys);
}

/**
 * nvgrace_next_retired() - walk the bad pages of a region
 * @nvg: the device
 * @region: which of its regions
 * @pgoff: where to start, in pages from the BAR's start
 *
 * Only those that are remembered, when there are more.
 *
 * Return: the first bad page at or after @pgoff, in pages from the BAR's
 * start; the number of pages of the region when there is none.
 */
u64 nvgrace_next_retired(const struct nvgrace_device *nvg,
			 const struct nvgrace_region *region, u64 pgoff)
{
	u64 start = region->phys >> PAGE_SHIFT;
	u64 pages = region->mem_size >> PAGE_SHIFT;

	if (pgoff >= pages)
		return pages;
	return first_remembered(nvg->bad_pages, start + pgoff,
				pages - pgoff) - start;
}
