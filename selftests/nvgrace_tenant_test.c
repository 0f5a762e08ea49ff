// SPDX-License-Identifier: GPL-2.0-only
/* What does a user find that an earlier one left in the memory? */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "nvg_facts.h"
#include "nvg_harness.h"

#define SCRUB		"/sys/module/" NVG_DRIVER "/parameters/scrub"
#define SOON_US		100000	/* I6 */
#define PATIENCE_US	20000000
#define SPLITS		(3 * NVG_GIB / 2)

FIXTURE(tenant) {
	struct nvg_gpu gpu;
	struct nvg_facts facts;
	int klog;
};

static int set_scrub(const char *value)
{
	int fd = open(SCRUB, O_WRONLY), ret = -1;

	if (fd >= 0)
		ret = write(fd, value, 1) == 1 ? 0 : -1;
	close(fd);
	return ret;
}

/* Cached and uncached memory, if there is enough for both. */
static const char *bind_with_both(struct nvg_facts *facts)
{
	const char *why = nvg_read_facts(nvg_bdf(), facts);

	if (why || facts->size < SPLITS)
		return why;
	if (nvg_relayout(nvg_bdf(), "split"))
		return "the GPU does not bind with layout=split; see dmesg";
	return nvg_read_facts(nvg_bdf(), facts);
}

/* A part that keeps its memory over resets. */
FIXTURE_SETUP(tenant)
{
	const char *why = "no GPU named: give its BDF as argument or in NVGRACE_BDF";

	if (nvg_bdf())
		why = bind_with_both(&self->facts) ?: nvg_open(&self->gpu);
	if (!why)
		why = nvg_need_knobs(&self->gpu);
	if (why)
		SKIP(return, "%s", why);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	nvg_set_knob(&self->gpu, NVG_EMU_KEEP_MEMORY, 1);
	self->klog = nvg_klog_mark();
	ASSERT_LE(0, self->klog);
}

/* In the parent: the mappings of the test would keep the GPU from unbinding. */
FIXTURE_TEARDOWN_PARENT(tenant)
{
	struct nvg_gpu gpu;

	set_scrub("N");
	nvg_sysfs_write(nvg_bdf(), "reset_method", "default");
	if (!nvg_open(&gpu)) {
		nvg_set_knob(&gpu, NVG_EMU_TRAIN_MS, 0);
		nvg_set_knob(&gpu, NVG_EMU_KEEP_MEMORY, 0);
		nvg_set_knob(&gpu, NVG_EMU_NO_SOFT_RESET, 0);
		nvg_set_knob(&gpu, NVG_EMU_ONES, 0);
		nvg_close(&gpu);
	}
	nvg_relayout(nvg_bdf(), "bar2");
}

/* Of much memory some pages do: the build machine has to have all that are touched. */
static uint64_t stride(struct nvg_facts *facts)
{
	return facts->size < SPLITS ? nvg_page() : 31 * nvg_page();
}

/* One word of a page, each time another one. */
static volatile uint64_t *word_in(uint8_t *map, uint64_t off)
{
	uint64_t page = off / nvg_page();

	return (volatile uint64_t *)(map + off + page % (nvg_page() / 8) * 8);
}

/* Marks pages of a region, or counts the marks that are there; -1: no mapping. */
static int64_t go_through(struct nvg_gpu *gpu, int bar, uint64_t step, bool mark)
{
	int64_t found = 0;
	uint8_t *map;

	nvg_use_region(gpu, bar);
	map = nvg_map(gpu, 0, gpu->mem_size, 0);
	if (map == MAP_FAILED)
		return -1;
	for (uint64_t off = 0; off < gpu->mem_size; off += step) {
		volatile uint64_t *word = word_in(map, off);

		if (mark)
			*word = off + 1;
		found += *word == off + 1;
	}
	munmap(map, gpu->mem_size);
	return found;
}

