// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which memory is behind an offset?
 *
 * Pure arithmetic over struct nvgrace_region: no lock, no register, no user
 * pointer, so that the same file is compiled and tried on the build machine.
 * Sizes were checked by nvgrace_aperture_fault() before a region exists;
 * offsets and counts come straight from users and may be anything.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sizes.h>

#include "nvgrace_gpu.h"

/*
 * One block entry of a page table with 4 KiB pages maps it, so that a window
 * costs the same however large the memory is.
 */
#define NVGRACE_WINDOW_SIZE	SZ_2M

/* A VFIO region has this many bytes of file offset, then the next begins. */
#define NVGRACE_BAR_SIZE_MAX	BIT_ULL(VFIO_PCI_OFFSET_SHIFT)

/**
 * nvgrace_aperture_fault() - say what is wrong with an aperture
 * @base: host physical address, any value
 * @size: bytes, any value
 * @phys_bits: width of a physical address of this CPU, 1 to 63
 *
 * Return: NULL when the aperture can be a region, else the reason, to be read
 * after the name and value of the property.
 */
const char *nvgrace_aperture_fault(u64 base, u64 size, unsigned int phys_bits)
{
	u64 end;

	if (!size)
		return "size is 0: the C2C link to the GPU failed to come up";
	if (!IS_ALIGNED(base, PAGE_SIZE))
		return "base is not page aligned";
	if (!IS_ALIGNED(size, PAGE_SIZE))
		return "size is not page aligned";
	if (check_add_overflow(base, size, &end))
		return "base + size overflows";
	if (end > BIT_ULL(phys_bits))
		return "ends above the CPU's physical address width";
	if (size > NVGRACE_BAR_SIZE_MAX)
		return "size is larger than a VFIO region (1 TiB)";
	return NULL;
}

/**
 * nvgrace_usable_size() - what MIG on the first parts leaves for cached use
 * @size: bytes of the aperture, any value
 *
 * At least 1 GiB is reserved, and what is usable is a multiple of 512 MiB: an
 * ABI between GPU firmware, guest driver and VFIO driver.
 *
 * Return: bytes, 0 when the aperture is too small to be split.
 */
u64 nvgrace_usable_size(u64 size)
{
	return size < SZ_1G ? 0 : ALIGN_DOWN(size - SZ_1G, SZ_512M);
}

/**
 * nvgrace_region_init() - describe memory as a BAR
 * @region: what to fill in
 * @bar: index of the BAR, 0 to 4
 * @phys: host physical address
 * @mem_size: bytes, as nvgrace_aperture_fault() lets pass
 * @cached: mapped write-back, else Normal-NC
 */
void nvgrace_region_init(struct nvgrace_region *region, unsigned int bar,
			 u64 phys, u64 mem_size, bool cached)
{
	region->bar = bar;
	region->phys = phys;
	region->mem_size = mem_size;
	region->bar_size = roundup_pow_of_two(mem_size);
	region->cached = cached;
}

/**
 * nvgrace_region_of() - find the made-up BAR of an index
 * @nvg: the device
 * @index: a VFIO region index, any value
 *
 * Return: the region, or NULL when that BAR is not made up.
 */
const struct nvgrace_region *
nvgrace_region_of(const struct nvgrace_device *nvg, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < nvg->nr_regions; i++)
		if (nvg->regions[i].bar == index)
			return &nvg->regions[i];
	return NULL;
}

/**
 * nvgrace_region_is_blank() - is a hardware BAR hidden with nothing in its place?
 * @nvg: the device
 * @index: a VFIO region index, any value
 *
 * Return: true for the index of such a BAR and for that of its upper half.
 */
bool nvgrace_region_is_blank(const struct nvgrace_device *nvg,
			     unsigned int index)
{
	return index < PCI_STD_NUM_BARS &&
	       nvg->blank_bars & BIT_ULL(index);
}

/**
 * nvgrace_region_is_empty() - is there nothing at this index, whatever hardware has?
 * @nvg: the device
 * @index: a VFIO region index, any value
 *
 * Return: true for the upper half of each made-up BAR, and where hardware's BAR
 * is hidden.
 */
bool nvgrace_region_is_empty(const struct nvgrace_device *nvg,
			     unsigned int index)
{
	return (index && nvgrace_region_of(nvg, index - 1)) ||
	       nvgrace_region_is_blank(nvg, index);
}

