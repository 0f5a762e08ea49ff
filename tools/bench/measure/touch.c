// SPDX-License-Identifier: GPL-2.0-only
/* What does it cost to map memory and to touch all of it for the first time? */
#include <stdio.h>
#include <sys/mman.h>

#include "bench.h"

#define LEAF	nvg_leaf()

/* How a mapping is touched. */
struct touch {
	uint64_t len;
	uint64_t skew;		/* address, modulo 1 GiB */
	uint64_t step;		/* bytes from one touch to the next: a leaf */
};

struct toll {
	uint64_t cost;
	long faults;
	long tables_kib;
};

static long page_tables_kib(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "VmPTE: %ld kB", &kib);
	if (status)
		fclose(status);
	return kib;
}

/* An address, free, that is @skew more than a multiple of 1 GiB. */
static void *place(uint64_t len, uint64_t skew)
{
	uintptr_t start = (uintptr_t)mmap(NULL, len + 2 * NVG_GIB, PROT_NONE,
					  MAP_PRIVATE | MAP_ANONYMOUS |
					  MAP_NORESERVE, -1, 0);

	need((void *)start != MAP_FAILED, "no %llu bytes of address space",
	     (unsigned long long)len);
	munmap((void *)start, len + 2 * NVG_GIB);
	return (void *)(((start + NVG_GIB - 1) & ~(NVG_GIB - 1)) + skew);
}

static void touch_once(struct bench *b, const struct touch *t,
		       struct toll *toll)
{
	long faults = nvg_faults(), tables = page_tables_kib();
	void *where = place(t->len, t->skew);
	uint64_t before = cost_now();
	volatile uint8_t *map;

	map = mmap(where, t->len, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED_NOREPLACE, b->gpu.fd,
		   b->gpu.region[b->gpu.mem].offset);
	need(map != MAP_FAILED, "%s: mmap", b->driver);
	for (uint64_t at = 0; at < t->len; at += t->step)
		(void)map[at];
	(void)map[t->len - 1];
	toll->cost = cost_between(before, cost_now());
	toll->faults = nvg_faults() - faults;
	toll->tables_kib = page_tables_kib() - tables;
	munmap((void *)map, t->len);
}

void bench_touch(struct bench *b, uint64_t gib, bool skewed)
{
	const char *how = skewed ? "skewed" : "aligned";
	struct touch t = {
		.len = gib * NVG_GIB,
		.skew = skewed ? nvg_page() : 0,
		.step = skewed ? nvg_page() : LEAF,
	};
	const struct touch first = { .len = LEAF, .skew = t.skew, .step = LEAF };
	struct toll toll, best = { .cost = UINT64_MAX };

	/* Faults of this program's own come now. */
	touch_once(b, &first, &toll);
	for (int i = 0; i < (gib > 1 ? 1 : ROUNDS); i++) {
		touch_once(b, &t, &toll);
		if (toll.cost < best.cost)
			best = toll;
	}
	tell(b, "instructions", best.cost, "map and touch %d GiB %s", (int)gib, how);
	tell(b, "faults", best.faults, "map and touch %d GiB %s", (int)gib, how);
	tell(b, "KiB of page tables", best.tables_kib, "map and touch %d GiB %s",
	     (int)gib, how);
}
