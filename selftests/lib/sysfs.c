// SPDX-License-Identifier: GPL-2.0-only
/* What can the host's administrator see and do to a PCI device? */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nvg.h"

#define DEVICES	"/sys/bus/pci/devices/"
#define DRIVERS	"/sys/bus/pci/drivers/"

static int write_file(const char *path, const char *val)
{
	int fd = open(path, O_WRONLY);
	ssize_t ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, val, strlen(val));
	if (ret < 0)
		ret = -errno;
	close(fd);
	return ret < 0 ? ret : 0;
}

static int read_file(const char *path, uint64_t at, void *buf, size_t len)
{
	int fd = open(path, O_RDONLY);
	ssize_t ret;

	if (fd < 0)
		return -errno;
	ret = pread(fd, buf, len, at);
	if (ret < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Reads one attribute without its newline; returns its length or -errno. */
int nvg_sysfs_read(const char *bdf, const char *name, char *buf, size_t len)
{
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), DEVICES "%s/%s", bdf, name);
	ret = read_file(path, 0, buf, len - 1);
	if (ret < 0)
		return ret;
	while (ret > 0 && buf[ret - 1] == '\n')
		ret--;
	buf[ret] = 0;
	return ret;
}

/* Returns 0 or -errno. */
int nvg_sysfs_write(const char *bdf, const char *name, const char *val)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "%s/%s", bdf, name);
	return write_file(path, val);
}

/* Reads what the hardware has, past what VFIO virtualises. */
int nvg_sysfs_config(const char *bdf, uint32_t pos, void *buf, size_t len)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "%s/config", bdf);
	return read_file(path, pos, buf, len);
}

/* False: no driver. */
bool nvg_driver(const char *bdf, char *name, size_t len)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t ret;

	snprintf(path, sizeof(path), DEVICES "%s/driver", bdf);
	ret = readlink(path, target, sizeof(target) - 1);
	if (ret < 0)
		return false;
	target[ret] = 0;
	snprintf(name, len, "%s", strrchr(target, '/') + 1);
	return true;
}

int nvg_unbind(const char *bdf)
{
	char driver[64];

	if (!nvg_driver(bdf, driver, sizeof(driver)))
		return 0;
	return nvg_sysfs_write(bdf, "driver/unbind", bdf);
}

/* Asks a driver to take the GPU, override or not. */
int nvg_offer(const char *bdf, const char *driver)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DRIVERS "%s/bind", driver);
	return write_file(path, bdf);
}

/* Binds through driver_override, as libvirt and driverctl do. */
int nvg_bind(const char *bdf, const char *driver)
{
	int ret = nvg_unbind(bdf);

	if (!ret)
		ret = nvg_sysfs_write(bdf, "driver_override", driver);
	return ret ?: nvg_offer(bdf, driver);
}

/* Bytes of a BAR as the host's PCI core sees it; 0: hardware has none. */
uint64_t nvg_hardware_bar(const char *bdf, int index)
{
	unsigned long long start, end, flags;
	char text[2048];
	char *line = text;

	if (nvg_sysfs_read(bdf, "resource", text, sizeof(text)) < 0)
		return 0;
	while (index-- && line)
		line = strchr(line, '\n') + 1;
	if (sscanf(line, "%llx %llx %llx", &start, &end, &flags) != 3)
		return 0;
	return end ? end - start + 1 : 0;
}
