/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the rooms of the host's program share?
 */
#ifndef NVGRACE_HOST_H
#define NVGRACE_HOST_H

#include "demo.h"

/* host.c */

/* One line for the person who watches: time since boot, then the text. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* binding.c: @bdf is a PCI function's name in sysfs. */

/* @name, filled in; NULL: no driver. */
const char *binding_driver(const char *bdf, char *name, size_t size);
/* Unbinds, then binds through driver_override. ENODEV: the driver refused. */
int binding_change(const char *bdf, const char *driver);

/* What goes to the guest. */
struct gpu {
	const char *bdf;
	uint64_t memory;	/* bytes of it behind the BAR */
	int bar;
};

/* qemu.c */

/* Becomes the QEMU of a guest that owns @gpu. Does not return. */
void qemu_exec(const struct gpu *gpu) __attribute__((noreturn));

/* vm.c */

/*
 * Starts a KVM guest that owns @gpu, repeats what it prints, waits for its end.
 * 0: the guest said PASS and powered off.
 */
int vm_run(const struct gpu *gpu);

#endif
