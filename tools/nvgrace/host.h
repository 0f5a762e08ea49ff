/* SPDX-License-Identifier: GPL-2.0-only */
/* How is this host, or a recorded one, asked? */
#ifndef NVGRACE_HOST_H
#define NVGRACE_HOST_H

#include <limits.h>
#include <sys/types.h>

#include "facts.h"

struct pci_access;
struct kmod_ctx;

/*
 * A recorded host has no kernel that could be asked: what is not a file in
 * its tree stays unknown.
 */
struct host {
	const char *root;	/* "" for this host, else where the tree is */
	struct pci_access *pci;
	struct kmod_ctx *modules;
};

int host_open(struct host *host, const char *root);
void host_close(struct host *host);

/* sysfs.c: paths are formats, below the root. */
int file_path(const struct host *host, char *path, size_t size,
	      const char *format, ...) __attribute__((format(printf, 4, 5)));
ssize_t file_read(const struct host *host, char **text, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int file_write(const struct host *host, const char *text, const char *format,
	       ...) __attribute__((format(printf, 3, 4)));
bool file_exists(const struct host *host, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool link_target(const struct host *host, char *name, size_t size,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));
bool directory_list(const struct host *host, struct notes *names,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* config.c, group.c, memory.c, module.c, gpu.c: one part of the facts each. */
void config_read(const struct host *host, const char *bdf, struct config *config);
void group_read(const struct host *host, struct gpu *gpu);
void bridges_read(const struct host *host, struct gpu *gpu);
void memory_read(const struct host *host, struct gpu *gpu);
void memory_free(struct memory *memory);
void counters_read(const struct host *host, struct gpu *gpu);
const char *part_name(uint16_t vendor, uint16_t device);
enum generation part_generation(uint16_t vendor, uint16_t device);
void driver_layouts(const struct host *host, char *list);
bool driver_layouts_saved(const struct host *host, char *list);
int gpus_find(const struct host *host, struct gpus *gpus);
void gpus_free(struct gpus *gpus);

#endif
