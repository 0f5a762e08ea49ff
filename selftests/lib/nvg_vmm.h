/* SPDX-License-Identifier: GPL-2.0-only */
/* What can a selftest ask of a guest of QEMU's that has the GPU? */
#ifndef NVGRACE_SELFTESTS_NVG_VMM_H
#define NVGRACE_SELFTESTS_NVG_VMM_H

#include "nvg.h"

#define NVG_VMM_ANSWER_S	30

/* A QEMU whose guest obeys selftests/guest/init.c's commands. */
struct nvg_vmm {
	pid_t pid;		/* -1: there is none */
	int bar;		/* that has the memory */
	int to;
	int from;
	char text[4096];	/* what has not been looked at, less than a line */
	size_t used;
};

/* vmm.c: @more are arguments beside those that any such guest has, up to a NULL */
const char *nvg_vmm_need(uint64_t *base, int *bar);
int nvg_vmm_start(struct nvg_vmm *vmm, int bar, const char *const more[]);
void nvg_vmm_stop(struct nvg_vmm *vmm);
bool nvg_vmm_says(struct nvg_vmm *vmm, const char *word, int seconds);
void nvg_vmm_tell(struct nvg_vmm *vmm, const char *command, uint64_t offset,
		  uint64_t value);
bool nvg_vmm_loads(struct nvg_vmm *vmm, uint64_t offset, const char *answer);
uint64_t nvg_vmm_bar(const struct nvg_vmm *vmm);

#endif
