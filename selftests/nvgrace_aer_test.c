// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of the user and of the memory when the GPU's link reports errors? */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/pci_regs.h>

#include "nvg_harness.h"
#include "nvg_port.h"

#define TRAIN_MS	700
#define NONFATAL	PCI_ERR_UNC_COMP_TIME
#define FATAL		PCI_ERR_UNC_MALF_TLP
#define CORRECTABLE	PCI_ERR_COR_RCVR

/* How many errors the user was told of; the eventfd starts over. */
static uint64_t told(int events)
{
	uint64_t count = 0;

	return read(events, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static bool logged(int klog, const char *text)
{
	const char *const words[] = { text, NULL };

	for (int i = 0; i < 500; i++) {
		if (nvg_klog_count(klog, words))
			return true;
		nvg_sleep_ms(10);
	}
	return false;
}

/* True: the error came, and the kernel has done about it what it does. */
static bool error_happens(struct nvg_gpu *gpu, uint32_t uncorrectable,
			  uint32_t correctable, const char *until)
{
	int klog = nvg_klog_mark();
	bool ok = !nvg_inject(gpu->bdf, uncorrectable, correctable) &&
		  logged(klog, until);

	close(klog);
	return ok;
}

static bool recovers(struct nvg_gpu *gpu, uint32_t uncorrectable)
{
	return error_happens(gpu, uncorrectable, 0,
			     "device recovery successful");
}

static const char *open_to_err(struct nvg_gpu *gpu)
{
	const char *why = nvg_need_injector() ?: nvg_open(gpu);

	if (!why)
		why = nvg_need_knobs(gpu);
	return why;
}

/* The same for whichever of the two drivers has the GPU. */
FIXTURE(user) {
	struct nvg_gpu gpu;
	int events;
};

FIXTURE_VARIANT(user) {
	const char *driver;
};

FIXTURE_VARIANT_ADD(user, vfio_pci) { .driver = NVG_PLAIN_DRIVER };
FIXTURE_VARIANT_ADD(user, ours) { .driver = NVG_DRIVER };

FIXTURE_SETUP(user)
{
	const char *why;

	ASSERT_EQ(0, nvg_bind(nvg_bdf(), variant->driver));
	why = open_to_err(&self->gpu);
	if (why)
		SKIP(return, "%s", why);
	self->events = nvg_events(&self->gpu, VFIO_PCI_ERR_IRQ_INDEX);
	ASSERT_LE(0, self->events);
}

FIXTURE_TEARDOWN(user)
{
	close(self->events);
	nvg_close(&self->gpu);
	nvg_bind(nvg_bdf(), NVG_DRIVER);
}

TEST_F(user, I19_correctable_error_is_not_told)
{
	ASSERT_TRUE(error_happens(&self->gpu, 0, CORRECTABLE,
				  "severity=Correctable"));
	EXPECT_EQ(0, told(self->events));
	EXPECT_EQ(NULL, nvg_need_knobs(&self->gpu));
}

TEST_F(user, I19_nonfatal_error_is_told_and_resets_nothing)
{
	uint32_t before = nvg_knob(&self->gpu, NVG_EMU_RESETS);

	ASSERT_TRUE(recovers(&self->gpu, NONFATAL));
	EXPECT_EQ(1, told(self->events));
	EXPECT_EQ(before, nvg_knob(&self->gpu, NVG_EMU_RESETS));
}

/* The kernel resets the bus and restores nothing: turning memory on does. */
TEST_F(user, I19_fatal_error_is_told_and_resets_the_bus)
{
	uint32_t before = nvg_knob(&self->gpu, NVG_EMU_RESETS);

	ASSERT_TRUE(recovers(&self->gpu, FATAL));
	EXPECT_EQ(1, told(self->events));
	EXPECT_EQ(~0u, nvg_knob(&self->gpu, NVG_EMU_RESETS));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	EXPECT_EQ(before + 1, nvg_knob(&self->gpu, NVG_EMU_RESETS));
}

TEST_F(user, I19_fatal_error_of_a_part_that_no_bus_reset_may_touch_is_told_twice)
{
	uint32_t before = nvg_knob(&self->gpu, NVG_EMU_RESETS);

	ASSERT_FALSE(nvg_bus_resets(&self->gpu));
	ASSERT_TRUE(error_happens(&self->gpu, FATAL, 0,
				  "device recovery failed"));
	EXPECT_EQ(2, told(self->events));
	EXPECT_EQ(before, nvg_knob(&self->gpu, NVG_EMU_RESETS));
}

FIXTURE(memory) {
	struct nvg_gpu gpu;
	uint8_t *map;
};

FIXTURE_SETUP(memory)
{
	const char *why = open_to_err(&self->gpu);

	if (!why && self->gpu.mem < 0)
		why = "this GPU shows no memory BAR";
	if (why)
		SKIP(return, "%s", why);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	self->map = nvg_map(&self->gpu, 0, NVG_MIB, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	ASSERT_EQ(0, nvg_poke(self->map, 0x77));
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, TRAIN_MS);
}

FIXTURE_TEARDOWN(memory)
{
	nvg_mem_enable(&self->gpu, true);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	nvg_close(&self->gpu);
}

static bool trained(struct nvg_gpu *gpu)
{
	return nvg_knob(gpu, NVG_EMU_SINCE_RESET_US) >= TRAIN_MS * 1000u;
}

/* The error is a race with a user: try it often. */
#define ROUNDS		8
#define ROUND_TRAIN_MS	200

/* One who uses the memory all the time, by one door. */
struct stranger {
	pthread_t thread;
	struct nvg_gpu *gpu;
	uint8_t *map;		/* NULL: by read() */
	bool stop;
	unsigned int seen;	/* bytes that it saw */
	unsigned int untrained;	/* and how many no trained memory holds */
};

static void *use_memory(void *arg)
{
	struct stranger *stranger = arg;
	uint8_t byte;

	while (!__atomic_load_n(&stranger->stop, __ATOMIC_SEQ_CST)) {
		if (stranger->map ? nvg_touch(stranger->map, &byte) :
		    nvg_read(stranger->gpu, 0, &byte, 1) != 1)
			continue;
		stranger->seen++;
		stranger->untrained += byte != 0x77 && byte != 0;
	}
	return NULL;
}

static void start_stranger(struct stranger *stranger, struct nvg_gpu *gpu,
			   uint8_t *map)
{
	*stranger = (struct stranger){ .gpu = gpu, .map = map };
	pthread_create(&stranger->thread, NULL, use_memory, stranger);
}

static void stop_stranger(struct stranger *stranger)
{
	__atomic_store_n(&stranger->stop, true, __ATOMIC_SEQ_CST);
	pthread_join(stranger->thread, NULL);
}

static void fatal_among_strangers(struct __test_metadata *_metadata,
				  struct nvg_gpu *gpu, uint8_t *map)
{
	struct stranger stranger;
	uint64_t word;

	nvg_set_knob(gpu, NVG_EMU_TRAIN_MS, ROUND_TRAIN_MS);
	for (int round = 0; round < ROUNDS; round++) {
		word = 1;
		start_stranger(&stranger, gpu, map);
		nvg_sleep_ms(20);
		EXPECT_TRUE(recovers(gpu, FATAL));
		EXPECT_EQ(0, nvg_mem_enable(gpu, true));
		EXPECT_EQ(8, nvg_read(gpu, 0, &word, 8));
		stop_stranger(&stranger);
		EXPECT_EQ(0, word);
		EXPECT_LT(0, stranger.seen);
		EXPECT_EQ(0, stranger.untrained)
			TH_LOG("%u of %u bytes untrained, round %d",
			       stranger.untrained, stranger.seen, round);
	}
}

/* In between the error and the reset that it leads to the memory looks trained. */
TEST_F(memory, I11_mapping_in_use_during_a_fatal_error_never_sees_untrained_memory)
{
	fatal_among_strangers(_metadata, &self->gpu, self->map);
}

TEST_F(memory, I11_read_during_a_fatal_error_never_sees_untrained_memory)
{
	fatal_among_strangers(_metadata, &self->gpu, NULL);
}

TEST_F(memory, I5_memory_is_closed_from_a_fatal_error_until_memory_space_is_on_again)
{
	const char *const gone[] = { "fell off the bus", NULL };
	int klog = nvg_klog_mark();
	uint64_t word = 1;
	uint8_t byte = 1;

	ASSERT_TRUE(recovers(&self->gpu, FATAL));
	EXPECT_EQ(-EIO, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(-EIO, nvg_write(&self->gpu, 0, &word, 8));
	EXPECT_EQ(SIGBUS, nvg_touch(self->map, &byte));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	EXPECT_EQ(0, nvg_touch(self->map, &byte));
	EXPECT_EQ(0, byte);
	EXPECT_TRUE(trained(&self->gpu));
	EXPECT_EQ(0, nvg_klog_count(klog, gone));
}

/* The way of a VMM: told of the error, it resets the GPU and sets it up again. */
TEST_F(memory, I11_reset_after_a_fatal_error_brings_the_memory_back)
{
	uint64_t word = 1;

	ASSERT_TRUE(recovers(&self->gpu, FATAL));
	ASSERT_EQ(0, ioctl(self->gpu.fd, VFIO_DEVICE_RESET));
	EXPECT_EQ(-EIO, nvg_read(&self->gpu, 0, &word, 8));
	ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_TRUE(trained(&self->gpu));
}

static void memory_is_kept(struct __test_metadata *_metadata,
			   struct nvg_gpu *gpu, uint8_t *map)
{
	uint8_t byte = 0;

	EXPECT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0x77, byte);
	EXPECT_EQ(1, nvg_read(gpu, 0, &byte, 1));
	EXPECT_EQ(0x77, byte);
}

TEST_F(memory, I19_nonfatal_error_leaves_the_memory_in_use)
{
	ASSERT_TRUE(recovers(&self->gpu, NONFATAL));
	memory_is_kept(_metadata, &self->gpu, self->map);
}

/* Nothing was reset: the link's words still say trained. */
TEST_F(memory, I19_failed_recovery_leaves_the_memory_to_its_user)
{
	ASSERT_FALSE(nvg_bus_resets(&self->gpu));
	ASSERT_TRUE(error_happens(&self->gpu, FATAL, 0,
				  "device recovery failed"));
	memory_is_kept(_metadata, &self->gpu, self->map);
}

static void *unbind(void *arg)
{
	nvg_unbind(arg);
	return NULL;
}

/* Milliseconds until the process ends by itself, at most @most; then it is killed. */
static unsigned int ends_within(pid_t pid, unsigned int most)
{
	unsigned int ms;

	for (ms = 0; ms < most && !waitpid(pid, NULL, WNOHANG); ms += 20)
		nvg_sleep_ms(20);
	if (ms < most)
		return ms;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return most;
}

/*
 * The driver is taken away before the end of recovery, which then waits for the
 * device as the one who takes it does, who waits for its users.
 */
TEST_F_TIMEOUT(memory, I20_user_of_a_gpu_that_is_unbound_during_recovery_is_not_stuck, 90)
{
	pthread_t thread;
	uint64_t word;
	pid_t pid;

	nvg_set_knob(&self->gpu, NVG_EMU_RESET_MS, 3000);
	ASSERT_EQ(0, nvg_inject(self->gpu.bdf, FATAL, 0));
	nvg_sleep_ms(500);
	pid = fork();
	if (!pid) {
		nvg_read(&self->gpu, 0, &word, 8);
		_exit(0);
	}
	pthread_create(&thread, NULL, unbind, (void *)nvg_bdf());
	EXPECT_LT(ends_within(pid, 20000), 20000);
	munmap(self->map, NVG_MIB);
	nvg_close(&self->gpu);
	pthread_join(thread, NULL);
	nvg_sleep_ms(500);
	ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_DRIVER));
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	nvg_set_knob(&self->gpu, NVG_EMU_RESET_MS, 0);
}

NVG_HARNESS_MAIN
