// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the BAR the GPU's memory: its size, each end, everything between, and
 * nothing beyond?
 */
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string_helpers.h>
#include <linux/unaligned.h>

#include "nvgrace_guest.h"

/* The most that is mapped at any moment, in bytes. */
#define NVG_WINDOW		SZ_64M
#define NVG_SPREAD_PLACES	96
#define NVG_SPREAD_SIZE		SZ_4K
#define NVG_SPREAD_SEED		0x5372656164000001ULL
#define NVG_CONTIGUOUS_SEED	0x436f6e7400000003ULL
#define NVG_PADDING_SEED	0x5061640000000005ULL
#define NVG_RAM_WORD		0x0123456789abcdefULL

int nvg_aperture_bar(struct nvg_guest *gpu, char *say)
{
	unsigned long flags = pci_resource_flags(gpu->pdev, gpu->bar);
	u64 size = pci_resource_len(gpu->pdev, gpu->bar);
	char have[16], want[16];

	string_get_size(size, 1, STRING_UNITS_2, have, sizeof(have));
	string_get_size(gpu->bar_size, 1, STRING_UNITS_2, want, sizeof(want));
	scnprintf(say, NVG_SAY,
		  "%04x:%04x, BAR%d is %s at %#llx, %s-bit, %sprefetchable (wanted %s)",
		  gpu->pdev->vendor, gpu->pdev->device, gpu->bar, have,
		  (u64)pci_resource_start(gpu->pdev, gpu->bar),
		  flags & IORESOURCE_MEM_64 ? "64" : "32",
		  flags & IORESOURCE_PREFETCH ? "" : "not ", want);
	if (!(flags & IORESOURCE_MEM) || !(flags & IORESOURCE_MEM_64) ||
	    !(flags & IORESOURCE_PREFETCH) || size != gpu->bar_size)
		return -ENXIO;
	return 0;
}

/* A cacheable window; memunmap() ends it. NULL: no address space left. */
static void *nvg_window(struct nvg_guest *gpu, u64 offset, u64 size)
{
	return memremap(pci_resource_start(gpu->pdev, gpu->bar) + offset, size,
			MEMREMAP_WB);
}

int nvg_aperture_fill(struct nvg_guest *gpu, u64 offset, u64 size, u64 seed)
{
	u64 end = offset + size;
	void *window;

	for (; offset < end; offset += size) {
		size = min_t(u64, end - offset, NVG_WINDOW);
		window = nvg_window(gpu, offset, size);
		if (!window)
			return -ENOMEM;
		nvg_pattern_fill(window, size, offset, seed);
		memunmap(window);
		cond_resched();
	}
	return 0;
}

int nvg_aperture_check(struct nvg_guest *gpu, u64 offset, u64 size, u64 seed,
		       char *say)
{
	u64 end = offset + size;
	u64 bad, word = 0;
	void *window;

	for (; offset < end; offset += size) {
		size = min_t(u64, end - offset, NVG_WINDOW);
		window = nvg_window(gpu, offset, size);
		if (!window)
			return -ENOMEM;
		bad = nvg_pattern_check(window, size, offset, seed) * sizeof(u64);
		if (bad < size)
			word = READ_ONCE(*(u64 *)(window + bad));
		memunmap(window);
		if (bad < size) {
			offset += bad;
			scnprintf(say, NVG_SAY,
				  "at %#llx of the BAR: wrote %016llx, read %016llx",
				  offset, nvg_pattern_word(offset, seed), word);
			return -EIO;
		}
		cond_resched();
	}
	return 0;
}

/*
 * What RAM can do and registers cannot: whole cache blocks zeroed at once (arm64's
 * memset), words across any boundary. On a device mapping either is a fault, and
 * ends this guest with an oops.
 */
int nvg_aperture_ram(struct nvg_guest *gpu, char *say)
{
	u64 offset = ALIGN_DOWN(gpu->mem_size / 2, SZ_4K);
	void *window = nvg_window(gpu, offset, SZ_4K);
	u64 word;

	if (!window)
		return -ENOMEM;
	memset(window, 0, SZ_4K);
	put_unaligned(NVG_RAM_WORD, (u64 *)(window + 61));
	word = get_unaligned((u64 *)(window + 61));
	memunmap(window);
	scnprintf(say, NVG_SAY, "the BAR is like RAM: cache blocks zeroed at once, unaligned words");
	if (word == NVG_RAM_WORD)
		return 0;
	scnprintf(say, NVG_SAY, "unaligned word at %#llx of the BAR: wrote %016llx, read %016llx",
		  offset + 61, NVG_RAM_WORD, word);
	return -EIO;
}

