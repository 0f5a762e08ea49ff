// SPDX-License-Identifier: GPL-2.0-only
/* What can be done to a GPU through the port above it: hot reset, errors of the link? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/pci_regs.h>

#include "nvg_port.h"

/* Returns 0 or -errno; at most NVG_HOT_DEVICES are affected. */
int nvg_hot_reset_info(struct nvg_gpu *gpu, struct nvg_hot_reset_info *hot)
{
	memset(hot, 0, sizeof(*hot));
	hot->info.argsz = sizeof(*hot);
	return ioctl(gpu->fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, hot) ?
		-errno : 0;
}

/* With this group as the proof of ownership, or for -1 none. Returns 0 or -errno. */
int nvg_hot_reset_by(struct nvg_gpu *gpu, int group)
{
	struct {
		struct vfio_pci_hot_reset reset;
		int32_t group;
	} arg = {
		.reset.argsz = sizeof(arg),
		.reset.count = group >= 0,
		.group = group,
	};
	int ret;

	/* The core gives up at once where somebody uses the memory just now. */
	for (int turn = 0; turn < 100; turn++) {
		ret = ioctl(gpu->fd, VFIO_DEVICE_PCI_HOT_RESET, &arg) ?
			-errno : 0;
		if (ret != -EBUSY && ret != -EAGAIN)
			break;
		nvg_sleep_ms(5);
	}
	return ret;
}

/* As whoever opened this GPU may: by its group, or by its iommufd. */
int nvg_hot_reset(struct nvg_gpu *gpu)
{
	return nvg_hot_reset_by(gpu, gpu->group);
}

/* What a write to /dev/aer_inject is made of. */
struct injection {
	uint8_t bus, device, function;
	uint32_t uncorrectable, correctable;
	uint32_t header[4];
	uint32_t domain;
};

/* Does a reset of the bus work on this part? GH200 is one that it would break. */
bool nvg_bus_resets(const struct nvg_gpu *gpu)
{
	char methods[128];

	return nvg_sysfs_read(gpu->bdf, "reset_method", methods,
			      sizeof(methods)) > 0 && strstr(methods, "bus");
}

const char *nvg_need_injector(void)
{
	if (access("/dev/aer_inject", W_OK))
		return "no /dev/aer_inject: load the module aer_inject, if this kernel has it";
	return NULL;
}

/* PCI_ERR_UNC_* and PCI_ERR_COR_* bits. Returns 0 or -errno. */
int nvg_inject(const char *bdf, uint32_t uncorrectable, uint32_t correctable)
{
	struct injection inject = {
		.uncorrectable = uncorrectable, .correctable = correctable,
	};
	unsigned int domain, bus, device, function;
	int fd, ret = 0;

	if (sscanf(bdf, "%x:%x:%x.%x", &domain, &bus, &device, &function) != 4)
		return -EINVAL;
	inject.domain = domain;
	inject.bus = bus;
	inject.device = device;
	inject.function = function;
	fd = open("/dev/aer_inject", O_WRONLY);
	if (fd < 0)
		return -errno;
	if (write(fd, &inject, sizeof(inject)) != sizeof(inject))
		ret = -errno;
	close(fd);
	return ret;
}

/* An eventfd that counts the first interrupt of an index, or -errno. */
int nvg_events(struct nvg_gpu *gpu, uint32_t index)
{
	struct {
		struct vfio_irq_set set;
		int fd;
	} arg = {
		.set = {
			.argsz = sizeof(arg),
			.flags = VFIO_IRQ_SET_DATA_EVENTFD |
				 VFIO_IRQ_SET_ACTION_TRIGGER,
			.index = index, .count = 1,
		},
		.fd = eventfd(0, EFD_NONBLOCK),
	};

	if (arg.fd < 0 || ioctl(gpu->fd, VFIO_DEVICE_SET_IRQS, &arg))
		return -errno;
	return arg.fd;
}
