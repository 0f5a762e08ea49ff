// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are files of sysfs read and written, modules loaded, sysfs mounted, time told?
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "demo.h"

double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

ssize_t file_bytes(const char *path, void *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, bytes, size);
	close(fd);
	return got;
}

int file_read(const char *path, char *text, size_t size)
{
	ssize_t got = file_bytes(path, text, size - 1);

	if (got < 0)
		return -1;
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t put;

	if (fd < 0)
		return -1;
	put = write(fd, text, strlen(text));
	close(fd);
	return put < 0 ? -1 : 0;
}

int module_insert(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -1;
	err = syscall(SYS_finit_module, fd, params, 0);
	close(fd);
	return err && errno != EEXIST ? -1 : 0;
}

const char *mount_all(void)
{
	static const char * const types[][2] = {
		{ "devtmpfs", "/dev" }, { "proc", "/proc" }, { "sysfs", "/sys" },
	};
	const char *failed = NULL;
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		mkdir(types[i][1], 0755);
		if (!mount(types[i][0], types[i][1], types[i][0], 0, NULL) || failed)
			continue;
		failed = types[i][1];
		error = errno;
	}
	errno = error;
	return failed;
}
