// SPDX-License-Identifier: GPL-2.0-only
/* Which addresses does dmabuf.c give, and what has it lent and taken back (I10)? */
#include "check.h"
#include "kernel_stand_in.h"

#define BASE		0x2000000000ULL
#define SIZE		(16 * SZ_64K)
#define BAD		(5 * SZ_64K)	/* where a page is bad */

struct p2pdma_provider {
	int unused;
};

struct phys_vec {
	u64 paddr;
	size_t len;
};

static struct p2pdma_provider provider_of_bar0;
static bool no_provider;
static int fill_error;
static u64 filled_from, filled_size;
static unsigned int asked_core;	/* the BAR, and one */
static u64 lengths[PCI_STD_NUM_BARS];	/* of hardware's BARs */

#define pcim_p2pdma_provider(pdev, bar)					\
	((void)(pdev), no_provider || (bar) ? NULL : &provider_of_bar0)
#define pci_resource_len(pdev, bar)	((void)(pdev), lengths[bar])

static int vfio_pci_core_fill_phys_vec(struct phys_vec *vec, struct vfio_region_dma_range *ranges,
				       size_t nr, u64 start, u64 size)
{
	filled_from = start;
	filled_size = size;
	return fill_error;
}

static int vfio_pci_core_get_dmabuf_phys(struct vfio_pci_core_device *core,
					 struct p2pdma_provider **provider, unsigned int index,
					 struct phys_vec *vec, struct vfio_region_dma_range *ranges,
					 size_t nr)
{
	asked_core = index + 1;
	return -ENODATA;
}

#include "../../region.c"

u64 nvgrace_good_bytes(const struct nvgrace_device *nvg, const struct nvgrace_region *region,
		       u64 offset, u64 count)
{
	if (offset >= BAD + PAGE_SIZE)
		return count;
	return offset >= BAD ? 0 : min(count, BAD - offset);
}

#include "../../dmabuf.c"

static struct pci_dev pdev;
static struct nvgrace_device nvg;

/* BAR2 is made up and BAR4 is hidden. */
static void set_up(void)
{
	memset(&nvg, 0, sizeof(nvg));
	memset(lengths, 0, sizeof(lengths));
	nvg.core.pdev = &pdev;
	nvg.nr_regions = 1;
	nvg.blank_bars = BIT(4);
	nvgrace_region_init(&nvg.regions[0], 2, BASE, SIZE, true);
	no_provider = false;
	fill_error = 0;
	filled_from = filled_size = asked_core = 0;
	nvgrace_dmabuf_init(&nvg);
}

static int export(unsigned int bar, struct vfio_region_dma_range *ranges, size_t nr)
{
	struct p2pdma_provider *provider = NULL;
	struct phys_vec vec[4];
	int ret = nvg.core.pci_ops->get_dmabuf_phys(&nvg.core, &provider, bar, vec, ranges, nr);

	CHECK(ret || provider == &provider_of_bar0, "no way to it");
	return ret;
}

static void I10_the_memory_is_exported(void)
{
	struct vfio_region_dma_range ranges[] = { { 0, BAD }, { BAD + SZ_64K, SZ_64K } };

	set_up();
	CHECK(!export(2, ranges, 2), "refused");
	CHECK(filled_from == BASE && filled_size == SIZE, "%#lx at %#lx", filled_size, filled_from);
	fill_error = -EINVAL;
	CHECK(export(2, ranges, 2) == -EINVAL, "the core's word");
	set_up();
	no_provider = true;
	CHECK(export(2, ranges, 2) == -EINVAL && !filled_size, "without a way to it");
}

static void I17_a_bad_page_is_not_exported(void)
{
	for (size_t i = 0; i < 3; i++) {
		struct vfio_region_dma_range ranges[] = { { 0, 4096 },
							  { 4096, 4096 },
							  { SZ_64K, 4096 } };

		set_up();
		ranges[i].offset = BAD - SZ_64K;
		ranges[i].length = 2 * SZ_64K;
		CHECK(export(2, ranges, 3) == -EHWPOISON, "range %zu", i);
		CHECK(!export(2, ranges, i) || !i, "the others");
	}
}

static void I19_other_bars_are_the_cores(void)
{
	struct vfio_region_dma_range range = { 0, 4096 };

	set_up();
	CHECK(export(0, &range, 1) == -ENODATA && asked_core == 1, "%u", asked_core);
	asked_core = 0;
	CHECK(export(3, &range, 1) == -ENODEV && !asked_core, "the made-up one's upper half");
	CHECK(export(4, &range, 1) == -ENODEV && !asked_core, "the hidden one");
}

/* Hardware has a BAR4, and none where BAR2 is made up. */
static void I10_bar0s_iomap_is_lent_where_hardware_has_none(void)
{
	void *iomaps[PCI_STD_NUM_BARS] = { &iomaps[0], NULL, &iomaps[2], NULL, &iomaps[4] };

	set_up();
	nvg.nr_regions = 2;
	nvgrace_region_init(&nvg.regions[1], 4, BASE + SIZE, SIZE, false);
	lengths[4] = SIZE;
	memcpy(nvg.core.barmap, iomaps, sizeof(iomaps));
	nvgrace_dmabuf_open(&nvg);
	CHECK(nvg.core.barmap[2] == iomaps[0] && nvg.core.barmap[4] == iomaps[4], "lent");
	nvgrace_dmabuf_close(&nvg);
	CHECK(!memcmp(nvg.core.barmap, iomaps, sizeof(iomaps)), "not taken back");
	CHECK(!nvg.lent[0] && !nvg.lent[1], "kept");
	/* A close after an open that did not come as far. */
	nvg.core.barmap[2] = NULL;
	nvgrace_dmabuf_close(&nvg);
	CHECK(!nvg.core.barmap[2], "given back twice");
}

int main(void)
{
	CLAIM(I10_the_memory_is_exported);
	CLAIM(I17_a_bad_page_is_not_exported);
	CLAIM(I19_other_bars_are_the_cores);
	CLAIM(I10_bar0s_iomap_is_lent_where_hardware_has_none);
	return unit_end();
}
