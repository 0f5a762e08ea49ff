// SPDX-License-Identifier: GPL-2.0-only
/* Which entries does leaf.c make with one of a fault: all that may be there, and no others? */
#include "check.h"
#include "kernel_stand_in.h"

#define PTRS_PER_PTE		(PAGE_SIZE / 8)
#define PMD_ORDER		(PAGE_SHIFT - 3)
#define PMD_SIZE		(PAGE_SIZE << PMD_ORDER)
#define PUD_SIZE		(PMD_SIZE * PTRS_PER_PTE)
#define VM_FAULT_OOM		0x001
#define VM_FAULT_HWPOISON	0x010
#define VM_FAULT_NOPAGE		0x100
#define VM_FAULT_FALLBACK	0x800
#define FLAGS			0x254
#define PROT			0x713
#define MM			((void *)0x5000)
#define pmd_index(addr)		((addr) / PMD_SIZE % PTRS_PER_PTE)

/* An entry is the page frame, the protection and that it is special. */
typedef struct {
	u64 pfn;
	unsigned long prot;
	bool special;
} pte_t;

typedef struct {
	bool leaf;
} pmd_t;

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned int flags;
	pmd_t *pmd;
	void *pud;
};

#define pfn_pte(pfn, prot)	((pte_t) { (pfn), (prot).bits, false })
#define pte_mkspecial(pte)	({ pte_t special_ = (pte); special_.special = true; special_; })
#define pte_none(pte)		(!(pte).prot)
#define ptep_get(ptep)		(*(ptep))
#define set_pte(ptep, pte)	(*(ptep) = (pte))
#define pmdp_get(pmdp)		(*(pmdp))
#define pmd_leaf(pmd)		((pmd).leaf)
#define lockdep_assert_held_read(lock)	CHECK((lock)->readers, "not held")

#include "../../nvgrace_gpu.h"

/* Where the memory is, as far off a table's border as the mapping is. */
#define TABLE		(16 * PUD_SIZE)	/* address of the first entry of a table */

static struct nvgrace_device nvg;
static struct vm_area_struct vma;
static u64 first_pfn;			/* of the page at TABLE, mapped or not */
static pte_t ptes[PTRS_PER_PTE];	/* of the table at TABLE */
static pmd_t pmds[PTRS_PER_PTE];
static bool blocks[PTRS_PER_PTE];	/* that are mapped */
static u64 bad[4];			/* pages from TABLE on */
static unsigned int nr_bad;
static vm_fault_t insert_says;
static int apply_says;

static u64 page_at(unsigned long addr)
{
	return (addr - TABLE) / PAGE_SIZE;
}

u64 nvgrace_good_pages(const struct nvgrace_device *nvg, u64 pfn, u64 nr)
{
	u64 good = nr;

	CHECK(nr, "nothing is asked about");
	for (unsigned int i = 0; i < nr_bad; i++)
		if (first_pfn + bad[i] >= pfn)
			good = min(good, first_pfn + bad[i] - pfn);
	return good;
}

typedef int (*pte_fn_t)(pte_t *pte, unsigned long addr, void *data);

static int apply_to_page_range(void *mm, unsigned long addr, unsigned long size, pte_fn_t fn,
			       void *data)
{
	CHECK(mm == MM && size && !(addr % PAGE_SIZE) && !(size % PAGE_SIZE), "%#lx at %#lx", size,
	      addr);
	CHECK(addr >= TABLE && addr + size <= TABLE + PMD_SIZE, "another table");
	CHECK(addr >= vma.vm_start && addr + size <= vma.vm_end, "not mapped");
	for (unsigned long end = addr + size; addr < end && !apply_says; addr += PAGE_SIZE)
		CHECK(!fn(&ptes[page_at(addr)], addr, data), "an entry cannot fail");
	return apply_says;
}

static vm_fault_t vfio_pci_vmf_insert_pfn(struct vfio_pci_core_device *core, struct vm_fault *vmf,
					  unsigned long pfn, unsigned int order)
{
	unsigned long at = vmf->address & ~((PAGE_SIZE << order) - 1);

	CHECK(core == &nvg.core && vmf->vma == &vma && vmf->flags == FLAGS && vmf->pud == blocks,
	      "another's");
	CHECK(pfn == first_pfn + page_at(at), "%#lx at %#lx", pfn, at);
	if (insert_says != VM_FAULT_NOPAGE)
		return insert_says;
	if (order == PMD_ORDER) {
		CHECK(vmf->pmd == &pmds[pmd_index(at)], "in the place of another block");
		blocks[pmd_index(at)] = true;
	} else if (!order) {
		ptes[page_at(at)] = (pte_t) { pfn, PROT, true };
	}
	return VM_FAULT_NOPAGE;
}

