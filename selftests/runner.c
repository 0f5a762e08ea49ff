// SPDX-License-Identifier: GPL-2.0-only
/* How did the tests end in this host, and what did its kernel say meanwhile? */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nvg.h"

#define MAX_WORDS	32

static const char usage[] =
"usage: runner [-k MODULE.ko]... [-o PARAM=VALUE]... [-d DRIVER|none] [-s GLOB]... [-b BDF] [-l] PROGRAM...\n"
"  -k  load this module first          -o  the last one with this parameter\n"
"  -d  bind the GPU to this driver (default " NVG_DRIVER "; none: leave it)\n"
"  -s  a test, or a program, of such a name may skip; any other SKIP is a failure\n"
"  -b  the GPU (default NVGRACE_BDF, else 0000:00:03.0)\n"
"  -l  the programs are but a load: what they say of their tests is not judged\n";

static struct {
	const char *modules[MAX_WORDS];
	int nr_modules;
	const char *driver;
	const char *bdf;
	char params[256];
	const char *may_skip[MAX_WORDS];
	int nr_may_skip;
	bool load_only;
	int failed;
	int klog;
} run = { .driver = NVG_DRIVER };

/* A line of the kernel's log with one of these is a failure, whoever ran. */
static const char *const splats[] = {
	"WARNING:", "BUG:", "Oops", "Call trace", "Call Trace", "UBSAN:",
	"Internal error", "Unable to handle", "refcount_t", "kernel BUG",
	"possible circular", "possible recursive", "inconsistent lock",
	"suspicious RCU", "sleeping function", "scheduling while atomic",
	"blocked for more than", "soft lockup", "hard LOCKUP", "rcu: INFO",
	"new suspected memory leaks", "held lock freed", "still has locks",
	"Bad page", "DEBUG_LOCKS_WARN", "DMA-API:", "ODEBUG", "list_del corruption",
};

static void result(bool ok, const char *fmt, ...)
{
	va_list args;

	printf("%s - runner.", ok ? "ok" : "not ok");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	run.failed += !ok;
}

static bool is_splat(const char *line)
{
	/* Most are not ours. */
	if (strstr(line, "BUG: KCSAN:"))
		return false;
	for (size_t i = 0; i < sizeof(splats) / sizeof(*splats); i++)
		if (strstr(line, splats[i]))
			return true;
	return false;
}

/* The verdict on everything logged since the last verdict. */
static void judge_kernel_log(const char *after)
{
	char line[1024];
	int bad = 0;

	while (nvg_klog_next(run.klog, line, sizeof(line))) {
		/* That one wants to see all lines. */
		bool race = nvg_race_is_ours(line);

		bad += race || is_splat(line);
		printf("# kernel: %s\n", line);
	}
	result(!bad, "%s leaves the kernel log clean", after);
}

/* Standard output of argv, or NULL; the child's pid goes to *pid. */
static FILE *start(char *const argv[], pid_t *pid)
{
	int ends[2];

	if (pipe(ends))
		return NULL;
	fflush(stdout);
	*pid = fork();
	if (!*pid) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(argv[0], argv);
		printf("# cannot run %s: %s\n", argv[0], strerror(errno));
		fflush(stdout);
		_exit(127);
	}
	close(ends[1]);
	return fdopen(ends[0], "r");
}

static bool may_skip(const char *name)
{
	for (int i = 0; i < run.nr_may_skip; i++)
		if (!fnmatch(run.may_skip[i], name, 0))
			return true;
	return false;
}

static void skipped(const char *name, const char *why)
{
	if (may_skip(name)) {
		printf("ok - %s # SKIP%s\n", name, why);
	} else {
		printf("not ok - %s unexpected SKIP:%s\n", name, why);
		run.failed++;
	}
}

/* Prints one line of a program's TAP; true: it was a test's result. */
static bool pass_on(char *line, const char *program, int *plan)
{
	char *skip = strstr(line, "# SKIP");
	char name[256] = "";

	line[strcspn(line, "\r\n")] = 0;
	if (sscanf(line, "1..%d", plan) == 1) {
		if (!*plan)
			skipped(basename(program), skip ? skip + 6 : " no reason given");
		return false;
	}
	if (!strncmp(line, "TAP ", 4))
		return false;
	if (run.load_only) {
		printf("# load: %s\n", line);
		return !strncmp(line, "ok ", 3) || !strncmp(line, "not ok ", 7);
	}
	if (!strncmp(line, "not ok ", 7)) {
		run.failed++;
	} else if (strncmp(line, "ok ", 3)) {
		printf("%s\n", line);
		return false;
	}
	sscanf(line, "%*[a-z ]%*d %255s", name);
	if (skip)
		skipped(name, skip + 6);
	else
		printf("%s\n", line);
	return true;
}

