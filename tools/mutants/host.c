// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which emulated host notices a mutant?
 *
 * The table "rows" says for each file of the driver which rows of the selftests'
 * table show its work, the cheapest first. Each is run in the copy as it is run in
 * the tree, and ended at the first "not ok".
 */
#include "mutants.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW_SECONDS	1800	/* with the module, and the first time all else, built before it */

/* What the log of the build says when the driver itself did not compile. */
static bool is_no_mutant(const char *copy)
{
	char *path = format("%s/build/selftests/log/build.log", copy), *text = text_of(path);
	bool failed = text && strstr(text, "nvgrace-gpu-vfio-pci") && strstr(text, " error: ");

	free(text);
	free(path);
	return failed;
}

static void one_row(struct mutant *m, const char *copy, const char *row)
{
	char *runner = format("%s/selftests/run", copy), *log = format("%s/build/host.log", copy);
	char *tap = format("%s/build/selftests/log/%s.tap", copy, row), *failure;
	int code;

	remove(tap);
	code = command((char *[]) { runner, (char *)row, NULL }, log, ROW_SECONDS, tap);
	failure = tap_failure(tap);
	if (code && !failure && is_no_mutant(copy)) {
		m->verdict = NO_MUTANT;
		m->by = strdup("module");
	} else if (code == TIMED_OUT || failure) {
		m->verdict = KILLED;
		m->by = format("host %s: %s", row, failure ? failure : "timeout");
	} else if (code) {
		errx(1, "%s: %s did not run, see %s", m->key, row, log);
	} else {
		m->verdict = SURVIVED;
		m->by = format("hosts up to %s", row);
	}
	free(failure);
	free(tap);
	free(log);
	free(runner);
}

/* The words behind a file's name in the table. */
static char *rows_of(const char *file)
{
	char *text = text_of(format("%s/tools/mutants/rows", options.top)), *rest = text;

	for (char *line; text && (line = strsep(&rest, "\n"));)
		if (!strncmp(line, file, strlen(file)) && strchr(" \t", line[strlen(file)]))
			return line + strlen(file);
	errx(1, "tools/mutants/rows does not say which rows %s is for", file);
}

/**
 * host_try() - show a mutant to the hosts that its file is for
 * @m: the mutant, which the copy has
 * @copy: of the tree
 */
void host_try(struct mutant *m, const char *copy)
{
	char *rows = rows_of(m->file);

	for (char *row; (row = strsep(&rows, " \t"));) {
		if (!*row)
			continue;
		free(m->by);
		one_row(m, copy, row);
		if (m->verdict != SURVIVED)
			return;
	}
}
