/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the rooms of the program in NVIDIA's guest share?
 */
#ifndef NVGRACE_VENDOR_GUEST_H
#define NVGRACE_VENDOR_GUEST_H

#include "../../demo/demo.h"

/* facts.c: what the kernel says of the one GPU here. */

struct facts {
	char bdf[16];
	uint64_t bar[6];	/* where each starts; 0: there is none */
	uint64_t nodes;		/* a bit for each that firmware ties to the GPU */
};

void facts_read(struct facts *facts);
bool facts_bound(const struct facts *facts);

/* said.c: what NVIDIA's module says of it. */

struct said {
	bool not_called;
	bool no_link;
	bool no_firmware;
	uint64_t memory;
	uint64_t reserved;
	uint64_t nodes;
	int status_node;	/* -1: /proc has none */
};

void said_start(void);
/* Prints what was logged since the last time, and takes what it says. */
void said_take(struct said *said);
void said_status(struct said *said, const char *bdf);

/* module.c */

/* @order: a file with the names of modules, in order; the last is given @params. */
void modules_load(const char *order, const char *params);
/* As NVIDIA's user space does: by opening the module's file of the GPU. Says how that ends. */
void gpu_start(void);

#endif
