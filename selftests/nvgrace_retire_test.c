// SPDX-License-Identifier: GPL-2.0-only
/* Which doors stay shut to a page that went bad, and who is told of it? */
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#include "nvg_dma.h"
#include "nvg_facts.h"
#include "nvg_harness.h"

#define LEAF	(2 * NVG_MIB)

FIXTURE(retire) {
	struct nvg_gpu gpu;
	struct nvg_facts facts;
	size_t page;
};

/* Memory of real hardware that is given up so never comes back. */
static const char *may_ruin(struct nvg_gpu *gpu)
{
	if (nvg_need_knobs(gpu) && !nvg_env("NVGRACE_RUIN_MEMORY", 0))
		return "retires memory of real hardware for good: NVGRACE_RUIN_MEMORY=1 allows it";
	return nvg_need_offline();
}

FIXTURE_SETUP(retire)
{
	const char *why = nvg_open_with_memory(&self->gpu);

	if (!why)
		why = may_ruin(&self->gpu) ?:
		      nvg_read_facts(nvg_bdf(), &self->facts);
	if (why)
		SKIP(return, "%s", why);
	self->page = nvg_page();
}

/* In the parent: the mappings of the test would keep the GPU from unbinding. */
FIXTURE_TEARDOWN_PARENT(retire)
{
	if (strcmp(self->facts.layout, "split"))
		nvg_relayout(nvg_bdf(), "bar2");
}

/* Each test ruins pages of its own, away from those of other programs. */
static uint64_t place(int n)
{
	return 512 * NVG_MIB + n * 4 * LEAF + 9 * nvg_page();
}

/* Maps the page, as it takes for the driver to be asked, and ruins it. */
static int ruin_at(struct nvg_gpu *gpu, uint64_t phys, uint64_t off)
{
	uint8_t *map = nvg_map(gpu, off, nvg_page(), 0);
	int ret = map == MAP_FAILED ? -errno : nvg_poke_code(map);

	if (ret)
		return ret;
	nvg_watch_sigbus();
	ret = nvg_offline(phys);
	nvg_sleep_ms(100);	/* the driver unmaps the page of others a moment later */
	munmap(map, nvg_page());
	return ret;
}

static bool listed(uint64_t phys)
{
	char text[NVG_ATTRIBUTE], want[32];

	if (nvg_attribute(nvg_bdf(), "retired_pages", text, sizeof(text)) < 0)
		return false;
	strcat(text, "\n");
	snprintf(want, sizeof(want), "%#lx\n", phys);
	return strstr(text, want);
}

TEST_F(retire, I17_vectored_io_stops_at_the_page)
{
	uint64_t at = place(1), base = self->gpu.region[self->gpu.mem].offset;
	uint8_t a[100], b[200];
	struct iovec vec[] = { { a, 100 }, { b, 200 } };

	ASSERT_EQ(0, ruin_at(&self->gpu, self->facts.base + at, at));
	EXPECT_EQ(150, preadv(self->gpu.fd, vec, 2, base + at - 150));
	EXPECT_EQ(100, preadv(self->gpu.fd, vec, 2, base + at - 100));
	EXPECT_EQ(150, pwritev(self->gpu.fd, vec, 2, base + at - 150));
	EXPECT_EQ(-1, preadv(self->gpu.fd, vec, 2, base + at));
	EXPECT_EQ(EHWPOISON, errno);
}

TEST_F(retire, I17_long_read_and_write_end_at_the_page_exactly)
{
	uint64_t at = place(2), len = 3 * LEAF;
	uint8_t *buf = calloc(1, len);

	ASSERT_NE(NULL, buf);
	ASSERT_EQ(0, ruin_at(&self->gpu, self->facts.base + at, at));
	EXPECT_EQ((ssize_t)(at % LEAF + LEAF),
		  nvg_read(&self->gpu, at / LEAF * LEAF - LEAF, buf, len));
	EXPECT_EQ((ssize_t)(at % LEAF + LEAF),
		  nvg_write(&self->gpu, at / LEAF * LEAF - LEAF, buf, len));
	EXPECT_EQ((ssize_t)LEAF,
		  nvg_read(&self->gpu, at + self->page, buf, LEAF));
}

