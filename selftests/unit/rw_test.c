// SPDX-License-Identifier: GPL-2.0-only
/* Does rw.c move exactly the bytes that it says, whatever comes in between? */
#include "unit_rw.h"

static void set_up(void)
{
	memset(&nvg, 0, sizeof(nvg));
	memset(&now, 0, sizeof(now));
	now.kill_at = now.bad = ~0ULL >> 1;
	nvg.core.pdev = &pdev;
	nvgrace_region_init(&nvg.regions[0], 4, 0, MEMORY, true);
	for (size_t i = 0; i < MEMORY; i++)
		memory[i] = i * 31 + (i >> 8);
	memset(buffer, 0xa5, sizeof(buffer));
	unit_hole = buffer + sizeof(buffer);
	unit_watched = NULL;
}

/* One access, and what must hold after any. */
static ssize_t access_at(u64 offset, size_t count, bool write)
{
	enum nvgrace_counter counter = write ? NVGRACE_BYTES_WRITTEN : NVGRACE_BYTES_READ;
	s64 before = nvg.counters[counter].counter;
	loff_t pos = AT(offset);
	ssize_t done;

	reading = !write;
	now.traced = ~0;
	done = nvgrace_region_rw(&nvg, &nvg.regions[0], (char *)user, count, &pos, write);
	CHECK(pos == (loff_t)AT(offset) + (done > 0 ? done : 0), "%zd, but %#lx", done, (long)pos);
	CHECK(nvg.counters[counter].counter - before == (done > 0 ? done : 0), "%zd", done);
	CHECK(!unit_locks && !unit_locks_held && !unit_pagefaults_off && !now.awake &&
	      now.gets == now.puts && !nvg.core.memory_lock.readers, "something is kept");
	return done;
}

static u8 byte_at(u64 offset)
{
	return offset < MEMORY ? (u8)(offset * 31 + (offset >> 8)) : 0xff;
}

static void read_is_right(u64 offset, size_t count, size_t right)
{
	ssize_t done;

	memset(buffer, 0xa5, sizeof(buffer));
	done = access_at(offset, count, false);
	CHECK(done == (ssize_t)right, "%zu at %#lx: %zd", count, offset, done);
	CHECK(now.traced == done, "traced %zd", now.traced);
	for (size_t i = 0; i < right; i++)
		CHECK(user[i] == byte_at(offset + i), "byte %zu of %zu at %#lx", i, count, offset);
	CHECK(user[right] == 0xa5, "more than %zu at %#lx", right, offset);
}

static void write_is_right(u64 offset, size_t count, size_t right)
{
	static u8 before[MEMORY];
	ssize_t done;

	memcpy(before, memory, MEMORY);
	for (size_t i = 0; i < count && i < sizeof(buffer); i++)
		buffer[i] = ~byte_at(offset + i) ^ 0x40;
	done = access_at(offset, count, true);
	CHECK(done == (ssize_t)right, "%zu at %#lx: %zd", count, offset, done);
	for (size_t i = 0; i < right && offset + i < MEMORY; i++)
		before[offset + i] = user[i];
	CHECK(!memcmp(before, memory, MEMORY), "%zu at %#lx", count, offset);
	memcpy(memory, before, MEMORY);
}

static const u64 offsets[] = {
	0, 1, 4, 6, 4096, SZ_64K - 3, WINDOW - 2, WINDOW, MEMORY - 5, MEMORY - 4, MEMORY - 1,
	MEMORY, MEMORY + 1, MEMORY + 4096, BAR - 1, BAR - 4,
};

static const size_t counts[] = {
	1, 2, 3, 4, 5, 8, 4095, 4096, 4097, SZ_64K, SZ_64K + 1, 2 * SZ_64K + 7, MEMORY, BAR,
};

