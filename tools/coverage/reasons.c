// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why does nothing reach a line?
 *
 * The list says it: three lines each, FILE FUNCTION, the line or * for the whole
 * function, and the reason; an empty one between them.
 */
#include "coverage.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static bool is_of(const struct line *line, const char *where, const char *text)
{
	size_t file = strlen(line->file);

	return !strncmp(where, line->file, file) && where[file] == ' ' &&
	       !strcmp(where + file + 1, line->function) &&
	       (!strcmp(text, "*") || !strcmp(text, line->text));
}

static void give_reason(const char *path, const char *where, const char *text, const char *reason)
{
	bool used = false;

	for (size_t i = 0; i < nr_lines; i++)
		if (!lines[i].reached && is_of(&lines[i], where, text)) {
			lines[i].reason = reason;
			used = true;
		}
	if (!used)
		warnx("%s: \"%s\" of %s is reached, or not there: take the entry out", path,
		      text, where);
}

/**
 * reasons_read() - give the lines that nothing reached their reasons
 * @path: the list
 */
void reasons_read(const char *path)
{
	char *text = text_of(path), *rest = text, *entry[3];
	int nr = 0;

	if (!text)
		err(1, "%s", path);
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (*line == '#')
			continue;
		if (*line)
			entry[nr++] = line;
		else if (nr)
			errx(1, "%s: \"%s\" has not three lines", path, entry[0]);
		if (nr < 3)
			continue;
		give_reason(path, entry[0], entry[1], entry[2]);
		nr = 0;
	}
}
