/* SPDX-License-Identifier: GPL-2.0-only */
/* What do the parts of the report know of each other? */
#ifndef NVGRACE_BENCH_REPORT_H
#define NVGRACE_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One number, as the benchmark told it. */
struct result {
	const char *driver;	/* the column */
	const char *row;
	const char *unit;
	unsigned int aperture;	/* GiB of memory; 0: does not matter */
	uint64_t value;
};

struct results {
	const char *kernel;
	struct result *list;	/* in the order they came */
	size_t nr;
};

/* results.c */
int results_read(struct results *r, const char *path);
const struct result *results_find(const struct results *r, const char *driver,
				  const char *row, const char *unit);
void results_print(const struct results *r);

/* table.c */
void table_print(const struct results *r);

/* growth.c */
void growth_print(const struct results *r);

/* check.c */
int check_print(const struct results *r, const struct results *baseline);

/* plot.c */
void plot_print(const struct results *r);

#endif