static void I1_I3_any_length_at_any_place(void)
{
	for (size_t o = 0; o < ARRAY_SIZE(offsets); o++)
		for (size_t c = 0; c < ARRAY_SIZE(counts); c++) {
			size_t right = min(counts[c], BAR - offsets[o]);

			set_up();
			read_is_right(offsets[o], counts[c], right);
			set_up();
			write_is_right(offsets[o], counts[c], right);
		}
	set_up();
	for (u64 offset = BAR; offset < BAR + 8; offset++) {
		CHECK(access_at(offset, 4, false) == -EINVAL, "read at the end");
		CHECK(access_at(offset, 4, true) == -EINVAL, "write at the end");
	}
}

/* As a register: four aligned bytes are one access, and nothing else is. */
static void I2_a_word_is_one_access(void)
{
	for (u64 offset = 64; offset < 72; offset++)
		for (size_t count = 1; count <= 8; count++)
			for (int write = 0; write < 2; write++) {
				set_up();
				access_at(offset, count, write);
				CHECK(now.words == (count == 4 && offset % 4 == 0),
				      "%zu at %#lx: %u", count, offset, now.words);
			}
}

/* What is there of a word, and no more (I1: as byte after byte). */
static void I4_the_count_ends_where_the_buffer_does(void)
{
	static const size_t goods[] = { 0, 1, 2, 3, 5, 4096, SZ_64K + 9, MEMORY - 2 };

	for (size_t g = 0; g < ARRAY_SIZE(goods); g++)
		for (u64 offset = 0; offset < 2; offset++) {
			size_t good = goods[g], count = good < 4 ? 4 : MEMORY - offset;
			ssize_t right = min(good, count) ?: -EFAULT;

			set_up();
			unit_hole = buffer + good;
			CHECK(access_at(offset, count, false) == right, "read of %zu", good);
			CHECK(!now.words, "a word that is not there");
			CHECK(now.faulted_in == 1, "asked for %u times", now.faulted_in);
			set_up();
			unit_hole = buffer + good;
			CHECK(access_at(offset, count, true) == right, "write of %zu", good);
			CHECK(memory[offset + good] == byte_at(offset + good), "written");
		}
}

static void I4_padding_ends_where_the_buffer_does(void)
{
	for (size_t good = 0; good < 3 * 4096; good += 1365) {
		set_up();
		unit_hole = buffer + good;
		CHECK(access_at(MEMORY, 4 * 4096, false) == ((ssize_t)good ?: -EFAULT), "%zu",
		      good);
		unit_hole = buffer + good + 100;
		CHECK(access_at(MEMORY - 100, 4 * 4096, false) == (ssize_t)good + 100, "%zu", good);
	}
}

/* Seventeen times in a row without a byte: given up; a byte begins the count anew. */
static void I4_a_page_that_is_reclaimed_again_and_again(void)
{
	for (int write = 0; write < 2; write++) {
		set_up();
		now.reclaimed = buffer;
		now.reclaims = NVGRACE_FAULT_TRIES - 1;
		CHECK(access_at(0, 100, write) == 100, "given up");
		CHECK(now.faulted_in == NVGRACE_FAULT_TRIES, "%u", now.faulted_in);
		set_up();
		now.reclaimed = buffer;
		now.reclaims = NVGRACE_FAULT_TRIES;
		CHECK(access_at(0, 100, write) == -EFAULT, "never given up");
		set_up();
		now.reclaimed = buffer + 4096;
		now.reclaims = NVGRACE_FAULT_TRIES;
		CHECK(access_at(0, 5000, write) == 4096, "progress is lost");
	}
}

/* Of a page that is missing the beginning may be there. */
static void I4_a_page_half_of_which_comes_is_tried_again(void)
{
	set_up();
	now.reclaimed = buffer;
	unit_hole = buffer + 10;
	CHECK(access_at(0, 100, true) == 10, "not what is there");
}

