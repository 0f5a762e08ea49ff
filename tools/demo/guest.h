/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the rooms of the guest's program share?
 */
#ifndef NVGRACE_GUEST_INIT_H
#define NVGRACE_GUEST_INIT_H

#include "demo.h"

/* guest.c */

/* Says FAIL, @what and errno. */
int fail(const char *what);
/* Runs a step of the test module and says what it saw; @folder: the GPU's in sysfs. */
int run_step(const char *folder, const char *step);

/* domain.c */

/* -1: it has none, and that has been said. */
int domain_node(uint32_t domain);

/* node.c */

/*
 * Makes the GPU's memory, which is its BAR number @bar, memory of the guest, uses it,
 * and gives it back with the test module. It must be in the node of @domain.
 */
int node_check(const char *folder, const char *bar, uint32_t domain);

#endif
