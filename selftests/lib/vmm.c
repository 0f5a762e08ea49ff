// SPDX-License-Identifier: GPL-2.0-only
/* How is a guest of QEMU's given the GPU and told what to do with it? */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nvg_facts.h"
#include "nvg_vmm.h"

#define KERNEL		"/payload/guest-kernel"
#define INITRAMFS	"/payload/guest.cpio"
#define BOOT_S		200	/* under emulation, beside other work */
#define MOST_WORDS	48

/* @base: of the memory, a host physical address; @bar: that has it. */
const char *nvg_vmm_need(uint64_t *base, int *bar)
{
	struct nvg_facts facts;
	const char *why = nvg_need_firmware();

	if (!why && access(INITRAMFS, R_OK))
		why = "no " INITRAMFS ": a row of scenarios with FULL_ROOT=1 has it";
	why = why ?: nvg_read_facts(nvg_bdf(), &facts);
	if (why)
		return why;
	*base = facts.base;
	*bar = facts.region[0].bar;
	return NULL;
}

static void exec_qemu(int bar, const char *const more[])
{
	char append[128], device[64];
	const char *words[MOST_WORDS] = {
		"qemu-system-aarch64", "-accel", "kvm",
		"-machine", "virt,gic-version=3,highmem-mmio-size=512G",
		"-cpu", "host", "-smp", "1", "-m", "512M", "-nodefaults",
		"-display", "none", "-serial", "stdio", "-no-reboot",
		"-kernel", KERNEL, "-initrd", INITRAMFS, "-append", append,
		"-device", "virtio-iommu-pci,boot-bypass=off",
		"-device", "pcie-root-port,id=gpu", "-device", device,
	};
	int nr = 0;

	snprintf(append, sizeof(append),
		 "console=ttyAMA0 quiet panic=-1 NVGRACE_BAR=%d", bar);
	snprintf(device, sizeof(device), "vfio-pci,host=%s,bus=gpu", nvg_bdf());
	while (words[nr])
		nr++;
	while (*more && nr < MOST_WORDS - 1)
		words[nr++] = *more++;
	execvp(words[0], (char *const *)words);
	_exit(127);
}

/* Returns 0 once the guest waits for commands. */
int nvg_vmm_start(struct nvg_vmm *vmm, int bar, const char *const more[])
{
	int in[2], out[2];

	*vmm = (struct nvg_vmm){ .pid = -1, .bar = bar };
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -errno;
	vmm->pid = fork();
	if (!vmm->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		exec_qemu(bar, more);
	}
	close(in[0]);
	close(out[1]);
	vmm->to = in[1];
	vmm->from = out[0];
	if (vmm->pid < 0)
		return -errno;
	return nvg_vmm_says(vmm, "guest: ready", BOOT_S) ? 0 : -ETIME;
}

void nvg_vmm_stop(struct nvg_vmm *vmm)
{
	if (vmm->pid > 0) {
		kill(vmm->pid, SIGKILL);
		waitpid(vmm->pid, NULL, 0);
		close(vmm->to);
		close(vmm->from);
	}
	vmm->pid = -1;
}

/* Takes a whole line out of vmm->text, prints it, and says whether it holds word. */
static bool take_line(struct nvg_vmm *vmm, char *end, const char *word)
{
	bool found;

	*end = 0;
	vmm->text[strcspn(vmm->text, "\r")] = 0;
	printf("# vmm: %s\n", vmm->text);
	found = strstr(vmm->text, word);
	vmm->used -= end + 1 - vmm->text;
	memmove(vmm->text, end + 1, vmm->used);
	return found;
}

/* Waits for a line with word, of the guest or of QEMU. */
bool nvg_vmm_says(struct nvg_vmm *vmm, const char *word, int seconds)
{
	struct pollfd from = { .fd = vmm->from, .events = POLLIN };
	uint64_t deadline = nvg_us() + seconds * 1000000UL;
	ssize_t got;
	char *end;

	for (;;) {
		while ((end = memchr(vmm->text, '\n', vmm->used)))
			if (take_line(vmm, end, word))
				return true;
		if (nvg_us() > deadline || poll(&from, 1, 1000) < 0)
			return false;
		if (!from.revents)
			continue;
		got = read(vmm->from, vmm->text + vmm->used,
			   sizeof(vmm->text) - vmm->used);
		if (got <= 0)
			return false;
		vmm->used += got;
	}
}

void nvg_vmm_tell(struct nvg_vmm *vmm, const char *command, uint64_t offset,
		  uint64_t value)
{
	dprintf(vmm->to, "%s %#lx %#lx\n", command, offset, value);
}

bool nvg_vmm_loads(struct nvg_vmm *vmm, uint64_t offset, const char *answer)
{
	nvg_vmm_tell(vmm, "load", offset, 0);
	return nvg_vmm_says(vmm, answer, NVG_VMM_ANSWER_S);
}

/* Where QEMU maps the first byte of the BAR; 0: nowhere. */
uint64_t nvg_vmm_bar(const struct nvg_vmm *vmm)
{
	uint64_t start, offset, address = 0;
	char path[32], line[256];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", vmm->pid);
	maps = fopen(path, "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		if (strstr(line, "vfio") &&
		    sscanf(line, "%lx-%*x %*s %lx", &start, &offset) == 2 &&
		    offset == (uint64_t)vmm->bar << 40)
			address = start;
	}
	if (maps)
		fclose(maps);
	return address;
}
