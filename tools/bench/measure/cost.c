// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many instructions did this thread execute, the kernel's for it included?
 *
 * In a host with ICOUNT=1 an instruction takes a nanosecond of every clock.
 * The thread's own CPU time leaves out sleeping (a reset waits 100 ms) and
 * other threads; interrupts that hit the thread are in it.
 */
#include <time.h>

#include "bench.h"

uint64_t cost_now(void)
{
	struct timespec cpu;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	return cpu.tv_sec * 1000000000ull + cpu.tv_nsec;
}

/* What asking for the time costs, by itself: the least of many. */
static uint64_t overhead(void)
{
	static uint64_t least;

	for (int i = 0; !least || i < 64; i++) {
		uint64_t before = cost_now();
		uint64_t cost = cost_now() - before;

		if (!least || cost < least)
			least = cost;
	}
	return least;
}

/* Between two answers of cost_now(), without what they cost themselves. */
uint64_t cost_between(uint64_t before, uint64_t after)
{
	static uint64_t own;

	if (!own)
		own = overhead();
	return after - before > own ? after - before - own : 0;
}
