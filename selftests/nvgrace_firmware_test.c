// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a page that firmware reports bad, and of the guest that has it? */
#include <signal.h>

#include "nvg_facts.h"
#include "nvg_harness.h"

#define LEAF		(2 * NVG_MIB)
#define BAR_IN_GUEST	(1 * NVG_GIB)	/* guest physical */

FIXTURE(firmware) {
	struct nvg_gpu gpu;
	uint64_t base;		/* host physical address of the memory */
	size_t page;
};

FIXTURE_SETUP(firmware)
{
	const char *why = nvg_open_with_memory(&self->gpu);
	struct nvg_facts facts;

	if (!why)
		why = nvg_need_firmware() ?: nvg_read_facts(nvg_bdf(), &facts);
	if (why)
		SKIP(return, "%s", why);
	self->base = facts.base;
	self->page = nvg_page();
	nvg_watch_sigbus();
}

FIXTURE_TEARDOWN(firmware)
{
	nvg_close(&self->gpu);
}

/* Each test ruins pages of its own, on a 64 KiB boundary. */
static uint64_t place(int n)
{
	return NVG_GIB + n * 4 * LEAF + 64 * NVG_KIB;
}

static bool listed(uint64_t phys)
{
	char text[NVG_ATTRIBUTE + 1], want[32];

	if (nvg_attribute(nvg_bdf(), "retired_pages", text, NVG_ATTRIBUTE) < 0)
		return false;
	strcat(text, "\n");
	snprintf(want, sizeof(want), "%#lx\n", phys);
	return strstr(text, want);
}

TEST_F(firmware, I17_page_is_unmapped_and_refused_and_its_owner_told_where)
{
	uint64_t at = place(1), leaf = at / LEAF * LEAF;
	uint8_t *map = nvg_map(&self->gpu, leaf, LEAF, 0), buf[64];

	nvg_ask_for_early_kill();
	ASSERT_NE(MAP_FAILED, map);
	map += at - leaf;
	ASSERT_EQ(0, nvg_poke_code(map));
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_report(NVG_UNCORRECTED, self->base + at));
	nvg_wait_for_sigbus();
	EXPECT_EQ(1, nvg_sigbus.hits);
	EXPECT_EQ(BUS_MCEERR_AO, nvg_sigbus.code);
	EXPECT_EQ((uintptr_t)map, nvg_sigbus.at);
	ASSERT_EQ(0, nvg_until_dealt_with());
	EXPECT_EQ(BUS_MCEERR_AR, nvg_poke_code(map));
	EXPECT_EQ(BUS_MCEERR_AR, nvg_poke_code(map + self->page - 1));
	EXPECT_EQ(0, nvg_poke_code(map - 1));
	EXPECT_EQ(0, nvg_poke_code(map + self->page));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, buf, 8));
	EXPECT_EQ(-EHWPOISON, nvg_write(&self->gpu, at, buf, 8));
	EXPECT_EQ(24, nvg_read(&self->gpu, at - 24, buf, 64));
	EXPECT_EQ(64, nvg_read(&self->gpu, at + self->page, buf, 64));
}

TEST_F(firmware, I17_page_that_nobody_maps_is_refused_at_the_next_access)
{
	uint64_t at = place(2), word;
	uint8_t *map;

	ASSERT_EQ(8, nvg_read(&self->gpu, at, &word, 8));
	ASSERT_EQ(0, nvg_ruin(self->base + at));
	EXPECT_EQ(0, nvg_sigbus.hits);
	EXPECT_TRUE(listed(self->base + at));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, at - 8, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, at + self->page, &word, 8));
	map = nvg_map(&self->gpu, at - self->page, 3 * self->page, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(BUS_MCEERR_AR, nvg_poke_code(map + self->page));
	EXPECT_EQ(0, nvg_poke_code(map));
	EXPECT_EQ(0, nvg_poke_code(map + 2 * self->page));
}

