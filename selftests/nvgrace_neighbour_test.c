// SPDX-License-Identifier: GPL-2.0-only
/* What do binding, unbinding and training of another GPU do to this one? */
#include <pthread.h>
#include <sys/ioctl.h>

#include "nvg_facts.h"
#include "nvg_failing.h"
#include "nvg_harness.h"
#include "nvg_ready.h"

#define TRAIN_MS	150
#define FAILED_BINDS	60	/* enough of them; a bind has some fewer or more */
#define MOST		5000	/* allocations of one bind, far more than it has */

/* Only the first is open. */
FIXTURE(neighbour) {
	struct nvg_gpu gpu;
	const char *other;
};

FIXTURE_SETUP(neighbour)
{
	char vendor[16];
	const char *why;

	self->other = getenv("NVGRACE_BDF2") ?: "0000:00:04.0";
	if (nvg_sysfs_read(self->other, "vendor", vendor, sizeof(vendor)) < 0)
		SKIP(return, "there is no second GPU; NVGRACE_BDF2 names it");
	why = nvg_open_with_knobs(&self->gpu);
	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, nvg_bind(self->other, NVG_DRIVER));
}

/* In the parent: a test that was ended may have left it unbound. */
FIXTURE_TEARDOWN_PARENT(neighbour)
{
	if (self->other)
		nvg_bind(self->other, NVG_DRIVER);
}

/* To sleep and back; true: what is read then is memory that has trained. */
static bool sleeps_well(struct nvg_gpu *gpu)
{
	uint64_t word = 0x77, seen = NVG_EMU_SCRAMBLE;

	nvg_set_knob(gpu, NVG_EMU_TRAIN_MS, TRAIN_MS);
	return nvg_write(gpu, 0, &word, 8) == 8 && !nvg_enter_low_power(gpu) &&
	       nvg_reaches(gpu, "D3hot") && !nvg_leave_low_power(gpu) &&
	       !nvg_mem_enable(gpu, true) && nvg_read(gpu, 0, &seen, 8) == 8 &&
	       !seen;
}

struct binder {
	pthread_t thread;
	const char *bdf;
	bool stop;
	unsigned int times;
};

static void *bind_and_unbind(void *arg)
{
	struct binder *binder = arg;

	while (!__atomic_load_n(&binder->stop, __ATOMIC_SEQ_CST)) {
		nvg_unbind(binder->bdf);
		binder->times += !nvg_bind(binder->bdf, NVG_DRIVER);
	}
	return NULL;
}

/* Binding took its own look at power management back from the driver, for all GPUs. */
TEST_F_TIMEOUT(neighbour, I11_low_power_among_binds_of_another_waits_for_training, 120)
{
	struct binder binder = { .bdf = self->other };
	uint64_t end = nvg_us() + 8000000;
	int cycles = 0, bad = 0;

	if (nvg_no_runtime_pm())
		SKIP(return, "%s", nvg_no_runtime_pm());
	pthread_create(&binder.thread, NULL, bind_and_unbind, &binder);
	for (; nvg_us() < end; cycles++)
		bad += !sleeps_well(&self->gpu);
	__atomic_store_n(&binder.stop, true, __ATOMIC_SEQ_CST);
	pthread_join(binder.thread, NULL);
	TH_LOG("%d cycles, %u binds", cycles, binder.times);
	EXPECT_EQ(0, bad);
	EXPECT_LT(0, binder.times);
	EXPECT_LT(0, cycles);
}

/* Binds with the n-th allocation failing; *left: of those n, after it. */
static bool binds_but(int fail_nth, unsigned int n, const char *bdf,
		      unsigned int *left)
{
	char driver[64], text[16] = "";

	nvg_arm(fail_nth, n);
	nvg_offer(bdf, NVG_DRIVER);
	if (pread(fail_nth, text, sizeof(text) - 1, 0) > 0)
		*left = atoi(text);
	nvg_disarm(fail_nth);
	return nvg_driver(bdf, driver, sizeof(driver)) &&
	       !strcmp(driver, NVG_DRIVER);
}

/*
 * The last allocations whose failure is the end of a bind are those of sysfs's
 * attributes, those before of registering the device: down to there and further.
 */
TEST_F_TIMEOUT(neighbour, I11_low_power_after_a_bind_of_another_that_failed_waits_for_training, 240)
{
	const char *why = nvg_no_runtime_pm() ?: nvg_let_allocations_fail() ?:
			  nvg_spare("vfio_device_set_group");
	int fail_nth = nvg_open_fail_nth(), failed = 0;
	unsigned int left = 0, n;

	if (!why && fail_nth < 0)
		why = "this kernel has no /proc/.../fail-nth";
	if (why)
		SKIP(return, "%s", why);
	ASSERT_TRUE(sleeps_well(&self->gpu));
	ASSERT_EQ(0, nvg_unbind(self->other));
	ASSERT_TRUE(binds_but(fail_nth, MOST, self->other, &left));
	for (n = MOST - left; n && failed < FAILED_BINDS; n--) {
		ASSERT_EQ(0, nvg_unbind(self->other));
		if (binds_but(fail_nth, n, self->other, &left))
			continue;
		if (failed++ % 4)
			continue;
		EXPECT_TRUE(sleeps_well(&self->gpu)) TH_LOG("n = %u", n);
	}
	nvg_spare(NULL);
	TH_LOG("%d binds failed", failed);
	EXPECT_LE(FAILED_BINDS / 2, failed);
}

/* As a VMM does it, one after another; none is in use yet. Returns microseconds. */
static int64_t start_both(struct nvg_gpu gpu[2], const char *const bdf[2])
{
	uint64_t start = nvg_us(), word;
	uint8_t byte, *map;

	for (int i = 0; i < 2; i++)
		if (nvg_open_bdf(&gpu[i], bdf[i]))
			return -1;
	for (int i = 0; i < 2; i++)
		if (nvg_reset(&gpu[i]))
			return -1;
	map = nvg_map(&gpu[0], 0, NVG_MIB, 0);
	if (nvg_touch(map, &byte) || byte || nvg_read(&gpu[1], 0, &word, 8) != 8 || word)
		return -1;
	munmap(map, NVG_MIB);
	return nvg_us() - start;
}

TEST_F_TIMEOUT(neighbour, I12_two_gpus_train_at_the_same_time_when_a_guest_starts, 60)
{
	const char *bdf[2] = { nvg_bdf(), self->other };
	struct nvg_gpu gpu[2];
	int64_t best = INT64_MAX, us;

	nvg_close(&self->gpu);
	for (int turn = 0; turn < 3 && best >= 4000000; turn++) {
		for (int i = 0; i < 2; i++) {
			ASSERT_EQ(NULL, nvg_open_bdf(&gpu[i], bdf[i]));
			nvg_set_knob(&gpu[i], NVG_EMU_TRAIN_MS, 3000);
			nvg_close(&gpu[i]);
		}
		us = start_both(gpu, bdf);
		for (int i = 0; i < 2; i++) {
			nvg_close_with_knobs(&gpu[i]);
		}
		ASSERT_GE(us, 3000000);
		best = us < best ? us : best;
	}
	TH_LOG("%ld us", best);
	EXPECT_LT(best, 4000000);
}

NVG_HARNESS_MAIN
