// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which leaves of a page table does a fault install?
 *
 * The one it asks for, the largest that alignment allows, and with it all that
 * its page table can hold: 512 blocks of 2 MiB or 512 pages of 4 KiB on a
 * kernel with such pages. One fault each would cost a thousand times what the
 * entry does. Bad pages, and what the VMA does not cover, are left out.
 *
 * Contiguous-PTE entries are out of reach: set_ptes() is not for modules (arm64
 * wants a symbol for it that is not exported when mm is being debugged); a
 * single entry's set_pte() is, and does the same to one that was empty.
 */
#include <linux/mm.h>

#include "nvgrace_gpu.h"

/**
 * struct run - page frames in a row, on their way into a page table
 * @pfn: the next one
 * @prot: the mapping's protection
 */
struct run {
	unsigned long pfn;
	pgprot_t prot;
};

/* What vmf_insert_pfn() does to an entry, which a second fault may have won. */
static int install_entry(pte_t *pte, unsigned long addr, void *data)
{
	struct run *run = data;

	if (pte_none(ptep_get(pte)))
		set_pte(pte, pte_mkspecial(pfn_pte(run->pfn, run->prot)));
	run->pfn++;
	return 0;
}

/*
 * The other pages of the table that holds the faulting address's. That table
 * is there: an entry was just made in it, and it lives as long as the VMA. It
 * is walked to once, not for each page.
 */
static void install_more_pages(struct nvgrace_device *nvg,
			       struct vm_fault *vmf, unsigned long pfn)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long at = ALIGN_DOWN(vmf->address, PAGE_SIZE);
	unsigned long first = ALIGN_DOWN(at, PMD_SIZE);
	unsigned long addr = max(vma->vm_start, first);
	unsigned long end = min(vma->vm_end, first + PMD_SIZE);
	struct run run = {
		.pfn = pfn - ((at - addr) >> PAGE_SHIFT),
		.prot = vma->vm_page_prot,
	};

	while (addr < end) {
		u64 good = nvgrace_good_pages(nvg, run.pfn, (end - addr) >> PAGE_SHIFT);

		/* What is left out when one fails costs a fault of its own. */
		if (good && apply_to_page_range(vma->vm_mm, addr, good << PAGE_SHIFT,
						install_entry, &run))
			return;
		/* The run ended at the end, or at a bad page. */
		run.pfn++;
		addr += (good + 1) << PAGE_SHIFT;
	}
}

static vm_fault_t install_pages(struct nvgrace_device *nvg,
				struct vm_fault *vmf, unsigned long pfn)
{
	vm_fault_t fault;

	if (!nvgrace_good_pages(nvg, pfn, 1))
		return VM_FAULT_HWPOISON;
	/* Another fault has just mapped a block here. */
	if (pmd_leaf(pmdp_get(vmf->pmd)))
		return VM_FAULT_NOPAGE;

	fault = vfio_pci_vmf_insert_pfn(&nvg->core, vmf, pfn, 0);
	if (fault == VM_FAULT_NOPAGE)
		install_more_pages(nvg, vmf, pfn);
	return fault;
}

static bool is_block(struct nvgrace_device *nvg, struct vm_area_struct *vma,
		     unsigned long pfn, unsigned long addr)
{
	return addr >= vma->vm_start && addr + PMD_SIZE <= vma->vm_end &&
	       nvgrace_good_pages(nvg, pfn, PTRS_PER_PTE) == PTRS_PER_PTE;
}

/* The other blocks of the table that holds the faulting address's. */
static void install_more_blocks(struct nvgrace_device *nvg,
				struct vm_fault *vmf, unsigned long pfn)
{
	unsigned long at = ALIGN_DOWN(vmf->address, PMD_SIZE);
	unsigned long first = ALIGN_DOWN(at, PUD_SIZE);
	unsigned long start = max(first, ALIGN_DOWN(vmf->vma->vm_start, PMD_SIZE));
	unsigned long end = min(first + PUD_SIZE, vmf->vma->vm_end);
	unsigned long addr, block;

	for (addr = start; addr < end; addr += PMD_SIZE) {
		struct vm_fault more = {
			.vma = vmf->vma,
			.address = addr,
			.flags = vmf->flags,
			.pmd = vmf->pmd - pmd_index(at) + pmd_index(addr),
			.pud = vmf->pud,
		};

		block = pfn + (addr >> PAGE_SHIFT) - (at >> PAGE_SHIFT);
		if (is_block(nvg, vmf->vma, block, addr))
			vfio_pci_vmf_insert_pfn(&nvg->core, &more, block, PMD_ORDER);
	}
}

static vm_fault_t install_blocks(struct nvgrace_device *nvg,
				 struct vm_fault *vmf, unsigned long pfn,
				 unsigned int order)
{
	vm_fault_t fault;

	if (nvgrace_good_pages(nvg, pfn, 1UL << order) < 1UL << order)
		return VM_FAULT_FALLBACK;

	fault = vfio_pci_vmf_insert_pfn(&nvg->core, vmf, pfn, order);
	if (fault == VM_FAULT_NOPAGE && order == PMD_ORDER)
		install_more_blocks(nvg, vmf, pfn);
	return fault;
}

static enum nvgrace_counter counter_of(vm_fault_t fault, unsigned int order)
{
	if (fault != VM_FAULT_NOPAGE)
		return NVGRACE_FAULTS_REFUSED;
	if (!order)
		return NVGRACE_FAULTS_PTE;
	return order == PMD_ORDER ? NVGRACE_FAULTS_PMD : NVGRACE_FAULTS_PUD;
}

/**
 * nvgrace_install() - install a leaf, and those beside it
 * @nvg: the device
 * @vmf: the fault, its VMA a mapping of a made-up BAR
 * @pfn: page frame of the leaf that holds the faulting address
 * @order: the leaf's size, as is_aligned_for_order() lets pass
 *
 * Context: a fault, between nvgrace_memory_get() and _put().
 * Return: VM_FAULT_NOPAGE when it is mapped, VM_FAULT_FALLBACK when a smaller
 * leaf must do, VM_FAULT_HWPOISON for a bad page, VM_FAULT_OOM.
 */
vm_fault_t nvgrace_install(struct nvgrace_device *nvg, struct vm_fault *vmf,
			   unsigned long pfn, unsigned int order)
{
	vm_fault_t fault;

	lockdep_assert_held_read(&nvg->access_lock);

	if (order)
		fault = install_blocks(nvg, vmf, pfn, order);
	else
		fault = install_pages(nvg, vmf, pfn);
	if (fault != VM_FAULT_FALLBACK)
		nvgrace_count(nvg, counter_of(fault, order), 1);
	return fault;
}
