// SPDX-License-Identifier: GPL-2.0-only
/* What does binding accept, refuse, survive and give back? */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "nvg_harness.h"

#define SOON_US	100000

/* Binds to our driver whatever was there; the GPU itself is closed. */
static const char *bound(const char *bdf)
{
	static char why[128];
	char name[64];
	int ret;

	if (!bdf)
		return "no GPU named: give its BDF as argument or in NVGRACE_BDF";
	if (nvg_driver(bdf, name, sizeof(name)) && !strcmp(name, NVG_DRIVER))
		return NULL;
	ret = nvg_bind(bdf, NVG_DRIVER);
	if (!ret)
		return NULL;
	snprintf(why, sizeof(why), "cannot bind " NVG_DRIVER ": %s",
		 strerror(-ret));
	return why;
}

FIXTURE(bind) {
	const char *bdf;
	struct nvg_gpu gpu;
};

FIXTURE_SETUP(bind)
{
	const char *why;

	self->bdf = nvg_bdf();
	self->gpu.fd = -1;
	why = bound(self->bdf);
	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(bind)
{
	if (self->gpu.fd >= 0)
		nvg_close(&self->gpu);
	bound(self->bdf);
}

TEST_F(bind, I20_bind_and_unbind_20_times)
{
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, nvg_unbind(self->bdf));
		ASSERT_EQ(0, nvg_bind(self->bdf, NVG_DRIVER));
	}
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
}

TEST_F(bind, I20_open_and_close_20_times)
{
	uint64_t word;

	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
		ASSERT_EQ(8, nvg_read(&self->gpu, i * NVG_MIB, &word, 8));
		nvg_close(&self->gpu);
	}
}

TEST_F(bind, I20_second_file_of_one_group_works_after_the_first_is_closed)
{
	uint64_t word;
	int second;

	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	if (self->gpu.group < 0)
		SKIP(return, "a cdev is opened once");
	second = ioctl(self->gpu.group, VFIO_GROUP_GET_DEVICE_FD, self->bdf);
	ASSERT_LE(0, second);
	ASSERT_EQ(0, close(self->gpu.fd));
	self->gpu.fd = second;
	EXPECT_EQ(8, nvg_read(&self->gpu, 0, &word, 8));
}

/* Does somebody, beside the PCI device itself, hold all of this BAR? */
static bool claimed(const char *bdf, int bar)
{
	uint64_t size = nvg_hardware_bar(bdf, bar);
	FILE *iomem = fopen("/proc/iomem", "r");
	bool inside = false, found = false;
	unsigned long start, end;
	char line[256], name[64];

	while (iomem && !found && fgets(line, sizeof(line), iomem)) {
		if (sscanf(line, " %lx-%lx : %63s", &start, &end, name) != 3 ||
		    end - start + 1 != size)
			continue;
		found = inside && strcmp(name, bdf);
		inside = !strcmp(name, bdf);
	}
	if (iomem)
		fclose(iomem);
	return found;
}

/* Two who read a BAR at the same moment. */
struct first_users {
	const struct nvg_gpu *gpu;
	uint64_t at;
	int waiting;
	int wrong;
};

static void *read_together(void *arg)
{
	struct first_users *users = arg;
	uint32_t word;
	ssize_t got;

	__atomic_sub_fetch(&users->waiting, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&users->waiting, __ATOMIC_SEQ_CST))
		;
	got = pread(users->gpu->fd, &word, 4, users->at);
	if (got != 4)
		__atomic_store_n(&users->wrong, got < 0 ? errno : EIO, __ATOMIC_SEQ_CST);
	return NULL;
}

/* 0, or the errno of one of them. */
static int first_reads(const struct nvg_gpu *gpu, int bar)
{
	struct first_users users = {
		.gpu = gpu, .at = gpu->region[bar].offset, .waiting = 2,
	};
	pthread_t other;

	if (pthread_create(&other, NULL, read_together, &users))
		return EAGAIN;
	read_together(&users);
	pthread_join(other, NULL);
	return users.wrong;
}

/*
 * Kernels before 7.1 map a BAR for its first user, and refuse a second meanwhile,
 * which happens now and then. So BARs must have been claimed before there is a first.
 */
TEST_F(bind, I19_both_first_users_of_a_hardware_bar_are_served)
{
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(NULL, nvg_open(&self->gpu));
		nvg_mem_enable(&self->gpu, true);
		for (int bar = 0; bar < 6; bar++) {
			if (!self->gpu.region[bar].size || self->gpu.region[bar].made_up)
				continue;
			EXPECT_TRUE(claimed(self->bdf, bar));
			EXPECT_EQ(0, first_reads(&self->gpu, bar))
				TH_LOG("BAR%d, after %d other opens", bar, i);
		}
		nvg_close(&self->gpu);
	}
}

TEST_F(bind, I20_plain_vfio_pci_shows_no_memory_and_ours_shows_it_again)
{
	ASSERT_EQ(0, nvg_bind(self->bdf, NVG_PLAIN_DRIVER));
	ASSERT_EQ(NULL, nvg_open(&self->gpu));
	EXPECT_EQ(-1, self->gpu.mem);
	nvg_close(&self->gpu);
	ASSERT_EQ(0, nvg_bind(self->bdf, NVG_DRIVER));
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
}

/* The memory of how many GPUs? Those of others stay bound. */
static int claims(void)
{
	FILE *iomem = fopen("/proc/iomem", "r");
	char line[256];
	int found = 0;

	while (iomem && fgets(line, sizeof(line), iomem))
		found += !!strstr(line, NVG_DRIVER);
	if (iomem)
		fclose(iomem);
	return found;
}

