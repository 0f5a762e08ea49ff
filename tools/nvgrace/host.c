// SPDX-License-Identifier: GPL-2.0-only
/* How is asking this host, or a recorded one, begun and ended? */
#include <errno.h>
#include <libkmod.h>
#include <pci/pci.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

/* What libpci and libkmod would say belongs to whoever prints. */
static void __attribute__((format(printf, 1, 2))) quiet(char *format, ...)
{
}

static void quiet_modules(void *data, int priority, const char *file, int line,
			  const char *function, const char *format, va_list args)
{
}

static int open_pci(struct host *host)
{
	char path[PATH_MAX];

	if (file_path(host, path, sizeof(path), "/sys/bus/pci"))
		return -ENAMETOOLONG;
	host->pci = pci_alloc();
	host->pci->method = PCI_ACCESS_SYS_BUS_PCI;
	host->pci->warning = quiet;
	pci_set_param(host->pci, "sysfs.path", path);
	pci_init(host->pci);
	return 0;
}

/* The newest kernel of a recorded tree has to do. */
static void modules_directory(const struct host *host, char *path, size_t size)
{
	struct notes releases = {};

	path[0] = '\0';
	if (directory_list(host, &releases, "/lib/modules") && releases.nr)
		file_path(host, path, size, "/lib/modules/%s",
			  releases.text[releases.nr - 1]);
	notes_free(&releases);
}

int host_open(struct host *host, const char *root)
{
	char directory[PATH_MAX] = "", options[PATH_MAX];
	const char * const recorded[] = { options, NULL };
	int err;

	*host = (struct host) { .root = root };
	err = open_pci(host);
	if (err)
		return err;
	if (*root) {
		modules_directory(host, directory, sizeof(directory));
		err = file_path(host, options, sizeof(options), "/etc/modprobe.d");
		if (err)
			return err;
	}
	host->modules = kmod_new(*root ? directory : NULL, *root ? recorded : NULL);
	if (host->modules)
		kmod_set_log_fn(host->modules, quiet_modules, NULL);
	return 0;
}

void host_close(struct host *host)
{
	kmod_unref(host->modules);
	pci_cleanup(host->pci);
}