/* Marks in all regions; -1: no mapping. */
static int64_t marks(struct nvg_gpu *gpu, struct nvg_facts *facts, bool mark)
{
	int64_t found = 0;

	for (int i = 0; i < facts->nr_regions; i++) {
		int64_t here = go_through(gpu, facts->region[i].bar,
					  stride(facts), mark);

		if (here < 0)
			return -1;
		found += here;
	}
	return found;
}

/* The first user leaves marks all over the memory, and goes; returns how many. */
static int64_t leave_marks(struct nvg_gpu *gpu, struct nvg_facts *facts)
{
	int64_t left = marks(gpu, facts, true);

	nvg_close(gpu);
	return left;
}

/* Of all CPUs, as these hosts have no more than one node. */
static int scrub_lines(int klog, uint64_t bytes)
{
	char amount[64], by[32];

	snprintf(amount, sizeof(amount), "scrub: %lu MiB of memory zeroed in",
		 bytes / NVG_MIB);
	snprintf(by, sizeof(by), " by %ld CPUs", sysconf(_SC_NPROCESSORS_ONLN));
	return nvg_klog_count(klog, (const char *[]){ amount, by, NULL });
}

TEST_F_TIMEOUT(tenant, I21_without_scrub_a_part_that_keeps_its_memory_shows_it_to_the_next, 120)
{
	int64_t left = leave_marks(&self->gpu, &self->facts);

	ASSERT_LT(0, left);
	ASSERT_EQ(NULL, nvg_open(&self->gpu));
	EXPECT_EQ(left, marks(&self->gpu, &self->facts, false));
	EXPECT_EQ(0, scrub_lines(self->klog, self->facts.size));
}

TEST_F_TIMEOUT(tenant, I21_scrub_zeroes_cached_and_uncached_memory, 120)
{
	ASSERT_LT(0, leave_marks(&self->gpu, &self->facts));
	ASSERT_EQ(0, set_scrub("Y"));
	ASSERT_EQ(NULL, nvg_open(&self->gpu));
	EXPECT_EQ(0, marks(&self->gpu, &self->facts, false));
	EXPECT_EQ(1, scrub_lines(self->klog, self->facts.size));
}

/* What there was before the driver was bound is nobody's business either. */
TEST_F_TIMEOUT(tenant, I21_first_open_after_a_bind_scrubs_too, 120)
{
	ASSERT_LT(0, leave_marks(&self->gpu, &self->facts));
	ASSERT_EQ(0, set_scrub("Y"));
	ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_PLAIN_DRIVER));
	ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_DRIVER));
	ASSERT_EQ(NULL, nvg_open(&self->gpu));
	EXPECT_EQ(0, marks(&self->gpu, &self->facts, false));
}

static uint64_t scrubbed(void)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/vfio/%s/coherent_memory/bytes_scrubbed",
		 nvg_bdf());
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return ~0ull;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtoull(text, NULL, 10);
}

/* A user that opens the GPU and tells by its exit code whether it could. */
static pid_t open_elsewhere(void)
{
	struct nvg_gpu gpu;
	pid_t pid = fork();

	if (!pid)
		_exit(nvg_open(&gpu) ? 1 : 0);
	return pid;
}

/* Until a scrub is on its way; false: it never was. */
static bool wait_for_scrub(uint64_t before)
{
	uint64_t end = nvg_us() + PATIENCE_US;

	while (scrubbed() == before)
		if (nvg_us() > end)
			return false;
	return true;
}

/* The close resets the GPU, which takes 100 ms by itself, and more on a busy machine. */
#define LATE_US	(10 * SOON_US)

/* Kills an opener; returns microseconds until it is gone, 0: it was not killed. */
static uint64_t kill_opener(pid_t pid)
{
	uint64_t start = nvg_us();
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return 0;
	return nvg_us() - start;
}

