// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does everything at once leave nobody stuck, and show nobody untrained memory?
 *
 * Threads at every door of one GPU that is closed and opened under them, while
 * other processes reset it through sysfs and unbind it. NVGRACE_SECONDS is the
 * length of each run. What the kernel says meanwhile is the runner's to judge.
 */
#include <fcntl.h>

#include "nvg_harness.h"
#include "stress/stress.h"

FIXTURE(stress) {
	struct nvg_gpu gpu;
};

FIXTURE_VARIANT(stress) {
	bool power;	/* states and no other reset: vfio-pci loses config space */
	bool neighbour;	/* another GPU is bound, unbound and loses pages meanwhile */
};

FIXTURE_VARIANT_ADD(stress, resets) { .power = false };
FIXTURE_VARIANT_ADD(stress, power_states) { .power = true };
FIXTURE_VARIANT_ADD(stress, neighbour) { .neighbour = true };

FIXTURE_SETUP(stress)
{
	const char *why = nvg_open_with_memory(&self->gpu);

	if (!why)
		why = nvg_need_knobs(&self->gpu);
	if (!why && variant->neighbour)
		why = find_neighbour();
	if (why)
		SKIP(return, "%s", why);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, TRAIN_MS / 2);
	nvg_close(&self->gpu);
	run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, run);
}

FIXTURE_TEARDOWN(stress)
{
}

TEST_F_TIMEOUT(stress, I20_nobody_is_stuck_and_I11_nobody_sees_untrained_memory, -1)
{
	uint64_t word = 0x5aa5, seen = 0;

	printf("# NVGRACE_SEED=%lu\n", nvg_seed());
	if (variant->neighbour) {
		add_process("binder of the other", bind_neighbour_once);
		add_process("ruiner of the other", ruin_neighbour_once);
		add("sleeper", sleep_once);
	} else if (!variant->power) {
		add_process("sysfs", sysfs_reset_once);
		add_process("binder", bind_once);
		add("commander", command_once);
		add("resetter", reset_once);
	} else {
		add("power", power_once);
		add("reader 2", read_once);
	}
	add("reader", read_once);
	add("writer", write_once);
	add("faulter", fault_once);
	add("toucher", touch_once);
	add("configurer", config_once);
	add("startler", startle_once);
	add("opener", session_once);
	run_workers(nvg_env("NVGRACE_SECONDS", 120));
	for (int i = 0; i < run->nr_workers; i++) {
		printf("# %s: %lu turns\n", run->worker[i].name, run->worker[i].turn);
	}
	printf("# opened %lu times, bound %lu times, %lu signals, %lu naps, %lu bad pages of another\n",
	       run->opens, run->binds, run->signals, run->naps, run->bad_pages);
	EXPECT_STREQ("", run->why);
	EXPECT_GT(run->opens, 1);

	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	EXPECT_EQ(8, nvg_write(&self->gpu, 0, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, 0, &seen, 8));
	EXPECT_EQ(word, seen);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	nvg_close(&self->gpu);
}

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"

/* kmemleak reports what is 5 s old and was not found by a scan. */
FIXTURE(leak) {};

FIXTURE_SETUP(leak)
{
}

FIXTURE_TEARDOWN(leak)
{
}

TEST_F_TIMEOUT(leak, I20_kmemleak_finds_nothing_of_ours_afterwards, -1)
{
	static char report[1 << 20];
	size_t len = 0, got;
	FILE *file;
	int fd;

	fd = open(KMEMLEAK, O_RDWR);
	if (fd < 0)
		SKIP(return, "this kernel has no kmemleak");
	for (int i = 0; i < 2; i++) {
		nvg_sleep_ms(6000);
		ASSERT_EQ(4, write(fd, "scan", 4)) TH_LOG("errno %d", errno);
	}
	close(fd);
	file = fopen(KMEMLEAK, "r");
	ASSERT_NE(NULL, file);
	while ((got = fread(report + len, 1, sizeof(report) - 1 - len, file)))
		len += got;
	fclose(file);
	EXPECT_EQ(NULL, strstr(report, "nvgrace"));
	EXPECT_EQ(NULL, strstr(report, "vfio"));
	if (strstr(report, "nvgrace") || strstr(report, "vfio"))
		printf("# %s\n", report);
}

NVG_HARNESS_MAIN
