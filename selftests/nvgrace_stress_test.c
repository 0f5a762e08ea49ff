// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does everything at once leave nobody stuck, and show nobody untrained memory?
 *
 * Threads at every door of one GPU that is closed and opened under them, while
 * other processes reset it through sysfs and unbind it. NVGRACE_SECONDS is the
 * length of each run. What the kernel says meanwhile is the runner's to judge.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <linux/pci_regs.h>

#include "nvg_harness.h"
#include "guarded.h"

#define STUCK_US	5000000
#define TRAIN_MS	250	/* at most, a reset takes 100; waiting is no progress */
#define BUFFER		(256 * NVG_KIB)
#define BATCH		50	/* operations on one file descriptor */
#define MAX_WORKERS	12

struct worker;

/* What a worker does, over and over; false: stop the run. */
typedef bool (*work)(struct worker *me);

struct worker {
	const char *name;
	work once;
	bool process;		/* of its own, without the file descriptor */
	pid_t tid;
	uint64_t dice;
	struct nvg_gpu gpu;	/* its own file descriptor of the session's */
	uint8_t *buffer;
	uint64_t turn;		/* operations so far */
	uint64_t beat_us;	/* when the last one ended */
	const char *doing;
};

/* Shared with the processes. */
static struct run {
	struct worker worker[MAX_WORKERS];
	int nr_workers;
	bool stop;
	char why[256];		/* not empty: the run failed */
	uint64_t opens, binds, waits;
} *run;

/* The open GPU that threads get their file descriptors of. */
static struct {
	pthread_mutex_t lock;
	struct nvg_gpu gpu;
	bool open;
	int users;
} session = { .lock = PTHREAD_MUTEX_INITIALIZER };

static uint64_t roll(struct worker *me, uint64_t below)
{
	me->dice ^= me->dice << 13;
	me->dice ^= me->dice >> 7;
	me->dice ^= me->dice << 17;
	return me->dice % below;
}

/* The first failure is the run's. Returns false. */
static bool fail(struct worker *me, const char *fmt, ...)
{
	va_list args;
	int used;

	if (__atomic_exchange_n(&run->stop, true, __ATOMIC_SEQ_CST))
		return false;
	used = snprintf(run->why, sizeof(run->why), "%s, turn %lu, %s: ",
			me->name, me->turn, me->doing);
	va_start(args, fmt);
	vsnprintf(run->why + used, sizeof(run->why) - used, fmt, args);
	va_end(args);
	return false;
}

static bool stopped(void)
{
	return __atomic_load_n(&run->stop, __ATOMIC_RELAXED);
}

static void beat(struct worker *me, const char *doing)
{
	me->doing = doing;
	me->turn++;
	__atomic_store_n(&me->beat_us, nvg_us(), __ATOMIC_RELAXED);
}

static void nap(struct worker *me, unsigned int most_ms)
{
	nvg_sleep_ms(roll(me, most_ms + 1));
	beat(me, "napping");
}

/* I11: are these bytes, which begin at a multiple of 8, ever the model's scramble? */
static bool clean(struct worker *me, const uint8_t *buf, size_t len, uint64_t off)
{
	const uint64_t *word = (const uint64_t *)buf;

	for (size_t i = 0; i < len / 8; i++)
		if (word[i] == NVG_EMU_SCRAMBLE)
			return fail(me, "untrained memory seen at %#lx",
				    off + 8 * i);
	return true;
}

/* Where the model scrambles, and between. */
static uint64_t some_offset(struct worker *me, size_t len)
{
	uint64_t size = me->gpu.mem_size, off;

	switch (roll(me, 3)) {
	case 0:
		off = roll(me, size / NVG_EMU_SCRAMBLE_STEP + 1) * NVG_EMU_SCRAMBLE_STEP;
		break;
	case 1:
		off = size - len;
		break;
	default:
		off = roll(me, size / 8) * 8;
	}
	return off + len > size ? (size - len) & ~7ul : off;
}

