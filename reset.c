// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may have untrained the memory?
 *
 * Each cause moves the generation on, with access_lock held for write: a reset
 * begins only after those who use the memory are done. That lock is apart from
 * memory_lock because the core holds memory_lock over some resets (ioctl, FLR
 * through config space) and not over others (sysfs, error recovery), and a
 * callback cannot tell which.
 */
#include <linux/cleanup.h>
#include <linux/ktime.h>
#include <linux/pci.h>

#include "nvgrace_gpu.h"
#include "trace.h"

/* After what may have reset the GPU: it has all of its time again. */
static void new_clock(struct nvgrace_readiness *ready)
{
	WRITE_ONCE(ready->asked_at, 0);
	ready->told = false;
}

static void move_on(struct nvgrace_device *nvg, unsigned int steps)
{
	lockdep_assert_held_write(&nvg->access_lock);

	nvg->ready.generation += steps;
	nvg->ready.began_at = ktime_get();
	nvgrace_count(nvg, NVGRACE_RESETS, 1);
	trace_nvgrace_reset(nvg->core.pdev, nvg->ready.generation);
	nvgrace_window_drop(nvg);
}

/* A reset within a power change, say, ends with the last of them. */
static void change_begin(struct nvgrace_device *nvg)
{
	move_on(nvg, nvg->ready.changes++ ? 2 : 1);
}

static void change_end(struct nvgrace_device *nvg)
{
	lockdep_assert_held_write(&nvg->access_lock);

	if (!--nvg->ready.changes)
		nvg->ready.generation++;
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
	change_begin(nvg);
	new_clock(&nvg->ready);
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
	change_end(nvg);
	new_clock(&nvg->ready);
}

/**
 * nvgrace_power_begin() - the device's power state is about to be written
 * @nvg: an open device
 *
 * Leaving D3hot resets a part without No_Soft_Reset, and no callback tells. As
 * nobody can find the memory trained until nvgrace_power_end(), the generation
 * that follows entry to D3 is one that is asked for in D0 only: whoever brings
 * the device back there, also a reset that is then refused, resets it unseen
 * but not unnoticed.
 *
 * Context: as nvgrace_reset_begin().
 */
void nvgrace_power_begin(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	change_begin(nvg);
	if (nvgrace_is_asleep(nvg))
		new_clock(&nvg->ready);
}

/**
 * nvgrace_power_end() - the power state was written, whatever came of it
 * @nvg: an open device
 *
 * From D0 to D0 the memory is only asked once more, without more time for it.
 *
 * Context: after nvgrace_power_begin().
 */
void nvgrace_power_end(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	change_end(nvg);
	if (nvgrace_is_asleep(nvg))
		new_clock(&nvg->ready);
}

/**
 * nvgrace_reset_happened() - the memory may have lost its training
 * @nvg: the device, open or not
 *
 * For what reaches the driver as one event: low power, errors. One call too
 * many costs one look at the registers.
 *
 * Context: may sleep, memory_lock held or not.
 */
void nvgrace_reset_happened(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	move_on(nvg, 2);
	new_clock(&nvg->ready);
}

/**
 * nvgrace_ready_forget() - nothing is known of the memory, nobody has used it
 * @nvg: the device, being probed, opened or closed
 *
 * Context: may sleep.
 */
void nvgrace_ready_forget(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	move_on(nvg, 2);
	new_clock(&nvg->ready);
	WRITE_ONCE(nvg->ready.in_use, false);
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
	new_clock(&nvg->ready);
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
	new_clock(&nvg->ready);
}

/**
 * nvgrace_recovery_abandon() - nobody will tell when a recovery is over
 * @nvg: the device, being removed
 *
 * Recovery tells under the device's lock, which removal holds while it waits
 * for the user, who may wait for the memory.
 *
 * Context: .remove, before the device is unregistered.
 */
void nvgrace_recovery_abandon(struct nvgrace_device *nvg)
{
	guard(rwsem_write)(&nvg->access_lock);
	nvg->ready.abandoned = nvg->ready.recovering;
}