#include "../../leaf.c"

/* A mapping from @start to @end, in bytes from TABLE, which may be before it. */
static void set_up(long start, unsigned long end)
{
	memset(&nvg, 0, sizeof(nvg));
	memset(ptes, 0, sizeof(ptes));
	memset(pmds, 0, sizeof(pmds));
	memset(blocks, 0, sizeof(blocks));
	vma = (struct vm_area_struct) {
		.vm_start = TABLE + start, .vm_end = TABLE + end,
		.vm_page_prot.bits = PROT, .vm_mm = MM,
	};
	first_pfn = 0x2000000000 / PAGE_SIZE;
	nr_bad = 0;
	insert_says = VM_FAULT_NOPAGE;
	apply_says = 0;
	nvg.access_lock.readers = 1;
}

static vm_fault_t fault_at(unsigned long offset, unsigned int order)
{
	unsigned long at = offset & ~((PAGE_SIZE << order) - 1);
	struct vm_fault vmf = {
		.vma = &vma, .address = TABLE + offset, .flags = FLAGS,
		.pmd = &pmds[pmd_index(TABLE + offset)], .pud = blocks,
	};

	return nvgrace_install(&nvg, &vmf, first_pfn + at / PAGE_SIZE, order);
}

static bool is_bad(u64 page, u64 nr)
{
	for (unsigned int i = 0; i < nr_bad; i++)
		if (bad[i] >= page && bad[i] < page + nr)
			return true;
	return false;
}

static void pages_are_right(void)
{
	for (u64 page = 0; page < PTRS_PER_PTE; page++) {
		unsigned long addr = TABLE + page * PAGE_SIZE;
		bool mapped = addr >= vma.vm_start && addr < vma.vm_end && !is_bad(page, 1);

		CHECK(pte_none(ptes[page]) == !mapped, "page %lu", page);
		CHECK(!mapped || (ptes[page].pfn == first_pfn + page && ptes[page].special &&
				  ptes[page].prot == PROT),
		      "page %lu is %#lx", page, ptes[page].pfn);
	}
}

