// SPDX-License-Identifier: GPL-2.0-only
/*
 * How do read() and write() reach a region?
 *
 * A chunk at a time: wait for the memory without a lock, take it, copy through
 * a bounded kernel window with page faults off, give it back. A user page that
 * is missing is faulted in outside the locks and the chunk tried again, as the
 * fault may need memory_lock itself (the buffer can be a mapping of this very
 * BAR). Nothing is copied twice and nothing of the memory is mapped but the
 * window, so a first access costs the same whatever the memory's size.
 */
#include <linux/cleanup.h>
#include <linux/pagemap.h>
#include <linux/pm_runtime.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include "nvgrace_gpu.h"
#include "trace.h"

/* Bytes copied with the locks held: microseconds of work. */
#define NVGRACE_CHUNK		SZ_64K

/* What the padding reads: all ones, like any address that nobody decodes. */
static const u8 nvgrace_ones[SZ_4K] = { [0 ... SZ_4K - 1] = 0xff };

/**
 * struct transfer - one read() or write() on its way
 * @nvg: the device
 * @region: which of its regions
 * @offset: next byte, from the BAR's start
 * @user: where it goes or comes from
 * @left: bytes of memory still to go
 * @write: user to memory, else memory to user
 */
struct transfer {
	struct nvgrace_device *nvg;
	const struct nvgrace_region *region;
	u64 offset;
	char __user *user;
	u64 left;
	bool write;
};

/* A register's worth is one access, as on a real BAR; false: not done. */
static bool copy_word(const struct transfer *t, u32 *va)
{
	u32 __user *user = (u32 __user *)t->user;
	u32 word;

	if (!t->write)
		return !put_user(READ_ONCE(*va), user);
	if (get_user(word, user))
		return false;
	WRITE_ONCE(*va, word);
	return true;
}

/* Bytes not copied; a word whose end is not there is copied as far as it is. */
static unsigned long copy(const struct transfer *t, void *va, u64 count)
{
	if (count == sizeof(u32) && IS_ALIGNED(t->offset, sizeof(u32)) &&
	    copy_word(t, va))
		return 0;
	if (t->write)
		return __copy_from_user_inatomic(va, t->user, count);
	return __copy_to_user_inatomic(t->user, va, count);
}

/* Copy what can be copied without a page fault: bytes done or -errno. */
static ssize_t copy_chunk(struct transfer *t)
{
	unsigned long rest;
	u64 avail;
	void *va;

	guard(mutex)(&t->nvg->window.lock);

	va = nvgrace_window_at(t->nvg, t->region, t->offset, &avail);
	if (!va)
		return -ENOMEM;
	avail = min3(avail, t->left, NVGRACE_CHUNK);
	avail = nvgrace_good_bytes(t->nvg, t->region, t->offset, avail);
	if (!avail)
		return -EHWPOISON;

	pagefault_disable();
	rest = copy(t, va, avail);
	pagefault_enable();
	return avail - rest;
}

/* One chunk under the locks: bytes done, 0 for a missing user page, -errno. */
static ssize_t move_chunk(struct transfer *t)
{
	ssize_t ret;

	for (;;) {
		ret = nvgrace_memory_get(t->nvg, TASK_INTERRUPTIBLE);
		if (!ret)
			break;
		if (ret == -EAGAIN)
			ret = nvgrace_ready_wait(t->nvg, TASK_INTERRUPTIBLE);
		if (ret)
			return ret;
	}
	ret = copy_chunk(t);
	nvgrace_memory_put(t->nvg);
	return ret;
}

static int fault_in(const struct transfer *t)
{
	size_t size = min(t->left, PAGE_SIZE);
	size_t missing;

	if (t->write)
		missing = fault_in_readable(t->user, size);
	else
		missing = fault_in_safe_writeable(t->user, size);
	return missing == size ? -EFAULT : 0;
}

