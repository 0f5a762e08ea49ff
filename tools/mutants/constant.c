// SPDX-License-Identifier: GPL-2.0-only
/* Which constants can be one off? */
#include "places.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* NULL is no number, and error numbers are error.c's. */
static bool is_number(struct span span)
{
	const char *text = source.text + span.start;
	struct span word = source_word_at(span.start);

	if (word.end != span.end || source_is(span, "NULL"))
		return false;
	if (isdigit((unsigned char)*text))
		return true;
	/* A macro's name: the whole of it stands for the number. */
	return isupper((unsigned char)*text) && !(span.start && text[-1] == '-' && *text == 'E');
}

static void number(const char *function, struct span span)
{
	static const char *const change[] = { "+ 1", "- 1" };
	char *was = source_copy(span), *now;

	for (size_t i = 0; i < ARRAY_SIZE(change); i++) {
		if (i && !strcmp(was, "0"))
			break;
		now = format("(%s %s)", was, change[i]);
		emit_one(function, "constant", "", span, now);
		free(now);
	}
	free(was);
}

/**
 * constant_at() - find changes of a number, or of a truth
 * @function: which it is in
 * @cursor: any
 */
void constant_at(const char *function, CXCursor cursor)
{
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	struct span span;

	if (kind != CXCursor_IntegerLiteral && kind != CXCursor_DeclRefExpr)
		return;
	if (!source_span(cursor, &span))
		return;
	if (kind == CXCursor_IntegerLiteral && is_number(span))
		number(function, span);
	else if (source_is(span, "true"))
		emit_one(function, "constant", "truth", span, "false");
	else if (source_is(span, "false"))
		emit_one(function, "constant", "truth", span, "true");
}
