/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the host's and the guest's program share?
 */
#ifndef NVGRACE_DEMO_H
#define NVGRACE_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* All int functions: 0, or -1 with errno set. */

/* sys.c */

/* Since the kernel booted. */
double seconds(void);
/* The file's text without its last newline, cut to @size - 1 bytes. */
int file_read(const char *path, char *text, size_t size);
int file_write(const char *path, const char *text);
/* All of it, or @size bytes; how many there are. */
ssize_t file_bytes(const char *path, void *bytes, size_t size);
/* As insmod; a module that is there already is fine. */
int module_insert(const char *path, const char *params);
/* A guest's /dev, /proc and /sys. NULL, or the first that cannot be mounted, with errno set. */
const char *mount_all(void);

/* kmsg.c */

/* The kernel's log from one moment on. */
struct kmsg {
	int fd;
};

int kmsg_open(struct kmsg *log);
/*
 * Prints what was logged since the last look and holds @show (NULL: nothing does)
 * or belongs to a splat. -1: there was a splat.
 */
int kmsg_look(struct kmsg *log, const char *show);

#endif
