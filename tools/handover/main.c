// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the GPU go to a guest by the programs that people use, and come back?
 *
 * usage: nvgrace-handover libvirt|libvirt-next|driverctl|vendor
 * Runs as root on the emulated host, with a full root and the GPU unbound. The
 * driver's module, nvgrace, the guest's kernel and initramfs are in /payload.
 * Exit code: 0 every claim held, 1 not, 2 for a wrong call.
 */
#include <stdio.h>
#include <string.h>

#include "handover.h"

static const struct {
	const char *name;
	void (*run)(void);
} handovers[] = {
	{ "libvirt", handover_libvirt },
	{ "libvirt-next", handover_libvirt_next },
	{ "driverctl", handover_driverctl },
	{ "vendor", handover_vendor },
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(handovers); i++) {
		if (strcmp(argv[1], handovers[i].name))
			continue;
		handovers[i].run();
		return claims_failed() ? 1 : 0;
	}
	fprintf(stderr, "usage: nvgrace-handover libvirt|libvirt-next|driverctl|vendor\n");
	return 2;
}
