// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has the kernel logged, and is any of it a splat?
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "demo.h"

/* Lines printed of a splat, its first one included. */
#define SPLAT_LINES	40

static const char * const splats[] = {
	"WARNING:", "BUG:", "Oops", "Internal error", "Unable to handle",
	"Kernel panic", "Call trace:", "UBSAN:", "KASAN:", "KFENCE:",
	"possible circular locking", "INFO: task", "detected stall",
	"SError", "soft lockup", "refcount_t:", "list_add corruption",
	"list_del corruption",
};

int kmsg_open(struct kmsg *log)
{
	log->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log->fd < 0)
		return -1;
	return lseek(log->fd, 0, SEEK_END) < 0 ? -1 : 0;
}

static bool is_splat(const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(splats); i++) {
		if (strstr(text, splats[i]))
			return true;
	}
	return false;
}

/* The text of the next record, NULL when there is none. A record: "numbers;text\n…". */
static const char *next_line(struct kmsg *log, char *record, size_t size)
{
	ssize_t got = read(log->fd, record, size - 1);
	char *text;

	if (got < 0)
		return errno == EPIPE ? "BUG: lines of the kernel's log were lost" : NULL;
	record[got] = '\0';
	text = strchr(record, ';');
	text = text ? text + 1 : record;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

int kmsg_look(struct kmsg *log, const char *show)
{
	int lines = 0, splat = 0;
	char record[8192];
	const char *text;

	while ((text = next_line(log, record, sizeof(record)))) {
		if (is_splat(text))
			splat = -1;
		if ((splat && lines++ < SPLAT_LINES) || (show && strstr(text, show)))
			printf("            kernel: %s\n", text);
	}
	return splat;
}
