// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a guest of QEMU's told of the bad page that it touches?
 *
 * On silicon the access that meets bad memory is a synchronous external abort with
 * a record of firmware's, for which the kernel sends the thread BUS_MCEERR_AR. An
 * emulated CPU has no such abort; KVM answers this access with -EFAULT, as of memory
 * without struct page it does not learn that a page is bad. A tracer of the vCPU's
 * thread puts that signal in the place of that error: all else is real.
 */
#include <dirent.h>
#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "nvg_facts.h"
#include "nvg_harness.h"
#include "nvg_vmm.h"

#define UEFI	"if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd"
#define VCPU	"CPU 0/KVM\n"

static const char *const with_ras[] = {
	"-drive", UEFI, "-name", "told,debug-threads=on", "-machine", "ras=on", NULL
};

static const char *const without_ras[] = {
	"-drive", UEFI, "-name", "told,debug-threads=on", "-machine", "ras=off", NULL
};

/* 0: there is none. */
static pid_t vcpu_of(pid_t vmm)
{
	char path[64], name[32];
	struct dirent *entry;
	pid_t vcpu = 0;
	FILE *comm;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", vmm);
	tasks = opendir(path);
	while (tasks && !vcpu && (entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/comm", vmm, entry->d_name);
		comm = fopen(path, "r");
		if (comm && fgets(name, sizeof(name), comm) && !strcmp(name, VCPU))
			vcpu = atoi(entry->d_name);
		if (comm)
			fclose(comm);
	}
	if (tasks)
		closedir(tasks);
	return vcpu;
}

/* The thread is at the end of a system call that was refused with -EFAULT. */
static bool is_refused(pid_t thread)
{
	struct __ptrace_syscall_info info = {};

	return ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval == -EFAULT;
}

/* It was interrupted by a signal instead, and here is one. */
static int make_interrupted(pid_t vmm, pid_t thread)
{
	uint64_t regs[34];	/* struct user_pt_regs of arm64; 0 has what is returned */
	struct iovec all = { regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &all))
		return -errno;
	regs[0] = -EINTR;
	if (ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &all) ||
	    tgkill(vmm, thread, SIGBUS))
		return -errno;
	return 0;
}

/* What memory_failure() sends the thread that met bad memory at @address. */
static int set_memory_error(pid_t thread, uint64_t address)
{
	siginfo_t info = { .si_signo = SIGBUS, .si_code = BUS_MCEERR_AR };

	info.si_addr = (void *)address;
	info.si_addr_lsb = __builtin_ctzl(nvg_page());
	return ptrace(PTRACE_SETSIGINFO, thread, NULL, &info) ? -errno : 0;
}

/* Until the thread's access is refused and the signal, with @address, is on its way. */
static int send_instead(pid_t vmm, pid_t thread, uint64_t address)
{
	int status, signal, err = 0;

	while (!err && waitpid(thread, &status, __WALL) == thread && WIFSTOPPED(status)) {
		signal = WSTOPSIG(status);
		if (status >> 16 == PTRACE_EVENT_STOP || signal == (SIGTRAP | 0x80))
			signal = 0;
		if (signal == SIGBUS) {
			err = set_memory_error(thread, address);
			ptrace(PTRACE_DETACH, thread, NULL, (long)SIGBUS);
			return err;
		}
		if (!signal && is_refused(thread))
			err = make_interrupted(vmm, thread);
		if (ptrace(PTRACE_SYSCALL, thread, NULL, (long)signal))
			err = -errno;
	}
	return err ?: -ECHILD;
}

FIXTURE(told) {
	struct nvg_vmm vmm;
	uint64_t base;		/* host physical address of the memory */
	int bar;
};

FIXTURE_SETUP(told)
{
	const char *why = nvg_vmm_need(&self->base, &self->bar);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(told)
{
	nvg_vmm_stop(&self->vmm);
}

/* The page at @at goes bad, and then the guest touches it. */
static int touch_bad_page(struct nvg_vmm *vmm, uint64_t base, uint64_t at)
{
	uint64_t bar = nvg_vmm_bar(vmm);
	pid_t vcpu = vcpu_of(vmm->pid);
	int err = nvg_report("{\"address\":%lu}", base + at);

	if (err || !vcpu || !bar)
		return err ?: -ENOENT;
	nvg_sleep_ms(1000);
	if (ptrace(PTRACE_SEIZE, vcpu, NULL, (long)PTRACE_O_TRACESYSGOOD) ||
	    ptrace(PTRACE_INTERRUPT, vcpu, NULL, NULL))
		return -errno;
	nvg_vmm_tell(vmm, "load", at, 0);
	return send_instead(vmm->pid, vcpu, bar + at);
}

TEST_F_TIMEOUT(told, I17_guest_is_told_of_the_bad_page_it_touches_and_goes_on, 600)
{
	uint64_t at = NVG_GIB + 64 * nvg_page();
	struct nvg_vmm *vmm = &self->vmm;

	ASSERT_EQ(0, nvg_vmm_start(vmm, self->bar, with_ras));
	nvg_vmm_tell(vmm, "store", at + nvg_page(), 0xbeef);
	ASSERT_TRUE(nvg_vmm_says(vmm, "guest: stored", NVG_VMM_ANSWER_S));
	ASSERT_EQ(0, touch_bad_page(vmm, self->base, at));
	EXPECT_TRUE(nvg_vmm_says(vmm, "guest: told", NVG_VMM_ANSWER_S));
	EXPECT_TRUE(nvg_vmm_loads(vmm, at + nvg_page(), "guest: loaded 0xbeef"));
}

TEST_F_TIMEOUT(told, I17_guest_without_ras_ends_at_the_bad_page_it_touches, 600)
{
	uint64_t at = NVG_GIB + 96 * nvg_page();
	struct nvg_vmm *vmm = &self->vmm;

	ASSERT_EQ(0, nvg_vmm_start(vmm, self->bar, without_ras));
	ASSERT_EQ(0, touch_bad_page(vmm, self->base, at));
	EXPECT_TRUE(nvg_vmm_says(vmm, "Hardware memory error!", NVG_VMM_ANSWER_S));
	EXPECT_FALSE(nvg_vmm_loads(vmm, at + nvg_page(), "guest: loaded"));
}

NVG_HARNESS_MAIN