TEST_F(bind, I15_memory_is_claimed_while_bound_and_given_back)
{
	int before = claims();

	EXPECT_LT(0, before);
	ASSERT_EQ(0, nvg_unbind(self->bdf));
	EXPECT_EQ(before - 1, claims());
}

/* Holds the GPU as how says, for 600 ms, in a process of its own. */
static pid_t hold(const char *how)
{
	struct nvg_gpu gpu;
	uint64_t word;
	pid_t pid = fork();

	if (pid)
		return pid;
	if (nvg_open_with_memory(&gpu))
		_exit(2);
	if (!strcmp(how, "map")) {
		uint8_t *map = nvg_map(&gpu, 0, NVG_MIB, 0);

		nvg_poke(map, 1);
		nvg_close(&gpu);
		nvg_sleep_ms(600);
		munmap(map, NVG_MIB);
	} else if (!strcmp(how, "wait")) {
		nvg_set_knob(&gpu, NVG_EMU_TRAIN_MS, 700);
		ioctl(gpu.fd, VFIO_DEVICE_RESET);
		nvg_set_knob(&gpu, NVG_EMU_TRAIN_MS, 0);
		nvg_read(&gpu, 0, &word, 8);
	} else {
		nvg_sleep_ms(600);
	}
	if (!strcmp(how, "forever"))
		nvg_sleep_ms(60000);
	_exit(0);
}

static void unbind_waits(struct __test_metadata *_metadata, const char *bdf,
			 const char *how)
{
	uint64_t start;
	pid_t pid = hold(how);
	int status;

	nvg_sleep_ms(300);
	start = nvg_us();
	EXPECT_EQ(0, nvg_unbind(bdf));
	EXPECT_GT(nvg_us() - start, 50000) TH_LOG("nobody held the GPU");
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, nvg_bind(bdf, NVG_DRIVER));
}

TEST_F(bind, I20_unbind_waits_for_an_open_file)
{
	unbind_waits(_metadata, self->bdf, "open");
}

TEST_F(bind, I20_unbind_waits_for_a_mapping_that_outlives_its_file)
{
	unbind_waits(_metadata, self->bdf, "map");
}

TEST_F(bind, I20_unbind_waits_for_a_reader_that_waits_for_training)
{
	const char *why = nvg_open(&self->gpu);

	ASSERT_EQ(NULL, why);
	why = nvg_need_knobs(&self->gpu);
	nvg_close(&self->gpu);
	if (why)
		SKIP(return, "%s", why);
	unbind_waits(_metadata, self->bdf, "wait");
}

TEST_F(bind, I20_killed_user_leaves_the_gpu_free_at_once)
{
	pid_t pid = hold("forever");
	uint64_t start;

	nvg_sleep_ms(400);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	start = nvg_us();
	EXPECT_EQ(0, nvg_unbind(self->bdf));
	EXPECT_LT(nvg_us() - start, 5 * SOON_US);
	ASSERT_EQ(0, nvg_bind(self->bdf, NVG_DRIVER));
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
}

static int load_again(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return ret;
}

TEST_F(bind, I20_module_unloads_when_unused_and_loads_again)
{
	const char *module = getenv("NVGRACE_MODULE");

	if (!module)
		SKIP(return, "NVGRACE_MODULE does not name the module's file");
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	EXPECT_EQ(-1, syscall(SYS_delete_module, NVG_DRIVER, O_NONBLOCK));
	nvg_close(&self->gpu);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, syscall(SYS_delete_module, NVG_DRIVER, O_NONBLOCK))
			TH_LOG("%s", strerror(errno));
		ASSERT_EQ(0, load_again(module));
		bound(self->bdf);
	}
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
}

/*
 * Firmware whose numbers cannot be: NVGRACE_REFUSE has the words, separated by
 * +, that the one line about it must hold.
 */
TEST(I15_refused_with_one_line_that_names_property_and_value)
{
	const char *words[10] = { nvg_bdf() }, *bdf = nvg_bdf();
	char refuse[256], name[64];
	int klog, n = 1;
	int before = claims();

	if (!getenv("NVGRACE_REFUSE") || !bdf)
		SKIP(return, "NVGRACE_REFUSE does not say what is to be refused");
	snprintf(refuse, sizeof(refuse), "%s", getenv("NVGRACE_REFUSE"));
	for (char *word = strtok(refuse, "+"); word && n < 9;
	     word = strtok(NULL, "+"))
		words[n++] = word;
	klog = nvg_klog_mark();
	EXPECT_NE(0, nvg_bind(bdf, NVG_DRIVER));
	EXPECT_FALSE(nvg_driver(bdf, name, sizeof(name)));
	EXPECT_EQ(1, nvg_klog_count(klog, words));
	EXPECT_EQ(before, claims());
}

/* The way out that the line names: the GPU without its memory. */
TEST(I15_refused_gpu_still_binds_to_plain_vfio_pci)
{
	struct nvg_gpu gpu;

	if (!getenv("NVGRACE_REFUSE"))
		SKIP(return, "NVGRACE_REFUSE does not say what is to be refused");
	ASSERT_EQ(0, nvg_bind(nvg_bdf(), NVG_PLAIN_DRIVER));
	ASSERT_EQ(NULL, nvg_open(&gpu));
	EXPECT_EQ(-1, gpu.mem);
	nvg_close(&gpu);
	EXPECT_EQ(0, nvg_unbind(nvg_bdf()));
}

NVG_HARNESS_MAIN
