// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a place told, once?
 *
 * A macro may use its argument twice, and then the tree has it twice. The key of
 * a place is what it is, not where: it stays when lines above it come or go.
 */
#include "places.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *keys;	/* key without its number: how many had it */
static struct json_object *seen;	/* by offset and text */

static bool is_new(struct json_object **set, const char *what)
{
	if (!*set)
		*set = json_object_new_object();
	if (json_object_object_get_ex(*set, what, NULL))
		return false;
	json_object_object_add(*set, what, json_object_new_int(0));
	return true;
}

static unsigned int line_of(size_t offset)
{
	unsigned int line = 1;

	for (size_t at = 0; at < offset; at++)
		line += source.text[at] == '\n';
	return line;
}

/* One line, with single blanks. */
static void squeeze(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++) {
		bool blank = strchr(" \t\n", *from);

		if (!blank || (to > text && to[-1] != ' '))
			*to++ = blank ? ' ' : *from;
	}
	*to = '\0';
}

static char *shown(const struct place *place)
{
	char *was = source_copy(place->shown);

	squeeze(was);
	return was;
}

/* What the shown text becomes. */
static char *changed(const struct place *place)
{
	char *now = NULL;
	size_t size, at = place->shown.start;
	FILE *out = open_memstream(&now, &size);

	for (size_t i = 0; i < place->nr_edits; i++) {
		if (place->edits[i].span.end > place->shown.end)
			break;
		fwrite(source.text + at, 1, place->edits[i].span.start - at, out);
		fputs(place->edits[i].text, out);
		at = place->edits[i].span.end;
	}
	fwrite(source.text + at, 1, place->shown.end - at, out);
	fclose(out);
	squeeze(now);
	return now;
}

static struct json_object *key_of(const struct place *place, const char *was, const char *now)
{
	char *what = format("%s %s %s %s %s", place->function, place->kind,
			    place->about, was, now);
	struct json_object *count;
	char key[160];
	int nth = 0;

	if (!is_new(&keys, what)) {
		json_object_object_get_ex(keys, what, &count);
		nth = json_object_get_int(count) + 1;
		json_object_set_int(count, nth);
	}
	snprintf(key, sizeof(key), "%s:%s:%08x", source.name, place->function,
		 (uint32_t)text_hash(nth, what));
	free(what);
	return json_object_new_string(key);
}

static struct json_object *edits_of(const struct place *place)
{
	struct json_object *edits = json_object_new_array();

	for (size_t i = 0; i < place->nr_edits; i++) {
		const struct edit *edit = &place->edits[i];
		struct json_object *one = json_object_new_object();

		json_object_object_add(one, "start", json_object_new_int64(edit->span.start));
		json_object_object_add(one, "end", json_object_new_int64(edit->span.end));
		json_object_object_add(one, "text", json_object_new_string(edit->text));
		json_object_array_add(edits, one);
	}
	return edits;
}

/* With the lines that it is in, so that one sees which of two it is. */
static struct place with_lines(const struct place *place)
{
	struct place wide = *place;

	while (wide.shown.start && source.text[wide.shown.start - 1] != '\n')
		wide.shown.start--;
	while (wide.shown.end < source.size && source.text[wide.shown.end] != '\n')
		wide.shown.end++;
	wide.shown = source_trim(wide.shown);
	return wide;
}

static void print(const struct place *place, struct json_object *key)
{
	struct json_object *object = json_object_new_object();
	char *was = shown(place), *now = changed(place);

	json_object_object_add(object, "key", key);
	json_object_object_add(object, "file", json_object_new_string(source.name));
	json_object_object_add(object, "function", json_object_new_string(place->function));
	json_object_object_add(object, "line", json_object_new_int(line_of(place->shown.start)));
	json_object_object_add(object, "kind", json_object_new_string(place->kind));
	json_object_object_add(object, "about", json_object_new_string(place->about));
	json_object_object_add(object, "was", json_object_new_string(was));
	json_object_object_add(object, "now", json_object_new_string(now));
	json_object_object_add(object, "edits", edits_of(place));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
	free(now);
	free(was);
}

/**
 * emit() - tell of a place, as a line of JSON
 * @place: the place
 */
void emit(const struct place *place)
{
	char *was, *now, *where = format("%zu %s %s", place->edits[0].span.start, place->kind,
					 place->edits[0].text);
	struct place wide;

	if (is_new(&seen, where)) {
		was = shown(place);
		now = changed(place);
		wide = with_lines(place);
		print(&wide, key_of(place, was, now));
		free(now);
		free(was);
	}
	free(where);
}

/**
 * emit_one() - tell of a place that one piece of text makes up
 * @function: which it is in
 * @kind: what is done
 * @about: what stands there
 * @span: what goes
 * @text: what comes
 */
void emit_one(const char *function, const char *kind, const char *about,
	      struct span span, const char *text)
{
	struct place place = {
		.function = function, .kind = kind, .about = about, .shown = span,
		.edits = { { span, text } }, .nr_edits = 1,
	};

	emit(&place);
}
