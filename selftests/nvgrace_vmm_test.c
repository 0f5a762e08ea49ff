// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a guest of QEMU's, and of the next, when a page goes bad? */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "nvg_facts.h"
#include "nvg_harness.h"

#define KERNEL		"/payload/guest-kernel"
#define INITRAMFS	"/payload/guest.cpio"
#define TRACING		"/sys/kernel/tracing/"
#define BOOT_S		200	/* under emulation, beside other work */
#define ANSWER_S	30

/* A QEMU whose guest obeys selftests/guest/init.c's commands. */
struct vmm {
	pid_t pid;
	int to;
	int from;
	char text[4096];	/* what has not been looked at, less than a line */
	size_t used;
};

static void exec_qemu(int bar)
{
	char append[128], device[64];

	snprintf(append, sizeof(append),
		 "console=ttyAMA0 quiet panic=-1 NVGRACE_BAR=%d", bar);
	snprintf(device, sizeof(device), "vfio-pci,host=%s,bus=gpu", nvg_bdf());
	execlp("qemu-system-aarch64", "qemu-system-aarch64", "-accel", "kvm",
	       "-machine", "virt,gic-version=3,highmem-mmio-size=512G",
	       "-cpu", "host", "-smp", "1", "-m", "512M", "-nodefaults",
	       "-display", "none", "-serial", "stdio", "-no-reboot",
	       "-kernel", KERNEL, "-initrd", INITRAMFS, "-append", append,
	       "-device", "virtio-iommu-pci,boot-bypass=off",
	       "-device", "pcie-root-port,id=gpu", "-device", device, NULL);
	_exit(127);
}

static int start(struct vmm *vmm, int bar)
{
	int in[2], out[2];

	*vmm = (struct vmm){ .pid = -1 };
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -errno;
	vmm->pid = fork();
	if (!vmm->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		exec_qemu(bar);
	}
	close(in[0]);
	close(out[1]);
	vmm->to = in[1];
	vmm->from = out[0];
	return vmm->pid < 0 ? -errno : 0;
}

static void stop(struct vmm *vmm)
{
	if (vmm->pid > 0) {
		kill(vmm->pid, SIGKILL);
		waitpid(vmm->pid, NULL, 0);
	}
	close(vmm->to);
	close(vmm->from);
}

/* Takes a whole line out of vmm->text, prints it, and says whether it holds word. */
static bool take_line(struct vmm *vmm, char *end, const char *word)
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
static bool says(struct vmm *vmm, const char *word, int seconds)
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

static void tell(struct vmm *vmm, const char *command, uint64_t offset,
		 uint64_t value)
{
	dprintf(vmm->to, "%s %#lx %#lx\n", command, offset, value);
}

static bool guest_loads(struct vmm *vmm, uint64_t offset, const char *answer)
{
	tell(vmm, "load", offset, 0);
	return says(vmm, answer, ANSWER_S);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND), ret = 0;

	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* From now on the kernel notes which address mm's signals are for. */
static int watch_signals(void)
{
	return write_file(TRACING "kprobe_events",
			  "p:nvgrace/told send_sig_mceerr addr=%x1:x64\n") ?:
	       write_file(TRACING "events/nvgrace/told/enable", "1");
}

/* Which was it? 0: none. Ends the watch. */
static uint64_t watched_address(void)
{
	FILE *trace = fopen(TRACING "trace", "r");
	uint64_t address = 0;
	char line[256], *found;

	while (trace && fgets(line, sizeof(line), trace)) {
		found = strstr(line, " addr=");
		if (found)
			address = strtoull(found + strlen(" addr="), NULL, 16);
	}
	if (trace)
		fclose(trace);
	write_file(TRACING "events/nvgrace/told/enable", "0");
	write_file(TRACING "kprobe_events", "-:nvgrace/told\n");
	return address;
}

