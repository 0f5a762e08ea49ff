/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the rooms of the program that hands GPUs over share?
 */
#ifndef NVGRACE_HANDOVER_H
#define NVGRACE_HANDOVER_H

#include "../demo/demo.h"
#include "../demo/host.h"

#define DRIVER		"nvgrace_gpu_vfio_pci"
#define GPU		"0000:00:03.0"
#define SECOND_GPU	"0000:00:04.0"

/* claim.c: results as the kernel's selftests print them. */

void claims_plan(int claims);
/* @name: what is claimed. Returns @holds. */
bool claim(bool holds, const char *name);
int claims_failed(void);
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* command.c */

/*
 * Runs it, repeats what it says as notes. Returns its exit code, -1 when it did not
 * start or was killed.
 */
int command(const char * const argv[]);
#define COMMAND(...) command((const char * const []){ __VA_ARGS__, NULL })
/* As a person types it; its output, to be freed. NULL: it failed. */
char *shell(const char *line);

/* machine.c */

/* Puts the driver where a package would, indexes it, and sees that it is not loaded. */
bool machine_install_driver(void);
/* Or sees that it is not there. */
bool machine_unload_driver(void);
/* Does what udev and an init system do for QEMU and libvirt on a host that has them. */
bool machine_prepare(void);

/* given.c: what must be as it was when a GPU comes back. */

struct given {
	char driver[64];	/* "" for none */
	char override[64];
};

struct given given_now(const char *bdf);
/* Says what differs. */
bool given_back(const char *bdf, const struct given *before);

/* guest.c */

/* Waits until @path is gone, which is there while the guest runs. */
bool guest_wait(const char *path);
/* @console: the file that has what the guest said. */
void guest_repeat(const char *console);
/* Was it a whole line of it? */
bool guest_said(const char *console, const char *line);

/* libvirt.c, driverctl.c, vendor.c: the handovers. */
void handover_libvirt(void);
/* One that knows nodes of a hostdev and the window. */
void handover_libvirt_next(void);
void handover_driverctl(void);
void handover_vendor(void);

#endif
