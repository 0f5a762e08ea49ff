// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which mutants change nothing that anybody could see?
 *
 * Those of the list "equivalent": four lines each, an empty one between them.
 */
#include "mutants.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct excuse {
	char *where;	/* FILE FUNCTION */
	char *was;
	char *now;
	char *reason;
};

static bool is_of(const struct excuse *excuse, const struct mutant *m)
{
	size_t file = strlen(m->file);

	return !strncmp(excuse->where, m->file, file) && excuse->where[file] == ' ' &&
	       !strcmp(excuse->where + file + 1, plan_word(m, "function")) &&
	       !strcmp(excuse->was, plan_word(m, "was")) &&
	       !strcmp(excuse->now, plan_word(m, "now"));
}

static bool is_planned(const char *where)
{
	for (size_t i = 0; i < nr_mutants; i++)
		if (!strncmp(where, mutants[i].file, strlen(mutants[i].file)))
			return true;
	return false;
}

static void excuse_mutants(const struct excuse *excuse)
{
	bool used = false;

	for (size_t i = 0; i < nr_mutants; i++)
		if (is_of(excuse, &mutants[i])) {
			mutants[i].excuse = excuse->reason;
			used = true;
		}
	if (!used && is_planned(excuse->where))
		errx(1, "tools/mutants/equivalent: no mutant of %s makes \"%s\" of \"%s\": take the entry out or mend it",
		     excuse->where, excuse->now, excuse->was);
}

/**
 * excuses_read() - mark the mutants that the list has
 */
void excuses_read(void)
{
	char *text = text_of(format("%s/tools/mutants/equivalent", options.top)), *rest = text;
	char *lines[4];
	int nr = 0;

	for (char *line; text && (line = strsep(&rest, "\n"));) {
		if (*line == '#')
			continue;
		if (*line)
			lines[nr++] = line;
		else if (nr)
			errx(1, "tools/mutants/equivalent: \"%s\" has not four lines", lines[0]);
		if (nr < 4)
			continue;
		excuse_mutants(&(struct excuse) { lines[0], lines[1], lines[2], lines[3] });
		nr = 0;
	}
}
