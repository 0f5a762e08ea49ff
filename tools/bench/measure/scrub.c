// SPDX-License-Identifier: GPL-2.0-only
/* What does zeroing the memory cost, next to a plain memset()? */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define SCRUB	"/sys/module/" NVG_DRIVER "/parameters/scrub"

static void set_scrub(const char *value)
{
	int fd = open(SCRUB, O_WRONLY | O_CLOEXEC);

	need(fd >= 0 && write(fd, value, 1) == 1, "cannot write " SCRUB);
	close(fd);
}

/*
 * Workers do it, whose instructions are not those of the thread that opens: on
 * the one CPU of an ICOUNT host the clock counts all of them. Sleep is in it too.
 */
static uint64_t open_ns(struct bench *b)
{
	struct timespec before, after;

	close(b->gpu.fd);
	clock_gettime(CLOCK_MONOTONIC, &before);
	b->gpu.fd = ioctl(b->gpu.group, VFIO_GROUP_GET_DEVICE_FD, b->gpu.bdf);
	clock_gettime(CLOCK_MONOTONIC, &after);
	need(b->gpu.fd >= 0, "%s: open", b->driver);
	return (after.tv_sec - before.tv_sec) * 1000000000ull +
	       after.tv_nsec - before.tv_nsec;
}

static uint64_t cheapest_open(struct bench *b, const char *scrub)
{
	uint64_t best = UINT64_MAX;

	set_scrub(scrub);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t ns = open_ns(b);

		best = ns < best ? ns : best;
	}
	set_scrub("N");
	return best;
}

/* Sleep, as the open's reset has it, is the same with and without. */
void bench_scrub(struct bench *b)
{
	uint64_t without = cheapest_open(b, "N");
	uint64_t with = cheapest_open(b, "Y");

	need(with > without, "%s: a scrub that costs nothing", b->driver);
	tell(b, "instructions", (with - without) * NVG_GIB / b->aperture,
	     "zero 1 GiB");
}

/* 1 GiB, by memset() of a MiB that the kernel has mapped. */
void bench_memset(struct bench *b)
{
	int fd = open("/dev/nvgrace-yardstick", O_RDWR | O_CLOEXEC);
	uint64_t best = UINT64_MAX;

	need(fd >= 0, "no /dev/nvgrace-yardstick: is its module loaded?");
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t before = cost_now(), cost;

		need(!ioctl(fd, 0, 1024), "memset");
		cost = cost_between(before, cost_now());
		best = cost < best ? cost : best;
	}
	tell(b, "instructions", best, "zero 1 GiB");
	close(fd);
}
