// SPDX-License-Identifier: GPL-2.0-only
/* Who has a GPU open? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bind.h"

#define NVIDIA_GPU	"/proc/driver/nvidia/gpus/%s"

/* NVIDIA's own driver: one minor for each GPU, the last two for all. */
#define NVIDIA_MAJOR	195
#define NVIDIA_SHARED	254

/* Devices are known by number: a container has them under other names. */
struct nodes {
	dev_t of_gpu[2];
	size_t nr;
	bool any_of_nvidia;	/* which is the GPU's is not known */
};

static void add_node(struct nodes *nodes, const char *text)
{
	unsigned int major, minor;

	if (sscanf(text, "%u:%u", &major, &minor) == 2)
		nodes->of_gpu[nodes->nr++] = makedev(major, minor);
}

static void nodes_of_nvidia(const struct host *host, const struct gpu *gpu,
			    struct nodes *nodes)
{
	char *text = NULL, *at;
	unsigned int minor;

	if (file_read(host, &text, NVIDIA_GPU "/information", gpu->bdf) < 0)
		text = NULL;
	at = text ? strstr(text, "Device Minor:") : NULL;
	if (at && sscanf(at, "Device Minor: %u", &minor) == 1)
		nodes->of_gpu[nodes->nr++] = makedev(NVIDIA_MAJOR, minor);
	else
		nodes->any_of_nvidia = true;
	free(text);
}

static void nodes_of_vfio(const struct host *host, const struct gpu *gpu,
			  struct nodes *nodes)
{
	char *text;

	if (gpu->group.known &&
	    file_read(host, &text, "/sys/class/vfio/%" PRIu64 "/dev",
		      gpu->group.value) >= 0) {
		add_node(nodes, text);
		free(text);
	}
	if (*gpu->cdev &&
	    file_read(host, &text, "/sys/bus/pci/devices/%s/vfio-dev/%s/dev",
		      gpu->bdf, gpu->cdev) >= 0) {
		add_node(nodes, text);
		free(text);
	}
}

static bool is_node(const struct nodes *nodes, dev_t dev)
{
	for (size_t i = 0; i < nodes->nr; i++) {
		if (nodes->of_gpu[i] == dev)
			return true;
	}
	return nodes->any_of_nvidia && major(dev) == NVIDIA_MAJOR &&
	       minor(dev) < NVIDIA_SHARED;
}

/* In a recorded tree a device is a file with its number, as in sysfs. */
static bool recorded_device(const struct host *host, const char *link, dev_t *dev)
{
	unsigned int major, minor;
	char target[PATH_MAX], *text;
	ssize_t len = readlink(link, target, sizeof(target) - 1);
	bool is_device;

	if (len < 0)
		return false;
	target[len] = '\0';
	if (*target != '/' || file_read(host, &text, "%s", target) < 0)
		return false;
	is_device = sscanf(text, "%u:%u", &major, &minor) == 2;
	if (is_device)
		*dev = makedev(major, minor);
	free(text);
	return is_device;
}

static bool open_device(const struct host *host, const char *pid, const char *fd,
			dev_t *dev)
{
	char path[PATH_MAX];
	struct stat st;

	if (file_path(host, path, sizeof(path), "/proc/%s/fd/%s", pid, fd))
		return false;
	if (*host->root)
		return recorded_device(host, path, dev);
	if (stat(path, &st) || !S_ISCHR(st.st_mode))
		return false;
	*dev = st.st_rdev;
	return true;
}

static bool has_open(const struct host *host, const struct nodes *nodes,
		     const char *pid)
{
	struct notes fds = {};
	bool found = false;
	dev_t dev;

	directory_list(host, &fds, "/proc/%s/fd", pid);
	for (size_t i = 0; i < fds.nr && !found; i++)
		found = open_device(host, pid, fds.text[i], &dev) &&
			is_node(nodes, dev);
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

/*
 * NVIDIA's driver keeps a GPU that it has initialised when it is told to, or
 * when a module of its own uses it.
 */
static bool driver_keeps(const struct host *host, const struct gpu *gpu)
{
	char *text, *at;
	bool active;

	if (file_read(host, &text, NVIDIA_GPU "/power", gpu->bdf) < 0)
		return false;
	at = strstr(text, "Video Memory:");
	at = at ? at + strlen("Video Memory:") : text + strlen(text);
	at += strspn(at, " \t");
	active = !strncmp(at, "Active", 6);
	free(text);
	return active;
}

/* One sentence a user; those in other PID namespaces have no name. */
void users_find(const struct host *host, const struct gpu *gpu,
		struct notes *users)
{
	struct notes names = {};
	struct nodes nodes = {};
	char *command;

	if (!strcmp(gpu->driver, "nvidia"))
		nodes_of_nvidia(host, gpu, &nodes);
	else
		nodes_of_vfio(host, gpu, &nodes);
	directory_list(host, &names, "/proc");
	for (size_t i = 0; i < names.nr; i++) {
		const char *pid = names.text[i];

		/* What was inherited from a caller is the caller's. */
		if (pid[strspn(pid, "0123456789")] || atoi(pid) == getpid() ||
		    !has_open(host, &nodes, pid) ||
		    file_read(host, &command, "/proc/%s/comm", pid) < 0)
			continue;
		note(users, "%s (process %s)", command, pid);
		free(command);
	}
	notes_free(&names);
	if (!users->nr && group_is_open(host, gpu))
		note(users, "a process that cannot be seen from here");
	if (!users->nr && !strcmp(gpu->driver, "nvidia") && driver_keeps(host, gpu))
		note(users, "nvidia itself, without a process (persistence mode: nvidia-smi -i %s -pm 0; or nvidia_drm)",
		     gpu->bdf);
}
