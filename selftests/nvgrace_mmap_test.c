// SPDX-License-Identifier: GPL-2.0-only
/* What can be mapped, what does a touch install, and what takes it away? */
#include <signal.h>
#include <sys/ioctl.h>

#include "nvg_dma.h"
#include "nvg_harness.h"

#define LEAF	nvg_leaf()

NVG_FIXTURE(map, nvg_open_with_memory)

static int map_errno(struct nvg_gpu *gpu, uint64_t off, size_t len, int flags)
{
	void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, gpu->fd,
			 gpu->region[gpu->mem].offset + off);

	if (map == MAP_FAILED)
		return errno;
	munmap(map, len);
	return 0;
}

TEST_F(map, I7_private_mapping_is_einval)
{
	EXPECT_EQ(EINVAL, map_errno(&self->gpu, 0, nvg_page(), MAP_PRIVATE));
}

TEST_F(map, I7_empty_mapping_is_einval)
{
	EXPECT_EQ(EINVAL, map_errno(&self->gpu, 0, 0, MAP_SHARED));
}

TEST_F(map, I7_mapping_over_the_memorys_end_is_einval)
{
	uint64_t end = self->gpu.mem_size;
	size_t page = nvg_page();

	EXPECT_EQ(0, map_errno(&self->gpu, end - page, page, MAP_SHARED));
	EXPECT_EQ(EINVAL, map_errno(&self->gpu, end - page, 2 * page,
				    MAP_SHARED));
	EXPECT_EQ(EINVAL, map_errno(&self->gpu, 0, end + page, MAP_SHARED));
}

TEST_F(map, I10_padding_and_beyond_cannot_be_mapped)
{
	uint64_t end = self->gpu.mem_size;
	size_t page = nvg_page();

	EXPECT_EQ(EINVAL, map_errno(&self->gpu, end, page, MAP_SHARED));
	EXPECT_EQ(EINVAL, map_errno(&self->gpu, self->gpu.bar_size - page,
				    2 * page, MAP_SHARED));
	EXPECT_EQ(EINVAL, map_errno(&self->gpu, (1ull << 40) - page, page,
				    MAP_SHARED));
	/* Reaches from the last page of the memory into the next region. */
	EXPECT_EQ(EINVAL, map_errno(&self->gpu, end - page, 1ull << 40,
				    MAP_SHARED));
}

TEST_F(map, I7_mapping_no_region_is_einval)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, nvg_page(), PROT_READ, MAP_SHARED,
				   self->gpu.fd, 9ull << 40));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, nvg_page(), PROT_READ, MAP_SHARED,
				   self->gpu.fd, 7ull << 40));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(map, the_whole_memory_can_be_mapped_at_once)
{
	uint8_t *map = nvg_map(&self->gpu, 0, self->gpu.mem_size, 0), byte;

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, nvg_touch(map + self->gpu.mem_size - 1, &byte));
	EXPECT_EQ(0, nvg_touch(map, &byte));
}

TEST_F(map, I5_mapping_read_and_write_see_the_same_bytes)
{
	uint64_t step = self->gpu.mem_size / 61;
	uint8_t *map = nvg_map(&self->gpu, 0, self->gpu.mem_size, 0);
	uint8_t data[100], seen[100];

	ASSERT_NE(MAP_FAILED, map);
	for (uint64_t at = 0; at + 100 <= self->gpu.mem_size; at += step) {
		nvg_fill(data, 100, at);
		ASSERT_EQ(100, nvg_write(&self->gpu, at, data, 100));
		ASSERT_EQ(0, memcmp(data, map + at, 100)) TH_LOG("0x%lx", at);
		nvg_fill(data, 100, ~at);
		memcpy(map + at, data, 100);
		ASSERT_EQ(100, nvg_read(&self->gpu, at, seen, 100));
		ASSERT_EQ(0, memcmp(data, seen, 100)) TH_LOG("0x%lx", at);
	}
}

