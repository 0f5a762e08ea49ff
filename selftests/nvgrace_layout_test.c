// SPDX-License-Identifier: GPL-2.0-only
/* Is the split layout, bit for bit, what NVIDIA's guest driver expects? */
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <linux/pci_regs.h>

#include "nvg_facts.h"
#include "nvg_harness.h"
#include "nvg_ready.h"

#define USABLE		VFIO_PCI_BAR4_REGION_INDEX
#define RESERVED	VFIO_PCI_BAR2_REGION_INDEX
#define LEAF		(2 * NVG_MIB)
#define BAR_TYPE	(PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH)
#define REGION_FLAGS	(VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE | \
			 VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS)

/* A part with the MIG bug. */
FIXTURE(split) {
	struct nvg_gpu gpu;
	struct nvg_facts facts;
	uint64_t usable;	/* bytes, what the table of hosts says */
	uint64_t reserved;
};

/* A part without it. */
FIXTURE(whole) {
	struct nvg_gpu gpu;
	struct nvg_facts facts;
};

static const char *bind_split(struct nvg_gpu *gpu, struct nvg_facts *facts)
{
	if (!nvg_bdf())
		return "no GPU named: give its BDF as argument or in NVGRACE_BDF";
	if (nvg_relayout(nvg_bdf(), "split"))
		return "the GPU does not bind with layout=split; see dmesg";
	return nvg_read_facts(nvg_bdf(), facts) ?: nvg_open(gpu);
}

/* Without numbers from outside, at least the rule of hardware.md. */
FIXTURE_SETUP(split)
{
	const char *why;
	uint64_t size;

	why = bind_split(&self->gpu, &self->facts);
	if (why)
		SKIP(return, "%s", why);
	size = nvg_env("NVGRACE_EXPECT_MEM", self->facts.size);
	self->usable = nvg_env("NVGRACE_EXPECT_USABLE",
			       (size - NVG_GIB) / (512 * NVG_MIB) * 512 * NVG_MIB);
	self->reserved = size - self->usable;
	if (self->facts.nr_regions == 1)
		SKIP(return, "all of this part's memory may be cached: fixture whole");
}

/* In the parent: the mappings of the test would keep the GPU from unbinding. */
FIXTURE_TEARDOWN_PARENT(split)
{
	nvg_relayout(nvg_bdf(), "bar2");
}

