// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a program's memory in the NUMA node it was told to be in, and does the GPU
 * see the same bytes at its own addresses?
 *
 * usage: numactl --membind=NODE memory-test NODE ENGINE-FILE BAR-ADDRESS
 * ENGINE-FILE: the GPU's memory as its DMA engine sees it (the test module's
 * engine_memory). BAR-ADDRESS: where that memory starts for the CPU, physically.
 * Prints a line for each check; exit code 0 when all is well.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "demo.h"

#define SIZE		(64UL << 20)
#define PAGE		4096UL
#define PAGES		(SIZE / PAGE)
#define WORDS		(PAGE / sizeof(uint64_t))
#define PLACES		16
#define CPU_SEED	UINT64_C(0x4350550000000001)
#define GPU_SEED	UINT64_C(0x4750550000000002)

static int fail(const char *what)
{
	printf("FAIL %s: %s\n", what, strerror(errno));
	return -1;
}

/* No two words of the memory are the same, whoever wrote them. */
static uint64_t word(size_t page, size_t i, uint64_t seed)
{
	return seed + (page * WORDS + i) * UINT64_C(0x9e3779b97f4a7c15);
}

static void fill(uint64_t *words, size_t page, uint64_t seed)
{
	for (size_t i = 0; i < WORDS; i++)
		words[i] = word(page, i, seed);
}

static int check(const uint64_t *words, size_t page, uint64_t seed, const char *who)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (words[i] == word(page, i, seed))
			continue;
		printf("FAIL %s, byte %#zx: wanted %016" PRIx64 ", found %016" PRIx64 "\n",
		       who, page * PAGE + i * sizeof(*words), word(page, i, seed), words[i]);
		return -1;
	}
	return 0;
}

/* All is written before anything is read: two pages that are one would show. */
static int hold(char *memory)
{
	double start = seconds();
	size_t page;

	for (page = 0; page < PAGES; page++)
		fill((uint64_t *)(memory + page * PAGE), page, CPU_SEED);
	for (page = 0; page < PAGES; page++) {
		if (check((uint64_t *)(memory + page * PAGE), page, CPU_SEED, "memory"))
			return -1;
	}
	printf("ok %lu MiB of a program's memory hold what was written (%.1f s)\n",
	       SIZE >> 20, seconds() - start);
	return 0;
}

/* move_pages() without nodes to move to says where each page is. */
static int where(char *memory, int node)
{
	static void *pages[PAGES];
	static int nodes[PAGES];
	size_t i;

	for (i = 0; i < PAGES; i++)
		pages[i] = memory + i * PAGE;
	if (syscall(SYS_move_pages, 0, PAGES, pages, NULL, nodes, 0))
		return fail("move_pages");
	for (i = 0; i < PAGES; i++) {
		if (nodes[i] == node)
			continue;
		printf("FAIL page %zu of %lu is in node %d (or -errno), wanted %d\n",
		       i, PAGES, nodes[i], node);
		return -1;
	}
	printf("ok all %lu pages of it are in node %d\n", PAGES, node);
	return 0;
}

/* Where is the page of @at, in bytes of physical memory? 0: not known. */
static uint64_t physical(int pagemap, const void *at)
{
	uint64_t entry;
	off_t place = (uintptr_t)at / PAGE * sizeof(entry);

	if (pread(pagemap, &entry, sizeof(entry), place) != sizeof(entry) || !(entry >> 63))
		return 0;
	return (entry & ((UINT64_C(1) << 55) - 1)) * PAGE;
}

/* The CPU has written the page: the GPU reads it, then writes it, then the CPU reads. */
static int share(int engine, char *at, size_t page, uint64_t gpu_address)
{
	uint64_t words[WORDS];

	if (pread(engine, words, PAGE, gpu_address) != PAGE)
		return fail("the engine does not read");
	if (check(words, page, CPU_SEED, "what the engine read of what the CPU wrote"))
		return -1;
	fill(words, page, GPU_SEED);
	if (pwrite(engine, words, PAGE, gpu_address) != PAGE)
		return fail("the engine does not write");
	return check((uint64_t *)at, page, GPU_SEED,
		     "what the CPU read of what the engine wrote");
}

/* Nothing else runs in this guest that would make the kernel move a page meanwhile. */
static int share_some(char *memory, int engine, int pagemap, uint64_t bar)
{
	double start = seconds();
	uint64_t address, first = 0;

	for (size_t i = 0; i < PLACES; i++) {
		size_t page = (PAGES - 1) * i / (PLACES - 1);

		address = physical(pagemap, memory + page * PAGE);
		if (address < bar) {
			printf("FAIL page %zu is at %#" PRIx64 ", the BAR at %#" PRIx64 "\n",
			       page, address, bar);
			return -1;
		}
		address -= bar;
		first = i ? first : address;
		if (share(engine, memory + page * PAGE, page, address))
			return -1;
	}
	printf("ok %d pages of it, GPU's addresses %#" PRIx64 " to %#" PRIx64 ": the engine reads what the CPU wrote, the CPU what the engine wrote (%.1f s)\n",
	       PLACES, first, address, seconds() - start);
	return 0;
}

static int test(int node, int engine, int pagemap, uint64_t bar)
{
	char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return fail("mmap");
	if (hold(memory) || where(memory, node))
		return -1;
	return share_some(memory, engine, pagemap, bar);
}

int main(int argc, char **argv)
{
	int engine, pagemap;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 4) {
		fprintf(stderr, "usage: memory-test NODE ENGINE-FILE BAR-ADDRESS\n");
		return 2;
	}
	engine = open(argv[2], O_RDWR | O_CLOEXEC);
	if (engine < 0)
		return fail(argv[2]) ? 1 : 0;
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		return fail("/proc/self/pagemap") ? 1 : 0;
	return test(atoi(argv[1]), engine, pagemap, strtoull(argv[3], NULL, 0)) ? 1 : 0;
}
