// SPDX-License-Identifier: GPL-2.0-only
/* Is a GPU that came back as it was before it was given away? */
#include <stdio.h>
#include <string.h>

#include "handover.h"

struct given given_now(const char *bdf)
{
	struct given now = {};
	char path[128];

	if (!binding_driver(bdf, now.driver, sizeof(now.driver)))
		now.driver[0] = '\0';
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", bdf);
	if (file_read(path, now.override, sizeof(now.override)))
		snprintf(now.override, sizeof(now.override), "cannot be read");
	return now;
}

bool given_back(const char *bdf, const struct given *before)
{
	struct given now = given_now(bdf);

	note("%s: driver '%s', before '%s'; driver_override '%s', before '%s'", bdf,
	     now.driver, before->driver, now.override, before->override);
	return !strcmp(now.driver, before->driver) &&
	       !strcmp(now.override, before->override);
}
