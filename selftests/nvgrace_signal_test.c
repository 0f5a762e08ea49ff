// SPDX-License-Identifier: GPL-2.0-only
/* How soon does a signal reach a task that is at the memory, or waits for it? */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include "nvg_harness.h"
#include "nvg_ready.h"

#define WORST_KILL_US	100000	/* I6 */

NVG_FIXTURE(transfer, nvg_open_with_memory)
NVG_FIXTURE_WITH_KNOBS(waiter)

#define FOLD	(4 * NVG_MIB)

/* A long buffer that costs little: the same pages over and over; whole FOLDs. */
static void *folded_buffer(size_t len)
{
	int fd = memfd_create("fold", 0);
	uint8_t *room = mmap(NULL, len, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			     -1, 0);

	if (fd < 0 || ftruncate(fd, FOLD) || room == MAP_FAILED)
		return NULL;
	for (size_t at = 0; at < len; at += FOLD)
		if (mmap(room + at, FOLD, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) ==
		    MAP_FAILED)
			return NULL;
	return room;
}

struct long_read {
	struct nvg_gpu *gpu;
	uint8_t *buf;
	uint64_t off;
	size_t len;
	volatile int state;	/* 1: reading, 2: has read all once */
};

static int read_for_ever(void *arg)
{
	struct long_read *job = arg;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (job->state = 1; job->state; job->state = 2)
		nvg_read(job->gpu, job->off, job->buf, job->len);
	return 0;
}

/*
 * Microseconds from SIGKILL to the end of a reader; -1: it had finished. The
 * buffer is all there, so that no fault looks at signals for the driver, and
 * the reader shares our memory, so that its death frees none.
 */
static int64_t kill_a_long_read(struct nvg_gpu *gpu, uint64_t off, size_t len)
{
	struct long_read job = { .gpu = gpu, .off = off, .len = len };
	static uint8_t stack[65536] __attribute__((aligned(16)));
	uint64_t start;
	pid_t pid;

	job.buf = folded_buffer(len);
	if (!job.buf)
		return -1;
	pid = clone(read_for_ever, stack + sizeof(stack), CLONE_VM | SIGCHLD,
		    &job);
	while (!job.state)
		nvg_sleep_ms(1);
	nvg_sleep_ms(50);
	start = nvg_us();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return job.state == 2 ? -1 : (int64_t)(nvg_us() - start);
}

TEST_F_TIMEOUT(transfer, I6_kill_ends_a_long_read_within_100_ms, 120)
{
	size_t len = NVG_GIB;
	int64_t us;

	if (self->gpu.mem_size < len)
		len = self->gpu.mem_size - self->gpu.mem_size % FOLD;
	us = kill_a_long_read(&self->gpu, 0, len);
	if (us < 0)
		SKIP(return, "%zu bytes do not last 50 ms", len);
	TH_LOG("died after %ld us", us);
	EXPECT_LT(us, WORST_KILL_US);
}

TEST_F_TIMEOUT(transfer, I6_kill_ends_a_long_read_of_padding_within_100_ms, 120)
{
	size_t len = NVG_GIB / 2;
	int64_t us;

	if (self->gpu.bar_size - self->gpu.mem_size < len)
		SKIP(return, "less than 512 MiB of padding");
	us = kill_a_long_read(&self->gpu, self->gpu.mem_size, len);
	if (us < 0)
		SKIP(return, "%zu bytes do not last 50 ms", len);
	TH_LOG("died after %ld us", us);
	EXPECT_LT(us, WORST_KILL_US);
}

/* Microseconds from SIGKILL to the end of a process that waits. */
static uint64_t kill_waiter(struct nvg_gpu *gpu, uint8_t *map)
{
	uint64_t word, start;
	uint8_t byte;
	pid_t pid = fork();

	if (!pid) {
		if (map)
			nvg_touch(map, &byte);
		else
			nvg_read(gpu, 0, &word, 8);
		_exit(0);
	}
	nvg_sleep_ms(200);
	if (waitpid(pid, NULL, WNOHANG))
		return ~0ull;
	start = nvg_us();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return nvg_us() - start;
}

static void leaves_at_once(struct __test_metadata *_metadata,
			   struct nvg_gpu *gpu, uint8_t *map)
{
	uint64_t us = ~0ull;

	for (int turn = 0; turn < 3 && us >= SOON_US; turn++) {
		/* An ioctl would itself wait for memory that eager_map has used. */
		ASSERT_TRUE(nvg_reset_and_train(gpu, 3000, nvg_flr));
		us = kill_waiter(gpu, map);
		EXPECT_FALSE(nvg_trained(gpu));
	}
	EXPECT_LT(us, SOON_US);
}

TEST_F(waiter, I13_killed_reader_leaves_at_once)
{
	leaves_at_once(_metadata, &self->gpu, NULL);
}

