// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is every allocation that fails, from bind to unbind, survived?
 *
 * The n-th allocation (or copy from or to user memory) of a step fails, for n
 * from 1 until the step ends before its n-th. What fails must fail with an
 * errno that says so, and a GPU that was failed must work afterwards.
 *
 * Two functions of others do not survive it (Linux 7.3), so allocations of
 * theirs do not fail: a VFIO group that cannot be made warns when it is freed, and an IOMMU
 * group that cannot go back to its DMA domain warns, then virtio-iommu uses
 * what was freed.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/pci_regs.h>

#include "nvg_failing.h"
#include "nvg_harness.h"

#define MOST		5000	/* allocations of one step, far more than any has */
#define BULK		(3 * NVG_MIB)	/* over two of the kernel's windows */

struct state {
	struct nvg_gpu gpu;
	struct nvg_gpu known;	/* what an open found, with nothing failing */
	uint8_t *buffer;
	uint32_t exp, pm;	/* capabilities: finding them fails in ways of its own */
	int fail_nth;		/* file descriptor */
};

static const char *open_fail_nth(struct state *state)
{
	state->fail_nth = nvg_open_fail_nth();
	return state->fail_nth < 0 ? "this kernel has no /proc/.../fail-nth" : NULL;
}

static int open_gpu(struct state *state)
{
	return nvg_open_with_memory(&state->gpu) ? -ENODEV : 0;
}

static void close_gpu(struct state *state)
{
	nvg_close(&state->gpu);
}

static int nothing(struct state *state)
{
	return 0;
}

static int unbind(struct state *state)
{
	return nvg_unbind(nvg_bdf());
}

static int bind(struct state *state)
{
	return nvg_offer(nvg_bdf(), NVG_DRIVER);
}

static void rebind(struct state *state)
{
	char driver[64];

	if (!nvg_driver(nvg_bdf(), driver, sizeof(driver)))
		bind(state);
}

/* nvg_open() has no errno to give, and asks for more. */
static int enter(struct state *state)
{
	state->gpu = state->known;
	errno = 0;
	return nvg_enter(&state->gpu) ? -errno : 0;
}

static int ask_region(struct state *state)
{
	struct nvg_region region;

	return nvg_query_region(state->gpu.fd, state->gpu.mem, &region);
}

static int map(struct state *state)
{
	uint8_t byte, *map;
	int ret;

	map = mmap(NULL, 4 * NVG_MIB, PROT_READ | PROT_WRITE, MAP_SHARED,
		   state->gpu.fd, state->gpu.region[state->gpu.mem].offset);
	if (map == MAP_FAILED)
		return -errno;
	ret = nvg_poke(map + 8, 0x5a) ?: nvg_touch(map + 2 * NVG_MIB, &byte);
	munmap(map, 4 * NVG_MIB);
	return ret;	/* a signal is no errno: not excused */
}

/* A short count is progress before a failure. */
static int transfer(struct state *state)
{
	ssize_t ret = nvg_write(&state->gpu, NVG_MIB, state->buffer, BULK);

	if (ret > 0)
		ret = nvg_read(&state->gpu, NVG_GIB, state->buffer, BULK);
	return ret < 0 ? ret : ret ? 0 : -ENODATA;
}

static int config(struct state *state)
{
	uint8_t bytes[256];
	ssize_t ret = nvg_cfg_read(&state->gpu, 0, bytes, sizeof(bytes));

	if (ret > 0)
		ret = nvg_cfg_write(&state->gpu, 0x10, bytes + 0x10, 24);
	return ret < 0 ? ret : 0;
}

