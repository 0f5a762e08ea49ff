// SPDX-License-Identifier: GPL-2.0-only
/* Whom does main.c call for what, in which order, and what does it undo when that fails? */
#include "unit_core.h"

static struct nvgrace_device *nvg;
static struct vfio_device *vdev;

/* A bound GPU: BAR4 is made up, BAR2 hidden; @size 0: an ordinary one. */
static void set_up(u64 size)
{
	fails = NULL;
	memory_size = size;
	pdev.dev.unused = 0;
	unit_init();
	CHECK(!driver->probe(&pdev, &nvgrace_ids[0]), "%s", said);
	nvg = container_of(drvdata, struct nvgrace_device, core);
	vdev = &nvg->core.vdev;
	if (size) {
		nvg->nr_regions = 1;
		nvgrace_region_init(&nvg->regions[0], 4, 0x2000000000, size, true);
		nvg->blank_bars = BIT(2);
	}
	nvg->core.reset_works = true;
	said[0] = 0;
}

static void tear_down(void)
{
	free(nvg);
	said[0] = 0;
}

#define BIND_DOES \
	"aperture alloc dmabuf_init claim recall forget source wait lay_out ras register debugfs "

static void I20_a_bind_registers_last_and_undoes_what_it_did(void)
{
	static const char *const steps[] = {
		"aperture", "alloc", "claim", "recall", "wait", "lay_out", "ras", "register",
	};

	memory_size = 3ULL << 30;
	unit_init();
	DID("register_driver ");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		char words[256];
		int length = strstr(BIND_DOES, steps[i]) - BIND_DOES + strlen(steps[i]) + 1;

		fails = steps[i];
		CHECK(driver->probe(&pdev, &nvgrace_ids[0]) == (i == 1 ? -ENOMEM : -ENXIO), "%s",
		      steps[i]);
		snprintf(words, sizeof(words), "%.*s%s%s", length, BIND_DOES, i == 7 ? "no_ras " : "",
			 i > 1 ? "put " : "");
		DID(words);
	}
	fails = NULL;
	CHECK(!driver->probe(&pdev, &nvgrace_ids[0]), "%s", said);
	DID(BIND_DOES);
	nvg = container_of(drvdata, struct nvgrace_device, core);
	CHECK(nvg->aperture.size == memory_size && nvg->training.cxl == 0x77, "not what was read");
	driver->remove(&pdev);
	DID("abandon unregister no_ras put ");
	unit_exit();
	DID("unregister_driver forget_bad ");
	fails = "register_driver";
	CHECK(unit_init() == -ENXIO, "a driver that is not registered");
	said[0] = 0;
}

static void I20_a_device_is_made_and_released(void)
{
	set_up(3ULL << 30);
	CHECK(!ops->init(vdev), "%s", said);
	DID("mutex mutex ready_init core_init ");
	fails = "core_init";
	CHECK(ops->init(vdev) == -ENXIO, "%s", said);
	said[0] = 0;
	ops->release(vdev);
	DID("core_release no_mutex no_mutex ");
	tear_down();
}

static void I16_an_ordinary_gpu_is_the_cores(void)
{
	memory_size = 0;
	fails = NULL;
	unit_init();
	said[0] = 0;
	CHECK(!driver->probe(&pdev, &nvgrace_ids[0]), "%s", said);
	CHECK(strstr(said, "served as an ordinary PCI GPU"), "%s", said);
	CHECK(!strstr(said, "claim") && !strstr(said, "ras"), "%s", said);
	said[0] = 0;
	nvg = container_of(drvdata, struct nvgrace_device, core);
	vdev = &nvg->core.vdev;
	CHECK(!ops->open_device(vdev), "refused");
	DID("enable finish ");
	fails = "enable";
	CHECK(ops->open_device(vdev) == -ENXIO, "opened");
	DID("enable ");
	CHECK(ops->read == vfio_pci_core_read && ops->mmap == vfio_pci_core_mmap, "ours");
	CHECK(ops->ioctl == vfio_pci_core_ioctl && ops->close_device == vfio_pci_core_close_device,
	      "ours");
	tear_down();
}

/* I11, I21: what an open does before its user has the device, and what it undoes. */
static void I21_an_open_forgets_resets_and_scrubs_or_fails(void)
{
	set_up(3ULL << 30);
	CHECK(!ops->open_device(vdev), "%s", said);
	DID("enable lend config_reset forget scrub finish ");
	ops->close_device(vdev);
	DID("forget take_back core_close ");
	fails = "enable";
	CHECK(ops->open_device(vdev) == -ENXIO, "opened");
	DID("enable ");
	fails = "scrub";
	CHECK(ops->open_device(vdev) == -ENXIO, "opened");
	DID("enable lend config_reset forget scrub take_back disable ");
	fails = NULL;
	nvg->core.reset_works = false;
	CHECK(ops->open_device(vdev) == -EIO, "opened without a reset");
	DID("enable told disable ");
	tear_down();
}

