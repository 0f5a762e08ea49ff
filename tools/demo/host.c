// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a GPU go to a guest, work there, and come back?
 *
 * usage: nvgrace-demo BDF MEMORY BAR [PARAMETERS]
 * Runs as root on the (emulated) host that owns GPU BDF. The guest should find BAR
 * to be MEMORY bytes of it (with K, M or G: in those units), when the driver is
 * loaded with PARAMETERS. The driver's module, the guest's kernel (Image) and its
 * initramfs (guest.cpio) are in /payload.
 * Exit code: 0 all is well, 1 it is not, 2 for a wrong call.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define DRIVER	"nvgrace_gpu_vfio_pci"

void say(const char *format, ...)
{
	va_list args;

	printf("[%6.1f s] ", seconds());
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* 0 for text that is not a size. */
static uint64_t parse_size(const char *text)
{
	static const char units[] = "KMG";
	const char *unit;
	uint64_t size;
	char *end;

	errno = 0;
	size = strtoull(text, &end, 10);
	if (errno || *text < '0' || *text > '9')
		return 0;
	if (!*end)
		return size;
	unit = strchr(units, *end);
	if (!unit || end[1] || size >> (64 - 10 * (unit - units + 1)))
		return 0;
	return size << (10 * (unit - units + 1));
}

static int modprobe(const char *module)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		execlp("modprobe", "modprobe", module, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
		say("FAIL modprobe %s: is the module in /lib/modules of this host?", module);
		return -1;
	}
	return 0;
}

static int load_driver(const char *params)
{
	if (modprobe("vfio_iommu_type1") || modprobe("vfio-pci"))
		return -1;
	if (module_insert("/payload/nvgrace-gpu-vfio-pci.ko", params)) {
		say("FAIL cannot load /payload/nvgrace-gpu-vfio-pci.ko: %s", strerror(errno));
		return -1;
	}
	if (access("/payload/nvgrace-host-msi.ko", F_OK) == 0 &&
	    module_insert("/payload/nvgrace-host-msi.ko", "")) {
		say("FAIL cannot load /payload/nvgrace-host-msi.ko: %s", strerror(errno));
		return -1;
	}
	say("ok driver loaded: nvgrace-gpu-vfio-pci.ko");
	return 0;
}

/* The driver's own words are shown: what it found is the point. */
static int bind_to(const char *bdf, const char *driver, struct kmsg *log)
{
	int err = binding_change(bdf, driver);

	if (err)
		say("FAIL %s does not bind to %s: %s", bdf, driver, strerror(errno));
	else
		say("ok %s bound to %s through driver_override", bdf, driver);
	err |= kmsg_look(log, bdf);
	return err;
}

static int run_guest(const struct gpu *gpu, struct kmsg *log)
{
	int err;

	say("a KVM guest starts with -device vfio-pci,host=%s (under emulation it boots for some 30 s)",
	    gpu->bdf);
	err = vm_run(gpu);
	err |= kmsg_look(log, gpu->bdf);
	return err;
}

static int demo(const struct gpu *gpu, const char *params)
{
	struct kmsg log;
	int failed;

	if (kmsg_open(&log)) {
		say("FAIL cannot read /dev/kmsg: %s", strerror(errno));
		return -1;
	}
	if (load_driver(params) || bind_to(gpu->bdf, DRIVER, &log))
		return -1;
	failed = run_guest(gpu, &log);
	failed |= bind_to(gpu->bdf, "vfio-pci", &log);
	failed |= bind_to(gpu->bdf, DRIVER, &log);
	if (!failed)
		say("ok nothing in the host's kernel log that should not be there");
	return failed;
}

int main(int argc, char **argv)
{
	bool called_right = argc == 4 || argc == 5;
	struct gpu gpu = {
		.bdf = argv[1],
		.memory = called_right ? parse_size(argv[2]) : 0,
		.bar = called_right ? atoi(argv[3]) : 0,
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!gpu.memory || !gpu.bar) {
		fprintf(stderr, "usage: nvgrace-demo BDF MEMORY BAR [PARAMETERS], for example nvgrace-demo 0000:00:03.0 95G 2\n");
		return 2;
	}
	return demo(&gpu, argc == 5 ? argv[4] : "") ? 1 : 0;
}
