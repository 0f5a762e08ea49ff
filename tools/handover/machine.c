// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must this host have before libvirt, driverctl and QEMU find it a usual one?
 *
 * No package's scripts have run here, and neither systemd nor udev do.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "handover.h"

#define MODULE	"nvgrace-gpu-vfio-pci.ko"

static bool fail(const char *what)
{
	note("cannot %s: %s", what, strerror(errno));
	return false;
}

bool machine_install_driver(void)
{
	char folder[160], file[224];
	struct utsname kernel;

	uname(&kernel);
	snprintf(folder, sizeof(folder), "/lib/modules/%s/updates", kernel.release);
	snprintf(file, sizeof(file), "%s/" MODULE, folder);
	if (mkdir(folder, 0755) && errno != EEXIST)
		return fail(folder);
	if (COMMAND("cp", "/payload/" MODULE, file) || COMMAND("depmod"))
		return false;
	return machine_unload_driver();
}

bool machine_unload_driver(void)
{
	if (syscall(SYS_delete_module, DRIVER, O_NONBLOCK) && errno != ENOENT)
		return fail("unload " DRIVER);
	return true;
}

/* As udev's rule for it: 0660, group kvm. */
static bool open_kvm(void)
{
	struct group *kvm = getgrnam("kvm");

	if (!kvm || chown("/dev/kvm", 0, kvm->gr_gid) || chmod("/dev/kvm", 0660))
		return fail("give /dev/kvm to group kvm");
	return true;
}

bool machine_prepare(void)
{
	if (mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL) && errno != EBUSY)
		return fail("mount /sys/fs/cgroup");
	return open_kvm();
}
