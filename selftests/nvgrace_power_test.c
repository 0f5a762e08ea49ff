// SPDX-License-Identifier: GPL-2.0-only
/* Is the memory kept closed in low power, and trained again after it? */
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <linux/pci_regs.h>

#include "nvg_facts.h"
#include "nvg_harness.h"
#include "nvg_ready.h"

#define TRAIN_MS	700
#define PMCSR		PCI_PM_CTRL

FIXTURE(power) {
	struct nvg_gpu gpu;
};

FIXTURE_SETUP(power)
{
	const char *why = nvg_open_with_memory(&self->gpu);

	if (!why)
		why = nvg_need_knobs(&self->gpu);
	if (why)
		SKIP(return, "%s", why);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
}

FIXTURE_TEARDOWN(power)
{
	if (self->gpu.fd < 0)
		return;
	nvg_mem_enable(&self->gpu, true);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	nvg_close(&self->gpu);
}

#define NEED_RUNTIME_PM()				\
	do {						\
		if (nvg_no_runtime_pm())			\
			SKIP(return, "%s", nvg_no_runtime_pm()); \
	} while (0)

static bool trained(struct nvg_gpu *gpu)
{
	return nvg_knob(gpu, NVG_EMU_SINCE_RESET_US) >= TRAIN_MS * 1000u;
}

/* Sleeps and wakes with training to follow; true: the model saw a reset. */
static bool sleep_and_wake(struct nvg_gpu *gpu)
{
	uint32_t before = nvg_knob(gpu, NVG_EMU_RESETS);

	nvg_set_knob(gpu, NVG_EMU_TRAIN_MS, TRAIN_MS);
	return !nvg_enter_low_power(gpu) && nvg_reaches(gpu, "D3hot") &&
	       !nvg_leave_low_power(gpu) && !nvg_mem_enable(gpu, true) &&
	       nvg_knob(gpu, NVG_EMU_RESETS) != before &&
	       nvg_knob(gpu, NVG_EMU_RESET_CAUSE) == NVG_EMU_RESET_PM;
}

TEST_F(power, I5_memory_is_closed_in_low_power)
{
	uint8_t *map = nvg_map(&self->gpu, 0, NVG_MIB, 0), byte;
	uint64_t pad = self->gpu.mem_size, word = 0;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 1));
	ASSERT_EQ(0, nvg_enter_low_power(&self->gpu));
	EXPECT_EQ(-EIO, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(-EIO, nvg_write(&self->gpu, 0, &word, 8));
	EXPECT_EQ(SIGBUS, nvg_touch(map, &byte));
	if (pad != self->gpu.bar_size)
		EXPECT_EQ(-EIO, nvg_read(&self->gpu, pad, &word, 8));
	ASSERT_EQ(0, nvg_leave_low_power(&self->gpu));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	EXPECT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, nvg_touch(map, &byte));
}

/* A read that is refused must not have woken the GPU for its user. */
TEST_F(power, I5_refused_accesses_leave_the_gpu_asleep)
{
	uint8_t *map = nvg_map(&self->gpu, 0, NVG_MIB, 0), byte;
	uint64_t word;

	NEED_RUNTIME_PM();
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_enter_low_power(&self->gpu));
	ASSERT_TRUE(nvg_reaches(&self->gpu, "D3hot"));
	EXPECT_EQ(-EIO, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(SIGBUS, nvg_touch(map, &byte));
	EXPECT_TRUE(nvg_reaches(&self->gpu, "D3hot"));
	EXPECT_EQ(-EIO, nvg_read(&self->gpu, 0, &word, 8));
	ASSERT_EQ(0, nvg_leave_low_power(&self->gpu));
	EXPECT_TRUE(nvg_reaches(&self->gpu, "D0"));
}

TEST_F(power, I11_read_after_low_power_waits_for_training)
{
	uint64_t word = 0x1234;

	NEED_RUNTIME_PM();
	ASSERT_EQ(8, nvg_write(&self->gpu, 0, &word, 8));
	ASSERT_TRUE(sleep_and_wake(&self->gpu));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_TRUE(trained(&self->gpu));
}

TEST_F(power, I11_mapping_of_before_low_power_waits_for_training)
{
	uint8_t *map = nvg_map(&self->gpu, 0, NVG_MIB, 0), byte = 1;

	NEED_RUNTIME_PM();
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 0x77));
	ASSERT_TRUE(sleep_and_wake(&self->gpu));
	ASSERT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0, byte);
	EXPECT_TRUE(trained(&self->gpu));
}

