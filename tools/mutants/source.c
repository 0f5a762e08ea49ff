// SPDX-License-Identifier: GPL-2.0-only
/* What stands in the source at a place of the syntax tree? */
#include "places.h"

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source source;

/**
 * source_read() - make a file the one that places are looked for in
 * @path: the file
 */
void source_read(const char *path)
{
	source.text = text_of(path);
	if (!source.text)
		err(1, "%s cannot be read", path);
	source.size = strlen(source.text);
	source.name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Parentheses match: what came out of a macro's inside may not. */
static bool is_whole(struct span span)
{
	int depth = 0;

	for (size_t at = span.start; at < span.end; at++) {
		depth += source.text[at] == '(';
		depth -= source.text[at] == ')';
		if (depth < 0)
			return false;
	}
	return !depth;
}

/**
 * source_span() - find the text of a cursor
 * @cursor: any
 * @span: set to where it is
 *
 * Return: false when it is not text of this file.
 */
bool source_span(CXCursor cursor, struct span *span)
{
	CXSourceRange range = clang_getCursorExtent(cursor);
	CXFile first, last;
	unsigned int start, end;

	clang_getFileLocation(clang_getRangeStart(range), &first, NULL, NULL, &start);
	clang_getFileLocation(clang_getRangeEnd(range), &last, NULL, NULL, &end);
	*span = (struct span) { start, end };
	return first && last && clang_File_isEqual(first, source.file) &&
	       clang_File_isEqual(last, source.file) && start < end &&
	       end <= source.size && is_whole(*span);
}

/**
 * source_is() - is a piece of text this one?
 * @span: where
 * @text: what it may be
 *
 * Return: true when it is exactly that.
 */
bool source_is(struct span span, const char *text)
{
	return span.end - span.start == strlen(text) &&
	       !memcmp(source.text + span.start, text, strlen(text));
}

/**
 * source_word_at() - the name that begins at an offset
 * @at: the offset
 *
 * Return: where it is; empty when none begins there.
 */
struct span source_word_at(size_t at)
{
	struct span word = { at, at };

	while (is_word(source.text[word.end]))
		word.end++;
	return word;
}

/**
 * source_has_word() - is a name in a piece of text?
 * @span: where
 * @word: the name
 *
 * Return: true when it is there, not as a part of another.
 */
bool source_has_word(struct span span, const char *word)
{
	for (size_t at = span.start; at < span.end;) {
		struct span here = source_word_at(at);

		if (source_is(here, word))
			return true;
		at = here.end > at ? here.end : at + 1;
	}
	return false;
}

/**
 * source_skip_space() - go on to what is not a blank
 * @at: the offset
 *
 * Return: the next offset that is none.
 */
size_t source_skip_space(size_t at)
{
	while (isspace((unsigned char)source.text[at]))
		at++;
	return at;
}

/**
 * source_group_end() - find where a parenthesis closes
 * @at: the offset of one that opens
 *
 * Return: the offset behind the one that closes; 0 when none does or opens.
 */
size_t source_group_end(size_t at)
{
	int depth = 0;
	bool quoted = false;

	if (source.text[at] != '(')
		return 0;
	for (; at < source.size; at++) {
		if (source.text[at] == '"' && source.text[at - 1] != '\\')
			quoted = !quoted;
		if (quoted)
			continue;
		depth += source.text[at] == '(';
		depth -= source.text[at] == ')';
		if (!depth)
			return at + 1;
	}
	return 0;
}

/**
 * source_trim() - leave out blanks at both ends
 * @span: a piece of text
 *
 * Return: what is left.
 */
struct span source_trim(struct span span)
{
	while (span.start < span.end && isspace((unsigned char)source.text[span.start]))
		span.start++;
	while (span.start < span.end && isspace((unsigned char)source.text[span.end - 1]))
		span.end--;
	return span;
}

/**
 * source_copy() - a piece of text as a string
 * @span: where
 *
 * Return: a string to be freed.
 */
char *source_copy(struct span span)
{
	char *copy = strndup(source.text + span.start, span.end - span.start);

	if (!copy)
		err(1, "no memory");
	return copy;
}
