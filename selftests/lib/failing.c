// SPDX-License-Identifier: GPL-2.0-only
/* Which allocations of the kernel fail? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nvg_failing.h"

#define DEBUGFS		"/sys/kernel/debug/"

static int write_once(const char *path, const char *val)
{
	int fd = open(path, O_WRONLY), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, val, strlen(val)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Those that may sleep fail as well; and not a line in the log about each. */
const char *nvg_let_allocations_fail(void)
{
	if (write_once(DEBUGFS "failslab/ignore-gfp-wait", "N") ||
	    write_once(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N") ||
	    write_once(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N"))
		return "this kernel has no FAILSLAB and FAIL_PAGE_ALLOC with debugfs";
	write_once(DEBUGFS "failslab/verbose", "0");
	write_once(DEBUGFS "fail_page_alloc/verbose", "0");
	write_once(DEBUGFS "fail_usercopy/verbose", "0");
	return NULL;
}

/* Addresses of one function of the kernel: [*start, *end). */
static bool find_function(const char *name, uint64_t *start, uint64_t *end)
{
	char found[128], line[256];
	FILE *symbols = fopen("/proc/kallsyms", "r");
	uint64_t at;

	*start = 0;
	*end = UINT64_MAX;
	while (symbols && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%" SCNx64 " %*c %127s", &at, found) != 2)
			continue;
		if (!strcmp(found, name))
			*start = at;
	}
	if (symbols)
		rewind(symbols);
	while (symbols && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%" SCNx64, &at) == 1 && at > *start && at < *end)
			*end = at;
	}
	if (symbols)
		fclose(symbols);
	return *start && *end != UINT64_MAX;
}

/* What function @name allocates, itself or further down, does not fail. */
const char *nvg_spare(const char *name)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[96], text[24];
	uint64_t range[2] = {};

	if (name && !find_function(name, &range[0], &range[1]))
		return "the kernel has no function to be spared";
	for (int i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), DEBUGFS "%s/reject-%s", kinds[i / 2],
			 i % 2 ? "end" : "start");
		snprintf(text, sizeof(text), "0x%" PRIx64, range[i % 2]);
		if (write_once(path, text))
			return "this kernel has no FAULT_INJECTION_STACKTRACE_FILTER";
	}
	return NULL;
}

/* This thread's own; -1: this kernel has none. */
int nvg_open_fail_nth(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/fail-nth", gettid());
	return open(path, O_RDWR | O_CLOEXEC);
}

bool nvg_arm(int fail_nth, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	return pwrite(fail_nth, text, len, 0) == len;
}

/* True: something failed since nvg_arm(). Reading and writing this file may be it. */
bool nvg_disarm(int fail_nth)
{
	char text[16] = "";
	bool failed = pread(fail_nth, text, sizeof(text) - 1, 0) > 0 &&
		      !strcmp(text, "0\n");

	while (pwrite(fail_nth, "0", 1, 0) != 1)
		failed = false;
	return failed;
}
