// SPDX-License-Identifier: GPL-2.0-only
/* Does nvgrace-here tell all of a GPU, and leave it and the machine as they were? */
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "nvg_facts.h"
#include "nvg_harness.h"

#define HERE		"/payload/nvgrace-here"
#define REPORT		"/tmp/report"
#define DEVICES		"/sys/bus/pci/devices/"
#define NOBODY		65534
#define HOST_NAME	"xyzzy-of-somebody"

/* What a run may not change. */
struct state {
	char driver[64];
	char override[64];
	char layout[256];
};

/* How it ended, and all that it printed. */
struct outcome {
	int code;
	char text[4096];
};

static struct state state_of(const char *bdf)
{
	struct state state = {};

	nvg_driver(bdf, state.driver, sizeof(state.driver));
	nvg_sysfs_read(bdf, "driver_override", state.override, sizeof(state.override));
	nvg_get_layout(state.layout, sizeof(state.layout));
	return state;
}

/* Without REPORT's /tmp of its own, and as nobody when asked. Its output: *out. */
static pid_t start(const char *bdf, uid_t uid, int *out)
{
	int ends[2];
	pid_t pid;

	unlink(REPORT);
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		if (!setuid(uid))
			execl(HERE, HERE, "-o", REPORT, bdf, NULL);
		_exit(127);
	}
	close(ends[1]);
	*out = ends[0];
	return pid;
}

static struct outcome finish(pid_t pid, int out)
{
	struct outcome outcome = {};
	size_t used = 0;
	ssize_t got;
	int status;

	while ((got = read(out, outcome.text + used,
			   sizeof(outcome.text) - 1 - used)) > 0)
		used += got;
	close(out);
	waitpid(pid, &status, 0);
	outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return outcome;
}

static struct outcome run(const char *bdf, uid_t uid)
{
	int out;
	pid_t pid = start(bdf, uid, &out);

	return finish(pid, out);
}

static char *report(void)
{
	static char text[4 << 20];
	int fd = open(REPORT, O_RDONLY);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[len < 0 ? 0 : len] = 0;
	if (fd >= 0)
		close(fd);
	return text;
}

