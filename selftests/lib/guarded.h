/* SPDX-License-Identifier: GPL-2.0-only */
/* Which copies survive a fault? */
#ifndef NVGRACE_SELFTESTS_GUARDED_H
#define NVGRACE_SELFTESTS_GUARDED_H

#include <stddef.h>

/*
 * Copies len bytes by loads and stores of width bytes (1, 2, 4 or 8; len and
 * both addresses are multiples of it), in any thread. Returns 0, or the signal
 * that ended it: SIGBUS or SIGSEGV.
 */
int nvg_guarded_copy(volatile void *to, const volatile void *from, size_t len,
		     size_t width);

#endif
