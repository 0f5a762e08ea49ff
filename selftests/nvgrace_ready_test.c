// SPDX-License-Identifier: GPL-2.0-only
/* Does nothing reach the memory between a reset and the end of its training? */
#include <pthread.h>
#include <signal.h>
#include <linux/pci_regs.h>

#include "nvg_causes.h"

#define TRAIN_MS	700
#define TIMEOUT_US	30000000

NVG_FIXTURE_WITH_KNOBS(ready)

TEST_F(cause, I11_read_waits_and_never_sees_the_untrained_memory)
{
	uint64_t at[] = { 0, self->gpu.mem_size - 8, nvg_page() - 8 };
	uint64_t word = 0x1234;

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		ASSERT_EQ(8, nvg_write(&self->gpu, at[i], &word, 8));
	}
	ASSERT_TRUE(nvg_reset_and_train(&self->gpu, TRAIN_MS, variant->reset));
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		ASSERT_EQ(8, nvg_read(&self->gpu, at[i], &word, 8));
		EXPECT_EQ(0, word) TH_LOG("at 0x%lx", at[i]);
	}
	EXPECT_TRUE(nvg_trained(&self->gpu));
}

/* Training ends with cleared memory: an early write would be lost. */
TEST_F(cause, I11_write_waits_and_is_not_lost)
{
	uint64_t word = 0x5aa5, seen = 0;

	/* It must have been known as trained, or everyone asks anyway. */
	ASSERT_EQ(8, nvg_read(&self->gpu, 16, &seen, 8));
	ASSERT_TRUE(nvg_reset_and_train(&self->gpu, TRAIN_MS, variant->reset));
	ASSERT_EQ(8, nvg_write(&self->gpu, 16, &word, 8));
	EXPECT_TRUE(nvg_trained(&self->gpu));
	ASSERT_EQ(8, nvg_read(&self->gpu, 16, &seen, 8));
	EXPECT_EQ(word, seen);
}

TEST_F(cause, I11_mapping_of_before_waits_and_never_sees_the_untrained_memory)
{
	uint8_t *map = nvg_map(&self->gpu, 0, NVG_MIB, 0), byte = 1;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 0x77));
	ASSERT_TRUE(nvg_reset_and_train(&self->gpu, TRAIN_MS, variant->reset));
	ASSERT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0, byte);
	EXPECT_TRUE(nvg_trained(&self->gpu));
}

TEST_F(ready, I11_first_read_after_open_waits)
{
	uint64_t word = 1;

	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, TRAIN_MS);
	nvg_close(&self->gpu);
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_TRUE(nvg_trained(&self->gpu));
}

TEST_F(ready, I11_mapping_made_during_training_waits)
{
	uint8_t *map, byte = 1;

	ASSERT_TRUE(nvg_reset_and_train(&self->gpu, TRAIN_MS, nvg_reset));
	map = nvg_map(&self->gpu, 0, NVG_MIB, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0, byte);
	EXPECT_TRUE(nvg_trained(&self->gpu));
}

TEST_F(ready, hardware_is_asked_once_per_reset_and_not_in_a_storm)
{
	uint32_t reads;
	uint64_t word;

	ASSERT_TRUE(nvg_reset_and_train(&self->gpu, TRAIN_MS, nvg_reset));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	reads = nvg_knob(&self->gpu, NVG_EMU_READY_READS);
	EXPECT_GT(reads, 0);
	EXPECT_LE(reads, TRAIN_MS / 2);
	for (int i = 0; i < 20; i++) {
		nvg_read(&self->gpu, i * 8, &word, 8);
	}
	EXPECT_EQ(reads, nvg_knob(&self->gpu, NVG_EMU_READY_READS));
}

TEST_F(ready, I13_short_training_is_noticed_within_20_ms)
{
	int64_t us = nvg_lateness_us(&self->gpu, 320);

	TH_LOG("noticed after %ld us", us);
	EXPECT_LE(us, 20000);
}

TEST_F(ready, I13_long_training_is_noticed_within_5_percent)
{
	int64_t us = nvg_lateness_us(&self->gpu, 2000);

	TH_LOG("noticed after %ld us", us);
	EXPECT_LE(us, 100000);
}

/* Who answers late by one read is there. */
TEST_F(cause, I14_first_word_of_ones_after_a_reset_is_no_lost_gpu)
{
	uint64_t word = 1;

	nvg_set_knob(&self->gpu, NVG_EMU_ONES, 1);
	ASSERT_TRUE(nvg_reset_and_train(&self->gpu, TRAIN_MS, variant->reset));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_TRUE(nvg_trained(&self->gpu));
}

