// SPDX-License-Identifier: GPL-2.0-only
/*
 * How do MSIs of a device that VFIO owns get through the emulated host's IOMMU?
 *
 * Only the emulated host needs this. QEMU's virtio-iommu lets MSIs pass
 * untranslated and says so (a reserved region of type MSI), so that VFIO's
 * type1 gives its domain no place to map the doorbell. For such a domain
 * iommu_dma_prepare_msi() returns -EOPNOTSUPP since Linux 6.15, and no vector
 * can be enabled, though nothing is left to prepare: 0, as for an iommufd domain
 * of the same device, is the right answer. An SMMU, which Grace has, translates
 * MSIs and takes the other branch.
 */
#include <linux/iommu.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/msi.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
static bool is_refused(const struct iommu_domain *domain)
{
	return domain && domain->cookie_type == IOMMU_COOKIE_NONE;
}
#else
static bool is_refused(const struct iommu_domain *domain)
{
	return false;
}
#endif

/* Answers in place of the function for domains without a cookie. */
static int nvg_prepare_msi(struct kprobe *probe, struct pt_regs *regs)
{
	struct msi_desc *desc = (void *)regs_get_kernel_argument(regs, 0);

	if (!is_refused(iommu_get_domain_for_dev(msi_desc_to_dev(desc))))
		return 0;
	regs_set_return_value(regs, 0);
	instruction_pointer_set(regs, procedure_link_pointer(regs));
	return 1;
}

static struct kprobe nvg_probe = {
	.symbol_name = "iommu_dma_prepare_msi",
	.pre_handler = nvg_prepare_msi,
};

static int __init nvg_init(void)
{
	return register_kprobe(&nvg_probe);
}
module_init(nvg_init);

static void __exit nvg_exit(void)
{
	unregister_kprobe(&nvg_probe);
}
module_exit(nvg_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Lets type1 users enable MSIs behind QEMU's virtio-iommu");
