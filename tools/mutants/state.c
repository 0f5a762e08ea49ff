// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known from earlier runs?
 *
 * One line of JSON for each end of a mutant, appended when it is known, by
 * whichever process knows it. A mutant of a file that has changed since is another
 * one. One that was killed stays dead; one that survived is tried again when the
 * tests have changed, or hosts are asked for and were not.
 */
#include "mutants.h"

#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
	[UNKNOWN] = "unknown",
	[KILLED] = "killed",
	[SURVIVED] = "survived",
	[NO_MUTANT] = "does not compile",
};

/**
 * verdict_name() - a verdict as it is reported
 * @verdict: the verdict
 *
 * Return: a few words.
 */
const char *verdict_name(enum verdict verdict)
{
	return names[verdict];
}

static uint64_t files_hash(const char *pattern)
{
	char *all = format("%s/%s", options.top, pattern);
	uint64_t hash = 0;
	glob_t found;

	if (!glob(all, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++) {
			char *text = text_of(found.gl_pathv[i]);

			hash = text ? text_hash(hash, text) : hash;
			free(text);
		}
	globfree(&found);
	free(all);
	return hash;
}

/* Of the tests that a survivor has seen. */
static uint64_t tests_hash(void)
{
	static uint64_t unit, hosts;

	if (!unit)
		unit = files_hash("selftests/unit/*");
	if (options.hosts && !hosts)
		hosts = files_hash("selftests/*.c") + files_hash("selftests/*/*.[ch]") +
			files_hash("selftests/scenarios");
	return unit + hosts;
}

static uint64_t source_hash(const char *file)
{
	return files_hash(file);
}

static char *state_path(void)
{
	return format("%s/state.json", options.out);
}

static bool has_hash(struct json_object *line, const char *name, uint64_t hash)
{
	const char *said = json_object_get_string(json_object_object_get(line, name));

	return said && strtoul(said, NULL, 16) == hash;
}

static bool is_valid(struct json_object *line, const struct mutant *m, enum verdict verdict)
{
	return has_hash(line, "source", source_hash(m->file)) &&
	       (verdict != SURVIVED || has_hash(line, "tests", tests_hash()));
}

static enum verdict verdict_of(struct json_object *line)
{
	const char *said = json_object_get_string(json_object_object_get(line, "verdict"));

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (said && !strcmp(said, names[i]))
			return i;
	return UNKNOWN;
}

static void take(struct json_object *line, struct mutant *list, size_t nr)
{
	const char *key = json_object_get_string(json_object_object_get(line, "key"));
	const char *by = json_object_get_string(json_object_object_get(line, "by"));
	enum verdict verdict = verdict_of(line);

	for (size_t i = 0; key && i < nr; i++)
		if (!strcmp(list[i].key, key) && is_valid(line, &list[i], verdict)) {
			list[i].verdict = verdict;
			list[i].by = format("%s", by ? by : "");
		}
}

/**
 * state_read() - give mutants the end that is known of them
 * @list: the mutants
 * @nr: how many
 */
void state_read(struct mutant *list, size_t nr)
{
	char *path = state_path(), *text = text_of(path), *rest = text;

	for (char *line; text && (line = strsep(&rest, "\n"));) {
		struct json_object *object = *line ? json_tokener_parse(line) : NULL;

		if (object)
			take(object, list, nr);
		json_object_put(object);
	}
	free(text);
	free(path);
}

/**
 * state_add() - remember how a mutant ended
 * @m: the mutant
 */
void state_add(const struct mutant *m)
{
	struct json_object *line = json_object_new_object();
	char *path = state_path(), *source = format("%016lx", source_hash(m->file));
	char *tests = format("%016lx", tests_hash()), *text;
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	json_object_object_add(line, "key", json_object_new_string(m->key));
	json_object_object_add(line, "source", json_object_new_string(source));
	json_object_object_add(line, "tests", json_object_new_string(tests));
	json_object_object_add(line, "verdict", json_object_new_string(names[m->verdict]));
	json_object_object_add(line, "by", json_object_new_string(m->by));
	text = format("%s\n", json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s cannot be written", path);
	close(fd);
	free(text);
	free(tests);
	free(source);
	free(path);
	json_object_put(line);
}
