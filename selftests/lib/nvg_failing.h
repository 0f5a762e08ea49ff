/* SPDX-License-Identifier: GPL-2.0-only */
/* How does a selftest have allocations of the kernel fail? */
#ifndef NVGRACE_SELFTESTS_NVG_FAILING_H
#define NVGRACE_SELFTESTS_NVG_FAILING_H

#include <stdbool.h>

/* failing.c */
const char *nvg_let_allocations_fail(void);
const char *nvg_spare(const char *name);
int nvg_open_fail_nth(void);
bool nvg_arm(int fail_nth, unsigned int n);
bool nvg_disarm(int fail_nth);

#endif
