// SPDX-License-Identifier: GPL-2.0-only
/* What do read() and write() cost, next to a plain copy? */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* Short accesses are measured by the dozen, as the clock has ticks of 16 ns. */
#define SHORT		4
#define MANY		64

struct access {
	int fd;
	uint64_t at;		/* file offset */
	size_t len;
	bool write;
};

static bool access_once(const struct access *a, void *buf)
{
	ssize_t ret = a->write ? pwrite(a->fd, buf, a->len, a->at) :
				 pread(a->fd, buf, a->len, a->at);

	return ret == (ssize_t)a->len;
}

static uint64_t access_cost(struct bench *b, const struct access *a)
{
	int times = a->len <= SHORT ? MANY : 1;
	uint64_t best = UINT64_MAX;
	void *buf = calloc(1, a->len);
	bool ok = buf && access_once(a, buf);

	for (int round = 0; round < 4 * ROUNDS; round++) {
		uint64_t before = cost_now(), cost;

		for (int i = 0; i < times; i++)
			ok &= access_once(a, buf);
		cost = cost_between(before, cost_now()) / times;
		best = cost < best ? cost : best;
	}
	need(ok, "%s: %s of %zu bytes", b->driver, a->write ? "write" : "read",
	     a->len);
	free(buf);
	return best;
}

static void access_both(struct bench *b, uint64_t offset, size_t len,
			const char *what)
{
	struct access a = {
		.fd = b->gpu.fd,
		.at = b->gpu.region[b->gpu.mem].offset + offset,
		.len = len,
	};

	tell(b, "instructions", access_cost(b, &a), "read %s", what);
	a.write = true;
	tell(b, "instructions", access_cost(b, &a), "write %s", what);
}

void bench_copy(struct bench *b)
{
	access_both(b, 0, SHORT, "4 bytes");
	access_both(b, 0, 64 * NVG_KIB, "64 KiB");
	access_both(b, 0, NVG_MIB, "1 MiB");
	if (b->gpu.bar_size - b->gpu.mem_size >= NVG_MIB && !b->plain)
		access_both(b, b->gpu.mem_size, NVG_MIB, "1 MiB of the tail");
}

/* What copy_to_user() and copy_from_user() take for the same length. */
void bench_yardstick(struct bench *b)
{
	struct access a = {
		.fd = open("/dev/nvgrace-yardstick", O_RDWR | O_CLOEXEC),
		.len = NVG_MIB,
	};

	need(a.fd >= 0, "no /dev/nvgrace-yardstick: is its module loaded?");
	tell(b, "instructions", access_cost(b, &a), "read 1 MiB");
	a.write = true;
	tell(b, "instructions", access_cost(b, &a), "write 1 MiB");
	close(a.fd);
}
