// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens when a page of this memory goes bad?
 *
 * It is retired, which every door honours at once, and unmapped by a worker, as
 * whoever tells of it allows neither sleeping nor unmapping. Neighbours that
 * shared its leaf come back by their own faults.
 *
 * Two tell. Firmware's reports of memory errors (GHES) name the page, whoever
 * maps it. mm handles these and all other errors later, and calls back with
 * mappings of the device: of the task that met the page, and of tasks with early
 * kill (PR_MCE_KILL, as QEMU has); it signals those that map the page.
 */
#include <acpi/ghes.h>
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include "nvgrace_gpu.h"
#include "trace.h"

/*
 * The largest page of an arm64 kernel. Firmware whose mask leaves more open
 * than that does not know the place: then the page of the address is it, which
 * is all that mm looks at.
 */
#define MAX_GRANULE	SZ_64K

/* Told for whichever mapping, and told again: it goes from all mappings. */
static void retire(struct nvgrace_device *nvg, unsigned long pfn)
{
	struct pci_dev *pdev = nvg->core.pdev;
	int ret = nvgrace_retire(nvg, pfn);

	schedule_work(&nvg->unmap_retired);
	if (ret == -EEXIST)
		return;
	trace_nvgrace_poison(pdev, pfn);
	pci_err(pdev, "memory page %#llx is bad: not mapped, read or written any more until the module is unloaded\n",
		PFN_PHYS((u64)pfn));
	if (ret == -ENOSPC)
		pci_err(pdev, "more than %u bad pages: all memory of this GPU is refused until the module is unloaded; have the GPU replaced\n",
			NVGRACE_MAX_BAD_PAGES);
}

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

	retire(nvg, pfn);
	if (!region || !nvgrace_region_page(region, pfn, &page))
		return -EFAULT;
	page += VFIO_PCI_INDEX_TO_OFFSET(region->bar) >> PAGE_SHIFT;
	if (page < vma->vm_pgoff || page - vma->vm_pgoff >= vma_pages(vma))
		return -EFAULT;
	*pgoff = page;
	return 0;
}

static bool is_ours(const struct nvgrace_device *nvg, unsigned long pfn)
{
	unsigned int i;
	u64 page;

	for (i = 0; i < nvg->nr_regions; i++)
		if (nvgrace_region_page(&nvg->regions[i], pfn, &page))
			return true;
	return false;
}

/* How many bytes, aligned to as many, does a report mean? */
static u64 granule_of(const struct cper_sec_mem_err *err)
{
	/* The lowest bit that means something; a mask may end at the CPU's width. */
	u64 granule = err->physical_addr_mask & -err->physical_addr_mask;

	if (!(err->validation_bits & CPER_MEM_VALID_PA_MASK) ||
	    !granule || granule > MAX_GRANULE)
		return 1;
	return granule;
}

/*
 * In interrupt context, before mm is told. The severity is that of the worst
 * error in firmware's record; corrected ones leave the page as good as it was,
 * fatal ones do not come here.
 */
static int firmware_reports(struct notifier_block *nb, unsigned long severity,
			    void *data)
{
	struct nvgrace_device *nvg = container_of(nb, struct nvgrace_device,
						  firmware_reports);
	const struct cper_sec_mem_err *err = data;
	u64 granule = granule_of(err);
	unsigned long pfn, last;

	if (severity != GHES_SEV_RECOVERABLE ||
	    !(err->validation_bits & CPER_MEM_VALID_PA))
		return NOTIFY_DONE;

	last = PHYS_PFN(err->physical_addr | (granule - 1));
	for (pfn = PHYS_PFN(err->physical_addr & ~(granule - 1)); pfn <= last;
	     pfn++) {
		if (is_ours(nvg, pfn))
			retire(nvg, pfn);
	}
	return NOTIFY_OK;
}

static void unmap(struct nvgrace_device *nvg,
		  const struct nvgrace_region *region, u64 page, u64 pages)
{
	unmap_mapping_range(nvg->core.vdev.inode->i_mapping,
			    VFIO_PCI_INDEX_TO_OFFSET(region->bar) +
			    (page << PAGE_SHIFT), pages << PAGE_SHIFT, true);
}

static void unmap_retired_pages(struct nvgrace_device *nvg,
				const struct nvgrace_region *region)
{
	u64 pages = region->mem_size >> PAGE_SHIFT;
	u64 page;

	if (nvgrace_all_is_bad(nvg)) {
		unmap(nvg, region, 0, pages);
		return;
	}
	for (page = nvgrace_next_retired(nvg, region, 0); page < pages;
	     page = nvgrace_next_retired(nvg, region, page + 1))
		unmap(nvg, region, page, 1);
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
 * nvgrace_ras_register() - have mm and firmware tell of bad pages of this memory
 * @nvg: the device, its regions made, not yet registered
 *
 * Without MEMORY_FAILURE mm tells nobody, and without ACPI_APEI_GHES firmware
 * does not; neither is an error.
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
	nvg->firmware_reports.notifier_call = firmware_reports;
	if (IS_ENABLED(CONFIG_ACPI_APEI_GHES))
		ghes_register_report_chain(&nvg->firmware_reports);
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
	if (IS_ENABLED(CONFIG_ACPI_APEI_GHES))
		ghes_unregister_report_chain(&nvg->firmware_reports);
	for (i = 0; i < nvg->nr_regions; i++)
		unregister_pfn_address_space(&nvg->pfn_space[i]);
	cancel_work_sync(&nvg->unmap_retired);
}
