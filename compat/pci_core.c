// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is done what this kernel's vfio-pci-core does not do for its drivers?
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>
#if !COMPAT_HAS_INSERT_PLAIN_PFN
#include <linux/pfn_t.h>
#endif

#if !COMPAT_HAS_ALIGNED_FOR_ORDER
bool compat_is_aligned_for_order(struct vm_area_struct *vma, unsigned long addr,
				 unsigned long pfn, unsigned int order)
{
	unsigned long size = PAGE_SIZE << order;

	if (!order)
		return true;
	return addr >= vma->vm_start && addr + size <= vma->vm_end &&
	       IS_ALIGNED(pfn, 1UL << order);
}
#endif

#if !COMPAT_HAS_MEMORY_ENABLED
/* By the command register that the user sees: a PF's, VFs have none. */
bool compat_memory_enabled(struct vfio_pci_core_device *core)
{
	__le16 command;

	if (core->pdev->current_state >= PCI_D3hot)
		return false;
	memcpy(&command, core->vconfig + PCI_COMMAND, sizeof(command));
	return core->pdev->no_command_memory ||
	       le16_to_cpu(command) & PCI_COMMAND_MEMORY;
}
#endif

#if !COMPAT_HAS_CORE_INSERT_PFN
#if COMPAT_HAS_INSERT_PLAIN_PFN
#define huge_pfn(pfn)	(pfn)
#else
#define huge_pfn(pfn)	__pfn_to_pfn_t(pfn, PFN_DEV)
#endif

vm_fault_t compat_insert_pfn(struct vfio_pci_core_device *core,
			     struct vm_fault *vmf, unsigned long pfn,
			     unsigned int order)
{
	lockdep_assert_held_read(&core->memory_lock);

	if (core->pm_runtime_engaged || !__vfio_pci_memory_enabled(core))
		return VM_FAULT_SIGBUS;
	if (!order)
		return vmf_insert_pfn(vmf->vma, vmf->address, pfn);
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
	if (order == PMD_ORDER)
		return vmf_insert_pfn_pmd(vmf, huge_pfn(pfn), false);
#endif
#ifdef CONFIG_ARCH_SUPPORTS_PUD_PFNMAP
	if (order == PUD_ORDER)
		return vmf_insert_pfn_pud(vmf, huge_pfn(pfn), false);
#endif
	return VM_FAULT_FALLBACK;
}
#endif

#if !COMPAT_HAS_GET_IOMAP
#undef vfio_pci_core_enable

/*
 * Such a core maps a BAR for its first user, and two first users at once make
 * one of them fail. So all are mapped before there is one. A BAR that cannot be
 * had now is asked for again by who needs it.
 */
int compat_core_enable(struct vfio_pci_core_device *core)
{
	int ret = vfio_pci_core_enable(core);
	unsigned int bar;

	for (bar = 0; !ret && bar < PCI_STD_NUM_BARS; bar++)
		if (pci_resource_len(core->pdev, bar) && !core->barmap[bar])
			vfio_pci_core_setup_barmap(core, bar);
	return ret;
}

void __iomem *compat_get_iomap(struct vfio_pci_core_device *core,
			       unsigned int bar)
{
	return core->barmap[bar] ?: IOMEM_ERR_PTR(-ENODEV);
}
#endif
