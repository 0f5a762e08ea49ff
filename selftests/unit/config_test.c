// SPDX-License-Identifier: GPL-2.0-only
/* Does config.c answer any access as byte after byte would be answered? */
#include "unit_config.h"

static void I1_any_read_is_the_bytes_it_spans(void)
{
	u8 bytes[HEADER], buf[HEADER];

	set_up();
	nvg.bar_reg[0] = 0x1122334455667788;
	nvg.bar_reg[1] = 0x99aabbccddeeff00;
	snapshot(bytes);
	for (u32 at = 0; at < HEADER; at++) {
		for (size_t len = 1; len <= HEADER - at; len++) {
			CHECK(access_at(at, buf, len, len, false) == (ssize_t)len,
			      "%zu at %#x", len, at);
			CHECK(!memcmp(buf, bytes + at, len), "%zu at %#x", len,
			      at);
		}
	}
}

static void I1_any_write_is_the_bytes_it_spans(void)
{
	u8 data[HEADER], whole[HEADER], bytewise[HEADER];

	for (size_t i = 0; i < HEADER; i++)
		data[i] = 0xf1 + i * 13;
	for (u32 at = 0; at < HEADER; at++) {
		for (size_t len = 1; len <= HEADER - at; len++) {
			set_up();
			access_at(at, data, len, len, true);
			snapshot(whole);
			set_up();
			for (size_t i = 0; i < len; i++)
				access_at(at + i, data + i, 1, 1, true);
			snapshot(bytewise);
			CHECK(!memcmp(whole, bytewise, HEADER), "%zu at %#x",
			      len, at);
		}
	}
}

static void I2_sizing_two_bars_at_once(void)
{
	u8 ones[24], header[HEADER];

	set_up();
	memset(ones, 0xff, sizeof(ones));
	access_at(PCI_BASE_ADDRESS_0, ones, 24, 24, true);
	snapshot(header);
	CHECK(bar_at(header, BAR2) == (~(GIB - 1) | 0xc), "%#lx",
	      bar_at(header, BAR2));
	CHECK(bar_at(header, BAR4) == (~(128 * GIB - 1) | 0xc), "%#lx",
	      bar_at(header, BAR4));
	CHECK(hardware[BAR2] == (u8)(BAR2 * 7) && hardware[BAR4 + 7] ==
	      (u8)((BAR4 + 7) * 7), "hardware was written");
	CHECK(hardware[PCI_BASE_ADDRESS_1] == 0xff, "BAR1 is hardware's");
}

/* At every length of a buffer over both BARs and what is around them. */
static void I4_failed_write_changes_only_what_it_reports(void)
{
	u8 data[HEADER], before[HEADER], after[HEADER], want[HEADER];

	memset(data, 0xa5, sizeof(data));
	for (size_t good = 0; good < HEADER; good++) {
		ssize_t ret;

		set_up();
		snapshot(before);
		ret = access_at(0, data, HEADER, good, true);
		CHECK(ret <= (ssize_t)good && (ret >= 0 || ret == -EFAULT),
		      "%zd of %zu", ret, good);
		snapshot(after);
		set_up();
		for (ssize_t i = 0; i < ret; i++)
			access_at(i, data + i, 1, 1, true);
		snapshot(want);
		CHECK(!memcmp(after, want, HEADER), "%zu good, %zd reported",
		      good, ret);
	}
}

/* Between two registers all that was there counts: less than one is lost. */
static void I4_progress_is_a_short_count(void)
{
	u8 buf[HEADER];

	for (size_t good = 0; good < HEADER; good++) {
		ssize_t read, written;

		set_up();
		read = access_at(0, buf, HEADER, good, false);
		set_up();
		written = access_at(0, buf, HEADER, good, true);
		CHECK(good - (read > 0 ? read : 0) < 8, "%zd of %zu", read, good);
		CHECK(read == written, "%zd, %zd", read, written);
		CHECK((read < 0) == (good < 4), "%zd of %zu", read, good);
	}
}

static void access_past_config_space_is_efault(void)
{
	u8 buf[16] = {};

	set_up();
	CHECK(access_at(4096, buf, 1, 1, false) == -EFAULT, "at the end");
	CHECK(access_at(5000, buf, 4, 4, true) == -EFAULT, "past the end");
	CHECK(access_at(4092, buf, 8, 8, false) == 4, "over the end");
}

/* The user's buffer may go on behind what is asked for, and so may config space. */
static void access_touches_no_byte_more_than_asked_for(void)
{
	u8 buf[2 * HEADER], before[HEADER], after[HEADER];

	for (size_t len = 1; len < HEADER; len++) {
		set_up();
		memset(buf, 0x5a, sizeof(buf));
		CHECK(access_at(0, buf, len, sizeof(buf), false) == (ssize_t)len, "%zu", len);
		CHECK(buf[len] == 0x5a, "%zu", len);
		snapshot(before);
		memset(buf, 0xff, sizeof(buf));
		CHECK(access_at(0, buf, len, sizeof(buf), true) == (ssize_t)len, "%zu", len);
		snapshot(after);
		CHECK(!memcmp(after + len, before + len, HEADER - len), "%zu", len);
	}
}

