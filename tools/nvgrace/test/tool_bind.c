// SPDX-License-Identifier: GPL-2.0-only
/* Do bind and unbind leave a GPU with the driver that they say? */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/vfio.h>

#include "tool.h"

void test_bind(void)
{
	char line[64];
	int code;

	free(shell(&code, "rmmod " DRIVER));
	snprintf(line, sizeof(line), "%s: bound to " DRIVER, gpus[nr_gpus - 1]);
	result(says(0, line, "bind --all") && all_bound_to(DRIVER),
	       "bind_loads_the_driver_and_binds", "see above");
	snprintf(line, sizeof(line), "%s: already bound", gpus[nr_gpus - 1]);
	result(says(0, line, "bind --all") && all_bound_to(DRIVER),
	       "bind_twice_is_bind_once", "see above");
}

void test_in_use(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%s", link_of(gpus[0], "iommu_group"));
	fd = open(path, O_RDWR | O_CLOEXEC);
	result(fd >= 0 && says(1, "in use by", "unbind %s", gpus[0]) &&
	       all_bound_to(DRIVER), "gpu_in_use_is_left_alone", "%s: %s", path,
	       fd < 0 ? strerror(errno) : "open");
	close(fd);
}

/* As a container has it. */
static void test_in_use_elsewhere(void)
{
	struct stat st = {};
	char path[64], who[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%s", link_of(gpus[0], "iommu_group"));
	snprintf(who, sizeof(who), "in use by nvgrace_tool_te (process %d)", getpid());
	stat(path, &st);
	mknod("/tmp/elsewhere", S_IFCHR | 0600, st.st_rdev);
	fd = open("/tmp/elsewhere", O_RDWR | O_CLOEXEC);
	result(fd >= 0 && says(1, who, "unbind %s", gpus[0]) &&
	       all_bound_to(DRIVER), "gpu_in_use_under_another_name_is_left_alone",
	       "%s: %s", path, fd < 0 ? strerror(errno) : "open");
	close(fd);
	unlink("/tmp/elsewhere");
}

/* The device by its own node, bound to iommufd; -1: not. */
static int open_cdev(const char *bdf, int iommufd)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	char path[PATH_MAX];
	glob_t nodes = {};
	int fd = -1;

	snprintf(path, sizeof(path), SYSFS "vfio-dev/vfio*", bdf);
	if (!glob(path, 0, NULL, &nodes)) {
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", basename(nodes.gl_pathv[0]));
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	globfree(&nodes);
	if (fd >= 0 && ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Nobody has its group open then. */
static void test_in_use_by_iommufd(void)
{
	int iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC), fd;
	char who[64];

	if (iommufd < 0) {
		printf("ok %d tool.gpu_in_use_through_iommufd_is_left_alone # SKIP no iommufd in this kernel\n",
		       ++tests);
		return;
	}
	snprintf(who, sizeof(who), "in use by nvgrace_tool_te (process %d)", getpid());
	fd = open_cdev(gpus[0], iommufd);
	result(fd >= 0 && says(1, who, "unbind %s", gpus[0]) &&
	       all_bound_to(DRIVER), "gpu_in_use_through_iommufd_is_left_alone",
	       "%s", fd < 0 ? strerror(errno) : "see above");
	close(fd);
	close(iommufd);
}

/* Guides for vfio-pci have it so. */
static void test_new_id(void)
{
	char id[16];
	int code;

	snprintf(id, sizeof(id), "10de %s", attribute(gpus[0], "device") + 2);
	free(shell(&code, "echo %s >/sys/bus/pci/drivers/" DRIVER "/new_id", id));
	result(!code, "new_id_takes_an_id_alone", "exit %d", code);
	result(says(1, "took it again, whose new_id has its id", "unbind %s", gpus[0]) &&
	       !strcmp(link_of(gpus[0], "driver"), DRIVER),
	       "driver_that_takes_the_gpu_again_is_told", "see above");
	free(shell(&code, "echo %s >/sys/bus/pci/drivers/" DRIVER "/remove_id", id));
	free(shell(&code, "echo " DRIVER " >" SYSFS "driver_override", gpus[0]));
}

void test_unbind(void)
{
	test_in_use_elsewhere();
	test_in_use_by_iommufd();
	test_new_id();
	result(says(0, "not bound", "unbind %s", gpus[0]) &&
	       !*link_of(gpus[0], "driver") &&
	       !strcmp(attribute(gpus[0], "driver_override"), "(null)"),
	       "unbind_leaves_no_driver_and_no_override", "see above");
	result(says(0, "already not bound", "unbind %s", gpus[0]),
	       "unbind_twice_is_unbind_once", "see above");
	result(says(0, "bound to", "bind %s", gpus[0]) && all_bound_to(DRIVER),
	       "bind_after_unbind_binds", "see above");
}

/* The GPUs are vfio-pci's, and must be again. */
void test_refused(void)
{
	char *out;
	int code;

	for (int i = 0; i < nr_gpus; i++)
		free(shell(&code, "echo vfio-pci >" SYSFS "driver_override; echo %s >/sys/bus/pci/drivers_probe",
			   gpus[i], gpus[i]));
	out = shell(&code, "%s bind --all 2>&1", nvgrace);
	result(code == 1 && strstr(out, "nvidia,gpu-mem-size") &&
	       strstr(out, "put back as it was"),
	       "refused_gpu_is_told_with_the_drivers_reason", "exit %d: %s", code, out);
	free(out);
	result(all_bound_to("vfio-pci") &&
	       !strcmp(attribute(gpus[0], "driver_override"), "vfio-pci"),
	       "refused_gpu_goes_back_to_the_driver_that_had_it", "%s",
	       link_of(gpus[0], "driver"));
}
