// SPDX-License-Identifier: GPL-2.0-only
/* Which points does the plot show? For gnuplot: a block for each line of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static void print_block(const struct results *r, const char *driver,
			const char *how)
{
	char row[64];

	printf("\"%s, %s\"\n", driver, how);
	for (size_t i = 0; i < r->nr; i++) {
		const struct result *one = &r->list[i];
		int gib;

		if (strcmp(one->driver, driver) ||
		    strcmp(one->unit, "instructions") ||
		    sscanf(one->row, "map and touch %d GiB", &gib) != 1)
			continue;
		snprintf(row, sizeof(row), "map and touch %d GiB %s", gib, how);
		if (!strcmp(row, one->row))
			printf("%d %llu\n", gib, (unsigned long long)one->value);
	}
	printf("\n\n");
}

void plot_print(const struct results *r)
{
	print_block(r, "vfio-pci", "skewed");
	print_block(r, "nvgrace", "skewed");
	print_block(r, "vfio-pci", "aligned");
	print_block(r, "nvgrace", "aligned");
}