TEST_F(waiter, I13_killed_fault_leaves_at_once)
{
	uint8_t *map = nvg_map(&self->gpu, 0, NVG_MIB, 0);

	ASSERT_NE(MAP_FAILED, map);
	leaves_at_once(_metadata, &self->gpu, map);
}

/* A signal that its task has a handler for comes after so long, while it waits. */
#define ALARM_US	500000
#define ALARM_TRAIN_MS	3000

static volatile uint64_t handled_us;	/* 0: not yet */

static void on_alarm(int sig)
{
	handled_us = nvg_us();
}

/* Returns when it is due. No SA_RESTART: who waits is told. */
static uint64_t set_alarm(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_value.tv_usec = ALARM_US };

	sigaction(SIGALRM, &action, NULL);
	handled_us = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
	return nvg_us() + ALARM_US;
}

typedef ssize_t (*waiting)(struct nvg_gpu *gpu, uint8_t *map);

static ssize_t wait_in_read(struct nvg_gpu *gpu, uint8_t *map)
{
	uint64_t word;

	return nvg_read(gpu, 0, &word, 8);
}

static ssize_t wait_in_write(struct nvg_gpu *gpu, uint8_t *map)
{
	uint64_t word = 0;

	return nvg_write(gpu, 0, &word, 8);
}

static ssize_t wait_in_fault(struct nvg_gpu *gpu, uint8_t *map)
{
	uint8_t byte = 1;
	int sig = nvg_touch(map, &byte);

	return sig ?: byte;
}

/* How late the handler ran; the best of three. *ret: what the access gave. */
static uint64_t handler_late_us(struct nvg_gpu *gpu, waiting wait, ssize_t *ret)
{
	uint8_t *map = nvg_map(gpu, 0, NVG_MIB, 0);
	uint64_t best = ~0ull, due;

	for (int turn = 0; turn < 3 && best >= SOON_US; turn++) {
		if (!nvg_reset_and_train(gpu, ALARM_TRAIN_MS, nvg_flr))
			return ~0ull;
		due = set_alarm();
		*ret = wait(gpu, map);
		if (handled_us >= due && handled_us - due < best)
			best = handled_us - due;
	}
	munmap(map, NVG_MIB);
	return best;
}

TEST_F(waiter, I13_alarm_ends_a_waiting_read_with_eintr)
{
	uint64_t word = 1;
	ssize_t ret = 0;

	EXPECT_LT(handler_late_us(&self->gpu, wait_in_read, &ret), SOON_US);
	EXPECT_EQ(-EINTR, ret);
	EXPECT_FALSE(nvg_trained(&self->gpu));
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
	EXPECT_EQ(0, word);
	EXPECT_TRUE(nvg_trained(&self->gpu));
}

TEST_F(waiter, I13_alarm_ends_a_waiting_write_with_eintr)
{
	ssize_t ret = 0;

	EXPECT_LT(handler_late_us(&self->gpu, wait_in_write, &ret), SOON_US);
	EXPECT_EQ(-EINTR, ret);
	EXPECT_FALSE(nvg_trained(&self->gpu));
}

/* The handler runs, then the touch goes on waiting: it has no other way to end. */
TEST_F(waiter, I13_alarm_is_handled_during_a_waiting_fault_which_then_goes_on)
{
	ssize_t ret = -1;

	EXPECT_LT(handler_late_us(&self->gpu, wait_in_fault, &ret), SOON_US);
	EXPECT_EQ(0, ret);
	EXPECT_TRUE(nvg_trained(&self->gpu));
}

static void *reset_soon(void *arg)
{
	nvg_sleep_ms(100);
	nvg_reset_by_sysfs(arg);
	return NULL;
}

/* What was moved before the reset counts, as the rest of it can be asked for again. */
TEST_F(waiter, I13_alarm_gives_a_read_that_had_begun_a_short_count)
{
	size_t len = NVG_GIB - NVG_GIB % FOLD;
	uint8_t *buf = folded_buffer(len);
	pthread_t thread;
	uint64_t start;
	ssize_t ret;

	ASSERT_NE(NULL, buf);
	ASSERT_EQ(8, nvg_read(&self->gpu, 0, buf, 8));
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 5000);
	pthread_create(&thread, NULL, reset_soon, &self->gpu);
	start = set_alarm() - ALARM_US;
	/* A fast machine is through before the reset comes. */
	do
		ret = nvg_read(&self->gpu, 0, buf, len);
	while (ret == (ssize_t)len && nvg_us() - start < ALARM_US);
	pthread_join(thread, NULL);
	EXPECT_GT(ret, 0);
	EXPECT_LT(ret, len);
	EXPECT_FALSE(nvg_trained(&self->gpu));
}

NVG_HARNESS_MAIN
