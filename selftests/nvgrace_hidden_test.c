// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a hardware BAR that a guest's driver would take for memory show at no door?
 *
 * Grace Hopper's are BAR4 where the memory is one BAR2, and BAR2 where all of the
 * memory is BAR4. Each must look like a BAR that hardware does not have.
 */
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <linux/pci_regs.h>

#include "nvg_facts.h"
#include "nvg_harness.h"

FIXTURE(hidden) {
	struct nvg_gpu gpu;
	int bar;
};

FIXTURE_VARIANT(hidden) {
	const char *layout;
	bool mig_ok;
};

FIXTURE_VARIANT_ADD(hidden, bar4_of_bar2) { .layout = "bar2" };
FIXTURE_VARIANT_ADD(hidden, bar2_of_split) { .layout = "split", .mig_ok = true };

/* The DVSEC's bit is read at bind, so it is set before. */
static const char *set_mig(bool ok)
{
	struct nvg_gpu gpu;
	const char *why = nvg_open(&gpu);

	if (why)
		return why;
	why = nvg_need_knobs(&gpu);
	if (!why)
		nvg_set_knob(&gpu, NVG_EMU_MIG_OK, ok);
	nvg_close(&gpu);
	return why;
}

FIXTURE_SETUP(hidden)
{
	const char *why = set_mig(variant->mig_ok);
	int memory = variant->mig_ok ? 4 : 2;

	self->gpu.fd = -1;
	if (!why && nvg_relayout(nvg_bdf(), variant->layout))
		why = "the GPU does not bind with this layout";
	if (!why)
		why = nvg_open(&self->gpu);
	if (why)
		SKIP(return, "%s", why);
	self->bar = 6 - memory;
	nvg_use_region(&self->gpu, memory);
	if (!nvg_hardware_bar(self->gpu.bdf, self->bar))
		SKIP(return, "hardware has no BAR%d", self->bar);
}

FIXTURE_TEARDOWN(hidden)
{
	if (self->gpu.fd >= 0)
		nvg_close(&self->gpu);
	set_mig(false);
	nvg_relayout(nvg_bdf(), "bar2");
}

TEST_F(hidden, I22_log_says_which_bar_is_hidden)
{
	char bar[8];
	const char *words[] = { nvg_bdf(), "hardware", bar, "is hidden", NULL };
	int klog = nvg_klog_mark();

	snprintf(bar, sizeof(bar), "BAR%d", self->bar);
	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_relayout(nvg_bdf(), variant->layout));
	EXPECT_EQ(1, nvg_klog_count(klog, words));
}

TEST_F(hidden, I22_region_info_shows_no_bar)
{
	for (int half = self->bar; half <= self->bar + 1; half++) {
		EXPECT_EQ(0, self->gpu.region[half].size);
		EXPECT_EQ(0, self->gpu.region[half].flags);
		EXPECT_EQ(0, self->gpu.region[half].areas);
	}
}

TEST_F(hidden, I22_config_space_shows_no_bar)
{
	uint32_t low = PCI_BASE_ADDRESS_0 + 4 * self->bar;
	uint8_t before[24], after[24];

	ASSERT_EQ(24, nvg_sysfs_config(self->gpu.bdf, PCI_BASE_ADDRESS_0,
				       before, 24));
	for (uint32_t at = low; at < low + 8; at += 4) {
		EXPECT_EQ(0, nvg_cfg_get(&self->gpu, at, 4));
		nvg_cfg_set(&self->gpu, at, 4, ~0u);
		EXPECT_EQ(0, nvg_cfg_get(&self->gpu, at, 4));
	}
	ASSERT_EQ(24, nvg_sysfs_config(self->gpu.bdf, PCI_BASE_ADDRESS_0,
				       after, 24));
	EXPECT_EQ(0, memcmp(before, after, 24));
}

/* A region's file offset is told for an index that has nothing, too. */
TEST_F(hidden, I22_reads_writes_and_mappings_are_einval)
{
	uint32_t val = 0;

	for (int half = self->bar; half <= self->bar + 1; half++) {
		uint64_t at = self->gpu.region[half].offset;

		EXPECT_EQ(-1, pread(self->gpu.fd, &val, 4, at));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, pwrite(self->gpu.fd, &val, 4, at));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(MAP_FAILED, mmap(NULL, nvg_page(), PROT_READ,
					   MAP_SHARED, self->gpu.fd, at));
		EXPECT_EQ(EINVAL, errno);
	}
}

TEST_F(hidden, I22_ioeventfd_is_einval)
{
	struct vfio_device_ioeventfd arg = {
		.argsz = sizeof(arg), .flags = VFIO_DEVICE_IOEVENTFD_32,
		.fd = eventfd(0, 0),
	};

	for (int half = self->bar; half <= self->bar + 1; half++) {
		arg.offset = self->gpu.region[half].offset;
		EXPECT_EQ(-1, ioctl(self->gpu.fd, VFIO_DEVICE_IOEVENTFD, &arg));
		EXPECT_EQ(EINVAL, errno);
	}
}

TEST_F(hidden, I22_dmabuf_is_enodev_beside_one_of_the_memory)
{
	int probe = nvg_feature(&self->gpu, VFIO_DEVICE_FEATURE_PROBE |
				VFIO_DEVICE_FEATURE_GET |
				VFIO_DEVICE_FEATURE_DMA_BUF, NULL, 0);
	int memory = nvg_export(&self->gpu, self->gpu.mem, 0, nvg_page());

	if (probe)
		SKIP(return, "this kernel exports no dma-buf of a VFIO device (VFIO_PCI_DMABUF)");
	EXPECT_LE(0, memory);
	for (int half = self->bar; half <= self->bar + 1; half++)
		EXPECT_EQ(-ENODEV, nvg_export(&self->gpu, half, 0, nvg_page()));
	close(memory);
}

/* Closing gives hardware's BAR back to the core, which releases it. */
TEST_F(hidden, I20_bar_is_the_hardwares_again_under_vfio_pci)
{
	struct nvg_gpu plain;

	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_PLAIN_DRIVER));
	ASSERT_EQ(NULL, nvg_open(&plain));
	EXPECT_EQ(nvg_hardware_bar(plain.bdf, self->bar),
		  plain.region[self->bar].size);
	nvg_close(&plain);
}

NVG_HARNESS_MAIN
