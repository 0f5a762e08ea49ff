// SPDX-License-Identifier: GPL-2.0-only
/* Does a user page that never comes hold up anybody but its owner? */
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <linux/pci_regs.h>
#include <linux/userfaultfd.h>

#include "nvg_facts.h"
#include "nvg_harness.h"

#define SOON_US		100000	/* "milliseconds", on a busy build machine */
#define GIVE_UP_US	2000000

/* What may be stuck on a user page. */
enum door { EXPORT, IOEVENTFD, POWER };

/* An argument of a call: bytes before the page that does not come, and after its start. */
struct call {
	struct nvg_gpu *gpu;
	enum door door;
	uint8_t *arg;
	int event;
	volatile bool done;
	long result;
	pthread_t thread;
};

/* Two pages, of which the first is there and the second does not come. */
struct hole {
	int fd;			/* userfaultfd */
	uint8_t *pages;
	size_t page;		/* bytes of one */
};

FIXTURE(uffd) {
	struct nvg_gpu gpu;
	struct hole hole;
};

static const char *make_hole(struct hole *hole)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	hole->page = nvg_page();
	hole->fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (hole->fd < 0 || ioctl(hole->fd, UFFDIO_API, &api))
		return "this kernel has no userfaultfd";
	hole->pages = mmap(NULL, 2 * hole->page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (hole->pages == MAP_FAILED)
		return "no memory";
	hole->pages[0] = 0;
	range.range.start = (uintptr_t)hole->pages + hole->page;
	range.range.len = hole->page;
	return ioctl(hole->fd, UFFDIO_REGISTER, &range) ?
	       "userfaultfd takes no anonymous memory" : NULL;
}

FIXTURE_SETUP(uffd)
{
	const char *why = nvg_open_with_memory(&self->gpu) ?:
			  make_hole(&self->hole);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(uffd)
{
	nvg_close(&self->gpu);
}

/* The header as the ioctl wants it, at the end of the page that is there. */
static void put_feature_header(uint8_t *data)
{
	struct vfio_device_feature header = {
		.argsz = sizeof(header) + sizeof(struct vfio_device_feature_dma_buf) +
			 sizeof(struct vfio_region_dma_range),
		.flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF,
	};

	memcpy(data - sizeof(header), &header, sizeof(header));
}

static long export_from(struct call *call)
{
	return ioctl(call->gpu->fd, VFIO_DEVICE_FEATURE,
		     call->arg - sizeof(struct vfio_device_feature));
}

static long make_call(struct call *call)
{
	uint64_t pmcsr = nvg_cap(call->gpu, PCI_CAP_ID_PM) + PCI_PM_CTRL;

	switch (call->door) {
	case EXPORT:
		return export_from(call);
	case IOEVENTFD:
		return ioctl(call->gpu->fd, VFIO_DEVICE_IOEVENTFD, call->arg);
	default:
		return nvg_cfg_write(call->gpu, pmcsr, call->arg, 2);
	}
}

static void *run_call(void *arg)
{
	struct call *call = arg;

	call->result = make_call(call);
	call->done = true;
	return NULL;
}

/* The same call with an argument that is there. */
static void fill_in(struct call *call, uint8_t *room, struct nvg_gpu *gpu)
{
	struct vfio_device_ioeventfd event = {
		.argsz = sizeof(event), .flags = VFIO_DEVICE_IOEVENTFD_32,
		.offset = gpu->region[0].offset + NVG_EMU_TRAIN_MS,
		.fd = call->event,
	};
	struct {
		struct vfio_device_feature_dma_buf buf;
		struct vfio_region_dma_range range;
	} data = {
		.buf = { .region_index = gpu->mem, .nr_ranges = 1,
			 .open_flags = O_RDWR | O_CLOEXEC },
		.range = { .length = nvg_page() },
	};

	call->arg = room + sizeof(struct vfio_device_feature);
	memset(call->arg, 0, 2);
	if (call->door == EXPORT) {
		put_feature_header(call->arg);
		memcpy(call->arg, &data, sizeof(data));
	}
	if (call->door == IOEVENTFD)
		memcpy(call->arg, &event, sizeof(event));
}

/* Microseconds until it is done; it is given up after a while. */
static uint64_t wait_for(struct call *call)
{
	uint64_t start = nvg_us();

	while (!call->done && nvg_us() - start < GIVE_UP_US)
		nvg_sleep_ms(1);
	return nvg_us() - start;
}

/* The page comes, all zeroes. */
static int let_go(struct hole *hole)
{
	struct uffdio_zeropage zero = {
		.range = { (uintptr_t)hole->pages + hole->page, hole->page },
	};

	return ioctl(hole->fd, UFFDIO_ZEROPAGE, &zero);
}

/* One call is stuck on its argument; what becomes of the other door meanwhile? */
static void check_doors(struct __test_metadata *_metadata,
			struct nvg_gpu *gpu, struct hole *hole,
			enum door stuck, enum door other)
{
	struct call held = { .gpu = gpu, .door = stuck,
			     .arg = hole->pages + hole->page };
	struct call free = { .gpu = gpu, .door = other,
			     .event = eventfd(0, 0) };
	static uint8_t room[256];

	if (stuck == EXPORT)
		put_feature_header(held.arg);
	fill_in(&free, room, gpu);
	ASSERT_EQ(0, pthread_create(&held.thread, NULL, run_call, &held));
	nvg_sleep_ms(200);
	EXPECT_FALSE(held.done);
	ASSERT_EQ(0, pthread_create(&free.thread, NULL, run_call, &free));
	EXPECT_GT(SOON_US, wait_for(&free));
	EXPECT_FALSE(held.done);
	ASSERT_EQ(0, let_go(hole));
	pthread_join(held.thread, NULL);
	pthread_join(free.thread, NULL);
	EXPECT_LE(0, free.result);
	close(free.event);
}

TEST_F(uffd, I12_export_with_an_argument_that_does_not_come_holds_up_no_export)
{
	check_doors(_metadata, &self->gpu, &self->hole, EXPORT, EXPORT);
}

TEST_F(uffd, I12_export_with_an_argument_that_does_not_come_holds_up_no_ioeventfd)
{
	check_doors(_metadata, &self->gpu, &self->hole, EXPORT, IOEVENTFD);
}

TEST_F(uffd, I12_ioeventfd_with_an_argument_that_does_not_come_holds_up_no_export)
{
	check_doors(_metadata, &self->gpu, &self->hole, IOEVENTFD, EXPORT);
}

TEST_F(uffd, I12_ioeventfd_with_an_argument_that_does_not_come_holds_up_no_ioeventfd)
{
	check_doors(_metadata, &self->gpu, &self->hole, IOEVENTFD, IOEVENTFD);
}

TEST_F(uffd, I12_power_state_that_does_not_come_holds_up_no_power_state)
{
	check_doors(_metadata, &self->gpu, &self->hole, POWER, POWER);
}

NVG_HARNESS_MAIN
