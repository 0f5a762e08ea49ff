// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has the memory of a GPU trained that its driver does not look after?
 *
 * A register may be read only while memory space is on and the GPU in D0, and
 * never behind the back of a guest.
 */
#include <fcntl.h>
#include <pci/header.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string.h>

#include "host.h"
#include "machine.h"

#define C2C_LINK	0x1498
#define MEMORY_TRAINING	0x200bc
#define MAP_SIZE	0x30000		/* holds both, and is whole pages of any size */

static const char *obstacle(const struct gpu *gpu)
{
	if (!strcmp(gpu->driver, DRIVER) || strstr(gpu->driver, "vfio"))
		return "a VFIO driver has the GPU";
	if (gpu->config.readable < 64 ||
	    !(gpu->config.command & PCI_COMMAND_MEMORY))
		return "memory space is off";
	if (strcmp(gpu->power_state, "D0"))
		return "the GPU is not in D0";
	return NULL;
}

static uint32_t word(const void *bar, unsigned int offset)
{
	return *(const volatile uint32_t *)((const char *)bar + offset);
}

void training_read(const struct host *host, const struct gpu *gpu,
		   struct training *training)
{
	char path[PATH_MAX];
	void *bar;
	int fd;

	*training = (struct training) { .unknown = obstacle(gpu) };
	if (training->unknown ||
	    file_path(host, path, sizeof(path),
		      "/sys/bus/pci/devices/%s/resource0", gpu->bdf))
		return;
	training->unknown = "only root may read the GPU's registers";
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	bar = mmap(NULL, MAP_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (bar == MAP_FAILED)
		return;
	training->link = word(bar, C2C_LINK);
	training->memory = word(bar, MEMORY_TRAINING);
	training->known = true;
	munmap(bar, MAP_SIZE);
}
