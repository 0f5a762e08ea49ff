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
 * The generation changes under access_lock held for write only, and everyone
 * who uses the memory, or finds it usable, holds access_lock for read: nobody
 * sees it change under them, and a reset begins only after they are done.
 * That lock is apart from memory_lock because the core holds memory_lock over
 * some resets (ioctl, FLR through config space) and not over others (sysfs,
 * error recovery), and a callback cannot tell which. A wait polls: it holds
 * the locks for two register reads, and sleeps with none.
 */
#include <linux/cleanup.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "nvgrace_gpu.h"
#include "trace.h"

/**
 * nvgrace_poll_interval_us() - how long to sleep before asking again
 * @elapsed_us: microseconds since the reset began, any value
 *
 * A finished training is noticed within 5 % of its time or 20 ms, whichever is
 * larger (I13): the interval stays below both with room for a late timer, and
 * starts at a millisecond for those that are quick.
 *
 * Return: microseconds, at least 1000.
 */
u64 nvgrace_poll_interval_us(u64 elapsed_us)
{
	u64 ramp = clamp(elapsed_us, 1000, 19000);

	return max(ramp, elapsed_us / 21);
}

/* Sleep until it is worth asking again: 0, or -EINTR for a killed task. */
static int sleep_killable(ktime_t reset_at)
{
	u64 us = nvgrace_poll_interval_us(ktime_us_delta(ktime_get(), reset_at));
	ktime_t timeout = us_to_ktime(us);

	set_current_state(TASK_KILLABLE);
	schedule_hrtimeout_range(&timeout, 100 * NSEC_PER_USEC,
				 HRTIMER_MODE_REL);
	return fatal_signal_pending(current) ? -EINTR : 0;
}

static bool late(ktime_t reset_at, const struct nvgrace_training *t)
{
	return ktime_ms_delta(ktime_get(), reset_at) > t->timeout_ms;
}

/*
 * The first who finds the memory lost says so in the log and for everyone: the
 * answer stands until the generation moves on. Several may ask at once.
 */
static bool first_to_give_up(struct nvgrace_readiness *ready, int error)
{
	u64 old = READ_ONCE(ready->failed);

	WRITE_ONCE(ready->error, error);
	return old != ready->generation &&
	       cmpxchg(&ready->failed, old, ready->generation) == old;
}

/* What is known without asking: 0, -EAGAIN, or why the memory is lost. */
static int known_state(const struct nvgrace_readiness *ready)
{
	if (READ_ONCE(ready->usable) == ready->generation)
		return 0;
	if (READ_ONCE(ready->failed) == ready->generation)
		return READ_ONCE(ready->error);
	return -EAGAIN;
}

/* Apart: an access whose answer is known makes no room for this on its stack. */
static noinline int ask_hardware(struct nvgrace_device *nvg)
{
	struct nvgrace_readiness *ready = &nvg->ready;
	const struct nvgrace_training_source *source = &nvg->training;
	struct nvgrace_training t;
	void __iomem *bar0;
	int ret;

	/* Mid-reset the words may still read as before it, or as anything. */
	if (ready->generation & 1 || ready->recovering)
		return -EAGAIN;
	bar0 = vfio_pci_core_get_iomap(&nvg->core, 0);
	if (IS_ERR(bar0))
		return -EIO;

	ret = nvgrace_training_ask(source, bar0, &t);
	if (!ret)
		WRITE_ONCE(ready->usable, ready->generation);
	if (ret == -EAGAIN && late(ready->reset_at, &t))
		ret = -ETIMEDOUT;
	/* Turning memory space on mends -EIO, and no callback tells of that. */
	if (ret && ret != -EAGAIN && ret != -EIO && first_to_give_up(ready, ret))
		nvgrace_training_log(source, &t, ret);
	if (ret != -EAGAIN)
		trace_nvgrace_ready(nvg->core.pdev, ready->generation,
				    ktime_us_delta(ktime_get(), ready->reset_at),
				    ret);
	return ret;
}

