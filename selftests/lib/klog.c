// SPDX-License-Identifier: GPL-2.0-only
/* What has the kernel logged since a moment? */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "nvg.h"

/* From now on; returns a file descriptor, or -errno. */
int nvg_klog_mark(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

/* Takes the next line's text; false: there is none yet. */
bool nvg_klog_next(int klog, char *line, size_t len)
{
	char record[2048], *text;
	ssize_t got;

	do {
		got = read(klog, record, sizeof(record) - 1);
	} while (got < 0 && (errno == EPIPE || errno == EINTR));
	if (got <= 0)
		return false;
	record[got] = 0;
	text = strchr(record, ';');
	text = text ? text + 1 : record;
	text[strcspn(text, "\n")] = 0;
	strncpy(line, text, len - 1);
	line[len - 1] = 0;
	return true;
}

/* How many new lines hold every one of the words, in any case of letters? */
int nvg_klog_count(int klog, const char *const words[])
{
	char line[1024];
	int count = 0;

	while (nvg_klog_next(klog, line, sizeof(line))) {
		int i = 0;

		while (words[i] && strcasestr(line, words[i]))
			i++;
		count += !words[i];
	}
	return count;
}
