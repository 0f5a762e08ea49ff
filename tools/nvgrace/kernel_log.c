// SPDX-License-Identifier: GPL-2.0-only
/* What did the kernel log, about a GPU since a moment, or ever? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bind.h"

/* From now on; -1 where nobody may read the log, which then quotes nothing. */
int kernel_log_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log >= 0)
		lseek(log, 0, SEEK_END);
	return log;
}

/* Lines of the driver about this GPU, without what the driver core adds. */
void kernel_log_quote(int log, const char *bdf, struct notes *lines)
{
	char record[8192], want[64], *text;
	ssize_t len;

	if (log < 0)
		return;
	snprintf(want, sizeof(want), DRIVER " %s: ", bdf);
	while ((len = read(log, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		record[strcspn(record, "\n")] = '\0';
		text = strstr(record, want);
		if (!text)
			continue;
		text += strlen(want);
		if (strncmp(text, "probe with driver", 17) &&
		    strncmp(text, "enabling device", 15))
			note(lines, "%s", text);
	}
}

void kernel_log_close(int log)
{
	if (log >= 0)
		close(log);
}

/* As far back as the log goes. */
bool kernel_log_has(const char *text)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];
	bool found = false;
	ssize_t len;

	if (log < 0)
		return false;
	/* Records that are overwritten meanwhile are an error that passes. */
	while (!found && ((len = read(log, record, sizeof(record) - 1)) > 0 ||
			  (len < 0 && errno == EPIPE))) {
		record[len > 0 ? len : 0] = '\0';
		found = strstr(record, text);
	}
	close(log);
	return found;
}
