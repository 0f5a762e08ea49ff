/* SPDX-License-Identifier: GPL-2.0-only */
/* What do the files of nvgrace-places know of each other? */
#ifndef NVGRACE_PLACES_H
#define NVGRACE_PLACES_H

#include <clang-c/Index.h>
#include <stdbool.h>
#include <stddef.h>

#include "text.h"

/**
 * struct span - a piece of the source's text
 * @start:	offset of its first byte
 * @end:	offset behind its last
 */
struct span {
	size_t start;
	size_t end;
};

/**
 * struct source - the file that places are looked for in
 * @name:	as it is called in the report, without a directory
 * @text:	all of it, 0-terminated
 * @size:	bytes
 * @file:	what libclang calls it
 */
struct source {
	const char *name;
	char *text;
	size_t size;
	CXFile file;
};

/**
 * struct edit - text that takes the place of other text
 * @span:	what goes
 * @text:	what comes
 */
struct edit {
	struct span span;
	const char *text;
};

/* Both ends of a lock, in each of a function's ways out. */
#define MAX_EDITS	16

/**
 * struct place - one change of the source
 * @function:	which it is in, "" outside
 * @kind:	what is done, a word
 * @about:	what stands there, a word, or ""
 * @shown:	the text that a reader is shown
 * @edits:	what to do, in ascending order
 * @nr_edits:	how many
 */
struct place {
	const char *function;
	const char *kind;
	const char *about;
	struct span shown;
	struct edit edits[MAX_EDITS];
	size_t nr_edits;
};

/* source.c */
extern struct source source;
void source_read(const char *path);
bool source_span(CXCursor cursor, struct span *span);
bool source_is(struct span span, const char *text);
bool source_has_word(struct span span, const char *word);
struct span source_word_at(size_t at);
size_t source_skip_space(size_t at);
size_t source_group_end(size_t at);
struct span source_trim(struct span span);
char *source_copy(struct span span);

/* emit.c */
void emit(const struct place *place);
void emit_one(const char *function, const char *kind, const char *about,
	      struct span span, const char *text);

/* condition.c */
void condition_at(const char *function, CXCursor cursor);
void comparison_at(const char *function, CXCursor cursor);

/* constant.c */
void constant_at(const char *function, CXCursor cursor);

/* error.c */
void error_at(const char *function, CXCursor cursor, CXCursor parent);

/* statement.c */
void statement_at(const char *function, CXCursor cursor);

/* lock.c */
void locks_of(const char *function, struct span body);

#endif