static void run_program(const char *command)
{
	char words[1024], *argv[MAX_WORDS + 1] = {}, *line = NULL;
	int argc = 0, plan = -1, seen = 0, status = 0;
	size_t room = 0;
	FILE *out;
	pid_t pid;

	snprintf(words, sizeof(words), "%s", command);
	for (char *word = strtok(words, " "); word && argc < MAX_WORDS;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	printf("# %s\n", command);
	out = start(argv, &pid);
	if (!out)
		return result(false, "%s starts", command);
	while (getline(&line, &room, out) > 0)
		seen += pass_on(line, argv[0], &plan);
	free(line);
	fclose(out);
	waitpid(pid, &status, 0);
	result(WIFEXITED(status) && WEXITSTATUS(status) < 126 && seen == plan,
	       "%s runs all its tests (%d of %d, wait status %d)", command,
	       seen, plan, status);
	judge_kernel_log(command);
}

static void modprobe(const char *name)
{
	char *argv[] = { "modprobe", (char *)name, NULL };
	char *line = NULL;
	size_t room = 0;
	pid_t pid;
	FILE *out = start(argv, &pid);

	while (out && getline(&line, &room, out) > 0)
		printf("# modprobe %s: %s", name, line);
	free(line);
	if (out)
		fclose(out);
	waitpid(pid, NULL, 0);
}

static bool load_module(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || syscall(SYS_finit_module, fd, params, 0))
		err = errno;
	if (fd >= 0)
		close(fd);
	result(!err, "module loads%s%s (%s)", *params ? " with" : "", params,
	       err ? strerror(err) : path);
	return !err;
}

static bool load_modules(void)
{
	bool ok = true;

	modprobe("vfio_iommu_type1");
	modprobe("vfio-pci");
	if (run.nr_modules)	/* else it is not our host */
		modprobe("aer_inject");
	for (int i = 0; i < run.nr_modules; i++)
		ok &= load_module(run.modules[i],
				  i == run.nr_modules - 1 ? run.params : "");
	return ok;
}

static bool bind_gpu(void)
{
	int err;

	if (!strcmp(run.driver, "none"))
		return true;
	err = nvg_bind(run.bdf, run.driver);
	result(!err, "%s binds to %s (%s)", run.driver, run.bdf,
	       err ? strerror(-err) : "as it should");
	return !err;
}

static void judge_race_detector(void)
{
	long watched = nvg_races_watched();

	if (watched >= 0)
		result(watched > 0, "KCSAN is on and watched an access %ld times", watched);
}

static bool take_option(int option)
{
	size_t used = strlen(run.params);

	switch (option) {
	case 'k':
		if (run.nr_modules < MAX_WORDS)
			run.modules[run.nr_modules++] = optarg;
		return true;
	case 'd':
		run.driver = optarg;
		return true;
	case 'b':
		run.bdf = optarg;
		return true;
	case 'o':
		snprintf(run.params + used, sizeof(run.params) - used, " %s",
			 optarg);
		return true;
	case 's':
		if (run.nr_may_skip < MAX_WORDS)
			run.may_skip[run.nr_may_skip++] = optarg;
		return true;
	case 'l':
		run.load_only = true;
		return true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	int option;

	run.bdf = getenv("NVGRACE_BDF") ?: "0000:00:03.0";
	while ((option = getopt(argc, argv, "k:o:d:s:b:l")) != -1) {
		if (!take_option(option)) {
			fputs(usage, stderr);
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	setenv("NVGRACE_BDF", run.bdf, 1);
	run.klog = nvg_klog_mark();
	if (run.klog < 0) {
		fprintf(stderr, "runner: no /dev/kmsg (%s): run me as root\n",
			strerror(-run.klog));
		return 2;
	}
	nvg_races_on();
	if (load_modules() && bind_gpu()) {
		judge_kernel_log("binding");
		for (int i = optind; i < argc; i++)
			run_program(argv[i]);
	} else {
		judge_kernel_log("failing to bind");
	}
	judge_race_detector();
	printf("# runner: done, %d failed\n", run.failed);
	return run.failed ? 1 : 0;
}