TEST_F(firmware, I17_page_reported_while_the_gpu_is_closed_is_refused_after_open)
{
	uint64_t at = place(3), word;

	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_ruin(self->base + at));
	EXPECT_TRUE(listed(self->base + at));
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, at - 8, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, at + self->page, &word, 8));
}

/* mm passes this task over, so nothing comes until it touches the page. */
TEST_F(firmware, I17_task_without_early_kill_loses_the_page_too)
{
	uint64_t at = place(4);
	uint8_t *map = nvg_map(&self->gpu, at - self->page, 3 * self->page, 0);

	ASSERT_NE(MAP_FAILED, map);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, nvg_poke_code(map + i * self->page));
	ASSERT_EQ(0, nvg_ruin(self->base + at));
	EXPECT_EQ(0, nvg_sigbus.hits);
	EXPECT_EQ(BUS_MCEERR_AR, nvg_poke_code(map + self->page));
	EXPECT_EQ(0, nvg_poke_code(map));
	EXPECT_EQ(0, nvg_poke_code(map + 2 * self->page));
}

TEST_F(firmware, I17_page_is_logged_once_though_mm_asks_too)
{
	uint64_t at = place(5);
	uint8_t *map = nvg_map(&self->gpu, at, self->page, 0);
	const char *const words[] = { "memory page", "is bad", NULL };
	int klog;

	nvg_ask_for_early_kill();
	ASSERT_EQ(0, nvg_poke_code(map));
	klog = nvg_klog_mark();
	ASSERT_EQ(0, nvg_ruin(self->base + at));
	EXPECT_EQ(BUS_MCEERR_AR, nvg_poke_code(map));
	EXPECT_EQ(1, nvg_klog_count(klog, words));
	close(klog);
}

TEST_F(firmware, I17_all_of_what_the_mask_leaves_open_is_refused)
{
	uint64_t at = place(6), granule = 64 * NVG_KIB, word;

	ASSERT_EQ(0, nvg_report("{\"address\":%lu,\"mask\":%lu}",
				self->base + at + granule / 2, -granule));
	ASSERT_EQ(0, nvg_until_dealt_with());
	for (uint64_t i = 0; i < granule; i += self->page) {
		EXPECT_TRUE(listed(self->base + at + i)) TH_LOG("%lu", i);
		EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at + i, &word, 8));
	}
	EXPECT_EQ(8, nvg_read(&self->gpu, at - 8, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, at + granule, &word, 8));
}

TEST_F(firmware, I17_mask_that_knows_no_place_costs_the_page_of_the_address)
{
	static const uint64_t masks[] = { 0, -2 * LEAF, -1UL };
	uint64_t at, word;

	for (int i = 0; i < 3; i++) {
		at = place(7) + i * LEAF;
		ASSERT_EQ(0, nvg_report("{\"address\":%lu,\"mask\":%lu}",
					self->base + at, masks[i]));
		ASSERT_EQ(0, nvg_until_dealt_with());
		EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, &word, 8));
		EXPECT_EQ(8, nvg_read(&self->gpu, at - 8, &word, 8));
		EXPECT_EQ(8, nvg_read(&self->gpu, at + self->page, &word, 8));
	}
}

TEST_F(firmware, I17_report_that_names_no_bad_page_retires_none)
{
	uint64_t at = place(9), end = self->base + self->gpu.mem_size;
	const char *const words[] = { "memory page", "is bad", NULL };
	char before[NVG_ATTRIBUTE], after[NVG_ATTRIBUTE];
	int klog = nvg_klog_mark();

	nvg_attribute(nvg_bdf(), "retired_pages", before, sizeof(before));
	ASSERT_EQ(0, nvg_report("{\"address\":%lu,\"corrected\":true}",
				self->base + at));
	ASSERT_EQ(0, nvg_report("{\"address\":%lu,\"valid\":false}",
				self->base + at));
	ASSERT_EQ(0, nvg_report(NVG_UNCORRECTED, self->base - self->page));
	ASSERT_EQ(0, nvg_report(NVG_UNCORRECTED, end));
	ASSERT_EQ(0, nvg_report(NVG_UNCORRECTED, 0x7000000000000000UL + at));
	ASSERT_EQ(0, nvg_until_dealt_with());
	nvg_attribute(nvg_bdf(), "retired_pages", after, sizeof(after));
	EXPECT_STREQ(before, after);
	EXPECT_FALSE(listed(self->base + at));
	EXPECT_EQ(0, nvg_klog_count(klog, words));
	close(klog);
}

