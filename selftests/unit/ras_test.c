// SPDX-License-Identifier: GPL-2.0-only
/* Which pages does ras.c retire and unmap, whoever tells of them (I17, I18)? */
#include "unit_log.h"
#include "unit_user.h"

#define NVGRACE_GPU_TRACE_H
#define PFN_PHYS(pfn)		((u64)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(phys)		((unsigned long)((phys) >> PAGE_SHIFT))
#define vma_pages(vma)		(((vma)->vm_end - (vma)->vm_start) >> PAGE_SHIFT)
#define NOTIFY_DONE		0
#define NOTIFY_OK		1
#define CPER_MEM_VALID_PA	0x0002
#define CPER_MEM_VALID_PA_MASK	0x0004
#define BASE			0x2000000000ULL
#define FIRST			(64 * SZ_64K)		/* bytes of BAR4, BAR2 is behind it */
#define SECOND			(32 * SZ_64K)

typedef unsigned long pgoff_t;

enum { GHES_SEV_NO, GHES_SEV_CORRECTED, GHES_SEV_RECOVERABLE, GHES_SEV_PANIC };

struct cper_sec_mem_err {
	u64 validation_bits;
	u64 physical_addr;
	u64 physical_addr_mask;
};

static struct inode inode = { .i_mapping = &inode };
static struct pci_dev pdev;
static unsigned int scheduled, cancelled, traced;
static unsigned int chain;		/* in firmware's */
static struct pfn_address_space *spaces[4];	/* that mm knows */
static unsigned int nr_spaces;
static int space_error;			/* of the second one */
static bool unmapped[(FIRST + SECOND) / 4096];	/* page by page of the memory */
static unsigned int unmaps;
static bool had_lock;			/* all faults before the unmapping have ended */

#define schedule_work(work)		(scheduled++)
#define cancel_work_sync(work)		(cancelled++)
#define trace_nvgrace_poison(pdev, pfn)	(traced++)
#define ghes_register_report_chain(nb)	(chain++)
#define ghes_unregister_report_chain(nb)	(chain--)

static int register_pfn_address_space(struct pfn_address_space *space)
{
	if (space_error && nr_spaces)
		return space_error;
	spaces[nr_spaces++] = space;
	return 0;
}

static void unregister_pfn_address_space(struct pfn_address_space *space)
{
	CHECK(nr_spaces && spaces[nr_spaces - 1] == space, "not the last that was registered");
	nr_spaces--;
}

static void down_write(struct rw_semaphore *lock)
{
	lock->writers++;
}

static void up_write(struct rw_semaphore *lock)
{
	lock->writers--;
	had_lock = true;
}

static void unmap_mapping_range(void *mapping, u64 start, u64 length, bool even_cows)
{
	u64 first = (start & VFIO_PCI_OFFSET_MASK) >> PAGE_SHIFT;
	u64 bar = start >> VFIO_PCI_OFFSET_SHIFT;

	CHECK(mapping == &inode && even_cows && had_lock, "not all of them");
	CHECK(bar == 4 || bar == 2, "BAR%lu", bar);
	CHECK(length && first * PAGE_SIZE + length <= (bar == 4 ? FIRST : SECOND), "past the end");
	for (u64 page = 0; page < length >> PAGE_SHIFT; page++)
		unmapped[(bar == 4 ? 0 : FIRST >> PAGE_SHIFT) + first + page] = true;
	unmaps++;
}

#include "../../region.c"
#include "../../retired.c"
#include "../../ras.c"

static struct nvgrace_device nvg;

static void set_up(void)
{
	nvgrace_forget_bad_pages();
	all_memories.next = &all_memories;
	memset(&nvg, 0, sizeof(nvg));
	memset(unmapped, 0, sizeof(unmapped));
	said[0] = 0;
	scheduled = cancelled = traced = chain = nr_spaces = unmaps = 0;
	had_lock = false;
	space_error = 0;
	nvg.core.pdev = &pdev;
	nvg.core.vdev.inode = &inode;
	nvg.aperture.base = BASE;
	nvg.nr_regions = 2;
	nvgrace_region_init(&nvg.regions[0], 4, BASE, FIRST, true);
	nvgrace_region_init(&nvg.regions[1], 2, BASE + FIRST, SECOND, false);
	CHECK(!nvgrace_recall_bad_pages(&nvg), "out of memory");
}

static bool is_bad(u64 offset)
{
	return !nvgrace_good_pages(&nvg, (BASE + offset) >> PAGE_SHIFT, 1);
}

static u64 nr_bad(void)
{
	u64 nr = 0;

	for (u64 offset = 0; offset < FIRST + SECOND; offset += PAGE_SIZE)
		nr += is_bad(offset);
	return nr;
}

/* mm tells of a page, and asks where a mapping of @pages pages from @bar, @pgoff has it. */
static int tell_mapping(unsigned int bar, u64 pgoff, u64 pages, u64 page, pgoff_t *found)
{
	struct vm_area_struct vma = {
		.vm_start = 0x70000000, .vm_end = 0x70000000 + pages * PAGE_SIZE,
		.vm_pgoff = (VFIO_PCI_INDEX_TO_OFFSET(bar) >> PAGE_SHIFT) + pgoff,
		.vm_private_data = &nvg.core,
	};

	return spaces[0]->pfn_to_vma_pgoff(&vma, (BASE >> PAGE_SHIFT) + page, found);
}

