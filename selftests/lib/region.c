// SPDX-License-Identifier: GPL-2.0-only
/* What does VFIO say of a region, and which bytes are in the memory? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "nvg.h"

static void take_sparse(struct nvg_region *region,
			const struct vfio_info_cap_header *header)
{
	const struct vfio_region_info_cap_sparse_mmap *sparse =
		(const void *)header;

	region->areas = sparse->nr_areas;
	if (!sparse->nr_areas)
		return;
	region->area_offset = sparse->areas[0].offset;
	region->area_size = sparse->areas[0].size;
}

static void take_memory(struct nvg_region *region,
			const struct vfio_info_cap_header *header)
{
	const struct vfio_region_info_cap_nvgrace_memory *memory =
		(const void *)header;

	region->made_up = true;
	region->cached = memory->flags & VFIO_NVGRACE_MEMORY_CACHEABLE;
	region->memory = memory->mem_size;
}

/* cap_offset and next count from the start of info; 0 ends the chain. */
static void walk_caps(struct nvg_region *region,
		      const struct vfio_region_info *info)
{
	uint32_t at = info->cap_offset;

	while (at >= sizeof(*info) &&
	       at + sizeof(struct vfio_info_cap_header) <= info->argsz) {
		const struct vfio_info_cap_header *header =
			(const void *)((const char *)info + at);

		if (header->id == VFIO_REGION_INFO_CAP_SPARSE_MMAP)
			take_sparse(region, header);
		if (header->id == VFIO_REGION_INFO_CAP_NVGRACE_MEMORY)
			take_memory(region, header);
		at = header->next;
	}
}

/* Returns 0 or -errno. */
int nvg_query_region(int fd, uint32_t index, struct nvg_region *region)
{
	struct vfio_region_info probe = {
		.argsz = sizeof(probe), .index = index
	};
	struct vfio_region_info *info;
	int ret = 0;

	memset(region, 0, sizeof(*region));
	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &probe))
		return -errno;
	info = calloc(1, probe.argsz);
	if (!info)
		return -ENOMEM;
	info->argsz = probe.argsz;
	info->index = index;
	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info)) {
		ret = -errno;
	} else {
		region->offset = info->offset;
		region->size = info->size;
		region->flags = info->flags;
		if (info->flags & VFIO_REGION_INFO_FLAG_CAPS)
			walk_caps(region, info);
	}
	free(info);
	return ret;
}

/* NVIDIA's range for self-hosted Hopper. */
bool nvg_is_hopper(uint16_t device)
{
	return device >= 0x2340 && device <= 0x237f;
}

/* Where a part of this id has its memory BAR. */
int nvg_bar_of_device(uint16_t device)
{
	return nvg_is_hopper(device) ? VFIO_PCI_BAR2_REGION_INDEX :
				       VFIO_PCI_BAR4_REGION_INDEX;
}

/* Is a BAR, or the one whose upper half it is, the driver's and not hardware's? */
bool nvg_made_up(const struct nvg_gpu *gpu, int index)
{
	return gpu->region[index].made_up ||
	       (index && gpu->region[index - 1].made_up);
}

/* Is it a BAR of hardware's that must not show: Grace Hopper's, beside the memory? */
bool nvg_hidden(const struct nvg_gpu *gpu, int index)
{
	return gpu->mem >= 0 && nvg_is_hopper(gpu->device) &&
	       index >= VFIO_PCI_BAR2_REGION_INDEX &&
	       index <= VFIO_PCI_BAR5_REGION_INDEX && !nvg_made_up(gpu, index);
}

uint64_t nvg_round_up_pow2(uint64_t bytes)
{
	uint64_t pow2 = 1;

	while (pow2 < bytes)
		pow2 <<= 1;
	return pow2;
}

/* Returns the count or -errno; off is from the start of the memory BAR. */
ssize_t nvg_read(struct nvg_gpu *gpu, uint64_t off, void *buf, size_t len)
{
	ssize_t ret = pread(gpu->fd, buf, len,
			    gpu->region[gpu->mem].offset + off);

	return ret < 0 ? -errno : ret;
}

ssize_t nvg_write(struct nvg_gpu *gpu, uint64_t off, const void *buf,
		  size_t len)
{
	ssize_t ret = pwrite(gpu->fd, buf, len,
			     gpu->region[gpu->mem].offset + off);

	return ret < 0 ? -errno : ret;
}
