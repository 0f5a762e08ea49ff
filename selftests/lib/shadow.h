/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What should the GPU answer, by the invariants alone?
 *
 * A model of one open GPU: a few windows of its memory, its config space, and
 * whether memory may be reached. Offsets are from the made-up BAR's start, or
 * from config space's.
 */
#ifndef NVGRACE_SELFTESTS_SHADOW_H
#define NVGRACE_SELFTESTS_SHADOW_H

#include "nvg.h"

#define NVG_WINDOWS	4
#define NVG_WINDOW	(4 * NVG_MIB)
#define NVG_CONFIG	4096

struct nvg_shadow {
	const struct nvg_gpu *gpu;
	uint64_t window_off[NVG_WINDOWS];
	uint8_t *window[NVG_WINDOWS];	/* NVG_WINDOW bytes each */
	uint8_t config[NVG_CONFIG];	/* all but the BARs */
	uint64_t bar[6];		/* what was written, by first index */
	bool d3;
};

/* The GPU was just opened: its memory is zero, config space as it reads. */
bool nvg_shadow_open(struct nvg_shadow *shadow, struct nvg_gpu *gpu);
/* The GPU was reset, from D3 too. */
void nvg_shadow_reset(struct nvg_shadow *shadow);
bool nvg_shadow_enabled(const struct nvg_shadow *shadow);

/* Which window these bytes are all in; -1: none. */
int nvg_shadow_window(const struct nvg_shadow *shadow, uint64_t off, size_t len);
/* What a read or write gives when the buffer's first good bytes are there. */
ssize_t nvg_shadow_count(const struct nvg_shadow *shadow, uint64_t off,
			 size_t len, size_t good, bool write);
/* The bytes of such a read: memory of one window, then padding. */
void nvg_shadow_read(struct nvg_shadow *shadow, uint64_t off, uint8_t *buf,
		     size_t len);
void nvg_shadow_write(struct nvg_shadow *shadow, uint64_t off,
		      const uint8_t *buf, size_t len);

void nvg_shadow_config_read(const struct nvg_shadow *shadow, uint32_t pos,
			    uint8_t *buf, size_t len);
void nvg_shadow_config_write(struct nvg_shadow *shadow, uint32_t pos,
			     const uint8_t *buf, size_t len);

#endif
