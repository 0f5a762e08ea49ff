// SPDX-License-Identifier: GPL-2.0-only
/* What takes the memory away from its users? */
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "stress.h"

bool command_once(struct worker *me)
{
	int ret;

	beat(me, "memory off");
	ret = nvg_mem_enable(&me->gpu, false);
	nap(me, 2);
	beat(me, "memory on");
	ret = nvg_mem_enable(&me->gpu, true) ?: ret;
	if (ret)
		return fail(me, "command register: %d", ret);
	nap(me, 20);
	return true;
}

bool power_once(struct worker *me)
{
	int ret;

	beat(me, "D3");
	ret = nvg_power(&me->gpu, 3);
	nap(me, 2);
	beat(me, "D0");
	ret = nvg_power(&me->gpu, 0) ?: ret;
	if (ret)
		return fail(me, "power state: %d", ret);
	nap(me, 100);
	return true;
}

bool reset_once(struct worker *me)
{
	int ret;

	beat(me, "training time");
	nvg_set_knob(&me->gpu, NVG_EMU_TRAIN_MS, roll(me, TRAIN_MS));
	beat(me, "reset");
	if (roll(me, 2)) {
		ret = nvg_flr(&me->gpu);
	} else {
		ret = ioctl(me->gpu.fd, VFIO_DEVICE_RESET) ? -errno : 0;
		if (ret == -EAGAIN)	/* another reset, or an unbind, is at it */
			ret = 0;
	}
	if (ret)
		return fail(me, "%d", ret);
	nap(me, 150);
	return true;
}

static void startled(int sig)
{
}

/* Signals that their tasks have a handler for: waits end, and nothing else does. */
bool startle_once(struct worker *me)
{
	struct sigaction action = { .sa_handler = startled };
	struct worker *other = &run->worker[roll(me, run->nr_workers)];

	sigaction(SIGUSR1, &action, NULL);
	beat(me, "startling");
	if (__atomic_load_n(&other->startled, __ATOMIC_SEQ_CST) &&
	    !tgkill(getpid(), other->tid, SIGUSR1))
		run->signals++;
	nap(me, 5);
	return true;
}

bool sysfs_reset_once(struct worker *me)
{
	int ret;

	beat(me, "sysfs reset");
	ret = nvg_sysfs_write(nvg_bdf(), "reset", "1");
	if (ret)
		return fail(me, "%d", ret);
	nap(me, 300);
	return true;
}

/* Unbinding waits for the GPU to be closed. */
bool bind_once(struct worker *me)
{
	int ret;

	nap(me, 2000);
	beat(me, "unbinding");
	ret = nvg_unbind(nvg_bdf());
	if (ret)
		return fail(me, "%d", ret);
	nap(me, 50);
	beat(me, "binding");
	ret = nvg_offer(nvg_bdf(), NVG_DRIVER);
	if (ret)
		return fail(me, "%d", ret);
	run->binds++;
	return true;
}
