/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the parts of the benchmark know of each other?
 *
 * A part measures the rows of one question and tells each number as a line of
 * JSON. Everything runs in one thread.
 */
#ifndef NVGRACE_BENCH_H
#define NVGRACE_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "nvg.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Of so many the cheapest counts: what comes in between only adds. */
#define ROUNDS	3

/*
 * What is measured. The functions of selftests/lib serve a real BAR too, once
 * gpu.mem says which.
 */
struct bench {
	const char *driver;	/* the column */
	struct nvg_gpu gpu;
	bool plain;		/* vfio-pci and a real BAR */
	uint64_t aperture;	/* bytes of memory, whatever is mapped of it */
};

/* tell.c */
void tell(const struct bench *b, const char *unit, uint64_t value,
	  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void need(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* cost.c */
uint64_t cost_now(void);
uint64_t cost_between(uint64_t before, uint64_t after);

/* touch.c */
void bench_touch(struct bench *b, uint64_t gib, bool skewed);

/* dma.c */
void bench_dma(struct bench *b, uint64_t gib);
void bench_dmabuf(struct bench *b, uint64_t gib);

/* copy.c */
void bench_copy(struct bench *b);
void bench_yardstick(struct bench *b);

/* life.c */
void bench_life(struct bench *b);
void bench_first_read(struct bench *b);

/* scrub.c */
void bench_scrub(struct bench *b);
void bench_memset(struct bench *b);

/* notice.c */
void bench_notice(struct bench *b, unsigned int train_ms);

/* boot.c */
void bench_boot(struct bench *b, unsigned int gib);

#endif
