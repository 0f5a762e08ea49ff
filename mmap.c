// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a region mapped, and what does a fault install?
 *
 * Page frames without struct page, the largest leaf that alignment allows.
 * Cacheable memory stays at the default page protection: that is what KVM takes
 * for cacheable; uncached memory is write-combined (I8). vm_pgoff
 * stays the VFIO file offset, so that the core's zap finds every mapping. A
 * fault that comes before the memory is trained drops the fault's lock, waits,
 * and is tried again.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "nvgrace_gpu.h"
#include "trace.h"

static bool eager_map;
module_param(eager_map, bool, 0444);
MODULE_PARM_DESC(eager_map,
		 "Map the whole request at mmap time with base pages instead of by faults (default: N)");

/* Bytes mapped eagerly with the locks held: a few milliseconds of work. */
#define NVGRACE_EAGER_SLICE	SZ_64M

static unsigned long vma_pfn(struct vm_area_struct *vma, unsigned long addr)
{
	u64 pgoff = linear_page_index(vma, addr) & NVGRACE_PGOFF_MASK;

	return nvgrace_region_pfn(nvgrace_vma_region(vma), pgoff);
}

/*
 * Wait with no lock held; the file keeps the device open meanwhile. What the
 * wait brought is seen by the fault that comes next.
 */
static vm_fault_t wait_and_retry(struct vm_fault *vmf)
{
	struct nvgrace_device *nvg = nvgrace_of_vma(vmf->vma);
	struct file *file;

	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY))
		return VM_FAULT_SIGBUS;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;

	file = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);
	nvgrace_ready_wait(nvg);
	fput(file);
	return VM_FAULT_RETRY;
}

static enum nvgrace_counter counter_of(vm_fault_t fault, unsigned int order)
{
	if (fault != VM_FAULT_NOPAGE)
		return NVGRACE_FAULTS_REFUSED;
	if (!order)
		return NVGRACE_FAULTS_PTE;
	return order == PMD_ORDER ? NVGRACE_FAULTS_PMD : NVGRACE_FAULTS_PUD;
}

/* One leaf, if no page of it is bad; memory_lock and access_lock are held. */
static vm_fault_t install(struct nvgrace_device *nvg, struct vm_fault *vmf,
			  unsigned long pfn, unsigned int order)
{
	const struct nvgrace_region *region = nvgrace_vma_region(vmf->vma);
	u64 size = PAGE_SIZE << order;
	vm_fault_t fault;

	lockdep_assert_held_read(&nvg->access_lock);

	if (nvgrace_good_bytes(region, PFN_PHYS((u64)pfn) - region->phys,
			       size) != size) {
		if (order)
			return VM_FAULT_FALLBACK;
		nvgrace_count(nvg, NVGRACE_FAULTS_REFUSED, 1);
		return VM_FAULT_HWPOISON;
	}

	fault = vfio_pci_vmf_insert_pfn(&nvg->core, vmf, pfn, order);
	if (fault != VM_FAULT_FALLBACK)
		nvgrace_count(nvg, counter_of(fault, order), 1);
	return fault;
}

static vm_fault_t fault_leaf(struct vm_fault *vmf, unsigned long pfn,
			     unsigned int order)
{
	struct nvgrace_device *nvg = nvgrace_of_vma(vmf->vma);
	vm_fault_t fault;

	switch (nvgrace_memory_get(nvg)) {
	case 0:
		fault = install(nvg, vmf, pfn, order);
		nvgrace_memory_put(nvg);
		return fault;
	case -EAGAIN:
		return wait_and_retry(vmf);
	case -EINTR:
		return VM_FAULT_NOPAGE;
	default:
		nvgrace_count(nvg, NVGRACE_FAULTS_REFUSED, 1);
		return VM_FAULT_SIGBUS;
	}
}

