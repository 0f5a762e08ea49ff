// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where are the GPU's BARs, and which nodes does firmware tie to it?
 *
 * The kernel knows nodes with a generic initiator, not whose: there is one GPU.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vendor_guest.h"

#define DEVICES	"/sys/bus/pci/devices/"
#define NODES	"/sys/devices/system/node/has_generic_initiator"

static void find_gpu(struct facts *facts)
{
	char vendor[16];
	glob_t found;

	glob(DEVICES "*/vendor", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (file_read(found.gl_pathv[i], vendor, sizeof(vendor)) ||
		    strcmp(vendor, "0x10de"))
			continue;
		snprintf(facts->bdf, sizeof(facts->bdf), "%.12s",
			 found.gl_pathv[i] + strlen(DEVICES));
	}
	globfree(&found);
}

static void read_bars(struct facts *facts)
{
	char path[64], text[2048] = "", *line = text;

	snprintf(path, sizeof(path), DEVICES "%s/resource", facts->bdf);
	file_bytes(path, text, sizeof(text) - 1);
	for (int i = 0; i < 6 && line; i++) {
		facts->bar[i] = strtoull(line, NULL, 16);
		if (facts->bar[i])
			printf("BAR%d: %.37s\n", i, line);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

/* A list such as 0,2-5. */
static void read_nodes(struct facts *facts)
{
	char text[256] = "", *at = text;

	file_read(NODES, text, sizeof(text));
	printf("nodes with a generic initiator: %s\n", text);
	while (*at >= '0' && *at <= '9') {
		unsigned long first = strtoul(at, &at, 10), last = first;

		if (*at == '-')
			last = strtoul(at + 1, &at, 10);
		for (; first <= last && first < 64; first++)
			facts->nodes |= UINT64_C(1) << first;
		at += *at == ',';
	}
}

void facts_read(struct facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	find_gpu(facts);
	printf("GPU: %s\n", facts->bdf);
	read_bars(facts);
	read_nodes(facts);
}

bool facts_bound(const struct facts *facts)
{
	char path[64], driver[256];
	ssize_t len;

	snprintf(path, sizeof(path), DEVICES "%s/driver", facts->bdf);
	len = readlink(path, driver, sizeof(driver) - 1);
	if (len < 0)
		return false;
	driver[len] = '\0';
	return !strcmp(strrchr(driver, '/') + 1, "nvidia");
}
