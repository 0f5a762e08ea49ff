// SPDX-License-Identifier: GPL-2.0-only
/* How often was each line of the driver executed, as gcov has it? */
#include "coverage.h"

#include <ctype.h>
#include <err.h>
#include <json-c/json.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct line *lines;
size_t nr_lines;

static struct json_object *child(struct json_object *object, const char *key)
{
	struct json_object *found;

	if (!json_object_object_get_ex(object, key, &found))
		errx(1, "gcov's report has no \"%s\"", key);
	return found;
}

/* Line number of a text, without the white space around it; to be freed. */
static char *nth_line(const char *text, unsigned int number)
{
	size_t len;

	while (--number && text)
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
	if (!text)
		return format("%s", "");
	while (isblank(*text))
		text++;
	len = strcspn(text, "\n");
	return format("%.*s", (int)len, text);
}

/* An inline function of a header is in every file that has it: one line. */
static struct line *line_of(const char *file, unsigned int number)
{
	for (size_t i = 0; i < nr_lines; i++)
		if (lines[i].number == number && !strcmp(lines[i].file, file))
			return &lines[i];
	lines = reallocarray(lines, nr_lines + 1, sizeof(*lines));
	if (!lines)
		err(1, "no memory");
	lines[nr_lines] = (struct line) { .file = format("%s", file), .number = number };
	return &lines[nr_lines++];
}

static unsigned int taken_of(struct json_object *branches)
{
	unsigned int taken = 0;

	for (size_t i = 0; i < json_object_array_length(branches); i++) {
		struct json_object *branch = json_object_array_get_idx(branches, i);

		taken += json_object_get_int64(child(branch, "count")) > 0;
	}
	return taken;
}

static void add_line(const char *file, const char *text, struct json_object *counted)
{
	struct line *line = line_of(file, json_object_get_int(child(counted, "line_number")));
	struct json_object *branches = child(counted, "branches"), *function;
	unsigned int taken = taken_of(branches);

	if (!line->text) {
		line->text = nth_line(text, line->number);
		json_object_object_get_ex(counted, "function_name", &function);
		/* Where a function is inlined its lines have none. */
		line->function = format("%s", function ? json_object_get_string(function) : "-");
	}
	line->reached += json_object_get_int64(child(counted, "count"));
	line->branches = json_object_array_length(branches);
	line->taken = taken > line->taken ? taken : line->taken;
}

/* The driver's own, but for trace.h, which is its declarations of trace events. */
static bool is_of_driver(const char *path, const char *file)
{
	return strstr(path, "nvgrace-gpu/") && strcmp(file, "trace.h");
}

static void add_file(const char *top, struct json_object *counted)
{
	char *path = format("%s", json_object_get_string(child(counted, "file")));
	const char *file = basename(path);
	struct json_object *list = child(counted, "lines");
	char *text;

	if (is_of_driver(json_object_get_string(child(counted, "file")), file)) {
		text = text_of(format("%s/%s", top, file));
		if (!text)
			errx(1, "%s is not in %s", file, top);
		for (size_t i = 0; i < json_object_array_length(list); i++)
			add_line(file, text, json_object_array_get_idx(list, i));
		free(text);
	}
	free(path);
}

/**
 * counts_read() - add what gcov says of one object
 * @top: where the driver's files are
 * @json: gcov's report
 */
void counts_read(const char *top, const char *json)
{
	struct json_object *report = json_object_from_file(json), *files;

	if (!report)
		errx(1, "%s is no report of gcov's: %s", json, json_util_get_last_err());
	files = child(report, "files");
	for (size_t i = 0; i < json_object_array_length(files); i++)
		add_file(top, json_object_array_get_idx(files, i));
	json_object_put(report);
}

static int by_place(const void *a, const void *b)
{
	const struct line *left = a, *right = b;
	int order = strcmp(left->file, right->file);

	return order ? order : (int)left->number - (int)right->number;
}

/**
 * counts_sort() - have the lines in the order of files and numbers
 */
void counts_sort(void)
{
	qsort(lines, nr_lines, sizeof(*lines), by_place);
}
