// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a VM go on while the memory of its GPU trains?
 *
 * KVM holds its SRCU over a vCPU's fault, and waits for it whenever memory is
 * given to the guest or taken from it: a vCPU that waits for training in a
 * fault stops the VMM. So the reset waits, as VMMs do resets with no such lock.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>

#include <linux/pci_regs.h>

#include "nvg_harness.h"
#include "nvg_ready.h"

#define LEAF		(2 * NVG_MIB)
#define BAR_IN_GUEST	(1 * NVG_GIB)	/* guest physical; its RAM is below */
#define SPARE_IN_GUEST	(2 * NVG_GIB)	/* where memory comes and goes */
#define SCRATCH		2048		/* in the guest's page of code */
#define LONG_TRAIN_MS	6000
#define TRAIN_MS	2000
#define ALARM_US	500000

FIXTURE(guest) {
	struct nvg_gpu gpu;
	struct nvg_guest guest;
	uint8_t *map;
};

FIXTURE_SETUP(guest)
{
	const char *why = nvg_open_with_knobs(&self->gpu);
	uint64_t mark = 0x5ca1ab1e, val = 0;

	if (why)
		SKIP(return, "%s", why);
	if (access("/dev/kvm", R_OK | W_OK))
		SKIP(return, "no /dev/kvm: %s", strerror(errno));
	self->map = nvg_map(&self->gpu, 0, LEAF, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	ASSERT_EQ(0, nvg_guest_start_loader(&self->guest));
	ASSERT_EQ(0, nvg_guest_memory(&self->guest, 1, BAR_IN_GUEST, self->map, LEAF));
	ASSERT_EQ(8, nvg_write(&self->gpu, 0, &mark, 8));
	ASSERT_EQ(0, nvg_guest_load(&self->guest, BAR_IN_GUEST, &val));
	ASSERT_EQ(mark, val);
}

FIXTURE_TEARDOWN(guest)
{
	nvg_guest_stop(&self->guest);
	nvg_close_with_knobs(&self->gpu);
}

/* Gives the guest memory and takes it away, all the time, as a VMM may. */
struct giver {
	pthread_t thread;
	struct nvg_guest *guest;
	void *memory;
	bool stop;
	int error;
	uint64_t longest_us;
};

static void *give_and_take(void *arg)
{
	struct giver *giver = arg;
	size_t page = nvg_page(), len = 0;
	uint64_t start, us;

	while (!__atomic_load_n(&giver->stop, __ATOMIC_SEQ_CST)) {
		len = len ? 0 : page;
		start = nvg_us();
		giver->error = nvg_guest_memory(giver->guest, 2, SPARE_IN_GUEST,
						giver->memory, len) ?: giver->error;
		us = nvg_us() - start;
		if (us > __atomic_load_n(&giver->longest_us, __ATOMIC_SEQ_CST))
			__atomic_store_n(&giver->longest_us, us, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void start_giver(struct giver *giver, struct nvg_guest *guest)
{
	*giver = (struct giver) {
		.guest = guest,
		.memory = mmap(NULL, nvg_page(), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	};
	pthread_create(&giver->thread, NULL, give_and_take, giver);
}

static void stop_giver(struct giver *giver)
{
	__atomic_store_n(&giver->stop, true, __ATOMIC_SEQ_CST);
	pthread_join(giver->thread, NULL);
	nvg_guest_memory(giver->guest, 2, SPARE_IN_GUEST, giver->memory, 0);
}

static volatile uint64_t handled_us;	/* 0: not yet */

static void on_alarm(int sig)
{
	handled_us = nvg_us();
}

static void set_alarm(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_value.tv_usec = ALARM_US };

	sigaction(SIGALRM, &action, NULL);
	handled_us = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* The vCPU runs for a while, loading from the GPU's memory. Returns -EINTR, as it should. */
static int let_run(struct nvg_guest *guest)
{
	int ret = nvg_guest_aim(guest, BAR_IN_GUEST, SCRATCH);

	set_alarm();
	while (!ret)
		ret = nvg_guest_run(guest);
	return ret;
}

/* The longest that it takes from now on; gives what it was until now. */
static uint64_t longest_anew(struct giver *giver)
{
	return __atomic_exchange_n(&giver->longest_us, 0, __ATOMIC_SEQ_CST);
}

/*
 * As QEMU does it: the thread of the vCPU that asks for a reset does it. What
 * the guest meets then must be trained. The best of three, and on a machine that
 * is busy with other things no longer than without a reset.
 */
TEST_F_TIMEOUT(guest, I12_training_after_a_reset_under_a_guest_holds_up_no_memslot, 90)
{
	struct giver giver = { .longest_us = ~0ull };
	uint64_t val, calm = 0;

	for (int turn = 0; turn < 3 && giver.longest_us >= SOON_US + 2 * calm; turn++) {
		val = 1;
		start_giver(&giver, &self->guest);
		EXPECT_EQ(-EINTR, let_run(&self->guest));
		calm = longest_anew(&giver);
		EXPECT_TRUE(nvg_reset_and_train(&self->gpu, LONG_TRAIN_MS, nvg_reset));
		EXPECT_EQ(-EINTR, let_run(&self->guest));
		EXPECT_TRUE(nvg_trained(&self->gpu));
		stop_giver(&giver);
		TH_LOG("the longest took %lu us, without a reset %lu us", giver.longest_us, calm);
		ASSERT_EQ(0, giver.error);
		ASSERT_EQ(8, nvg_read(&self->gpu, 0, &val, 8));
		EXPECT_EQ(0, val);
	}
	EXPECT_LT(giver.longest_us, SOON_US + 2 * calm);
	EXPECT_LT(giver.longest_us, LONG_TRAIN_MS * 1000 / 2);
}

/* QEMU turns memory space off first; the driver then has it on for as long as a question takes. */
static int reset_with_memory_off(struct nvg_gpu *gpu)
{
	uint64_t start;
	int ret;

	if (nvg_mem_enable(gpu, false))
		return -EIO;
	start = nvg_us();
	ret = nvg_reset(gpu);
	if (nvg_us() - start < TRAIN_MS * 1000 / 2 ||
	    nvg_cfg_get(gpu, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY)
		ret = -EAGAIN;
	return nvg_mem_enable(gpu, true) ?: ret;
}

TEST_F(guest, I12_reset_with_memory_space_off_waits_for_training_too)
{
	ASSERT_EQ(0, nvg_poke(self->map, 1));
	ASSERT_TRUE(nvg_reset_and_train(&self->gpu, TRAIN_MS, reset_with_memory_off));
	EXPECT_TRUE(nvg_trained(&self->gpu));
	EXPECT_EQ(0, nvg_poke(self->map, 1));
}

TEST_F(guest, I13_alarm_ends_the_wait_of_a_reset_and_not_its_success)
{
	uint64_t best = ~0ull, us, start;

	for (int turn = 0; turn < 3 && best >= SOON_US; turn++) {
		/* Of the generation before somebody must have used the memory. */
		ASSERT_EQ(0, nvg_poke(self->map, 1));
		start = nvg_us();
		set_alarm();
		ASSERT_TRUE(nvg_reset_and_train(&self->gpu, 3000, nvg_reset));
		ASSERT_GE(nvg_us() - start, ALARM_US) TH_LOG("it did not wait");
		us = nvg_us() - handled_us;
		best = us < best ? us : best;
		EXPECT_FALSE(nvg_trained(&self->gpu));
	}
	EXPECT_LT(best, SOON_US);
	ASSERT_EQ(0, nvg_poke(self->map, 1));
	EXPECT_TRUE(nvg_trained(&self->gpu));
}

/* A part whose timeout is short, please: it is waited for. */
TEST_F_TIMEOUT(guest, I13_reset_of_a_gpu_that_does_not_train_costs_one_timeout, 90)
{
	uint64_t start = nvg_us(), val;

	nvg_set_knob(&self->gpu, NVG_EMU_FAIL, NVG_EMU_FAIL_HBM);
	ASSERT_TRUE(nvg_reset_and_train(&self->gpu, 0, nvg_reset));
	EXPECT_GE(nvg_us() - start, 1000000) TH_LOG("it did not wait");
	start = nvg_us();
	EXPECT_EQ(-EFAULT, nvg_guest_load(&self->guest, BAR_IN_GUEST, &val));
	EXPECT_EQ(-ETIMEDOUT, nvg_read(&self->gpu, 0, &val, 8));
	EXPECT_LT(nvg_us() - start, 2 * SOON_US);
	start = nvg_us();
	ASSERT_EQ(0, nvg_reset(&self->gpu));
	EXPECT_LT(nvg_us() - start, 1000000) TH_LOG("nobody has used it since");
	nvg_set_knob(&self->gpu, NVG_EMU_FAIL, 0);
	ASSERT_TRUE(nvg_reset_and_train(&self->gpu, 0, nvg_reset));
	EXPECT_EQ(0, nvg_guest_load(&self->guest, BAR_IN_GUEST, &val));
}

NVG_HARNESS_MAIN
