// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which unit test notices a mutant?
 *
 * Those that compile the changed file into themselves are built in the copy, by
 * the Makefile of the selftests, for each page size; the first failure ends it.
 */
#include "mutants.h"

#include <err.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUILD_SECONDS	300
#define RUN_SECONDS	60

static bool has_text(const char *path, const char *wanted)
{
	char *text = text_of(path);
	bool has = text && strstr(text, wanted);

	free(text);
	return has;
}

/* Itself, or by a header of its directory. */
static bool compiles(const char *test, const char *include)
{
	char *pattern = format("%s/selftests/unit/*.h", options.top);
	bool found = has_text(test, include);
	glob_t headers;

	if (!glob(pattern, 0, NULL, &headers)) {
		for (size_t i = 0; i < headers.gl_pathc && !found; i++) {
			char *header = format("\"%s\"", basename(headers.gl_pathv[i]));

			found = has_text(headers.gl_pathv[i], include) && has_text(test, header);
			free(header);
		}
		globfree(&headers);
	}
	free(pattern);
	return found;
}

typedef bool (*use_fn)(struct mutant *m, const char *copy, const char *test);

/* use() of each unit test that fits the pattern and compiles the file, until it says true. */
static bool each_of(const char *pattern, const char *file, struct mutant *m, const char *copy,
		    use_fn use)
{
	char *path = format("%s/selftests/unit/%s", options.top, pattern);
	char *include = format("#include \"../../%s\"", file);
	bool ended = false;
	glob_t tests;

	if (!glob(path, 0, NULL, &tests)) {
		for (size_t i = 0; i < tests.gl_pathc && !ended; i++)
			if (compiles(tests.gl_pathv[i], include))
				ended = use(m, copy, basename(tests.gl_pathv[i]));
		globfree(&tests);
	}
	free(include);
	free(path);
	return ended;
}

/* The test that has the file's name knows most of it: first. Twice costs what survives little. */
static bool each_test(const char *file, struct mutant *m, const char *copy, use_fn use)
{
	char *own = format("%.*s*_test.c", (int)(strlen(file) - strlen(".c")), file);
	bool ended = each_of(own, file, m, copy, use) || each_of("*_test.c", file, m, copy, use);

	free(own);
	return ended;
}

static bool is_one(struct mutant *m, const char *copy, const char *test)
{
	return true;
}

/**
 * unit_has() - does a unit test compile this file?
 * @file: the driver's
 *
 * Return: true when one does.
 */
bool unit_has(const char *file)
{
	return each_test(file, NULL, NULL, is_one);
}

static bool build(const char *copy, const char *program, const char *log)
{
	char *dir = format("%s/selftests", copy), *out = format("O=%s/build/selftests", copy);
	int code = command((char *[]) { "make", "-s", "-C", dir, out, "KSELFTEST=none", "optimise=-O0",
				       (char *)program, NULL }, log, BUILD_SECONDS, NULL);

	free(out);
	free(dir);
	return !code;
}

/* Who killed it: a claim, or what its end looks like. */
static char *killer(const char *program, const char *log, int code)
{
	const char *name = strrchr(program, '/') + 1;
	char *claim = tap_failure(log), *by;

	if (code == TIMED_OUT)
		by = format("unit %s: timeout", name);
	else if (claim)
		by = format("unit %s: %s", name, claim);
	else
		by = format("unit %s: %s", name, has_text(log, "AddressSanitizer") ? "ASAN" :
			    has_text(log, "runtime error") ? "UBSAN" : "crash");
	free(claim);
	return by;
}

static bool try_program(struct mutant *m, const char *copy, const char *program)
{
	char *log = format("%s/build/unit.log", copy);
	int code;

	if (!build(copy, program, log)) {
		if (!has_text(log, " error: "))
			errx(1, "%s: %s could not be built, see %s", m->key, program, log);
		m->verdict = NO_MUTANT;
		m->by = strdup("unit");
	} else {
		code = command((char *[]) { (char *)program, NULL }, log, RUN_SECONDS, NULL);
		m->verdict = code ? KILLED : SURVIVED;
		m->by = code ? killer(program, log, code) : strdup("unit");
	}
	free(log);
	return m->verdict != SURVIVED;
}

static bool try_test(struct mutant *m, const char *copy, const char *test)
{
	static const char *const shifts[] = { "12", "16" };
	bool ended = false;

	for (size_t i = 0; i < ARRAY_SIZE(shifts) && !ended; i++) {
		char *program = format("%s/build/selftests/unit/%.*s_page_%s", copy,
				       (int)(strlen(test) - strlen(".c")), test, shifts[i]);

		ended = try_program(m, copy, program);
		free(program);
	}
	return ended;
}

/**
 * unit_try() - show a mutant to the unit tests
 * @m: the mutant, which the copy has
 * @copy: of the tree
 */
void unit_try(struct mutant *m, const char *copy)
{
	each_test(m->file, m, copy, try_test);
}
