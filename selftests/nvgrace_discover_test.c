// SPDX-License-Identifier: GPL-2.0-only
/* Do sysfs and the region's capability tell the truth, and to whom? */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "../nvgrace_gpu_uapi.h"
#include "nvg_facts.h"
#include "nvg_harness.h"

FIXTURE(discover) {
	struct nvg_gpu gpu;
	struct nvg_facts facts;
};

FIXTURE_VARIANT(discover) {
	const char *layout;
};

FIXTURE_VARIANT_ADD(discover, bar2) { .layout = "bar2" };
FIXTURE_VARIANT_ADD(discover, split) { .layout = "split" };

FIXTURE_SETUP(discover)
{
	const char *why = nvg_open_as(&self->gpu, &self->facts, variant->layout);

	if (why)
		SKIP(return, "%s", why);
}

/* In the parent: the mappings of the test would keep the GPU from unbinding. */
FIXTURE_TEARDOWN_PARENT(discover)
{
	nvg_relayout(nvg_bdf(), "bar2");
}

TEST_F(discover, sysfs_says_what_region_info_says)
{
	uint64_t total = 0, next = self->facts.base;

	EXPECT_STREQ(variant->layout, self->facts.layout);
	ASSERT_LE(1, self->facts.nr_regions);
	for (int i = 0; i < self->facts.nr_regions; i++) {
		struct nvg_fact_region *fact = &self->facts.region[i];
		struct nvg_region *region = &self->gpu.region[fact->bar];

		EXPECT_EQ(region->size, fact->bar_size);
		EXPECT_EQ(region->area_size, fact->mem_size);
		EXPECT_EQ(next, fact->phys);
		next += fact->mem_size;
		total += fact->mem_size;
	}
	EXPECT_EQ(total, self->facts.size);
	EXPECT_EQ(nvg_env("NVGRACE_EXPECT_MEM", total), self->facts.size);
	EXPECT_EQ(nvg_env("NVGRACE_EXPECT_BASE", self->facts.base),
		  self->facts.base);
}

/* What shows a host physical address is for root; of egm_base there may be none. */
static const struct {
	const char *name;
	bool address;
} attributes[] = {
	{ "layout", false }, { "base", true }, { "size", false },
	{ "regions", true }, { "pxm_start", false }, { "pxm_count", false },
	{ "ready", false }, { "retired_pages", true }, { "egm_base", true },
	{ "egm_size", false }, { "egm_pxm", false },
};

static int attribute_mode(const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path),
		 "/sys/bus/pci/devices/%s/coherent_memory/%s", nvg_bdf(), name);
	return stat(path, &st) ? -errno : st.st_mode & 0777;
}

TEST_F(discover, sysfs_attributes_are_for_everyone_or_root_to_read_and_nobody_to_write)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		int mode = attribute_mode(attributes[i].name);

		if (mode == -ENOENT && !strncmp(attributes[i].name, "egm", 3))
			continue;
		EXPECT_EQ(attributes[i].address ? 0400 : 0444, mode)
			TH_LOG("%s", attributes[i].name);
	}
}

/* Exit code: how many attributes a user without any privilege got or missed wrongly. */
static int read_as_nobody(void)
{
	char text[NVG_ATTRIBUTE];
	int wrong = 0;

	if (setgid(65534) || setuid(65534))
		return 64;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		int ret = nvg_attribute(nvg_bdf(), attributes[i].name, text,
					sizeof(text));

		if (ret == -ENOENT)
			continue;
		wrong += attributes[i].address ? ret != -EACCES : ret <= 0;
	}
	return wrong;
}

TEST_F(discover, addresses_in_sysfs_are_refused_to_who_is_not_root)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(read_as_nobody());
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status) TH_LOG("exit code %d", WEXITSTATUS(status));
}

