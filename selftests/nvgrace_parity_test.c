// SPDX-License-Identifier: GPL-2.0-only
/* Does the driver offer whatever plain vfio-pci offers? */
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <linux/pci_regs.h>

#include "nvg_harness.h"
#include "nvg_port.h"

/*
 * What a driver answered to the same questions, one line each: two drivers are
 * equal when their lines are.
 */
struct answers {
	char text[65536];
	size_t len;
};

struct talk {
	struct nvg_gpu gpu;
	struct answers *to;
	uint32_t made_up;	/* a bit for each BAR, or hidden one, that is not asked about */
};

static void answer(struct talk *talk, const char *fmt, ...)
{
	struct answers *to = talk->to;
	va_list args;

	va_start(args, fmt);
	to->len += vsnprintf(to->text + to->len, sizeof(to->text) - to->len,
			     fmt, args);
	va_end(args);
}

static int answered(int ret)
{
	return ret < 0 ? -errno : ret;
}

static void ask_device(struct talk *talk)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	int ret = answered(ioctl(talk->gpu.fd, VFIO_DEVICE_GET_INFO, &info));

	answer(talk, "info %d: flags %x regions %u irqs %u\n", ret, info.flags,
	       info.num_regions, info.num_irqs);
	answer(talk, "unknown ioctl: %d\n",
	       answered(ioctl(talk->gpu.fd, _IO(VFIO_TYPE, VFIO_BASE + 99))));
}

/* A mapping left behind would keep the file open, and the GPU bound. */
static int try_map(struct talk *talk, uint64_t off, size_t len, int flags)
{
	void *map = mmap(NULL, len, PROT_READ, flags, talk->gpu.fd, off);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, len);
	return 0;
}

/* Reads, writes and maps at a region's start, odd places and end. */
static void ask_region(struct talk *talk, int index)
{
	struct nvg_region *region = &talk->gpu.region[index];
	uint64_t at[] = { 0, 1, 6, region->size - 4, region->size,
			  region->size + nvg_page() };
	size_t page = nvg_page();
	uint32_t val;

	answer(talk, "region %d: offset %lx size %lx flags %x areas %u\n",
	       index, region->offset, region->size, region->flags,
	       region->areas);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		val = 0;
		answer(talk, " read at %lx: %d", at[i],
		       answered(pread(talk->gpu.fd, &val, 4,
				      region->offset + at[i])));
		answer(talk, " %x\n", val);
	}
	answer(talk, " map: %d private: %d past the end: %d\n",
	       try_map(talk, region->offset, page, MAP_SHARED),
	       try_map(talk, region->offset, page, MAP_PRIVATE),
	       try_map(talk, region->offset + region->size / page * page, 2 * page,
		       MAP_SHARED));
}

static void ask_regions(struct talk *talk)
{
	for (int i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		if (!(talk->made_up & 1u << i))
			ask_region(talk, i);
	}
}

static void ask_irqs(struct talk *talk)
{
	for (uint32_t i = 0; i <= VFIO_PCI_NUM_IRQS; i++) {
		struct vfio_irq_info info = { .argsz = sizeof(info),
					      .index = i };
		int ret = answered(ioctl(talk->gpu.fd,
					 VFIO_DEVICE_GET_IRQ_INFO, &info));

		answer(talk, "irq %u: %d flags %x count %u\n", i, ret,
		       info.flags, info.count);
	}
}

static void ask_features(struct talk *talk)
{
	for (uint32_t i = 0; i < 16; i++) {
		struct vfio_device_feature probe = {
			.argsz = sizeof(probe),
			.flags = i | VFIO_DEVICE_FEATURE_PROBE,
		};

		for (uint32_t how = VFIO_DEVICE_FEATURE_GET;
		     how <= VFIO_DEVICE_FEATURE_SET; how <<= 1) {
			probe.flags = i | VFIO_DEVICE_FEATURE_PROBE | how;
			answer(talk, "feature %u %x: %d\n", i, how,
			       answered(ioctl(talk->gpu.fd,
					      VFIO_DEVICE_FEATURE, &probe)));
		}
	}
}

static void ask_hot_reset(struct talk *talk)
{
	struct nvg_hot_reset_info hot;
	int ret = nvg_hot_reset_info(&talk->gpu, &hot);

	answer(talk, "hot reset info: %d flags %x count %u\n", ret,
	       hot.info.flags, ret ? 0 : hot.info.count);
	for (uint32_t i = 0; !ret && i < hot.info.count; i++)
		answer(talk, " of %x %x %x %x\n", hot.device[i].group_id,
		       hot.device[i].segment, hot.device[i].bus,
		       hot.device[i].devfn);
	answer(talk, "hot reset by nobody: %d by us: %d\n",
	       nvg_hot_reset_by(&talk->gpu, -1), nvg_hot_reset(&talk->gpu));
	answer(talk, "reset: %d\n",
	       answered(ioctl(talk->gpu.fd, VFIO_DEVICE_RESET)));
}