TEST_F(retire, I17_neighbours_of_the_same_leaf_keep_their_bytes)
{
	uint64_t at = place(3), leaf = at / LEAF * LEAF, word = 0x1e57;
	uint8_t *map = nvg_map(&self->gpu, leaf, LEAF, 0);

	ASSERT_NE(MAP_FAILED, map);
	for (uint64_t i = 0; i < LEAF; i += self->page)
		*(volatile uint64_t *)(map + i) = leaf + i;
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_offline(self->facts.base + at));
	ASSERT_EQ(0, nvg_offline(self->facts.base + at + 2 * self->page));
	nvg_sleep_ms(100);
	for (uint64_t i = 0; i < LEAF; i += self->page) {
		bool bad = leaf + i == at || leaf + i == at + 2 * self->page;

		ASSERT_EQ(bad ? BUS_MCEERR_AR : 0, nvg_poke_code(map + i + 100))
			TH_LOG("page %lu", i / self->page);
		if (bad)
			continue;
		ASSERT_EQ(leaf + i, *(volatile uint64_t *)(map + i));
		ASSERT_EQ(8, nvg_read(&self->gpu, leaf + i, &word, 8));
		ASSERT_EQ(leaf + i, word);
	}
}

TEST_F(retire, I17_signal_of_a_later_touch_names_the_page)
{
	uint64_t at = place(4);
	uint8_t *map = nvg_map(&self->gpu, at / LEAF * LEAF, LEAF, 0);

	ASSERT_NE(MAP_FAILED, map);
	map += at % LEAF;
	ASSERT_EQ(0, ruin_at(&self->gpu, self->facts.base + at, at));
	EXPECT_EQ(BUS_MCEERR_AR, nvg_poke_code(map + 77));
	EXPECT_EQ((uintptr_t)map, nvg_sigbus.at / self->page * self->page);
	EXPECT_EQ(0, nvg_poke_code(map - 1));
	EXPECT_EQ(0, nvg_poke_code(map + self->page));
}

TEST_F(retire, I17_reset_close_and_rebind_do_not_mend_the_page)
{
	uint64_t at = place(5), phys = self->facts.base + at, word;

	ASSERT_EQ(0, ruin_at(&self->gpu, phys, at));
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, &word, 8));
	nvg_close(&self->gpu);
	EXPECT_TRUE(listed(phys));
	ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_DRIVER));
	EXPECT_TRUE(listed(phys));
	EXPECT_FALSE(listed(phys + self->page));
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, at, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, at + self->page, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, at - 8, &word, 8));
}

/* The page is known by where it is, not by the BAR that showed it. */
TEST_F(retire, I17_page_stays_bad_in_another_layout)
{
	uint64_t at = self->gpu.mem_size - 9 * self->page, word, off;
	struct nvg_fact_region *last = &self->facts.region[1];

	if (strcmp(self->facts.layout, "bar2") || self->gpu.mem_size < 2 * NVG_GIB)
		SKIP(return, "starts from layout=bar2 with memory enough to split");
	ASSERT_EQ(0, ruin_at(&self->gpu, self->facts.base + at, at));
	off = self->facts.base + at;
	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_relayout(nvg_bdf(), "split"));
	ASSERT_EQ(NULL, nvg_read_facts(nvg_bdf(), &self->facts));
	if (self->facts.nr_regions == 1)
		last = &self->facts.region[0];
	EXPECT_TRUE(listed(off));
	ASSERT_EQ(NULL, nvg_open(&self->gpu));
	nvg_use_region(&self->gpu, last->bar);
	off -= last->phys;
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu, off, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, off - 8, &word, 8));
	self->facts.layout[0] = 0;
}

