// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which driver serves a PCI function, and how does it get another one?
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

const char *binding_driver(const char *bdf, char *name, size_t size)
{
	char path[128], target[256];
	ssize_t got;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", bdf);
	got = readlink(path, target, sizeof(target) - 1);
	if (got < 0)
		return NULL;
	target[got] = '\0';
	snprintf(name, size, "%s", strrchr(target, '/') + 1);
	return name;
}

static int leave(const char *bdf)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver/unbind", bdf);
	if (file_write(path, bdf) && errno != ENOENT)
		return -1;
	return 0;
}

int binding_change(const char *bdf, const char *driver)
{
	char path[128], now[64];

	if (leave(bdf))
		return -1;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", bdf);
	if (file_write(path, driver) || file_write("/sys/bus/pci/drivers_probe", bdf))
		return -1;
	if (!binding_driver(bdf, now, sizeof(now)) || strcmp(now, driver)) {
		errno = ENODEV;
		return -1;
	}
	return 0;
}
