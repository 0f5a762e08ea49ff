// SPDX-License-Identifier: GPL-2.0-only
/* How much of which file was reached, and what was not? */
#include "coverage.h"

#include <err.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Of one file, or of all. */
struct count {
	unsigned int lines;
	unsigned int reached;
	unsigned int excused;
	unsigned int branches;
	unsigned int taken;
};

static void add(struct count *count, const struct line *line)
{
	count->lines++;
	count->reached += line->reached > 0;
	count->excused += !line->reached && line->reason;
	count->branches += line->branches;
	count->taken += line->taken;
}

static void add_count(struct count *all, const struct count *one)
{
	all->lines += one->lines;
	all->reached += one->reached;
	all->excused += one->excused;
	all->branches += one->branches;
	all->taken += one->taken;
}

static double percent(unsigned int part, unsigned int whole)
{
	return whole ? 100.0 * part / whole : 100;
}

static void print_count(FILE *out, const char *file, const struct count *count)
{
	fprintf(out, "%-16s %6u %8u %7.1f %7u %9u %7.1f\n", file, count->lines, count->reached,
		percent(count->reached, count->lines), count->excused, count->branches,
		percent(count->taken, count->branches));
}

static struct json_object *json_of_count(const struct count *count)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "lines", json_object_new_int(count->lines));
	json_object_object_add(object, "reached", json_object_new_int(count->reached));
	json_object_object_add(object, "unreached_with_reason",
			       json_object_new_int(count->excused));
	json_object_object_add(object, "branches", json_object_new_int(count->branches));
	json_object_object_add(object, "branches_taken", json_object_new_int(count->taken));
	return object;
}

static struct json_object *json_of_line(const struct line *line)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "file", json_object_new_string(line->file));
	json_object_object_add(object, "line", json_object_new_int(line->number));
	json_object_object_add(object, "function", json_object_new_string(line->function));
	json_object_object_add(object, "text", json_object_new_string(line->text));
	json_object_object_add(object, "reason",
			       json_object_new_string(line->reason ? line->reason : ""));
	return object;
}

/* Lines of one file from the first on; the number of them. */
static size_t report_file(FILE *out, const struct line *first, struct count *all,
			  struct json_object *files)
{
	size_t rest = nr_lines - (first - lines), nr = 0;
	struct count count = {};

	for (; nr < rest && !strcmp(first[nr].file, first->file); nr++)
		add(&count, &first[nr]);
	print_count(out, first->file, &count);
	json_object_object_add(files, first->file, json_of_count(&count));
	add_count(all, &count);
	return nr;
}

static struct json_object *report_unreached(FILE *out, bool with_reason)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < nr_lines; i++) {
		if (lines[i].reached || !lines[i].reason == with_reason)
			continue;
		fprintf(out, "%s:%u: %s: %s\n", lines[i].file, lines[i].number, lines[i].function,
			lines[i].text);
		if (with_reason)
			fprintf(out, "\t%s\n", lines[i].reason);
		json_object_array_add(list, json_of_line(&lines[i]));
	}
	return list;
}

/* True: every line is reached, or has its reason. */
static bool write_report(FILE *out, const char *json)
{
	struct json_object *report = json_object_new_object(), *files = json_object_new_object();
	struct count all = {};

	fprintf(out, "%-16s %6s %8s %7s %7s %9s %7s\n", "file", "lines", "reached", "%", "reason",
		"branches", "% taken");
	for (size_t i = 0; i < nr_lines;)
		i += report_file(out, &lines[i], &all, files);
	print_count(out, "all", &all);
	json_object_object_add(report, "files", files);
	json_object_object_add(report, "all", json_of_count(&all));
	fprintf(out, "\nnot reached, and the reason:\n");
	json_object_object_add(report, "unreached_with_reason", report_unreached(out, true));
	fprintf(out, "\nnot reached, without a reason:\n");
	json_object_object_add(report, "unreached", report_unreached(out, false));
	if (json_object_to_file_ext(json, report, JSON_C_TO_STRING_PRETTY |
				    JSON_C_TO_STRING_NOSLASHESCAPE))
		errx(1, "%s cannot be written", json);
	json_object_put(report);
	return all.reached + all.excused == all.lines;
}

int main(int argc, char **argv)
{
	const char *out, *text;
	FILE *file;
	bool good;

	if (argc < 3)
		errx(2, "usage: nvgrace-coverage TOP GCOV.json...");
	for (int i = 2; i < argc; i++)
		counts_read(argv[1], argv[i]);
	counts_sort();
	reasons_read(format("%s/tools/coverage/unreached", argv[1]));
	out = format("%s/build/coverage", argv[1]);
	text = format("%s/report.txt", out);
	file = fopen(text, "w");
	if (!file)
		err(1, "%s cannot be written", text);
	good = write_report(file, format("%s/report.json", out));
	fclose(file);
	fputs(text_of(text), stdout);
	return good ? 0 : 1;
}