TEST_F(retire, I17_page_is_not_exported_and_neighbours_are)
{
	uint64_t at = place(6), page = self->page;
	int mem = self->gpu.mem, fd;

	fd = nvg_export(&self->gpu, mem, at, page);
	if (fd < 0)
		SKIP(return, "this kernel exports no dma-buf of a VFIO device");
	close(fd);
	ASSERT_EQ(0, ruin_at(&self->gpu, self->facts.base + at, at));
	EXPECT_EQ(-EHWPOISON, nvg_export(&self->gpu, mem, at, page));
	EXPECT_EQ(-EHWPOISON, nvg_export(&self->gpu, mem, 0,
					 self->gpu.mem_size));
	EXPECT_LE(0, nvg_export(&self->gpu, mem, at - page, page));
	EXPECT_LE(0, nvg_export(&self->gpu, mem, at + page, page));
}

TEST_F(retire, I17_page_is_not_mapped_for_dma)
{
	uint64_t at = place(7), leaf = at / LEAF * LEAF;
	uint8_t *map = nvg_map(&self->gpu, leaf - LEAF, 3 * LEAF, 0);
	const char *why = nvg_need_type1(&self->gpu);

	ASSERT_NE(MAP_FAILED, map);
	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, nvg_dma_map(&self->gpu, map + LEAF, NVG_GIB, LEAF));
	ASSERT_EQ(0, nvg_dma_unmap(&self->gpu, NVG_GIB, LEAF));
	ASSERT_EQ(0, ruin_at(&self->gpu, self->facts.base + at, at));
	nvg_watch_sigbus();
	EXPECT_GT(0, nvg_dma_map(&self->gpu, map + LEAF, NVG_GIB, LEAF));
	EXPECT_EQ(0, nvg_dma_map(&self->gpu, map, NVG_GIB, LEAF));
	EXPECT_EQ(0, nvg_dma_map(&self->gpu, map + 2 * LEAF, 2 * NVG_GIB, LEAF));
}

