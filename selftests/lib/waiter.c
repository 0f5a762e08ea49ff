// SPDX-License-Identifier: GPL-2.0-only
/* What does a thread get that waits for the memory meanwhile? */
#include <string.h>

#include "nvg_ready.h"

static void *wait_in_read(void *arg)
{
	struct nvg_waiter *waiter = arg;
	uint8_t byte = 0;

	if (waiter->map) {
		waiter->ret = nvg_touch(waiter->map, &byte);
		waiter->word = byte;
	} else {
		waiter->ret = nvg_read(waiter->gpu, 0, &waiter->word, 8);
	}
	__atomic_store_n(&waiter->done_us, nvg_us(), __ATOMIC_SEQ_CST);
	return NULL;
}

void nvg_start_waiter(struct nvg_waiter *waiter, struct nvg_gpu *gpu,
		      uint8_t *map)
{
	memset(waiter, 0, sizeof(*waiter));
	waiter->gpu = gpu;
	waiter->map = map;
	waiter->word = 1;
	pthread_create(&waiter->thread, NULL, wait_in_read, waiter);
	nvg_sleep_ms(100);
}

bool nvg_waits(struct nvg_waiter *waiter)
{
	return !__atomic_load_n(&waiter->done_us, __ATOMIC_SEQ_CST);
}

void nvg_end_waiter(struct nvg_waiter *waiter)
{
	pthread_join(waiter->thread, NULL);
}