static struct vfio_info_cap caps;

static struct vfio_region_info info_of(unsigned int index, int expected)
{
	struct vfio_region_info info = { .index = index, .size = 77, .flags = 78, .offset = 79 };

	memset(&caps, 0, sizeof(caps));
	CHECK(ops->get_region_info_caps(vdev, &info, &caps) == expected, "BAR%u", index);
	return info;
}

static void I7_regions_are_as_the_memory_is(void)
{
	const struct vfio_region_info_cap_sparse_mmap *sparse = (void *)caps.bytes;
	const struct vfio_region_info_cap_nvgrace_memory *memory =
		(void *)(caps.bytes + sizeof(*sparse) + sizeof(sparse->areas[0]));
	struct vfio_region_info info;

	set_up(3ULL << 30);
	for (int cached = 0; cached < 2; cached++) {
		nvg->regions[0].cached = cached;
		info = info_of(4, 0);
		DID("cap cap ");
		CHECK(info.size == 4ULL << 30 && info.offset == VFIO_PCI_INDEX_TO_OFFSET(4),
		      "%#llx", info.size);
		CHECK(info.flags == (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
				     VFIO_REGION_INFO_FLAG_MMAP), "%#x", info.flags);
		CHECK(sparse->header.id == VFIO_REGION_INFO_CAP_SPARSE_MMAP &&
		      sparse->header.version == 1, "%u", sparse->header.id);
		CHECK(sparse->nr_areas == 1 && !sparse->areas[0].offset &&
		      sparse->areas[0].size == 3ULL << 30, "%llu bytes", sparse->areas[0].size);
		CHECK(memory->header.id == VFIO_REGION_INFO_CAP_NVGRACE_MEMORY &&
		      memory->header.version == 1, "%u", memory->header.id);
		CHECK(memory->flags == (cached ? VFIO_NVGRACE_MEMORY_CACHEABLE : 0) &&
		      memory->mem_size == 3ULL << 30, "%#x", memory->flags);
		CHECK(caps.size == sizeof(*sparse) + sizeof(sparse->areas[0]) + sizeof(*memory),
		      "%zu", caps.size);
	}
	fails = "cap";
	info_of(4, -ENOMEM);
	DID("cap ");
	fails = NULL;
	/* The upper half, and what is hidden. */
	for (unsigned int index = 2; index < 6; index += 3) {
		info = info_of(index, 0);
		CHECK(!info.size && !info.flags && info.offset == VFIO_PCI_INDEX_TO_OFFSET(index),
		      "BAR%u", index);
		DID("");
	}
	info_of(0, 0);
	DID("core_info ");
	tear_down();
}

static ssize_t move(unsigned int index, size_t count, bool write)
{
	loff_t pos = VFIO_PCI_INDEX_TO_OFFSET(index) + 8;
	char buf[16] = {};

	return write ? ops->write(vdev, buf, count, &pos) : ops->read(vdev, buf, count, &pos);
}

static void I19_each_access_has_its_door(void)
{
	static const struct {
		unsigned int index;
		const char *doors[2];
	} cases[] = {
		{ 4, { "read ", "write " } }, { 0, { "core_read ", "core_write " } },
		{ VFIO_PCI_CONFIG_REGION_INDEX, { "config_read ", "config_write " } },
	};

	set_up(3ULL << 30);
	for (int write = 0; write < 2; write++) {
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			CHECK(move(cases[i].index, 7, write) == 7, "%u", cases[i].index);
			DID(cases[i].doors[write]);
			CHECK(!move(cases[i].index, 0, write), "nothing");
			DID("");
		}
		CHECK(move(5, 7, write) == -EINVAL && move(2, 7, write) == -EINVAL,
		      "what is empty");
		DID("");
	}
	tear_down();
}

static int map(unsigned int index)
{
	struct vm_area_struct vma = { .vm_pgoff = (VFIO_PCI_INDEX_TO_OFFSET(index) >> PAGE_SHIFT) +
						  3 };

	return ops->mmap(vdev, &vma);
}

static void I19_each_mapping_has_its_door(void)
{
	set_up(3ULL << 30);
	CHECK(!map(4), "made up");
	DID("mmap ");
	CHECK(!map(0), "hardware's");
	DID("core_mmap ");
	CHECK(map(5) == -EINVAL && map(2) == -EINVAL, "what is empty");
	DID("");
	tear_down();
}

