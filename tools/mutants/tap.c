// SPDX-License-Identifier: GPL-2.0-only
/* Which test failed? */
#include "mutants.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * tap_failure() - find the first test that failed
 * @path: what the tests have said up to now
 *
 * Return: its name, to be freed; NULL when none has.
 */
char *tap_failure(const char *path)
{
	static const char mark[] = "not ok ";
	char *text = text_of(path), *rest = text, *name = NULL;

	for (char *line; text && !name && (line = strsep(&rest, "\n"));) {
		if (!rest || strncmp(line, mark, strlen(mark)))
			continue;	/* no test's, or not all of it is there */
		line += strlen(mark);
		line += strspn(line, "0123456789 -");
		name = strdup(line);
	}
	free(text);
	return name;
}
