// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the memory usable since the last reset?
 *
 * After power-on and after every reset the link and the memory train for a
 * while; a touch before that is a RAS event on the host. Resets are remembered
 * by number: every cause moves the generation on, and the memory is usable
 * when the generation that was found trained is the current one. So a reset
 * can come at any moment, during a wait too, and is never lost.
 *
 * Everyone who uses the memory, or finds it usable, holds access_lock for read,
 * and the generation changes with it held for write (reset.c): nobody sees it
 * change under them. Nothing here waits for the hardware: that is wait.c's,
 * which asks here again and again.
 */
#include <linux/cleanup.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include "nvgrace_gpu.h"
#include "trace.h"

/*
 * For so long a reset, or recovery from an error, is taken to be under way: the
 * PCI core gives a device a minute to answer after one, and then gives up.
 */
#define NVGRACE_CHANGE_MS	90000

/* Lines about lost memory that the log gets of a GPU in a minute. */
#define NVGRACE_LINES		10

typedef int (*ask_fn)(const struct nvgrace_training_source *source,
		      void __iomem *bar0, struct nvgrace_training *t);

static bool under_way(const struct nvgrace_readiness *ready)
{
	return ready->generation & 1 || ready->recovering;
}

/*
 * The clock starts with the first "not yet", not with the reset, which may
 * itself have taken a minute. Who asks at the same time starts it as well.
 */
static int in_time(struct nvgrace_readiness *ready,
		   const struct nvgrace_training *t)
{
	ktime_t asked_at = READ_ONCE(ready->asked_at), now = ktime_get();

	if (!asked_at)
		WRITE_ONCE(ready->asked_at, now);
	else if (ktime_ms_delta(now, asked_at) > t->timeout_ms)
		return t->verdict;
	return -EAGAIN;
}

/* The first who finds the memory lost says so for everyone: true for that one. */
static bool first_to_give_up(struct nvgrace_readiness *ready, int error)
{
	u64 old = READ_ONCE(ready->failed);

	if (old == ready->generation)
		return false;
	WRITE_ONCE(ready->error, error);
	/* Pairs with known_state(): who sees the number sees why. */
	return cmpxchg_release(&ready->failed, old, ready->generation) == old;
}

/* One line for each clock: what its user can do to it, D0 to D0, buys no more. */
static void lose(struct nvgrace_device *nvg, const struct nvgrace_training *t,
		 int error)
{
	struct nvgrace_readiness *ready = &nvg->ready;

	if (!first_to_give_up(ready, error))
		return;
	WRITE_ONCE(ready->in_use, false);
	if (ready->told)
		return;
	ready->told = true;
	if (!__ratelimit(&nvg->lines))
		return;
	if (ready->abandoned)
		pci_err(nvg->core.pdev, "GPU is removed while it recovers from a PCI error: memory is unusable; end what uses it\n");
	else if (error == -ETIMEDOUT && under_way(ready))
		pci_err(nvg->core.pdev, "a reset, or recovery from a PCI error, has not ended after %u ms: memory is unusable until it does; the log before this line says why, unbind the GPU if it never does\n",
			t->timeout_ms);
	else
		nvgrace_training_log(&nvg->training, t, error);
}

/* What is known without asking: 0, -EAGAIN, or why the memory is lost. */
static int known_state(const struct nvgrace_readiness *ready)
{
	/*
	 * Pairs with ask_for_use(): what is done to the memory comes after the
	 * look at the registers, whoever looked.
	 */
	if (smp_load_acquire(&ready->usable) == ready->generation)
		return 0;
	/* Pairs with first_to_give_up(). */
	if (smp_load_acquire(&ready->failed) == ready->generation)
		return READ_ONCE(ready->error);
	return -EAGAIN;
}

static int question(struct nvgrace_device *nvg, ask_fn ask,
		    struct nvgrace_training *t)
{
	void __iomem *bar0;

	/* Pulled out, or removed: nobody will tell that what is under way is over. */
	if (nvg->ready.abandoned ||
	    nvg->core.pdev->error_state == pci_channel_io_perm_failure)
		return -ENODEV;
	/* Mid-reset the words may still read as before it, or as anything. */
	if (under_way(&nvg->ready)) {
		t->timeout_ms = NVGRACE_CHANGE_MS;
		t->verdict = -ETIMEDOUT;
		return -EAGAIN;
	}
	bar0 = vfio_pci_core_get_iomap(&nvg->core, 0);
	if (IS_ERR(bar0))
		return -EIO;
	return ask(&nvg->training, bar0, t);
}

