// SPDX-License-Identifier: GPL-2.0-only
/* Do trace events and counters tell what happened? */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "nvg_facts.h"
#include "nvg_harness.h"

#define LEAF	(2 * NVG_MIB)
#define TRACING	"/sys/kernel/tracing"
#define DEBUGFS	"/sys/kernel/debug/vfio"

FIXTURE(trace) {
	struct nvg_gpu gpu;
	struct nvg_facts facts;
};

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static const char *need_tracing(void)
{
	if (access(TRACING "/trace", R_OK) &&
	    mount("tracefs", TRACING, "tracefs", 0, NULL))
		return "no tracefs: this kernel has no tracing, or you are not root";
	if (access(TRACING "/events/nvgrace_gpu", R_OK))
		return "the driver's trace events are not there: a kernel without FTRACE";
	return NULL;
}

FIXTURE_SETUP(trace)
{
	const char *why = need_tracing();

	if (!why)
		why = nvg_open_as(&self->gpu, &self->facts, "bar2");
	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, put(TRACING "/trace", ""));
	ASSERT_EQ(0, put(TRACING "/events/nvgrace_gpu/enable", "1"));
}

FIXTURE_TEARDOWN_PARENT(trace)
{
	put(TRACING "/events/nvgrace_gpu/enable", "0");
	nvg_relayout(nvg_bdf(), "bar2");
}

/* How many events of this GPU hold the text, which begins with their name? */
static int traced(const char *fmt, ...)
{
	char want[512], line[1024];
	FILE *trace = fopen(TRACING "/trace", "r");
	va_list args;
	int found = 0;

	va_start(args, fmt);
	vsnprintf(want, sizeof(want), fmt, args);
	va_end(args);
	while (trace && fgets(line, sizeof(line), trace)) {
		line[strcspn(line, "\n")] = 0;
		found += !!strstr(line, want);
	}
	if (trace)
		fclose(trace);
	return found;
}

TEST_F(trace, probe_says_where_how_large_and_which_layout)
{
	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_DRIVER));
	EXPECT_EQ(1, traced("nvgrace_probe: %s base=%#lx size=%#lx layout=bar2",
			    nvg_bdf(), self->facts.base, self->facts.size));
}

TEST_F(trace, map_says_which_pages)
{
	uint8_t *map = nvg_map(&self->gpu, 3 * LEAF, 2 * LEAF, 0);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(1, traced("nvgrace_map: %s bar=%d pgoff=%#lx pages=%lu",
			    nvg_bdf(), self->gpu.mem, 3 * LEAF / nvg_page(),
			    2 * LEAF / nvg_page()));
}

TEST_F(trace, fault_says_which_leaf_and_what_came_of_it)
{
	uint8_t *map = nvg_map(&self->gpu, 3 * LEAF, 2 * LEAF, 0), byte;
	uint64_t pfn = (self->facts.base + 3 * LEAF) / nvg_page();

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_touch(map, &byte));
	EXPECT_LE(1, traced("nvgrace_fault: %s address=%#lx pfn=%#lx order=",
			    nvg_bdf(), (uintptr_t)map, pfn));
	EXPECT_EQ(0, traced("result=0x2"));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, false));
	ASSERT_EQ(SIGBUS, nvg_touch(map, &byte));
	EXPECT_LE(1, traced("nvgrace_fault: %s address=%#lx", nvg_bdf(),
			    (uintptr_t)map));
	EXPECT_LE(1, traced("result=0x2"));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
}

TEST_F(trace, rw_says_what_was_asked_and_what_was_done)
{
	uint64_t end = self->gpu.bar_size, word;

	ASSERT_EQ(8, nvg_read(&self->gpu, 0x1238, &word, 8));
	ASSERT_EQ(4, nvg_write(&self->gpu, end - 4, &word, 8));
	EXPECT_EQ(1, traced("nvgrace_rw: %s bar=%d offset=0x1238 count=8 read result=8",
			    nvg_bdf(), self->gpu.mem));
	EXPECT_EQ(1, traced("nvgrace_rw: %s bar=%d offset=%#lx count=8 write result=4",
			    nvg_bdf(), self->gpu.mem, end - 4));
}

