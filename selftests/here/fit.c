// SPDX-License-Identifier: GPL-2.0-only
/* Why can this GPU not be tested here and now? Looks, and changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "here.h"

#define DRIVER_OF_SYSFS	"/sys/bus/pci/drivers/" NVG_DRIVER

/* Whole, as sysfs has it: it becomes part of file names. */
static bool is_bdf(const char *text)
{
	unsigned int domain, bus, slot, function;
	char again[24];

	if (sscanf(text, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		return false;
	snprintf(again, sizeof(again), "%04x:%02x:%02x.%x", domain, bus, slot,
		 function);
	return !strcmp(text, again);
}

static bool exists(const char *bdf, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", bdf, name);
	return !access(path, F_OK);
}

static bool is_nvidias(const char *bdf)
{
	char vendor[16];

	return nvg_sysfs_read(bdf, "vendor", vendor, sizeof(vendor)) > 0 &&
	       !strcmp(vendor, "0x10de");
}

/*
 * A group has one opener at a time, in whatever container that lives, and none
 * while the GPU is open through iommufd.
 */
static bool is_open(const char *bdf)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%d", nvg_group(bdf));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EBUSY;
}

/* The driver's file is where make modules leaves it. */
#define GET_DRIVER	"modprobe " NVG_DRIVER ", or build it (make modules KDIR=/lib/modules/$(uname -r)/build) " \
			"and insmod build/driver/nvgrace-gpu-vfio-pci.ko"
#define SEE_LIST	"nvgrace list shows those there are"

/* NULL: it can, as far as one sees without taking it. */
const char *fit_for_tests(const char *bdf)
{
	if (!bdf)
		return "no GPU named: make test-here BDF=0009:01:00.0 (" SEE_LIST ")";
	if (!is_bdf(bdf))
		return "not a PCI address: write it as 0009:01:00.0";
	if (!exists(bdf, ""))
		return "no such device here: nvgrace list shows the GPUs there are";
	if (!is_nvidias(bdf))
		return "not a GPU of NVIDIA's: " SEE_LIST;
	if (geteuid())
		return "only root can take it and give it back: try sudo";
	if (!exists(bdf, "iommu_group"))
		return "no IOMMU group, so VFIO takes nothing: switch the IOMMU on";
	if (access(DRIVER_OF_SYSFS, F_OK))
		return "the driver is not loaded: " GET_DRIVER;
	if (is_open(bdf))
		return "in use, by a VM or another test: end that first";
	return NULL;
}
