// SPDX-License-Identifier: GPL-2.0-only
/* Which locks can be taken for less than is meant, and which order can be lost? */
#include "places.h"

#include <stdlib.h>
#include <string.h>

/* A lock's writers and readers, at both ends. */
static const char *const as_reader[][2] = {
	{ "down_write", "down_read" },
	{ "down_write_killable", "down_read_killable" },
	{ "down_write_trylock", "down_read_trylock" },
	{ "up_write", "up_read" },
	{ "rwsem_write", "rwsem_read" },
	{ "write_lock", "read_lock" },
	{ "write_unlock", "read_unlock" },
};

static const char *reader(struct span word)
{
	for (size_t i = 0; i < ARRAY_SIZE(as_reader); i++)
		if (source_is(word, as_reader[i][0]))
			return as_reader[i][1];
	return NULL;
}

/* All that is taken and given back for writing in a function, as one change. */
static void for_reading(const char *function, struct span body)
{
	struct place place = { .function = function, .kind = "read lock", .about = "lock" };

	for (size_t at = body.start; at < body.end;) {
		struct span word = source_word_at(at);

		if (reader(word) && place.nr_edits < MAX_EDITS)
			place.edits[place.nr_edits++] = (struct edit) { word, reader(word) };
		at = word.end > at ? word.end : at + 1;
	}
	if (!place.nr_edits)
		return;
	place.shown = place.edits[0].span;
	emit(&place);
}

/* The first argument's end, in the parentheses that open at @open. */
static size_t argument_end(size_t open, size_t end)
{
	int depth = 0;

	for (size_t at = open + 1; at < end - 1; at++) {
		depth += source.text[at] == '(';
		depth -= source.text[at] == ')';
		if (!depth && source.text[at] == ',')
			return at;
	}
	return end - 1;
}

/* smp_load_acquire(&x) has a pointer, READ_ONCE(x) has not; the same for stores. */
static void plain_access(const char *function, struct span word, const char *plain)
{
	size_t open = word.end, end = source_group_end(open);
	size_t comma = end ? argument_end(open, end) : 0;
	struct place place = {
		.function = function, .kind = "weaker", .about = "barrier",
		.shown = { word.start, end },
		.edits = {
			{ word, plain },
			{ { open + 1, open + 1 }, "*(" },
			{ { comma, comma }, ")" },
		},
		.nr_edits = 3,
	};

	if (end)
		emit(&place);
}

/* cmpxchg_release() and others, whose relaxed kind has the same arguments. */
static void relaxed(const char *function, struct span word)
{
	char *was = source_copy(word), *suffix = strrchr(was, '_'), *now;

	if (suffix && suffix != was &&
	    (!strcmp(suffix, "_release") || !strcmp(suffix, "_acquire"))) {
		*suffix = '\0';
		now = format("%s_relaxed", was);
		emit_one(function, "weaker", "barrier", word, now);
		free(now);
	}
	free(was);
}

/**
 * locks_of() - find changes of what a function locks and orders
 * @function: its name
 * @body: its text
 */
void locks_of(const char *function, struct span body)
{
	for_reading(function, body);
	for (size_t at = body.start; at < body.end;) {
		struct span word = source_word_at(at);

		if (source_is(word, "smp_load_acquire"))
			plain_access(function, word, "READ_ONCE");
		else if (source_is(word, "smp_store_release"))
			plain_access(function, word, "WRITE_ONCE");
		else if (word.end > at && source.text[word.end] == '(')
			relaxed(function, word);
		at = word.end > at ? word.end : at + 1;
	}
}