TEST_F(firmware, I17_last_page_of_the_memory_is_refused)
{
	uint64_t at = self->gpu.mem_size - self->page, word;

	ASSERT_EQ(0, nvg_ruin(self->base + at + self->page - 1));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, at - 8, &word, 8));
}

/* Twice, as one binding may not hear what is for the other. */
TEST_F(firmware, I20_report_while_the_gpu_is_unbound_harms_nobody)
{
	uint64_t at = place(15), word;

	nvg_close(&self->gpu);
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, nvg_unbind(nvg_bdf()));
		EXPECT_EQ(0, nvg_ruin(self->base + at));
		ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_DRIVER));
	}
	at += self->page;
	ASSERT_EQ(0, nvg_ruin(self->base + at));
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, &word, 8));
}

/* A process that maps [off, off + len), as a VMM; 0: none of it, only the file. */
static int testify(struct nvg_gpu *gpu, uint64_t off, size_t len, int tell)
{
	uint8_t *map = len ? nvg_map(gpu, off, len, 0) : NULL;

	nvg_ask_for_early_kill();
	if (map == MAP_FAILED || (map && nvg_poke_code(map)))
		return 64;
	nvg_watch_sigbus();
	if (write(tell, "", 1) != 1)
		return 64;
	for (int i = 0; i < 100 && !nvg_sigbus.hits; i++)
		nvg_sleep_ms(20);
	if (!nvg_sigbus.hits)
		return 0;
	return nvg_sigbus.code == BUS_MCEERR_AO &&
	       nvg_sigbus.at == (uintptr_t)map ? 1 : 2;
}

TEST_F(firmware, I18_only_tasks_that_map_the_page_are_signalled)
{
	uint64_t at = place(10), page = self->page;
	const struct { uint64_t off; size_t len; int expect; } task[] = {
		{ at, page, 1 }, { at - 8 * page, 8 * page, 0 },
		{ at + page, LEAF, 0 }, { 0, 0, 0 },
	};
	int pipes[2], status;
	pid_t pid[4];
	char byte;

	ASSERT_EQ(0, pipe(pipes));
	for (int i = 0; i < 4; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(testify(&self->gpu, task[i].off, task[i].len,
				      pipes[1]));
		ASSERT_EQ(1, read(pipes[0], &byte, 1));
	}
	ASSERT_EQ(0, nvg_report(NVG_UNCORRECTED, self->base + at));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status)) TH_LOG("task %d killed", i);
		EXPECT_EQ(task[i].expect, WEXITSTATUS(status))
			TH_LOG("task %d", i);
	}
	EXPECT_EQ(0, nvg_sigbus.hits);
}

/* Of the GPU's memory the guest has the leaf that holds at. Its RAM is below 1 GiB. */
static int start_guest(struct nvg_guest *guest, struct nvg_gpu *gpu,
		       uint64_t at, uint8_t **map)
{
	int ret;

	*map = nvg_map(gpu, at / LEAF * LEAF, LEAF, 0);
	if (*map == MAP_FAILED)
		return -errno;
	ret = nvg_guest_start_loader(guest);
	return ret ?: nvg_guest_memory(guest, 1, BAR_IN_GUEST, *map, LEAF);
}

