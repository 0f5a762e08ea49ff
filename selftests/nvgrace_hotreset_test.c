// SPDX-License-Identifier: GPL-2.0-only
/* Does a hot reset, the one of the bus, do what it does under vfio-pci? */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "nvg_harness.h"
#include "nvg_port.h"

static const char *open_with_knobs(struct nvg_gpu *gpu)
{
	const char *why = nvg_open(gpu);

	if (!why)
		why = nvg_need_knobs(gpu);
	if (why)
		nvg_close(gpu);
	return why;
}

NVG_FIXTURE(hot, open_with_knobs)

TEST_F(hot, I19_hot_reset_info_names_the_gpu_and_its_owner)
{
	struct nvg_hot_reset_info hot;
	char bdf[16];

	ASSERT_EQ(0, nvg_hot_reset_info(&self->gpu, &hot));
	ASSERT_EQ(1, hot.info.count);
	snprintf(bdf, sizeof(bdf), "%04x:%02x:%02x.%x", hot.device[0].segment,
		 hot.device[0].bus, hot.device[0].devfn >> 3,
		 hot.device[0].devfn & 7);
	EXPECT_STREQ(self->gpu.bdf, bdf);
	EXPECT_EQ(self->gpu.group >= 0 ? 0 : VFIO_PCI_HOT_RESET_FLAG_DEV_ID |
		  VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED, hot.info.flags);
}

/* Config space is as before it: the kernel saves and restores that. */
TEST_F(hot, I19_hot_reset_resets_and_the_gpu_is_as_before)
{
	uint32_t before = nvg_knob(&self->gpu, NVG_EMU_RESETS);
	uint32_t bar = nvg_cfg_get(&self->gpu, 0x10, 4);

	ASSERT_EQ(0, nvg_hot_reset(&self->gpu));
	EXPECT_EQ(before + 1, nvg_knob(&self->gpu, NVG_EMU_RESETS));
	EXPECT_EQ(NVG_EMU_RESET_VFIO_USER,
		  nvg_knob(&self->gpu, NVG_EMU_RESET_CAUSE));
	EXPECT_EQ(bar, nvg_cfg_get(&self->gpu, 0x10, 4));
}

TEST_F(hot, I19_hot_reset_by_somebody_else_is_refused)
{
	uint32_t before = nvg_knob(&self->gpu, NVG_EMU_RESETS);
	int stranger = eventfd(0, 0);

	EXPECT_EQ(-EINVAL, nvg_hot_reset_by(&self->gpu, stranger));
	if (self->gpu.group >= 0)
		EXPECT_EQ(-EINVAL, nvg_hot_reset_by(&self->gpu, -1));
	EXPECT_EQ(before, nvg_knob(&self->gpu, NVG_EMU_RESETS));
	close(stranger);
}

/* 10de:2340-237f do not come back from a reset of the bus. */
TEST_F(hot, I19_hot_reset_is_refused_where_it_would_break_the_part)
{
	uint32_t before = nvg_knob(&self->gpu, NVG_EMU_RESETS);
	struct nvg_hot_reset_info hot;

	EXPECT_FALSE(nvg_bus_resets(&self->gpu));
	EXPECT_EQ(-ENODEV, nvg_hot_reset_info(&self->gpu, &hot));
	EXPECT_GT(0, nvg_hot_reset(&self->gpu));
	EXPECT_EQ(before, nvg_knob(&self->gpu, NVG_EMU_RESETS));
}

NVG_HARNESS_MAIN
