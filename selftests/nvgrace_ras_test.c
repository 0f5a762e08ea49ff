// SPDX-License-Identifier: GPL-2.0-only
/* What happens to a page of the memory that goes bad, and to its neighbours? */
#include <signal.h>
#include <sys/prctl.h>

#include "nvg_harness.h"

#define LEAF	(2 * NVG_MIB)

FIXTURE(ras) {
	struct nvg_gpu gpu;
	uint64_t base;		/* host physical address of the memory */
	size_t page;
};

FIXTURE_SETUP(ras)
{
	const char *why = nvg_open_with_memory(&self->gpu);
	char text[64];

	if (!why)
		why = nvg_need_offline();
	if (why)
		SKIP(return, "%s", why);
	ASSERT_LT(0, nvg_sysfs_read(self->gpu.bdf, "coherent_memory/base", text,
				    sizeof(text)));
	self->base = strtoull(text, NULL, 0);
	self->page = nvg_page();
}

FIXTURE_TEARDOWN(ras)
{
	nvg_close(&self->gpu);
}

/* Each test ruins a page of its own: a bad page never gets well again. */
static uint64_t place(int n)
{
	return n * 3 * LEAF + 5 * nvg_page();
}

TEST_F(ras, I17_bad_page_is_unmapped_and_refused_and_its_neighbours_work)
{
	uint64_t at = place(1);
	uint8_t *map = nvg_map(&self->gpu, 0, at + LEAF, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_peek_code(map + at));
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_offline(self->base + at));
	nvg_sleep_ms(100);
	EXPECT_NE(0, nvg_sigbus.code);
	EXPECT_EQ((uintptr_t)map + at, nvg_sigbus.at);
	EXPECT_EQ(BUS_MCEERR_AR, nvg_peek_code(map + at));
	EXPECT_EQ(BUS_MCEERR_AR, nvg_peek_code(map + at + self->page - 1));
	EXPECT_EQ(0, nvg_peek_code(map + at - 1));
	EXPECT_EQ(0, nvg_peek_code(map + at + self->page));
	EXPECT_EQ(0, nvg_poke(map + at - 1, 7));
}

TEST_F(ras, I17_read_and_write_stop_before_the_bad_page)
{
	uint64_t at = place(2);
	uint8_t buf[64] = {};

	ASSERT_EQ(0, nvg_touch(nvg_map(&self->gpu, at, self->page, 0), buf));
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_offline(self->base + at));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, buf, 1));
	EXPECT_EQ(-EHWPOISON, nvg_write(&self->gpu, at, buf, 1));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at + self->page - 1, buf, 9));
	EXPECT_EQ(24, nvg_read(&self->gpu, at - 24, buf, 64));
	EXPECT_EQ(24, nvg_write(&self->gpu, at - 24, buf, 64));
	EXPECT_EQ(64, nvg_read(&self->gpu, at + self->page, buf, 64));
	EXPECT_EQ(64, nvg_write(&self->gpu, at + self->page, buf, 64));
}

TEST_F(ras, I17_page_stays_refused_after_close_and_open)
{
	uint64_t at = place(3);
	uint8_t *map = nvg_map(&self->gpu, at, self->page, 0), byte;

	ASSERT_EQ(0, nvg_peek_code(map));
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_offline(self->base + at));
	ASSERT_EQ(0, munmap(map, self->page));
	nvg_close(&self->gpu);
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, &byte, 1));
	map = nvg_map(&self->gpu, at - self->page, 3 * self->page, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(BUS_MCEERR_AR, nvg_peek_code(map + self->page));
	EXPECT_EQ(0, nvg_peek_code(map));
	EXPECT_EQ(0, nvg_peek_code(map + 2 * self->page));
}

TEST_F(ras, I17_page_is_listed_in_sysfs)
{
	uint64_t at = place(4);
	uint8_t *map = nvg_map(&self->gpu, at, self->page, 0);
	char text[NVG_ATTRIBUTE], want[32];

	ASSERT_EQ(0, nvg_peek_code(map));
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_offline(self->base + at));
	ASSERT_LT(0, nvg_sysfs_read(self->gpu.bdf,
				    "coherent_memory/retired_pages", text,
				    sizeof(text)));
	snprintf(want, sizeof(want), "%#lx", self->base + at);
	EXPECT_NE(NULL, strstr(text, want)) TH_LOG("%s lacks %s", text, want);
}

/*
 * A process that maps [off, off + len) and reports a SIGBUS; its pid. Only who
 * asks for it, as QEMU does, is told of a page that another context found bad.
 */
static pid_t bystander(struct nvg_gpu *gpu, uint64_t off, size_t len)
{
	uint8_t *map;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
	nvg_watch_sigbus();
	map = nvg_map(gpu, off, len, 0);
	if (map == MAP_FAILED || nvg_poke(map, 1))
		_exit(2);
	nvg_watch_sigbus();
	nvg_sleep_ms(1000);
	_exit(nvg_sigbus.code ? 1 : 0);
}

TEST_F(ras, I18_only_tasks_that_map_the_page_are_signalled)
{
	uint64_t at = place(5);
	pid_t owner = bystander(&self->gpu, at, self->page);
	pid_t before = bystander(&self->gpu, at - 2 * self->page,
				 2 * self->page);
	pid_t after = bystander(&self->gpu, at + self->page, self->page);
	int status;

	nvg_sleep_ms(400);
	ASSERT_EQ(0, nvg_offline(self->base + at));
	waitpid(owner, &status, 0);
	EXPECT_EQ(1, WEXITSTATUS(status));
	waitpid(before, &status, 0);
	EXPECT_EQ(0, status);
	waitpid(after, &status, 0);
	EXPECT_EQ(0, status);
}

TEST_F(ras, I18_nobody_is_signalled_for_memory_that_is_not_the_gpus)
{
	uint8_t *map = nvg_map(&self->gpu, 0, LEAF, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_peek_code(map));
	nvg_watch_sigbus();
	EXPECT_NE(0, nvg_offline(self->base + self->gpu.mem_size));
	nvg_sleep_ms(50);
	EXPECT_EQ(0, nvg_sigbus.code);
	EXPECT_EQ(0, nvg_peek_code(map));
}

NVG_HARNESS_MAIN
