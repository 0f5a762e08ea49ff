/* SPDX-License-Identifier: GPL-2.0-only */
/* Which layout does a GPU get from the driver, now and after a boot? */
#ifndef NVGRACE_LAYOUT_H
#define NVGRACE_LAYOUT_H

#include "facts.h"

/* What the driver takes, with its NUL. */
#define LAYOUTS_SIZE	256

#define LAYOUTS_NOW	"/sys/module/" DRIVER "/parameters/layout"
#define LAYOUTS_SAVED	"/etc/modprobe.d/nvgrace-gpu-layout.conf"
#define LAYOUTS_OPTION	"options " DRIVER " layout="

/* layout.c */
const char *layout_named(const char *name);
const char *layout_chosen(const char *list, const char *bdf);
bool layout_change(char *to, const char *list, const char *bdf,
		   const char *layout);

#endif
