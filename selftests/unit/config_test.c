// SPDX-License-Identifier: GPL-2.0-only
/* Does config.c answer any access as byte after byte would be answered? */
#include "unit_user.h"

/* The core, as far as config.c may use it: aligned pieces of one register. */
static u8 hardware[4096];
static unsigned int power_writes;
static unsigned int power_changes;	/* begun and not ended */
static unsigned int pages_lost;		/* how often the buffer goes away between */

static bool piece_is_allowed(loff_t pos, size_t count)
{
	return (pos >> VFIO_PCI_OFFSET_SHIFT) == VFIO_PCI_CONFIG_REGION_INDEX &&
	       (count == 1 || count == 2 || count == 4) && !(pos % count);
}

static ssize_t vfio_pci_core_read(struct vfio_device *vdev, char *buf,
				  size_t count, loff_t *ppos)
{
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;

	CHECK(piece_is_allowed(*ppos, count), "%zu at %#lx", count, *ppos);
	if (pos + count > sizeof(hardware) ||
	    copy_to_user(buf, hardware + pos, count))
		return -EFAULT;
	*ppos += count;
	return count;
}

static ssize_t vfio_pci_core_write(struct vfio_device *vdev, const char *buf,
				   size_t count, loff_t *ppos)
{
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;
	u8 piece[4];

	CHECK(piece_is_allowed(*ppos, count), "%zu at %#lx", count, *ppos);
	CHECK(power_changes == unit_pagefaults_off,
	      "user memory is waited for during a power change");
	if (power_changes && pages_lost && pages_lost--)
		return -EFAULT;
	if (pos + count > sizeof(hardware) || copy_from_user(piece, buf, count))
		return -EFAULT;
	memcpy(hardware + pos, piece, count);
	*ppos += count;
	return count;
}

#include "../../region.c"

void nvgrace_power_begin(struct nvgrace_device *nvg)
{
	power_changes++;
	power_writes++;
}

void nvgrace_power_end(struct nvgrace_device *nvg)
{
	power_changes--;
}

#include "../../config.c"

#define GIB	(1ULL << 30)
#define BAR2	PCI_BASE_ADDRESS_2
#define BAR4	PCI_BASE_ADDRESS_4
#define HEADER	64
#define BASE	VFIO_PCI_INDEX_TO_OFFSET(VFIO_PCI_CONFIG_REGION_INDEX)

static struct pci_dev pdev = { .pm_cap = 0x60 };
static struct nvgrace_device nvg;

/* The split layout of 95 GiB: two made-up BARs, side by side. */
static void set_up(void)
{
	memset(&nvg, 0, sizeof(nvg));
	nvg.core.pdev = &pdev;
	nvg.nr_regions = 2;
	nvgrace_region_init(&nvg.regions[0], 4, 0, 94 * GIB, true);
	nvgrace_region_init(&nvg.regions[1], 2, 94 * GIB, GIB, false);
	for (size_t i = 0; i < sizeof(hardware); i++)
		hardware[i] = i * 7;
	power_writes = 0;
	pages_lost = 0;
	unit_watched = &nvg.config_lock;
}

/* An access of which the user's buffer has only the first good bytes. */
static ssize_t access_at(u32 pos, u8 *buf, size_t len, size_t good, bool write)
{
	loff_t ppos = BASE + pos;
	ssize_t ret;

	unit_hole = buf + good;
	ret = nvgrace_config_rw(&nvg, (char *)buf, len, &ppos, write);
	CHECK(ppos == (loff_t)(BASE + pos + (ret > 0 ? ret : 0)),
	      "position moved by %lld for %zd", (long long)(ppos - BASE - pos),
	      ret);
	CHECK(!unit_locks_held, "a lock is left");
	CHECK(!power_changes, "a power change has no end");
	return ret;
}

static void snapshot(u8 *header)
{
	for (u32 i = 0; i < HEADER; i++)
		access_at(i, header + i, 1, 1, false);
}

static u64 bar_at(const u8 *header, u32 at)
{
	u64 val;

	memcpy(&val, header + at, sizeof(val));
	return val;
}

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

/* I11: what may enter or end D3 is told before and after the core does it. */
static void I11_every_write_that_touches_power_control_counts(void)
{
	u32 pmcsr = pdev.pm_cap + PCI_PM_CTRL;
	u8 buf[32] = {};

	for (u32 at = pmcsr - 8; at < pmcsr + 4; at++) {
		for (size_t len = 1; len <= 12; len++) {
			bool touches = at < pmcsr + 2 && at + len > pmcsr;

			set_up();
			access_at(at, buf, len, len, true);
			CHECK(!!power_writes == touches, "%zu at %#x: %u", len,
			      at, power_writes);
			power_writes = 0;
			access_at(at, buf, len, len, false);
			CHECK(!power_writes, "a read at %#x", at);
		}
	}
}

/* Reclaimed between being faulted in and being copied: tried again, not for ever. */
static void I4_power_control_from_a_page_that_goes_away(void)
{
	u32 pmcsr = pdev.pm_cap + PCI_PM_CTRL;
	u8 buf[2] = { 3, 0 };

	set_up();
	pages_lost = 3;
	CHECK(access_at(pmcsr, buf, 2, 2, true) == 2, "given up");
	CHECK(hardware[pmcsr] == 3 && power_writes == 4, "%u", power_writes);
	set_up();
	pages_lost = 15;
	CHECK(access_at(pmcsr, buf, 2, 2, true) == 2, "given up before the 16th time");
	set_up();
	pages_lost = 16;
	CHECK(access_at(pmcsr, buf, 2, 2, true) == -EFAULT, "tried a 17th time");
	CHECK(power_writes == 16, "%u", power_writes);
	pages_lost = 1000;
	CHECK(access_at(pmcsr, buf, 2, 2, true) == -EFAULT, "no error");
}

/* Nobody can use the memory during a power change: none is begun for nothing. */
static void I4_power_control_from_a_page_that_is_not_there(void)
{
	u8 buf[2] = { 3, 0 };

	set_up();
	CHECK(access_at(pdev.pm_cap + PCI_PM_CTRL, buf, 2, 0, true) == -EFAULT, "no error");
	CHECK(!power_writes, "begun");
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
	CLAIM(I11_every_write_that_touches_power_control_counts);
	CLAIM(I4_power_control_from_a_page_that_goes_away);
	CLAIM(I4_power_control_from_a_page_that_is_not_there);
	CLAIM(access_touches_no_byte_more_than_asked_for);
	CLAIM(register_is_read_and_written_under_its_lock);
	CLAIM(I16_without_memory_all_is_hardwares);
	CLAIM(I22_hidden_bar_reads_zero_and_its_writes_reach_nobody);
	CLAIM(open_forgets_the_last_users_address);
	return unit_end();
}
