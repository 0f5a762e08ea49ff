// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do the unit tests pass without a change?
 *
 * If not, whatever they say of a mutant means nothing. Tried as a mutant that
 * changes nothing, once for each file and state of the tests.
 */
#include "mutants.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

static void add(struct json_object *place, const char *name, char *value)
{
	json_object_object_add(place, name, json_object_new_string(value));
	free(value);
}

static struct mutant no_change(const char *file)
{
	struct mutant m = { .place = json_object_new_object() };

	add(m.place, "file", format("%s", file));
	add(m.place, "key", format("%s:unchanged", file));
	m.file = plan_word(&m, "file");
	m.key = plan_word(&m, "key");
	return m;
}

static void passes(const char *file)
{
	struct mutant m = no_change(file);
	char *copy = format("%s/1", options.out);

	state_read(&m, 1);
	if (m.verdict == UNKNOWN) {
		unit_try(&m, copy);
		if (m.verdict != SURVIVED)
			errx(1, "the unit tests of %s fail without a change (%s): mend that first",
			     file, m.by);
		state_add(&m);
	}
	json_object_put(m.place);
	free(copy);
	free(m.by);
}

/**
 * unchanged_passes() - end the program if a unit test fails for its own reasons
 */
void unchanged_passes(void)
{
	const char *last = NULL;

	for (size_t i = 0; i < nr_mutants; i++) {
		if ((!last || strcmp(mutants[i].file, last)) && unit_has(mutants[i].file))
			passes(mutants[i].file);
		last = mutants[i].file;
	}
}
