// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which steps bring a GPU from one driver to another?
 *
 * Pure. A plan of no steps: all is as it should be. What a boot reads comes
 * first, as it can fail while nothing has been done to the GPU; driver_override
 * before the unbind, so that no other driver takes the GPU in between.
 */
#include <stdio.h>
#include <string.h>

#include "plan.h"

static struct step *add(struct plan *plan, int kind, const char *text)
{
	struct step *step = &plan->steps[plan->nr++];

	step->kind = kind;
	snprintf(step->text, sizeof(step->text), "%s", text);
	return step;
}

static void undo_with(struct step *step, const char *text)
{
	step->undoes = true;
	snprintf(step->undo, sizeof(step->undo), "%s", text);
}

static void add_override(struct plan *plan, const struct gpu *gpu,
			 const char *driver)
{
	struct step *step = add(plan, WRITE, driver);

	undo_with(step, gpu->driver_override);
	snprintf(step->path, sizeof(step->path),
		 "/sys/bus/pci/devices/%s/driver_override", gpu->bdf);
}

static void add_unbind(struct plan *plan, const struct gpu *gpu)
{
	struct step *step = add(plan, WRITE, gpu->bdf);

	snprintf(step->path, sizeof(step->path),
		 "/sys/bus/pci/devices/%s/driver/unbind", gpu->bdf);
}

static void add_probe(struct plan *plan, const struct gpu *gpu)
{
	struct step *step = add(plan, WRITE, gpu->bdf);

	snprintf(step->path, sizeof(step->path), "/sys/bus/pci/drivers_probe");
	step->probes = true;
}

static void add_saved(struct plan *plan, const struct gpu *gpu, int kind)
{
	struct step *step = add(plan, kind, kind == SAVE ? DRIVER : "");

	undo_with(step, kind == SAVE ? "" : DRIVER);
	snprintf(step->path, sizeof(step->path), SAVED, gpu->bdf);
}

/* The file of modprobe's with that list in place of the one it has; "": no file. */
static void add_saved_layouts(struct plan *plan, const char *from, const char *to)
{
	struct step *step = add(plan, *to ? SAVE : FORGET, "");

	if (*to)
		snprintf(step->text, sizeof(step->text), LAYOUTS_OPTION "%s", to);
	undo_with(step, "");
	if (*from)
		snprintf(step->undo, sizeof(step->undo), LAYOUTS_OPTION "%s", from);
	snprintf(step->path, sizeof(step->path), LAYOUTS_SAVED);
}

static void add_layouts(struct plan *plan, const char *from, const char *to)
{
	struct step *step = add(plan, WRITE, to);

	undo_with(step, from);
	snprintf(step->path, sizeof(step->path), LAYOUTS_NOW);
}

/* False: a list would be longer than the driver takes. */
static bool save_layout(struct plan *plan, const struct gpu *gpu,
			const struct state *state, const char *layout)
{
	char list[LAYOUTS_SIZE];

	if (!layout_change(list, state->layouts_saved, gpu->bdf, layout))
		return false;
	if (strcmp(list, state->layouts_saved))
		add_saved_layouts(plan, state->layouts_saved, list);
	return true;
}

static bool set_layout(struct plan *plan, const struct gpu *gpu,
		       const struct state *state)
{
	char list[LAYOUTS_SIZE];

	if (!strcmp(layout_chosen(state->layouts, gpu->bdf), state->layout))
		return true;
	if (!layout_change(list, state->layouts, gpu->bdf, state->layout))
		return false;
	add_layouts(plan, state->layouts, list);
	return true;
}

/* A GPU without memory has no layout. */
static bool has_layout(const struct gpu *gpu, const struct state *state)
{
	return !state->layout || !gpu->memory.present ||
	       !strcmp(gpu->memory.layout, state->layout);
}

/* False: no plan, as the driver does not take that many layouts. */
bool plan_bind(struct plan *plan, const struct gpu *gpu, const struct state *state)
{
	bool bound = !strcmp(gpu->driver, DRIVER);
	bool probe = !bound || !has_layout(gpu, state), fits = true;

	*plan = (struct plan) { .driver = DRIVER };
	if (state->persist && !state->saved)
		add_saved(plan, gpu, SAVE);
	if (state->persist && state->layout)
		fits &= save_layout(plan, gpu, state, state->layout);
	if (!state->loaded)
		add(plan, LOAD, DRIVER);
	if (state->layout)
		fits &= set_layout(plan, gpu, state);
	if (strcmp(gpu->driver_override, DRIVER))
		add_override(plan, gpu, DRIVER);
	if (probe && *gpu->driver)
		add_unbind(plan, gpu);
	if (probe)
		add_probe(plan, gpu);
	return fits;
}

/* A GPU that another driver has is none of our business. */
void plan_unbind(struct plan *plan, const struct gpu *gpu, const struct state *state)
{
	bool bound = !strcmp(gpu->driver, DRIVER);

	*plan = (struct plan) { .driver = "" };
	if (state->persist && state->saved)
		add_saved(plan, gpu, FORGET);
	if (state->persist)
		save_layout(plan, gpu, state, NULL);
	if (!strcmp(gpu->driver_override, DRIVER))
		add_override(plan, gpu, "");
	if (bound) {
		add_unbind(plan, gpu);
		add_probe(plan, gpu);
	}
}