/* With eager_map=1 no fault comes for what mmap() itself installs. */
TEST_F(retire, I17_mapping_made_afterwards_leaves_the_page_out)
{
	uint64_t at = place(8), leaf = at / LEAF * LEAF;
	uint8_t *map;

	ASSERT_EQ(0, ruin_at(&self->gpu, self->facts.base + at, at));
	map = nvg_map(&self->gpu, leaf - 4 * LEAF, 8 * LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	for (uint64_t i = 0; i < 8 * LEAF; i += 16 * self->page)
		ASSERT_EQ(0, nvg_poke_code(map + i));
	map += 4 * LEAF + at % LEAF;
	EXPECT_EQ(BUS_MCEERR_AR, nvg_poke_code(map));
	EXPECT_EQ(BUS_MCEERR_AR, nvg_poke_code(map + self->page - 1));
	EXPECT_EQ(0, nvg_poke_code(map - 1));
	EXPECT_EQ(0, nvg_poke_code(map + self->page));
	/* What mmap() installs ends where it meets the page first; the rest is left to faults. */
	map = nvg_map(&self->gpu, at, 2 * self->page, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(BUS_MCEERR_AR, nvg_poke_code(map));
	EXPECT_EQ(0, nvg_poke_code(map + self->page));
}

/* How a process has the GPU mapped when the page goes bad, and what it saw. */
enum witness { OWNER, PART_OF_LEAF, OTHER_BAR, FILE_ONLY };

/* Exit code: bit 0 a signal came, bit 1 it was AO for the page, bit 2 a later touch is AR. */
static int testify(struct nvg_gpu *gpu, enum witness who, uint64_t at,
		   const int pipes[2])
{
	uint64_t leaf = at / LEAF * LEAF;
	uint8_t *map = MAP_FAILED;
	int verdict = 0;
	char byte = 1;

	/* The kernel asks the driver about tasks that want to know at once, as VMMs do. */
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
	if (who == OWNER)
		map = nvg_map(gpu, leaf, LEAF, 0);
	if (who == PART_OF_LEAF)
		map = nvg_map(gpu, leaf, at - leaf, 0);
	if (who == OTHER_BAR)
		map = mmap(NULL, nvg_page(), PROT_READ, MAP_SHARED, gpu->fd,
			   gpu->region[0].offset);
	if (who != FILE_ONLY && map == MAP_FAILED)
		return 64;
	if (who == OWNER || who == PART_OF_LEAF)
		verdict = nvg_poke_code(map) ? 64 : 0;
	nvg_watch_sigbus();
	if (write(pipes[1], &byte, 1) != 1)
		return 64;
	for (int i = 0; i < 50 && !nvg_sigbus.hits; i++)
		nvg_sleep_ms(20);
	if (nvg_sigbus.hits)
		verdict |= 1;
	if (who != OWNER)
		return verdict;
	if (nvg_sigbus.code == BUS_MCEERR_AO && nvg_sigbus.at == (uintptr_t)map + at - leaf)
		verdict |= 2;
	if (nvg_poke_code(map + at - leaf) == BUS_MCEERR_AR && !nvg_poke_code(map))
		verdict |= 4;
	return verdict;
}

TEST_F(retire, I18_only_who_maps_the_page_is_signalled_and_loses_it)
{
	int expect[] = { [OWNER] = 7, [PART_OF_LEAF] = 0, [OTHER_BAR] = 0,
			 [FILE_ONLY] = 0 };
	uint64_t at = place(9);
	int pipes[2], status;
	pid_t pid[4];
	char byte;

	ASSERT_EQ(0, pipe(pipes));
	for (int who = OWNER; who <= FILE_ONLY; who++) {
		pid[who] = fork();
		if (!pid[who])
			_exit(testify(&self->gpu, who, at, pipes));
	}
	for (int who = OWNER; who <= FILE_ONLY; who++)
		ASSERT_EQ(1, read(pipes[0], &byte, 1));
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_offline(self->facts.base + at));
	for (int who = OWNER; who <= FILE_ONLY; who++) {
		ASSERT_EQ(pid[who], waitpid(pid[who], &status, 0));
		EXPECT_TRUE(WIFEXITED(status)) TH_LOG("witness %d killed", who);
		EXPECT_EQ(expect[who], WEXITSTATUS(status))
			TH_LOG("witness %d", who);
	}
	EXPECT_EQ(0, nvg_sigbus.hits);
}

/*
 * Somebody with a mapping of the page and no wish to know at once, whom mm passes
 * over. Exit code: 0 a touch ended within a second, and beside it none.
 */
static int lose(struct nvg_gpu *gpu, uint64_t at, int tell)
{
	uint8_t *map = nvg_map(gpu, at / LEAF * LEAF, LEAF, 0);

	if (map == MAP_FAILED || nvg_poke_code(map + at % LEAF) ||
	    write(tell, "", 1) != 1)
		return 64;
	map += at % LEAF;
	for (int ms = 0; ms < 1000; ms += 20) {
		if (nvg_poke_code(map) == BUS_MCEERR_AR)
			return nvg_poke_code(map - 1) ? 2 : 0;
		nvg_sleep_ms(20);
	}
	return 1;
}

/* The page goes bad while the task that mm asks about maps something else. */
static void lost_by(struct __test_metadata *_metadata, struct nvg_gpu *gpu,
		    uint64_t base, uint64_t at, int index)
{
	int pipes[2], status;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid)
		_exit(lose(gpu, at, pipes[1]));
	ASSERT_EQ(1, read(pipes[0], &byte, 1));
	ASSERT_NE(MAP_FAILED, mmap(NULL, nvg_page(), PROT_READ, MAP_SHARED,
				   gpu->fd, gpu->region[index].offset));
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_offline(base + at));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status) TH_LOG("exit code %d", WEXITSTATUS(status));
	EXPECT_EQ(0, nvg_sigbus.hits);
}

TEST_F(retire, I17_page_is_unmapped_though_a_mapping_of_bar0_was_asked_about)
{
	lost_by(_metadata, &self->gpu, self->facts.base, place(10), 0);
}

TEST_F(retire, I17_page_is_unmapped_though_a_mapping_of_other_pages_was_asked_about)
{
	lost_by(_metadata, &self->gpu, self->facts.base, place(11), self->gpu.mem);
}

NVG_HARNESS_MAIN
