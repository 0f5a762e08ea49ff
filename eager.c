// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a mapping built before its first fault?
 *
 * By the task itself, on its way back from mmap(). Not within: until mm has
 * linked the VMA a zap does not find it, and a reset in between would leave
 * page table entries behind that reach untrained memory (I11). For the same
 * reason not by remap_pfn_range(), which wants the VMA before it is linked and
 * has base pages only; the fault handler's own leaves come a table at a time.
 */
#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/task_work.h>

#include "nvgrace_gpu.h"

/**
 * struct populate - a mapping to be built when mmap() is done
 * @work: on its way to the task that maps
 * @file: the device's, a reference keeps it open
 * @nvg: the device
 * @start: first address
 * @end: address after the last
 */
struct populate {
	struct callback_head work;
	struct file *file;
	struct nvgrace_device *nvg;
	unsigned long start;
	unsigned long end;
};

/* The end of the page table that a fault at @addr has just filled. */
static unsigned long filled_until(struct vm_area_struct *vma,
				  unsigned long addr)
{
	struct follow_pfnmap_args args = { .vma = vma, .address = addr };
	bool is_block;

	if (follow_pfnmap_start(&args))
		return addr + PAGE_SIZE;
	is_block = args.addr_mask <= PMD_MASK;
	follow_pfnmap_end(&args);
	return ALIGN(addr + 1, is_block ? PUD_SIZE : PMD_SIZE);
}

/* Our mapping at an address; NULL when the address is no longer ours. */
static struct vm_area_struct *mapping_at(const struct populate *p,
					 unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(current->mm, addr);

	if (!vma || vma->vm_start > addr || vma->vm_file != p->file)
		return NULL;
	return vma;
}

/* Fill one table: the address after it, 0 when the rest is left to faults. */
static unsigned long populate_table(struct populate *p, unsigned long addr)
{
	struct vm_area_struct *vma;
	bool unlocked;

	if (!mapping_at(p, addr) ||
	    fixup_user_fault(current->mm, addr, 0, &unlocked))
		return 0;
	/* The fault may have let go of the lock, and the VMA be another. */
	vma = mapping_at(p, addr);
	return vma ? filled_until(vma, addr) : 0;
}

/* Nobody waits here for training or after a kill: faults do the rest. */
static bool usable_now(struct nvgrace_device *nvg)
{
	if (fatal_signal_pending(current) ||
	    nvgrace_memory_get(nvg, TASK_KILLABLE))
		return false;
	nvgrace_memory_put(nvg);
	return true;
}

static void populate(struct callback_head *work)
{
	struct populate *p = container_of(work, struct populate, work);
	unsigned long addr = p->start;

	while (addr && addr < p->end && usable_now(p->nvg)) {
		if (mmap_read_lock_killable(current->mm))
			break;
		addr = populate_table(p, addr);
		mmap_read_unlock(current->mm);
		cond_resched();
	}
	fput(p->file);
	kfree(p);
}

/**
 * nvgrace_populate() - have a new mapping built before mmap() returns
 * @nvg: an open device
 * @vma: a mapping of a made-up BAR
 *
 * As far as the memory is usable then; the rest is built by faults.
 *
 * Context: mmap(), mmap_lock held for write.
 * Return: 0 or -ENOMEM.
 */
int nvgrace_populate(struct nvgrace_device *nvg, struct vm_area_struct *vma)
{
	struct populate *p = kmalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);

	if (!p)
		return -ENOMEM;

	*p = (struct populate) {
		.file = get_file(vma->vm_file),
		.nvg = nvg,
		.start = vma->vm_start,
		.end = vma->vm_end,
	};
	init_task_work(&p->work, populate);
	if (task_work_add(current, &p->work, TWA_RESUME)) {
		/* An exiting task touches nothing any more. */
		fput(p->file);
		kfree(p);
	}
	return 0;
}
