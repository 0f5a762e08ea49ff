// SPDX-License-Identifier: GPL-2.0-only
/* Which address space of an iommufd is a GPU in, and what is mapped there? */
#include <errno.h>
#include <sys/ioctl.h>
#include <linux/iommufd.h>

#include "nvg_dma.h"

const char *nvg_find_ioas(struct nvg_gpu *gpu, struct nvg_ioas *ioas)
{
	struct iommu_vfio_ioas compat = {
		.size = sizeof(compat), .op = IOMMU_VFIO_IOAS_GET,
	};

	ioas->fd = gpu->iommufd >= 0 ? gpu->iommufd : gpu->container;
	ioas->id = gpu->ioas;
	if (ioas->id)
		return NULL;
	if (ioctl(ioas->fd, IOMMU_VFIO_IOAS, &compat))
		return "this container is type1's own: no iommufd behind it";
	ioas->id = compat.ioas_id;
	return NULL;
}

/* Who maps the memory for DMA from a task's mapping of it: NULL, or why nobody does. */
const char *nvg_need_type1(struct nvg_gpu *gpu)
{
	struct nvg_ioas ioas;

	return nvg_find_ioas(gpu, &ioas) ? NULL :
	       "iommufd takes this memory as a dma-buf only";
}

/* [@start, @start + @len) of the dma-buf @fd; returns 0 or -errno. */
int nvg_map_file(struct nvg_ioas *ioas, int fd, uint64_t start, uint64_t iova,
		 uint64_t len)
{
	struct iommu_ioas_map_file arg = {
		.size = sizeof(arg), .ioas_id = ioas->id, .fd = fd,
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.start = start, .length = len, .iova = iova,
	};

	return ioctl(ioas->fd, IOMMU_IOAS_MAP_FILE, &arg) ? -errno : 0;
}

/* Returns how many bytes were unmapped, or -errno. */
int64_t nvg_unmap_file(struct nvg_ioas *ioas, uint64_t iova, uint64_t len)
{
	struct iommu_ioas_unmap arg = {
		.size = sizeof(arg), .ioas_id = ioas->id, .iova = iova,
		.length = len,
	};

	return ioctl(ioas->fd, IOMMU_IOAS_UNMAP, &arg) ? -errno :
							 (int64_t)arg.length;
}
