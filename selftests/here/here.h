/* SPDX-License-Identifier: GPL-2.0-only */
/* What do the files of nvgrace-here know of each other? */
#ifndef NVGRACE_SELFTESTS_HERE_H
#define NVGRACE_SELFTESTS_HERE_H

#include <signal.h>
#include <stdio.h>

#include "nvg.h"

/* What a GPU had before, and is to have again. "" for none. */
struct binding {
	char driver[64];
	char override[64];
	char layout[4096];	/* the driver's list, for all GPUs */
};

/* fit.c */
const char *fit_for_tests(const char *bdf);

/* binding.c */
void binding_note(const char *bdf, struct binding *binding);
const char *binding_put_back(const char *bdf, const struct binding *binding);

/* child.c: another program; the signals that end us end it */
extern volatile sig_atomic_t child_stop;
void child_watch_signals(void);
int child_run(char *const argv[], int out);

/* facts.c, measure.c, programs.c: sections of the report */
void facts_write(FILE *report, const char *bdf);
void measure_write(FILE *report);
void programs_write(FILE *report, const char *bdf);

#endif