TEST_F(discover, proximity_domains_are_firmwares)
{
	char text[32];

	if (!nvg_env("NVGRACE_EXPECT_PXM_COUNT", 0))
		SKIP(return, "NVGRACE_EXPECT_PXM_START and _COUNT do not say what firmware has");
	ASSERT_LT(0, nvg_attribute(nvg_bdf(), "pxm_start", text, sizeof(text)));
	EXPECT_EQ(nvg_env("NVGRACE_EXPECT_PXM_START", 0), strtoull(text, NULL, 10));
	ASSERT_LT(0, nvg_attribute(nvg_bdf(), "pxm_count", text, sizeof(text)));
	EXPECT_EQ(nvg_env("NVGRACE_EXPECT_PXM_COUNT", 0), strtoull(text, NULL, 10));
}

static const char *ready(void)
{
	static char text[32];

	return nvg_attribute(nvg_bdf(), "ready", text, sizeof(text)) < 0 ?
		"unreadable" : text;
}

TEST_F(discover, ready_is_unknown_then_ready_or_failed)
{
	uint64_t word;

	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	EXPECT_STREQ("unknown", ready());
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_STREQ("ready", ready());
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	EXPECT_STREQ("unknown", ready());
	if (nvg_need_knobs(&self->gpu))
		return;
	ASSERT_EQ(0, nvg_set_knob(&self->gpu, NVG_EMU_GONE_MS, 300));
	EXPECT_EQ(-ENODEV, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_STREQ("failed", ready());
	nvg_sleep_ms(400);
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_STREQ("ready", ready());
}

/* Copies the capability of a region; returns how many of it are there. */
static int memory_caps(int fd, uint32_t index,
		       struct vfio_region_info_cap_nvgrace_memory *cap)
{
	char buf[1024] __attribute__((aligned(8))) = {};
	struct vfio_region_info *info = (void *)buf;
	uint32_t at;
	int found = 0;

	info->argsz = sizeof(buf);
	info->index = index;
	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info))
		return -errno;
	at = info->flags & VFIO_REGION_INFO_FLAG_CAPS ? info->cap_offset : 0;
	while (at) {
		struct vfio_info_cap_header *header = (void *)(buf + at);

		if (header->id == VFIO_REGION_INFO_CAP_NVGRACE_MEMORY) {
			memcpy(cap, header, sizeof(*cap));
			found++;
		}
		at = header->next;
	}
	return found;
}

TEST_F(discover, region_has_the_capability_and_real_bars_have_not)
{
	struct vfio_region_info_cap_nvgrace_memory cap = {};

	for (int i = 0; i < self->facts.nr_regions; i++) {
		struct nvg_fact_region *fact = &self->facts.region[i];

		ASSERT_EQ(1, memory_caps(self->gpu.fd, fact->bar, &cap));
		EXPECT_EQ(1, cap.header.version);
		EXPECT_EQ(fact->mem_size, cap.mem_size);
		EXPECT_EQ(0, cap.reserved);
		EXPECT_EQ(fact->cached ? VFIO_NVGRACE_MEMORY_CACHEABLE : 0,
			  cap.flags);
		EXPECT_EQ(0, memory_caps(self->gpu.fd, fact->bar + 1, &cap));
	}
	EXPECT_EQ(0, memory_caps(self->gpu.fd, 0, &cap));
	EXPECT_EQ(0, memory_caps(self->gpu.fd, VFIO_PCI_CONFIG_REGION_INDEX,
				 &cap));
}

/* I16: an ordinary PCI GPU has nothing of all this. */
TEST(I16_gpu_without_memory_has_no_attributes)
{
	char text[64];
	struct nvg_gpu gpu;

	if (!nvg_bdf() || nvg_open(&gpu))
		SKIP(return, "no GPU to open");
	if (gpu.mem >= 0)
		SKIP(return, "firmware describes this GPU's memory");
	nvg_close(&gpu);
	EXPECT_EQ(-ENOENT, nvg_attribute(nvg_bdf(), "layout", text, sizeof(text)));
	EXPECT_EQ(-ENOENT, nvg_attribute(nvg_bdf(), "regions", text, sizeof(text)));
}

NVG_HARNESS_MAIN
