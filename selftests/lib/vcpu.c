// SPDX-License-Identifier: GPL-2.0-only
/* Can a KVM guest run code in memory that was mapped for it? */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "nvg.h"

#define NOWHERE	0x10000000u	/* guest physical: no memory there */
#define ANSWER	0x5au
#define PATIENCE_S	6

#ifdef __aarch64__

/* Stores ANSWER to NOWHERE, which ends KVM_RUN. */
static const uint32_t code[] = {
	0x52800b41,	/* mov w1, #ANSWER */
	0xd2a20000,	/* mov x0, #NOWHERE */
	0xb9000001,	/* str w1, [x0] */
	0x14000000,	/* b . */
};

struct vcpu {
	int kvm;
	int vm;
	int fd;
	struct kvm_run *run;
};

static int start_vcpu(struct vcpu *vcpu, void *memory, size_t len)
{
	struct kvm_userspace_memory_region slot = {
		.memory_size = len, .userspace_addr = (uintptr_t)memory,
	};
	struct kvm_vcpu_init init;
	uint64_t pc = 0;
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		      KVM_REG_ARM_CORE_REG(regs.pc),
		.addr = (uintptr_t)&pc,
	};
	int size;

	vcpu->vm = ioctl(vcpu->kvm, KVM_CREATE_VM, 0);
	if (vcpu->vm < 0 ||
	    ioctl(vcpu->vm, KVM_SET_USER_MEMORY_REGION, &slot))
		return -errno;
	vcpu->fd = ioctl(vcpu->vm, KVM_CREATE_VCPU, 0);
	if (vcpu->fd < 0 ||
	    ioctl(vcpu->vm, KVM_ARM_PREFERRED_TARGET, &init) ||
	    ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init) ||
	    ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg))
		return -errno;
	size = ioctl(vcpu->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 vcpu->fd, 0);
	return vcpu->run == MAP_FAILED ? -errno : 0;
}

static void wake_up(int sig)
{
}

/* A guest that may not run what it must takes an abort after the other. */
static int run_vcpu(struct vcpu *vcpu)
{
	struct sigaction action = { .sa_handler = wake_up };
	uint32_t val = 0;
	int ret;

	sigaction(SIGALRM, &action, NULL);
	alarm(PATIENCE_S);
	ret = ioctl(vcpu->fd, KVM_RUN, 0) ? -errno : 0;
	alarm(0);
	if (ret)
		return ret;
	memcpy(&val, vcpu->run->mmio.data, sizeof(val));
	if (vcpu->run->exit_reason != KVM_EXIT_MMIO ||
	    vcpu->run->mmio.phys_addr != NOWHERE || val != ANSWER)
		return -EPROTO;
	return 0;
}

/*
 * Returns 0 when a guest ran code in memory, else a negative errno: -EINTR when
 * KVM kept it from running, as it does in memory that is not mapped cacheable.
 */
int nvg_run_guest_in(void *memory, size_t len)
{
	struct vcpu vcpu = { .vm = -1, .fd = -1 };
	int ret;

	vcpu.kvm = open("/dev/kvm", O_RDWR);
	if (vcpu.kvm < 0)
		return -errno;
	memcpy(memory, code, sizeof(code));
	__builtin___clear_cache(memory, (char *)memory + sizeof(code));
	ret = start_vcpu(&vcpu, memory, len);
	if (!ret)
		ret = run_vcpu(&vcpu);
	close(vcpu.fd);
	close(vcpu.vm);
	close(vcpu.kvm);
	return ret;
}

#else

int nvg_run_guest_in(void *memory, size_t len)
{
	return -EOPNOTSUPP;
}

#endif
