// SPDX-License-Identifier: GPL-2.0-only
/* How many tests passed, failed and were skipped in all these logs, and what took longest? */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/tap.h"

#define LONGEST	12

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void count_line(struct tally *tally, const char *file, char *line)
{
	line[strcspn(line, "\r\n")] = 0;
	switch (tally_line(tally, line)) {
	case TAP_FAILED:
		printf("FAILED %s: %s\n", base_name(file), line + strlen("not ok"));
		break;
	case TAP_SKIPPED:
		printf("SKIPPED %s: %s\n", base_name(file), line + strlen("ok "));
		break;
	default:
		break;
	}
}

static int count_file(struct tally *tally, const char *file)
{
	FILE *log = fopen(file, "r");
	char *line = NULL;
	size_t room = 0;

	if (!log) {
		printf("FAILED %s: cannot read: %s\n", file, strerror(errno));
		return -1;
	}
	while (getline(&line, &room, log) > 0)
		count_line(tally, file, line);
	free(line);
	fclose(log);
	return 0;
}

/* A line of the file of times: milliseconds, a tab, what took them. */
struct part {
	long ms;
	char *name;
};

static int longer_first(const void *a, const void *b)
{
	const struct part *first = a, *second = b;

	return (first->ms < second->ms) - (first->ms > second->ms);
}

static bool read_part(FILE *times, struct part *part)
{
	char *line = NULL;
	size_t room = 0;
	bool read = getline(&line, &room, times) > 0 &&
		    sscanf(line, "%ld\t%m[^\n]", &part->ms, &part->name) == 2;

	free(line);
	return read;
}

static void print_longest(const char *file)
{
	FILE *times = fopen(file, "r");
	struct part *parts = NULL;
	size_t n = 0;

	if (!times) {
		printf("how long each part took is not known: %s: %s\n", file, strerror(errno));
		return;
	}
	for (;;) {
		parts = reallocarray(parts, n + 1, sizeof(*parts));
		if (!parts || !read_part(times, &parts[n]))
			break;
		n++;
	}
	fclose(times);
	qsort(parts, n, sizeof(*parts), longer_first);
	printf("the longest of %zu parts (all: %s):\n", n, file);
	for (size_t i = 0; i < n; i++) {
		if (i < LONGEST)
			printf("%6ld.%ld s  %s\n", parts[i].ms / 1000,
			       parts[i].ms % 1000 / 100, parts[i].name);
		free(parts[i].name);
	}
	free(parts);
}

int main(int argc, char **argv)
{
	struct tally tally = {};
	const char *times = NULL;
	int option;

	while ((option = getopt(argc, argv, "t:")) == 't')
		times = optarg;
	if (option != -1 || optind == argc) {
		fprintf(stderr, "usage: tally [-t TIMES] LOG...\n");
		return 2;
	}
	if (times)
		print_longest(times);
	for (int i = optind; i < argc; i++) {
		struct tally one = {};

		if (count_file(&one, argv[i]))
			one.failed++;
		tally.passed += one.passed;
		tally.failed += one.failed;
		tally.skipped += one.skipped;
	}
	if (!tally.passed && !tally.failed) {
		printf("FAILED: no test ran at all\n");
		tally.failed++;
	}
	printf("%u passed, %u failed, %u skipped\n", tally.passed,
	       tally.failed, tally.skipped);
	return tally.failed ? 1 : 0;
}
