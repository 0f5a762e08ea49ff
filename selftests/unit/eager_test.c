// SPDX-License-Identifier: GPL-2.0-only
/* Does eager.c fill each table of a mapping once, and stop where it may not go on? */
#include "check.h"
#include "kernel_stand_in.h"

#define TASK_KILLABLE		2
#define TWA_RESUME		1
#define GFP_KERNEL_ACCOUNT	GFP_KERNEL
#define PMD_SIZE		(PAGE_SIZE << (PAGE_SHIFT - 3))
#define PMD_MASK		(~(PMD_SIZE - 1))
#define PUD_SIZE		(PMD_SIZE << (PAGE_SHIFT - 3))
#define PUD_MASK		(~(PUD_SIZE - 1))
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define ALIGN(x, a)		(((x) + (a) - 1) & ~((a) - 1))
#define BORDER			(8 * PUD_SIZE)

struct file {
	int references;
};

struct callback_head {
	void (*func)(struct callback_head *work);
};

struct follow_pfnmap_args {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned long addr_mask;
};

struct mm {
	int readers;
};

static struct {
	struct vm_area_struct vma;
	bool unmapped;			/* another's VMA is the next one */
	unsigned int unmapped_at;	/* in which fault */
	unsigned long pages_until;	/* small leaves below, blocks from there on */
	unsigned long mask;		/* of those */
	unsigned int no_leaf_at;	/* which fault leaves nothing behind */
	unsigned int fail_at;		/* which fails */
	unsigned int lost_after;	/* how many faults the memory is lost */
	unsigned int killed_after;
	bool lock_is_killed;
	unsigned int faults, follows, gets, rests;
	unsigned long next;		/* where the next fault is to be */
	bool no_memory, exits;
	struct callback_head *work;
	struct mm mm;
} now;

static struct file file, another;
static struct task {
	struct mm *mm;
} task = { .mm = &now.mm }, *current = &task;

#define kmalloc(size, flags)		(now.no_memory ? NULL : malloc(size))
#define get_file(f)			((f)->references++, (f))
#define fput(f)				((f)->references--)
#define init_task_work(work, f)		((work)->func = (f))
#define fatal_signal_pending(task)	(now.faults >= now.killed_after)
#define mmap_read_unlock(mm)		((mm)->readers--)

static int task_work_add(struct task *task, struct callback_head *work, int mode)
{
	CHECK(task == current && mode == TWA_RESUME, "another's work, or at another time");
	now.work = now.exits ? NULL : work;
	return now.exits ? -ESRCH : 0;
}

static void cond_resched(void)
{
	CHECK(!now.mm.readers, "rests with the lock");
	now.rests++;
}

static int mmap_read_lock_killable(struct mm *mm)
{
	if (now.lock_is_killed)
		return -EINTR;
	mm->readers++;
	return 0;
}

static struct vm_area_struct *find_vma(struct mm *mm, unsigned long addr)
{
	CHECK(mm->readers, "looked for without the lock");
	return !now.unmapped && addr < now.vma.vm_end ? &now.vma : NULL;
}

static bool is_small(unsigned long addr)
{
	return addr < now.pages_until;
}

static int fixup_user_fault(struct mm *mm, unsigned long addr, unsigned int flags, bool *unlocked)
{
	unsigned long table = is_small(addr) ? PMD_SIZE : PUD_SIZE;

	CHECK(mm->readers == 1 && !flags, "%u", flags);
	CHECK(addr == now.next, "%#lx, not %#lx", addr, now.next);
	CHECK(addr >= now.vma.vm_start && addr < now.vma.vm_end, "%#lx is not ours", addr);
	now.faults++;
	now.next = ALIGN(addr + 1, table);
	if (now.faults == now.no_leaf_at)
		now.next = addr + PAGE_SIZE;
	if (now.faults == now.unmapped_at)
		now.unmapped = true;
	*unlocked = false;
	return now.faults == now.fail_at ? -EFAULT : 0;
}

static int follow_pfnmap_start(struct follow_pfnmap_args *args)
{
	CHECK(args->vma == &now.vma && now.mm.readers, "%p", args->vma);
	if (now.faults == now.no_leaf_at)
		return -EINVAL;
	now.follows++;
	args->addr_mask = is_small(args->address) ? PAGE_MASK : now.mask;
	return 0;
}

static void follow_pfnmap_end(struct follow_pfnmap_args *args)
{
	now.follows--;
}

#include "../../nvgrace_gpu.h"

static struct nvgrace_device nvg;

int nvgrace_memory_get(struct nvgrace_device *device, unsigned int state)
{
	CHECK(device == &nvg && state == TASK_KILLABLE && !now.mm.readers, "%u", state);
	if (now.faults >= now.lost_after)
		return -EAGAIN;
	now.gets++;
	return 0;
}

void nvgrace_memory_put(struct nvgrace_device *nvg)
{
	now.gets--;
}

#include "../../eager.c"

