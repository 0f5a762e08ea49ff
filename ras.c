// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens when a page of this memory goes bad?
 *
 * mm calls back with every mapping of the device, under locks that allow
 * neither sleeping nor unmapping: the page is retired there, which every door
 * honours at once, and unmapped by a worker. Neighbours that shared its leaf
 * come back by their own faults. mm then signals the tasks that map the page.
 *
 * mm only asks about mappings of the task that met the page, and of tasks with
 * early kill (PR_MCE_KILL, as QEMU has): of a page that goes bad while none of
 * them maps any of the device, the driver learns nothing.
 */
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pci.h>

#include "nvgrace_gpu.h"
#include "trace.h"

/*
 * Does a mapping hold a bad page, and where in the file? An error for one that
 * does not, or mm would kill its innocent task.
 */
static int pfn_to_vma_pgoff(struct vm_area_struct *vma, unsigned long pfn,
			    pgoff_t *pgoff)
{
	/* The core's own mappings have it there too; all are of one inode. */
	struct vfio_pci_core_device *core = vma->vm_private_data;
	struct nvgrace_device *nvg = to_nvgrace(&core->vdev);
	const struct nvgrace_region *region = nvgrace_vma_region(vma);
	u64 page;

	if (nvgrace_retire(pfn)) {
		trace_nvgrace_poison(core->pdev, pfn);
		pci_err(core->pdev, "memory page %#llx is bad: not mapped, read or written any more until the module is unloaded\n",
			PFN_PHYS((u64)pfn));
	}

	if (!region || !nvgrace_region_page(region, pfn, &page))
		return -EFAULT;
	page += VFIO_PCI_INDEX_TO_OFFSET(region->bar) >> PAGE_SHIFT;
	if (page < vma->vm_pgoff || page - vma->vm_pgoff >= vma_pages(vma))
		return -EFAULT;

	schedule_work(&nvg->unmap_retired);
	*pgoff = page;
	return 0;
}

static void unmap_retired_pages(struct nvgrace_device *nvg,
				const struct nvgrace_region *region)
{
	struct address_space *mapping = nvg->core.vdev.inode->i_mapping;
	u64 pages = region->mem_size >> PAGE_SHIFT;
	u64 page;

	for (page = nvgrace_next_retired(region, 0); page < pages;
	     page = nvgrace_next_retired(region, page + 1))
		unmap_mapping_range(mapping,
				    VFIO_PCI_INDEX_TO_OFFSET(region->bar) +
				    (page << PAGE_SHIFT), PAGE_SIZE, true);
}

static void unmap_retired(struct work_struct *work)
{
	struct nvgrace_device *nvg = container_of(work, struct nvgrace_device,
						  unmap_retired);
	unsigned int i;

	/* A fault that looked before the page was retired has installed it now. */
	down_write(&nvg->access_lock);
	up_write(&nvg->access_lock);
	for (i = 0; i < nvg->nr_regions; i++)
		unmap_retired_pages(nvg, &nvg->regions[i]);
}

/**
 * nvgrace_ras_register() - have mm tell of bad pages of this memory
 * @nvg: the device, its regions made, not yet registered
 *
 * A kernel without MEMORY_FAILURE tells nobody, which is no error.
 *
 * Context: probe; undone by nvgrace_ras_unregister().
 * Return: 0, or -EBUSY with a line when the pages are somebody else's.
 */
int nvgrace_ras_register(struct nvgrace_device *nvg)
{
	unsigned int i;
	int ret;

	INIT_WORK(&nvg->unmap_retired, unmap_retired);
	for (i = 0; i < nvg->nr_regions; i++) {
		const struct nvgrace_region *region = &nvg->regions[i];
		struct pfn_address_space *space = &nvg->pfn_space[i];

		space->node.start = PHYS_PFN(region->phys);
		space->node.last = PHYS_PFN(region->phys + region->mem_size) - 1;
		space->mapping = nvg->core.vdev.inode->i_mapping;
		space->pfn_to_vma_pgoff = pfn_to_vma_pgoff;
		ret = register_pfn_address_space(space);
		if (ret && ret != -EOPNOTSUPP)
			goto unregister;
	}
	return 0;

unregister:
	while (i--)
		unregister_pfn_address_space(&nvg->pfn_space[i]);
	return dev_err_probe(&nvg->core.pdev->dev, ret,
			     "cannot have memory failures of this GPU reported: unbind what else uses its memory\n");
}

/**
 * nvgrace_ras_unregister() - end what nvgrace_ras_register() began
 * @nvg: the device, nobody has it open
 */
void nvgrace_ras_unregister(struct nvgrace_device *nvg)
{
	unsigned int i;

	if (!nvg->nr_regions)
		return;
	for (i = 0; i < nvg->nr_regions; i++)
		unregister_pfn_address_space(&nvg->pfn_space[i]);
	cancel_work_sync(&nvg->unmap_retired);
}
