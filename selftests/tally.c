// SPDX-License-Identifier: GPL-2.0-only
/* How many tests passed, failed and were skipped in all these logs? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	unsigned int passed;
	unsigned int failed;
	unsigned int skipped;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void count_line(struct tally *tally, const char *file, char *line)
{
	line[strcspn(line, "\r\n")] = 0;
	if (!strncmp(line, "not ok", 6)) {
		tally->failed++;
		printf("FAILED %s: %s\n", base_name(file), line + 6);
	} else if (strncmp(line, "ok ", 3)) {
		return;
	} else if (strstr(line, "# SKIP")) {
		tally->skipped++;
		printf("SKIPPED %s: %s\n", base_name(file), line + 3);
	} else {
		tally->passed++;
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

int main(int argc, char **argv)
{
	struct tally tally = {};

	for (int i = 1; i < argc; i++) {
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