/* Its user may write the power state at will: a line each time would fill the log. */
TEST_F(ready, I13_lost_gpu_is_told_once_whatever_its_user_writes)
{
	const char *const words[] = { self->gpu.bdf, "memory is unusable", NULL };
	const char *const gone[] = { self->gpu.bdf, "fell off the bus", NULL };
	uint32_t pmcsr = nvg_cap(&self->gpu, PCI_CAP_ID_PM) + PCI_PM_CTRL;
	int klog = nvg_klog_mark(), klog_gone = nvg_klog_mark(), lost = 0;
	uint64_t word;

	nvg_set_knob(&self->gpu, NVG_EMU_ONES, NVG_EMU_NEVER);
	ASSERT_EQ(0, nvg_flr(&self->gpu));
	EXPECT_EQ(-ENODEV, nvg_read(&self->gpu, 0, &word, 8));
	for (int i = 0; i < 1000; i++) {
		ASSERT_EQ(0, nvg_cfg_set(&self->gpu, pmcsr, 2, 0));
		lost += nvg_read(&self->gpu, 0, &word, 8) == -ENODEV;
	}
	EXPECT_EQ(1000, lost);
	EXPECT_EQ(1, nvg_klog_count(klog, words) + nvg_klog_count(klog_gone, gone));
	close(klog);
	close(klog_gone);
	nvg_set_knob(&self->gpu, NVG_EMU_ONES, 0);
	ASSERT_EQ(0, nvg_flr(&self->gpu));
	EXPECT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
}

static void *reset_soon(void *arg)
{
	nvg_sleep_ms(50);
	nvg_reset(arg);
	return NULL;
}

/* mmap() is still building page tables when the memory is lost. */
TEST_F(ready, I11_reset_while_a_mapping_is_made_is_not_lost)
{
	uint8_t *map, byte = 1;
	pthread_t thread;
	uint64_t start;

	if (!nvg_env("NVGRACE_EAGER_MAP", 0))
		SKIP(return, "the module was loaded without eager_map=1");
	ASSERT_EQ(1, nvg_read(&self->gpu, 0, &byte, 1));
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 4000);
	pthread_create(&thread, NULL, reset_soon, &self->gpu);
	start = nvg_us();
	map = nvg_map(&self->gpu, 0, self->gpu.mem_size, 0);
	ASSERT_NE(MAP_FAILED, map);
	TH_LOG("mapping took %lu us", nvg_us() - start);
	pthread_join(thread, NULL);
	ASSERT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0, byte);
	EXPECT_TRUE(nvg_trained(&self->gpu));
}

/* One full timeout, then errors at once, one line, and a reset mends it. */
static void never_trains(struct __test_metadata *_metadata,
			 struct nvg_gpu *gpu, uint32_t fail, const char *says)
{
	const char *const words[] = { gpu->bdf, says, NULL };
	uint64_t start, word;
	uint8_t *map = nvg_map(gpu, 0, NVG_MIB, 0), byte;
	int klog = nvg_klog_mark();

	ASSERT_NE(MAP_FAILED, map);
	nvg_set_knob(gpu, NVG_EMU_FAIL, fail);
	start = nvg_us();
	ASSERT_TRUE(nvg_reset_and_train(gpu, 0, nvg_reset));
	EXPECT_EQ(-ETIMEDOUT, nvg_read(gpu, 0, &word, 8));
	EXPECT_GE(nvg_us() - start, TIMEOUT_US);
	EXPECT_LE(nvg_us() - start, TIMEOUT_US + TIMEOUT_US / 20 + SOON_US);
	start = nvg_us();
	EXPECT_EQ(-ETIMEDOUT, nvg_write(gpu, 0, &word, 8));
	EXPECT_EQ(SIGBUS, nvg_touch(map, &byte));
	EXPECT_LT(nvg_us() - start, SOON_US);
	EXPECT_EQ(1, nvg_klog_count(klog, words));
	nvg_set_knob(gpu, NVG_EMU_FAIL, 0);
	ASSERT_TRUE(nvg_reset_and_train(gpu, 0, nvg_reset));
	EXPECT_EQ(8, nvg_read(gpu, 0, &word, 8));
	EXPECT_EQ(0, nvg_touch(map, &byte));
}

TEST_F_TIMEOUT(ready, I13_c2c_link_that_stays_down_costs_one_timeout, 60)
{
	never_trains(_metadata, &self->gpu, NVG_EMU_FAIL_C2C, "C2C link");
}

TEST_F_TIMEOUT(ready, I13_memory_that_never_trains_costs_one_timeout, 60)
{
	never_trains(_metadata, &self->gpu, NVG_EMU_FAIL_HBM, "memory training");
}

NVG_HARNESS_MAIN
