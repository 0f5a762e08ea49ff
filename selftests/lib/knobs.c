// SPDX-License-Identifier: GPL-2.0-only
/* Is this GPU the emulated one, and what do its knobs say? */
#include <errno.h>
#include <unistd.h>

#include "nvg.h"

uint32_t nvg_knob(struct nvg_gpu *gpu, uint32_t reg)
{
	uint32_t val = ~0u;

	if (pread(gpu->fd, &val, sizeof(val), gpu->region[0].offset + reg) !=
	    sizeof(val))
		return ~0u;
	return val;
}

/* NVGRACE_SILICON is nvgrace-here's word that this is no model, whatever the registers say. */
static bool is_silicon(void)
{
	return nvg_env("NVGRACE_SILICON", 0);
}

/* Returns 0 or -errno. On silicon there is something else in this place. */
int nvg_set_knob(struct nvg_gpu *gpu, uint32_t reg, uint32_t val)
{
	ssize_t ret;

	if (is_silicon())
		return -ENODEV;
	ret = pwrite(gpu->fd, &val, sizeof(val), gpu->region[0].offset + reg);
	if (ret < 0)
		return -errno;
	return ret == sizeof(val) ? 0 : -EIO;
}

const char *nvg_need_knobs(struct nvg_gpu *gpu)
{
	if (is_silicon() || nvg_knob(gpu, NVG_EMU_ID) != NVG_EMU_ID_VALUE)
		return "real hardware has no knob for this: emulated GPU only";
	if (nvg_knob(gpu, NVG_EMU_VERSION) != NVG_EMU_VERSION_VALUE)
		return "the emulated GPU's knobs are of another version";
	return NULL;
}
