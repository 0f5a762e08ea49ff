// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is the memory waited for?
 *
 * By asking ready.c again and again: it holds the locks for two register reads,
 * the sleep in between holds none, so that whatever comes meanwhile, another
 * reset too, goes its way (I12). Which signals end a wait is the caller's to say:
 * a task that cannot leave before the memory is there leaves only when killed.
 */
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/sched/signal.h>

#include "nvgrace_gpu.h"

/**
 * nvgrace_poll_interval_us() - how long to sleep before asking again
 * @elapsed_us: microseconds since the first question, any value
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

/* Sleep until it is worth asking again: 0, or -ERESTARTSYS for a signal. */
static int sleep_on(ktime_t asked_at, unsigned int state)
{
	/* A reset has just come, and nobody has asked after it. */
	u64 elapsed = asked_at ? ktime_us_delta(ktime_get(), asked_at) : 0;
	ktime_t timeout = us_to_ktime(nvgrace_poll_interval_us(elapsed));

	set_current_state(state);
	schedule_hrtimeout_range(&timeout, 100 * NSEC_PER_USEC,
				 HRTIMER_MODE_REL);
	return signal_pending_state(state, current) ? -ERESTARTSYS : 0;
}

static int sleep_without_locks(struct nvgrace_device *nvg, unsigned int state)
{
	lockdep_assert_not_held(&nvg->core.memory_lock);
	lockdep_assert_not_held(&nvg->access_lock);
	lockdep_assert_not_held(&nvg->window.lock);
	lockdep_assert_not_held(&nvg->config_lock);

	return sleep_on(READ_ONCE(nvg->ready.asked_at), state);
}

/**
 * nvgrace_ready_wait() - wait until the memory may be used
 * @nvg: an open device, kept open by the caller
 * @state: TASK_INTERRUPTIBLE or TASK_KILLABLE, which signals end the wait
 *
 * One reset costs one full timeout at the most, however many wait and whenever
 * they come; from then on the answer is immediate.
 *
 * Context: process, sleeps without any lock; the caller holds none.
 * Return: 0 when a nvgrace_memory_get() is worth trying, else as there.
 */
int nvgrace_ready_wait(struct nvgrace_device *nvg, unsigned int state)
{
	int ret;

	nvgrace_count(nvg, NVGRACE_WAITS, 1);
	for (;;) {
		ret = nvgrace_memory_get(nvg, state);
		if (!ret)
			nvgrace_memory_put(nvg);
		if (ret != -EAGAIN)
			return ret;
		ret = sleep_without_locks(nvg, state);
		if (ret)
			return ret;
	}
}

/**
 * nvgrace_ready_wait_after_reset() - have a reset end with trained memory
 * @nvg: an open device, which an ioctl has just reset
 *
 * A virtual CPU that meets the wait in a fault holds up all of its VM: KVM holds
 * its SRCU there. So who resets waits, if the memory was in use: at a guest's
 * start, when several GPUs are reset in turn, none is, and they train together.
 *
 * Context: ioctl, no lock held; any signal ends it, and so does a GPU that does
 * not train, which the next access is told.
 */
void nvgrace_ready_wait_after_reset(struct nvgrace_device *nvg)
{
	while (nvgrace_memory_ask(nvg) == -EAGAIN)
		if (sleep_without_locks(nvg, TASK_INTERRUPTIBLE))
			return;
}

static int wait_source(const struct nvgrace_training_source *source,
		       void __iomem *bar0)
{
	ktime_t start = ktime_get();
	struct nvgrace_training t;
	int ret;

	for (;;) {
		ret = nvgrace_training_ask(source, bar0, &t);
		if (ret == -EAGAIN &&
		    ktime_ms_delta(ktime_get(), start) > t.timeout_ms)
			ret = t.verdict;
		if (ret && ret != -EAGAIN)
			nvgrace_training_log(source, &t, ret);
		if (ret != -EAGAIN)
			return ret;
		if (sleep_on(start, TASK_KILLABLE))
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
