// SPDX-License-Identifier: GPL-2.0-only
/* How does a page go bad, and who says so? */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nvg.h"

#define OFFLINE		"/sys/devices/system/memory/hard_offline_page"
#define PORT_NAMES	"/sys/class/virtio-ports/*/name"
#define PATIENCE_MS	20000

const char *nvg_need_offline(void)
{
	return access(OFFLINE, W_OK) ?
	       "this kernel has no " OFFLINE " (MEMORY_FAILURE)" : NULL;
}

/* The administrator does, by the kernel's own knob. Returns 0 or -errno. */
int nvg_offline(uint64_t phys)
{
	char text[32];
	int fd = open(OFFLINE, O_WRONLY), ret = 0;

	if (fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "%#lx", phys);
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static bool is_named_ras(const char *path)
{
	char name[16] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return false;
	if (read(fd, name, sizeof(name) - 1) < 0)
		name[0] = 0;
	close(fd);
	return !strcmp(name, "ras\n");
}

/* A SIGBUS may come meanwhile, as it is what was asked for. */
static int read_answer(int fd, char *text, size_t len)
{
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	int ready;

	do {
		ready = poll(&answer, 1, PATIENCE_MS);
	} while (ready < 0 && errno == EINTR);
	return ready == 1 ? read(fd, text, len) : -1;
}

/* The port through which tools/ras is asked; -1: there is none. */
static int open_port(void)
{
	char path[64];
	int fd = -1;
	glob_t names;

	if (glob(PORT_NAMES, 0, NULL, &names))
		return -1;
	for (size_t i = 0; i < names.gl_pathc && fd < 0; i++) {
		if (!is_named_ras(names.gl_pathv[i]))
			continue;
		*strrchr(names.gl_pathv[i], '/') = 0;
		snprintf(path, sizeof(path), "/dev%s",
			 strrchr(names.gl_pathv[i], '/'));
		fd = open(path, O_RDWR);
	}
	globfree(&names);
	return fd;
}

const char *nvg_need_firmware(void)
{
	int fd = open_port();

	if (fd < 0)
		return "nobody here has firmware report errors (tools/vm/host: RAS=1)";
	close(fd);
	return NULL;
}

/*
 * Firmware does: tools/vm/README.md has the request, one JSON object. Returns
 * 0 once it has the record, and the one before was dealt with, or -errno.
 */
int nvg_report(const char *request, ...)
{
	int fd = open_port(), ret = -EREMOTEIO;
	char text[512] = "";
	va_list args;

	if (fd < 0)
		return -ENODEV;
	va_start(args, request);
	vdprintf(fd, request, args);
	va_end(args);
	if (write(fd, "\n", 1) == 1 &&
	    read_answer(fd, text, sizeof(text) - 1) > 0 &&
	    !strcmp(text, "{\"ok\":true}\n"))
		ret = 0;
	if (ret)
		printf("# firmware: %s\n", *text ? text : "no answer");
	close(fd);
	return ret;
}

/* A report that means nothing is taken once the one before was dealt with. */
int nvg_until_dealt_with(void)
{
	int ret = nvg_report("{\"valid\":false}");

	nvg_sleep_ms(200);	/* mm and the driver go on in workers */
	return ret;
}

int nvg_ruin(uint64_t phys)
{
	int ret = nvg_report(NVG_UNCORRECTED, phys);

	return ret ?: nvg_until_dealt_with();
}
