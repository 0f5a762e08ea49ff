// SPDX-License-Identifier: GPL-2.0-only
/* What does the running kernel say of the host? */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bind.h"
#include "machine.h"

/* Older headers; the numbers are the kernel's and do not change. */
#ifndef KVM_CAP_ARM_VM_IPA_SIZE
#define KVM_CAP_ARM_VM_IPA_SIZE	165
#endif
#ifndef KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED
#define KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED	243
#endif

/* A virtual machine that never runs is asked: /dev/kvm does not know. */
static int ask_kvm(struct machine *machine)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, bits;

	if (kvm < 0)
		return errno;
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0) {
		int err = errno;

		close(kvm);
		return err;
	}
	machine->kvm_cacheable =
		ioctl(vm, KVM_CHECK_EXTENSION,
		      KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED) > 0;
	/* 0: as large as it has always been. */
	bits = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);
	machine->kvm_address_bits = bits > 0 ? bits : 40;
	close(vm);
	close(kvm);
	return 0;
}

/*
 * The two without which KVM does not map cacheable memory that has no struct
 * page. Programs may read the register of DIC; of FWB the kernel tells only in
 * its log, which may have forgotten.
 */
static void ask_cpus(struct machine *machine)
{
#ifdef __aarch64__
	uint64_t ctr;

	asm("mrs %0, ctr_el0" : "=r" (ctr));
	machine->dic = (struct number) { true, ctr >> 29 & 1 };
#endif
	machine->fwb.known = kernel_log_has("CPU features: detected: ");
	machine->fwb.value = kernel_log_has("detected: Stage-2 Force Write-Back");
}

static bool may_lock_all(void)
{
	const struct host here = { .root = "" };
	char *text, *line;
	bool may = false;

	if (file_read(&here, &text, "/proc/self/status") < 0)
		return false;
	line = strstr(text, "\nCapEff:");
	if (line)
		may = strtoull(line + 8, NULL, 16) & (1ULL << CAP_IPC_LOCK);
	free(text);
	return may;
}

static void ask_limits(struct machine *machine)
{
	struct rlimit limit;

	machine->page_size = (struct number) { true, sysconf(_SC_PAGESIZE) };
	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	machine->memory_lock.known = true;
	machine->memory_lock.value =
		limit.rlim_cur == RLIM_INFINITY || may_lock_all() ?
		UINT64_MAX : limit.rlim_cur;
}

void machine_read(const struct host *host, struct machine *machine)
{
	struct notes groups = {};

	*machine = (struct machine) {};
	directory_list(host, &groups, "/sys/kernel/iommu_groups");
	machine->iommu_groups = groups.nr;
	notes_free(&groups);
	machine->driver_available = driver_available(host);
	machine->huge_pages =
		file_exists(host, "/sys/kernel/mm/transparent_hugepage");
	machine->iommufd = file_exists(host, "/dev/iommu");
	if (*host->root)
		return;
	ask_limits(machine);
	ask_cpus(machine);
	machine->kvm_asked = true;
	machine->kvm_error = ask_kvm(machine);
}