static void I12_a_reset_by_ioctl_waits_when_it_worked(void)
{
	static const unsigned int resets[] = { VFIO_DEVICE_RESET, VFIO_DEVICE_PCI_HOT_RESET };

	set_up(3ULL << 30);
	for (size_t i = 0; i < ARRAY_SIZE(resets); i++) {
		CHECK(!ops->ioctl(vdev, resets[i], 0) && last_cmd == resets[i], "%u", last_cmd);
		DID("core_ioctl wait_after ");
		fails = "core_ioctl";
		CHECK(ops->ioctl(vdev, resets[i], 0) == -ENXIO, "it failed");
		DID("core_ioctl ");
		fails = NULL;
	}
	CHECK(!ops->ioctl(vdev, VFIO_DEVICE_GET_INFO, 0) && last_cmd == VFIO_DEVICE_GET_INFO, "%u",
	      last_cmd);
	DID("core_ioctl ");
	tear_down();
}

static long ioeventfd(unsigned int index, size_t there)
{
	struct vfio_device_ioeventfd event = { .argsz = sizeof(event),
					       .offset = VFIO_PCI_INDEX_TO_OFFSET(index) };

	unit_hole = (const u8 *)&event + there;
	return ops->ioctl(vdev, VFIO_DEVICE_IOEVENTFD, (unsigned long)&event);
}

static void I7_an_ioeventfd_is_for_real_bars_only(void)
{
	const size_t needed = offsetofend(struct vfio_device_ioeventfd, fd);

	set_up(3ULL << 30);
	CHECK(!ioeventfd(0, needed) && last_cmd == VFIO_DEVICE_IOEVENTFD, "hardware's");
	DID("core_ioctl ");
	CHECK(ioeventfd(0, needed - 1) == -EFAULT, "an argument that is not there");
	CHECK(ioeventfd(4, needed) == -EINVAL && ioeventfd(5, needed) == -EINVAL, "made up");
	CHECK(ioeventfd(2, needed) == -EINVAL, "hidden");
	DID("");
	tear_down();
}

static void I11_low_power_that_was_entered_counts_as_a_reset(void)
{
	static const struct {
		u32 flags;
		bool counts;
	} cases[] = {
		{ VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, true },
		{ VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, true },
		{ VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, false },
		{ VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, false },
		{ VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, false },
	};

	set_up(3ULL << 30);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(!ops->device_feature(vdev, cases[i].flags, NULL, 0), "case %zu", i);
		if (cases[i].counts)
			DID("core_feature happened ");
		else
			DID("core_feature ");
		fails = "core_feature";
		CHECK(ops->device_feature(vdev, cases[i].flags, NULL, 0) == -ENXIO, "case %zu", i);
		DID("core_feature ");
		fails = NULL;
	}
	tear_down();
}

static void I11_resets_and_errors_close_the_memory_before_the_mappings_go(void)
{
	const struct pci_error_handlers *handlers;

	set_up(3ULL << 30);
	handlers = driver->err_handler;
	handlers->reset_prepare(&pdev);
	DID("reset_begin zap ");
	handlers->reset_done(&pdev);
	DID("reset_end ");
	for (int state = pci_channel_io_normal; state <= pci_channel_io_perm_failure; state++) {
		CHECK(handlers->error_detected(&pdev, state) == 10 + state, "the core's answer");
		if (state == pci_channel_io_perm_failure)
			DID("recovery_end zap core_error ");
		else
			DID("recovery_begin zap core_error ");
	}
	handlers->resume(&pdev);
	DID("recovery_end ");
	CHECK(driver->sriov_configure(&pdev, 3) == 3, "the core's answer");
	DID("sriov ");
	CHECK(driver->driver_managed_dma && driver->dev_groups == nvgrace_groups,
	      "its group is not shared");
	tear_down();
}

static void the_table_has_nvidias_parts_and_an_end(void)
{
	size_t nr = 0;

	while (nvgrace_ids[nr].vendor)
		CHECK(nvgrace_ids[nr++].vendor == PCI_VENDOR_ID_NVIDIA, "%zu", nr);
	CHECK(nr == ARRAY_SIZE(nvgrace_ids) - 1 && driver->id_table == nvgrace_ids, "%zu", nr);
}

int main(void)
{
	CLAIM(I20_a_bind_registers_last_and_undoes_what_it_did);
	CLAIM(I20_a_device_is_made_and_released);
	CLAIM(I16_an_ordinary_gpu_is_the_cores);
	CLAIM(I21_an_open_forgets_resets_and_scrubs_or_fails);
	CLAIM(I7_regions_are_as_the_memory_is);
	CLAIM(I19_each_access_has_its_door);
	CLAIM(I19_each_mapping_has_its_door);
	CLAIM(I12_a_reset_by_ioctl_waits_when_it_worked);
	CLAIM(I7_an_ioeventfd_is_for_real_bars_only);
	CLAIM(I11_low_power_that_was_entered_counts_as_a_reset);
	CLAIM(I11_resets_and_errors_close_the_memory_before_the_mappings_go);
	CLAIM(the_table_has_nvidias_parts_and_an_end);
	return unit_end();
}
