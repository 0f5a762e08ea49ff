/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do <linux/vfio.h> and <linux/vfio_pci_core.h> lack?
 */
#ifndef COMPAT_LINUX_VFIO_PCI_CORE_H
#define COMPAT_LINUX_VFIO_PCI_CORE_H

#if !COMPAT_HAS_PHYS_VEC
#define phys_vec dma_buf_phys_vec
#endif

#include_next <linux/vfio_pci_core.h>

#ifndef VFIO_DEVICE_FEATURE_DMA_BUF
#define VFIO_DEVICE_FEATURE_DMA_BUF 11
#endif

/* device.c: callbacks that struct vfio_device_ops does not know */
#if !COMPAT_HAS_REGION_INFO_CAPS
struct compat_vfio_device_ops {
	struct vfio_device_ops;
	int (*get_region_info_caps)(struct vfio_device *vdev,
				    struct vfio_region_info *info,
				    struct vfio_info_cap *caps);
#if !COMPAT_HAS_MATCH_TOKEN_UUID
	const void *match_token_uuid;
#endif
#if !COMPAT_HAS_PASID_OPS
	const void *pasid_attach_ioas;
	const void *pasid_detach_ioas;
#endif
};

int compat_get_region_info(struct vfio_device *vdev,
			   struct vfio_region_info *info,
			   struct vfio_info_cap *caps);
struct vfio_device *
compat_alloc_device(size_t size, struct device *dev,
		    const struct compat_vfio_device_ops *ops);

#define vfio_device_ops compat_vfio_device_ops
#define vfio_pci_ioctl_get_region_info compat_get_region_info
#undef vfio_alloc_device
#define vfio_alloc_device(type, member, dev, ops)			\
	container_of(compat_alloc_device(sizeof(struct type) +		\
			BUILD_BUG_ON_ZERO(offsetof(struct type, member)), \
			dev, ops), struct type, member)
#endif

/* Nobody calls what the kernel does not know. */
#if !COMPAT_HAS_MATCH_TOKEN_UUID
#define vfio_pci_core_match_token_uuid NULL
#endif
#if !COMPAT_HAS_PASID_OPS
#define vfio_iommufd_physical_pasid_attach_ioas NULL
#define vfio_iommufd_physical_pasid_detach_ioas NULL
#endif

/* pci_core.c: functions that vfio-pci-core does not have or not export */
#if !COMPAT_HAS_ALIGNED_FOR_ORDER
bool compat_is_aligned_for_order(struct vm_area_struct *vma, unsigned long addr,
				 unsigned long pfn, unsigned int order);
#define is_aligned_for_order compat_is_aligned_for_order
#endif

#if !COMPAT_HAS_MEMORY_ENABLED
bool compat_memory_enabled(struct vfio_pci_core_device *core);
#define __vfio_pci_memory_enabled compat_memory_enabled
#endif

#if !COMPAT_HAS_CORE_INSERT_PFN
vm_fault_t compat_insert_pfn(struct vfio_pci_core_device *core,
			     struct vm_fault *vmf, unsigned long pfn,
			     unsigned int order);
#define vfio_pci_vmf_insert_pfn compat_insert_pfn
#endif

#if !COMPAT_HAS_GET_IOMAP
int compat_core_enable(struct vfio_pci_core_device *core);
void __iomem *compat_get_iomap(struct vfio_pci_core_device *core,
			       unsigned int bar);
#define vfio_pci_core_enable compat_core_enable
#define vfio_pci_core_get_iomap compat_get_iomap
#endif

#endif