TEST_F(firmware, I17_guests_owner_is_told_where_and_the_guest_goes_on_elsewhere)
{
	uint64_t at = place(12), off = at % LEAF, mark = 0x5ca1ab1e, val = 0;
	uint64_t bad = BAR_IN_GUEST + off;
	struct nvg_guest guest;
	uint8_t *map;

	nvg_ask_for_early_kill();
	ASSERT_EQ(8, nvg_write(&self->gpu, at, &mark, 8));
	ASSERT_EQ(0, start_guest(&guest, &self->gpu, at, &map));
	ASSERT_EQ(0, nvg_guest_load(&guest, bad, &val));
	ASSERT_EQ(mark, val);
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_report(NVG_UNCORRECTED, self->base + at));
	nvg_wait_for_sigbus();
	EXPECT_EQ(BUS_MCEERR_AO, nvg_sigbus.code);
	EXPECT_EQ((uintptr_t)map + off, nvg_sigbus.at);
	ASSERT_EQ(0, nvg_until_dealt_with());
	EXPECT_EQ(-EFAULT, nvg_guest_load(&guest, bad, &val));
	EXPECT_EQ(0, nvg_guest_load(&guest, bad - 8, &val));
	EXPECT_EQ(0, nvg_guest_load(&guest, bad + self->page, &val));
	nvg_guest_stop(&guest);
}

/* The guest never stops loading from the page; its code has page 0. */
TEST_F(firmware, I17_guest_that_uses_the_page_meanwhile_loses_it)
{
	uint64_t at = place(13), bad = BAR_IN_GUEST + at % LEAF;
	struct nvg_guest guest;
	uint8_t *map;
	pid_t pid;
	int status;

	nvg_ask_for_early_kill();
	ASSERT_EQ(0, start_guest(&guest, &self->gpu, at, &map));
	nvg_watch_sigbus();
	pid = fork();
	if (!pid) {
		nvg_sleep_ms(500);	/* the guest has begun */
		_exit(nvg_report(NVG_UNCORRECTED, self->base + at) ? 1 : 0);
	}
	EXPECT_EQ(-EFAULT, nvg_guest_load_on(&guest, bad, 2048));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	nvg_wait_for_sigbus();
	EXPECT_EQ((uintptr_t)map + at % LEAF, nvg_sigbus.at);
	nvg_guest_stop(&guest);
}

/* In a process of its own, as the owner before is one that has ended. */
static int next_owner(uint64_t at, uint64_t page)
{
	uint64_t bad = BAR_IN_GUEST + at % LEAF, val;
	struct nvg_guest guest;
	struct nvg_gpu gpu;
	uint8_t *map;
	int wrong;

	if (nvg_open_with_memory(&gpu) || start_guest(&guest, &gpu, at, &map))
		return 64;
	wrong = nvg_guest_load(&guest, bad, &val) != -EFAULT;
	wrong |= (nvg_guest_load(&guest, bad - 8, &val) != 0) << 1;
	wrong |= (nvg_guest_load(&guest, bad + page, &val) != 0) << 2;
	wrong |= (nvg_read(&gpu, at, &val, 8) != -EHWPOISON) << 3;
	wrong |= (nvg_peek_code(map + at % LEAF) != BUS_MCEERR_AR) << 4;
	wrong |= (nvg_peek_code(map + at % LEAF - 1) != 0) << 5;
	return wrong;
}

TEST_F(firmware, I17_next_guest_is_not_given_the_page)
{
	uint64_t at = place(14), val;
	struct nvg_guest guest;
	uint8_t *map;
	int status;
	pid_t pid = fork();

	if (!pid) {
		nvg_ask_for_early_kill();
		if (start_guest(&guest, &self->gpu, at, &map) ||
		    nvg_guest_load(&guest, BAR_IN_GUEST + at % LEAF, &val) ||
		    nvg_ruin(self->base + at) || !nvg_sigbus.hits)
			_exit(64);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	nvg_close(&self->gpu);
	pid = fork();
	if (!pid)
		_exit(next_owner(at, self->page));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status) TH_LOG("wrong: %#x", WEXITSTATUS(status));
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
}

NVG_HARNESS_MAIN
