/* SPDX-License-Identifier: GPL-2.0-only */
/* Which steps bring a GPU from one driver to another? */
#ifndef NVGRACE_PLAN_H
#define NVGRACE_PLAN_H

#include "layout.h"

/* driverctl's own: a file for each function, with the driver's name in it. */
#define SAVED		"/etc/driverctl.d/pci-%s"

#define MAX_STEPS	7
#define TEXT_SIZE	(LAYOUTS_SIZE + 64)

struct step {
	enum {
		LOAD,		/* the driver's module */
		WRITE,		/* to a file of sysfs */
		SAVE,		/* a file that is read at boot */
		FORGET,		/* that file */
	} kind;
	char path[128];
	char text[TEXT_SIZE];
	bool undoes;		/* when a later step fails: */
	char undo[TEXT_SIZE];	/* what was there, "" for no file or no override */
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
	const char *layout;	/* that the GPU is to have, NULL: whichever */
	char layouts[LAYOUTS_SIZE];		/* the driver's list, */
	char layouts_saved[LAYOUTS_SIZE];	/* and what a boot adds to it */
};

bool plan_bind(struct plan *plan, const struct gpu *gpu, const struct state *state);
void plan_unbind(struct plan *plan, const struct gpu *gpu, const struct state *state);

#endif
