// SPDX-License-Identifier: GPL-2.0-only
/*
 * How soon after a reset is the memory used, and how often was the hardware asked?
 *
 * In time, not in instructions: needs a host whose clock runs by itself, and
 * the emulated GPU, which knows when its training ended.
 */
#include <sys/ioctl.h>

#include "bench.h"

struct notice {
	uint32_t trained_us;
	uint32_t used_us;	/* both since the reset */
	uint32_t reads;		/* of the readiness words */
};

static void notice_once(struct bench *b, struct notice *n)
{
	uint32_t word;

	need(!ioctl(b->gpu.fd, VFIO_DEVICE_RESET), "%s: reset", b->driver);
	need(nvg_read(&b->gpu, 0, &word, 4) == 4, "%s: read after a reset",
	     b->driver);
	n->used_us = nvg_knob(&b->gpu, NVG_EMU_SINCE_RESET_US);
	n->trained_us = nvg_knob(&b->gpu, NVG_EMU_TRAINED_US);
	n->reads = nvg_knob(&b->gpu, NVG_EMU_READY_READS);
}

/* The soonest of some: a busy build machine is late by itself. */
void bench_notice(struct bench *b, unsigned int train_ms)
{
	struct notice n, best = { .used_us = ~0u };

	need(!nvg_set_knob(&b->gpu, NVG_EMU_TRAIN_MS, train_ms),
	     "%s: no knobs in this GPU", b->driver);
	for (int i = 0; i < 2 * ROUNDS; i++) {
		notice_once(b, &n);
		if (n.used_us < best.used_us)
			best = n;
	}
	nvg_set_knob(&b->gpu, NVG_EMU_TRAIN_MS, 0);
	tell(b, "us", best.used_us, "reset to first access, training %u ms",
	     train_ms);
	tell(b, "% of training", best.used_us * 100ull / best.trained_us,
	     "reset to first access, training %u ms", train_ms);
	tell(b, "register reads", best.reads,
	     "reset to first access, training %u ms", train_ms);
}