static bool read_once(struct worker *me)
{
	size_t len = 8 << roll(me, 16);
	uint64_t off;
	ssize_t ret;

	if (len > BUFFER)
		len = BUFFER;
	off = some_offset(me, len);
	beat(me, "reading");
	ret = nvg_read(&me->gpu, off, me->buffer, len);
	if (ret == -EIO)
		return true;
	if (ret <= 0)
		return fail(me, "%zu bytes at %#lx give %zd", len, off, ret);
	return clean(me, me->buffer, ret, off);
}

/* A write before the end of training is lost, though nothing was reset since. */
static bool write_once(struct worker *me)
{
	uint64_t off = some_offset(me, 8), seen = 0, word = roll(me, 1ull << 62);
	uint32_t resets = nvg_knob(&me->gpu, NVG_EMU_RESETS);
	ssize_t wrote, got;

	beat(me, "writing");
	wrote = nvg_write(&me->gpu, off, &word, 8);
	beat(me, "reading back");
	got = nvg_read(&me->gpu, off, &seen, 8);
	if ((wrote != 8 && wrote != -EIO) || (got != 8 && got != -EIO))
		return fail(me, "8 bytes at %#lx: write %zd, read %zd", off,
			    wrote, got);
	if (got == 8 && !clean(me, (uint8_t *)&seen, 8, off))
		return false;
	beat(me, "counting resets");
	if (wrote != 8 || got != 8 || seen == word || resets == ~0u ||
	    resets != nvg_knob(&me->gpu, NVG_EMU_RESETS))
		return true;
	return fail(me, "write at %#lx is lost without a reset: %#lx, not %#lx",
		    off, seen, word);
}

/* Loads and stores, then another mapping. */
static bool map_once(struct worker *me, unsigned int touches, size_t most)
{
	size_t len = nvg_page() << roll(me, 11), at;
	uint64_t off, word;
	uint8_t *map;
	int sig = 0;

	len = len < most ? len : most;
	off = some_offset(me, len) & ~(nvg_page() - 1ul);
	beat(me, "mmap");
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, me->gpu.fd,
		   me->gpu.region[me->gpu.mem].offset + off);
	if (map == MAP_FAILED)
		return fail(me, "%zu bytes at %#lx: errno %d", len, off, errno);
	for (unsigned int i = 0; i < touches && !stopped(); i++) {
		at = roll(me, len / nvg_page()) * nvg_page() + roll(me, 512) * 8;
		beat(me, "load");
		sig = nvg_guarded_copy(&word, map + at, 8, 8);
		if (!sig && !clean(me, (uint8_t *)&word, 8, off + at))
			break;
		word = roll(me, 1ull << 62);
		beat(me, "store");
		sig = sig ?: nvg_guarded_copy(map + at, &word, 8, 8);
		if (sig && sig != SIGBUS)
			fail(me, "signal %d at %#lx", sig, off + at);
	}
	beat(me, "munmap");
	munmap(map, len);
	return !stopped();
}

static bool fault_once(struct worker *me)
{
	return map_once(me, 1, 8 * NVG_MIB);
}

static bool touch_once(struct worker *me)
{
	return map_once(me, 200, 64 * NVG_KIB);
}

static bool command_once(struct worker *me)
{
	int ret;

	beat(me, "memory off");
	ret = nvg_mem_enable(&me->gpu, false);
	nap(me, 2);
	beat(me, "memory on");
	ret = nvg_mem_enable(&me->gpu, true) ?: ret;
	if (ret)
		return fail(me, "command register: %d", ret);
	nap(me, 20);
	return true;
}

static bool power_once(struct worker *me)
{
	int ret;

	beat(me, "D3");
	ret = nvg_power(&me->gpu, 3);
	nap(me, 2);
	beat(me, "D0");
	ret = nvg_power(&me->gpu, 0) ?: ret;
	if (ret)
		return fail(me, "power state: %d", ret);
	nap(me, 100);
	return true;
}

