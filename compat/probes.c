// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of the things that the driver calls does this kernel have?
 *
 * Each section compiles on a kernel that has what it is named after. Never
 * linked, never run; Kbuild compiles it once for each section.
 */
#include <linux/ktime.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/vfio_pci_core.h>

#ifdef PROBE_US_TO_KTIME
ktime_t probe(u64 us)
{
	return us_to_ktime(us);
}
#endif

#ifdef PROBE_PFNMAP_ADDR_MASK
unsigned long probe(struct follow_pfnmap_args *args)
{
	return args->addr_mask;
}
#endif

#ifdef PROBE_INSERT_PLAIN_PFN
vm_fault_t probe(struct vm_fault *vmf, unsigned long pfn)
{
	return vmf_insert_pfn_pmd(vmf, pfn, false);
}
#endif

#ifdef PROBE_PFN_ADDRESS_SPACE
#include <linux/memory-failure.h>
int probe(struct pfn_address_space *space)
{
	return register_pfn_address_space(space);
}
#endif

#ifdef PROBE_CORE_INSERT_PFN
vm_fault_t probe(struct vfio_pci_core_device *core, struct vm_fault *vmf)
{
	return vfio_pci_vmf_insert_pfn(core, vmf, 0, 0);
}
#endif

#ifdef PROBE_ALIGNED_FOR_ORDER
bool probe(struct vm_area_struct *vma)
{
	return is_aligned_for_order(vma, 0, 0, 0);
}
#endif

#ifdef PROBE_MEMORY_ENABLED
bool probe(struct vfio_pci_core_device *core)
{
	return __vfio_pci_memory_enabled(core);
}
#endif

#ifdef PROBE_GET_IOMAP
void __iomem *probe(struct vfio_pci_core_device *core)
{
	return vfio_pci_core_get_iomap(core, 0);
}
#endif

#ifdef PROBE_PHYS_VEC
u64 probe(const struct phys_vec *vec)
{
	return vec->len;
}
#endif

#ifdef PROBE_REGION_INFO_CAPS
struct vfio_device_ops probe = {
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
};
#endif

#ifdef PROBE_MATCH_TOKEN_UUID
struct vfio_device_ops probe = {
	.match_token_uuid = vfio_pci_core_match_token_uuid,
};
#endif

#ifdef PROBE_PASID_OPS
struct vfio_device_ops probe = {
	.pasid_attach_ioas = vfio_iommufd_physical_pasid_attach_ioas,
};
#endif

#ifdef PROBE_KVM_CACHEABLE_PFNMAP
int probe = KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED;
#endif
