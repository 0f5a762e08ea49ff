// SPDX-License-Identifier: GPL-2.0-only
/* What does the kernel's race detector, KCSAN, find in the driver? */
#include <stdio.h>
#include <string.h>

#include "nvg.h"

#define KCSAN	"/sys/kernel/debug/kcsan"

/* Not from boot on, as booting with it takes minutes in an emulated host. */
void nvg_races_on(void)
{
	FILE *file = fopen(KCSAN, "w");

	if (!file)
		return;
	fputs("on", file);
	fclose(file);
}

/*
 * How many accesses it has watched, 0 also while it is off; -1: there is none.
 * Prints what it says of that, too.
 */
long nvg_races_watched(void)
{
	FILE *file = fopen(KCSAN, "r");
	long watched = 0;
	char line[256];
	int on = 0;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "enabled: %d", &on) != 1 &&
		    sscanf(line, "setup_watchpoints: %ld", &watched) != 1)
			continue;
		printf("# kcsan: %s", line);
	}
	fclose(file);
	return on ? watched : 0;
}

/*
 * Given all lines of the kernel log in their order: does this one say that the
 * driver is in a race? KCSAN reports the whole kernel's. Ours are those where one of
 * the two accesses is the driver's: the first frame after the line about an access.
 */
bool nvg_race_is_ours(const char *line)
{
	static bool of_access;
	bool is_frame = of_access && *line == ' ';

	of_access = (of_access && !is_frame) || strstr(line, " bytes by ");
	return is_frame && strstr(line, "[nvgrace_gpu_vfio_pci]");
}
