// SPDX-License-Identifier: GPL-2.0-only
/* What is left of the memory's use while the GPU sleeps, and how does it wake? */
#include <pthread.h>
#include <sys/ioctl.h>
#include <linux/pci_regs.h>

#include "nvg_facts.h"
#include "nvg_harness.h"
#include "nvg_ready.h"

#define READERS		3

FIXTURE(sleep) {
	struct nvg_gpu gpu;
	struct nvg_facts facts;
};

FIXTURE_SETUP(sleep)
{
	const char *why = nvg_open_with_knobs(&self->gpu);

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, nvg_read_facts(nvg_bdf(), &self->facts));
}

FIXTURE_TEARDOWN(sleep)
{
	if (self->gpu.fd >= 0)
		nvg_mem_enable(&self->gpu, true);
	nvg_close_with_knobs(&self->gpu);
}

/* How many mappings of the kernel's own lie in the memory? -1: it does not say. */
static int kernels_own(const struct nvg_facts *facts)
{
	FILE *all = fopen("/proc/vmallocinfo", "r");
	char line[512], *phys;
	uint64_t at;
	int count = 0;

	if (!all)
		return -1;
	while (fgets(line, sizeof(line), all)) {
		phys = strstr(line, "phys=");
		if (!phys)
			continue;
		at = strtoull(phys + strlen("phys="), NULL, 16);
		count += at >= facts->base && at - facts->base < facts->size;
	}
	fclose(all);
	return count;
}

/* A cacheable mapping lets the CPU fetch from memory that has lost its training. */
static void use(struct __test_metadata *_metadata, struct nvg_gpu *gpu,
		const struct nvg_facts *facts)
{
	uint64_t word = 1;

	ASSERT_EQ(8, nvg_write(gpu, 0, &word, 8));
	if (kernels_own(facts) < 0)
		SKIP(return, "this kernel has no /proc/vmallocinfo");
	ASSERT_EQ(1, kernels_own(facts)) TH_LOG("a window was looked for");
}

TEST_F(sleep, I11_kernels_own_mapping_is_gone_in_low_power)
{
	use(_metadata, &self->gpu, &self->facts);
	ASSERT_EQ(0, nvg_enter_low_power(&self->gpu));
	EXPECT_EQ(0, kernels_own(&self->facts));
	ASSERT_EQ(0, nvg_leave_low_power(&self->gpu));
}

static void *read_on(void *arg)
{
	struct nvg_gpu *gpu = arg;
	uint64_t word;

	while (nvg_read(gpu, 0, &word, 8) == 8)
		;
	return NULL;
}

/* Somebody reads until it is refused: the window must not come back with that. */
TEST_F(sleep, I11_kernels_own_mapping_is_gone_in_d3)
{
	pthread_t thread;

	for (int turn = 0; turn < 20; turn++) {
		use(_metadata, &self->gpu, &self->facts);
		pthread_create(&thread, NULL, read_on, &self->gpu);
		ASSERT_EQ(0, nvg_power(&self->gpu, 3));
		pthread_join(thread, NULL);
		ASSERT_EQ(0, kernels_own(&self->facts)) TH_LOG("turn %d", turn);
		ASSERT_EQ(0, nvg_power(&self->gpu, 0));
		ASSERT_EQ(0, nvg_mem_enable(&self->gpu, true));
	}
}

/* Closing resets it, and the host may let it sleep: nobody knows. */
TEST_F(sleep, I11_closed_gpu_is_not_said_to_be_ready)
{
	char ready[32] = "";
	uint64_t word;

	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	ASSERT_LE(0, nvg_attribute(nvg_bdf(), "ready", ready, sizeof(ready)));
	EXPECT_STREQ("ready", ready);
	nvg_close(&self->gpu);
	ASSERT_LE(0, nvg_attribute(nvg_bdf(), "ready", ready, sizeof(ready)));
	EXPECT_STRNE("ready", ready);
	ASSERT_EQ(NULL, nvg_open_with_knobs(&self->gpu));
}

/* Those who read all the time, whether refused or not. */
struct crowd {
	pthread_t thread[READERS];
	struct nvg_gpu *gpu;
	bool stop;
	unsigned int seen;
	unsigned int untrained;
};

static void *read_always(void *arg)
{
	struct crowd *crowd = arg;
	uint64_t word;

	while (!__atomic_load_n(&crowd->stop, __ATOMIC_SEQ_CST)) {
		if (nvg_read(crowd->gpu, 0, &word, 8) != 8)
			continue;
		__atomic_add_fetch(&crowd->seen, 1, __ATOMIC_SEQ_CST);
		if (word == NVG_EMU_SCRAMBLE)
			__atomic_add_fetch(&crowd->untrained, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void start_crowd(struct crowd *crowd, struct nvg_gpu *gpu)
{
	*crowd = (struct crowd){ .gpu = gpu };
	for (int i = 0; i < READERS; i++)
		pthread_create(&crowd->thread[i], NULL, read_always, crowd);
}

static void stop_crowd(struct crowd *crowd)
{
	__atomic_store_n(&crowd->stop, true, __ATOMIC_SEQ_CST);
	for (int i = 0; i < READERS; i++)
		pthread_join(crowd->thread[i], NULL);
}

TEST_F(sleep, I11_readers_during_power_changes_never_see_untrained_memory)
{
	struct crowd crowd;

	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 60);
	start_crowd(&crowd, &self->gpu);
	for (int turn = 0; turn < 25; turn++) {
		EXPECT_EQ(0, nvg_power(&self->gpu, 3));
		EXPECT_EQ(0, nvg_power(&self->gpu, 0));
		EXPECT_EQ(0, nvg_mem_enable(&self->gpu, true));
		nvg_sleep_ms(100);
	}
	stop_crowd(&crowd);
	EXPECT_LT(0, crowd.seen);
	EXPECT_EQ(0, crowd.untrained) TH_LOG("of %u", crowd.seen);
}

static void *unbind_soon(void *arg)
{
	nvg_unbind(arg);
	return NULL;
}

/*
 * Somebody else holds the device, as an unbind that waits for us to close it:
 * then the core brings it to D0 and refuses the reset. Nothing but the driver
 * of it knows that the memory has lost its training.
 */
TEST_F(sleep, I11_reset_that_is_refused_in_d3_is_no_way_to_untrained_memory)
{
	struct crowd crowd;
	pthread_t thread;
	int refused = 0;

	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 60);
	pthread_create(&thread, NULL, unbind_soon, (void *)nvg_bdf());
	nvg_sleep_ms(200);
	start_crowd(&crowd, &self->gpu);
	for (int turn = 0; turn < 25; turn++) {
		nvg_power(&self->gpu, 3);
		refused += nvg_reset(&self->gpu) == -EAGAIN;
		nvg_mem_enable(&self->gpu, true);
		nvg_sleep_ms(100);
	}
	stop_crowd(&crowd);
	nvg_power(&self->gpu, 0);
	nvg_close_with_knobs(&self->gpu);
	pthread_join(thread, NULL);
	ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_DRIVER));
	EXPECT_LT(0, refused);
	EXPECT_LT(0, crowd.seen);
	EXPECT_EQ(0, crowd.untrained) TH_LOG("of %u", crowd.seen);
}

NVG_HARNESS_MAIN
