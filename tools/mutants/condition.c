// SPDX-License-Identifier: GPL-2.0-only
/* Which conditions can be turned round, left out, or meet their limit one off? */
#include "places.h"

#include <stdlib.h>

static void negate(const char *function, const char *about, struct span condition)
{
	char *was = source_copy(condition), *now = format("!(%s)", was);

	emit_one(function, "negated", about, condition, now);
	free(now);
	free(was);
}

/* What an if or a loop asks, negated, and never true. */
static void both_ways(const char *function, const char *about, struct span condition)
{
	condition = source_trim(condition);
	if (condition.start == condition.end)
		return;
	negate(function, about, condition);
	emit_one(function, "dropped", about, condition, "false");
}

/* In the parentheses behind a keyword: all of it, or what is between a for's semicolons. */
static void in_parentheses(const char *function, struct span word)
{
	size_t open = source_skip_space(word.end);
	size_t end = source_group_end(open);
	struct span inside = { open + 1, end - 1 };

	if (!end)
		return;
	if (source_is(word, "for")) {
		while (inside.start < inside.end && source.text[inside.start] != ';')
			inside.start++;
		inside.start++;
		for (inside.end = inside.start; source.text[inside.end] != ';'; inside.end++)
			if (inside.end + 1 >= end)
				return;
	}
	both_ways(function, source_is(word, "if") ? "if" : "loop", inside);
}

static void of_do(const char *function, struct span statement)
{
	size_t at = statement.end;

	while (at > statement.start && !source_is(source_word_at(at), "while"))
		at--;
	if (at > statement.start)
		in_parentheses(function, source_word_at(at));
}

static void of_statement(const char *function, struct span statement)
{
	struct span word = source_word_at(statement.start);

	if (source_is(word, "if") || source_is(word, "while") || source_is(word, "for"))
		in_parentheses(function, word);
	else if (source_is(word, "do"))
		of_do(function, statement);
}

static enum CXChildVisitResult first_child(CXCursor cursor, CXCursor parent,
					   CXClientData data)
{
	*(CXCursor *)data = cursor;
	return CXChildVisit_Break;
}

/* The "?" has to stand here: with a macro's there is nothing to change. */
static void of_choice(const char *function, CXCursor cursor)
{
	CXCursor asked = clang_getNullCursor();
	struct span condition;
	size_t mark;

	clang_visitChildren(cursor, first_child, &asked);
	if (!source_span(asked, &condition))
		return;
	mark = source_skip_space(condition.end);
	if (source.text[mark] == '?' && source.text[mark + 1] != ':')
		both_ways(function, "choice", condition);
}

/**
 * condition_at() - find changes of what an if, a loop or a choice asks
 * @function: which it is in
 * @cursor: any
 */
void condition_at(const char *function, CXCursor cursor)
{
	struct span span;

	switch (clang_getCursorKind(cursor)) {
	case CXCursor_IfStmt:
	case CXCursor_WhileStmt:
	case CXCursor_ForStmt:
	case CXCursor_DoStmt:
		if (source_span(cursor, &span))
			of_statement(function, span);
		break;
	case CXCursor_ConditionalOperator:
		of_choice(function, cursor);
		break;
	default:
		break;
	}
}

struct operands {
	CXCursor at[2];
	unsigned int nr;
};

static enum CXChildVisitResult add_operand(CXCursor cursor, CXCursor parent,
					   CXClientData data)
{
	struct operands *operands = data;

	if (operands->nr < 2)
		operands->at[operands->nr] = cursor;
	operands->nr++;
	return CXChildVisit_Continue;
}

static const char *one_off(struct span operator)
{
	static const char *const table[][2] = {
		{ "<", "<=" }, { "<=", "<" }, { ">", ">=" }, { ">=", ">" },
		{ "==", "!=" }, { "!=", "==" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (source_is(operator, table[i][0]))
			return table[i][1];
	return NULL;
}

/**
 * comparison_at() - find changes of a comparison, and of what "and" and "or" join
 * @function: which it is in
 * @cursor: any
 */
void comparison_at(const char *function, CXCursor cursor)
{
	struct operands operands = {};
	struct span all, left, right, operator;
	struct place place = { .function = function, .kind = "comparison", .about = "" };

	if (clang_getCursorKind(cursor) != CXCursor_BinaryOperator)
		return;
	clang_visitChildren(cursor, add_operand, &operands);
	if (operands.nr != 2 || !source_span(cursor, &all) ||
	    !source_span(operands.at[0], &left) || !source_span(operands.at[1], &right) ||
	    left.end > right.start)
		return;
	operator = source_trim((struct span) { left.end, right.start });
	if (one_off(operator)) {
		place.shown = all;
		place.edits[place.nr_edits++] = (struct edit) { operator, one_off(operator) };
		emit(&place);
	} else if (source_is(operator, "&&") || source_is(operator, "||")) {
		place.kind = "dropped";
		place.about = "operand";
		place.shown = all;
		place.nr_edits = 1;
		place.edits[0] = (struct edit) { { left.start, right.start }, "" };
		emit(&place);
		place.edits[0] = (struct edit) { { left.end, right.end }, "" };
		emit(&place);
	}
}