/* Even who is late asks once before giving up. */
static int ask_hardware(struct nvgrace_device *nvg, ask_fn ask)
{
	struct nvgrace_readiness *ready = &nvg->ready;
	struct nvgrace_training t = {};
	int ret;

	lockdep_assert_held_read(&nvg->access_lock);

	ret = question(nvg, ask, &t);
	if (ret == -EAGAIN)
		ret = in_time(ready, &t);
	if (ret == -EAGAIN)
		return ret;
	/* Turning memory space on mends -EIO, and no callback tells of that. */
	if (ret && ret != -EIO)
		lose(nvg, &t, ret);
	trace_nvgrace_ready(nvg->core.pdev, ready->generation,
			    ktime_us_delta(ktime_get(), ready->began_at), ret);
	return ret;
}

/* Apart: an access whose answer is known makes no room for this on its stack. */
static noinline int ask_for_use(struct nvgrace_device *nvg)
{
	int ret = ask_hardware(nvg, nvgrace_training_ask);

	if (ret)
		return ret;
	WRITE_ONCE(nvg->ready.in_use, true);
	/* Pairs with known_state(). */
	smp_store_release(&nvg->ready.usable, nvg->ready.generation);
	return 0;
}

/**
 * nvgrace_ready_name() - what is known of the memory, without asking
 * @nvg: the device, open or not
 *
 * Return: "ready", "failed", or "unknown" since the last reset.
 */
const char *nvgrace_ready_name(struct nvgrace_device *nvg)
{
	guard(rwsem_read)(&nvg->access_lock);

	switch (known_state(&nvg->ready)) {
	case 0:
		return "ready";
	case -EAGAIN:
		return "unknown";
	default:
		return "failed";
	}
}

static int lock_memory(struct nvgrace_device *nvg, unsigned int state)
{
	if (state == TASK_INTERRUPTIBLE)
		return down_read_interruptible(&nvg->core.memory_lock);
	return down_read_killable(&nvg->core.memory_lock);
}

/**
 * nvgrace_memory_get() - begin to use the memory, if that may be done now
 * @nvg: an open device
 * @state: TASK_INTERRUPTIBLE or TASK_KILLABLE, which signals end a wait for
 *	the locks
 *
 * Takes memory_lock and access_lock for read and keeps them on success:
 * neither a reset nor the loss of memory space comes in between. Asks the
 * hardware when it is not known, but never waits for it.
 *
 * Context: process, may sleep on the locks, which are held for milliseconds
 * but for resets.
 * Return: 0 with both locks held; without: -EAGAIN when the memory must be
 * waited for with nvgrace_ready_wait(), -EIO when memory space is off or the
 * device is not in D0, as on a real BAR, -ETIMEDOUT when it did not train,
 * -ENODEV when it fell off the bus, -ERESTARTSYS for a signal.
 */
int nvgrace_memory_get(struct nvgrace_device *nvg, unsigned int state)
{
	int ret;

	if (lock_memory(nvg, state))
		return -ERESTARTSYS;
	if (nvg->core.pm_runtime_engaged ||
	    !__vfio_pci_memory_enabled(&nvg->core)) {
		up_read(&nvg->core.memory_lock);
		return -EIO;
	}
	down_read(&nvg->access_lock);

	ret = known_state(&nvg->ready);
	if (ret == -EAGAIN)
		ret = ask_for_use(nvg);
	if (ret)
		nvgrace_memory_put(nvg);
	return ret;
}

/**
 * nvgrace_memory_put() - end what nvgrace_memory_get() began
 * @nvg: the device
 */
void nvgrace_memory_put(struct nvgrace_device *nvg)
{
	up_read(&nvg->access_lock);
	up_read(&nvg->core.memory_lock);
}

/**
 * nvgrace_memory_ask() - is memory that was in use trained again?
 * @nvg: an open device
 *
 * Asks also with memory space off, which is how QEMU resets: memory_lock held
 * for write keeps everybody from using it while it is on for the question.
 *
 * Context: process, no lock held.
 * Return: -EAGAIN: not yet; all else ends a wait: 0 also when nobody had used
 * it, -EIO outside D0.
 */
int nvgrace_memory_ask(struct nvgrace_device *nvg)
{
	int ret = -EIO;

	if (!READ_ONCE(nvg->ready.in_use))
		return 0;
	if (down_write_killable(&nvg->core.memory_lock))
		return -ERESTARTSYS;
	down_read(&nvg->access_lock);

	if (!nvg->core.pm_runtime_engaged &&
	    !nvgrace_is_asleep(nvg)) {
		ret = known_state(&nvg->ready);
		if (ret == -EAGAIN)
			ret = ask_hardware(nvg, nvgrace_training_ask_closed);
	}

	up_read(&nvg->access_lock);
	up_write(&nvg->core.memory_lock);
	return ret;
}

/**
 * nvgrace_ready_init() - make ready what this file keeps
 * @nvg: the device, being allocated
 */
void nvgrace_ready_init(struct nvgrace_device *nvg)
{
	init_rwsem(&nvg->access_lock);
	ratelimit_state_init(&nvg->lines, 60 * HZ, NVGRACE_LINES);
	/* Without a line of its own about those that were left out. */
	ratelimit_set_flags(&nvg->lines, RATELIMIT_MSG_ON_RELEASE);
}