static bool reset_once(struct worker *me)
{
	int ret;

	beat(me, "training time");
	nvg_set_knob(&me->gpu, NVG_EMU_TRAIN_MS, roll(me, TRAIN_MS));
	beat(me, "reset");
	if (roll(me, 2)) {
		ret = nvg_flr(&me->gpu);
	} else {
		ret = ioctl(me->gpu.fd, VFIO_DEVICE_RESET) ? -errno : 0;
		if (ret == -EAGAIN)	/* another reset, or an unbind, is at it */
			ret = 0;
	}
	if (ret)
		return fail(me, "%d", ret);
	nap(me, 150);
	return true;
}

static int export(struct nvg_gpu *gpu)
{
	struct {
		struct vfio_device_feature feature;
		struct vfio_device_feature_dma_buf get;
		struct vfio_region_dma_range range;
	} arg = {
		.feature.argsz = sizeof(arg),
		.feature.flags = VFIO_DEVICE_FEATURE_GET |
				 VFIO_DEVICE_FEATURE_DMA_BUF,
		.get.region_index = gpu->mem,
		.get.open_flags = O_RDWR | O_CLOEXEC,
		.get.nr_ranges = 1,
		.range.length = NVG_MIB,
	};
	int fd = ioctl(gpu->fd, VFIO_DEVICE_FEATURE, &arg);

	return fd < 0 ? -errno : fd;
}

/* Nobody else writes the BAR: it reads what was written, whatever goes on. */
static bool config_once(struct worker *me)
{
	uint32_t pos = PCI_BASE_ADDRESS_0 + 4 * me->gpu.mem;
	uint64_t val = roll(me, ~0ull), seen = 0;
	struct nvg_region region;
	ssize_t ret;
	int fd;

	beat(me, "BAR register");
	if (nvg_cfg_write(&me->gpu, pos, &val, 8) != 8 ||
	    nvg_cfg_read(&me->gpu, pos, &seen, 8) != 8 ||
	    seen != ((val & ~(me->gpu.bar_size - 1)) | 0xc))
		return fail(me, "wrote %#lx, read %#lx", val, seen);
	beat(me, "config space");
	ret = nvg_cfg_read(&me->gpu, 0, me->buffer, 4096);
	if (ret != 4096)
		return fail(me, "%zd", ret);
	beat(me, "region info");
	if (nvg_query_region(me->gpu.fd, me->gpu.mem, &region) ||
	    region.area_size != me->gpu.mem_size)
		return fail(me, "it changed");
	beat(me, "dma-buf");
	fd = export(&me->gpu);
	if (fd >= 0)
		close(fd);
	else if (fd != -ENOTTY)
		return fail(me, "%d", fd);
	return true;
}

/* Closes its own file descriptor first: the last one is closed by any thread. */
static bool session_once(struct worker *me)
{
	struct nvg_gpu gpu;
	const char *why;
	int users;

	beat(me, "opening");
	why = nvg_open_with_memory(&gpu);
	if (why) {	/* unbound, or being reset */
		nap(me, 50);
		return true;
	}
	run->opens++;
	pthread_mutex_lock(&session.lock);
	session.gpu = gpu;
	session.open = true;
	pthread_mutex_unlock(&session.lock);
	for (int i = roll(me, 20); i >= 0 && !stopped(); i--)
		nap(me, 100);
	beat(me, "closing");
	pthread_mutex_lock(&session.lock);
	session.open = false;
	pthread_mutex_unlock(&session.lock);
	nvg_close(&gpu);
	do {
		nvg_sleep_ms(2);
		pthread_mutex_lock(&session.lock);
		users = session.users;
		pthread_mutex_unlock(&session.lock);
	} while (users);
	return true;
}

static bool sysfs_reset_once(struct worker *me)
{
	int ret;

	beat(me, "sysfs reset");
	ret = nvg_sysfs_write(nvg_bdf(), "reset", "1");
	if (ret)
		return fail(me, "%d", ret);
	nap(me, 300);
	return true;
}