/* Where QEMU maps the first byte of the BAR; 0: nowhere. */
static uint64_t address_of_bar(pid_t pid, int bar)
{
	uint64_t start, offset, address = 0;
	char path[32], line[256];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		if (strstr(line, "vfio") &&
		    sscanf(line, "%lx-%*x %*s %lx", &start, &offset) == 2 &&
		    offset == (uint64_t)bar << 40)
			address = start;
	}
	if (maps)
		fclose(maps);
	return address;
}

FIXTURE(vmm) {
	struct vmm vmm;
	uint64_t base;		/* host physical address of the memory */
	int bar;
};

FIXTURE_SETUP(vmm)
{
	struct nvg_facts facts;
	const char *why = nvg_need_firmware() ?:
			  nvg_read_facts(nvg_bdf(), &facts);

	if (!why && access(INITRAMFS, R_OK))
		why = "no " INITRAMFS ": a row of scenarios with FULL_ROOT=1 has it";
	if (why)
		SKIP(return, "%s", why);
	self->base = facts.base;
	self->bar = facts.region[0].bar;
	ASSERT_EQ(0, start(&self->vmm, self->bar));
	ASSERT_TRUE(says(&self->vmm, "guest: ready", BOOT_S));
}

FIXTURE_TEARDOWN(vmm)
{
	stop(&self->vmm);
}

/* mm's own line names the task that it signals. */
static bool was_signalled(int klog, pid_t pid)
{
	char name[32];
	const char *const words[] = { "Sending SIGBUS to qemu-system", name, NULL };

	snprintf(name, sizeof(name), ":%d due to", pid);
	return nvg_klog_count(klog, words) == 1;
}

TEST_F_TIMEOUT(vmm, I17_guest_goes_on_elsewhere_and_the_next_is_not_given_the_page, 600)
{
	uint64_t at = NVG_GIB + 5 * nvg_page(), hva, word;
	struct vmm *vmm = &self->vmm;
	struct nvg_gpu gpu;
	int klog = nvg_klog_mark();

	tell(vmm, "store", at, 0x5ca1ab1e);
	ASSERT_TRUE(says(vmm, "guest: stored", ANSWER_S));
	tell(vmm, "store", at + nvg_page(), 0xbeef);
	ASSERT_TRUE(says(vmm, "guest: stored", ANSWER_S));
	ASSERT_TRUE(guest_loads(vmm, at, "guest: loaded 0x5ca1ab1e"));
	hva = address_of_bar(vmm->pid, self->bar);
	ASSERT_NE(0, hva);
	ASSERT_EQ(0, watch_signals());
	ASSERT_EQ(0, nvg_report("{\"address\":%lu}", self->base + at));
	nvg_sleep_ms(1000);
	EXPECT_EQ(hva + at, watched_address());
	EXPECT_TRUE(was_signalled(klog, vmm->pid));
	EXPECT_TRUE(guest_loads(vmm, at + nvg_page(), "guest: loaded 0xbeef"));
	EXPECT_TRUE(guest_loads(vmm, at - 8, "guest: loaded"));
	EXPECT_TRUE(guest_loads(vmm, at, "kvm run failed Bad address"));
	stop(vmm);

	ASSERT_EQ(0, start(vmm, self->bar));
	ASSERT_TRUE(says(vmm, "guest: ready", BOOT_S));
	EXPECT_TRUE(guest_loads(vmm, at + nvg_page(), "guest: loaded"));
	EXPECT_TRUE(guest_loads(vmm, at - 8, "guest: loaded"));
	EXPECT_TRUE(guest_loads(vmm, at, "kvm run failed Bad address"));
	stop(vmm);
	vmm->pid = -1;

	ASSERT_EQ(NULL, nvg_open_with_memory(&gpu));
	EXPECT_EQ(-EHWPOISON, nvg_read(&gpu, at, &word, 8));
	EXPECT_EQ(8, nvg_read(&gpu, at + nvg_page(), &word, 8));
	nvg_close(&gpu);
}

NVG_HARNESS_MAIN
