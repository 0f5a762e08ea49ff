// SPDX-License-Identifier: GPL-2.0-only
/* How is the GPU put to sleep, and woken? */
#include <stdio.h>
#include <string.h>

#include "nvg_facts.h"
#include "nvg_ready.h"

int nvg_enter_low_power(struct nvg_gpu *gpu)
{
	return nvg_feature(gpu, VFIO_DEVICE_FEATURE_SET |
			   VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, NULL, 0);
}

int nvg_leave_low_power(struct nvg_gpu *gpu)
{
	return nvg_feature(gpu, VFIO_DEVICE_FEATURE_SET |
			   VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, NULL, 0);
}

/* The host's power management takes its time; false: not within a second. */
bool nvg_reaches(struct nvg_gpu *gpu, const char *state)
{
	char now[32] = "";

	for (int i = 0; i < 100; i++) {
		nvg_sysfs_read(gpu->bdf, "power_state", now, sizeof(now));
		if (!strcmp(now, state))
			return true;
		nvg_sleep_ms(10);
	}
	return false;
}

const char *nvg_no_runtime_pm(void)
{
	char text[32];

	if (nvg_sysfs_read(nvg_bdf(), "power/runtime_status", text,
			   sizeof(text)) < 0)
		return "this kernel lets no device sleep (PM)";
	return NULL;
}
