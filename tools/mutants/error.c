// SPDX-License-Identifier: GPL-2.0-only
/* Where would a failure be taken for success? */
#include "places.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const refusals[] = {
	"VM_FAULT_SIGBUS", "VM_FAULT_OOM", "VM_FAULT_HWPOISON", "VM_FAULT_SIGSEGV",
};

/* -EIO and the like, not where something is compared with it. */
static bool is_error_number(struct span span)
{
	const char *text = source.text + span.start;

	return text[0] == '-' && text[1] == 'E' && isupper((unsigned char)text[2]) &&
	       source_word_at(span.start + 1).end == span.end;
}

static bool is_compared(CXCursor parent)
{
	enum CXCursorKind kind = clang_getCursorKind(parent);
	enum CXBinaryOperatorKind operator;

	if (kind == CXCursor_CaseStmt)
		return true;
	if (kind != CXCursor_BinaryOperator)
		return false;
	operator = clang_getCursorBinaryOperatorKind(parent);
	return operator >= CXBinaryOperator_LT && operator <= CXBinaryOperator_NE;
}

/* What else than a variable a return can say of a failure. */
static void returned(const char *function, struct span value)
{
	struct span word = source_word_at(value.start);
	char *was, *now;

	if (source_is(word, "PTR_ERR") || source_is(word, "PTR_ERR_OR_ZERO")) {
		emit_one(function, "error lost", "", value, "0");
	} else if (source_is(word, "dev_err_probe")) {
		was = source_copy(value);
		now = format("(%s, 0)", was);
		emit_one(function, "error lost", "", value, now);
		free(now);
		free(was);
	}
}

/* "if (ret) … return ret": the condition that lets one return a failure names it. */
static bool fails_here(CXCursor parent, struct span value)
{
	struct span statement;
	size_t open, end;
	char *name;
	bool named;

	if (clang_getCursorKind(parent) != CXCursor_IfStmt || !source_span(parent, &statement))
		return false;
	open = source_skip_space(statement.start + strlen("if"));
	end = source_group_end(open);
	name = source_copy(value);
	named = end && source_has_word((struct span) { open, end }, name);
	free(name);
	return named;
}

static enum CXChildVisitResult first_type(CXCursor cursor, CXCursor parent, CXClientData data)
{
	*(enum CXTypeKind *)data = clang_getCanonicalType(clang_getCursorType(cursor)).kind;
	return CXChildVisit_Break;
}

/* Sizes and pointers say nothing of a failure. */
static bool is_signed(CXCursor statement)
{
	enum CXTypeKind kind = CXType_Invalid;

	clang_visitChildren(statement, first_type, &kind);
	return kind == CXType_Int || kind == CXType_Long;
}

static void of_return(const char *function, CXCursor cursor, CXCursor parent)
{
	struct span span, value;

	if (!source_span(cursor, &span) || !source_is(source_word_at(span.start), "return"))
		return;
	value = source_trim((struct span) { span.start + strlen("return"), span.end });
	returned(function, value);
	if (source_word_at(value.start).end == value.end && value.start < value.end &&
	    is_signed(cursor) && fails_here(parent, value))
		emit_one(function, "error lost", "", value, "0");
}

/**
 * error_at() - find where an error would become 0
 * @function: which it is in
 * @cursor: any
 * @parent: what it is in
 */
void error_at(const char *function, CXCursor cursor, CXCursor parent)
{
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	struct span span;

	if (kind == CXCursor_ReturnStmt)
		of_return(function, cursor, parent);
	if (kind == CXCursor_UnaryOperator && source_span(cursor, &span) &&
	    is_error_number(span) && !is_compared(parent))
		emit_one(function, "error lost", "", span, "0");
	if (kind != CXCursor_DeclRefExpr || !source_span(cursor, &span) || is_compared(parent))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (source_is(span, refusals[i]))
			emit_one(function, "error lost", "", span, "0");
}