/* Unaligned words and a cache-line clear are faults on device memory. */
TEST_F(map, I8_mapping_takes_what_only_normal_memory_takes)
{
	uint8_t *map = nvg_map(&self->gpu, 0, nvg_page(), 0);

	ASSERT_NE(MAP_FAILED, map);
	memset(map, 0x5a, nvg_page());
	*(volatile uint64_t *)(map + 1) = 0x1122334455667788ull;
	EXPECT_EQ(0x1122334455667788ull, *(volatile uint64_t *)(map + 1));
#ifdef __aarch64__
	asm volatile("dc zva, %0" : : "r" (map + 2048) : "memory");
	EXPECT_EQ(0, map[2048]);
#endif
}

/* KVM lets a guest run code in a PFN map only when it is mapped cacheable. */
TEST_F(map, I8_guest_runs_code_in_cacheable_memory_only)
{
	const char *why = nvg_need_cached_guests();
	uint8_t *map;

	if (why)
		SKIP(return, "%s", why);
	map = nvg_map(&self->gpu, 0, LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(self->gpu.region[self->gpu.mem].cached ? 0 : -EINTR,
		  nvg_run_guest_in(map, LEAF));
}

TEST_F(map, I8_offset_stays_the_vfio_offset)
{
	uint64_t at = 3 * nvg_piece(&self->gpu);
	uint64_t base = self->gpu.region[self->gpu.mem].offset;
	uint8_t *map = nvg_map(&self->gpu, at, at / 3, 0);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(base + at, nvg_vma_offset(map));
	EXPECT_EQ(0, munmap(map, nvg_page()));
	EXPECT_EQ(base + at + nvg_page(), nvg_vma_offset(map + nvg_page()));
}

TEST_F(map, I8_vma_is_a_pfn_map_neither_dumped_nor_expanded)
{
	uint8_t *map = nvg_map(&self->gpu, 0, LEAF, 0);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(nvg_vma_flag(map, "sh"));
	EXPECT_TRUE(nvg_vma_flag(map, "pf"));
	EXPECT_TRUE(nvg_vma_flag(map, "de"));
	EXPECT_TRUE(nvg_vma_flag(map, "dd"));
}

/* Every page of 4 KiB, eight of a larger leaf: more cost the build machine gigabytes. */
#define STEP	(LEAF > 2 * NVG_MIB ? LEAF / 8 : nvg_page())

/* The last page too. */
static long faults_of_touching(uint8_t *map, size_t len)
{
	long before = nvg_faults();
	uint8_t byte;

	for (size_t at = 0; at < len; at += STEP)
		if (nvg_touch(map + at, &byte))
			return -1;
	return nvg_touch(map + len - 1, &byte) ? -1 : nvg_faults() - before;
}

static const char *no_leaf_count(const struct nvg_gpu *gpu)
{
	if (nvg_env("NVGRACE_EAGER_MAP", 0))
		return "eager_map=1: nothing is left to fault";
	if (gpu->mem_size < 64 * LEAF)
		return "the memory does not hold 64 large leaves";
	if (nvg_env("NVGRACE_EXPECT_BASE", 0) % LEAF)
		return "firmware's base is not aligned to a large leaf";
	return NULL;
}

/* The first touch of a page may also take a fault of the test's own. */
#define SLACK	3

TEST_F(map, I9_aligned_mapping_takes_one_fault_per_page_table)
{
	const char *why = no_leaf_count(&self->gpu);
	uint8_t *map;
	long faults;

	if (why)
		SKIP(return, "%s", why);
	map = nvg_map(&self->gpu, 0, 16 * LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	faults = faults_of_touching(map, 16 * LEAF);
	/* 16 leaves lie in one table, or in two when the address straddles. */
	EXPECT_GE(faults, 1);
	EXPECT_LE(faults, 2 + SLACK);
}

/* The head and the tail that a large leaf does not fit get small ones. */
TEST_F(map, I9_mapping_with_ragged_ends_has_small_leaves_only_there)
{
	const char *why = no_leaf_count(&self->gpu);
	size_t page = nvg_page(), len = 3 * LEAF + 2 * page;
	uint8_t *map;
	long faults;

	if (why)
		SKIP(return, "%s", why);
	map = nvg_map(&self->gpu, LEAF - page, len, 0);
	ASSERT_NE(MAP_FAILED, map);
	faults = faults_of_touching(map, len);
	/* The head, the whole leaves together, the tail. */
	EXPECT_GE(faults, 3);
	EXPECT_LE(faults, 4 + SLACK);
}

TEST_F(map, I9_skewed_mapping_works_with_small_leaves)
{
	const char *why = no_leaf_count(&self->gpu);
	uint8_t data[64], *map;
	long faults;

	if (why)
		SKIP(return, "%s", why);
	nvg_fill(data, 64, 9);
	nvg_write(&self->gpu, LEAF - 32, data, 64);
	map = nvg_map(&self->gpu, 0, 2 * LEAF, nvg_page());
	ASSERT_NE(MAP_FAILED, map);
	faults = faults_of_touching(map, 2 * LEAF);
	/* A table of small leaves each, of which 2 LEAF touch up to three. */
	EXPECT_GE(faults, 2);
	EXPECT_LE(faults, 3 + SLACK);
	EXPECT_EQ(0, memcmp(data, map + LEAF - 32, 64));
}

TEST_F(map, I9_page_tables_of_a_large_mapping_stay_small)
{
	const char *why = no_leaf_count(&self->gpu);
	uint64_t before;
	uint8_t *map;

	if (why)
		SKIP(return, "%s", why);
	map = nvg_map(&self->gpu, 0, 64 * LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	before = nvg_page_table_kib();
	ASSERT_NE(~0ull, before);
	ASSERT_LE(1, faults_of_touching(map, 64 * LEAF));
	EXPECT_LE(nvg_page_table_kib() - before, 4 * nvg_page() / NVG_KIB);
}

TEST_F(map, eager_mapping_takes_no_fault_at_all)
{
	uint8_t *map;

	if (!nvg_env("NVGRACE_EAGER_MAP", 0))
		SKIP(return, "the module was loaded without eager_map=1");
	nvg_read(&self->gpu, 0, &(uint8_t){0}, 1);
	map = nvg_map(&self->gpu, 0, 16 * LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_LE(faults_of_touching(map, 16 * LEAF), SLACK);
}

TEST_F(map, I5_memory_space_off_takes_the_mapping_away_and_on_brings_it_back)
{
	uint8_t *map = nvg_map(&self->gpu, 0, 2 * LEAF, 0), byte;

	ASSERT_NE(MAP_FAILED, map);
	map[5] = 0x77;
	map[LEAF + 5] = 0x78;
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, false));
	EXPECT_EQ(SIGBUS, nvg_touch(map + 5, &byte));
	EXPECT_EQ(SIGBUS, nvg_poke(map + LEAF, 1));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	ASSERT_EQ(0, nvg_touch(map + 5, &byte));
	EXPECT_EQ(0x77, byte);
	ASSERT_EQ(0, nvg_touch(map + LEAF + 5, &byte));
	EXPECT_EQ(0x78, byte);
}

TEST_F(map, I5_mapping_made_while_memory_space_is_off_faults_until_it_is_on)
{
	uint8_t *map, byte;

	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, false));
	map = nvg_map(&self->gpu, 0, LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(SIGBUS, nvg_touch(map, &byte));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	EXPECT_EQ(0, nvg_touch(map, &byte));
}

TEST_F(map, I5_mapping_outside_d0_is_sigbus)
{
	uint8_t *map = nvg_map(&self->gpu, 0, LEAF, 0), byte;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_touch(map, &byte));
	if (nvg_power(&self->gpu, 3))
		SKIP(return, "the GPU has no power-management capability");
	EXPECT_EQ(SIGBUS, nvg_touch(map, &byte));
	ASSERT_EQ(0, nvg_power(&self->gpu, 0));
	nvg_mem_enable(&self->gpu, true);
	EXPECT_EQ(0, nvg_touch(map, &byte));
}

