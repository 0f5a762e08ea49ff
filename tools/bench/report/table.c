// SPDX-License-Identifier: GPL-2.0-only
/* How do the drivers compare, row by row? */
#include <stdio.h>
#include <string.h>

#include "report.h"

#define MAX_DRIVERS	8

struct columns {
	const char *driver[MAX_DRIVERS];
	size_t nr;
};

static void find_columns(const struct results *r, struct columns *columns)
{
	columns->nr = 0;
	for (size_t i = 0; i < r->nr; i++) {
		size_t n = 0;

		while (n < columns->nr &&
		       strcmp(columns->driver[n], r->list[i].driver))
			n++;
		if (n == columns->nr && n < MAX_DRIVERS)
			columns->driver[columns->nr++] = r->list[i].driver;
	}
}

/* Was this row and unit in the list before? */
static bool is_repeated(const struct results *r, size_t i)
{
	for (size_t n = 0; n < i; n++)
		if (!strcmp(r->list[n].row, r->list[i].row) &&
		    !strcmp(r->list[n].unit, r->list[i].unit))
			return true;
	return false;
}

/* With a comma between each three digits. */
static void print_number(const struct result *one, int width)
{
	char digits[32], text[48];
	size_t len, out = 0;

	if (!one) {
		printf(" %*s", width, "-");
		return;
	}
	len = snprintf(digits, sizeof(digits), "%llu",
		       (unsigned long long)one->value);
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			text[out++] = ',';
		text[out++] = digits[i];
	}
	text[out] = 0;
	printf(" %*s", width, text);
}

static void print_row(const struct results *r, const struct columns *columns,
		      const struct result *row)
{
	const struct result *ours, *plain;

	printf("%-40s %-18s", row->row, row->unit);
	for (size_t n = 0; n < columns->nr; n++)
		print_number(results_find(r, columns->driver[n], row->row,
					  row->unit), 15);
	ours = results_find(r, "nvgrace", row->row, row->unit);
	plain = results_find(r, "vfio-pci", row->row, row->unit);
	if (ours && plain && plain->value)
		printf(" %8.4f", (double)ours->value / plain->value);
	printf("\n");
}

void table_print(const struct results *r)
{
	struct columns columns;

	find_columns(r, &columns);
	if (r->kernel)
		printf("kernel %s\n", r->kernel);
	printf("%-40s %-18s", "", "");
	for (size_t n = 0; n < columns.nr; n++)
		printf(" %15s", columns.driver[n]);
	printf(" %8s\n", "nvgrace/");
	printf("%*s\n", (int)(40 + 1 + 18 + 16 * columns.nr + 9), "vfio-pci");
	for (size_t i = 0; i < r->nr; i++)
		if (!is_repeated(r, i))
			print_row(r, &columns, &r->list[i]);
}
