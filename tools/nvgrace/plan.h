/* SPDX-License-Identifier: GPL-2.0-only */
/* Which steps bring a GPU from one driver to another? */
#ifndef NVGRACE_PLAN_H
#define NVGRACE_PLAN_H

#include "facts.h"

/* driverctl's own: a file for each function, with the driver's name in it. */
#define SAVED		"/etc/driverctl.d/pci-%s"
#define SAVED_IN	"/etc/driverctl.d"

#define MAX_STEPS	5

struct step {
	enum {
		LOAD,		/* the driver's module */
		WRITE,		/* to a file of sysfs */
		SAVE,		/* a file of driverctl's */
		FORGET,		/* that file */
	} kind;
	char path[128];
	char text[NAME_SIZE];
	char undo[NAME_SIZE];	/* what to write there when a later step fails */
	bool probes;		/* afterwards the GPU has another driver */
};

struct plan {
	struct step steps[MAX_STEPS];
	size_t nr;
	const char *driver;	/* that it has at the end, "" for whichever */
};

struct state {
	bool loaded;		/* the module */
	bool saved;		/* driverctl has a file with our driver's name */
	bool persist;		/* what becomes of that file is part of it */
};

void plan_bind(struct plan *plan, const struct gpu *gpu, const struct state *state);
void plan_unbind(struct plan *plan, const struct gpu *gpu, const struct state *state);

#endif
