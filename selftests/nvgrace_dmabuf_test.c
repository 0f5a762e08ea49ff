// SPDX-License-Identifier: GPL-2.0-only
/* What of the memory can be exported or mapped for DMA, and what cannot? */
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "nvg_dma.h"
#include "nvg_facts.h"
#include "nvg_harness.h"

#define LEAF	(2 * NVG_MIB)
#define IOVA	NVG_GIB
#define GET_BUF	(VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF)

static const char *open_for_export(struct nvg_gpu *gpu)
{
	const char *why = nvg_open_with_memory(gpu);
	int ret;

	if (why)
		return why;
	ret = nvg_feature(gpu, GET_BUF | VFIO_DEVICE_FEATURE_PROBE, NULL, 0);
	if (ret) {
		nvg_close(gpu);
		why = "this kernel exports no dma-buf of a VFIO device (VFIO_PCI_DMABUF)";
	}
	return why;
}

NVG_FIXTURE(buf, open_for_export)

/* Exports and lets go of it; returns 0 or -errno. */
static int try_export(struct nvg_gpu *gpu, int index, uint64_t off,
		      uint64_t len)
{
	int fd = nvg_export(gpu, index, off, len);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static int export_memory(struct nvg_gpu *gpu, uint64_t off, uint64_t len)
{
	return try_export(gpu, gpu->mem, off, len);
}

TEST_F(buf, I10_all_of_the_memory_and_any_page_of_it_is_exported)
{
	uint64_t size = self->gpu.mem_size, page = nvg_page();

	EXPECT_EQ(0, export_memory(&self->gpu, 0, size));
	EXPECT_EQ(0, export_memory(&self->gpu, 0, page));
	EXPECT_EQ(0, export_memory(&self->gpu, size - page, page));
	EXPECT_EQ(0, export_memory(&self->gpu, 5 * page, 7 * page));
}

TEST_F(buf, I10_size_of_the_file_is_the_exported_length)
{
	int fd = nvg_export(&self->gpu, self->gpu.mem, LEAF, 3 * LEAF);

	ASSERT_LE(0, fd);
	EXPECT_EQ(3 * LEAF, lseek(fd, 0, SEEK_END));
	close(fd);
}

TEST_F(buf, I10_padding_and_beyond_cannot_be_exported)
{
	uint64_t size = self->gpu.mem_size, page = nvg_page();

	EXPECT_EQ(-EINVAL, export_memory(&self->gpu, size, page));
	EXPECT_EQ(-EINVAL, export_memory(&self->gpu, size - page, 2 * page));
	EXPECT_EQ(-EINVAL, export_memory(&self->gpu, 0, size + page));
	EXPECT_EQ(-EINVAL, export_memory(&self->gpu, self->gpu.bar_size, page));
	EXPECT_GT(0, export_memory(&self->gpu, 0 - page, 2 * page));
	EXPECT_GT(0, export_memory(&self->gpu, page, 0 - page));
}

TEST_F(buf, I7_unaligned_and_empty_ranges_are_einval)
{
	uint64_t page = nvg_page();

	EXPECT_EQ(-EINVAL, export_memory(&self->gpu, 1, page));
	EXPECT_EQ(-EINVAL, export_memory(&self->gpu, 0, page + 1));
	EXPECT_EQ(-EINVAL, export_memory(&self->gpu, 0, 0));
}

TEST_F(buf, I7_upper_half_of_the_bar_and_what_is_no_bar_are_refused)
{
	uint64_t page = nvg_page();

	EXPECT_GT(0, try_export(&self->gpu, self->gpu.mem + 1, 0, page));
	EXPECT_GT(0, try_export(&self->gpu, VFIO_PCI_ROM_REGION_INDEX, 0, page));
	EXPECT_GT(0, try_export(&self->gpu, VFIO_PCI_CONFIG_REGION_INDEX, 0,
				page));
	EXPECT_GT(0, try_export(&self->gpu, -1, 0, page));
}

TEST_F(buf, I19_real_bar_is_exported_and_not_past_its_end)
{
	uint64_t size = self->gpu.region[0].size;

	EXPECT_EQ(0, try_export(&self->gpu, 0, 0, size));
	EXPECT_EQ(-EINVAL, try_export(&self->gpu, 0, 0, size + nvg_page()));
}

struct two_ranges {
	struct vfio_device_feature_dma_buf buf;
	struct vfio_region_dma_range range[2];
};

static int export_two(struct nvg_gpu *gpu, uint64_t off, uint32_t flags,
		      uint32_t nr)
{
	struct two_ranges arg = {
		.buf = {
			.region_index = gpu->mem, .nr_ranges = nr,
			.open_flags = O_RDWR | O_CLOEXEC, .flags = flags,
		},
		.range = { { 0, LEAF }, { off, LEAF } },
	};

	return nvg_feature(gpu, GET_BUF, &arg, sizeof(arg));
}

TEST_F(buf, I10_each_range_of_several_is_checked)
{
	int fd = export_two(&self->gpu, 4 * LEAF, 0, 2);

	EXPECT_LE(0, fd);
	EXPECT_EQ(2 * LEAF, lseek(fd, 0, SEEK_END));
	close(fd);
	EXPECT_EQ(-EINVAL, export_two(&self->gpu, self->gpu.mem_size, 0, 2));
	EXPECT_EQ(-EINVAL, export_two(&self->gpu, 0, 1, 2));
	EXPECT_EQ(-EINVAL, export_two(&self->gpu, 0, 0, 0));
}

/* A lost iomap would be unmapped, or missed, at close. */
TEST_F(buf, I20_exports_outlive_the_device_and_leave_it_whole)
{
	uint64_t word;
	int fd[8];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 8; i++) {
			fd[i] = nvg_export(&self->gpu, self->gpu.mem, i * LEAF,
					   LEAF);
			ASSERT_LE(0, fd[i]);
		}
		nvg_close(&self->gpu);
		ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
		EXPECT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
		for (int i = 0; i < 8; i++)
			close(fd[i]);
	}
}