/* A mapping from @before bytes before the border of two tables to @behind bytes behind it. */
static void set_up(unsigned long before, unsigned long behind)
{
	memset(&now, 0, sizeof(now));
	now.vma.vm_start = BORDER - before;
	now.vma.vm_end = BORDER + behind;
	now.vma.vm_file = &file;
	now.pages_until = BORDER + PMD_SIZE;
	now.mask = PMD_MASK;
	now.lost_after = now.killed_after = ~0u;
	now.next = now.vma.vm_start;
	file.references = 1;
}

/* mmap(), and the task's way back from it: how many faults. */
static unsigned int faults(void)
{
	CHECK(!nvgrace_populate(&nvg, &now.vma), "refused");
	CHECK(!now.faults, "built before mm has linked the mapping (I11)");
	if (now.work) {
		CHECK(file.references == 2, "the device may be closed");
		now.work->func(now.work);
	}
	CHECK(file.references == 1 && !now.mm.readers && !now.gets && !now.follows,
	      "something is kept");
	return now.faults;
}

static void I9_each_table_is_filled_by_one_fault(void)
{
	/* Pages before the border and a table behind it; then blocks, in two tables. */
	set_up(3 * PAGE_SIZE, PUD_SIZE + 2 * PMD_SIZE);
	CHECK(faults() == 4 && now.next == BORDER + 2 * PUD_SIZE, "%u, %#lx", now.faults, now.next);
	CHECK(now.rests == 4, "others run after each table: %u", now.rests);
	set_up(0, PMD_SIZE);
	CHECK(faults() == 1, "%u", now.faults);
	set_up(PMD_SIZE, PMD_SIZE + PAGE_SIZE);
	CHECK(faults() == 3, "%u", now.faults);
	/* The largest leaf is a table of blocks, too. */
	set_up(0, 3 * PUD_SIZE);
	now.pages_until = 0;
	now.mask = PUD_MASK;
	CHECK(faults() == 3, "%u", now.faults);
}

/* A bad page, say: its neighbour has a fault of its own. */
static void I17_what_is_not_mapped_is_passed_over(void)
{
	set_up(3 * PAGE_SIZE, PMD_SIZE);
	now.no_leaf_at = 1;
	CHECK(faults() == 3, "%u", now.faults);
}

static void I11_it_stops_when_the_memory_is_not_usable(void)
{
	for (unsigned int after = 0; after < 3; after++) {
		set_up(PMD_SIZE, 2 * PUD_SIZE);
		now.lost_after = after;
		CHECK(faults() == after, "%u", now.faults);
	}
}

static void I6_a_kill_ends_it(void)
{
	for (unsigned int after = 0; after < 3; after++) {
		set_up(PMD_SIZE, 2 * PUD_SIZE);
		now.killed_after = after;
		CHECK(faults() == after, "%u", now.faults);
	}
	set_up(PMD_SIZE, 2 * PUD_SIZE);
	now.lock_is_killed = true;
	CHECK(!faults(), "%u", now.faults);
}

static void I20_it_stops_where_the_mapping_is_another(void)
{
	set_up(PMD_SIZE, 2 * PUD_SIZE);
	now.fail_at = 2;
	CHECK(faults() == 2, "a fault that failed: %u", now.faults);
	set_up(PMD_SIZE, 2 * PUD_SIZE);
	now.unmapped_at = 2;
	CHECK(faults() == 2, "unmapped in a fault: %u", now.faults);
	set_up(PMD_SIZE, 2 * PUD_SIZE);
	now.unmapped = true;
	CHECK(!faults(), "unmapped before it: %u", now.faults);
	/* What is mapped between mmap() and its end. */
	set_up(PMD_SIZE, 2 * PUD_SIZE);
	CHECK(!nvgrace_populate(&nvg, &now.vma), "refused");
	now.vma.vm_start += PAGE_SIZE;
	now.work->func(now.work);
	CHECK(!now.faults && file.references == 1, "another begins later: %u", now.faults);
	set_up(PMD_SIZE, 2 * PUD_SIZE);
	CHECK(!nvgrace_populate(&nvg, &now.vma), "refused");
	now.vma.vm_file = &another;
	now.work->func(now.work);
	CHECK(!now.faults && file.references == 1, "another file's: %u", now.faults);
}

static void I20_what_cannot_be_done_leaves_nothing(void)
{
	set_up(0, PMD_SIZE);
	now.exits = true;
	CHECK(!faults(), "a task that exits");
	set_up(0, PMD_SIZE);
	now.no_memory = true;
	CHECK(nvgrace_populate(&nvg, &now.vma) == -ENOMEM && file.references == 1, "no memory");
}

int main(void)
{
	CLAIM(I9_each_table_is_filled_by_one_fault);
	CLAIM(I17_what_is_not_mapped_is_passed_over);
	CLAIM(I11_it_stops_when_the_memory_is_not_usable);
	CLAIM(I6_a_kill_ends_it);
	CLAIM(I20_it_stops_where_the_mapping_is_another);
	CLAIM(I20_what_cannot_be_done_leaves_nothing);
	return unit_end();
}