/* An address space of a PASID: attached, attached twice, detached, detached twice. */
static void ask_pasid(struct talk *talk)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach), .flags = VFIO_DEVICE_ATTACH_PASID,
		.pt_id = talk->gpu.ioas, .pasid = 1,
	};
	struct vfio_device_detach_iommufd_pt detach = {
		.argsz = sizeof(detach), .flags = VFIO_DEVICE_DETACH_PASID,
		.pasid = 1,
	};

	for (int turn = 0; turn < 2; turn++)
		answer(talk, "attach a pasid: %d\n",
		       answered(ioctl(talk->gpu.fd,
				      VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach)));
	for (int turn = 0; turn < 2; turn++)
		answer(talk, "detach a pasid: %d\n",
		       answered(ioctl(talk->gpu.fd,
				      VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach)));
}

static bool is_made_up(const struct talk *talk, uint32_t at)
{
	return at >= PCI_BASE_ADDRESS_0 && at <= PCI_BASE_ADDRESS_5 &&
	       talk->made_up & 1u << (at - PCI_BASE_ADDRESS_0) / 4;
}

/* Every register's value, then what sticks when all ones are written. */
static void ask_config(struct talk *talk)
{
	for (uint32_t at = 0; at < 4096; at += 4) {
		if (is_made_up(talk, at))
			continue;
		answer(talk, "config %x: %x\n", at,
		       nvg_cfg_get(&talk->gpu, at, 4));
	}
	for (uint32_t at = PCI_BASE_ADDRESS_0; at < 0x40; at += 4) {
		if (is_made_up(talk, at))
			continue;
		nvg_cfg_set(&talk->gpu, at, 4, ~0u);
		answer(talk, "config %x sized: %x\n", at,
		       nvg_cfg_get(&talk->gpu, at, 4));
	}
}

/* Opens the GPU under a driver and asks it everything. */
static const char *interview(const char *driver, uint32_t made_up,
			     struct answers *to)
{
	struct talk talk = { .to = to, .made_up = made_up };
	const char *why;

	if (nvg_bind(nvg_bdf(), driver))
		return "the GPU does not bind";
	why = nvg_open(&talk.gpu);
	if (why)
		return why;
	ask_device(&talk);
	ask_regions(&talk);
	ask_irqs(&talk);
	ask_features(&talk);
	ask_config(&talk);
	ask_pasid(&talk);
	ask_hot_reset(&talk);
	nvg_close(&talk.gpu);
	return NULL;
}

/* Prints the first line that differs; true: none does. */
static bool same_answers(struct answers *plain, struct answers *ours)
{
	char *a = plain->text, *b = ours->text;

	while (*a && *b) {
		size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");

		if (la != lb || memcmp(a, b, la)) {
			printf("# vfio-pci: %.*s\n# ours:     %.*s\n", (int)la,
			       a, (int)lb, b);
			return false;
		}
		a += la + 1;
		b += lb + 1;
	}
	return *a == *b;
}

static struct answers plain, ours;

FIXTURE(parity) {
	int mem;		/* index of the made-up BAR; -1: none */
	uint32_t made_up;	/* a bit for each BAR that is, or is hidden */
	struct nvg_gpu gpu;
};

FIXTURE_SETUP(parity)
{
	const char *why = nvg_open(&self->gpu);

	if (why)
		SKIP(return, "%s", why);
	self->mem = self->gpu.mem;
	for (int i = 0; i <= VFIO_PCI_BAR5_REGION_INDEX; i++)
		self->made_up |= (nvg_made_up(&self->gpu, i) ||
				  nvg_hidden(&self->gpu, i)) << i;
}

FIXTURE_TEARDOWN(parity)
{
	nvg_close(&self->gpu);
}

TEST_F(parity, I16_gpu_without_properties_answers_as_under_vfio_pci)
{
	if (self->mem >= 0)
		SKIP(return, "firmware describes this GPU's memory");
	nvg_close(&self->gpu);
	ASSERT_EQ(NULL, interview(NVG_PLAIN_DRIVER, 0, &plain));
	ASSERT_EQ(NULL, interview(NVG_DRIVER, 0, &ours));
	EXPECT_GT(plain.len, 1000);
	EXPECT_TRUE(same_answers(&plain, &ours));
}

