// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which steps bring a GPU from one driver to another?
 *
 * Pure. A plan of no steps: all is as it should be. driver_override comes
 * before the unbind, so that no other driver takes the GPU in between.
 */
#include <stdio.h>
#include <string.h>

#include "plan.h"

static struct step *add(struct plan *plan, int kind, const char *text,
			const char *undo)
{
	struct step *step = &plan->steps[plan->nr++];

	step->kind = kind;
	snprintf(step->text, sizeof(step->text), "%s", text);
	snprintf(step->undo, sizeof(step->undo), "%s", undo);
	return step;
}

static void add_override(struct plan *plan, const struct gpu *gpu,
			 const char *driver)
{
	struct step *step = add(plan, WRITE, driver, gpu->driver_override);

	snprintf(step->path, sizeof(step->path),
		 "/sys/bus/pci/devices/%s/driver_override", gpu->bdf);
}

static void add_unbind(struct plan *plan, const struct gpu *gpu)
{
	struct step *step = add(plan, WRITE, gpu->bdf, "");

	snprintf(step->path, sizeof(step->path),
		 "/sys/bus/pci/devices/%s/driver/unbind", gpu->bdf);
}

static void add_probe(struct plan *plan, const struct gpu *gpu)
{
	struct step *step = add(plan, WRITE, gpu->bdf, "");

	snprintf(step->path, sizeof(step->path), "/sys/bus/pci/drivers_probe");
	step->probes = true;
}

static void add_saved(struct plan *plan, const struct gpu *gpu, int kind,
		      const char *driver)
{
	struct step *step = add(plan, kind, driver, "");

	snprintf(step->path, sizeof(step->path), SAVED, gpu->bdf);
}

void plan_bind(struct plan *plan, const struct gpu *gpu, const struct state *state)
{
	bool bound = !strcmp(gpu->driver, DRIVER);

	*plan = (struct plan) { .driver = DRIVER };
	if (!state->loaded)
		add(plan, LOAD, DRIVER, "");
	if (strcmp(gpu->driver_override, DRIVER))
		add_override(plan, gpu, DRIVER);
	if (!bound && *gpu->driver)
		add_unbind(plan, gpu);
	if (!bound)
		add_probe(plan, gpu);
	if (state->persist && !state->saved)
		add_saved(plan, gpu, SAVE, DRIVER);
}

/* A GPU that another driver has is none of our business. */
void plan_unbind(struct plan *plan, const struct gpu *gpu, const struct state *state)
{
	bool bound = !strcmp(gpu->driver, DRIVER);

	*plan = (struct plan) { .driver = "" };
	if (!strcmp(gpu->driver_override, DRIVER))
		add_override(plan, gpu, "");
	if (bound) {
		add_unbind(plan, gpu);
		add_probe(plan, gpu);
	}
	if (state->persist && state->saved)
		add_saved(plan, gpu, FORGET, "");
}
