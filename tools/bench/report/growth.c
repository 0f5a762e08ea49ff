// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does each cost grow with the memory?
 *
 * A straight line by least squares: over how much is mapped, for rows that name
 * so many GiB, else over the aperture's size.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

struct line {
	size_t points;
	double fixed;
	double per_gib;
	double worst;		/* part of a value that is off the line */
};

/* The row without its number of GiB, which goes to *gib; false: has none. */
static bool split_row(const char *row, char *family, size_t len, double *gib)
{
	const char *unit = strstr(row, " GiB"), *number = unit;

	if (!unit) {
		snprintf(family, len, "%s", row);
		return false;
	}
	while (number > row && number[-1] != ' ')
		number--;
	*gib = atof(number);
	snprintf(family, len, "%.*s…%s", (int)(number - row), row, unit);
	return true;
}

static bool same_family(const struct result *a, const struct result *b,
			double *gib)
{
	char family[128], other[128];
	double ignored;

	split_row(a->row, family, sizeof(family), &ignored);
	if (!split_row(b->row, other, sizeof(other), gib))
		*gib = b->aperture;
	return !strcmp(family, other) && !strcmp(a->driver, b->driver) &&
	       !strcmp(a->unit, b->unit) && *gib > 0;
}

static struct line fit(const struct results *r, const struct result *first)
{
	double x, sx = 0, sy = 0, sxx = 0, sxy = 0, n = 0;
	struct line line = {};

	for (size_t i = 0; i < r->nr; i++) {
		if (!same_family(first, &r->list[i], &x))
			continue;
		n++;
		sx += x;
		sy += r->list[i].value;
		sxx += x * x;
		sxy += x * r->list[i].value;
	}
	line.points = n;
	if (n * sxx == sx * sx)
		return line;
	line.per_gib = (n * sxy - sx * sy) / (n * sxx - sx * sx);
	line.fixed = (sy - line.per_gib * sx) / n;
	for (size_t i = 0; i < r->nr; i++)
		if (same_family(first, &r->list[i], &x))
			line.worst = fmax(line.worst,
					  fabs(r->list[i].value - line.fixed -
					       line.per_gib * x) /
					  fmax(1, r->list[i].value));
	return line;
}

static bool is_first(const struct results *r, size_t i)
{
	double ignored;

	for (size_t n = 0; n < i; n++)
		if (same_family(&r->list[n], &r->list[i], &ignored))
			return false;
	return true;
}

void growth_print(const struct results *r)
{
	char family[128];
	double ignored;

	printf("\n%-40s %-18s %-10s %15s %15s %6s %9s\n", "growth", "", "",
	       "per GiB", "fixed", "points", "off line");
	for (size_t i = 0; i < r->nr; i++) {
		struct line line = fit(r, &r->list[i]);

		if (!is_first(r, i) || line.points < 3)
			continue;
		split_row(r->list[i].row, family, sizeof(family), &ignored);
		/* printf() counts bytes, and the ellipsis has three. */
		printf("%-*s %-18s %-10s %15.1f %15.0f %6zu %7.1f %%\n",
		       strstr(family, "…") ? 42 : 40, family, r->list[i].unit,
		       r->list[i].driver, line.per_gib, line.fixed, line.points,
		       line.worst * 100);
	}
}
