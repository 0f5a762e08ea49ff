// SPDX-License-Identifier: GPL-2.0-only
/* How late does the driver notice that training has ended? */
#include <stdlib.h>

#include "nvg_ready.h"

#define NAP_MS	5

/* A thread that sleeps, and is woken late when the machine is busy. */
struct sleeper {
	pthread_t thread;
	bool stop;
	int64_t latest_us;
};

static void *sleep_on(void *arg)
{
	struct sleeper *sleeper = arg;

	while (!__atomic_load_n(&sleeper->stop, __ATOMIC_SEQ_CST)) {
		uint64_t start = nvg_us();
		int64_t late;

		nvg_sleep_ms(NAP_MS);
		late = nvg_us() - start - NAP_MS * 1000;
		if (late > sleeper->latest_us)
			sleeper->latest_us = late;
	}
	return NULL;
}

/*
 * What every sleeper was late meanwhile is the machine's, and taken off.
 * INT64_MAX: there was no access, or one before training ended.
 */
static int64_t lateness_us(struct nvg_gpu *gpu, unsigned int ms)
{
	int64_t late_us = -1;
	struct sleeper sleeper = {};
	uint64_t word;

	pthread_create(&sleeper.thread, NULL, sleep_on, &sleeper);
	if (nvg_reset_and_train(gpu, ms, nvg_reset) &&
	    nvg_read(gpu, 0, &word, 8) == 8)
		late_us = (int64_t)nvg_knob(gpu, NVG_EMU_SINCE_RESET_US) -
			  nvg_knob(gpu, NVG_EMU_TRAINED_US);
	__atomic_store_n(&sleeper.stop, true, __ATOMIC_SEQ_CST);
	pthread_join(sleeper.thread, NULL);
	return late_us < 0 ? INT64_MAX : late_us - sleeper.latest_us;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/*
 * The median of five trainings of about that time, as the driver asks at other
 * moments of each. INT64_MAX: one of them let nobody in, or too early.
 */
int64_t nvg_lateness_us(struct nvg_gpu *gpu, unsigned int ms)
{
	int64_t late_us[5];

	for (int i = 0; i < 5; i++)
		late_us[i] = lateness_us(gpu, ms + 17 * i);
	qsort(late_us, 5, sizeof(*late_us), by_size);
	return late_us[4] == INT64_MAX ? INT64_MAX : late_us[2];
}
