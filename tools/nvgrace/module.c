// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the host have the driver, and does it find it by itself?
 *
 * libvirt looks for the driver of a function among the aliases that depmod
 * has collected: its modalias, with vfio_pci: instead of pci:.
 */
#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "layout.h"

/* Is the module among those of the list? Frees the list. */
static bool list_has(struct kmod_list *list, const char *name)
{
	struct kmod_list *at;
	bool found = false;

	kmod_list_foreach(at, list) {
		struct kmod_module *module = kmod_module_get_module(at);

		found |= !strcmp(kmod_module_get_name(module), name);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return found;
}

bool driver_loaded(const struct host *host)
{
	return file_exists(host, "/sys/module/" DRIVER);
}

/* Is there a file, or is it built in or loaded? */
bool driver_available(const struct host *host)
{
	struct kmod_module *module;
	bool there;

	if (driver_loaded(host))
		return true;
	if (!host->modules ||
	    kmod_module_new_from_name(host->modules, DRIVER, &module))
		return false;
	there = kmod_module_get_path(module);
	kmod_module_unref(module);
	return there;
}

bool driver_indexed(const struct host *host, const struct gpu *gpu)
{
	struct kmod_list *list = NULL;
	char alias[sizeof(gpu->modalias) + 8];

	if (!host->modules || !*gpu->modalias)
		return false;
	snprintf(alias, sizeof(alias), "vfio_%s", gpu->modalias);
	if (kmod_module_new_from_lookup(host->modules, alias, &list))
		return false;
	return list_has(list, DRIVER);
}

/* What modprobe would hand over: one layout= for each line of options. */
static void layouts_at_load(const struct host *host, char *list)
{
	struct kmod_module *module;
	const char *options, *at;
	size_t len = 0;

	if (!host->modules ||
	    kmod_module_new_from_name(host->modules, DRIVER, &module))
		return;
	options = kmod_module_get_options(module) ?: "";
	for (at = strstr(options, "layout="); at; at = strstr(at, "layout=")) {
		at += strlen("layout=");
		if (len < LAYOUTS_SIZE)
			len += snprintf(list + len, LAYOUTS_SIZE - len, "%s%.*s",
					len ? "," : "", (int)strcspn(at, " "), at);
	}
	kmod_module_unref(module);
}

/* The list by which the driver chooses a layout, or will once it is loaded. */
void driver_layouts(const struct host *host, char *list)
{
	char *text;

	list[0] = '\0';
	if (!driver_loaded(host)) {
		layouts_at_load(host, list);
	} else if (file_read(host, &text, LAYOUTS_NOW) >= 0) {
		snprintf(list, LAYOUTS_SIZE, "%s", text);
		free(text);
	}
}

/* The one of the file that is ours alone; false: there is one, and it is not as we write it. */
bool driver_layouts_saved(const struct host *host, char *list)
{
	size_t len = strlen(LAYOUTS_OPTION);
	char *text;
	bool ours;

	list[0] = '\0';
	if (file_read(host, &text, LAYOUTS_SAVED) < 0)
		return true;
	ours = !strncmp(text, LAYOUTS_OPTION, len) && !text[len + strcspn(text + len, "\n ")] &&
	       strlen(text + len) < LAYOUTS_SIZE;
	if (ours)
		strcpy(list, text + len);
	free(text);
	return ours;
}

/* As modprobe does it, what it depends on included. */
int driver_load(const struct host *host)
{
	struct kmod_module *module;
	int err;

	if (driver_loaded(host))
		return 0;
	if (!driver_available(host))
		return -ENOENT;
	err = kmod_module_new_from_name(host->modules, DRIVER, &module);
	if (err)
		return err;
	err = kmod_module_probe_insert_module(module, KMOD_PROBE_IGNORE_LOADED,
					      NULL, NULL, NULL, NULL);
	kmod_module_unref(module);
	return err < 0 ? err : 0;
}
