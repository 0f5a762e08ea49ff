// SPDX-License-Identifier: GPL-2.0-only
/* How does a test reach the GPU's config space through VFIO? */
#include <endian.h>
#include <errno.h>
#include <unistd.h>
#include <linux/pci_regs.h>

#include "nvg.h"

/* Returns the count or -errno. */
ssize_t nvg_cfg_read(struct nvg_gpu *gpu, uint32_t pos, void *buf, size_t len)
{
	uint64_t base = gpu->region[VFIO_PCI_CONFIG_REGION_INDEX].offset;
	ssize_t ret = pread(gpu->fd, buf, len, base + pos);

	return ret < 0 ? -errno : ret;
}

ssize_t nvg_cfg_write(struct nvg_gpu *gpu, uint32_t pos, const void *buf,
		      size_t len)
{
	uint64_t base = gpu->region[VFIO_PCI_CONFIG_REGION_INDEX].offset;
	ssize_t ret = pwrite(gpu->fd, buf, len, base + pos);

	return ret < 0 ? -errno : ret;
}

/* All ones when the read fails, as on a bus. */
uint32_t nvg_cfg_get(struct nvg_gpu *gpu, uint32_t pos, size_t width)
{
	uint32_t val = 0;

	if (nvg_cfg_read(gpu, pos, &val, width) != (ssize_t)width)
		return ~0u;
	return le32toh(val);
}

/* Returns 0 or -errno. */
int nvg_cfg_set(struct nvg_gpu *gpu, uint32_t pos, size_t width, uint32_t val)
{
	ssize_t ret;

	val = htole32(val);
	ret = nvg_cfg_write(gpu, pos, &val, width);
	if (ret < 0)
		return ret;
	return ret == (ssize_t)width ? 0 : -EIO;
}

/* Offset of a capability; 0: the GPU has none of that id. */
uint32_t nvg_cap(struct nvg_gpu *gpu, uint8_t id)
{
	uint32_t pos = nvg_cfg_get(gpu, PCI_CAPABILITY_LIST, 1);

	for (int left = 48; left && pos >= 0x40 && pos < 0xff; left--) {
		if (nvg_cfg_get(gpu, pos + PCI_CAP_LIST_ID, 1) == id)
			return pos;
		pos = nvg_cfg_get(gpu, pos + PCI_CAP_LIST_NEXT, 1);
	}
	return 0;
}

int nvg_mem_enable(struct nvg_gpu *gpu, bool on)
{
	uint32_t cmd = nvg_cfg_get(gpu, PCI_COMMAND, 2);

	if (on)
		cmd |= PCI_COMMAND_MEMORY;
	else
		cmd &= ~PCI_COMMAND_MEMORY;
	return nvg_cfg_set(gpu, PCI_COMMAND, 2, cmd);
}

/* 0 is D0, 3 is D3hot. */
int nvg_power(struct nvg_gpu *gpu, unsigned int d_state)
{
	uint32_t pm = nvg_cap(gpu, PCI_CAP_ID_PM);
	uint32_t ctrl;

	if (!pm)
		return -ENODEV;
	ctrl = nvg_cfg_get(gpu, pm + PCI_PM_CTRL, 2);
	ctrl = (ctrl & ~PCI_PM_CTRL_STATE_MASK) | d_state;
	return nvg_cfg_set(gpu, pm + PCI_PM_CTRL, 2, ctrl);
}

/* A function-level reset as a guest's driver asks for it: in config space. */
int nvg_flr(struct nvg_gpu *gpu)
{
	uint32_t exp = nvg_cap(gpu, PCI_CAP_ID_EXP);
	uint32_t ctl;

	if (!exp)
		return -ENODEV;
	ctl = nvg_cfg_get(gpu, exp + PCI_EXP_DEVCTL, 2);
	return nvg_cfg_set(gpu, exp + PCI_EXP_DEVCTL, 2,
			   ctl | PCI_EXP_DEVCTL_BCR_FLR);
}
