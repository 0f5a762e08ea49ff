// SPDX-License-Identifier: GPL-2.0-only
/* What has each worker of its own? */
#include <stdarg.h>
#include <stdio.h>

#include "stress.h"

struct run *run;

uint64_t roll(struct worker *me, uint64_t below)
{
	me->dice ^= me->dice << 13;
	me->dice ^= me->dice >> 7;
	me->dice ^= me->dice << 17;
	return me->dice % below;
}

/* The first failure is the run's. Returns false. */
bool fail(struct worker *me, const char *fmt, ...)
{
	va_list args;
	int used;

	if (__atomic_exchange_n(&run->stop, true, __ATOMIC_SEQ_CST))
		return false;
	used = snprintf(run->why, sizeof(run->why), "%s, turn %lu, %s: ",
			me->name, me->turn, me->doing);
	va_start(args, fmt);
	vsnprintf(run->why + used, sizeof(run->why) - used, fmt, args);
	va_end(args);
	return false;
}

bool stopped(void)
{
	return __atomic_load_n(&run->stop, __ATOMIC_RELAXED);
}

void beat(struct worker *me, const char *doing)
{
	me->doing = doing;
	me->turn++;
	__atomic_store_n(&me->beat_us, nvg_us(), __ATOMIC_RELAXED);
}

void nap(struct worker *me, unsigned int most_ms)
{
	nvg_sleep_ms(roll(me, most_ms + 1));
	beat(me, "napping");
}