FIXTURE_SETUP(whole)
{
	const char *why = bind_split(&self->gpu, &self->facts);

	if (!why && self->facts.nr_regions == 2)
		why = "this part has the MIG bug: fixture split";
	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN_PARENT(whole)
{
	nvg_relayout(nvg_bdf(), "bar2");
}

static void check_region(struct __test_metadata *_metadata,
			 struct nvg_region *region, int index, uint64_t size)
{
	EXPECT_EQ((uint64_t)index << 40, region->offset);
	EXPECT_EQ(nvg_round_up_pow2(size), region->size);
	EXPECT_EQ(REGION_FLAGS, region->flags);
	EXPECT_EQ(1, region->areas);
	EXPECT_EQ(0, region->area_offset);
	EXPECT_EQ(size, region->area_size);
}

static void check_empty(struct __test_metadata *_metadata,
			struct nvg_region *region)
{
	EXPECT_EQ(0, region->size);
	EXPECT_EQ(0, region->flags);
}

TEST_F(split, usable_memory_is_bar4)
{
	check_region(_metadata, &self->gpu.region[USABLE], USABLE,
		     self->usable);
	check_empty(_metadata, &self->gpu.region[USABLE + 1]);
}

TEST_F(split, reserved_memory_is_bar2_and_at_least_1_gib)
{
	EXPECT_GE(self->reserved, NVG_GIB);
	EXPECT_EQ(0, self->usable % (512 * NVG_MIB));
	check_region(_metadata, &self->gpu.region[RESERVED], RESERVED,
		     self->reserved);
	check_empty(_metadata, &self->gpu.region[RESERVED + 1]);
}

TEST_F(split, sysfs_says_the_same_and_reserved_follows_usable)
{
	struct nvg_fact_region *region = self->facts.region;

	EXPECT_STREQ("split", self->facts.layout);
	ASSERT_EQ(2, self->facts.nr_regions);
	EXPECT_EQ(USABLE, region->bar);
	EXPECT_EQ(self->facts.base, region->phys);
	EXPECT_EQ(self->usable, region->mem_size);
	EXPECT_TRUE(region->cached);
	EXPECT_EQ(RESERVED, region[1].bar);
	EXPECT_EQ(region->phys + region->mem_size, region[1].phys);
	EXPECT_EQ(self->reserved, region[1].mem_size);
	EXPECT_FALSE(region[1].cached);
}

static uint64_t sized(struct nvg_gpu *gpu, int bar)
{
	uint32_t at = PCI_BASE_ADDRESS_0 + 4 * bar;

	nvg_cfg_set(gpu, at, 4, ~0u);
	nvg_cfg_set(gpu, at + 4, 4, ~0u);
	return nvg_cfg_get(gpu, at, 4) |
	       (uint64_t)nvg_cfg_get(gpu, at + 4, 4) << 32;
}

TEST_F(split, I2_config_space_sizes_both_bars)
{
	EXPECT_EQ(~(nvg_round_up_pow2(self->usable) - 1) | BAR_TYPE,
		  sized(&self->gpu, USABLE));
	EXPECT_EQ(~(nvg_round_up_pow2(self->reserved) - 1) | BAR_TYPE,
		  sized(&self->gpu, RESERVED));
}

/* One access over the registers of both BARs, in one piece (I1). */
TEST_F(split, I2_both_bars_keep_their_own_address)
{
	uint64_t addr[2] = { 0x1234500000000000ull, 0x6789a00000000000ull };
	uint64_t seen[2] = {};

	ASSERT_EQ(16, nvg_cfg_write(&self->gpu, PCI_BASE_ADDRESS_2, addr, 16));
	ASSERT_EQ(16, nvg_cfg_read(&self->gpu, PCI_BASE_ADDRESS_2, seen, 16));
	EXPECT_EQ((addr[0] & ~(self->gpu.region[RESERVED].size - 1)) | BAR_TYPE,
		  seen[0]);
	EXPECT_EQ((addr[1] & ~(self->gpu.region[USABLE].size - 1)) | BAR_TYPE,
		  seen[1]);
}

static void same_bytes(struct __test_metadata *_metadata, struct nvg_gpu *gpu,
		       int index)
{
	uint8_t data[512], seen[512], *map;

	nvg_use_region(gpu, index);
	map = nvg_map(gpu, 0, gpu->mem_size, 0);
	ASSERT_NE(MAP_FAILED, map);
	for (uint64_t at = 0; at + 512 <= gpu->mem_size;
	     at += gpu->mem_size / 13 / 8 * 8) {
		nvg_fill(data, 512, at + index);
		ASSERT_EQ(512, nvg_write(gpu, at, data, 512));
		ASSERT_EQ(0, memcmp(map + at, data, 512)) TH_LOG("0x%lx", at);
		nvg_fill(data, 512, ~at);
		memcpy(map + at, data, 512);
		ASSERT_EQ(512, nvg_read(gpu, at, seen, 512));
		ASSERT_EQ(0, memcmp(seen, data, 512)) TH_LOG("0x%lx", at);
	}
}

TEST_F(split, I5_mapping_read_and_write_see_the_same_bytes_in_both)
{
	same_bytes(_metadata, &self->gpu, USABLE);
	same_bytes(_metadata, &self->gpu, RESERVED);
}

/* The kernel's window has to change with the region, and its memory type. */
static void alternate(struct __test_metadata *_metadata, struct nvg_gpu *gpu,
		      uint64_t usable, uint64_t reserved)
{
	uint64_t a, b;

	for (uint64_t i = 1; i < 50; i++) {
		nvg_use_region(gpu, USABLE);
		ASSERT_EQ(8, nvg_write(gpu, usable, &i, 8));
		nvg_use_region(gpu, RESERVED);
		b = ~i;
		ASSERT_EQ(8, nvg_write(gpu, reserved, &b, 8));
		nvg_use_region(gpu, USABLE);
		ASSERT_EQ(8, nvg_read(gpu, usable, &a, 8));
		EXPECT_EQ(i, a);
		nvg_use_region(gpu, RESERVED);
		ASSERT_EQ(8, nvg_read(gpu, reserved, &a, 8));
		EXPECT_EQ(~i, a);
	}
}

/* On both sides of the border, and where both have the same offset. */
TEST_F(split, reads_that_alternate_between_the_bars_keep_them_apart)
{
	alternate(_metadata, &self->gpu, self->usable - 8, 0);
	alternate(_metadata, &self->gpu, LEAF, LEAF);
}

TEST_F(split, I3_usable_bar_ends_where_it_ends_whatever_follows_in_memory)
{
	struct nvg_gpu *gpu = &self->gpu;
	uint8_t buf[16] = {}, ones[8];
	ssize_t want = self->usable == gpu->region[USABLE].size ? 8 : 16;

	memset(ones, 0xff, 8);
	nvg_use_region(gpu, USABLE);
	ASSERT_EQ(want, nvg_read(gpu, self->usable - 8, buf, 16));
	if (want == 16)
		EXPECT_EQ(0, memcmp(buf + 8, ones, 8));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * nvg_page(), PROT_READ, MAP_SHARED,
				   gpu->fd, gpu->region[USABLE].offset +
				   self->usable - nvg_page()));
	EXPECT_EQ(EINVAL, errno);
}

