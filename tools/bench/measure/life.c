// SPDX-License-Identifier: GPL-2.0-only
/* What do probe, open, reset and close cost, and the first read after them? */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"

/*
 * These sleep, and what a task pays for being switched out and in depends on
 * who else is awake: not the least counts, which is a lucky one, but the median.
 */
#define LIVES	33

struct sample {
	uint64_t cost[LIVES];
	int nr;
};

struct life {
	struct sample probe;
	struct sample open;
	struct sample first_read;
	struct sample reset;
	struct sample close;
};

static void add(struct sample *sample, uint64_t before)
{
	sample->cost[sample->nr++] = cost_between(before, cost_now());
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void tell_median(const struct bench *b, struct sample *sample,
			const char *row)
{
	if (!sample->nr)
		return;
	qsort(sample->cost, sample->nr, sizeof(*sample->cost), compare);
	tell(b, "instructions", sample->cost[sample->nr / 2], "%s", row);
}

static void measure_open(struct bench *b, struct life *life)
{
	struct nvg_gpu *gpu = &b->gpu;
	uint64_t before, word;

	close(gpu->fd);
	before = cost_now();
	gpu->fd = ioctl(gpu->group, VFIO_GROUP_GET_DEVICE_FD, gpu->bdf);
	add(&life->open, before);
	need(gpu->fd >= 0, "%s: open", b->driver);
	if (gpu->mem < 0)
		return;
	before = cost_now();
	need(nvg_read(gpu, 0, &word, 4) == 4, "%s: first read", b->driver);
	add(&life->first_read, before);
}

static void measure_close(struct bench *b, struct life *life)
{
	uint64_t before = cost_now();

	close(b->gpu.fd);
	add(&life->close, before);
	b->gpu.fd = -1;
	nvg_close(&b->gpu);
}

static void measure_probe(struct bench *b, struct life *life)
{
	char driver[64];
	uint64_t before;

	need(nvg_driver(b->gpu.bdf, driver, sizeof(driver)) &&
	     !nvg_unbind(b->gpu.bdf), "%s: unbind", b->driver);
	before = cost_now();
	need(!nvg_offer(b->gpu.bdf, driver), "%s: bind", b->driver);
	add(&life->probe, before);
}

static void live_once(struct bench *b, struct life *life)
{
	const char *why = nvg_open(&b->gpu);
	uint64_t before;

	need(!why, "%s: %s", b->driver, why);
	b->aperture = b->gpu.mem_size;
	measure_open(b, life);
	before = cost_now();
	need(!ioctl(b->gpu.fd, VFIO_DEVICE_RESET), "%s: reset", b->driver);
	add(&life->reset, before);
	measure_close(b, life);
	measure_probe(b, life);
}

/* Of the GPU itself, with either driver. Leaves it closed. */
void bench_life(struct bench *b)
{
	static struct life life;

	memset(&life, 0, sizeof(life));
	for (int i = 0; i < LIVES; i++)
		live_once(b, &life);
	tell_median(b, &life.first_read, "first read after open");
	tell_median(b, &life.open, "open");
	tell_median(b, &life.close, "close");
	tell_median(b, &life.reset, "reset");
	tell_median(b, &life.probe, "probe");
}

/* Of a real BAR, whose device is not the one whose life is measured. */
void bench_first_read(struct bench *b)
{
	static struct life life;

	memset(&life, 0, sizeof(life));
	for (int i = 0; i < LIVES; i++)
		measure_open(b, &life);
	tell_median(b, &life.first_read, "first read after open");
}
