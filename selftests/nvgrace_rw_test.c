// SPDX-License-Identifier: GPL-2.0-only
/* Do read() and write() reach the memory, its padding and its end as they must? */
#include <sys/uio.h>

#include "nvg_harness.h"

#define PAGE_MAX	(64 * NVG_KIB)	/* bytes: of any arm64 kernel */
#define WINDOW	(2 * PAGE_MAX + 77)	/* a few pages and not a whole one */

NVG_FIXTURE(rw, nvg_open_with_memory)

static bool no_padding(struct nvg_gpu *gpu)
{
	return gpu->mem_size == gpu->bar_size;
}

#define NO_PADDING "no padding: the memory's size is a power of two"

/* Where a test looks: begin, odd places, a page's end, the memory's end. */
static size_t places(struct nvg_gpu *gpu, uint64_t *place)
{
	uint64_t end = gpu->mem_size, page = nvg_page();
	size_t n = 0;

	place[n++] = 0;
	place[n++] = page - 1;
	place[n++] = end / 3 | 1;
	place[n++] = end / 2 / page * page + page - 3;
	place[n++] = end - WINDOW - 2 * page;
	place[n++] = end - WINDOW;
	return n;
}

static ssize_t cut_io(struct nvg_gpu *gpu, uint64_t off, uint8_t *buf,
		      size_t len, bool out)
{
	size_t done = 0;

	while (done < len) {
		size_t left = len - done;
		size_t piece = 1 + nvg_rand(nvg_rand(2) ? 9 : 9000);
		ssize_t ret;

		if (piece > left)
			piece = left;
		ret = out ? nvg_write(gpu, off + done, buf + done, piece) :
			    nvg_read(gpu, off + done, buf + done, piece);
		if (ret != (ssize_t)piece)
			return ret;
		done += piece;
	}
	return done;
}

TEST_F(rw, I1_reads_cut_at_random_return_the_bytes_of_the_whole)
{
	uint8_t data[WINDOW], whole[WINDOW], cut[WINDOW];
	uint64_t place[8];

	TH_LOG("NVGRACE_SEED=%lu", nvg_seed());
	for (size_t i = places(&self->gpu, place); i--;) {
		nvg_fill(data, WINDOW, i);
		ASSERT_EQ(WINDOW, nvg_write(&self->gpu, place[i], data, WINDOW));
		ASSERT_EQ(WINDOW, nvg_read(&self->gpu, place[i], whole, WINDOW));
		EXPECT_EQ(0, memcmp(data, whole, WINDOW))
			TH_LOG("whole read at 0x%lx", place[i]);
		ASSERT_EQ(WINDOW, cut_io(&self->gpu, place[i], cut, WINDOW, 0));
		EXPECT_EQ(0, memcmp(data, cut, WINDOW))
			TH_LOG("cut read at 0x%lx", place[i]);
	}
}

TEST_F(rw, I1_writes_cut_at_random_store_the_bytes_of_the_whole)
{
	uint8_t data[WINDOW], seen[WINDOW];
	uint64_t place[8];

	for (size_t i = places(&self->gpu, place); i--;) {
		nvg_fill(data, WINDOW, 100 + i);
		ASSERT_EQ(WINDOW, cut_io(&self->gpu, place[i], data, WINDOW, 1));
		ASSERT_EQ(WINDOW, nvg_read(&self->gpu, place[i], seen, WINDOW));
		EXPECT_EQ(0, memcmp(data, seen, WINDOW))
			TH_LOG("cut write at 0x%lx", place[i]);
	}
}

/* Lengths and offsets of 1 to 9 bytes: neighbours keep their value. */
TEST_F(rw, I1_short_unaligned_writes_touch_nothing_else)
{
	uint8_t old[32], data[9], want[32], seen[32];
	uint64_t start = nvg_page() - 12;

	nvg_fill(old, sizeof(old), 7);
	nvg_fill(data, sizeof(data), 8);
	for (size_t at = 1; at <= 9; at++) {
		for (size_t len = 1; len <= 9; len++) {
			nvg_write(&self->gpu, start, old, sizeof(old));
			memcpy(want, old, sizeof(old));
			memcpy(want + at, data, len);
			ASSERT_EQ(len, nvg_write(&self->gpu, start + at,
						 data, len));
			nvg_read(&self->gpu, start, seen, sizeof(seen));
			ASSERT_EQ(0, memcmp(want, seen, sizeof(want)))
				TH_LOG("%zu bytes, %zu in", len, at);
			memset(seen, 0, sizeof(seen));
			ASSERT_EQ(len, nvg_read(&self->gpu, start + at,
						seen, len));
			ASSERT_EQ(0, memcmp(data, seen, len));
			ASSERT_EQ(0, seen[len]);
		}
	}
}

