// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be told of a real GPU of this machine?
 *
 * Takes a GPU that nobody uses, runs the tests that are safe on it, gives it
 * back as it was, and writes all that it saw into one file. The programs that
 * it starts lie beside it.
 */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "here.h"
#include "tap.h"

enum { PASSED, FAILED, REFUSED };

static const char usage[] =
"usage: nvgrace-here [-n] [-o REPORT] [BDF]\n"
"  -n  only say whether it could be tested, as far as one sees without taking it\n"
"  -o  where the report goes (default nvgrace-here.txt)\n";

static const char heading[] =
"This report is plain text, for the maintainers of nvgrace-gpu: see MAINTAINERS. Nobody has been\n"
"sent it. Read it, and cut what you do not want to give away: it names no person, host or serial\n"
"number by itself, but has physical addresses, the kernel's name, and all that the kernel logged\n"
"during the run, whatever it was about.\n";

/* One line: what, why, and in it what to do. */
static int refuse(const char *bdf, const char *why)
{
	fprintf(stderr, "nvgrace-here: %s%s%s\n", bdf ?: "", bdf ? ": " : "", why);
	return REFUSED;
}

static void write_log(FILE *report, int klog)
{
	char line[1024];

	while (klog >= 0 && nvg_klog_next(klog, line, sizeof(line)))
		fprintf(report, "# kernel: %s\n", line);
	fflush(report);
}

/* Each with its own words for why not, in one line; nothing is changed then. */
static bool take(const char *bdf)
{
	char *argv[] = { "./nvgrace", "bind", "--layout", "bar2", (char *)bdf, NULL };

	return !child_run(argv, STDERR_FILENO);
}

static void count(const char *path, struct tally *tally)
{
	FILE *report = fopen(path, "r");
	char line[2048];

	while (report && fgets(line, sizeof(line), report))
		tally_line(tally, line);
	if (report)
		fclose(report);
}

/* The last line, of the report and for who waits. */
static int conclude(FILE *report, const char *path, const char *bdf,
		    const struct binding *before, const char *left)
{
	struct tally tally = {};
	char line[512];

	fflush(report);
	count(path, &tally);
	snprintf(line, sizeof(line), "%u passed, %u failed, %u skipped%s; %s: %s%s",
		 tally.passed, tally.failed, tally.skipped,
		 child_stop ? ", and the rest not run" : "", bdf,
		 left ? "could not be put back as it was: " : "as before: driver ",
		 left ?: *before->driver ? before->driver : "none");
	fprintf(report, "\n== end\n%s\n", line);
	printf("%s\nreport: %s\n", line, path);
	return tally.failed || left || child_stop ? FAILED : PASSED;
}

static int test(const char *bdf, const char *path)
{
	int klog = nvg_klog_mark();
	struct binding before;
	const char *left;
	FILE *report;
	int code;

	binding_note(bdf, &before);
	child_watch_signals();
	if (!take(bdf)) {
		if (child_stop)
			binding_put_back(bdf, &before);
		return REFUSED;
	}
	report = fopen(path, "w");
	if (!report) {
		binding_put_back(bdf, &before);
		return refuse(path, "the report cannot be written there: -o names another place");
	}
	printf("%s is tested and its memory overwritten; Ctrl-C ends it and puts back what was bound\n",
	       bdf);
	fflush(stdout);
	fputs(heading, report);
	facts_write(report, bdf);
	write_log(report, klog);
	measure_write(report);
	write_log(report, klog);
	programs_write(report, bdf);
	lseek(klog, 0, SEEK_END);	/* the tests' part is there */
	left = binding_put_back(bdf, &before);
	write_log(report, klog);
	code = conclude(report, path, bdf, &before, left);
	fclose(report);
	return code;
}

int main(int argc, char **argv)
{
	const char *report = "nvgrace-here.txt", *bdf, *why;
	bool only_look = false;
	int option;

	while ((option = getopt(argc, argv, "no:")) != -1) {
		if (option == 'n') {
			only_look = true;
		} else if (option == 'o') {
			report = optarg;
		} else {
			fputs(usage, stderr);
			return REFUSED;
		}
	}
	bdf = argv[optind];
	why = fit_for_tests(bdf);
	if (why)
		return refuse(bdf, why);
	if (only_look)
		return PASSED;
	nvg_args(argc, argv);
	return test(bdf, report);
}