static void I5_no_access_with_the_device_off(void)
{
	for (int write = 0; write < 2; write++) {
		set_up();
		now.get_error = -EIO;
		CHECK(access_at(0, 4096, write) == -EIO, "memory");
		now.get_error = 0;
		now.space_off = true;
		CHECK(access_at(MEMORY, 4, write) == -EIO, "padding");
		CHECK(access_at(MEMORY - 4, 8, write) == 4, "the memory's part is done");
		now.space_off = false;
		nvg.core.pm_runtime_engaged = true;
		CHECK(access_at(MEMORY, 4, write) == -EIO, "padding in low power");
		nvg.core.pm_runtime_engaged = false;
		now.asleep = true;
		CHECK(access_at(0, 4, write) == -EIO, "it does not wake up");
	}
}

static void I6_a_fatal_signal_ends_it_after_a_chunk(void)
{
	for (int write = 0; write < 2; write++) {
		set_up();
		now.kill_at = 1;
		CHECK(access_at(0, MEMORY, write) == SZ_64K, "one chunk, and what was done");
		set_up();
		CHECK(access_at(0, MEMORY, write) == MEMORY && now.rests == now.gets,
		      "others run after each chunk: %u of %u", now.rests, now.gets);
		set_up();
		now.kill_at = 0;
		CHECK(access_at(0, MEMORY, write) == -EINTR, "nothing is done");
	}
	set_up();
	now.kill_at = 0;
	CHECK(access_at(MEMORY, 4096, false) == -EINTR, "padding");
	set_up();
	CHECK(access_at(MEMORY, 3 * 4096, false) == 3 * 4096 && now.rests == 3, "%u", now.rests);
}

static void I12_untrained_memory_is_waited_for_without_a_lock(void)
{
	for (int write = 0; write < 2; write++) {
		set_up();
		now.untrained = 3;
		CHECK(access_at(0, SZ_64K, write) == SZ_64K, "not done");
		CHECK(now.waits == 3 && now.gets == 1, "%u waits, %u gets", now.waits, now.gets);
		set_up();
		now.untrained = 1;
		now.wait_error = -EINTR;
		CHECK(access_at(0, SZ_64K, write) == -EINTR && !now.gets, "a signal");
		set_up();
		now.get_error = -ENODEV;
		now.get_error_at = SZ_64K;
		CHECK(access_at(0, MEMORY, write) == SZ_64K, "what was done before it");
		CHECK(access_at(0, MEMORY, write) == -ENODEV && !now.waits, "it is lost");
	}
}

static void I17_a_bad_page_is_not_touched(void)
{
	for (int write = 0; write < 2; write++) {
		set_up();
		now.bad = SZ_64K;
		CHECK(access_at(0, MEMORY, write) == SZ_64K, "up to it");
		CHECK(access_at(SZ_64K, 4, write) == -EHWPOISON, "in it");
		CHECK(access_at(SZ_64K + PAGE_SIZE, 4, write) == 4, "behind it");
		CHECK(access_at(SZ_64K - 4, 4, write) == 4, "before it");
	}
}

static void I20_no_memory_for_page_tables(void)
{
	set_up();
	now.no_window = true;
	CHECK(access_at(0, 4, false) == -ENOMEM, "read");
	CHECK(access_at(0, 4, true) == -ENOMEM, "write");
}

int main(void)
{
	CLAIM(I1_I3_any_length_at_any_place);
	CLAIM(I2_a_word_is_one_access);
	CLAIM(I4_the_count_ends_where_the_buffer_does);
	CLAIM(I4_padding_ends_where_the_buffer_does);
	CLAIM(I4_a_page_that_is_reclaimed_again_and_again);
	CLAIM(I4_a_page_half_of_which_comes_is_tried_again);
	CLAIM(I5_no_access_with_the_device_off);
	CLAIM(I6_a_fatal_signal_ends_it_after_a_chunk);
	CLAIM(I12_untrained_memory_is_waited_for_without_a_lock);
	CLAIM(I17_a_bad_page_is_not_touched);
	CLAIM(I20_no_memory_for_page_tables);
	return unit_end();
}
