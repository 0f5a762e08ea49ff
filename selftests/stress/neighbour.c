// SPDX-License-Identifier: GPL-2.0-only
/* What may another GPU do, and its memory, while this one sleeps now and then? */
#include <stdlib.h>

#include "nvg_facts.h"
#include "nvg_ready.h"
#include "stress.h"

#define MOST_BAD_PAGES	300	/* of those that the driver can remember */

static struct {
	const char *bdf;
	struct nvg_facts facts;
} neighbour;

/* Binds it. NULL, or the reason to skip. */
const char *find_neighbour(void)
{
	char vendor[16];

	neighbour.bdf = getenv("NVGRACE_BDF2") ?: "0000:00:04.0";
	if (nvg_sysfs_read(neighbour.bdf, "vendor", vendor, sizeof(vendor)) < 0)
		return "there is no second GPU; NVGRACE_BDF2 names it";
	nvg_bind(neighbour.bdf, NVG_DRIVER);
	return nvg_read_facts(neighbour.bdf, &neighbour.facts);
}

bool sleep_once(struct worker *me)
{
	int ret;

	beat(me, "going to sleep");
	ret = nvg_enter_low_power(&me->gpu);
	nap(me, 100);
	beat(me, "waking");
	ret = nvg_leave_low_power(&me->gpu) ?: ret;
	ret = nvg_mem_enable(&me->gpu, true) ?: ret;
	if (ret)
		return fail(me, "low power: %d", ret);
	run->naps++;
	nap(me, 200);
	return true;
}

bool bind_neighbour_once(struct worker *me)
{
	int ret;

	beat(me, "unbinding the other");
	ret = nvg_unbind(neighbour.bdf);
	nap(me, 20);
	beat(me, "binding the other");
	ret = nvg_offer(neighbour.bdf, NVG_DRIVER) ?: ret;
	if (ret)
		return fail(me, "%d", ret);
	run->binds++;
	nap(me, 50);
	return true;
}

/* Whether it is bound or not; the kernel knows of nobody to tell then. */
bool ruin_neighbour_once(struct worker *me)
{
	uint64_t pages = neighbour.facts.size / nvg_page();

	beat(me, "ruining a page of the other");
	if (run->bad_pages < MOST_BAD_PAGES) {
		nvg_offline(neighbour.facts.base + roll(me, pages) * nvg_page());
		run->bad_pages++;
	}
	nap(me, 100);
	return true;
}