static void *export_for_a_while(void *arg)
{
	struct nvg_gpu *gpu = arg;
	uint64_t end = nvg_us() + 500000;
	long done = 0;

	while (nvg_us() < end && !export_memory(gpu, 0, LEAF))
		done++;
	return (void *)done;
}

static int ioeventfd(struct nvg_gpu *gpu, int fd)
{
	struct vfio_device_ioeventfd arg = {
		.argsz = sizeof(arg), .flags = VFIO_DEVICE_IOEVENTFD_32,
		.offset = gpu->region[gpu->mem].offset, .fd = fd,
	};

	return ioctl(gpu->fd, VFIO_DEVICE_IOEVENTFD, &arg) ? -errno : 0;
}

/* An export must not open the BAR to doors that are closed to it. */
TEST_F(buf, I7_ioeventfd_stays_refused_while_exports_are_made)
{
	int fd = eventfd(0, 0), refused = 0;
	uint64_t end = nvg_us() + 500000;
	pthread_t thread;
	void *done;

	ASSERT_EQ(0, pthread_create(&thread, NULL, export_for_a_while,
				    &self->gpu));
	while (nvg_us() < end) {
		ASSERT_GT(0, ioeventfd(&self->gpu, fd));
		refused++;
	}
	pthread_join(thread, &done);
	EXPECT_GT((long)done, 10);
	EXPECT_GT(refused, 10);
}

TEST_F(buf, I10_export_works_while_memory_space_is_off_and_after_a_reset)
{
	int before = nvg_export(&self->gpu, self->gpu.mem, 0, LEAF), off;

	ASSERT_LE(0, before);
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, false));
	off = nvg_export(&self->gpu, self->gpu.mem, 0, LEAF);
	EXPECT_LE(0, off);
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	EXPECT_EQ(0, export_memory(&self->gpu, 0, LEAF));
	close(before);
	close(off);
}

/* Type 1 takes a mapping; how many bytes it unmaps, it says. */
static int64_t unmapped(struct nvg_gpu *gpu, uint64_t len)
{
	struct vfio_iommu_type1_dma_unmap arg = {
		.argsz = sizeof(arg), .iova = IOVA, .size = len,
	};
	int fd = gpu->container >= 0 ? gpu->container : gpu->iommufd;

	return ioctl(fd, VFIO_IOMMU_UNMAP_DMA, &arg) ? -errno : (int64_t)arg.size;
}

TEST_F(buf, I10_type1_maps_touched_and_untouched_memory_and_unmaps_it)
{
	uint8_t *map = nvg_map(&self->gpu, LEAF, 8 * LEAF, 0);
	const char *why = nvg_need_type1(&self->gpu);

	if (why)
		SKIP(return, "%s", why);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_poke(map, 1));
	ASSERT_EQ(0, nvg_dma_map(&self->gpu, map, IOVA, 8 * LEAF));
	EXPECT_EQ(-EEXIST, nvg_dma_map(&self->gpu, map, IOVA, LEAF));
	EXPECT_EQ((int64_t)(8 * LEAF), unmapped(&self->gpu, 8 * LEAF));
	EXPECT_EQ(0, unmapped(&self->gpu, 8 * LEAF));
}

TEST_F(buf, I10_type1_refuses_a_mapping_that_cannot_be_faulted_in)
{
	uint8_t *map = nvg_map(&self->gpu, 0, LEAF, 0);
	const char *why = nvg_need_type1(&self->gpu);

	if (why)
		SKIP(return, "%s", why);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, false));
	EXPECT_EQ(-EFAULT, nvg_dma_map(&self->gpu, map, IOVA, LEAF));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	EXPECT_EQ(0, nvg_dma_map(&self->gpu, map, IOVA, LEAF));
}

TEST_F(buf, I10_iommufd_maps_the_export_and_unmaps_it)
{
	int fd = nvg_export(&self->gpu, self->gpu.mem, LEAF, 8 * LEAF);
	struct nvg_ioas ioas;
	const char *why = nvg_find_ioas(&self->gpu, &ioas);

	if (why)
		SKIP(return, "%s", why);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, nvg_map_file(&ioas, fd, 0, IOVA, 8 * LEAF));
	EXPECT_EQ((int64_t)(8 * LEAF), nvg_unmap_file(&ioas, IOVA, 8 * LEAF));
	ASSERT_EQ(0, nvg_map_file(&ioas, fd, LEAF, IOVA, LEAF));
	close(fd);
	EXPECT_EQ((int64_t)LEAF, nvg_unmap_file(&ioas, IOVA, LEAF));
}

/* A revoked export cannot be mapped; mapped ones end with their memory. */
TEST_F(buf, I10_memory_space_off_revokes_the_export_for_iommufd)
{
	int fd = nvg_export(&self->gpu, self->gpu.mem, 0, LEAF);
	struct nvg_ioas ioas;
	const char *why = nvg_find_ioas(&self->gpu, &ioas);

	if (why)
		SKIP(return, "%s", why);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, false));
	EXPECT_EQ(-ENODEV, nvg_map_file(&ioas, fd, 0, IOVA, LEAF));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	EXPECT_EQ(0, nvg_map_file(&ioas, fd, 0, IOVA, LEAF));
	EXPECT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	EXPECT_EQ((int64_t)LEAF, nvg_unmap_file(&ioas, IOVA, LEAF));
	EXPECT_EQ(0, nvg_map_file(&ioas, fd, 0, IOVA, LEAF));
}

NVG_HARNESS_MAIN
