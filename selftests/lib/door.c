// SPDX-License-Identifier: GPL-2.0-only
/* How does one get from a BDF to a device file descriptor? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/iommufd.h>

#include "nvg.h"

static const char *because(const char *what)
{
	static char why[256];

	snprintf(why, sizeof(why), "%s: %s", what, strerror(errno));
	return why;
}

/* The IOMMU group's number, which changes when devices are added: sysfs knows it. -1: none. */
int nvg_group(const char *bdf)
{
	char path[128], target[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 bdf);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return -1;
	target[len] = 0;
	return atoi(strrchr(target, '/') + 1);
}

static const char *join_group(struct nvg_gpu *gpu, int container)
{
	char path[64];
	int number = nvg_group(gpu->bdf);

	if (number < 0)
		return because("the GPU has no IOMMU group");
	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	gpu->group = open(path, O_RDWR);
	if (gpu->group < 0)
		return because(path);
	if (ioctl(gpu->group, VFIO_GROUP_SET_CONTAINER, &container))
		return because("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return because("VFIO_SET_IOMMU type1v2");
	gpu->fd = ioctl(gpu->group, VFIO_GROUP_GET_DEVICE_FD, gpu->bdf);
	return gpu->fd < 0 ? because("VFIO_GROUP_GET_DEVICE_FD") : NULL;
}

static const char *enter_by_group(struct nvg_gpu *gpu)
{
	gpu->container = open("/dev/vfio/vfio", O_RDWR);
	if (gpu->container < 0)
		return because("/dev/vfio/vfio");
	return join_group(gpu, gpu->container);
}

/* A group whose container is an iommufd, which then speaks type1's language. */
static const char *enter_by_compat(struct nvg_gpu *gpu)
{
	gpu->iommufd = open("/dev/iommu", O_RDWR);
	if (gpu->iommufd < 0)
		return because("/dev/iommu");
	return join_group(gpu, gpu->iommufd);
}

static int open_cdev(const char *bdf)
{
	char path[300];
	struct dirent *entry;
	DIR *dir;
	int fd = -1;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (fd < 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s",
			 entry->d_name);
		fd = open(path, O_RDWR);
	}
	closedir(dir);
	return fd;
}

static const char *enter_by_cdev(struct nvg_gpu *gpu)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach)
	};

	gpu->iommufd = open("/dev/iommu", O_RDWR);
	if (gpu->iommufd < 0)
		return because("/dev/iommu");
	gpu->fd = open_cdev(gpu->bdf);
	if (gpu->fd < 0)
		return because("no /dev/vfio/devices node for the GPU");
	bind.iommufd = gpu->iommufd;
	if (ioctl(gpu->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return because("VFIO_DEVICE_BIND_IOMMUFD");
	if (ioctl(gpu->iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return because("IOMMU_IOAS_ALLOC");
	gpu->ioas = alloc.out_ioas_id;
	attach.pt_id = gpu->ioas;
	if (ioctl(gpu->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		return because("VFIO_DEVICE_ATTACH_IOMMUFD_PT");
	return NULL;
}

const char *nvg_enter(struct nvg_gpu *gpu)
{
	const char *door = getenv("NVGRACE_DOOR");

	if (!door || !strcmp(door, "group"))
		return enter_by_group(gpu);
	if (!strcmp(door, "compat"))
		return enter_by_compat(gpu);
	if (!strcmp(door, "cdev"))
		return enter_by_cdev(gpu);
	return "NVGRACE_DOOR is none of group, compat, cdev";
}

/* Returns 0 or -errno. */
int nvg_dma_map(struct nvg_gpu *gpu, void *va, uint64_t iova, uint64_t len)
{
	struct vfio_iommu_type1_dma_map type1 = {
		.argsz = sizeof(type1),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)va, .iova = iova, .size = len,
	};
	struct iommu_ioas_map ioas = {
		.size = sizeof(ioas), .ioas_id = gpu->ioas,
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.user_va = (uintptr_t)va, .iova = iova, .length = len,
	};
	int fd = gpu->container >= 0 ? gpu->container : gpu->iommufd;

	if (gpu->ioas)
		return ioctl(fd, IOMMU_IOAS_MAP, &ioas) ? -errno : 0;
	return ioctl(fd, VFIO_IOMMU_MAP_DMA, &type1) ? -errno : 0;
}

int nvg_dma_unmap(struct nvg_gpu *gpu, uint64_t iova, uint64_t len)
{
	struct vfio_iommu_type1_dma_unmap type1 = {
		.argsz = sizeof(type1), .iova = iova, .size = len,
	};
	struct iommu_ioas_unmap ioas = {
		.size = sizeof(ioas), .ioas_id = gpu->ioas,
		.iova = iova, .length = len,
	};
	int fd = gpu->container >= 0 ? gpu->container : gpu->iommufd;

	if (gpu->ioas)
		return ioctl(fd, IOMMU_IOAS_UNMAP, &ioas) ? -errno : 0;
	return ioctl(fd, VFIO_IOMMU_UNMAP_DMA, &type1) ? -errno : 0;
}
