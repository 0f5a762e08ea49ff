// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a GPU go to a guest, work there, and come back?
 *
 * usage: nvgrace-demo BDF MEMORY
 * Runs as root on the (emulated) host that owns GPU BDF. MEMORY is the
 * aperture's size in bytes, with K, M or G behind it in those units: what the
 * guest should find. The driver's module, the guest's kernel (Image) and its
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

static int load_driver(void)
{
	if (modprobe("vfio_iommu_type1") || modprobe("vfio-pci"))
		return -1;
	if (module_insert("/payload/nvgrace-gpu-vfio-pci.ko", "")) {
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

static int run_guest(const char *bdf, uint64_t memory, struct kmsg *log)
{
	int err;

	say("a KVM guest starts with -device vfio-pci,host=%s (under emulation it boots for some 10 s)",
	    bdf);
	err = vm_run(bdf, memory);
	err |= kmsg_look(log, bdf);
	return err;
}

static int demo(const char *bdf, uint64_t memory)
{
	struct kmsg log;
	int failed;

	if (kmsg_open(&log)) {
		say("FAIL cannot read /dev/kmsg: %s", strerror(errno));
		return -1;
	}
	if (load_driver() || bind_to(bdf, DRIVER, &log))
		return -1;
	failed = run_guest(bdf, memory, &log);
	failed |= bind_to(bdf, "vfio-pci", &log);
	failed |= bind_to(bdf, DRIVER, &log);
	if (!failed)
		say("ok nothing in the host's kernel log that should not be there");
	return failed;
}

int main(int argc, char **argv)
{
	uint64_t memory = argc == 3 ? parse_size(argv[2]) : 0;
	int failed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!memory) {
		fprintf(stderr, "usage: nvgrace-demo BDF MEMORY, for example nvgrace-demo 0000:00:03.0 95G\n");
		return 2;
	}
	failed = demo(argv[1], memory);
	return failed ? 1 : 0;
}
