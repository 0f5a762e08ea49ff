// SPDX-License-Identifier: GPL-2.0-only
/* How are files read, and strings made? */
#include "text.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
