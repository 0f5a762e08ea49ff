// SPDX-License-Identifier: GPL-2.0-only
/* How do the tests of nvgrace ask it, the kernel and a shell? */
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tool.h"

const char *nvgrace, *module;
char gpus[MAX_GPUS][16];
int nr_gpus, tests, failed;

void result(bool ok, const char *name, const char *why, ...)
{
	va_list args;

	printf("%s %d tool.%s\n", ok ? "ok" : "not ok", ++tests, name);
	failed += !ok;
	if (ok)
		return;
	printf("# ");
	va_start(args, why);
	vprintf(why, args);
	va_end(args);
	printf("\n");
}

static char *format(const char *text, va_list args)
{
	char *out;

	if (vasprintf(&out, text, args) < 0)
		abort();
	return out;
}

/* What a shell command says, to be freed, and its exit code. */
char *shell(int *code, const char *text, ...)
{
	char *command, *out = NULL, buf[4096];
	size_t size, got;
	va_list args;
	FILE *all, *pipe;

	va_start(args, text);
	command = format(text, args);
	va_end(args);
	fflush(stdout);
	all = open_memstream(&out, &size);
	pipe = popen(command, "r");
	while (pipe && (got = fread(buf, 1, sizeof(buf), pipe)) > 0)
		fwrite(buf, 1, got, all);
	fclose(all);
	*code = pipe ? pclose(pipe) >> 8 : -1;
	free(command);
	return out;
}

bool says(int want, const char *what, const char *text, ...)
{
	char *arguments, *out;
	va_list args;
	int code;
	bool ok;

	va_start(args, text);
	arguments = format(text, args);
	va_end(args);
	out = shell(&code, "%s %s 2>&1", nvgrace, arguments);
	ok = code == want && strstr(out, what);
	if (!ok)
		printf("# nvgrace %s: exit %d, %s", arguments, code, out);
	free(arguments);
	free(out);
	return ok;
}

/* The text of a file without its newline; "" when there is none. */
const char *attribute(const char *bdf, const char *name)
{
	static char text[4096];
	char path[PATH_MAX];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), SYSFS "%s", bdf, name);
	fd = open(path, O_RDONLY);
	if (fd >= 0)
		len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

const char *link_of(const char *bdf, const char *name)
{
	static char target[PATH_MAX];
	char path[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), SYSFS "%s", bdf, name);
	len = readlink(path, target, sizeof(target) - 1);
	target[len < 0 ? 0 : len] = '\0';
	return strrchr(target, '/') ? strrchr(target, '/') + 1 : "";
}

bool all_bound_to(const char *driver)
{
	bool all = true;

	for (int i = 0; i < nr_gpus; i++)
		all &= !strcmp(link_of(gpus[i], "driver"), driver);
	return all;
}

/* NVIDIA's functions, which are all of them GPUs here. */
void find_gpus(void)
{
	glob_t found = {};

	glob("/sys/bus/pci/devices/*", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && nr_gpus < MAX_GPUS; i++) {
		const char *bdf = strrchr(found.gl_pathv[i], '/') + 1;

		if (!strcmp(attribute(bdf, "vendor"), "0x10de"))
			snprintf(gpus[nr_gpus++], sizeof(gpus[0]), "%s", bdf);
	}
	globfree(&found);
}

void install_module(void)
{
	struct utsname kernel;
	int code;

	uname(&kernel);
	free(shell(&code, "mkdir -p /lib/modules/%s/updates && cp %s /lib/modules/%s/updates/ && depmod 2>&1",
		   kernel.release, module, kernel.release));
	if (code)
		printf("# cannot install %s: %d\n", module, code);
}