TEST_F(rw, I1_vectored_access_advances_by_what_it_returns)
{
	uint8_t data[3000], one[5], two[1000], three[1995];
	struct iovec iov[] = {
		{ one, sizeof(one) }, { two, sizeof(two) },
		{ three, sizeof(three) },
	};
	uint64_t at = self->gpu.region[self->gpu.mem].offset + 3001;

	nvg_fill(one, sizeof(one), 1);
	nvg_fill(two, sizeof(two), 2);
	nvg_fill(three, sizeof(three), 3);
	ASSERT_EQ(3000, pwritev(self->gpu.fd, iov, 3, at));
	ASSERT_EQ(3000, nvg_read(&self->gpu, 3001, data, 3000));
	EXPECT_EQ(0, memcmp(data, one, 5));
	EXPECT_EQ(0, memcmp(data + 5, two, 1000));
	EXPECT_EQ(0, memcmp(data + 1005, three, 1995));
	memset(two, 0, sizeof(two));
	ASSERT_EQ(3000, preadv(self->gpu.fd, iov, 3, at));
	EXPECT_EQ(0, memcmp(data + 5, two, 1000));
}

/* The second vector lies past the end: what came before it counts. */
TEST_F(rw, I1_vectored_read_over_the_bars_end_is_short)
{
	uint8_t a[16], b[16];
	struct iovec iov[] = { { a, 16 }, { b, 16 } };
	struct nvg_region *region = &self->gpu.region[self->gpu.mem];

	EXPECT_EQ(16, preadv(self->gpu.fd, iov, 2,
			     region->offset + region->size - 16));
	EXPECT_EQ(24, preadv(self->gpu.fd, iov, 2,
			     region->offset + region->size - 24));
}

TEST_F(rw, I3_padding_reads_ones)
{
	uint64_t at[] = { self->gpu.mem_size, self->gpu.mem_size + 12345,
			  self->gpu.bar_size - WINDOW };
	uint8_t seen[WINDOW];

	if (no_padding(&self->gpu))
		SKIP(return, NO_PADDING);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		memset(seen, 0, WINDOW);
		ASSERT_EQ(WINDOW, nvg_read(&self->gpu, at[i], seen, WINDOW));
		for (size_t j = 0; j < WINDOW; j++) {
			ASSERT_EQ(0xff, seen[j])
				TH_LOG("0x%lx + %zu", at[i], j);
		}
	}
}

TEST_F(rw, I3_writes_to_the_padding_vanish_and_count)
{
	uint8_t data[WINDOW] = {}, before[64], after[64];

	if (no_padding(&self->gpu))
		SKIP(return, NO_PADDING);
	nvg_read(&self->gpu, self->gpu.mem_size - 64, before, 64);
	EXPECT_EQ(WINDOW, nvg_write(&self->gpu, self->gpu.mem_size, data,
				    WINDOW));
	EXPECT_EQ(1, nvg_write(&self->gpu, self->gpu.bar_size - 1, data, 1));
	nvg_read(&self->gpu, self->gpu.mem_size - 64, after, 64);
	EXPECT_EQ(0, memcmp(before, after, 64));
	ASSERT_EQ(64, nvg_read(&self->gpu, self->gpu.mem_size, after, 64));
	for (int i = 0; i < 64; i++) {
		EXPECT_EQ(0xff, after[i]);
	}
}

