// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a KVM guest get the GPU, and what does it say about it?
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

/* Under TCG a guest needs some 30 s; one that is stuck must not take all night. */
#define VM_SECONDS	300

#define GIB		(UINT64_C(1) << 30)

/* 64-bit MMIO window for a BAR of the next power of two, with room to align it. */
static uint64_t window_gib(uint64_t memory)
{
	uint64_t window = 512;

	while (window * GIB < 4 * memory)
		window *= 2;
	return window;
}

/*
 * The guest has an IOMMU of its own, which starts out closed. Without one QEMU
 * maps all of the guest into the GPU's, other devices' BARs and this GPU's own
 * aperture included, and type1 unmaps that page by page: 29 s for 95 GiB under
 * TCG, at the very end. With it only what the guest's driver maps is mapped, and
 * the copies below go through two IOMMUs.
 */
static void start(const char *bdf, uint64_t memory)
{
	char machine[96], append[128], device[64];

	snprintf(machine, sizeof(machine), "virt,gic-version=3,highmem-mmio-size=%" PRIu64 "G",
		 window_gib(memory));
	snprintf(append, sizeof(append), "console=ttyAMA0 quiet panic=-1 NVGRACE_MEMORY=%" PRIu64,
		 memory);
	snprintf(device, sizeof(device), "vfio-pci,host=%s,bus=gpu", bdf);
	execlp("qemu-system-aarch64", "qemu-system-aarch64", "-accel", "kvm",
	       "-machine", machine, "-cpu", "host", "-smp", "1", "-m", "512M",
	       "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
	       "-kernel", "/payload/Image", "-initrd", "/payload/guest.cpio",
	       "-append", append, "-device", "virtio-iommu-pci,boot-bypass=off",
	       "-device", "pcie-root-port,id=gpu", "-device", device, (char *)NULL);
	printf("cannot start qemu-system-aarch64: %s: boot the host with FULL_ROOT=1\n",
	       strerror(errno));
	fflush(stdout);
	_exit(127);
}

enum word {
	NOTHING,
	PASSED,
	FAILED,
	STUCK,		/* no end of the guest is to be expected */
};

/* What the guest has come to, @before this line of it or of its QEMU. */
static enum word verdict(const char *line, enum word before)
{
	if (!strcmp(line, "PASS"))
		return PASSED;
	if (!strncmp(line, "FAIL", 4))
		return FAILED;
	/* QEMU stops the guest, and waits for a debugger. */
	if (!strncmp(line, "error: kvm run failed", 21))
		return STUCK;
	return before;
}

/* Repeats the whole lines of @text and keeps the rest, whose length it returns. */
static size_t repeat(char *text, size_t used, enum word *word)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', used - (line - text)))) {
		*end = '\0';
		line[strcspn(line, "\r")] = '\0';
		*word = verdict(line, *word);
		if (*line)
			say("  guest: %s", line);
		line = end + 1;
	}
	used -= line - text;
	memmove(text, line, used);
	return used;
}

/* Until the guest's end, or until there is no hope for one. */
static enum word hear(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	double deadline = seconds() + VM_SECONDS;
	enum word word = NOTHING;
	char text[4096];
	size_t used = 0;
	ssize_t got;

	while (word != STUCK) {
		int left = (deadline - seconds()) * 1000;

		if (left <= 0 || !poll(&wait, 1, left))
			return STUCK;
		got = read(fd, text + used, sizeof(text) - used);
		if (got <= 0)
			break;
		used = repeat(text, used + got, &word);
		if (used == sizeof(text))
			used = 0;
	}
	return word;
}

static pid_t spawn(const char *bdf, uint64_t memory, int out[2])
{
	pid_t pid;

	if (pipe(out))
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	close(STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(out[1], STDERR_FILENO);
	close(out[0]);
	close(out[1]);
	start(bdf, memory);
	return -1;
}

int vm_run(const char *bdf, uint64_t memory)
{
	enum word word;
	int out[2], status;
	pid_t pid = spawn(bdf, memory, out);

	if (pid < 0) {
		say("FAIL cannot start a process: %s", strerror(errno));
		return -1;
	}
	close(out[1]);
	word = hear(out[0]);
	if (word == STUCK) {
		say("FAIL the guest has not ended after %d s, or KVM gave up on it: killed",
		    VM_SECONDS);
		kill(pid, SIGKILL);
	}
	close(out[0]);
	waitpid(pid, &status, 0);
	if (word != PASSED || !WIFEXITED(status) || WEXITSTATUS(status)) {
		say("FAIL the guest did not say PASS, or QEMU failed (status %#x)",
		    status);
		return -1;
	}
	say("ok the guest powered off");
	return 0;
}