TEST_F(power, I11_low_power_with_wakeup_waits_for_training_too)
{
	struct vfio_device_low_power_entry_with_wakeup wakeup = {
		.wakeup_eventfd = eventfd(0, EFD_NONBLOCK),
	};
	uint64_t word = 1;
	int ret;

	NEED_RUNTIME_PM();
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, TRAIN_MS);
	ret = nvg_feature(&self->gpu, VFIO_DEVICE_FEATURE_SET |
			  VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,
			  &wakeup, sizeof(wakeup));
	ASSERT_EQ(0, ret);
	ASSERT_TRUE(nvg_reaches(&self->gpu, "D3hot"));
	ASSERT_EQ(0, nvg_leave_low_power(&self->gpu));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_TRUE(trained(&self->gpu));
}

/* Closed in low power, the GPU comes back for whoever opens it next. */
TEST_F(power, I11_open_after_a_close_in_low_power_waits_for_training)
{
	uint64_t word = 1;

	NEED_RUNTIME_PM();
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, TRAIN_MS);
	ASSERT_EQ(0, nvg_enter_low_power(&self->gpu));
	ASSERT_TRUE(nvg_reaches(&self->gpu, "D3hot"));
	nvg_close(&self->gpu);
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_TRUE(trained(&self->gpu));
}

/* While nobody has it open the host lets it sleep; a reset may come then. */
TEST_F(power, I11_sysfs_reset_of_a_closed_gpu_is_not_lost)
{
	uint64_t word = 0x4321;

	ASSERT_EQ(8, nvg_write(&self->gpu, 64, &word, 8));
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, TRAIN_MS);
	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_sysfs_write(nvg_bdf(), "reset", "1"));
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	ASSERT_EQ(8, nvg_read(&self->gpu, 64, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_TRUE(trained(&self->gpu));
}

FIXTURE(pmcsr) {
	struct nvg_gpu gpu;
};

/* How the power state is written: bytes, from how far before its register. */
FIXTURE_VARIANT(pmcsr) {
	size_t bytes;
	size_t before;
};

FIXTURE_VARIANT_ADD(pmcsr, byte) { .bytes = 1 };
FIXTURE_VARIANT_ADD(pmcsr, word) { .bytes = 2 };
FIXTURE_VARIANT_ADD(pmcsr, dword) { .bytes = 4 };
FIXTURE_VARIANT_ADD(pmcsr, whole_capability) { .bytes = 8, .before = PMCSR };
FIXTURE_VARIANT_ADD(pmcsr, odd_piece) { .bytes = 3, .before = 1 };

FIXTURE_SETUP(pmcsr)
{
	const char *why = nvg_open_with_memory(&self->gpu);

	if (!why)
		why = nvg_need_knobs(&self->gpu);
	if (why)
		SKIP(return, "%s", why);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
}

FIXTURE_TEARDOWN(pmcsr)
{
	if (self->gpu.fd < 0)
		return;
	nvg_mem_enable(&self->gpu, true);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	nvg_close(&self->gpu);
}

/* Everything around the state is written as it was read. */
static bool write_state(struct nvg_gpu *gpu, size_t bytes, size_t before,
			uint8_t state)
{
	uint32_t at = nvg_cap(gpu, PCI_CAP_ID_PM) + PMCSR - before;
	uint8_t buf[8];

	if (nvg_cfg_read(gpu, at, buf, bytes) != (ssize_t)bytes)
		return false;
	buf[before] = (buf[before] & ~PCI_PM_CTRL_STATE_MASK) | state;
	return nvg_cfg_write(gpu, at, buf, bytes) == (ssize_t)bytes;
}

TEST_F(pmcsr, I11_d3hot_to_d0_waits_for_training_however_it_is_written)
{
	uint8_t *map = nvg_map(&self->gpu, 0, NVG_MIB, 0), byte = 1;
	uint32_t before = nvg_knob(&self->gpu, NVG_EMU_RESETS);
	uint64_t word = 0x99;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(8, nvg_write(&self->gpu, 0, &word, 8));
	ASSERT_EQ(0, nvg_touch(map, &byte));
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, TRAIN_MS);
	ASSERT_TRUE(write_state(&self->gpu, variant->bytes, variant->before, 3));
	EXPECT_EQ(-EIO, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(SIGBUS, nvg_touch(map, &byte));
	ASSERT_TRUE(write_state(&self->gpu, variant->bytes, variant->before, 0));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	EXPECT_EQ(before + 1, nvg_knob(&self->gpu, NVG_EMU_RESETS));
	ASSERT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0, byte);
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_TRUE(trained(&self->gpu));
}

NVG_HARNESS_MAIN