static void next_open_scrubs(struct __test_metadata *_metadata,
			     struct nvg_gpu *gpu, struct nvg_facts *facts,
			     int klog)
{
	EXPECT_EQ(0, scrub_lines(klog, facts->size));
	ASSERT_EQ(NULL, nvg_open(gpu));
	EXPECT_EQ(0, marks(gpu, facts, false));
	EXPECT_EQ(1, scrub_lines(klog, facts->size));
}

TEST_F_TIMEOUT(tenant, I21_scrub_that_is_killed_while_it_waits_fails_the_open, 120)
{
	uint64_t us = ~0ull;
	pid_t pid;

	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 3000);
	ASSERT_LT(0, leave_marks(&self->gpu, &self->facts));
	ASSERT_EQ(0, set_scrub("Y"));
	/* Two seconds of training are still to come. The best of three. */
	for (int turn = 0; turn < 3 && us >= LATE_US; turn++) {
		pid = open_elsewhere();
		nvg_sleep_ms(1000);
		us = kill_opener(pid);
		EXPECT_NE(0, us);
	}
	EXPECT_GT(LATE_US, us);
	next_open_scrubs(_metadata, &self->gpu, &self->facts, self->klog);
}

TEST_F_TIMEOUT(tenant, I21_scrub_that_is_killed_midway_fails_the_open, 120)
{
	uint64_t before = scrubbed(), us = ~0ull;
	pid_t pid;

	if (before == ~0ull)
		SKIP(return, "this kernel has no VFIO_DEBUGFS, or debugfs is not mounted");
	ASSERT_LT(0, leave_marks(&self->gpu, &self->facts));
	ASSERT_EQ(0, set_scrub("Y"));
	for (int turn = 0; turn < 3 && us >= LATE_US; turn++) {
		before = scrubbed();
		pid = open_elsewhere();
		ASSERT_TRUE(wait_for_scrub(before));
		us = kill_opener(pid);
		EXPECT_NE(0, us);
	}
	EXPECT_GT(LATE_US, us);
	EXPECT_GT(before + self->facts.size, scrubbed());
	next_open_scrubs(_metadata, &self->gpu, &self->facts, self->klog);
	EXPECT_LT(before + self->facts.size, scrubbed());
}

TEST_F_TIMEOUT(tenant, I21_reset_during_a_scrub_starts_it_anew, 120)
{
	uint64_t before = scrubbed();
	int status;
	pid_t pid;

	if (before == ~0ull)
		SKIP(return, "this kernel has no VFIO_DEBUGFS, or debugfs is not mounted");
	ASSERT_LT(0, leave_marks(&self->gpu, &self->facts));
	ASSERT_EQ(0, set_scrub("Y"));
	pid = open_elsewhere();
	ASSERT_TRUE(wait_for_scrub(before));
	ASSERT_EQ(0, nvg_sysfs_write(nvg_bdf(), "reset", "1"));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_LT(before + self->facts.size, scrubbed());
	EXPECT_EQ(1, scrub_lines(self->klog, self->facts.size));
	set_scrub("N");
	ASSERT_EQ(NULL, nvg_open(&self->gpu));
	EXPECT_EQ(0, marks(&self->gpu, &self->facts, false));
}

/* What the memory has at a host physical address, past the driver; NULL: closed. */
static volatile uint64_t *peek(uint64_t phys)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC);
	void *map;

	if (fd < 0)
		return NULL;
	map = mmap(NULL, nvg_page(), PROT_READ, MAP_SHARED, fd, phys);
	close(fd);
	return map == MAP_FAILED ? NULL : map;
}