TEST_F(trace, reset_and_ready_say_which_generation_and_how_long)
{
	uint64_t word, generation, now, us;
	char line[1024] = "", *at;
	FILE *trace;
	bool model = !nvg_need_knobs(&self->gpu);
	int result;

	if (model)
		nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 100);
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_LE(1, traced("nvgrace_reset: %s generation=", nvg_bdf()));
	ASSERT_EQ(1, traced("nvgrace_ready: %s generation=", nvg_bdf()));
	trace = fopen(TRACING "/trace", "r");
	ASSERT_NE(NULL, trace);
	while (fgets(line, sizeof(line), trace)) {
		at = strstr(line, "nvgrace_reset: ");
		if (at)
			sscanf(at, "nvgrace_reset: %*s generation=%lu", &now);
		at = strstr(line, "nvgrace_ready: ");
		if (at)
			ASSERT_EQ(3, sscanf(at, "nvgrace_ready: %*s generation=%lu elapsed_us=%lu result=%d",
					    &generation, &us, &result));
	}
	fclose(trace);
	/* The reset began with an odd number and ended with the next one. */
	EXPECT_EQ(0, generation % 2);
	EXPECT_EQ(generation, now + now % 2);
	EXPECT_EQ(0, result);
	EXPECT_LT(us, 30000000);
	if (model)
		EXPECT_GE(us, 99000);
}

TEST_F(trace, poison_says_which_page)
{
	uint64_t phys = self->facts.base + 21 * LEAF;
	uint8_t *map = nvg_map(&self->gpu, 21 * LEAF, LEAF, 0);
	char text[32];

	if (nvg_need_knobs(&self->gpu))
		SKIP(return, "on real hardware this would retire memory for good");
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 1));
	snprintf(text, sizeof(text), "%#lx", phys);
	ASSERT_EQ(0, put("/sys/devices/system/memory/hard_offline_page", text));
	EXPECT_EQ(1, traced("nvgrace_poison: %s pfn=%#lx", nvg_bdf(),
			    phys / nvg_page()));
}

TEST_F(trace, nothing_is_traced_when_it_is_off)
{
	uint64_t word;

	ASSERT_EQ(0, put(TRACING "/events/nvgrace_gpu/enable", "0"));
	ASSERT_EQ(0, put(TRACING "/trace", ""));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, traced("nvgrace_"));
}

FIXTURE(counters) {
	struct nvg_gpu gpu;
	struct nvg_facts facts;
	char dir[128];
};

FIXTURE_SETUP(counters)
{
	const char *why;

	if (access(DEBUGFS, R_OK))
		SKIP(return, "this kernel has no VFIO_DEBUGFS, or debugfs is not mounted");
	why = nvg_open_as(&self->gpu, &self->facts, "bar2");
	if (why)
		SKIP(return, "%s", why);
	snprintf(self->dir, sizeof(self->dir), DEBUGFS "/%s/coherent_memory",
		 nvg_bdf());
}

FIXTURE_TEARDOWN_PARENT(counters)
{
}

static uint64_t counter(const char *dir, const char *name)
{
	char path[192], text[32] = "";
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	if (fd >= 0)
		len = read(fd, text, sizeof(text) - 1);
	close(fd);
	return len > 0 ? strtoull(text, NULL, 10) : ~0ull;
}

TEST_F(counters, bytes_are_counted_as_they_are_returned)
{
	uint64_t in = counter(self->dir, "bytes_read");
	uint64_t out = counter(self->dir, "bytes_written");
	uint8_t buf[3000] = {};

	ASSERT_NE(~0ull, in);
	ASSERT_NE(~0ull, out);
	ASSERT_EQ(3000, nvg_read(&self->gpu, 5, buf, 3000));
	ASSERT_EQ(7, nvg_write(&self->gpu, self->gpu.bar_size - 7, buf, 100));
	EXPECT_EQ(-EINVAL, nvg_read(&self->gpu, self->gpu.bar_size, buf, 1));
	EXPECT_EQ(in + 3000, counter(self->dir, "bytes_read"));
	EXPECT_EQ(out + 7, counter(self->dir, "bytes_written"));
}

TEST_F(counters, faults_are_counted_by_what_they_installed)
{
	const char *names[] = { "faults_pte", "faults_pmd", "faults_pud" };
	uint64_t before = 0, after = 0, refused;
	uint8_t *map = nvg_map(&self->gpu, 0, LEAF, 0), byte;

	ASSERT_NE(MAP_FAILED, map);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		before += counter(self->dir, names[i]);
	ASSERT_EQ(0, nvg_touch(map, &byte));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		after += counter(self->dir, names[i]);
	EXPECT_EQ(before + 1, after);
	refused = counter(self->dir, "faults_refused");
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, false));
	ASSERT_EQ(SIGBUS, nvg_touch(map, &byte));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	EXPECT_EQ(refused + 1, counter(self->dir, "faults_refused"));
}

TEST_F(counters, resets_and_waits_are_counted)
{
	uint64_t resets = counter(self->dir, "resets"), waits, word;

	waits = counter(self->dir, "waits");
	if (nvg_need_knobs(&self->gpu))
		SKIP(return, "only the model is known to train long enough to be waited for");
	/* It goes on when the reset returns, on a slow machine too. */
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 2000);
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	EXPECT_EQ(resets + 1, counter(self->dir, "resets"));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(waits + 1, counter(self->dir, "waits"));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(waits + 1, counter(self->dir, "waits"));
}

NVG_HARNESS_MAIN
