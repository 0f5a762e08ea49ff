// SPDX-License-Identifier: GPL-2.0-only
/* Do two GPUs of one host leave each other alone? */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "nvg_dma.h"
#include "nvg_facts.h"
#include "nvg_harness.h"

#define LEAF		(2 * NVG_MIB)
#define SOON_US		100000	/* "milliseconds", on a busy build machine */

FIXTURE(pair) {
	const char *bdf[2];
	struct nvg_gpu gpu[2];
};

static const char *second_bdf(void)
{
	return getenv("NVGRACE_BDF2") ?: "0000:00:04.0";
}

static const char *open_both(const char *const bdf[2], struct nvg_gpu gpu[2])
{
	const char *why;

	for (int i = 0; i < 2; i++) {
		why = nvg_open_bdf(&gpu[i], bdf[i]);
		if (why)
			return why;
		if (gpu[i].mem < 0)
			return "one of the GPUs shows no memory BAR";
	}
	return NULL;
}

FIXTURE_SETUP(pair)
{
	const char *why = "no GPU named: give its BDF as argument or in NVGRACE_BDF";
	char driver[64];

	self->bdf[0] = nvg_bdf();
	self->bdf[1] = second_bdf();
	self->gpu[0].fd = self->gpu[1].fd = -1;
	if (!self->bdf[0])
		SKIP(return, "%s", why);
	if (!nvg_driver(self->bdf[1], driver, sizeof(driver)) ||
	    strcmp(driver, NVG_DRIVER))
		nvg_bind(self->bdf[1], NVG_DRIVER);
	why = open_both(self->bdf, self->gpu);
	if (why)
		SKIP(return, "%s", why);
}

/* In the parent: the mappings of the test would keep a GPU from unbinding. */
FIXTURE_TEARDOWN_PARENT(pair)
{
	if (self->bdf[0])
		nvg_relayout(self->bdf[0], "bar2");
}

TEST_F(pair, each_has_the_memory_that_its_firmware_describes)
{
	struct nvg_facts facts[2];

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(NULL, nvg_read_facts(self->bdf[i], &facts[i]));
		EXPECT_EQ(facts[i].size, self->gpu[i].mem_size);
	}
	EXPECT_TRUE(facts[0].base + facts[0].size <= facts[1].base ||
		    facts[1].base + facts[1].size <= facts[0].base);
}

TEST_F(pair, I5_data_of_one_is_not_data_of_the_other)
{
	uint64_t size = self->gpu[0].mem_size, at, word;
	uint8_t *map[2];

	if (self->gpu[1].mem_size < size)
		size = self->gpu[1].mem_size;
	for (int i = 0; i < 2; i++) {
		map[i] = nvg_map(&self->gpu[i], 0, size, 0);
		ASSERT_NE(MAP_FAILED, map[i]);
	}
	for (at = 0; at < size; at += size / 17 / 8 * 8) {
		for (uint64_t i = 0; i < 2; i++) {
			word = at << 1 | i;
			ASSERT_EQ(8, nvg_write(&self->gpu[i], at, &word, 8));
		}
		for (uint64_t i = 0; i < 2; i++) {
			EXPECT_EQ(at << 1 | i, *(uint64_t *)(map[i] + at));
			*(uint64_t *)(map[i] + at) = ~(at << 1 | i);
		}
		for (uint64_t i = 0; i < 2; i++) {
			ASSERT_EQ(8, nvg_read(&self->gpu[i], at, &word, 8));
			EXPECT_EQ(~(at << 1 | i), word);
		}
	}
}

TEST_F(pair, I2_bar_registers_of_one_are_not_the_others)
{
	uint32_t at[2];

	for (int i = 0; i < 2; i++) {
		at[i] = 0x14 + 4 * self->gpu[i].mem;
		nvg_cfg_set(&self->gpu[i], at[i], 4, 0x1000 << (4 * i));
	}
	EXPECT_EQ(0x1000, nvg_cfg_get(&self->gpu[0], at[0], 4));
	EXPECT_EQ(0x10000, nvg_cfg_get(&self->gpu[1], at[1], 4));
}

/* A mapping that a reset of the other one had taken away would fault. */
static void undisturbed(struct __test_metadata *_metadata, struct nvg_gpu *one,
			struct nvg_gpu *other)
{
	uint8_t *map = nvg_map(other, 0, LEAF, 0), *mine, byte;
	uint64_t word = 0x7777, start;
	long faults;

	mine = nvg_map(one, 0, LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, mine);
	ASSERT_EQ(0, nvg_poke(map, 0x42));
	ASSERT_EQ(0, nvg_poke(mine, 0x43));
	ASSERT_EQ(8, nvg_write(other, LEAF, &word, 8));
	/* What the measuring itself faults in must not count. */
	start = nvg_us() + nvg_faults();
	ASSERT_EQ(0, nvg_touch(map, &byte));
	nvg_set_knob(one, NVG_EMU_TRAIN_MS, 2500);
	/* One that returns while the memory trains. */
	ASSERT_EQ(0, nvg_flr(one));
	ASSERT_EQ(0, nvg_mem_enable(one, true));
	nvg_set_knob(one, NVG_EMU_TRAIN_MS, 0);
	faults = nvg_faults();
	start = nvg_us();
	ASSERT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0, nvg_faults() - faults);
	EXPECT_EQ(0x42, byte);
	ASSERT_EQ(8, nvg_read(other, LEAF, &word, 8));
	EXPECT_EQ(0x7777, word);
	EXPECT_LT(nvg_us() - start, SOON_US);
	ASSERT_EQ(0, nvg_touch(mine, &byte));
	EXPECT_EQ(0, byte);
	EXPECT_GE(nvg_us() - start, 1000000);
	ASSERT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0x42, byte);
}

