// SPDX-License-Identifier: GPL-2.0-only
/* How does a test use VFIO_DEVICE_FEATURE, and export memory by it? */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "nvg_facts.h"

/* data goes in and out behind the header; returns what the ioctl says or -errno. */
int nvg_feature(struct nvg_gpu *gpu, uint32_t flags, void *data, size_t len)
{
	struct vfio_device_feature *arg = calloc(1, sizeof(*arg) + len);
	int ret;

	if (!arg)
		return -ENOMEM;
	arg->argsz = sizeof(*arg) + len;
	arg->flags = flags;
	if (len)
		memcpy(arg->data, data, len);
	ret = ioctl(gpu->fd, VFIO_DEVICE_FEATURE, arg);
	if (ret < 0)
		ret = -errno;
	else if (len)
		memcpy(data, arg->data, len);
	free(arg);
	return ret;
}

/* One range of a BAR as a dma-buf: its file descriptor or -errno. */
int nvg_export(struct nvg_gpu *gpu, int index, uint64_t off, uint64_t len)
{
	struct {
		struct vfio_device_feature_dma_buf buf;
		struct vfio_region_dma_range range;
	} arg = {
		.buf = {
			.region_index = index, .open_flags = O_RDWR | O_CLOEXEC,
			.nr_ranges = 1,
		},
		.range = { .offset = off, .length = len },
	};

	return nvg_feature(gpu, VFIO_DEVICE_FEATURE_GET |
			   VFIO_DEVICE_FEATURE_DMA_BUF, &arg, sizeof(arg));
}
