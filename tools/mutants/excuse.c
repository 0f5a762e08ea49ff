// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which mutants change nothing that anybody could see?
 *
 * Those of the list "equivalent": four lines each, an empty one between them.
 */
#include "mutants.h"

#include <err.h>
#include <string.h>

struct excuse {
	char *where;	/* FILE FUNCTION */
	char *was;
	char *now;
	char *reason;
};

static bool is_of(const struct excuse *excuse, const struct mutant *m)
{
	return entry_is_of(excuse->where, m->file, plan_word(m, "function")) &&
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

static void use_entry(char *const lines[])
{
	excuse_mutants(&(struct excuse) { lines[0], lines[1], lines[2], lines[3] });
}

/**
 * excuses_read() - mark the mutants that the list has
 */
void excuses_read(void)
{
	each_entry(format("%s/tools/mutants/equivalent", options.top), 4, use_entry);
}
