// SPDX-License-Identifier: GPL-2.0-only
/* How does a mutant get into a copy of the tree, and out again? */
#include "mutants.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int number(struct json_object *edit, const char *name)
{
	return json_object_get_int(json_object_object_get(edit, name));
}

static void write_changed(FILE *out, const char *text, struct json_object *edits)
{
	size_t at = 0;

	for (size_t i = 0; i < json_object_array_length(edits); i++) {
		struct json_object *edit = json_object_array_get_idx(edits, i);

		fwrite(text + at, 1, number(edit, "start") - at, out);
		fputs(json_object_get_string(json_object_object_get(edit, "text")), out);
		at = number(edit, "end");
	}
	fputs(text + at, out);
}

static void write_file(const struct mutant *m, const char *copy, struct json_object *edits)
{
	char *from = format("%s/%s", options.top, m->file), *to = format("%s/%s", copy, m->file);
	char *text = text_of(from);
	FILE *out = fopen(to, "w");

	if (!text || !out)
		err(1, "%s cannot be copied to %s", from, to);
	write_changed(out, text, edits);
	if (fclose(out))
		err(1, "%s cannot be written", to);
	free(text);
	free(to);
	free(from);
}

/**
 * apply() - change a copy of the tree
 * @m: how
 * @copy: the copy
 */
void apply(const struct mutant *m, const char *copy)
{
	write_file(m, copy, json_object_object_get(m->place, "edits"));
}

/**
 * restore() - undo it
 * @m: what was done
 * @copy: the copy
 */
void restore(const struct mutant *m, const char *copy)
{
	struct json_object *none = json_object_new_array();

	write_file(m, copy, none);
	json_object_put(none);
}