TEST_F(rw, I3_access_over_the_memorys_end_is_half_memory_half_ones)
{
	uint8_t data[64], seen[64];

	if (no_padding(&self->gpu))
		SKIP(return, NO_PADDING);
	for (int over = 1; over < 64; over++) {
		uint64_t at = self->gpu.mem_size - 64 + over;

		nvg_fill(data, 64, over);
		ASSERT_EQ(64, nvg_write(&self->gpu, at, data, 64));
		ASSERT_EQ(64, nvg_read(&self->gpu, at, seen, 64));
		ASSERT_EQ(0, memcmp(data, seen, 64 - over));
		for (int i = 64 - over; i < 64; i++) {
			ASSERT_EQ(0xff, seen[i]);
		}
	}
}

TEST_F(rw, I3_access_over_the_bars_end_is_short)
{
	uint8_t buf[64] = {};

	for (size_t in = 1; in < 64; in += 9) {
		uint64_t at = self->gpu.bar_size - in;

		EXPECT_EQ(in, nvg_read(&self->gpu, at, buf, 64));
		EXPECT_EQ(in, nvg_write(&self->gpu, at, buf, 64));
	}
}

TEST_F(rw, I3_access_at_and_past_the_bars_end_is_einval)
{
	uint64_t at[] = { self->gpu.bar_size, self->gpu.bar_size + 1,
			  2 * self->gpu.bar_size, (1ull << 40) - 1 };
	uint8_t byte = 0;

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		if (at[i] < self->gpu.bar_size || at[i] >= 1ull << 40)
			continue;
		EXPECT_EQ(-EINVAL, nvg_read(&self->gpu, at[i], &byte, 1));
		EXPECT_EQ(-EINVAL, nvg_write(&self->gpu, at[i], &byte, 1));
	}
}

TEST_F(rw, I7_nothing_to_move_is_zero_wherever)
{
	uint8_t byte;

	EXPECT_EQ(0, nvg_read(&self->gpu, 0, &byte, 0));
	EXPECT_EQ(0, nvg_write(&self->gpu, self->gpu.mem_size, &byte, 0));
	EXPECT_EQ(0, nvg_read(&self->gpu, self->gpu.bar_size, &byte, 0));
}

/* Where a user's buffer of four pages ends early: in the first page, at a page, later. */
#define HOLES	10

static void find_holes(size_t hole[HOLES])
{
	size_t page = nvg_page();
	size_t all[HOLES] = { 0, 1, 7, 8, 9, page - 1, page, page + 1,
			      2 * page + 808, 3 * page };

	memcpy(hole, all, sizeof(all));
}

TEST_F(rw, I4_failed_write_stores_what_it_reports_and_no_more)
{
	static uint8_t old[4 * PAGE_MAX], new[4 * PAGE_MAX], seen[4 * PAGE_MAX];
	size_t hole[HOLES], len = 4 * nvg_page();
	uint64_t at = nvg_page() - 3;

	find_holes(hole);
	nvg_fill(old, len, 1);
	nvg_fill(new, len, 2);
	for (size_t i = 0; i < HOLES; i++) {
		uint8_t *buf = nvg_buffer_with_hole(hole[i], len);
		ssize_t ret;

		nvg_write(&self->gpu, at, old, len);
		memcpy(buf, new, hole[i]);
		ret = nvg_write(&self->gpu, at, buf, len);
		EXPECT_EQ(hole[i] ? (ssize_t)hole[i] : -EFAULT, ret);
		if (ret < 0)
			ret = 0;
		nvg_read(&self->gpu, at, seen, len);
		EXPECT_EQ(0, memcmp(seen, new, ret));
		EXPECT_EQ(0, memcmp(seen + ret, old + ret, len - ret))
			TH_LOG("%zu good bytes, %zd reported", hole[i], ret);
	}
}

TEST_F(rw, I4_failed_read_reports_what_it_copied)
{
	static uint8_t data[4 * PAGE_MAX];
	size_t hole[HOLES], len = 4 * nvg_page();

	find_holes(hole);
	nvg_fill(data, len, 3);
	ASSERT_EQ(len, nvg_write(&self->gpu, 11, data, len));
	for (size_t i = 0; i < HOLES; i++) {
		uint8_t *buf = nvg_buffer_with_hole(hole[i], len);
		ssize_t ret = nvg_read(&self->gpu, 11, buf, len);

		EXPECT_EQ(hole[i] ? (ssize_t)hole[i] : -EFAULT, ret);
		if (ret > 0) {
			EXPECT_EQ(0, memcmp(buf, data, ret));
		}
	}
}

