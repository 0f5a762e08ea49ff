/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the rooms of the guest's program share?
 */
#ifndef NVGRACE_HANDOVER_GUEST_H
#define NVGRACE_HANDOVER_GUEST_H

#include "../../demo/demo.h"

struct guest_gpu {
	char id[16];		/* vendor:device, four hex digits each */
	const char *bdf;
};

/* nodes.c */

/* One line: what firmware ties to @gpu, and what the kernel made of it. false: no node. */
bool nodes_print(const struct guest_gpu *gpu);

/* Of the first node, as the kernel understands SLIT. */
void distances_print(void);

#endif
