// SPDX-License-Identifier: GPL-2.0-only
/* What does a file of sysfs, or of a recorded tree, hold? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

/* No file that is read here is longer: an attribute is a page, of 64 KiB at most. */
#define LONGEST	(64 << 10)

static int format_path(const struct host *host, char *path, size_t size,
		       const char *format, va_list args)
{
	size_t root = strlen(host->root);
	int len;

	if (root >= size)
		return -ENAMETOOLONG;
	memcpy(path, host->root, root);
	len = vsnprintf(path + root, size - root, format, args);
	return len < 0 || root + len >= size ? -ENAMETOOLONG : 0;
}

int file_path(const struct host *host, char *path, size_t size,
	      const char *format, ...)
{
	va_list args;
	int err;

	va_start(args, format);
	err = format_path(host, path, size, format, args);
	va_end(args);
	return err;
}

/* A file in one read(), as sysfs wants it. A text has no NUL inside: it ends there. */
static ssize_t read_all(int fd, char **text)
{
	char *buf = malloc(LONGEST + 1);
	ssize_t len;

	if (!buf)
		return -ENOMEM;
	len = read(fd, buf, LONGEST);
	if (len < 0) {
		len = -errno;
		free(buf);
		return len;
	}
	buf[len] = '\0';
	len = strlen(buf);
	if (len && buf[len - 1] == '\n')
		buf[--len] = '\0';
	*text = buf;
	return len;
}

/* Its text without the last newline, to be freed; its length, or -errno. */
ssize_t file_read(const struct host *host, char **text, const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;
	ssize_t len;
	int fd, err;

	va_start(args, format);
	err = format_path(host, path, sizeof(path), format, args);
	va_end(args);
	if (err)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read_all(fd, text);
	close(fd);
	return len;
}

int file_write(const struct host *host, const char *text, const char *format,
	       ...)
{
	char path[PATH_MAX];
	va_list args;
	int fd, err;

	va_start(args, format);
	err = format_path(host, path, sizeof(path), format, args);
	va_end(args);
	if (err)
		return err;
	fd = open(path, O_WRONLY | O_CLOEXEC | (*host->root ? O_TRUNC : 0));
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

bool file_exists(const struct host *host, const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;
	int err;

	va_start(args, format);
	err = format_path(host, path, sizeof(path), format, args);
	va_end(args);
	return !err && !access(path, F_OK);
}

/* The last part of where a symbolic link points, which may be nowhere. */
bool link_target(const struct host *host, char *name, size_t size,
		 const char *format, ...)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *last;
	va_list args;
	ssize_t len;
	int err;

	va_start(args, format);
	err = format_path(host, path, sizeof(path), format, args);
	va_end(args);
	if (err)
		return false;
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	return (size_t)snprintf(name, size, "%s", last) < size;
}

static int no_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Names in a directory, sorted; false: no such directory. */
bool directory_list(const struct host *host, struct notes *names,
		    const char *format, ...)
{
	struct dirent **entries;
	char path[PATH_MAX];
	va_list args;
	int nr, err;

	va_start(args, format);
	err = format_path(host, path, sizeof(path), format, args);
	va_end(args);
	if (err)
		return false;
	nr = scandir(path, &entries, no_dots, alphasort);
	if (nr < 0)
		return false;
	for (int i = 0; i < nr; i++) {
		note(names, "%s", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return true;
}
