/* SPDX-License-Identifier: GPL-2.0-only */
/* By which causes does a test reset the GPU, each in a variant of its own? */
#ifndef NVGRACE_SELFTESTS_NVG_CAUSES_H
#define NVGRACE_SELFTESTS_NVG_CAUSES_H

#include "nvg_harness.h"
#include "nvg_port.h"
#include "nvg_ready.h"

FIXTURE(cause) {
	struct nvg_gpu gpu;
};

FIXTURE_VARIANT(cause) {
	int (*reset)(struct nvg_gpu *gpu);
};

FIXTURE_VARIANT_ADD(cause, ioctl) { .reset = nvg_reset };
FIXTURE_VARIANT_ADD(cause, config_flr) { .reset = nvg_flr };
FIXTURE_VARIANT_ADD(cause, sysfs) { .reset = nvg_reset_by_sysfs };
FIXTURE_VARIANT_ADD(cause, d3_to_d0) { .reset = nvg_reset_by_power };
FIXTURE_VARIANT_ADD(cause, hot_reset) { .reset = nvg_hot_reset };
FIXTURE_VARIANT_ADD(cause, fatal_error) { .reset = nvg_reset_by_fatal_error };

FIXTURE_SETUP(cause)
{
	const char *why = nvg_open_with_knobs(&self->gpu);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(cause)
{
	nvg_close_with_knobs(&self->gpu);
}

#endif
