// SPDX-License-Identifier: GPL-2.0-only
/* What does a KVM guest see of memory that was mapped for it? */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "nvg.h"

/* Of a VM; what Linux before 6.17 does not know. */
#ifndef KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED
#define KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED	243
#endif

#define NOWHERE	0x100000000ull	/* guest physical: above all memory */
#define ANSWER	0x5au
#define PATIENCE_S	20	/* beside other work; the harness has 30 */
#define STUCK_S		6	/* where no end is to be expected */

void nvg_guest_stop(struct nvg_guest *guest)
{
	close(guest->vcpu);
	close(guest->vm);
	close(guest->kvm);
}

/* Does KVM here map memory without struct page as the host's process has it mapped? */
const char *nvg_need_cached_guests(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, has;

	if (kvm < 0)
		return "no /dev/kvm";
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	has = vm < 0 ? -1 : ioctl(vm, KVM_CHECK_EXTENSION,
				  KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED);
	close(vm);
	close(kvm);
	return has > 0 ? NULL : "this KVM maps the memory as device memory";
}

#ifdef __aarch64__

static volatile sig_atomic_t late;

static void on_alarm(int sig)
{
	late = 1;
}

/* Memory at guest physical address gpa; slot: from 0 on. Returns 0 or -errno. */
int nvg_guest_memory(struct nvg_guest *guest, unsigned int slot, uint64_t gpa,
		     void *memory, size_t len)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .guest_phys_addr = gpa, .memory_size = len,
		.userspace_addr = (uintptr_t)memory,
	};

	return ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

static int set_register(struct nvg_guest *guest, uint64_t offset, uint64_t val)
{
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		      offset,
		.addr = (uintptr_t)&val,
	};

	return ioctl(guest->vcpu, KVM_SET_ONE_REG, &reg) ? -errno : 0;
}

#define SET_X(guest, n, val)	\
	set_register(guest, KVM_REG_ARM_CORE_REG(regs.regs[n]), val)

static int create_vcpu(struct nvg_guest *guest)
{
	struct kvm_vcpu_init init;
	int size;

	guest->vcpu = ioctl(guest->vm, KVM_CREATE_VCPU, 0);
	if (guest->vcpu < 0 ||
	    ioctl(guest->vm, KVM_ARM_PREFERRED_TARGET, &init) ||
	    ioctl(guest->vcpu, KVM_ARM_VCPU_INIT, &init))
		return -errno;
	size = ioctl(guest->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	guest->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			  guest->vcpu, 0);
	return guest->run == MAP_FAILED ? -errno : 0;
}

/* A guest without memory, its MMU off, that begins at 0. Returns 0 or -errno. */
static int start_guest(struct nvg_guest *guest)
{
	int ret;

	*guest = (struct nvg_guest){ .vm = -1, .vcpu = -1 };
	guest->kvm = open("/dev/kvm", O_RDWR);
	guest->vm = ioctl(guest->kvm, KVM_CREATE_VM, 0);
	if (guest->kvm < 0 || guest->vm < 0)
		return -errno;
	ret = create_vcpu(guest);
	return ret ?: set_register(guest, KVM_REG_ARM_CORE_REG(regs.pc), 0);
}

/* Until the guest stores to NOWHERE, which it is the value of: *val. */
static int run_guest(struct nvg_guest *guest, uint64_t *val, int seconds)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct kvm_run *run = guest->run;
	int ret;

	sigaction(SIGALRM, &action, NULL);
	late = 0;
	alarm(seconds);
	do {
		ret = ioctl(guest->vcpu, KVM_RUN, 0) ? -errno : 0;
	} while (ret == -EINTR && !late);
	alarm(0);
	if (ret)
		return ret;
	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr != NOWHERE)
		return -EPROTO;
	*val = 0;
	memcpy(val, run->mmio.data, run->mmio.len);
	return 0;
}

/*
 * Returns 0 when a guest ran code in memory, else a negative errno: -EINTR when
 * KVM kept it from running, as it does in memory that is not mapped cacheable.
 */
