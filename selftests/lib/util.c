// SPDX-License-Identifier: GPL-2.0-only
/* What time is it, what do the dice say, and how large is a page? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nvg.h"

uint64_t nvg_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

void nvg_sleep_ms(unsigned int ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&left, &left))
		;
}

uint64_t nvg_env(const char *name, uint64_t otherwise)
{
	const char *val = getenv(name);

	return val && *val ? strtoull(val, NULL, 0) : otherwise;
}

/* The seed of this run: NVGRACE_SEED repeats one. */
uint64_t nvg_seed(void)
{
	static uint64_t seed;

	if (!seed)
		seed = nvg_env("NVGRACE_SEED", nvg_us() | 1);
	return seed;
}

/* xorshift64: each test process starts again from the seed. */
uint64_t nvg_rand(uint64_t below)
{
	static uint64_t state;

	if (!state)
		state = nvg_seed();
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* A pattern that differs from byte to byte and from tag to tag. */
void nvg_fill(void *buf, size_t len, uint64_t tag)
{
	uint8_t *byte = buf;
	uint64_t word = (tag + 1) * 0x9e3779b97f4a7c15ull;

	for (size_t i = 0; i < len; i++) {
		if (i % 8 == 0)
			word = word * 6364136223846793005ull + 1442695040888963407ull;
		byte[i] = word >> (8 * (i % 8));
	}
}

long nvg_page(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* A leaf one level above pages: what a page full of 8-byte entries maps. */
uint64_t nvg_leaf(void)
{
	return nvg_page() / 8 * nvg_page();
}

/*
 * A leaf, or as much of one as fits into the memory five times: reserved memory
 * is less than three leaves where pages are of 64 KiB.
 */
uint64_t nvg_piece(const struct nvg_gpu *gpu)
{
	uint64_t piece = nvg_leaf();

	while (5 * piece > gpu->mem_size)
		piece /= 2;
	return piece;
}