/* Unbinding waits for the GPU to be closed. */
static bool bind_once(struct worker *me)
{
	int ret;

	nap(me, 2000);
	beat(me, "unbinding");
	ret = nvg_unbind(nvg_bdf());
	if (ret)
		return fail(me, "%d", ret);
	nap(me, 50);
	beat(me, "binding");
	ret = nvg_offer(nvg_bdf(), NVG_DRIVER);
	if (ret)
		return fail(me, "%d", ret);
	run->binds++;
	return true;
}

/* A file descriptor of the session's GPU, if there is one. */
static bool join_session(struct worker *me)
{
	bool open;

	pthread_mutex_lock(&session.lock);
	open = session.open;
	if (open) {
		me->gpu = session.gpu;
		me->gpu.fd = dup(session.gpu.fd);
		session.users++;
	}
	pthread_mutex_unlock(&session.lock);
	return open;
}

static void leave_session(struct worker *me)
{
	beat(me, "closing");
	close(me->gpu.fd);
	pthread_mutex_lock(&session.lock);
	session.users--;
	pthread_mutex_unlock(&session.lock);
	beat(me, "closed");
}

static void *work_in_sessions(void *arg)
{
	struct worker *me = arg;

	me->tid = gettid();
	me->buffer = malloc(BUFFER);
	while (!stopped()) {
		if (!join_session(me)) {
			nap(me, 10);
			continue;
		}
		for (int i = 0; i < BATCH && session.open && !stopped(); i++)
			me->once(me);
		leave_session(me);
	}
	free(me->buffer);
	return NULL;
}

static void *work_alone(void *arg)
{
	struct worker *me = arg;

	me->tid = gettid();
	while (!stopped() && me->once(me))
		;
	return NULL;
}

static struct worker *add(const char *name, work once)
{
	struct worker *worker = &run->worker[run->nr_workers++];

	*worker = (struct worker) {
		.name = name, .once = once, .doing = "starting",
		.dice = nvg_seed() * 0x9e3779b97f4a7c15ull + run->nr_workers,
		.beat_us = nvg_us(),
	};
	return worker;
}

static void add_process(const char *name, work once)
{
	struct worker *worker = add(name, once);

	worker->process = true;
	fflush(stdout);
	worker->tid = fork();
	if (worker->tid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work_alone(worker);
	_exit(0);
}

static void print_file(const char *format, pid_t tid)
{
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), format, tid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		printf("#   %s", line);
	if (file)
		fclose(file);
}

/* Where everyone is, when one of them does not come back. */
static void print_workers(void)
{
	for (int i = 0; i < run->nr_workers; i++) {
		struct worker *worker = &run->worker[i];

		printf("# %s: turn %lu, %s for %lu ms\n", worker->name, worker->turn,
		       worker->doing, (nvg_us() - worker->beat_us) / 1000);
		print_file("/proc/%d/stack", worker->tid);
	}
	fflush(stdout);
}

static bool all_progress(void)
{
	for (int i = 0; i < run->nr_workers; i++) {
		struct worker *worker = &run->worker[i];
		uint64_t beat_us = __atomic_load_n(&worker->beat_us, __ATOMIC_RELAXED);

		if (nvg_us() < beat_us + STUCK_US + TRAIN_MS * 1000)
			continue;
		fail(worker, "stuck for %lu ms", (nvg_us() - beat_us) / 1000);
		print_workers();
		return false;
	}
	return true;
}

/* Ends threads and processes; one that is stuck is waited for by the runner. */
static void run_workers(uint64_t seconds)
{
	pthread_t thread[MAX_WORKERS];
	uint64_t end = nvg_us() + seconds * 1000000;

	for (int i = 0; i < run->nr_workers; i++) {
		struct worker *worker = &run->worker[i];

		if (!worker->process)
			pthread_create(&thread[i], NULL,
				       worker->once == session_once ? work_alone :
				       work_in_sessions, worker);
	}
	while (nvg_us() < end && !stopped() && all_progress())
		nvg_sleep_ms(200);
	__atomic_store_n(&run->stop, true, __ATOMIC_SEQ_CST);
	for (int i = 0; i < run->nr_workers; i++) {
		if (run->worker[i].process)
			waitpid(run->worker[i].tid, NULL, 0);
		else
			pthread_join(thread[i], NULL);
	}
}

