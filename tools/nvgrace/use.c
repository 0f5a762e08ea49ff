// SPDX-License-Identifier: GPL-2.0-only
/* Who has a GPU open? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind.h"

/* The device nodes of the GPU; NVIDIA's own driver has one set for all. */
static bool is_node(const struct gpu *gpu, const char *path)
{
	char group[NAME_SIZE], cdev[NAME_SIZE + 32];

	if (!strcmp(gpu->driver, "nvidia"))
		return !strncmp(path, "/dev/nvidia", 11);
	snprintf(group, sizeof(group), "/dev/vfio/%" PRIu64, gpu->group.value);
	snprintf(cdev, sizeof(cdev), "/dev/vfio/devices/%s", gpu->cdev);
	return (gpu->group.known && !strcmp(path, group)) ||
	       (*gpu->cdev && !strcmp(path, cdev));
}

static bool has_open(const struct host *host, const struct gpu *gpu,
		     const char *pid)
{
	char path[PATH_MAX], target[256];
	struct notes fds = {};
	bool found = false;

	directory_list(host, &fds, "/proc/%s/fd", pid);
	for (size_t i = 0; i < fds.nr && !found; i++) {
		ssize_t len;

		if (file_path(host, path, sizeof(path), "/proc/%s/fd/%s", pid,
			      fds.text[i]))
			continue;
		len = readlink(path, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		found = is_node(gpu, target);
	}
	notes_free(&fds);
	return found;
}

/* A group has one opener at a time, and none while a cdev of it is in use. */
static bool group_is_open(const struct host *host, const struct gpu *gpu)
{
	char path[NAME_SIZE];
	int fd;

	if (*host->root || !gpu->group.known)
		return false;
	snprintf(path, sizeof(path), "/dev/vfio/%" PRIu64, gpu->group.value);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EBUSY;
}

/* One sentence a user; those in other PID namespaces have no name. */
void users_find(const struct host *host, const struct gpu *gpu,
		struct notes *users)
{
	struct notes names = {};
	char *command;

	directory_list(host, &names, "/proc");
	for (size_t i = 0; i < names.nr; i++) {
		const char *pid = names.text[i];

		/* What was inherited from a caller is the caller's. */
		if (pid[strspn(pid, "0123456789")] || atoi(pid) == getpid() ||
		    !has_open(host, gpu, pid) ||
		    file_read(host, &command, "/proc/%s/comm", pid) < 0)
			continue;
		note(users, "%s (process %s)", command, pid);
		free(command);
	}
	notes_free(&names);
	if (!users->nr && group_is_open(host, gpu))
		note(users, "a process that cannot be seen from here");
}