/* A register's worth is one access only where all of the buffer is there. */
TEST_F(rw, I4_word_with_half_a_buffer_is_half_done)
{
	uint8_t *buf = nvg_buffer_with_hole(2, 4), old[4], seen[4];
	uint64_t at = nvg_page();

	nvg_fill(old, sizeof(old), 4);
	ASSERT_EQ(4, nvg_write(&self->gpu, at, old, 4));
	buf[0] = ~old[0];
	buf[1] = ~old[1];
	EXPECT_EQ(2, nvg_write(&self->gpu, at, buf, 4));
	ASSERT_EQ(4, nvg_read(&self->gpu, at, seen, 4));
	EXPECT_EQ(0, memcmp(seen, buf, 2));
	EXPECT_EQ(0, memcmp(seen + 2, old + 2, 2));
	memset(buf, 0, 2);
	EXPECT_EQ(2, nvg_read(&self->gpu, at, buf, 4));
	EXPECT_EQ(0, memcmp(seen, buf, 2));
}

TEST_F(rw, I4_read_of_the_padding_into_a_hole_is_short)
{
	size_t hole[HOLES], len = 4 * nvg_page();

	if (no_padding(&self->gpu))
		SKIP(return, NO_PADDING);
	find_holes(hole);
	for (size_t i = 0; i < HOLES; i++) {
		uint8_t *buf = nvg_buffer_with_hole(hole[i], len);

		EXPECT_EQ(hole[i] ? (ssize_t)hole[i] : -EFAULT,
			  nvg_read(&self->gpu, self->gpu.mem_size, buf, len));
	}
}

/* A buffer not yet faulted in is not a bad one. */
TEST_F(rw, I4_untouched_user_pages_are_no_failure)
{
	size_t len = 4 * NVG_MIB;
	uint8_t *buf = mmap(NULL, len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, buf);
	EXPECT_EQ(len, nvg_write(&self->gpu, 0, buf, len));
	madvise(buf, len, MADV_DONTNEED);
	EXPECT_EQ(len, nvg_read(&self->gpu, 0, buf, len));
}

TEST_F(rw, I4_buffer_in_the_memory_itself_is_no_deadlock)
{
	size_t page = nvg_page();
	uint8_t *map = nvg_map(&self->gpu, 0, 16 * page, 0);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(page, nvg_read(&self->gpu, 0, map + 2 * page, page));
	EXPECT_EQ(page, nvg_write(&self->gpu, 4 * page, map, page));
}

static void expect_all_refused(struct __test_metadata *_metadata,
			       struct nvg_gpu *gpu)
{
	uint8_t byte = 0;

	EXPECT_EQ(-EIO, nvg_read(gpu, 0, &byte, 1));
	EXPECT_EQ(-EIO, nvg_write(gpu, 0, &byte, 1));
	EXPECT_EQ(-EIO, nvg_read(gpu, gpu->mem_size - 1, &byte, 1));
	if (!no_padding(gpu)) {
		EXPECT_EQ(-EIO, nvg_read(gpu, gpu->mem_size, &byte, 1));
		EXPECT_EQ(-EIO, nvg_write(gpu, gpu->mem_size, &byte, 1));
	}
	EXPECT_EQ(-EINVAL, nvg_read(gpu, gpu->bar_size, &byte, 1));
}

TEST_F(rw, I5_access_with_memory_space_off_is_eio)
{
	uint8_t data = 0xa5, seen = 0;

	ASSERT_EQ(1, nvg_write(&self->gpu, 100, &data, 1));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, false));
	expect_all_refused(_metadata, &self->gpu);
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	EXPECT_EQ(1, nvg_read(&self->gpu, 100, &seen, 1));
	EXPECT_EQ(0xa5, seen);
}

TEST_F(rw, I5_access_outside_d0_is_eio)
{
	uint8_t byte;

	if (nvg_power(&self->gpu, 3))
		SKIP(return, "the GPU has no power-management capability");
	expect_all_refused(_metadata, &self->gpu);
	ASSERT_EQ(0, nvg_power(&self->gpu, 0));
	nvg_mem_enable(&self->gpu, true);
	EXPECT_EQ(1, nvg_read(&self->gpu, 0, &byte, 1));
}

NVG_HARNESS_MAIN
