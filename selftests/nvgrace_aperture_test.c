// SPDX-License-Identifier: GPL-2.0-only
/* Does the memory that firmware describes appear as the right region? */
#include <sys/ioctl.h>

#include "nvg_harness.h"

#define REGION_SHIFT	40	/* a region's file offset is its index << 40 */

NVG_FIXTURE(aperture, nvg_open_with_memory)

TEST_F(aperture, region_is_the_one_this_part_has)
{
	uint64_t told = nvg_env("NVGRACE_MEM_BAR",
				nvg_bar_of_device(self->gpu.device));

	EXPECT_EQ(told, self->gpu.mem);
	EXPECT_EQ((uint64_t)self->gpu.mem << REGION_SHIFT,
		  self->gpu.region[self->gpu.mem].offset);
}

TEST_F(aperture, region_size_is_memory_rounded_up_to_a_power_of_two)
{
	EXPECT_EQ(nvg_round_up_pow2(self->gpu.mem_size), self->gpu.bar_size);
	EXPECT_LE(self->gpu.bar_size, 1ull << REGION_SHIFT);
}

TEST_F(aperture, memory_size_is_what_firmware_says)
{
	uint64_t told = nvg_env("NVGRACE_EXPECT_MEM", 0);

	if (!told)
		SKIP(return, "NVGRACE_EXPECT_MEM does not say what firmware has");
	EXPECT_EQ(told, self->gpu.mem_size);
}

TEST_F(aperture, region_can_be_read_written_and_mapped)
{
	uint32_t want = VFIO_REGION_INFO_FLAG_READ |
			VFIO_REGION_INFO_FLAG_WRITE |
			VFIO_REGION_INFO_FLAG_MMAP |
			VFIO_REGION_INFO_FLAG_CAPS;

	EXPECT_EQ(want, self->gpu.region[self->gpu.mem].flags);
}

TEST_F(aperture, sparse_area_is_the_memory_and_no_more)
{
	struct nvg_region *region = &self->gpu.region[self->gpu.mem];

	EXPECT_EQ(1, region->areas);
	EXPECT_EQ(0, region->area_offset);
	EXPECT_EQ(0, region->area_size % nvg_page());
	EXPECT_GT(region->area_size, 0);
	EXPECT_LE(region->area_size, region->size);
}

/* Grace Hopper's reserved memory, in the split layout, is its BAR2. */
TEST_F(aperture, capability_says_how_much_memory_and_whether_cacheable)
{
	struct nvg_region *region = &self->gpu.region[self->gpu.mem];
	bool reserved = nvg_env("NVGRACE_MEM_BAR", 4) == 2;

	EXPECT_EQ(region->area_size, region->memory);
	EXPECT_EQ(!reserved, region->cached);
}

TEST_F(aperture, sysfs_shows_the_same_regions)
{
	struct nvg_region *region = &self->gpu.region[self->gpu.mem];
	char text[512], want[128];

	ASSERT_LT(0, nvg_sysfs_read(self->gpu.bdf, "coherent_memory/regions",
				    text, sizeof(text)));
	snprintf(want, sizeof(want), " %lu %lu %s", region->area_size,
		 region->size, region->cached ? "cacheable" : "uncached");
	EXPECT_NE(NULL, strstr(text, want)) TH_LOG("%s lacks%s", text, want);
}

TEST_F(aperture, sysfs_says_ready_after_an_access)
{
	char text[64];
	uint8_t byte;

	ASSERT_EQ(1, nvg_read(&self->gpu, 0, &byte, 1));
	ASSERT_LT(0, nvg_sysfs_read(self->gpu.bdf, "coherent_memory/ready",
				    text, sizeof(text)));
	EXPECT_STREQ("ready", text);
}

/* The upper half of a 64-bit BAR is no region of its own. */
TEST_F(aperture, I7_index_of_the_upper_half_is_empty)
{
	struct nvg_region *odd = &self->gpu.region[self->gpu.mem + 1];
	uint32_t val;

	EXPECT_EQ(0, odd->size);
	EXPECT_EQ(0, odd->flags);
	EXPECT_EQ(-1, pread(self->gpu.fd, &val, 4, odd->offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->gpu.fd, &val, 4, odd->offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, nvg_page(), PROT_READ, MAP_SHARED,
				   self->gpu.fd, odd->offset));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(aperture, I7_region_query_with_a_short_argsz_is_einval)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info) - 1, .index = self->gpu.mem
	};

	EXPECT_EQ(-1, ioctl(self->gpu.fd, VFIO_DEVICE_GET_REGION_INFO, &info));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(aperture, I7_region_query_at_a_bad_address_is_efault)
{
	EXPECT_EQ(-1, ioctl(self->gpu.fd, VFIO_DEVICE_GET_REGION_INFO, 8));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(aperture, I7_region_query_past_the_last_index_is_einval)
{
	struct vfio_region_info info = { .argsz = sizeof(info) };

	info.index = VFIO_PCI_NUM_REGIONS;
	EXPECT_EQ(-1, ioctl(self->gpu.fd, VFIO_DEVICE_GET_REGION_INFO, &info));
	EXPECT_EQ(EINVAL, errno);
	info.index = ~0u;
	EXPECT_EQ(-1, ioctl(self->gpu.fd, VFIO_DEVICE_GET_REGION_INFO, &info));
	EXPECT_EQ(EINVAL, errno);
}

/* No room for the capability: everything but the chain, and the size it needs. */
TEST_F(aperture, I7_region_query_without_room_tells_the_size_it_needs)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info), .index = self->gpu.mem
	};
	size_t cap = sizeof(struct vfio_region_info_cap_sparse_mmap) +
		     sizeof(struct vfio_region_sparse_mmap_area);

	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_GET_REGION_INFO, &info));
	EXPECT_GE(info.argsz, sizeof(info) + cap);
	EXPECT_EQ(0, info.cap_offset);
	EXPECT_EQ(self->gpu.bar_size, info.size);
	EXPECT_NE(0, info.flags & VFIO_REGION_INFO_FLAG_CAPS);
}

TEST_F(aperture, I22_every_other_bar_is_the_hardwares_or_hidden)
{
	for (int i = 0; i <= VFIO_PCI_BAR5_REGION_INDEX; i++) {
		if (nvg_made_up(&self->gpu, i))
			continue;
		EXPECT_EQ(nvg_hidden(&self->gpu, i) ? 0 :
			  nvg_hardware_bar(self->gpu.bdf, i),
			  self->gpu.region[i].size)
			TH_LOG("BAR%d", i);
	}
}

NVG_HARNESS_MAIN
