// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a plan carried out, and put back when a step fails?
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind.h"

/* An empty line is how the kernel takes an override away. */
static int put(const struct host *host, const struct step *step, const char *text)
{
	return file_write(host, *text ? text : "\n", "%s", step->path);
}

static int make_directory(char *file)
{
	char *slash = strrchr(file, '/');
	int err;

	*slash = '\0';
	err = mkdir(file, 0755) && errno != EEXIST ? -errno : 0;
	*slash = '/';
	return err;
}

static int write_whole(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	int err;

	if (!file)
		return -errno;
	err = fprintf(file, "%s\n", text) < 0 ? -errno : 0;
	return fclose(file) ? -errno : err;
}

/* Whole or not at all: a new file takes the place of the old one. */
static int save(const struct host *host, const char *at, const char *text)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	int err;

	if (file_path(host, path, sizeof(path), "%s", at))
		return -ENAMETOOLONG;
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	err = make_directory(path) ?: write_whole(fresh, text);
	if (!err && rename(fresh, path))
		err = -errno;
	if (err)
		unlink(fresh);
	return err;
}

static int forget(const struct host *host, const char *at)
{
	char path[PATH_MAX];

	if (file_path(host, path, sizeof(path), "%s", at))
		return -ENAMETOOLONG;
	return unlink(path) ? -errno : 0;
}

static int take_step(const struct host *host, const struct step *step)
{
	switch (step->kind) {
	case LOAD:
		return driver_load(host);
	case WRITE:
		return put(host, step, step->text);
	case SAVE:
		return save(host, step->path, step->text);
	case FORGET:
		return forget(host, step->path);
	}
	return -EINVAL;
}

static bool has_driver(const struct host *host, const struct gpu *gpu,
		       const char *driver)
{
	char now[NAME_SIZE] = "";

	link_target(host, now, sizeof(now), "/sys/bus/pci/devices/%s/driver",
		    gpu->bdf);
	return !strcmp(now, driver);
}

static int undo(const struct host *host, const struct step *step)
{
	if (step->kind == WRITE)
		return put(host, step, step->undo);
	return *step->undo ? save(host, step->path, step->undo) :
			     forget(host, step->path);
}

/* The driver that had the GPU gets it back; a module stays loaded. */
static bool put_back(const struct host *host, const struct gpu *gpu,
		     const struct plan *plan, size_t done)
{
	bool ok = true;

	for (size_t i = 0; i < done; i++) {
		if (plan->steps[i].undoes)
			ok &= !undo(host, &plan->steps[i]);
	}
	if (*gpu->driver && !has_driver(host, gpu, gpu->driver))
		ok &= !file_write(host, gpu->bdf, "/sys/bus/pci/drivers_probe") &&
		      has_driver(host, gpu, gpu->driver);
	return ok;
}

static void explain(struct failure *failure, const struct step *step, int err)
{
	if (step->kind == LOAD && err == -ENOENT)
		note(&failure->why, "no module " DRIVER " for this kernel: install it and run depmod");
	else if (step->kind == LOAD)
		note(&failure->why, "loading " DRIVER ": %s; dmesg says more",
		     strerror(-err));
	else if (step->kind == SAVE || step->kind == FORGET)
		note(&failure->why, "%s cannot be changed: %s: mend that, or leave --persist out",
		     step->path, strerror(-err));
	else if (!strcmp(step->path, LAYOUTS_NOW) && err == -ENOENT)
		note(&failure->why, "the module %s that is loaded knows no layouts, it is the kernel's own: nvgrace check says how to get this one",
		     DRIVER);
	else
		note(&failure->why, "writing %s: %s", step->path, strerror(-err));
}

/* 0, or -1 with the reason; then all is as it was, or failure->left_over is set. */
int plan_execute(const struct host *host, const struct gpu *gpu,
		 const struct plan *plan, struct failure *failure)
{
	int log = *host->root ? -1 : kernel_log_open();
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];
		int err = take_step(host, step);

		/* Cleared of the override it may still match an id of new_id. */
		if (step->probes && !*plan->driver && has_driver(host, gpu, DRIVER)) {
			note(&failure->why, "%s took it again, whose new_id has its id: echo '%04x %04x' > /sys/bus/pci/drivers/%s/remove_id",
			     DRIVER, gpu->vendor, gpu->device, DRIVER);
			break;
		}
		/* A driver that refuses the GPU may or may not fail the write. */
		if (step->probes && *plan->driver) {
			if (has_driver(host, gpu, plan->driver))
				continue;
			note(&failure->why, "%s did not take it", plan->driver);
			kernel_log_quote(log, gpu->bdf, &failure->why);
			break;
		}
		if (!err)
			continue;
		explain(failure, step, err);
		break;
	}
	/* A file or list of which the writing failed is as it was. */
	if (i < plan->nr)
		failure->left_over = !put_back(host, gpu, plan, i);
	kernel_log_close(log);
	return i < plan->nr ? -1 : 0;
}