TEST_F(parity, I19_but_for_the_made_up_bar_answers_as_under_vfio_pci)
{
	if (self->mem < 0)
		SKIP(return, "firmware describes no memory: I16 is tested");
	nvg_close(&self->gpu);
	ASSERT_EQ(NULL, interview(NVG_PLAIN_DRIVER, self->made_up, &plain));
	ASSERT_EQ(NULL, interview(NVG_DRIVER, self->made_up, &ours));
	EXPECT_GT(plain.len, 1000);
	EXPECT_TRUE(same_answers(&plain, &ours));
}

static int ioeventfd(struct nvg_gpu *gpu, int index, uint64_t at, uint32_t val,
		     int fd)
{
	struct vfio_device_ioeventfd arg = {
		.argsz = sizeof(arg), .flags = VFIO_DEVICE_IOEVENTFD_32,
		.offset = gpu->region[index].offset + at, .data = val,
		.fd = fd,
	};

	return answered(ioctl(gpu->fd, VFIO_DEVICE_IOEVENTFD, &arg));
}

TEST_F(parity, I19_ioeventfd_writes_to_a_real_bar)
{
	const char *why = nvg_need_knobs(&self->gpu);
	uint64_t one = 1;
	int fd = eventfd(0, 0);

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, ioeventfd(&self->gpu, 0, NVG_EMU_TRAIN_MS, 77, fd));
	ASSERT_EQ(8, write(fd, &one, 8));
	for (int i = 0; i < 50 && nvg_knob(&self->gpu, NVG_EMU_TRAIN_MS) != 77;
	     i++)
		nvg_sleep_ms(10);
	EXPECT_EQ(77, nvg_knob(&self->gpu, NVG_EMU_TRAIN_MS));
	EXPECT_EQ(0, ioeventfd(&self->gpu, 0, NVG_EMU_TRAIN_MS, 77, -1));
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
}

/* Hardware that lies behind the made-up BAR must not be reached this way. */
TEST_F(parity, I7_ioeventfd_on_the_made_up_bar_is_refused)
{
	int fd = eventfd(0, 0);

	if (self->mem < 0)
		SKIP(return, "this GPU shows no memory BAR");
	EXPECT_GT(0, ioeventfd(&self->gpu, self->mem, 0, 1, fd));
	EXPECT_GT(0, ioeventfd(&self->gpu, self->mem + 1, 0, 1, fd));
}

TEST_F(parity, I19_msix_interrupt_arrives)
{
	const char *why = nvg_need_knobs(&self->gpu);
	uint64_t count = 0;
	int fd;

	if (why)
		SKIP(return, "%s", why);
	nvg_cfg_set(&self->gpu, PCI_COMMAND, 2, PCI_COMMAND_MASTER |
		    nvg_cfg_get(&self->gpu, PCI_COMMAND, 2));
	fd = nvg_events(&self->gpu, VFIO_PCI_MSIX_IRQ_INDEX);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, nvg_set_knob(&self->gpu, NVG_EMU_MSIX, 0));
	for (int i = 0; i < 100 && read(fd, &count, 8) != 8; i++)
		nvg_sleep_ms(10);
	EXPECT_EQ(1, count);
}

TEST_F(parity, I19_low_power_entry_and_exit_work)
{
	struct vfio_device_feature arg = { .argsz = sizeof(arg) };
	uint32_t word;

	arg.flags = VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY |
		    VFIO_DEVICE_FEATURE_SET;
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_FEATURE, &arg));
	if (self->mem >= 0) {
		EXPECT_EQ(-EIO, nvg_read(&self->gpu, 0, &word, 4));
	}
	arg.flags = VFIO_DEVICE_FEATURE_LOW_POWER_EXIT |
		    VFIO_DEVICE_FEATURE_SET;
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_FEATURE, &arg));
	if (self->mem >= 0) {
		EXPECT_EQ(4, nvg_read(&self->gpu, 0, &word, 4));
	}
}

/* Aliases are how libvirt finds the variant driver for a managed hostdev. */
TEST(I19_driver_takes_a_gpu_by_driver_override_only)
{
	char driver[64];
	const char *bdf = nvg_bdf();

	if (!bdf)
		SKIP(return, "no GPU named");
	ASSERT_EQ(0, nvg_unbind(bdf));
	ASSERT_EQ(0, nvg_sysfs_write(bdf, "driver_override", "\n"));
	EXPECT_EQ(-ENODEV, nvg_offer(bdf, NVG_DRIVER));
	EXPECT_FALSE(nvg_driver(bdf, driver, sizeof(driver)));
	ASSERT_EQ(0, nvg_bind(bdf, NVG_DRIVER));
}

NVG_HARNESS_MAIN
