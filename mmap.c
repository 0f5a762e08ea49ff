// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a region mapped, and when may a fault install something?
 *
 * Page frames without struct page; which leaves is leaf.c's question. Cacheable
 * memory stays at the default page protection: that is what KVM takes for
 * cacheable; uncached memory is write-combined (I8). vm_pgoff stays the VFIO
 * file offset, so that the core's zap finds every mapping. A fault that comes
 * before the memory is trained drops the fault's lock, waits, and is tried again.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/pagemap.h>

#include "nvgrace_gpu.h"
#include "trace.h"

static bool eager_map;
module_param(eager_map, bool, 0444);
MODULE_PARM_DESC(eager_map,
		 "Build a mapping before mmap() returns instead of by later faults (default: N)");

static unsigned long vma_pfn(struct vm_area_struct *vma, unsigned long addr)
{
	u64 pgoff = linear_page_index(vma, addr) & NVGRACE_PGOFF_MASK;

	return nvgrace_region_pfn(nvgrace_vma_region(vma), pgoff);
}

/*
 * Which signals end the wait? A task in user mode sees to them before it faults
 * again. The kernel's own accesses, and KVM's and type1's faults, cannot leave:
 * they would be back at once, or fail.
 */
static unsigned int wait_state(const struct vm_fault *vmf)
{
	const unsigned int user = FAULT_FLAG_USER | FAULT_FLAG_INTERRUPTIBLE;

	return (vmf->flags & user) == user ? TASK_INTERRUPTIBLE : TASK_KILLABLE;
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
	nvgrace_ready_wait(nvg, wait_state(vmf));
	fput(file);
	return VM_FAULT_RETRY;
}

static vm_fault_t fault_leaf(struct vm_fault *vmf, unsigned long pfn,
			     unsigned int order)
{
	struct nvgrace_device *nvg = nvgrace_of_vma(vmf->vma);
	vm_fault_t fault;

	switch (nvgrace_memory_get(nvg, wait_state(vmf))) {
	case 0:
		fault = nvgrace_install(nvg, vmf, pfn, order);
		nvgrace_memory_put(nvg);
		return fault;
	case -EAGAIN:
		return wait_and_retry(vmf);
	case -ERESTARTSYS:
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
 * eager mode also -ENOMEM.
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

	return eager_map ? nvgrace_populate(nvg, vma) : 0;
}

/**
 * nvgrace_zap() - unmap the made-up BARs from every task
 * @nvg: the device
 *
 * Context: may sleep; memory_lock held or not. Faults wait or fail by what
 * ready.c knows, so call it after the generation has moved on.
 */
void nvgrace_zap(struct nvgrace_device *nvg)
{
	unsigned int i;

	for (i = 0; i < nvg->nr_regions; i++)
		unmap_mapping_range(nvg->core.vdev.inode->i_mapping,
				    VFIO_PCI_INDEX_TO_OFFSET(nvg->regions[i].bar),
				    nvg->regions[i].mem_size, true);
}