/* Ask unless it is known; even a late asker asks once before giving up. */
static int ask(struct nvgrace_device *nvg)
{
	int ret;

	lockdep_assert_held_read(&nvg->access_lock);

	ret = known_state(&nvg->ready);
	return ret == -EAGAIN ? ask_hardware(nvg) : ret;
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

/* Both locks, with memory space on and the device in D0, as on a real BAR. */
static int lock_enabled(struct nvgrace_device *nvg)
{
	if (down_read_killable(&nvg->core.memory_lock))
		return -EINTR;
	if (nvg->core.pm_runtime_engaged ||
	    !__vfio_pci_memory_enabled(&nvg->core)) {
		up_read(&nvg->core.memory_lock);
		return -EIO;
	}
	down_read(&nvg->access_lock);
	return 0;
}

/**
 * nvgrace_memory_get() - begin to use the memory, if that may be done now
 * @nvg: an open device
 *
 * Takes memory_lock and access_lock for read and keeps them on success:
 * neither a reset nor the loss of memory space comes in between. Asks the
 * hardware when it is not known, but never waits for it.
 *
 * Context: process, may sleep on the locks, which are held for milliseconds
 * but for resets.
 * Return: 0 with both locks held; without: -EAGAIN when the memory must be
 * waited for with nvgrace_ready_wait(), -EIO when memory space is off or the
 * device is not in D0, -ETIMEDOUT when it did not train, -ENODEV when it fell
 * off the bus, -EINTR when the task was killed.
 */
int nvgrace_memory_get(struct nvgrace_device *nvg)
{
	int ret;

	ret = lock_enabled(nvg);
	if (ret)
		return ret;

	ret = ask(nvg);
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
 * nvgrace_ready_wait() - wait until the memory may be used
 * @nvg: an open device, kept open by the caller
 *
 * One reset costs one full timeout at the most, however many wait and whenever
 * they come; from then on the answer is immediate.
 *
 * Context: process, sleeps without any lock; the caller holds none.
 * Return: 0 when a nvgrace_memory_get() is worth trying, else as there.
 */
int nvgrace_ready_wait(struct nvgrace_device *nvg)
{
	ktime_t reset_at;
	int ret;

	nvgrace_count(nvg, NVGRACE_WAITS, 1);
	for (;;) {
		ret = lock_enabled(nvg);
		if (ret)
			return ret;
		ret = ask(nvg);
		reset_at = nvg->ready.reset_at;
		nvgrace_memory_put(nvg);
		if (ret != -EAGAIN)
			return ret;
		if (sleep_killable(reset_at))
			return -EINTR;
	}
}

static int wait_source(const struct nvgrace_training_source *source,
		       void __iomem *bar0)
{
	ktime_t start = ktime_get();
	struct nvgrace_training t;
	int ret;

	for (;;) {
		ret = nvgrace_training_ask(source, bar0, &t);
		if (ret == -EAGAIN && late(start, &t))
			ret = -ETIMEDOUT;
		if (ret && ret != -EAGAIN)
			nvgrace_training_log(source, &t, ret);
		if (ret != -EAGAIN)
			return ret;
		if (sleep_killable(start))
			return -EINTR;
	}
}

/**
 * nvgrace_ready_wait_unbound() - wait until a GPU that nobody uses is trained
 * @source: where to ask the GPU that is being probed
 *
 * A link that never trains is told at bind time, not by a dead guest.
 *
 * Context: probe, sleeps.
 * Return: 0, -ETIMEDOUT or -ENODEV with one line in the log, -EINTR, or what
 * kept BAR0 from being mapped.
 */
int nvgrace_ready_wait_unbound(const struct nvgrace_training_source *source)
{
	struct pci_dev *pdev = source->pdev;
	void __iomem *bar0;
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return dev_err_probe(&pdev->dev, ret,
				     "cannot enable the GPU to read whether its memory is trained\n");

	bar0 = pci_iomap(pdev, 0, 0);
	if (bar0) {
		ret = wait_source(source, bar0);
		pci_iounmap(pdev, bar0);
	} else {
		ret = dev_err_probe(&pdev->dev, -ENOMEM,
				    "cannot map BAR0 to read whether the memory is trained\n");
	}
	pci_disable_device(pdev);
	return ret;
}

static void move_on(struct nvgrace_device *nvg, unsigned int steps)
{
	lockdep_assert_held_write(&nvg->access_lock);

	nvg->ready.generation += steps;
	nvg->ready.reset_at = ktime_get();
	nvgrace_count(nvg, NVGRACE_RESETS, 1);
	trace_nvgrace_reset(nvg->core.pdev, nvg->ready.generation);
	nvgrace_window_drop(nvg);
}

/**
 * nvgrace_reset_begin() - a reset is about to happen
 * @nvg: the device, open or not
 *
 * Returns when nobody uses the memory any more; mappings are the caller's.
 *
 * Context: .reset_prepare, with memory_lock held or not; sleeps for as long as
 * one chunk of a transfer takes.
 */
void nvgrace_reset_begin(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	move_on(nvg, 1);
}

/**
 * nvgrace_reset_end() - the reset that was begun is over, training goes on
 * @nvg: the device, open or not
 *
 * Context: .reset_done, after nvgrace_reset_begin().
 */
void nvgrace_reset_end(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	nvg->ready.generation++;
}

/**
 * nvgrace_reset_happened() - the memory may have lost its training
 * @nvg: the device, open or not
 *
 * For what reaches the driver as one event: open, power states, errors. One
 * call too many costs one look at the registers.
 *
 * Context: may sleep, memory_lock held or not.
 */
void nvgrace_reset_happened(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	move_on(nvg, 2);
}

/**
 * nvgrace_recovery_begin() - PCI error recovery begins
 * @nvg: the device, open or not
 *
 * Between an error and the end of recovery the link may be reset without
 * .reset_prepare; until then the memory still looks trained. So everyone waits.
 *
 * Context: .error_detected; sleeps for as long as one chunk of a transfer takes.
 */
void nvgrace_recovery_begin(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	nvg->ready.recovering = true;
	move_on(nvg, 2);
}

/**
 * nvgrace_recovery_end() - PCI error recovery is over, with whatever success
 * @nvg: the device, open or not
 *
 * What it has left of the device, the device itself is asked.
 *
 * Context: .resume, or .error_detected once more when recovery failed.
 */
void nvgrace_recovery_end(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	nvg->ready.recovering = false;
	move_on(nvg, 2);
}