TEST_F(pair, I12_reset_and_training_of_the_first_leave_the_second_alone)
{
	const char *why = nvg_need_knobs(&self->gpu[0]);

	if (why)
		SKIP(return, "%s", why);
	undisturbed(_metadata, &self->gpu[0], &self->gpu[1]);
}

TEST_F(pair, I12_reset_and_training_of_the_second_leave_the_first_alone)
{
	const char *why = nvg_need_knobs(&self->gpu[1]);

	if (why)
		SKIP(return, "%s", why);
	undisturbed(_metadata, &self->gpu[1], &self->gpu[0]);
}

TEST_F(pair, I14_one_that_is_gone_leaves_the_other_alone)
{
	const char *why = nvg_need_knobs(&self->gpu[0]);
	uint64_t word = 5;

	if (why)
		SKIP(return, "%s", why);
	nvg_set_knob(&self->gpu[0], NVG_EMU_TRAIN_MS, 300);
	ASSERT_EQ(0, ioctl(self->gpu[0].fd, VFIO_DEVICE_RESET));
	nvg_set_knob(&self->gpu[0], NVG_EMU_TRAIN_MS, 0);
	ASSERT_EQ(0, nvg_set_knob(&self->gpu[0], NVG_EMU_GONE_MS, 500));
	EXPECT_EQ(-ENODEV, nvg_read(&self->gpu[0], 0, &word, 8));
	EXPECT_EQ(8, nvg_write(&self->gpu[1], 0, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu[1], 0, &word, 8));
	EXPECT_EQ(5, word);
	nvg_sleep_ms(600);
	ASSERT_EQ(0, ioctl(self->gpu[0].fd, VFIO_DEVICE_RESET));
	EXPECT_EQ(8, nvg_read(&self->gpu[0], 0, &word, 8));
}

TEST_F(pair, I5_memory_space_of_one_is_not_the_others)
{
	uint8_t *map = nvg_map(&self->gpu[1], 0, LEAF, 0), byte;
	uint64_t word;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 0x11));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu[0], false));
	EXPECT_EQ(-EIO, nvg_read(&self->gpu[0], 0, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu[1], 0, &word, 8));
	EXPECT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0x11, byte);
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu[0], true));
}

TEST_F(pair, I20_closing_and_unbinding_one_leaves_the_other_alone)
{
	uint8_t *map = nvg_map(&self->gpu[1], 0, LEAF, 0), byte;
	uint64_t word;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 0x22));
	nvg_close(&self->gpu[0]);
	ASSERT_EQ(0, nvg_unbind(self->bdf[0]));
	EXPECT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0x22, byte);
	EXPECT_EQ(8, nvg_read(&self->gpu[1], 0, &word, 8));
	ASSERT_EQ(0, nvg_bind(self->bdf[0], NVG_DRIVER));
	EXPECT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0x22, byte);
}

TEST_F(pair, each_may_have_a_layout_of_its_own)
{
	struct nvg_facts facts[2];
	char value[64];

	snprintf(value, sizeof(value), "%s=split", self->bdf[0]);
	nvg_close(&self->gpu[0]);
	nvg_close(&self->gpu[1]);
	for (int i = 1; i >= 0; i--) {
		ASSERT_EQ(0, nvg_relayout(self->bdf[i], value));
		ASSERT_EQ(NULL, nvg_read_facts(self->bdf[i], &facts[i]));
	}
	EXPECT_STREQ("split", facts[0].layout);
	EXPECT_STREQ("bar2", facts[1].layout);
}

/* Peer to peer: the memory of one in the address space of the other. */
TEST_F(pair, I10_memory_of_one_is_mapped_for_the_others_dma)
{
	uint8_t *map = nvg_map(&self->gpu[0], 0, 4 * LEAF, 0);
	const char *why = nvg_need_type1(&self->gpu[1]);

	ASSERT_NE(MAP_FAILED, map);
	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, nvg_dma_map(&self->gpu[1], map, NVG_GIB, 4 * LEAF));
	EXPECT_EQ(0, nvg_dma_unmap(&self->gpu[1], NVG_GIB, 4 * LEAF));
}

TEST_F(pair, I18_bad_page_of_one_is_none_of_the_other)
{
	uint64_t at = 11 * LEAF, word;
	uint8_t *map = nvg_map(&self->gpu[1], at, LEAF, 0), byte;
	struct nvg_facts facts[2];
	char listed[2][NVG_ATTRIBUTE];

	if (nvg_need_knobs(&self->gpu[0]))
		SKIP(return, "on real hardware this would retire memory for good");
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(NULL, nvg_read_facts(self->bdf[i], &facts[i]));
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 1));
	ASSERT_EQ(0, nvg_offline(facts[1].base + at));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu[1], at, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu[0], at, &word, 8));
	map = nvg_map(&self->gpu[0], at, LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, nvg_touch(map, &byte));
	for (int i = 0; i < 2; i++)
		ASSERT_LE(0, nvg_attribute(self->bdf[i], "retired_pages",
					   listed[i], sizeof(listed[i])));
	EXPECT_STREQ("", listed[0]);
	EXPECT_STRNE("", listed[1]);
}

NVG_HARNESS_MAIN
