/* SPDX-License-Identifier: GPL-2.0-only */
/* What are user, memory and the rest of the driver to a unit test of rw.c? */
#ifndef NVGRACE_UNIT_RW_H
#define NVGRACE_UNIT_RW_H

#include "unit_time.h"
#include "unit_user.h"

#define NVGRACE_GPU_TRACE_H
#define min3(a, b, c)		min(a, min(b, c))
#define MEMORY			(5 * SZ_64K)
#define BAR			(8 * SZ_64K)
#define WINDOW			(2 * SZ_64K + 4096)	/* ends within a chunk */
#define AT(offset)		(VFIO_PCI_INDEX_TO_OFFSET(4) + (offset))

#include "../../region.c"

static struct pci_dev pdev;
static struct nvgrace_device nvg;
static u8 memory[MEMORY];
static u8 buffer[BAR + 64];
static u8 *const user = buffer;

static struct {
	u8 *reclaimed;		/* a page of the user's, missing until it is faulted in */
	unsigned int reclaims;	/* how often it goes away again */
	unsigned int faulted_in;
	int get_error;		/* of the memory, from this offset on */
	u64 get_error_at;
	unsigned int untrained;	/* how many times more */
	int wait_error;
	unsigned int gets, puts, waits;
	unsigned int rests;	/* in which others may run */
	bool no_window;
	u64 bad;		/* byte of memory where a bad page starts */
	u64 kill_at;		/* bytes copied when the fatal signal comes */
	u64 copied;
	unsigned int words;	/* copied as one */
	bool asleep;
	int awake;
	bool space_off;
	ssize_t traced;
} now;

static void unit_meanwhile(void) { }
static void unit_blocked(void) { }
static void unit_left_out(void) { }

static void cond_resched(void)
{
	CHECK(!unit_locks && !unit_locks_held, "rests with a lock");
	now.rests++;
}

#define fatal_signal_pending(task)	(now.copied >= now.kill_at)
#define pm_runtime_resume_and_get(dev)	((void)(dev), now.asleep ? -EIO : (now.awake++, 0))
#define pm_runtime_put(dev)		(now.awake--)
#define trace_nvgrace_rw(pdev, bar, offset, count, write, done)	(now.traced = (done))

static bool __vfio_pci_memory_enabled(const struct vfio_pci_core_device *core)
{
	CHECK(core->memory_lock.readers, "asked without the lock");
	return !now.space_off;
}

int nvgrace_memory_get(struct nvgrace_device *nvg, unsigned int state)
{
	CHECK(state == TASK_INTERRUPTIBLE, "%u", state);
	if (now.untrained) {
		now.untrained--;
		return -EAGAIN;
	}
	if (now.get_error && now.copied >= now.get_error_at)
		return now.get_error;
	now.gets++;
	unit_locks++;
	return 0;
}

void nvgrace_memory_put(struct nvgrace_device *nvg)
{
	now.puts++;
	unit_locks--;
}

int nvgrace_ready_wait(struct nvgrace_device *nvg, unsigned int state)
{
	CHECK(!unit_locks && !unit_locks_held, "waits with a lock");
	CHECK(state == TASK_INTERRUPTIBLE, "%u", state);
	now.waits++;
	return now.wait_error;
}

void *nvgrace_window_at(struct nvgrace_device *nvg, const struct nvgrace_region *region,
			u64 offset, u64 *avail)
{
	CHECK(unit_locks && nvg->window.lock.held, "mapped without the locks");
	CHECK(offset < MEMORY, "%#lx is not memory", offset);
	*avail = min(WINDOW - offset % WINDOW, MEMORY - offset);
	return now.no_window ? NULL : memory + offset;
}

u64 nvgrace_good_bytes(const struct nvgrace_device *nvg, const struct nvgrace_region *region,
		       u64 offset, u64 count)
{
	CHECK(count, "nothing is asked about");
	if (offset >= now.bad && offset < now.bad + PAGE_SIZE)
		return 0;
	return offset < now.bad ? min(count, now.bad - offset) : count;
}

/* How much can be copied without a fault. */
static size_t present(const void *at, size_t len)
{
	size_t there = unit_there(at, len);

	if (now.reclaimed)
		there = (u8 *)at < now.reclaimed ? min(there, (size_t)(now.reclaimed - (u8 *)at))
						 : 0;
	return there;
}

static unsigned long without_faults(void *to, const void *from, const void *users, size_t len)
{
	size_t there = present(users, len);

	CHECK(unit_locks == 1 && nvg.window.lock.held, "copied without the locks");
	CHECK(unit_pagefaults_off == 1, "a page fault with the locks held");
	CHECK(len && len <= SZ_64K, "%zu bytes under the locks (I6)", len);
	memcpy(to, from, there);
	now.copied += there;
	return len - there;
}

#define __copy_from_user_inatomic(to, from, len)	without_faults(to, from, from, len)
#define __copy_to_user_inatomic(to, from, len)		without_faults(to, from, to, len)

static int one_word(void *to, const void *from, const void *users)
{
	if (present(users, sizeof(u32)) < sizeof(u32))
		return -EFAULT;
	now.words++;
	return without_faults(to, from, users, sizeof(u32));
}

#define put_user(value, to)	({ u32 word_ = (value); one_word(to, &word_, to); })
#define get_user(value, from)	one_word(&(value), from, from)

/* Either way: how much of it is not there, now that it is asked for. */
static size_t fault_in_page(const void *at, size_t len)
{
	CHECK(!unit_locks && !unit_locks_held, "user memory is waited for with a lock");
	CHECK(len && len <= PAGE_SIZE, "%zu", len);
	now.faulted_in++;
	if (now.reclaims)
		now.reclaims--;
	else
		now.reclaimed = NULL;
	return len - unit_there(at, len);
}

static bool reading;

static size_t fault_in_to_read(const void *at, size_t len)
{
	CHECK(!reading, "faulted in for the other direction");
	return fault_in_page(at, len);
}

static size_t fault_in_safe_writeable(const void *at, size_t len)
{
	CHECK(reading, "faulted in for the other direction");
	return fault_in_page(at, len);
}

#define fault_in_readable	fault_in_to_read

#include "../../rw.c"

#endif