static void I9_a_fault_for_a_page_fills_its_table(void)
{
	static const struct {
		long start;
		unsigned long end;
	} mappings[] = {
		{ 0, PMD_SIZE },
		{ -(long)PAGE_SIZE, PMD_SIZE + PAGE_SIZE },
		{ 3 * PAGE_SIZE, 9 * PAGE_SIZE },
		{ -(long)PMD_SIZE, 7 * PAGE_SIZE },
		{ PMD_SIZE - 6 * PAGE_SIZE, 2 * PMD_SIZE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(mappings); i++) {
		unsigned long low = max(mappings[i].start, 0L),
			      high = min(mappings[i].end, PMD_SIZE);
		unsigned long at[] = { low, low + PAGE_SIZE - 1, low + 2 * PAGE_SIZE + 17,
				       high - 1 };

		for (size_t f = 0; f < ARRAY_SIZE(at); f++) {
			set_up(mappings[i].start, mappings[i].end);
			CHECK(fault_at(at[f], 0) == VM_FAULT_NOPAGE, "refused");
			pages_are_right();
		}
	}
}

static void I17_bad_pages_are_left_out_and_their_neighbours_are_not(void)
{
	static const u64 places[][3] = {
		{ 0, 1, PTRS_PER_PTE - 1 },
		{ 5, 6, 8 },
		{ PTRS_PER_PTE - 2, PTRS_PER_PTE - 1, PTRS_PER_PTE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		set_up(0, PMD_SIZE + PAGE_SIZE);
		nr_bad = ARRAY_SIZE(places[i]);
		memcpy(bad, places[i], sizeof(places[i]));
		CHECK(fault_at(bad[0] * PAGE_SIZE, 0) == VM_FAULT_HWPOISON, "a bad page");
		CHECK(pte_none(ptes[2]), "mapped for a bad page");
		CHECK(fault_at(2 * PAGE_SIZE, 0) == VM_FAULT_NOPAGE, "a good page");
		pages_are_right();
	}
}

static void I9_what_another_fault_has_made_stays(void)
{
	set_up(0, PMD_SIZE);
	ptes[7] = (pte_t) { 1, 2, false };
	CHECK(fault_at(3 * PAGE_SIZE, 0) == VM_FAULT_NOPAGE, "refused");
	CHECK(ptes[7].pfn == 1 && ptes[7].prot == 2, "written over");
	CHECK(ptes[8].pfn == first_pfn + 8, "the next is %#lx", ptes[8].pfn);

	set_up(0, PMD_SIZE);
	pmds[0].leaf = true;
	CHECK(fault_at(3 * PAGE_SIZE, 0) == VM_FAULT_NOPAGE && pte_none(ptes[3]),
	      "a table in a block");
}

static void I20_what_cannot_be_installed_is_left_to_later_faults(void)
{
	set_up(0, PMD_SIZE);
	apply_says = -ENOMEM;
	CHECK(fault_at(3 * PAGE_SIZE, 0) == VM_FAULT_NOPAGE, "the fault itself is served");
	set_up(0, PMD_SIZE);
	insert_says = VM_FAULT_OOM;
	CHECK(fault_at(3 * PAGE_SIZE, 0) == VM_FAULT_OOM && pte_none(ptes[4]),
	      "nothing can be mapped");
	set_up(0, PUD_SIZE);
	insert_says = VM_FAULT_OOM;
	CHECK(fault_at(PMD_SIZE, PMD_ORDER) == VM_FAULT_OOM, "nothing can be mapped");
}

static void blocks_are_right(void)
{
	for (u64 i = 0; i < PTRS_PER_PTE; i++) {
		unsigned long addr = TABLE + i * PMD_SIZE;
		bool mapped = addr >= vma.vm_start && addr + PMD_SIZE <= vma.vm_end &&
			      !is_bad(i * PTRS_PER_PTE, PTRS_PER_PTE);

		CHECK(blocks[i] == mapped, "block %lu of %#lx to %#lx", i, vma.vm_start,
		      vma.vm_end);
	}
}

static void I9_a_fault_for_a_block_fills_its_table(void)
{
	static const struct {
		long start;
		unsigned long end;
	} mappings[] = {
		{ 0, PUD_SIZE },
		{ -(long)PMD_SIZE, PUD_SIZE + PMD_SIZE },
		{ PAGE_SIZE, 6 * PMD_SIZE - PAGE_SIZE },
		{ 2 * PMD_SIZE, 6 * PMD_SIZE },
		{ -(long)PAGE_SIZE, 5 * PMD_SIZE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(mappings); i++)
		for (u64 block = 2; block < 5; block += 2) {
			set_up(mappings[i].start, mappings[i].end);
			CHECK(fault_at(block * PMD_SIZE + 12345, PMD_ORDER) == VM_FAULT_NOPAGE,
			      "refused");
			blocks_are_right();
		}
}

static void I17_a_block_with_a_bad_page_is_left_to_pages(void)
{
	set_up(0, PUD_SIZE);
	nr_bad = 2;
	bad[0] = 3 * PTRS_PER_PTE;
	bad[1] = 5 * PTRS_PER_PTE - 1;
	CHECK(fault_at(3 * PMD_SIZE, PMD_ORDER) == VM_FAULT_FALLBACK, "its first page is bad");
	CHECK(fault_at(4 * PMD_SIZE, PMD_ORDER) == VM_FAULT_FALLBACK, "its last page is bad");
	CHECK(!blocks[2] && !nvg.counters[NVGRACE_FAULTS_REFUSED].counter, "a smaller one does");
	CHECK(fault_at(2 * PMD_SIZE, PMD_ORDER) == VM_FAULT_NOPAGE, "refused");
	blocks_are_right();
}

/* A leaf above a block has no others beside it. */
static void each_fault_counts_once_by_the_size_of_its_leaf(void)
{
	set_up(0, 2 * PUD_SIZE);
	fault_at(0, 0);
	CHECK(nvg.counters[NVGRACE_FAULTS_PTE].counter == 1, "page");
	fault_at(0, PMD_ORDER);
	CHECK(nvg.counters[NVGRACE_FAULTS_PMD].counter == 1, "block");
	memset(blocks, 0, sizeof(blocks));
	fault_at(0, 2 * PMD_ORDER);
	CHECK(nvg.counters[NVGRACE_FAULTS_PUD].counter == 1 && !blocks[1], "the largest");
	insert_says = VM_FAULT_OOM;
	fault_at(0, 0);
	fault_at(0, PMD_ORDER);
	CHECK(nvg.counters[NVGRACE_FAULTS_REFUSED].counter == 2, "refused");
	CHECK(nvg.counters[NVGRACE_FAULTS_PTE].counter == 1, "a page counted again");
	CHECK(nvg.counters[NVGRACE_FAULTS_PMD].counter == 1, "a block counted again");
}

int main(void)
{
	CLAIM(I9_a_fault_for_a_page_fills_its_table);
	CLAIM(I17_bad_pages_are_left_out_and_their_neighbours_are_not);
	CLAIM(I9_what_another_fault_has_made_stays);
	CLAIM(I20_what_cannot_be_installed_is_left_to_later_faults);
	CLAIM(I9_a_fault_for_a_block_fills_its_table);
	CLAIM(I17_a_block_with_a_bad_page_is_left_to_pages);
	CLAIM(each_fault_counts_once_by_the_size_of_its_leaf);
	return unit_end();
}
