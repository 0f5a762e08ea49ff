// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are a guest's modules loaded in their order, and how is the GPU started?
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vendor_guest.h"

#define BLOCK_SIZE	"/sys/devices/system/memory/block_size_bytes"

/* The module's files: major as in the kernel's list of devices, minors, an ioctl of one. */
#define NVIDIA_MAJOR	195
#define FIRST_GPU	0
#define CONTROL		255
#define SET_BLOCK_SIZE	_IOWR('F', 214, uint64_t)

void modules_load(const char *order, const char *params)
{
	FILE *list = fopen(order, "r");
	char name[64], next[64], path[96];
	bool more = list && fgets(name, sizeof(name), list);

	while (more) {
		name[strcspn(name, "\n")] = '\0';
		snprintf(path, sizeof(path), "/modules/%s", name);
		more = fgets(next, sizeof(next), list);
		if (module_insert(path, more ? "" : params))
			printf("%s does not load: %s\n", name, strerror(errno));
		else
			printf("%s is loaded\n", name);
		strcpy(name, next);
	}
	if (list)
		fclose(list);
}

static int device_open(const char *path, unsigned int minor)
{
	int fd;

	mknod(path, S_IFCHR | 0600, makedev(NVIDIA_MAJOR, minor));
	fd = open(path, O_RDWR);
	printf("%s: %s\n", path, fd < 0 ? strerror(errno) : "opened");
	return fd;
}

/* As NVIDIA's user space does first: memory comes and goes in blocks of this size. */
static void hand_over_block_size(void)
{
	int fd = device_open("/dev/nvidiactl", CONTROL);
	char text[32] = "";
	uint64_t size;

	file_read(BLOCK_SIZE, text, sizeof(text));
	size = strtoull(text, NULL, 16);
	if (ioctl(fd, SET_BLOCK_SIZE, &size))
		perror("the memory block size is not taken");
	close(fd);
}

void gpu_start(void)
{
	hand_over_block_size();
	close(device_open("/dev/nvidia0", FIRST_GPU));
}
