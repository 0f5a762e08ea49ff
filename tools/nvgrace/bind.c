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

static int save(const struct host *host, const struct step *step)
{
	char path[PATH_MAX];
	FILE *file;

	if (file_path(host, path, sizeof(path), SAVED_IN))
		return -ENAMETOOLONG;
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	if (file_path(host, path, sizeof(path), "%s", step->path))
		return -ENAMETOOLONG;
	file = fopen(path, "w");
	if (!file)
		return -errno;
	fprintf(file, "%s\n", step->text);
	return fclose(file) ? -errno : 0;
}

static int forget(const struct host *host, const struct step *step)
{
	char path[PATH_MAX];

	if (file_path(host, path, sizeof(path), "%s", step->path))
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
		return save(host, step);
	case FORGET:
		return forget(host, step);
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

/* The driver that had the GPU gets it back; a module stays loaded. */
static bool put_back(const struct host *host, const struct gpu *gpu,
		     const struct plan *plan, size_t done)
{
	bool ok = true;

	for (size_t i = 0; i < done; i++) {
		const struct step *step = &plan->steps[i];

		if (step->kind == WRITE && strstr(step->path, "driver_override"))
			ok &= !put(host, step, step->undo);
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
	if (i < plan->nr)
		failure->left_over = !put_back(host, gpu, plan, i + 1);
	kernel_log_close(log);
	return i < plan->nr ? -1 : 0;
}
