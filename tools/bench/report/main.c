// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be said about the numbers of a benchmark?
 *
 * usage: report table RESULTS             a table, and how each row grows
 *        report check RESULTS BASELINE    TAP; exit code 1 when something is slower
 *        report plot RESULTS              points, for gnuplot
 *        report save RESULTS              JSON, as BASELINE wants it
 * Exit code 2: a file cannot be used, or a wrong call.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";
	struct results results, baseline;

	if (argc > 2 && results_read(&results, argv[2]))
		return 2;
	if (!strcmp(verb, "table") && argc == 3) {
		table_print(&results);
		growth_print(&results);
	} else if (!strcmp(verb, "check") && argc == 4) {
		if (results_read(&baseline, argv[3]))
			return 2;
		return check_print(&results, &baseline) ? 1 : 0;
	} else if (!strcmp(verb, "plot") && argc == 3) {
		plot_print(&results);
	} else if (!strcmp(verb, "save") && argc == 3) {
		results_print(&results);
	} else {
		fprintf(stderr, "usage: report table|plot|save RESULTS, report check RESULTS BASELINE\n");
		return 2;
	}
	return 0;
}
