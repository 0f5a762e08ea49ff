/* SPDX-License-Identifier: GPL-2.0-only */
/* Which part is the model, and what was it told at its start? */
#ifndef NVGRACE_EMU_PART_H
#define NVGRACE_EMU_PART_H

#include "emu.h"

struct options {
	const struct profile *profile;
	const char *socket;
	const char *control;
	const char *memory;
	u64 size;
	u16 device_id;		/* 0: the profile's */
	bool hw_bars;
	bool gone;
	bool mig_ok;
	u32 train_ms;
	u32 fail;
	int cxl;		/* see struct emu */
};

/* profile.c */
const struct profile *profile_find(const char *name);
const char *profile_names(void);

/* options.c */
int options_parse(struct options *opt, int argc, char **argv);

#endif