/* Move all of @t: 0, or why it stopped; @t->left tells how far it got. */
static int move_memory(struct transfer *t)
{
	unsigned int tries = 0;
	ssize_t moved;

	while (t->left) {
		if (fatal_signal_pending(current))
			return -EINTR;

		moved = move_chunk(t);
		if (moved < 0)
			return moved;
		t->offset += moved;
		t->user += moved;
		t->left -= moved;

		if (moved)
			tries = 0;
		else if (++tries > NVGRACE_FAULT_TRIES || fault_in(t))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

static int padding_accessible(struct nvgrace_device *nvg)
{
	guard(rwsem_read)(&nvg->core.memory_lock);

	if (nvg->core.pm_runtime_engaged ||
	    !__vfio_pci_memory_enabled(&nvg->core))
		return -EIO;
	return 0;
}

/*
 * Read @count bytes of padding: bytes done. A copy may stop some bytes before the
 * place that is not there, and is tried again until it does not move (I1).
 */
static u64 read_padding(char __user *user, u64 count)
{
	u64 done = 0;

	while (done < count && !fatal_signal_pending(current)) {
		size_t piece = min(count - done, sizeof(nvgrace_ones));
		size_t rest = copy_to_user(user + done, nvgrace_ones, piece);

		done += piece - rest;
		if (rest == piece)
			break;
		cond_resched();
	}
	return done;
}

/* The padding after the memory: bytes done, or -errno when there are none. */
static ssize_t move_padding(struct nvgrace_device *nvg, char __user *user,
			    u64 count, bool write)
{
	u64 done;
	int ret;

	ret = padding_accessible(nvg);
	if (ret)
		return ret;
	if (write)
		return count;

	done = read_padding(user, count);
	if (done)
		return done;
	return fatal_signal_pending(current) ? -EINTR : -EFAULT;
}

/* Memory, then padding; an error after the first byte is a short count. */
static ssize_t move_span(struct transfer *t, const struct nvgrace_span *span)
{
	ssize_t done, pad;
	int ret;

	t->left = span->mem;
	ret = move_memory(t);
	done = span->mem - t->left;
	if (ret)
		return done ?: ret;
	if (!span->pad)
		return done;

	pad = move_padding(t->nvg, t->user, span->pad, t->write);
	if (pad < 0)
		return done ?: pad;
	return done + pad;
}

/**
 * nvgrace_region_rw() - read() or write() on a made-up BAR
 * @nvg: an open device
 * @region: which of its regions
 * @buf: user buffer, checked with access_ok() by the VFS; only read from when
 *	@write
 * @count: bytes asked for, not 0
 * @ppos: VFIO file offset, moved on by what is returned
 * @write: user to memory, else memory to user
 *
 * Context: process, no lock held; waits for the memory to be trained, until a
 * signal comes.
 * Return: bytes done, fewer than @count at the BAR's end or after an error;
 * with no byte done: -EINVAL at and past the BAR's end, -EFAULT, -EINTR,
 * -ENOMEM, -EHWPOISON for a bad page, or what nvgrace_memory_get() says.
 */
ssize_t nvgrace_region_rw(struct nvgrace_device *nvg,
			  const struct nvgrace_region *region,
			  char __user *buf, size_t count, loff_t *ppos,
			  bool write)
{
	u64 offset = *ppos & VFIO_PCI_OFFSET_MASK;
	struct device *dev = &nvg->core.pdev->dev;
	struct transfer t = {
		.nvg = nvg,
		.region = region,
		.offset = offset,
		.user = buf,
		.write = write,
	};
	struct nvgrace_span span;
	ssize_t done;

	span = nvgrace_region_clip(region, offset, count);
	if (!span.mem && !span.pad)
		return -EINVAL;
	if (pm_runtime_resume_and_get(dev))
		return -EIO;

	done = move_span(&t, &span);
	pm_runtime_put(dev);
	if (done > 0) {
		*ppos += done;
		nvgrace_count(nvg, write ? NVGRACE_BYTES_WRITTEN : NVGRACE_BYTES_READ,
			      done);
	}
	trace_nvgrace_rw(nvg->core.pdev, region->bar, offset, count, write, done);
	return done;
}