static int export(struct state *state)
{
	struct {
		struct vfio_device_feature feature;
		struct vfio_device_feature_dma_buf get;
		struct vfio_region_dma_range range;
	} arg = {
		.feature.argsz = sizeof(arg),
		.feature.flags = VFIO_DEVICE_FEATURE_GET |
				 VFIO_DEVICE_FEATURE_DMA_BUF,
		.get.region_index = state->gpu.mem,
		.get.open_flags = O_RDWR | O_CLOEXEC,
		.get.nr_ranges = 1,
		.range.length = NVG_MIB,
	};
	int fd = ioctl(state->gpu.fd, VFIO_DEVICE_FEATURE, &arg);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int reset(struct state *state)
{
	return ioctl(state->gpu.fd, VFIO_DEVICE_RESET) ? -errno : 0;
}

static int reset_and_wait(struct state *state)
{
	uint8_t flr = PCI_EXP_DEVCTL_BCR_FLR >> 8, byte;
	ssize_t ret = nvg_cfg_write(&state->gpu, state->exp + PCI_EXP_DEVCTL + 1,
				    &flr, 1);

	if (ret > 0)
		ret = nvg_read(&state->gpu, 0, &byte, 1);
	return ret < 0 ? ret : 0;
}

static int to_power(struct state *state, uint16_t d_state)
{
	ssize_t ret = nvg_cfg_write(&state->gpu, state->pm + PCI_PM_CTRL,
				    &d_state, 2);

	return ret < 0 ? ret : 0;
}

static int leave(struct state *state)
{
	nvg_close(&state->gpu);
	return 0;
}

static void nothing_left(struct state *state)
{
}

static int power(struct state *state)
{
	return to_power(state, 3) ?: to_power(state, 0);
}

static void power_up(struct state *state)
{
	to_power(state, 0);
	nvg_close(&state->gpu);
}

/* The kernel goes on without a device node; a new bind makes another. */
static bool lost_its_node(const char *why)
{
	return why && strstr(why, strerror(ENOENT)) && !nvg_bind(nvg_bdf(), NVG_DRIVER);
}

/* All of it, with nothing failing; returns NULL or what does not work. */
static const char *works(struct state *state)
{
	int (*const steps[])(struct state *state) = {
		ask_region, config, map, transfer, export, reset, transfer,
		reset_and_wait, power, map,
	};
	const char *why = nvg_open_with_memory(&state->gpu);
	static char text[64];

	for (size_t i = 0; !why && i < ARRAY_SIZE(steps); i++) {
		int ret = steps[i](state);

		snprintf(text, sizeof(text), "step %zu of a clean run: %d", i, ret);
		if (ret && !(ret == -ENOTTY && steps[i] == export))
			why = text;
	}
	nvg_close(&state->gpu);
	return why;
}

/* A GPU opened without something that could not be allocated: errors, no harm. */
static void use_and_close(struct state *state)
{
	if (state->gpu.fd >= 0) {
		map(state);
		transfer(state);
		export(state);
		reset(state);
		transfer(state);
	}
	nvg_close(&state->gpu);
}

static bool excused(int ret)
{
	return !ret || ret == -ENOMEM || ret == -EFAULT;
}

FIXTURE(fail_nth) {
	struct state state;
};

FIXTURE_VARIANT(fail_nth) {
	int (*before)(struct state *state);
	int (*step)(struct state *state);	/* whose allocations fail */
	void (*after)(struct state *state);	/* puts it back as it was */
	const char *spared;			/* but not this function's */
	int excused;				/* an error of this step alone */
};

#define STEP(name, before_, step_, after_, ...)				\
	FIXTURE_VARIANT_ADD(fail_nth, name) {				\
		.before = before_, .step = step_, .after = after_,	\
		__VA_ARGS__ }

/*
 * Around a reset the kernel takes a part with ATS away from its IOMMU's domain
 * and gives it back, and warns of itself when there is no memory for that.
 */
#define IOMMU_DONE	"pci_dev_reset_iommu_done"

STEP(bind, unbind, bind, rebind, .spared = "vfio_device_set_group");
/* I21: a reset that finds no memory for the IOMMU's part in it has failed. */
STEP(open, nothing, enter, use_and_close, .spared = IOMMU_DONE, .excused = -EIO);
STEP(region_info, open_gpu, ask_region, close_gpu);
STEP(config, open_gpu, config, close_gpu);
STEP(mmap_and_fault, open_gpu, map, close_gpu);
STEP(read_and_write, open_gpu, transfer, close_gpu);
STEP(dma_buf, open_gpu, export, close_gpu);
STEP(reset_and_wait, open_gpu, reset_and_wait, close_gpu, .spared = IOMMU_DONE);
STEP(power, open_gpu, power, power_up);
STEP(close, open_gpu, leave, nothing_left, .spared = "__iommu_attach_device");
STEP(unbind, nothing, unbind, rebind);

FIXTURE_SETUP(fail_nth)
{
	const char *why = nvg_let_allocations_fail() ?: nvg_spare(variant->spared) ?:
			  open_fail_nth(&self->state) ?:
			  nvg_open_with_memory(&self->state.gpu);

	if (!why)
		why = nvg_need_knobs(&self->state.gpu);
	if (why)
		SKIP(return, "%s", why);
	nvg_set_knob(&self->state.gpu, NVG_EMU_TRAIN_MS, 0);
	self->state.exp = nvg_cap(&self->state.gpu, PCI_CAP_ID_EXP);
	self->state.pm = nvg_cap(&self->state.gpu, PCI_CAP_ID_PM);
	nvg_close(&self->state.gpu);
	self->state.known = self->state.gpu;
	self->state.buffer = mmap(NULL, BULK, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, self->state.buffer);
}

FIXTURE_TEARDOWN(fail_nth)
{
	nvg_spare(NULL);
}

TEST_F_TIMEOUT(fail_nth, I20_every_failed_allocation_is_survived, -1)
{
	unsigned int every = nvg_env("NVGRACE_ONE_IN", 1) ?: 1;
	unsigned int n = 1 + nvg_us() % every, tries = 0, refused = 0;
	bool failed = true;
	const char *why;
	int ret;

	printf("# from the %u. on, one in %u\n", n, every);
	for (; failed && n <= MOST; n += every, tries++) {
		ASSERT_EQ(0, variant->before(&self->state)) TH_LOG("n = %u", n);
		ASSERT_TRUE(nvg_arm(self->state.fail_nth, n));
		ret = variant->step(&self->state);
		failed = nvg_disarm(self->state.fail_nth);
		EXPECT_TRUE(excused(ret) || ret == variant->excused) TH_LOG("n = %u: %d", n, ret);
		EXPECT_TRUE(failed || !ret) TH_LOG("n = %u: %d, nothing failed", n, ret);
		refused += !!ret;
		variant->after(&self->state);
		if (failed && tries % 8 && (ret || variant->step != bind))
			continue;
		why = works(&self->state);
		if (lost_its_node(why))
			why = works(&self->state);
		ASSERT_EQ(NULL, why) TH_LOG("n = %u, %d: %s", n, ret, why);
	}
	EXPECT_FALSE(failed);
	printf("# %u failures, %u of them told\n", tries - 1, refused);
}

NVG_HARNESS_MAIN