TEST_F_TIMEOUT(tenant, I21_scrub_leaves_bad_pages_out, 120)
{
	uint64_t at = 40 * NVG_MIB + 9 * nvg_page(), word = 1;
	struct nvg_fact_region *region = &self->facts.region[0];
	uint64_t phys = region->phys + at;
	uint8_t *map;

	if (nvg_need_offline() || !peek(phys))
		SKIP(return, "needs hard_offline_page and an open /dev/mem: boot with iomem=relaxed");
	nvg_use_region(&self->gpu, region->bar);
	map = nvg_map(&self->gpu, at, nvg_page(), 0);
	ASSERT_NE(MAP_FAILED, map);
	nvg_watch_sigbus();
	ASSERT_EQ(0, nvg_poke_code(map));
	ASSERT_EQ(0, nvg_offline(phys));
	munmap(map, nvg_page());
	/* The page's words before it went bad, as nobody may write it now. */
	word = *peek(phys);
	for (int i = -1; i < 2; i += 2)
		ASSERT_EQ(8, nvg_write(&self->gpu, at + i * nvg_page(), &phys, 8));
	nvg_close(&self->gpu);
	ASSERT_EQ(0, set_scrub("Y"));
	ASSERT_EQ(NULL, nvg_open(&self->gpu));
	EXPECT_EQ(1, scrub_lines(self->klog, self->facts.size - nvg_page()));
	EXPECT_NE(0, word);
	EXPECT_EQ(word, *peek(phys));
	EXPECT_EQ(0, *peek(phys - nvg_page()));
	EXPECT_EQ(0, *peek(phys + nvg_page()));
}

static bool refused_with(struct nvg_gpu *gpu, int error)
{
	const char *why = nvg_open(gpu);

	return why && strstr(why, strerror(error));
}

static const char * const not_opened[] = {
	"not opened: the reset that parts it from its last user failed", "sysfs", NULL
};

TEST_F(tenant, I21_gpu_whose_reset_failed_is_not_opened_until_one_works)
{
	/* While the knob is off, or the kernel refuses the method. */
	ASSERT_EQ(0, nvg_sysfs_write(nvg_bdf(), "reset_method", "pm"));
	nvg_set_knob(&self->gpu, NVG_EMU_NO_SOFT_RESET, 1);
	nvg_close(&self->gpu);
	EXPECT_TRUE(refused_with(&self->gpu, EIO));
	EXPECT_EQ(1, nvg_klog_count(self->klog, not_opened));
	EXPECT_GT(0, nvg_sysfs_write(nvg_bdf(), "reset", "1"));
	EXPECT_TRUE(refused_with(&self->gpu, EIO));
	ASSERT_EQ(0, nvg_sysfs_write(nvg_bdf(), "reset_method", "flr"));
	EXPECT_EQ(0, nvg_sysfs_write(nvg_bdf(), "reset", "1"));
	EXPECT_EQ(NULL, nvg_open(&self->gpu));
}

TEST_F(tenant, I21_gpu_without_a_reset_is_not_opened_after_a_bind_either)
{
	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_sysfs_write(nvg_bdf(), "reset_method", "\n"));
	EXPECT_TRUE(refused_with(&self->gpu, EIO));
	EXPECT_EQ(1, nvg_klog_count(self->klog, not_opened));
	ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_DRIVER));
	EXPECT_TRUE(refused_with(&self->gpu, EIO));
	ASSERT_EQ(0, nvg_sysfs_write(nvg_bdf(), "reset_method", "default"));
	EXPECT_EQ(NULL, nvg_open(&self->gpu));
}

TEST_F(tenant, I21_gpu_whose_memory_cannot_be_scrubbed_is_not_opened)
{
	const char *const why[] = { "not opened: its memory is not scrubbed (error -19)", NULL };

	nvg_set_knob(&self->gpu, NVG_EMU_ONES, NVG_EMU_NEVER);
	nvg_close(&self->gpu);
	ASSERT_EQ(0, set_scrub("Y"));
	EXPECT_TRUE(refused_with(&self->gpu, ENODEV));
	EXPECT_EQ(1, nvg_klog_count(self->klog, why));
	ASSERT_EQ(0, set_scrub("N"));
	EXPECT_EQ(NULL, nvg_open(&self->gpu));
}

NVG_HARNESS_MAIN
