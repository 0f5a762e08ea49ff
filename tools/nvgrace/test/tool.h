/* SPDX-License-Identifier: GPL-2.0-only */
/* What do the tests of nvgrace on a host with real drivers share? */
#ifndef NVGRACE_TOOL_H
#define NVGRACE_TOOL_H

#include <stdbool.h>

#define DRIVER		"nvgrace_gpu_vfio_pci"
#define SYSFS		"/sys/bus/pci/devices/%s/"
#define MAX_GPUS	8

/* The program and the module's file that are tested, the GPUs of the host. */
extern const char *nvgrace, *module;
extern char gpus[MAX_GPUS][16];
extern int nr_gpus, tests, failed;

/* tool_lib.c */
void result(bool ok, const char *name, const char *why, ...)
	__attribute__((format(printf, 3, 4)));
char *shell(int *code, const char *text, ...)
	__attribute__((format(printf, 2, 3)));
bool says(int want, const char *what, const char *text, ...)
	__attribute__((format(printf, 3, 4)));
const char *attribute(const char *bdf, const char *name);
const char *link_of(const char *bdf, const char *name);
bool all_bound_to(const char *driver);
void find_gpus(void);
void install_module(void);

/* tool_bind.c, tool_layout.c */
void test_bind(void);
void test_in_use(void);
void test_unbind(void);
void test_refused(void);
void test_layout(void);

#endif
