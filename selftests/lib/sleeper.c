// SPDX-License-Identifier: GPL-2.0-only
/* How much too long does this machine let sleepers sleep meanwhile? */
#include "nvg_ready.h"

#define NAP_MS	5

static void *sleep_on(void *arg)
{
	struct nvg_sleeper *sleeper = arg;

	while (!__atomic_load_n(&sleeper->stop, __ATOMIC_SEQ_CST)) {
		uint64_t start = nvg_us(), late;

		nvg_sleep_ms(NAP_MS);
		late = nvg_us() - start - NAP_MS * 1000;
		if (late > sleeper->latest_us)
			sleeper->latest_us = late;
	}
	return NULL;
}

void nvg_start_sleeper(struct nvg_sleeper *sleeper)
{
	*sleeper = (struct nvg_sleeper){};
	pthread_create(&sleeper->thread, NULL, sleep_on, sleeper);
}

/* Microseconds over, of the one that was woken latest. */
uint64_t nvg_end_sleeper(struct nvg_sleeper *sleeper)
{
	__atomic_store_n(&sleeper->stop, true, __ATOMIC_SEQ_CST);
	pthread_join(sleeper->thread, NULL);
	return sleeper->latest_us;
}