static vm_fault_t nvgrace_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct pci_dev *pdev = nvgrace_of_vma(vmf->vma)->core.pdev;
	unsigned long addr = ALIGN_DOWN(vmf->address, PAGE_SIZE << order);
	unsigned long pfn = vma_pfn(vmf->vma, addr);
	vm_fault_t fault;

	if (!is_aligned_for_order(vmf->vma, addr, pfn, order))
		return VM_FAULT_FALLBACK;

	fault = fault_leaf(vmf, pfn, order);
	/* A retry may have let go of the VMA and of the device. */
	if (!(fault & VM_FAULT_RETRY))
		trace_nvgrace_fault(pdev, addr, pfn, order, fault);
	return fault;
}

static vm_fault_t nvgrace_page_fault(struct vm_fault *vmf)
{
	return nvgrace_huge_fault(vmf, 0);
}

static const struct vm_operations_struct nvgrace_vm_ops = {
	.fault = nvgrace_page_fault,
#ifdef CONFIG_ARCH_SUPPORTS_HUGE_PFNMAP
	.huge_fault = nvgrace_huge_fault,
#endif
};

static bool all_good(struct vm_area_struct *vma, unsigned long pfn,
		     unsigned long size)
{
	const struct nvgrace_region *region = nvgrace_vma_region(vma);

	return nvgrace_good_bytes(region, PFN_PHYS((u64)pfn) - region->phys,
				  size) == size;
}

/*
 * Map what can be mapped now; where the memory is not usable, faults do the
 * rest. A reset that begins between the last slice and the moment mm links the
 * VMA does not find this mapping: the price of mapping without faults.
 */
static int map_eagerly(struct nvgrace_device *nvg, struct vm_area_struct *vma)
{
	unsigned long addr, pfn, size;
	int ret = 0;

	for (addr = vma->vm_start; addr < vma->vm_end && !ret; addr += size) {
		pfn = vma_pfn(vma, addr);
		size = min(vma->vm_end - addr, (unsigned long)NVGRACE_EAGER_SLICE);
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!all_good(vma, pfn, size) || nvgrace_memory_get(nvg))
			return 0;
		ret = remap_pfn_range(vma, addr, pfn, size, vma->vm_page_prot);
		nvgrace_memory_put(nvg);
		cond_resched();
	}
	return ret;
}

/**
 * nvgrace_region_mmap() - mmap() of a made-up BAR
 * @nvg: an open device
 * @region: which of its regions
 * @vma: a new mapping, vm_pgoff is the VFIO file offset in pages
 *
 * Checks what vfio-pci checks for a BAR, with the same errors (I7).
 *
 * Context: mmap_lock held for write.
 * Return: 0; -EINVAL for a private mapping or one that is not all memory; in
 * eager mode also -EINTR and what remap_pfn_range() says.
 */
int nvgrace_region_mmap(struct nvgrace_device *nvg,
			const struct nvgrace_region *region,
			struct vm_area_struct *vma)
{
	if (vma->vm_end < vma->vm_start || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (!nvgrace_region_mappable(region, vma->vm_pgoff & NVGRACE_PGOFF_MASK,
				     vma_pages(vma)))
		return -EINVAL;

	vma->vm_private_data = &nvg->core;
	/* What remap_pfn_range() sets; a fault may not change flags any more. */
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	if (!region->cached) {
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
		/* KVM may map it Normal-NC too: write-combining in the guest. */
		vm_flags_set(vma, VM_ALLOW_ANY_UNCACHED);
	}
	vma->vm_ops = &nvgrace_vm_ops;
	trace_nvgrace_map(nvg->core.pdev, region->bar,
			  vma->vm_pgoff & NVGRACE_PGOFF_MASK, vma_pages(vma));

	return eager_map ? map_eagerly(nvg, vma) : 0;
}

/**
 * nvgrace_zap() - unmap the made-up BARs from every task
 * @nvg: the device
 *
 * Context: may sleep; memory_lock held or not. Faults wait or fail by what
 * ready.c knows, so call it after nvgrace_reset_begin() or _happened().
 */
void nvgrace_zap(struct nvgrace_device *nvg)
{
	unsigned int i;

	for (i = 0; i < nvg->nr_regions; i++)
		unmap_mapping_range(nvg->core.vdev.inode->i_mapping,
				    VFIO_PCI_INDEX_TO_OFFSET(nvg->regions[i].bar),
				    nvg->regions[i].mem_size, true);
}
