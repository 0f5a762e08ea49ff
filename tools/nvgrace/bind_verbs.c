// SPDX-License-Identifier: GPL-2.0-only
/* What do `nvgrace bind` and `nvgrace unbind` answer? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind.h"
#include "call.h"
#include "print.h"

static bool is_saved(const struct host *host, const struct gpu *gpu)
{
	bool saved;
	char *text;

	if (file_read(host, &text, SAVED, gpu->bdf) < 0)
		return false;
	saved = !strcmp(text, DRIVER);
	free(text);
	return saved;
}

/* At boot it is driverctl's udev rule that reads what is saved. */
static bool has_driverctl(const struct host *host)
{
	return file_exists(host, "/usr/sbin/driverctl") ||
	       file_exists(host, "/usr/bin/driverctl") ||
	       file_exists(host, "/usr/local/sbin/driverctl");
}

/* Lines of options have blanks. */
static const char *quote(const struct step *step)
{
	return strchr(step->text, ' ') ? "'" : "";
}

static void show(const struct plan *plan)
{
	for (size_t i = 0; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];

		if (step->kind == LOAD)
			printf("modprobe %s\n", step->text);
		else if (step->kind == FORGET)
			printf("rm %s\n", step->path);
		else
			printf("echo %s%s%s%s> %s\n", quote(step), step->text,
			       quote(step), *step->text ? " " : "", step->path);
	}
}

static bool is_in_use(struct call *call, const struct gpu *gpu)
{
	struct notes users = {};
	bool in_use;

	users_find(&call->host, gpu, &users);
	for (size_t i = 0; i < users.nr; i++)
		complain(gpu->bdf, "%s: in use by %s: end that first", call->verb,
			 users.text[i]);
	in_use = users.nr;
	notes_free(&users);
	return in_use;
}

static bool takes_it_away(const struct plan *plan)
{
	for (size_t i = 0; i < plan->nr; i++) {
		if (plan->steps[i].probes)
			return true;
	}
	return false;
}

static enum exit_code execute(struct call *call, const struct gpu *gpu,
			      const struct plan *plan)
{
	struct failure failure = {};
	enum exit_code code = DONE;

	if (plan_execute(&call->host, gpu, plan, &failure)) {
		code = FAILED;
		for (size_t i = 0; i < failure.why.nr; i++)
			complain(gpu->bdf, "%s: %s", call->verb, failure.why.text[i]);
		complain(gpu->bdf, "%s: %s", call->verb, failure.left_over ?
			 "could not be put back as it was: see nvgrace list" :
			 "put back as it was");
	}
	notes_free(&failure.why);
	return code;
}

static bool read_state(struct call *call, const struct gpu *gpu,
		       struct state *state)
{
	*state = (struct state) {
		.loaded = driver_loaded(&call->host),
		.saved = is_saved(&call->host, gpu),
		.persist = call->persist,
		.layout = call->layout,
	};
	driver_layouts(&call->host, state->layouts);
	if (driver_layouts_saved(&call->host, state->layouts_saved) ||
	    !call->persist)
		return true;
	complain(gpu->bdf, "%s: " LAYOUTS_SAVED " is not as nvgrace writes it: move what it says to another file there, or leave --persist out",
		 call->verb);
	return false;
}

static enum exit_code change(struct call *call, const struct gpu *gpu, bool bind)
{
	struct state state;
	struct plan plan;

	if (!read_state(call, gpu, &state))
		return FAILED;
	if (!bind) {
		plan_unbind(&plan, gpu, &state);
	} else if (!plan_bind(&plan, gpu, &state)) {
		complain(gpu->bdf, "%s: the driver takes no list of layouts as long as this would be: let a bare word speak for most GPUs, in /etc/modprobe.d/nvgrace-gpu.conf and %s",
			 call->verb, LAYOUTS_NOW);
		return FAILED;
	}
	if (call->dry_run) {
		show(&plan);
		return DONE;
	}
	if (takes_it_away(&plan) && is_in_use(call, gpu))
		return FAILED;
	if (execute(call, gpu, &plan))
		return FAILED;
	printf("%s: %s%s\n", gpu->bdf, plan.nr ? "" : "already ",
	       bind ? "bound to " DRIVER : "not bound to " DRIVER);
	return DONE;
}

static enum exit_code change_all(struct call *call, bool bind)
{
	enum exit_code code = DONE;

	if (call->named == call->all) {
		complain("", "%s: name GPUs, or say --all: nvgrace list shows them",
			 call->verb);
		return USAGE;
	}
	if (!call->dry_run && !*call->host.root && geteuid()) {
		complain("", "%s: only root can: try sudo, or --dry-run to see what it would do",
			 call->verb);
		return FAILED;
	}
	if (bind && call->persist && !has_driverctl(&call->host)) {
		complain("", "%s: nothing here would do it again at boot: install driverctl, or leave --persist out",
			 call->verb);
		return FAILED;
	}
	for (size_t i = 0; i < call->gpus.nr; i++) {
		if (change(call, &call->gpus.one[i], bind))
			code = FAILED;
	}
	return code;
}

enum exit_code verb_bind(struct call *call)
{
	return change_all(call, true);
}

enum exit_code verb_unbind(struct call *call)
{
	return change_all(call, false);
}
