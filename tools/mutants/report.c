// SPDX-License-Identifier: GPL-2.0-only
/* How many of which file did the tests notice, and which not? */
#include "mutants.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one file, or of all. */
struct count {
	const char *file;
	unsigned int killed;
	unsigned int survived;
	unsigned int equivalent;
	unsigned int no_mutant;
};

static struct count counts[64];
static size_t nr_counts;
static struct count all = { .file = "all" };

static struct count *count_of(const char *file)
{
	for (size_t i = 0; i < nr_counts; i++)
		if (!strcmp(counts[i].file, file))
			return &counts[i];
	if (nr_counts == ARRAY_SIZE(counts))
		errx(1, "too many files");
	counts[nr_counts].file = file;
	return &counts[nr_counts++];
}

static void add(struct count *count, const struct mutant *m)
{
	count->equivalent += !!m->excuse;
	count->no_mutant += !m->excuse && m->verdict == NO_MUTANT;
	count->killed += !m->excuse && m->verdict == KILLED;
	count->survived += !m->excuse && m->verdict == SURVIVED;
}

static double percent(const struct count *count)
{
	unsigned int tried = count->killed + count->survived;

	return tried ? 100.0 * count->killed / tried : 100;
}

static int by_file(const void *a, const void *b)
{
	return strcmp(((const struct count *)a)->file, ((const struct count *)b)->file);
}

static int by_place(const void *a, const void *b)
{
	const struct mutant *left = a, *right = b;
	int order = strcmp(left->file, right->file);

	return order ? order : atoi(plan_word(left, "line")) - atoi(plan_word(right, "line"));
}

static void print_count(FILE *out, const struct count *count)
{
	fprintf(out, "%-14s %6u %8u %8.1f %11u %9u\n", count->file, count->killed,
		count->survived, percent(count), count->equivalent, count->no_mutant);
}

static void print_survivor(FILE *out, const struct mutant *m)
{
	const char *about = plan_word(m, "about");

	fprintf(out, "%s:%s: %s: %s%s%s\n\t%s\n\t=> %s\n", m->file, plan_word(m, "line"),
		plan_word(m, "function"), plan_word(m, "kind"), *about ? ", " : "", about,
		plan_word(m, "was"), plan_word(m, "now"));
}

static void print_survivors(FILE *out)
{
	for (size_t i = 0; i < nr_mutants; i++) {
		const struct mutant *m = &mutants[i];

		if (m->verdict == SURVIVED && !m->excuse)
			print_survivor(out, m);
	}
}

static void print_text(FILE *out)
{
	fprintf(out, "seed %lu, %u tried, %s\n\n", options.seed, all.killed + all.survived,
		options.hosts ? "unit tests and hosts" : "unit tests only");
	fprintf(out, "%-14s %6s %8s %8s %11s %9s\n", "file", "killed", "survived", "% killed",
		"equivalent", "no mutant");
	for (size_t i = 0; i < nr_counts; i++)
		print_count(out, &counts[i]);
	print_count(out, &all);
	if (all.survived)
		fprintf(out, "\nsurvived:\n");
	print_survivors(out);
}

static struct json_object *json_of_count(const struct count *count)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "killed", json_object_new_int(count->killed));
	json_object_object_add(object, "survived", json_object_new_int(count->survived));
	json_object_object_add(object, "equivalent", json_object_new_int(count->equivalent));
	json_object_object_add(object, "no_mutant", json_object_new_int(count->no_mutant));
	return object;
}

static struct json_object *json_of_mutant(const struct mutant *m)
{
	static const char *const words[] = {
		"key", "file", "function", "line", "kind", "about", "was", "now",
	};
	struct json_object *object = json_object_new_object();
	const char *verdict = m->excuse ? "equivalent" : verdict_name(m->verdict);
	const char *by = m->excuse ? m->excuse : m->by ? m->by : "";

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		json_object_object_add(object, words[i],
				       json_object_get(json_object_object_get(m->place, words[i])));
	json_object_object_add(object, "verdict", json_object_new_string(verdict));
	json_object_object_add(object, "by", json_object_new_string(by));
	return object;
}

static void write_json(void)
{
	struct json_object *object = json_object_new_object();
	struct json_object *files = json_object_new_object(), *list = json_object_new_array();
	char *path = format("%s/report.json", options.out);

	json_object_object_add(object, "seed", json_object_new_int64(options.seed));
	json_object_object_add(object, "hosts", json_object_new_boolean(options.hosts));
	for (size_t i = 0; i < nr_counts; i++)
		json_object_object_add(files, counts[i].file, json_of_count(&counts[i]));
	for (size_t i = 0; i < nr_mutants; i++)
		json_object_array_add(list, json_of_mutant(&mutants[i]));
	json_object_object_add(object, "all", json_of_count(&all));
	json_object_object_add(object, "files", files);
	json_object_object_add(object, "mutants", list);
	if (json_object_to_file_ext(path, object, JSON_C_TO_STRING_PRETTY |
				    JSON_C_TO_STRING_NOSLASHESCAPE))
		errx(1, "%s cannot be written", path);
	json_object_put(object);
	free(path);
}

/**
 * report() - write report.json and report.txt, and print the latter
 */
void report(void)
{
	char *path = format("%s/report.txt", options.out);
	FILE *out = fopen(path, "w");

	if (!out)
		err(1, "%s cannot be written", path);
	qsort(mutants, nr_mutants, sizeof(*mutants), by_place);
	for (size_t i = 0; i < nr_mutants; i++) {
		add(count_of(mutants[i].file), &mutants[i]);
		add(&all, &mutants[i]);
	}
	qsort(counts, nr_counts, sizeof(counts[0]), by_file);
	write_json();
	print_text(out);
	fclose(out);
	print_text(stdout);
	free(path);
}