FIXTURE(stress) {
	struct nvg_gpu gpu;
};

FIXTURE_VARIANT(stress) {
	bool power;	/* states and no other reset: vfio-pci loses config space */
};

FIXTURE_VARIANT_ADD(stress, resets) { .power = false };
FIXTURE_VARIANT_ADD(stress, power_states) { .power = true };

FIXTURE_SETUP(stress)
{
	const char *why = nvg_open_with_memory(&self->gpu);

	if (!why)
		why = nvg_need_knobs(&self->gpu);
	if (why)
		SKIP(return, "%s", why);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, TRAIN_MS / 2);
	nvg_close(&self->gpu);
	run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, run);
}

FIXTURE_TEARDOWN(stress)
{
}

TEST_F_TIMEOUT(stress, I20_nobody_is_stuck_and_I11_nobody_sees_untrained_memory, -1)
{
	uint64_t word = 0x5aa5, seen = 0;

	printf("# NVGRACE_SEED=%lu\n", nvg_seed());
	if (!variant->power) {
		add_process("sysfs", sysfs_reset_once);
		add_process("binder", bind_once);
		add("commander", command_once);
		add("resetter", reset_once);
	} else {
		add("power", power_once);
		add("reader 2", read_once);
	}
	add("reader", read_once);
	add("writer", write_once);
	add("faulter", fault_once);
	add("toucher", touch_once);
	add("configurer", config_once);
	add("opener", session_once);
	run_workers(nvg_env("NVGRACE_SECONDS", 120));
	for (int i = 0; i < run->nr_workers; i++) {
		printf("# %s: %lu turns\n", run->worker[i].name, run->worker[i].turn);
	}
	printf("# opened %lu times, bound %lu times\n", run->opens, run->binds);
	EXPECT_STREQ("", run->why);
	EXPECT_GT(run->opens, 1);

	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	EXPECT_EQ(8, nvg_write(&self->gpu, 0, &word, 8));
	EXPECT_EQ(8, nvg_read(&self->gpu, 0, &seen, 8));
	EXPECT_EQ(word, seen);
	nvg_set_knob(&self->gpu, NVG_EMU_TRAIN_MS, 0);
	nvg_close(&self->gpu);
}

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"

/* kmemleak reports what is 5 s old and was not found by a scan. */
FIXTURE(leak) {};

FIXTURE_SETUP(leak)
{
}

FIXTURE_TEARDOWN(leak)
{
}

TEST_F_TIMEOUT(leak, I20_kmemleak_finds_nothing_of_ours_afterwards, -1)
{
	static char report[1 << 20];
	size_t len = 0, got;
	FILE *file;
	int fd;

	fd = open(KMEMLEAK, O_RDWR);
	if (fd < 0)
		SKIP(return, "this kernel has no kmemleak");
	for (int i = 0; i < 2; i++) {
		nvg_sleep_ms(6000);
		ASSERT_EQ(4, write(fd, "scan", 4)) TH_LOG("errno %d", errno);
	}
	close(fd);
	file = fopen(KMEMLEAK, "r");
	ASSERT_NE(NULL, file);
	while ((got = fread(report + len, 1, sizeof(report) - 1 - len, file)))
		len += got;
	fclose(file);
	EXPECT_EQ(NULL, strstr(report, "nvgrace"));
	EXPECT_EQ(NULL, strstr(report, "vfio"));
	if (strstr(report, "nvgrace") || strstr(report, "vfio"))
		printf("# %s\n", report);
}

NVG_HARNESS_MAIN