int nvg_run_guest_in(void *memory, size_t len)
{
	/* Stores ANSWER to NOWHERE. */
	static const uint32_t code[] = {
		0x52800b41,	/* mov w1, #ANSWER */
		0xd2c00020,	/* mov x0, #NOWHERE */
		0xb9000001,	/* str w1, [x0] */
		0x14000000,	/* b . */
	};
	struct nvg_guest guest;
	uint64_t val = 0;
	int ret;

	memcpy(memory, code, sizeof(code));
	__builtin___clear_cache(memory, (char *)memory + sizeof(code));
	ret = start_guest(&guest);
	if (!ret)
		ret = nvg_guest_memory(&guest, 0, 0, memory, len);
	if (!ret)
		ret = run_guest(&guest, &val, STUCK_S);
	nvg_guest_stop(&guest);
	return ret ?: val == ANSWER ? 0 : -EPROTO;
}

/* A guest that loads what nvg_guest_load() says, its code in memory of its own. */
int nvg_guest_start_loader(struct nvg_guest *guest)
{
	static const uint32_t code[] = {
		0xf9000022,	/* str x2, [x1] */
		0xf9400002,	/* ldr x2, [x0] */
		0x17fffffe,	/* b . - 8 */
	};
	void *memory = mmap(NULL, nvg_page(), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t val;
	int ret = start_guest(guest);

	memcpy(memory, code, sizeof(code));
	__builtin___clear_cache(memory, (char *)memory + sizeof(code));
	if (!ret)
		ret = nvg_guest_memory(guest, 0, 0, memory, nvg_page());
	if (!ret)
		ret = SET_X(guest, 1, NOWHERE);
	/* To the first store, after which it waits for an address. */
	return ret ?: run_guest(guest, &val, PATIENCE_S);
}

/* One load by the guest of 8 bytes at gpa. Returns 0 or what KVM_RUN says. */
int nvg_guest_load(struct nvg_guest *guest, uint64_t gpa, uint64_t *val)
{
	int ret = SET_X(guest, 0, gpa);

	return ret ?: run_guest(guest, val, PATIENCE_S);
}

/*
 * From now on it loads from gpa again and again; scratch is memory of the guest.
 * Returns 0 or -errno.
 */
int nvg_guest_aim(struct nvg_guest *guest, uint64_t gpa, uint64_t scratch)
{
	int ret = SET_X(guest, 0, gpa);

	return ret ?: SET_X(guest, 1, scratch);
}

/* Lets it run until KVM_RUN fails, -EINTR: a signal came. Returns why. */
int nvg_guest_run(struct nvg_guest *guest)
{
	return ioctl(guest->vcpu, KVM_RUN, 0) ? -errno : 0;
}

/*
 * Loads from gpa again and again, until KVM_RUN fails: returns why. -EINTR: it
 * did not fail for some seconds. scratch is memory of the guest.
 */
int nvg_guest_load_on(struct nvg_guest *guest, uint64_t gpa, uint64_t scratch)
{
	uint64_t val;
	int ret = nvg_guest_aim(guest, gpa, scratch);

	return ret ?: run_guest(guest, &val, PATIENCE_S);
}

#else

int nvg_guest_aim(struct nvg_guest *guest, uint64_t gpa, uint64_t scratch)
{
	return -EOPNOTSUPP;
}

int nvg_guest_run(struct nvg_guest *guest)
{
	return -EOPNOTSUPP;
}

int nvg_guest_memory(struct nvg_guest *guest, unsigned int slot, uint64_t gpa,
		     void *memory, size_t len)
{
	return -EOPNOTSUPP;
}

int nvg_run_guest_in(void *memory, size_t len)
{
	return -EOPNOTSUPP;
}

int nvg_guest_start_loader(struct nvg_guest *guest)
{
	*guest = (struct nvg_guest){ .kvm = -1, .vm = -1, .vcpu = -1 };
	return -EOPNOTSUPP;
}

int nvg_guest_load(struct nvg_guest *guest, uint64_t gpa, uint64_t *val)
{
	return -EOPNOTSUPP;
}

int nvg_guest_load_on(struct nvg_guest *guest, uint64_t gpa, uint64_t scratch)
{
	return -EOPNOTSUPP;
}

#endif
