// SPDX-License-Identifier: GPL-2.0-only
/* Does a part that tells of its training by CXL keep everyone off until then? */
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <linux/pci_regs.h>

#include "nvg_harness.h"
#include "nvg_ready.h"

#define CXL_VENDOR	0x1e98
#define RANGE1_SIZE_LOW	0x1c
#define INFO_VALID	0x1
#define VALID_US	1000000	/* by when CXL wants the range valid */

FIXTURE(cxl) {
	struct nvg_gpu gpu;
	uint32_t range;		/* config space offset of range 1's low size */
	uint64_t timeout_us;	/* what the part announces */
};

/* Offset of the CXL device DVSEC; 0: there is none. */
static uint32_t find_dvsec(struct nvg_gpu *gpu)
{
	uint32_t pos = PCI_CFG_SPACE_SIZE;

	while (pos) {
		uint32_t header = nvg_cfg_get(gpu, pos, 4);

		if (PCI_EXT_CAP_ID(header) == PCI_EXT_CAP_ID_DVSEC &&
		    nvg_cfg_get(gpu, pos + PCI_DVSEC_HEADER1, 2) == CXL_VENDOR &&
		    nvg_cfg_get(gpu, pos + PCI_DVSEC_HEADER2, 2) == 0)
			break;
		pos = PCI_EXT_CAP_NEXT(header);
	}
	return pos;
}

static void train_as(struct nvg_gpu *gpu, uint32_t ms, uint32_t fail)
{
	nvg_set_knob(gpu, NVG_EMU_TRAIN_MS, ms);
	nvg_set_knob(gpu, NVG_EMU_FAIL, fail);
}

static int reset_as(struct nvg_gpu *gpu, uint32_t ms, uint32_t fail)
{
	train_as(gpu, ms, fail);
	return ioctl(gpu->fd, VFIO_DEVICE_RESET) ? -errno : 0;
}

static const char *open_cxl(struct nvg_gpu *gpu, uint32_t *range)
{
	const char *why = nvg_open_with_memory(gpu);

	if (!why)
		why = nvg_need_knobs(gpu);
	*range = why ? 0 : find_dvsec(gpu);
	if (!why && !*range)
		why = "training is told in BAR0; EMU_ARGS='--cxl 0' makes a part of the other kind";
	*range += RANGE1_SIZE_LOW;
	return why;
}

FIXTURE_SETUP(cxl)
{
	const char *why = open_cxl(&self->gpu, &self->range);
	uint32_t code;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, reset_as(&self->gpu, 0, 0));
	code = nvg_cfg_get(&self->gpu, self->range, 4) >> 13 & 7;
	self->timeout_us = 1000000ull << 2 * (code < 4 ? code : 4);
}

FIXTURE_TEARDOWN(cxl)
{
	if (self->gpu.fd < 0)
		return;
	train_as(&self->gpu, 0, 0);
	nvg_close(&self->gpu);
}

TEST_F(cxl, bar0_has_nothing_to_say)
{
	EXPECT_EQ(0, nvg_knob(&self->gpu, 0x1498));
	EXPECT_EQ(0, nvg_knob(&self->gpu, 0x200bc));
}

TEST_F(cxl, I11_read_and_mapping_wait_for_the_active_range)
{
	uint8_t *map = nvg_map(&self->gpu, 0, NVG_MIB, 0), byte = 1;
	uint64_t word = 0x1234;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 0x77));
	ASSERT_EQ(0, reset_as(&self->gpu, 700, 0));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_GE(nvg_knob(&self->gpu, NVG_EMU_SINCE_RESET_US), 700000);
	ASSERT_EQ(0, nvg_poke(map, 0x77));
	ASSERT_EQ(0, reset_as(&self->gpu, 700, 0));
	ASSERT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0, byte);
	EXPECT_GE(nvg_knob(&self->gpu, NVG_EMU_SINCE_RESET_US), 700000);
}

TEST_F(cxl, I13_active_range_is_noticed_within_20_ms)
{
	int64_t us = nvg_lateness_us(&self->gpu, 320);

	TH_LOG("noticed after %ld us", us);
	EXPECT_LE(us, 20000);
}

/* Valid late, active later: the announced timeout is read when it is there. */
TEST_F(cxl, I13_range_that_is_valid_late_has_the_announced_time)
{
	uint32_t ms = self->timeout_us / 1000 * 3 / 4;
	uint64_t word;

	if (self->timeout_us < 4000000)
		SKIP(return, "this part announces 1 s, when it has to be valid anyway");
	ASSERT_EQ(0, reset_as(&self->gpu, ms, 0));
	EXPECT_EQ(0, nvg_cfg_get(&self->gpu, self->range, 4) & INFO_VALID);
	EXPECT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
}

