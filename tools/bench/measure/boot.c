// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does it cost to start a guest until it uses the memory?
 *
 * QEMU maps the BAR and pins all of it in the IOMMU; the guest boots, touches
 * a page of each GiB and says so on its console. Counted is what all of
 * QEMU's threads executed until then, the guest's own instructions included.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/* The guest has no IOMMU of its own: nothing is mapped later than at its start. */
static void start(const struct bench *b, unsigned int gib)
{
	char append[96], device[64];

	snprintf(append, sizeof(append),
		 "console=ttyAMA0 quiet panic=-1 nokaslr BENCH_GIB=%u", gib);
	snprintf(device, sizeof(device), "vfio-pci,host=%s,bus=root", nvg_bdf());
	execlp("qemu-system-aarch64", "qemu-system-aarch64", "-accel", "kvm",
	       "-machine", "virt,gic-version=3,highmem-mmio-size=512G",
	       "-cpu", "host", "-smp", "1", "-m", "512M", "-nodefaults",
	       "-display", "none", "-serial", "stdio", "-no-reboot",
	       "-kernel", "/payload/Image", "-initrd", "/payload/guest.cpio",
	       "-append", append, "-device", "pcie-root-port,id=root",
	       "-device", device, (char *)NULL);
	fprintf(stderr, "nvgrace-bench: cannot start qemu-system-aarch64 (%s): boot the host with FULL_ROOT=1\n",
		strerror(errno));
	_exit(127);
}

static pid_t spawn(const struct bench *b, unsigned int gib, FILE **console)
{
	int out[2];
	pid_t pid;

	need(!pipe(out), "pipe");
	fflush(stdout);
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		start(b, gib);
	}
	close(out[1]);
	*console = fdopen(out[0], "r");
	return pid;
}

static uint64_t cpu_of(pid_t pid)
{
	struct timespec cpu = {};
	clockid_t clock;

	need(!clock_getcpuclockid(pid, &clock) && !clock_gettime(clock, &cpu),
	     "no CPU time of QEMU");
	return cpu.tv_sec * 1000000000ull + cpu.tv_nsec;
}

void bench_boot(struct bench *b, unsigned int gib)
{
	uint64_t cost = 0;
	char line[512];
	FILE *console;
	pid_t pid = spawn(b, gib, &console);

	while (!cost && fgets(line, sizeof(line), console)) {
		if (strstr(line, "BENCH_MAPPED"))
			cost = cpu_of(pid);
		else
			fprintf(stderr, "# guest: %s", line);
	}
	kill(pid, SIGKILL);
	need(cost, "%s: the guest did not touch the BAR", b->driver);
	b->aperture = gib * NVG_GIB;
	tell(b, "instructions", cost, "guest boot to BAR mapped");
}
