/* SPDX-License-Identifier: GPL-2.0-only */
/* How does a selftest make the memory train, and somebody wait for it? */
#ifndef NVGRACE_SELFTESTS_NVG_READY_H
#define NVGRACE_SELFTESTS_NVG_READY_H

#include <pthread.h>

#include "nvg.h"

#define SOON_US		100000	/* "milliseconds", on a busy build machine */

/* A GPU quick to train, for each test and after it. */
#define NVG_FIXTURE_WITH_KNOBS(name)	\
	NVG_FIXTURE_CLOSED_BY(name, nvg_open_with_knobs, nvg_close_with_knobs)

/* reset.c */
const char *nvg_open_with_knobs(struct nvg_gpu *gpu);
void nvg_close_with_knobs(struct nvg_gpu *gpu);
int nvg_reset(struct nvg_gpu *gpu);
int nvg_reset_by_sysfs(struct nvg_gpu *gpu);
int nvg_reset_by_power(struct nvg_gpu *gpu);
int nvg_reset_by_fatal_error(struct nvg_gpu *gpu);
bool nvg_reset_closes(int (*reset)(struct nvg_gpu *gpu));
bool nvg_reset_and_train(struct nvg_gpu *gpu, unsigned int ms,
			 int (*reset)(struct nvg_gpu *gpu));
bool nvg_trained(struct nvg_gpu *gpu);

/* sleep.c: low power, as its user asks for it */
int nvg_enter_low_power(struct nvg_gpu *gpu);
int nvg_leave_low_power(struct nvg_gpu *gpu);
bool nvg_reaches(struct nvg_gpu *gpu, const char *state);
const char *nvg_no_runtime_pm(void);

/* A thread that waits for the memory in read(), or in a fault when mapped. */
struct nvg_waiter {
	pthread_t thread;
	struct nvg_gpu *gpu;
	uint8_t *map;
	ssize_t ret;		/* of the read, or the signal of the touch */
	uint64_t word;
	uint64_t done_us;	/* 0 while it waits */
};

/* waiter.c */
void nvg_start_waiter(struct nvg_waiter *waiter, struct nvg_gpu *gpu,
		      uint8_t *map);
bool nvg_waits(struct nvg_waiter *waiter);
void nvg_end_waiter(struct nvg_waiter *waiter);

/* lateness.c */
int64_t nvg_lateness_us(struct nvg_gpu *gpu, unsigned int ms);

#endif