/* Past VFIO: what is at the physical addresses on both sides of the border? */
TEST_F(split, border_is_where_physical_memory_says)
{
	size_t page = nvg_page();
	uint64_t border = self->facts.base + self->usable;
	uint64_t left = 0x1e57, right = 0x419047;
	volatile uint64_t *map;
	int fd = open("/dev/mem", O_RDWR | O_SYNC);

	if (fd < 0)
		SKIP(return, "/dev/mem: %s", strerror(errno));
	map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   border - page);
	close(fd);
	if (map == MAP_FAILED)
		SKIP(return, "/dev/mem keeps drivers' memory closed: boot with iomem=relaxed");
	nvg_use_region(&self->gpu, USABLE);
	ASSERT_EQ(8, nvg_write(&self->gpu, self->usable - 8, &left, 8));
	nvg_use_region(&self->gpu, RESERVED);
	ASSERT_EQ(8, nvg_write(&self->gpu, 0, &right, 8));
	EXPECT_EQ(left, map[page / 8 - 1]);
	EXPECT_EQ(right, map[page / 8]);
}

TEST_F(split, I8_both_are_pfn_maps_at_their_vfio_offset)
{
	int index[] = { USABLE, RESERVED };

	for (int i = 0; i < self->facts.nr_regions; i++) {
		uint8_t *map;

		nvg_use_region(&self->gpu, index[i]);
		map = nvg_map(&self->gpu, LEAF, LEAF, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(((uint64_t)index[i] << 40) + LEAF,
			  nvg_vma_offset(map));
		EXPECT_TRUE(nvg_vma_flag(map, "pf"));
		EXPECT_TRUE(nvg_vma_flag(map, "io"));
		EXPECT_TRUE(nvg_vma_flag(map, "de"));
		EXPECT_TRUE(nvg_vma_flag(map, "dd"));
	}
}

/*
 * KVM runs code in cacheable memory. In memory that it has to map Normal-NC it
 * gives the guest an abort for each instruction, of which there is no end.
 */
static bool guest_ends_well(uint8_t *map)
{
	int status = 1;
	pid_t pid = fork();

	if (!pid)
		_exit(nvg_run_guest_in(map, LEAF) ? 1 : 0);
	for (int i = 0; i < 30 && !waitpid(pid, &status, WNOHANG); i++)
		nvg_sleep_ms(100);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return !status;
}

TEST_F(split, I8_guest_runs_code_in_usable_memory_and_not_in_reserved)
{
	uint8_t *map;

	if (access("/dev/kvm", R_OK | W_OK))
		SKIP(return, "no /dev/kvm: %s", strerror(errno));
	nvg_use_region(&self->gpu, USABLE);
	map = nvg_map(&self->gpu, 0, LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(guest_ends_well(map));
	nvg_use_region(&self->gpu, RESERVED);
	map = nvg_map(&self->gpu, 0, LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_FALSE(guest_ends_well(map));
}

/* Normal-NC takes unaligned words; device memory would not. */
TEST_F(split, I8_reserved_memory_takes_unaligned_words)
{
	uint8_t *map;

	nvg_use_region(&self->gpu, RESERVED);
	map = nvg_map(&self->gpu, 0, LEAF, 0);
	ASSERT_NE(MAP_FAILED, map);
	*(volatile uint64_t *)(map + 4093) = 0x1122334455667788ull;
	EXPECT_EQ(0x1122334455667788ull, *(volatile uint64_t *)(map + 4093));
}

/* A mapping that the reset had left in place would not fault. */
static void reset_reaches(struct __test_metadata *_metadata, uint8_t *map[2],
			  int reset)
{
	long faults;
	uint8_t byte;

	ASSERT_EQ(0, reset);
	for (int i = 0; i < 2; i++) {
		faults = nvg_faults();
		ASSERT_EQ(0, nvg_touch(map[i], &byte));
		EXPECT_LT(0, nvg_faults() - faults) TH_LOG("mapping %d", i);
		EXPECT_EQ(0, byte);
	}
}

/* Reset and memory space take both mappings away, and give both back. */
TEST_F(split, I11_reset_and_memory_space_reach_both_mappings)
{
	struct nvg_gpu *gpu = &self->gpu;
	uint8_t *map[2], byte;

	nvg_use_region(gpu, USABLE);
	map[0] = nvg_map(gpu, 0, LEAF, 0);
	nvg_use_region(gpu, RESERVED);
	map[1] = nvg_map(gpu, 0, LEAF, 0);
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, nvg_poke(map[i], 0x66));
		ASSERT_EQ(0, nvg_mem_enable(gpu, false));
		EXPECT_EQ(SIGBUS, nvg_touch(map[i], &byte));
		ASSERT_EQ(0, nvg_mem_enable(gpu, true));
		ASSERT_EQ(0, nvg_touch(map[i], &byte));
		EXPECT_EQ(0x66, byte);
	}
	if (nvg_need_knobs(gpu))
		return;	/* only the model clears its memory for certain */
	reset_reaches(_metadata, map, nvg_reset(gpu));
	/* The core takes them away by itself for that one, and not for this. */
	reset_reaches(_metadata, map, nvg_reset_by_sysfs(gpu));
}

TEST_F(split, I7_ioeventfd_is_refused_on_both)
{
	for (int i = RESERVED; i <= USABLE + 1; i++) {
		struct vfio_device_ioeventfd arg = {
			.argsz = sizeof(arg), .data = 1,
			.flags = VFIO_DEVICE_IOEVENTFD_32,
			.offset = self->gpu.region[i].offset,
			.fd = eventfd(0, 0),
		};

		EXPECT_EQ(-1, ioctl(self->gpu.fd, VFIO_DEVICE_IOEVENTFD, &arg))
			TH_LOG("BAR%d", i);
		close(arg.fd);
	}
}

TEST_F(whole, part_without_the_bug_has_all_memory_in_bar4_and_none_in_bar2)
{
	uint64_t size = nvg_env("NVGRACE_EXPECT_MEM", self->facts.size);
	struct nvg_fact_region *region = self->facts.region;

	EXPECT_STREQ("split", self->facts.layout);
	EXPECT_EQ(USABLE, region->bar);
	EXPECT_EQ(size, region->mem_size);
	EXPECT_TRUE(region->cached);
	EXPECT_EQ(0, self->gpu.region[RESERVED].areas);
	check_region(_metadata, &self->gpu.region[USABLE], USABLE, size);
	check_empty(_metadata, &self->gpu.region[USABLE + 1]);
	EXPECT_EQ(~(nvg_round_up_pow2(size) - 1) | BAR_TYPE,
		  sized(&self->gpu, USABLE));
	same_bytes(_metadata, &self->gpu, USABLE);
}

NVG_HARNESS_MAIN
