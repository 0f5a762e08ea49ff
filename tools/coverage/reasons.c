// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why does nothing reach a line?
 *
 * The list says it: three lines each, FILE FUNCTION, the line or * for the whole
 * function, and the reason; an empty one between them.
 */
#include "coverage.h"

#include <err.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static bool is_of(const struct line *line, const char *where, const char *text)
{
	return entry_is_of(where, line->file, line->function) &&
	       (!strcmp(text, "*") || !strcmp(text, line->text));
}

static void give_reason(char *const entry[])
{
	const char *where = entry[0], *text = entry[1];
	bool used = false;

	for (size_t i = 0; i < nr_lines; i++)
		if (!lines[i].reached && is_of(&lines[i], where, text)) {
			lines[i].reason = entry[2];
			used = true;
		}
	if (!used)
		warnx("tools/coverage/unreached: \"%s\" of %s is reached, or not there: take the entry out",
		      text, where);
}

/**
 * reasons_read() - give the lines that nothing reached their reasons
 * @path: the list
 */
void reasons_read(const char *path)
{
	if (access(path, R_OK))
		err(1, "%s", path);
	each_entry(path, 3, give_reason);
}
