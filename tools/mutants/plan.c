// SPDX-License-Identifier: GPL-2.0-only
/* Which mutants are there, and which are tried first? */
#include "mutants.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mutant *mutants;
size_t nr_mutants;

/**
 * plan_word() - what is said of a mutant
 * @m: the mutant
 * @name: a key of its place
 *
 * Return: the string.
 */
const char *plan_word(const struct mutant *m, const char *name)
{
	return json_object_get_string(json_object_object_get(m->place, name));
}

static void add(struct json_object *place)
{
	struct mutant *m;

	mutants = reallocarray(mutants, nr_mutants + 1, sizeof(*mutants));
	if (!mutants || !place)
		errx(1, "a line of nvgrace-places is no JSON, or there is no memory");
	m = &mutants[nr_mutants++];
	*m = (struct mutant) { .place = place };
	m->file = plan_word(m, "file");
	m->key = plan_word(m, "key");
}

static void read_places(const char *file)
{
	char *path = format("%s/places/%s.json", options.out, file);
	char *text = text_of(path), *rest = text;

	if (!text)
		err(1, "%s cannot be read", path);
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			add(json_tokener_parse(line));
	free(text);
	free(path);
}

/**
 * plan_read() - read the places of the files that can be tried
 * @files: names of the driver's files, ended by NULL
 */
void plan_read(char **files)
{
	for (; *files; files++)
		if (options.hosts || unit_has(*files))
			read_places(*files);
	if (!nr_mutants)
		errx(1, "no place: of these files none has a unit test; HOSTS=1 boots hosts for the others");
}

/* xorshift64*: the same order on any machine. */
static uint64_t random_number(void)
{
	static uint64_t state;

	if (!state)
		state = options.seed * 2 + 1;
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 2685821657736338717u;
}

/**
 * plan_shuffle() - put the mutants in the seed's order
 */
void plan_shuffle(void)
{
	for (size_t i = nr_mutants; i > 1; i--) {
		size_t other = (random_number() >> 11) % i;
		struct mutant was = mutants[i - 1];

		mutants[i - 1] = mutants[other];
		mutants[other] = was;
	}
}