static void I1_aligned_access_is_one_piece(void)
{
	u8 buf[4] = {};

	set_up();
	for (size_t len = 1; len <= 4; len *= 2) {
		pieces = 0;
		access_at(HEADER, buf, len, len, true);
		CHECK(pieces == 1, "%zu bytes, %u pieces", len, pieces);
	}
}

/* Where the number of the register that is reached has more than 32 bits. */
static void register_is_not_found_again_16_gib_later(void)
{
	loff_t ppos = BASE + (1ULL << 34) + BAR2;
	u8 buf[4] = {};

	set_up();
	unit_hole = buf + sizeof(buf);
	CHECK(nvgrace_config_rw(&nvg, (char *)buf, 4, &ppos, false) == -EFAULT, "read");
}

static void I2_made_up_bar_may_be_the_first(void)
{
	u8 ones[8], header[HEADER];

	set_up();
	nvg.regions[1].bar = 0;
	memset(ones, 0xff, sizeof(ones));
	access_at(PCI_BASE_ADDRESS_0, ones, 8, 8, true);
	snapshot(header);
	CHECK(bar_at(header, PCI_BASE_ADDRESS_0) == (~(GIB - 1) | 0xc), "%#lx",
	      bar_at(header, PCI_BASE_ADDRESS_0));
}

/* One copy in, one copy out. */
static void register_is_read_and_written_under_its_lock(void)
{
	u8 buf[8] = {};

	set_up();
	unit_locks_taken = 0;
	access_at(BAR2, buf, 8, 8, true);
	CHECK(unit_locks_taken == 1, "written, %u locks", unit_locks_taken);
	access_at(BAR2, buf, 8, 8, false);
	CHECK(unit_locks_taken == 2, "read, %u locks", unit_locks_taken);
	nvgrace_config_reset(&nvg);
	CHECK(unit_locks_taken == 3, "forgotten, %u locks", unit_locks_taken);
}

static void I16_without_memory_all_is_hardwares(void)
{
	u8 data[HEADER];

	set_up();
	nvg.nr_regions = 0;
	memset(data, 0x3c, sizeof(data));
	CHECK(access_at(0, data, HEADER, HEADER, true) == HEADER, "write");
	CHECK(!memcmp(hardware, data, HEADER), "not all of it arrived");
}

/* Grace Hopper's memory as one BAR2: of its BAR4 nobody sees anything. */
static void I22_hidden_bar_reads_zero_and_its_writes_reach_nobody(void)
{
	u8 before[sizeof(hardware)], data[8], zero[8] = {}, seen[8];

	for (u32 at = BAR4; at < BAR4 + 8; at++) {
		size_t len = BAR4 + 8 - at;

		set_up();
		nvg.nr_regions = 1;
		nvg.regions[0].bar = 2;
		nvg.blank_bars = 0x30;
		memcpy(before, hardware, sizeof(before));
		memset(data, 0xff, sizeof(data));
		CHECK(access_at(at, data, len, len, true) == len, "%#x", at);
		memset(seen, 0xa5, sizeof(seen));
		CHECK(access_at(at, seen, len, len, false) == len, "%#x", at);
		CHECK(!memcmp(seen, zero, len), "not zero from %#x on", at);
		CHECK(!memcmp(hardware, before, sizeof(before)), "written");
		CHECK(access_at(at, seen, len, 0, false) == -EFAULT, "%#x", at);
		CHECK(access_at(at, seen, len, 0, true) == -EFAULT, "%#x", at);
	}
}

static void open_forgets_the_last_users_address(void)
{
	set_up();
	nvg.bar_reg[0] = nvg.bar_reg[1] = ~0ULL;
	nvgrace_config_reset(&nvg);
	CHECK(!nvg.bar_reg[0] && !nvg.bar_reg[1], "remembered");
}

int main(void)
{
	CLAIM(I1_any_read_is_the_bytes_it_spans);
	CLAIM(I1_any_write_is_the_bytes_it_spans);
	CLAIM(I2_sizing_two_bars_at_once);
	CLAIM(I4_failed_write_changes_only_what_it_reports);
	CLAIM(I4_progress_is_a_short_count);
	CLAIM(access_past_config_space_is_efault);
	CLAIM(access_touches_no_byte_more_than_asked_for);
	CLAIM(register_is_read_and_written_under_its_lock);
	CLAIM(I1_aligned_access_is_one_piece);
	CLAIM(register_is_not_found_again_16_gib_later);
	CLAIM(I2_made_up_bar_may_be_the_first);
	CLAIM(I16_without_memory_all_is_hardwares);
	CLAIM(I22_hidden_bar_reads_zero_and_its_writes_reach_nobody);
	CLAIM(open_forgets_the_last_users_address);
	return unit_end();
}