/* The device's directory with one file left out, or saying something else, for this process. */
static int pretend(const char *bdf, const char *name, const char *content)
{
	char real[PATH_MAX], from[PATH_MAX], to[PATH_MAX], link[2 * PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	int fd;

	snprintf(link, sizeof(link), DEVICES "%s", bdf);
	if (!realpath(link, real) || mkdir("/tmp/real", 0755) || mkdir("/tmp/fake", 0755))
		return -errno;
	dir = opendir(real);
	while (dir && (entry = readdir(dir))) {
		snprintf(link, sizeof(link), "%s/%s", real, entry->d_name);
		snprintf(to, sizeof(to), "/tmp/fake/%.255s", entry->d_name);
		if (entry->d_type != DT_LNK || !realpath(link, from))
			snprintf(from, sizeof(from), "/tmp/real/%.255s", entry->d_name);
		if (strcmp(entry->d_name, name) && symlink(from, to) && errno != EEXIST)
			return -errno;
	}
	snprintf(to, sizeof(to), "/tmp/fake/%s", name);
	fd = content ? creat(to, 0644) : -1;
	if (fd >= 0 && write(fd, content, strlen(content)) < 0)
		return -errno;
	if (unshare(CLONE_NEWNS) || mount("", "/", NULL, MS_PRIVATE | MS_REC, NULL) ||
	    mount(real, "/tmp/real", NULL, MS_BIND, NULL) ||
	    mount("/tmp/fake", real, NULL, MS_BIND, NULL))
		return -errno;
	return 0;
}

/* The mount namespace of the test ends with it; these do not. */
static void end_pretending(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/tmp/fake");

	if (dir)
		umount2("/tmp/real", MNT_DETACH);
	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	rmdir("/tmp/fake");
	rmdir("/tmp/real");
}

FIXTURE(here) {
	const char *bdf;
	struct state before;
};

FIXTURE_SETUP(here)
{
	self->bdf = nvg_bdf();
	if (!self->bdf || access(HERE, X_OK))
		SKIP(return, "needs a GPU and " HERE);
	ASSERT_EQ(0, nvg_bind(self->bdf, NVG_PLAIN_DRIVER));
	ASSERT_EQ(0, nvg_set_layout("split"));
	self->before = state_of(self->bdf);
}

FIXTURE_TEARDOWN(here)
{
	end_pretending();
	nvg_set_layout("bar2");
}

static void expect_in(struct __test_metadata *_metadata, const char *text, const char *words)
{
	EXPECT_NE(NULL, strstr(text, words)) {
		TH_LOG("no \"%s\"", words);
	}
}

static void expect_as_before(struct __test_metadata *_metadata, const char *bdf,
			     const struct state *before)
{
	struct state now = state_of(bdf);

	EXPECT_STREQ(before->driver, now.driver);
	EXPECT_STREQ(before->override, now.override);
	EXPECT_STREQ(before->layout, now.layout);
}

static const char * const parts[] = {
	"This report is plain text", "see MAINTAINERS", "kernel ", "pages of 4 KiB",
	"\"part\": \"GH200 120GB\"", "\"id\": \"10de:2342\"", "\"base\": 137438953472",
	"\"pxm_start\": 2", "\"pxm_count\": 8", "\"kind\": \"hardware\"", "\"kind\": \"made-up\"",
	"DVSEC at ", "vendor 10de, id 3,", "reset done after ", "first read done after ",
	"3072 MiB mapped and read each 64 MiB: 3 faults, ", " 0 signals\n",
	"# kernel: nvgrace_gpu_vfio_pci 0000:00:03.0: layout bar2: all memory",
	"# SKIP real hardware has no knob for this: emulated GPU only",
	"nvgrace_ras_test, ", "they retire pages",
	"ok - runner../nvgrace_bind_test runs all its tests",
	"ok - runner../nvgrace_layout_test runs all its tests", "as before: driver vfio-pci\n",
};

TEST_F_TIMEOUT(here, report_has_all_its_parts_and_the_gpu_its_driver_again, 240)
{
	struct outcome outcome;
	const char *name;
	glob_t programs;

	ASSERT_EQ(0, sethostname(HOST_NAME, strlen(HOST_NAME)));
	outcome = run(self->bdf, 0);
	EXPECT_EQ(0, outcome.code) {
		TH_LOG("%s", outcome.text);
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		expect_in(_metadata, report(), parts[i]);
	EXPECT_EQ(NULL, strstr(report(), "\nnot ok")) {
		TH_LOG("%.200s", strstr(report(), "\nnot ok") + 1);
	}
	EXPECT_EQ(NULL, strstr(report(), HOST_NAME));
	ASSERT_EQ(0, glob("/payload/nvgrace_*_test", 0, NULL, &programs));
	for (size_t i = 0; i < programs.gl_pathc; i++) {
		name = basename(programs.gl_pathv[i]);
		if (strcmp(name, "nvgrace_tool_test"))
			expect_in(_metadata, report(), name);
	}
	expect_as_before(_metadata, self->bdf, &self->before);
}

/* From no driver and no override, and in the middle of a program. */
TEST_F_TIMEOUT(here, interrupted_run_gives_the_gpu_back_too, 180)
{
	struct outcome outcome;
	struct nvg_gpu gpu;
	pid_t pid;
	int out;

	ASSERT_EQ(0, nvg_unbind(self->bdf));
	ASSERT_EQ(0, nvg_sysfs_write(self->bdf, "driver_override", "\n"));
	self->before = state_of(self->bdf);
	pid = start(self->bdf, 0, &out);
	for (int i = 0; i < 1200 && !strstr(report(), "runner../nvgrace_aperture_test"); i++)
		nvg_sleep_ms(100);
	ASSERT_NE(NULL, strstr(report(), "runner../nvgrace_aperture_test"));
	kill(pid, SIGINT);
	outcome = finish(pid, out);
	EXPECT_EQ(1, outcome.code);
	expect_in(_metadata, outcome.text, "and the rest not run; 0000:00:03.0: as before: driver none\n");
	expect_as_before(_metadata, self->bdf, &self->before);
	ASSERT_EQ(0, nvg_bind(self->bdf, NVG_PLAIN_DRIVER));
	EXPECT_EQ(NULL, nvg_open(&gpu));
	nvg_close(&gpu);
}

/* One line that says why, and nothing done. */
static void refused(struct __test_metadata *_metadata, const char *bdf,
		    uid_t uid, const char *why)
{
	struct state before = state_of(nvg_bdf());
	struct outcome outcome = run(bdf, uid);
	char *end = strchr(outcome.text, '\n');

	EXPECT_EQ(2, outcome.code);
	expect_in(_metadata, outcome.text, why);
	ASSERT_NE(NULL, end);
	EXPECT_STREQ("\n", end) {
		TH_LOG("more than a line: %s", outcome.text);
	}
	EXPECT_NE(0, access(REPORT, F_OK));
	expect_as_before(_metadata, nvg_bdf(), &before);
}

TEST_F(here, what_names_no_gpu_is_refused_in_one_line)
{
	refused(_metadata, NULL, 0, "no GPU named: make test-here BDF=");
	refused(_metadata, "gpu", 0, "gpu: not a PCI address: write it as 0009:01:00.0");
	refused(_metadata, "0000:00:03.0/..", 0, "not a PCI address");
	refused(_metadata, "0000:7f:00.0", 0, "0000:7f:00.0: no such device here");
	refused(_metadata, "0000:00:00.0", 0, "0000:00:00.0: not a GPU of NVIDIA's");
}

TEST_F(here, who_is_not_root_is_refused_in_one_line)
{
	refused(_metadata, self->bdf, NOBODY, "only root can take it");
}

static void refused_while_open(struct __test_metadata *_metadata,
			       const char *bdf, const char *driver)
{
	struct nvg_gpu gpu;

	ASSERT_EQ(0, nvg_bind(bdf, driver));
	ASSERT_EQ(NULL, nvg_open(&gpu));
	refused(_metadata, bdf, 0, "in use, by a VM or another test");
	nvg_close(&gpu);
}

TEST_F(here, gpu_in_use_is_refused_in_one_line)
{
	refused_while_open(_metadata, self->bdf, NVG_DRIVER);
	refused_while_open(_metadata, self->bdf, NVG_PLAIN_DRIVER);
}

/* The group is closed then, and nobody may open it. */
TEST_F(here, gpu_in_use_through_iommufd_is_refused_in_one_line)
{
	setenv("NVGRACE_DOOR", "cdev", 1);
	refused_while_open(_metadata, self->bdf, NVG_DRIVER);
	refused_while_open(_metadata, self->bdf, NVG_PLAIN_DRIVER);
}

TEST_F(here, gpu_without_iommu_is_refused_in_one_line)
{
	ASSERT_EQ(0, pretend(self->bdf, "iommu_group", NULL));
	refused(_metadata, self->bdf, 0, "no IOMMU group, so VFIO takes nothing");
}

/* Of NVIDIA's, but without such memory: what nvgrace says of it. */
TEST_F(here, gpu_that_is_not_coherent_is_refused_in_one_line)
{
	ASSERT_EQ(0, pretend(self->bdf, "device", "0x1234\n"));
	refused(_metadata, self->bdf, 0, "bind: no coherent GPU");
}

TEST_F(here, without_the_driver_it_is_refused_in_one_line)
{
	const char *module = getenv("NVGRACE_MODULE");
	int fd = module ? open(module, O_RDONLY | O_CLOEXEC) : -1;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, syscall(SYS_delete_module, NVG_DRIVER, O_NONBLOCK));
	refused(_metadata, self->bdf, 0, "the driver is not loaded: modprobe " NVG_DRIVER);
	ASSERT_EQ(0, syscall(SYS_finit_module, fd, "", 0));
	close(fd);
}

NVG_HARNESS_MAIN
