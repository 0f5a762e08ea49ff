// SPDX-License-Identifier: GPL-2.0-only
/* How does text become a table? */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

char *text(const char *format, ...)
{
	va_list args;
	char *out;

	va_start(args, format);
	if (vasprintf(&out, format, args) < 0)
		out = NULL;
	va_end(args);
	return out;
}

/* In the largest unit that says it exactly, else with one digit more. */
char *size_text(uint64_t bytes)
{
	static const char * const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	unsigned int unit = 0;
	double about = bytes;

	while (unit < 4 && bytes && !(bytes % 1024)) {
		bytes /= 1024;
		unit++;
	}
	if (bytes < 10240)
		return text("%" PRIu64 " %s", bytes, units[unit]);
	for (unit = 0; unit < 4 && about >= 1024; unit++)
		about /= 1024;
	return text("%.1f %s", about, units[unit]);
}

/* Cells of a new row at the end; out of memory ends the program. */
char **table_row(struct table *table)
{
	char *(*more)[TABLE_COLUMNS] = reallocarray(table->rows, table->nr + 1,
						    sizeof(*more));

	if (!more)
		abort();
	table->rows = more;
	memset(more[table->nr], 0, sizeof(*more));
	return more[table->nr++];
}

static const char *cell(const struct table *table, size_t row, size_t column)
{
	const char *cell = table->rows[row][column];

	return cell && *cell ? cell : "-";
}

static int column_width(const struct table *table, size_t column)
{
	size_t width = strlen(table->heads[column]);

	for (size_t row = 0; row < table->nr; row++) {
		size_t len = strlen(cell(table, row, column));

		width = len > width ? len : width;
	}
	return width;
}

/* The last column is not padded: no line ends in spaces. */
static void print_cell(const struct table *table, size_t column, const char *cell)
{
	if (table->heads[column + 1])
		printf("%-*s  ", column_width(table, column), cell);
	else
		printf("%s\n", cell);
}

void table_print(const struct table *table)
{
	for (size_t column = 0; table->heads[column]; column++)
		print_cell(table, column, table->heads[column]);
	for (size_t row = 0; row < table->nr; row++) {
		for (size_t column = 0; table->heads[column]; column++)
			print_cell(table, column, cell(table, row, column));
	}
}

void table_free(struct table *table)
{
	for (size_t row = 0; row < table->nr; row++) {
		for (size_t column = 0; column < TABLE_COLUMNS; column++)
			free(table->rows[row][column]);
	}
	free(table->rows);
	table->rows = NULL;
	table->nr = 0;
}