/**
 * nvgrace_region_clip() - cut an access at the memory's and the BAR's end
 * @region: the region
 * @offset: where the access starts, in bytes from the BAR's start, any value
 * @count: bytes asked for, any value
 *
 * Return: bytes in memory and in padding, both 0 at and past the BAR's end.
 */
struct nvgrace_span nvgrace_region_clip(const struct nvgrace_region *region,
					u64 offset, u64 count)
{
	struct nvgrace_span span = {};

	if (offset >= region->bar_size)
		return span;

	count = min(count, region->bar_size - offset);
	if (offset < region->mem_size)
		span.mem = min(count, region->mem_size - offset);
	span.pad = count - span.mem;
	return span;
}

/**
 * nvgrace_region_mappable() - is a range of pages all memory?
 * @region: the region
 * @pgoff: first page, in pages from the BAR's start, any value
 * @nr_pages: how many, any value
 *
 * Return: false as soon as one page lies in the padding or beyond.
 */
bool nvgrace_region_mappable(const struct nvgrace_region *region,
			     u64 pgoff, u64 nr_pages)
{
	u64 end;

	if (check_add_overflow(pgoff, nr_pages, &end))
		return false;
	return end <= region->mem_size >> PAGE_SHIFT;
}

/**
 * nvgrace_region_pfn() - which page frame is behind a page of the BAR?
 * @region: the region
 * @pgoff: page, in pages from the BAR's start, mappable
 *
 * Return: the page frame number.
 */
u64 nvgrace_region_pfn(const struct nvgrace_region *region, u64 pgoff)
{
	return (region->phys >> PAGE_SHIFT) + pgoff;
}

/**
 * nvgrace_region_page() - which page of the BAR is a page frame?
 * @region: the region
 * @pfn: a page frame number, any value
 * @pgoff: set to the page, in pages from the BAR's start
 *
 * Return: false when the page frame is not memory of this region.
 */
bool nvgrace_region_page(const struct nvgrace_region *region, u64 pfn,
			 u64 *pgoff)
{
	u64 first = region->phys >> PAGE_SHIFT;

	*pgoff = pfn - first;
	return pfn >= first && *pgoff < region->mem_size >> PAGE_SHIFT;
}

/**
 * nvgrace_region_window() - which slice should the kernel map for an offset?
 * @region: the region
 * @offset: a byte of memory, in bytes from the BAR's start, below mem_size
 * @start: set to the slice's host physical address
 * @size: set to its bytes
 *
 * A slice is aligned to its size in physical memory, so that it maps as one
 * block, and never holds a byte of anybody else's memory.
 */
void nvgrace_region_window(const struct nvgrace_region *region, u64 offset,
			   u64 *start, u64 *size)
{
	u64 first = ALIGN_DOWN(region->phys + offset, NVGRACE_WINDOW_SIZE);
	u64 end = min(first + NVGRACE_WINDOW_SIZE,
		      region->phys + region->mem_size);

	*start = max(first, region->phys);
	*size = end - *start;
}

/**
 * nvgrace_bar_value() - what a made-up 64-bit BAR register reads
 * @region: the region
 * @written: what was last written to it
 *
 * Return: the address bits a BAR of this size implements, and the flags of a
 * 64-bit prefetchable memory BAR.
 */
u64 nvgrace_bar_value(const struct nvgrace_region *region, u64 written)
{
	u64 address = written & ~(region->bar_size - 1);

	/* A BAR has at least 16 bytes: its low four bits are flags. */
	return (address & ~0xfULL) | PCI_BASE_ADDRESS_MEM_TYPE_64 |
	       PCI_BASE_ADDRESS_MEM_PREFETCH;
}

/**
 * nvgrace_bar_merge() - write some bytes of a 64-bit register
 * @reg: what it held
 * @value: the bytes, the first one lowest
 * @shift: first byte written, 0 to 7
 * @width: bytes written, 1 to 8 - @shift
 *
 * Return: what it holds now.
 */
u64 nvgrace_bar_merge(u64 reg, u64 value, unsigned int shift,
		      unsigned int width)
{
	u64 mask = GENMASK_ULL(width * 8 - 1, 0) << (shift * 8);

	return (reg & ~mask) | ((value << (shift * 8)) & mask);
}