/* Place @i: 0 is the memory's first page, NVG_SPREAD_PLACES - 1 its last. */
static u64 nvg_spread_place(struct nvg_guest *gpu, unsigned int i)
{
	u64 last = gpu->mem_size - NVG_SPREAD_SIZE;

	return ALIGN_DOWN(last * i / (NVG_SPREAD_PLACES - 1), NVG_SPREAD_SIZE);
}

/* All is written before anything is read: two places that are one would show. */
int nvg_aperture_spread(struct nvg_guest *gpu, char *say)
{
	char size[16];
	unsigned int i;
	int err;

	for (i = 0; i < NVG_SPREAD_PLACES; i++) {
		err = nvg_aperture_fill(gpu, nvg_spread_place(gpu, i),
					NVG_SPREAD_SIZE, NVG_SPREAD_SEED);
		if (err)
			return err;
	}
	for (i = 0; i < NVG_SPREAD_PLACES; i++) {
		err = nvg_aperture_check(gpu, nvg_spread_place(gpu, i),
					 NVG_SPREAD_SIZE, NVG_SPREAD_SEED, say);
		if (err)
			return err;
	}
	string_get_size(gpu->mem_size, 1, STRING_UNITS_2, size, sizeof(size));
	scnprintf(say, NVG_SAY, "%u places from the first to the last page of %s hold what was written",
		  NVG_SPREAD_PLACES, size);
	return 0;
}

int nvg_aperture_contiguous(struct nvg_guest *gpu, char *say)
{
	u64 size = min_t(u64, gpu->mem_size, SZ_1G);
	u64 offset = ALIGN_DOWN((gpu->mem_size - size) / 2, SZ_4K);
	char text[16];
	int err;

	err = nvg_aperture_fill(gpu, offset, size, NVG_CONTIGUOUS_SEED);
	if (!err)
		err = nvg_aperture_check(gpu, offset, size, NVG_CONTIGUOUS_SEED,
					 say);
	if (err)
		return err;
	string_get_size(size, 1, STRING_UNITS_2, text, sizeof(text));
	scnprintf(say, NVG_SAY, "%s at %#llx of the BAR hold what was written",
		  text, offset);
	return 0;
}

/* All ones at every width, before and after a write. */
static bool nvg_all_ones(void __iomem *at)
{
	bool first = readb(at) == U8_MAX && readw(at) == U16_MAX &&
		     readl(at) == U32_MAX && readq(at) == U64_MAX;

	writeq(0, at);
	return first && readq(at) == U64_MAX;
}

/* @offset: bytes from the start of the BAR, in its padding, a multiple of 8. */
static int nvg_padding_at(struct nvg_guest *gpu, u64 offset, char *say)
{
	/* Registers' attributes: one access in the code is one on the bus. */
	void __iomem *at = ioremap(pci_resource_start(gpu->pdev, gpu->bar) + offset,
				   sizeof(u64));
	bool ones;

	if (!at)
		return -ENOMEM;
	ones = nvg_all_ones(at);
	if (!ones)
		scnprintf(say, NVG_SAY, "padding at %#llx: read %#llx, wanted all ones",
			  offset, readq(at));
	iounmap(at);
	return ones ? 0 : -EIO;
}

int nvg_aperture_padding(struct nvg_guest *gpu, char *say)
{
	const u64 places[] = {
		gpu->mem_size,
		ALIGN_DOWN(gpu->mem_size + (gpu->bar_size - gpu->mem_size) / 2, 8),
		gpu->bar_size - sizeof(u64),
	};
	u64 last_page = gpu->mem_size - SZ_4K;
	char size[16];
	int i, err;

	if (gpu->mem_size == gpu->bar_size) {
		scnprintf(say, NVG_SAY, "no padding: the memory fills its BAR");
		return 0;
	}
	err = nvg_aperture_fill(gpu, last_page, SZ_4K, NVG_PADDING_SEED);
	for (i = 0; i < ARRAY_SIZE(places) && !err; i++)
		err = nvg_padding_at(gpu, places[i], say);
	if (err)
		return err;
	err = nvg_aperture_check(gpu, last_page, SZ_4K, NVG_PADDING_SEED, say);
	if (err)
		return err;
	string_get_size(gpu->bar_size - gpu->mem_size, 1, STRING_UNITS_2, size,
			sizeof(size));
	scnprintf(say, NVG_SAY, "the %s past the memory read all ones and drop writes",
		  size);
	return 0;
}