TEST_F(map, mapping_works_again_after_a_reset)
{
	uint8_t *map = nvg_map(&self->gpu, 0, LEAF, 0), byte;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 1));
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	ASSERT_EQ(0, nvg_poke(map, 2));
	ASSERT_EQ(1, nvg_read(&self->gpu, 0, &byte, 1));
	EXPECT_EQ(2, byte);
}

TEST_F(map, forked_child_sees_the_same_memory)
{
	uint8_t *map = nvg_map(&self->gpu, 0, 2 * LEAF, 0);
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	map[0] = 1;
	pid = fork();
	if (!pid) {
		bool saw = map[0] == 1;

		map[LEAF] = 2;
		_exit(saw ? 0 : 1);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(2, map[LEAF]);
}

TEST_F(map, moved_mapping_shows_the_same_memory_and_cannot_grow)
{
	size_t piece = nvg_piece(&self->gpu);
	uint8_t *map = nvg_map(&self->gpu, 3 * piece, 2 * piece, 0);
	uint8_t *moved, byte;

	ASSERT_NE(MAP_FAILED, map);
	map[piece + 9] = 0x99;
	EXPECT_EQ(MAP_FAILED, mremap(map, 2 * piece, 3 * piece, MREMAP_MAYMOVE));
	moved = nvg_map(&self->gpu, 0, 2 * piece, nvg_page());
	ASSERT_NE(MAP_FAILED, moved);
	moved = mremap(map, 2 * piece, 2 * piece, MREMAP_MAYMOVE | MREMAP_FIXED,
		       moved);
	ASSERT_NE(MAP_FAILED, moved);
	ASSERT_EQ(0, nvg_touch(moved + piece + 9, &byte));
	EXPECT_EQ(0x99, byte);
	ASSERT_EQ(1, nvg_read(&self->gpu, 3 * piece, &byte, 1));
	EXPECT_EQ(byte, moved[0]);
}

TEST_F(map, hole_in_a_mapping_leaves_both_sides_in_place)
{
	size_t page = nvg_page(), piece = nvg_piece(&self->gpu);
	uint8_t *map = nvg_map(&self->gpu, 0, 4 * piece, 0), byte;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map + piece - 1, 0x11));
	ASSERT_EQ(0, munmap(map + piece, page));
	ASSERT_EQ(0, munmap(map + 2 * piece + page, piece));
	EXPECT_EQ(SIGSEGV, nvg_touch(map + piece, &byte));
	ASSERT_EQ(0, nvg_poke(map + piece + page, 0x22));
	ASSERT_EQ(0, nvg_poke(map + 3 * piece + page, 0x33));
	ASSERT_EQ(1, nvg_read(&self->gpu, piece - 1, &byte, 1));
	EXPECT_EQ(0x11, byte);
	ASSERT_EQ(1, nvg_read(&self->gpu, piece + page, &byte, 1));
	EXPECT_EQ(0x22, byte);
	ASSERT_EQ(1, nvg_read(&self->gpu, 3 * piece + page, &byte, 1));
	EXPECT_EQ(0x33, byte);
}

TEST_F(map, read_only_mapping_refuses_a_write_and_closing_keeps_it_alive)
{
	uint8_t *map = nvg_map(&self->gpu, 0, LEAF, 0), byte;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mprotect(map, LEAF, PROT_READ));
	EXPECT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(SIGSEGV, nvg_poke(map, 1));
	close(self->gpu.fd);
	self->gpu.fd = -1;
	EXPECT_EQ(0, nvg_touch(map, &byte));
}

TEST_F(map, I10_type1_maps_the_memory_for_dma)
{
	size_t len = 4 * nvg_piece(&self->gpu);
	uint8_t *map = nvg_map(&self->gpu, 0, len, 0);
	const char *why = nvg_need_type1(&self->gpu);

	ASSERT_NE(MAP_FAILED, map);
	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, nvg_dma_map(&self->gpu, map, NVG_GIB, len));
	EXPECT_EQ(0, nvg_dma_unmap(&self->gpu, NVG_GIB, len));
}

NVG_HARNESS_MAIN
