/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * How does a VMM learn that a region is coherent memory?
 *
 * From a capability in the chain of VFIO_DEVICE_GET_REGION_INFO. A VMM that
 * does not know it passes it over, as it does with any it does not know.
 */
#ifndef NVGRACE_GPU_UAPI_H
#define NVGRACE_GPU_UAPI_H

#include <linux/types.h>
#include <linux/vfio.h>

/* NVIDIA's PCI vendor id, far from what linux/vfio.h gives out. */
#define VFIO_REGION_INFO_CAP_NVGRACE_MEMORY	0x10de

/**
 * struct vfio_region_info_cap_nvgrace_memory - this BAR is memory of the GPU
 * @header: id VFIO_REGION_INFO_CAP_NVGRACE_MEMORY, version 1
 * @flags: VFIO_NVGRACE_MEMORY_CACHEABLE: mappings are write-back and coherent
 *	with the CPU's caches; without it they are Normal-NC (write-combined)
 * @reserved: 0
 * @mem_size: bytes of memory; the rest of the region is padding
 */
struct vfio_region_info_cap_nvgrace_memory {
	struct vfio_info_cap_header header;
	__u32 flags;
#define VFIO_NVGRACE_MEMORY_CACHEABLE	(1 << 0)
	__u32 reserved;
	__u64 mem_size;
};

#endif