/* One timeout, then errors at once, one line, and a reset mends it. */
static void lost_after(struct __test_metadata *_metadata, struct nvg_gpu *gpu,
		       uint64_t timeout_us, uint32_t ms, uint32_t fail,
		       const char *says)
{
	const char *const words[] = { gpu->bdf, "CXL range 1", says, NULL };
	uint8_t *map = nvg_map(gpu, 0, NVG_MIB, 0), byte;
	int klog = nvg_klog_mark();
	uint64_t start, word;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, reset_as(gpu, ms, fail));
	start = nvg_us();
	EXPECT_EQ(-ETIMEDOUT, nvg_read(gpu, 0, &word, 8));
	EXPECT_GE(nvg_us() - start, timeout_us);
	EXPECT_LE(nvg_us() - start, timeout_us + timeout_us / 20 + SOON_US);
	start = nvg_us();
	EXPECT_EQ(-ETIMEDOUT, nvg_write(gpu, 0, &word, 8));
	EXPECT_EQ(SIGBUS, nvg_touch(map, &byte));
	EXPECT_LT(nvg_us() - start, SOON_US);
	EXPECT_EQ(1, nvg_klog_count(klog, words));
	ASSERT_EQ(0, reset_as(gpu, 0, 0));
	EXPECT_EQ(8, nvg_read(gpu, 0, &word, 8));
	EXPECT_EQ(0, nvg_touch(map, &byte));
}

TEST_F(cxl, I13_range_that_never_is_active_costs_the_announced_time)
{
	lost_after(_metadata, &self->gpu, self->timeout_us, 0,
		   NVG_EMU_FAIL_HBM, "not active");
}

TEST_F(cxl, I13_range_that_never_is_valid_costs_one_second)
{
	lost_after(_metadata, &self->gpu, VALID_US, 0, NVG_EMU_FAIL_C2C,
		   "not valid");
}

TEST_F(cxl, I13_range_that_is_active_too_late_stays_lost_until_a_reset)
{
	uint32_t ms = self->timeout_us / 1000 + 500;
	uint64_t word;

	/* Half a second of training after the timeout, valid within the second. */
	if (ms / 4 > VALID_US / 1000)
		SKIP(return, "the model would be valid too late for this timeout");
	ASSERT_EQ(0, reset_as(&self->gpu, ms, 0));
	EXPECT_EQ(-ETIMEDOUT, nvg_read(&self->gpu, 0, &word, 8));
	nvg_sleep_ms(800);
	EXPECT_EQ(-ETIMEDOUT, nvg_read(&self->gpu, 0, &word, 8));
	ASSERT_EQ(0, reset_as(&self->gpu, 0, 0));
	EXPECT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
}

struct reader {
	struct nvg_gpu *gpu;
	ssize_t ret;
	uint64_t done_us;
};

static void *read_word(void *arg)
{
	struct reader *reader = arg;
	uint64_t word;

	reader->ret = nvg_read(reader->gpu, 0, &word, 8);
	reader->done_us = nvg_us();
	return NULL;
}

TEST_F(cxl, I14_device_that_goes_during_a_wait_ends_it_at_once)
{
	struct reader reader = { .gpu = &self->gpu };
	pthread_t thread;
	uint64_t start;

	ASSERT_EQ(0, reset_as(&self->gpu, 900, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_word, &reader));
	nvg_sleep_ms(150);
	start = nvg_us();
	ASSERT_EQ(0, nvg_set_knob(&self->gpu, NVG_EMU_GONE_MS, 700));
	pthread_join(thread, NULL);
	EXPECT_EQ(-ENODEV, reader.ret);
	EXPECT_LT(reader.done_us - start, 4 * SOON_US);
	nvg_sleep_ms(800);
	ASSERT_EQ(0, reset_as(&self->gpu, 0, 0));
	ASSERT_EQ(NULL, read_word(&reader));
	EXPECT_EQ(8, reader.ret);
}

/* A dead range is told at bind time, not by a dead guest. */
TEST_F(cxl, I13_bind_refuses_a_range_that_is_not_valid)
{
	const char *bdf = nvg_bdf();
	const char *const words[] = { bdf, "CXL range 1", "not valid", NULL };
	int klog = nvg_klog_mark();
	uint64_t start;

	train_as(&self->gpu, 0, NVG_EMU_FAIL_C2C);
	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_unbind(bdf));
	start = nvg_us();
	EXPECT_EQ(-ETIMEDOUT, nvg_bind(bdf, NVG_DRIVER));
	EXPECT_GE(nvg_us() - start, VALID_US);
	EXPECT_EQ(1, nvg_klog_count(klog, words));
	ASSERT_EQ(0, nvg_bind(bdf, NVG_PLAIN_DRIVER));
	ASSERT_EQ(NULL, nvg_open(&self->gpu));
	train_as(&self->gpu, 0, 0);
	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_bind(bdf, NVG_DRIVER));
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
}

/*
 * The kernel waits a minute for a device to answer after a reset; this one lets it
 * wait longer than it has for its memory, whose time begins with the first question.
 */
TEST_F(cxl, I13_time_that_the_reset_takes_is_not_the_memorys)
{
	uint64_t word = 1;

	if (self->timeout_us > 1000000)
		SKIP(return, "the reset would have to take seconds");
	/* The kernel looks 1.1 and 2.1 s after the reset: then half a second is left. */
	nvg_set_knob(&self->gpu, NVG_EMU_RESET_MS, 1650);
	ASSERT_EQ(0, reset_as(&self->gpu, 2550, 0));
	EXPECT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	nvg_set_knob(&self->gpu, NVG_EMU_RESET_MS, 0);
	ASSERT_EQ(0, reset_as(&self->gpu, 0, 0));
}

NVG_HARNESS_MAIN
