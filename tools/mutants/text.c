// SPDX-License-Identifier: GPL-2.0-only
/* How are files read, and strings made? */
#include "text.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * text_of() - read a file
 * @path: the file
 *
 * Return: its text, to be freed; NULL when there is none.
 */
char *text_of(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;

	if (!file)
		return NULL;
	if (getdelim(&text, &room, '\0', file) < 0) {
		free(text);
		text = format("%s", "");
	}
	fclose(file);
	return text;
}

/**
 * format() - make a string
 * @fmt: as printf()'s
 *
 * Return: the string, to be freed.
 */
char *format(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		err(1, "no memory");
	va_end(args);
	return text;
}

/**
 * each_entry() - read a list whose entries are of so many lines, an empty one between
 * @path: the list; lines that begin with # are none; one that is not there is empty
 * @nr: lines of an entry, at most 4
 * @use: is given each entry's, which stay for good
 */
void each_entry(const char *path, unsigned int nr, void (*use)(char *const lines[]))
{
	char *text = text_of(path), *rest = text;
	unsigned int have = 0;
	char *lines[4];

	for (char *line; text && (line = strsep(&rest, "\n"));) {
		if (*line == '#')
			continue;
		if (*line)
			lines[have++] = line;
		else if (have)
			errx(1, "%s: \"%s\" has not %u lines", path, lines[0], nr);
		if (have < nr)
			continue;
		use(lines);
		have = 0;
	}
}

/**
 * entry_is_of() - is that the place which an entry names?
 * @where: FILE FUNCTION
 * @file: a file
 * @function: a function of it
 *
 * Return: true if it is.
 */
bool entry_is_of(const char *where, const char *file, const char *function)
{
	size_t len = strlen(file);

	return !strncmp(where, file, len) && where[len] == ' ' &&
	       !strcmp(where + len + 1, function);
}

/**
 * text_hash() - FNV-1a of a text and what was before it
 * @hash: of what was before, 0 at the start
 * @text: the text
 *
 * Return: the hash.
 */
uint64_t text_hash(uint64_t hash, const char *text)
{
	hash ^= 14695981039346656037u;
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash;
}
