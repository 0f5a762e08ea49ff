// SPDX-License-Identifier: GPL-2.0-only
/* By which causes is the emulated GPU reset, and how long does it train then? */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "nvg_port.h"
#include "nvg_ready.h"

static void reset_knobs(struct nvg_gpu *gpu)
{
	nvg_set_knob(gpu, NVG_EMU_TRAIN_MS, 0);
	nvg_set_knob(gpu, NVG_EMU_FAIL, 0);
	nvg_set_knob(gpu, NVG_EMU_RESET_MS, 0);
	nvg_set_knob(gpu, NVG_EMU_ONES, 0);
}

/* The GPU, with the knobs that real hardware does not have. */
const char *nvg_open_with_knobs(struct nvg_gpu *gpu)
{
	const char *why = nvg_open_with_memory(gpu);

	if (!why)
		why = nvg_need_knobs(gpu);
	if (why) {
		nvg_close(gpu);
		return why;
	}
	reset_knobs(gpu);
	return NULL;
}

/* Leaves the model quick to train, for whoever opens the GPU next. */
void nvg_close_with_knobs(struct nvg_gpu *gpu)
{
	if (gpu->fd < 0)
		return;
	reset_knobs(gpu);
	nvg_close(gpu);
}

int nvg_reset(struct nvg_gpu *gpu)
{
	return ioctl(gpu->fd, VFIO_DEVICE_RESET) ? -errno : 0;
}

int nvg_reset_by_sysfs(struct nvg_gpu *gpu)
{
	return nvg_sysfs_write(gpu->bdf, "reset", "1");
}

int nvg_reset_by_power(struct nvg_gpu *gpu)
{
	int ret = nvg_power(gpu, 3);

	if (!ret)
		ret = nvg_power(gpu, 0);
	return ret ?: nvg_mem_enable(gpu, true);
}

/*
 * The kernel answers a fatal error with a reset of the bus and restores nothing;
 * a user who turns memory space on again gets the BARs back with it.
 */
int nvg_reset_by_fatal_error(struct nvg_gpu *gpu)
{
	const char *const over[] = { "device recovery", NULL };
	int klog = nvg_klog_mark(), ret;

	ret = nvg_inject(gpu->bdf, PCI_ERR_UNC_MALF_TLP, 0);
	for (int i = 0; !ret && i < 500 && !nvg_klog_count(klog, over); i++)
		nvg_sleep_ms(10);
	close(klog);
	return ret ?: nvg_mem_enable(gpu, true);
}

/* On its way to the end of such a reset the GPU is closed, where I5 wants an error. */
bool nvg_reset_closes(int (*reset)(struct nvg_gpu *gpu))
{
	return reset == nvg_reset_by_power || reset == nvg_reset_by_fatal_error;
}

/* Resets by the cause, once; true: the model saw it and trains for ms. */
bool nvg_reset_and_train(struct nvg_gpu *gpu, unsigned int ms,
			 int (*reset)(struct nvg_gpu *gpu))
{
	uint32_t before = nvg_knob(gpu, NVG_EMU_RESETS);

	nvg_set_knob(gpu, NVG_EMU_TRAIN_MS, ms);
	return !reset(gpu) && nvg_knob(gpu, NVG_EMU_RESETS) != before;
}

bool nvg_trained(struct nvg_gpu *gpu)
{
	return nvg_knob(gpu, NVG_EMU_SINCE_RESET_US) >=
	       nvg_knob(gpu, NVG_EMU_TRAIN_MS) * 1000u;
}