static void I18_only_a_mapping_of_the_page_is_found(void)
{
	const u64 first = FIRST >> PAGE_SHIFT;
	static const struct {
		unsigned int bar;
		long pgoff, pages, page;	/* of a mapping; from the page's region on */
		bool maps;
	} cases[] = {
		{ 4, 0, 8, 0, true },  { 4, 0, 8, 7, true },  { 4, 0, 8, 8, false },
		{ 4, 3, 2, 3, true },  { 4, 3, 2, 4, true },  { 4, 3, 2, 5, false },
		{ 4, 3, 2, 2, false }, { 0, 0, 8, 1, false }, { 2, 0, 8, 1, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pgoff_t at = 77, wanted = 77;
		int ret;

		set_up();
		if (cases[i].maps)
			wanted = (VFIO_PCI_INDEX_TO_OFFSET(4) >> PAGE_SHIFT) + cases[i].page;
		CHECK(!nvgrace_ras_register(&nvg), "%s", said);
		ret = tell_mapping(cases[i].bar, cases[i].pgoff, cases[i].pages, cases[i].page,
				   &at);
		CHECK(!ret == cases[i].maps && (!ret || ret == -EFAULT), "case %zu: %d", i, ret);
		CHECK(at == wanted, "case %zu: %#lx", i, at);
		/* It is bad all the same. */
		CHECK(is_bad(cases[i].page * PAGE_SIZE) && scheduled == 1 && nr_bad() == 1,
		      "case %zu", i);
	}
	set_up();
	nvgrace_ras_register(&nvg);
	CHECK(!tell_mapping(2, 0, 8, first + 1, &(pgoff_t) { 0 }), "the other region's");
}

static void I17_a_page_is_told_of_once_and_unmapped_each_time(void)
{
	set_up();
	nvgrace_ras_register(&nvg);
	for (unsigned int i = 1; i < 4; i++) {
		tell_mapping(4, 0, 8, 5, &(pgoff_t) { 0 });
		CHECK(scheduled == i && traced == 1, "%u, %u", scheduled, traced);
	}
	CHECK(strstr(said, "memory page 0x") == strstr(said, "memory page"), "%s", said);
	CHECK(!strstr(strstr(said, "is bad") + 1, "is bad"), "said twice: %s", said);
	CHECK(!strstr(said, "more than"), "%s", said);
}

static void run_work(void)
{
	nvg.unmap_retired.func(&nvg.unmap_retired);
	CHECK(!nvg.access_lock.writers, "a lock is left");
}

static void I17_bad_pages_are_unmapped_from_everyone_and_no_others(void)
{
	static const u64 pages[] = { 0, 1, (FIRST >> PAGE_SHIFT) - 1, (FIRST >> PAGE_SHIFT) + 3,
				     ((FIRST + SECOND) >> PAGE_SHIFT) - 1 };

	set_up();
	nvgrace_ras_register(&nvg);
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		nvgrace_retire(&nvg, (BASE >> PAGE_SHIFT) + pages[i]);
	run_work();
	for (u64 page = 0; page < (FIRST + SECOND) >> PAGE_SHIFT; page++)
		CHECK(unmapped[page] == is_bad(page << PAGE_SHIFT), "page %lu", page);
	CHECK(unmaps == ARRAY_SIZE(pages), "%u times", unmaps);
}

static void I17_all_memory_is_unmapped_when_too_much_is_bad(void)
{
	set_up();
	nvgrace_ras_register(&nvg);
	for (u64 page = 0; page < NVGRACE_MAX_BAD_PAGES; page++)
		nvgrace_retire(&nvg, (BASE >> PAGE_SHIFT) + page);
	retire(&nvg, (BASE >> PAGE_SHIFT) + NVGRACE_MAX_BAD_PAGES);
	CHECK(strstr(said, "more than 512 bad pages"), "%s", said);
	run_work();
	for (u64 page = 0; page < (FIRST + SECOND) >> PAGE_SHIFT; page++)
		CHECK(unmapped[page], "page %lu", page);
	CHECK(unmaps == 2, "%u times", unmaps);
}

static int report(unsigned long severity, u64 valid, u64 offset, u64 mask)
{
	struct cper_sec_mem_err err = {
		.validation_bits = valid,
		.physical_addr = BASE + offset,
		.physical_addr_mask = mask,
	};

	return nvg.firmware_reports.notifier_call(&nvg.firmware_reports, severity, &err);
}

static void I17_firmware_names_as_many_pages_as_its_mask_says(void)
{
	const u64 both = CPER_MEM_VALID_PA | CPER_MEM_VALID_PA_MASK;
	static const struct {
		u64 mask, bytes;	/* bytes: 1 is what mm looks at */
	} cases[] = {
		{ 0, 1 },
		{ ~0ULL, 1 },
		{ ~0xfffULL, 4096 },
		{ ~0xffffULL, SZ_64K },
		{ ~0x1ffffULL, 1 },
		{ 0x0000fffffffff000, 4096 },
		{ 0x0000ffffffff0000, SZ_64K },
		{ 1, 1 },
		{ 0xffffffffffffc000, 4 * 4096 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 nr = max(cases[i].bytes >> PAGE_SHIFT, 1UL);
		u64 at = 5 * SZ_64K + 0x7123;

		set_up();
		nvgrace_ras_register(&nvg);
		CHECK(report(GHES_SEV_RECOVERABLE, both, at, cases[i].mask) == NOTIFY_OK, "%zu", i);
		CHECK(nr_bad() == nr && scheduled == nr, "case %zu: %lu pages", i, nr_bad());
		for (u64 page = 0; page < nr; page++)
			CHECK(is_bad((at & ~(nr * PAGE_SIZE - 1)) + page * PAGE_SIZE), "case %zu",
			      i);
	}
	set_up();
	nvgrace_ras_register(&nvg);
	report(GHES_SEV_RECOVERABLE, CPER_MEM_VALID_PA, 5 * SZ_64K, ~0xffffULL);
	CHECK(nr_bad() == 1, "a mask that is not valid: %lu", nr_bad());
}

static void I17_only_what_is_bad_and_ours_is_retired(void)
{
	set_up();
	nvgrace_ras_register(&nvg);
	for (unsigned int severity = 0; severity < 4; severity++)
		if (severity != GHES_SEV_RECOVERABLE)
			CHECK(report(severity, ~0ULL, 0, ~0xfffULL) == NOTIFY_DONE, "%u", severity);
	CHECK(report(GHES_SEV_RECOVERABLE, CPER_MEM_VALID_PA_MASK, 0, ~0xfffULL) == NOTIFY_DONE,
	      "no address");
	CHECK(!scheduled && !nr_bad(), "retired");
	report(GHES_SEV_RECOVERABLE, ~0ULL, FIRST + SECOND, ~0xfffULL);
	report(GHES_SEV_RECOVERABLE, ~0ULL, -PAGE_SIZE, ~0xfffULL);
	CHECK(!scheduled && !traced, "somebody else's memory");
	report(GHES_SEV_RECOVERABLE, ~0ULL, FIRST, ~0xfffULL);
	report(GHES_SEV_RECOVERABLE, ~0ULL, FIRST + SECOND - 1, ~0xfffULL);
	CHECK(scheduled == 2 && nr_bad() == 2 && is_bad(FIRST) && is_bad(FIRST + SECOND - 1), "%lu",
	      nr_bad());
}

static void I20_what_is_registered_is_unregistered(void)
{
	set_up();
	CHECK(!nvgrace_ras_register(&nvg) && nr_spaces == 2 && chain == 1, "%u", nr_spaces);
	CHECK(spaces[0]->node.start == BASE >> PAGE_SHIFT &&
	      spaces[0]->node.last == ((BASE + FIRST) >> PAGE_SHIFT) - 1, "the first region's");
	CHECK(spaces[1]->node.start == (BASE + FIRST) >> PAGE_SHIFT &&
	      spaces[1]->node.last == ((BASE + FIRST + SECOND) >> PAGE_SHIFT) - 1, "the second's");
	CHECK(spaces[0]->mapping == &inode && spaces[1]->mapping == &inode, "the mapping");
	/* From the first on, which a real one does not mind. */
	spaces[0] = &nvg.pfn_space[1];
	spaces[1] = &nvg.pfn_space[0];
	nvgrace_ras_unregister(&nvg);
	CHECK(!nr_spaces && !chain && cancelled == 1, "%u, %u, %u", nr_spaces, chain, cancelled);

	set_up();
	nvg.nr_regions = 0;
	nvgrace_ras_unregister(&nvg);
	CHECK(!cancelled && !chain, "an ordinary GPU has nothing to unregister");
}

static void I20_a_registration_that_fails_leaves_nothing(void)
{
	set_up();
	space_error = -EBUSY;
	CHECK(nvgrace_ras_register(&nvg) == -EBUSY && !nr_spaces && !chain, "%u, %u", nr_spaces,
	      chain);
	CHECK(strstr(said, "unbind what else"), "%s", said);
	set_up();
	space_error = -EOPNOTSUPP;
	CHECK(!nvgrace_ras_register(&nvg) && chain == 1 && !said[0], "an mm that tells nobody: %s",
	      said);
}

int main(void)
{
	CLAIM(I18_only_a_mapping_of_the_page_is_found);
	CLAIM(I17_a_page_is_told_of_once_and_unmapped_each_time);
	CLAIM(I17_bad_pages_are_unmapped_from_everyone_and_no_others);
	CLAIM(I17_all_memory_is_unmapped_when_too_much_is_bad);
	CLAIM(I17_firmware_names_as_many_pages_as_its_mask_says);
	CLAIM(I17_only_what_is_bad_and_ours_is_retired);
	CLAIM(I20_what_is_registered_is_unregistered);
	CLAIM(I20_a_registration_that_fails_leaves_nothing);
	return unit_end();
}
