// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where can a file of the driver be changed so that a test should notice?
 *
 * usage: nvgrace-places FILE KBUILD'S-COMMAND     one line of JSON for each place
 *
 * The places are found in the syntax tree that libclang makes with the arguments
 * that kbuild gave the compiler, which it left in .FILE.o.cmd; they are offsets in
 * the text.
 */
#include "places.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ARGUMENTS	256

static const char *arguments[MAX_ARGUMENTS] = { "--target=aarch64-linux-gnu", "-w" };
static int nr_arguments = 2;

/* What both compilers know, and what changes how text is understood. */
static bool is_wanted(const char *word)
{
	static const char *const wanted[] = {
		"-I", "-D", "-U", "-std=", "-nostdinc",
		"-fms-extensions", "-fshort-wchar", "-funsigned-char",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!strncmp(word, wanted[i], strlen(wanted[i])))
			return true;
	return false;
}

/* As a shell would: '"ready"' is a word with its double quotes. */
static char *unquoted(char *word)
{
	char *to = word;

	for (char *from = word; *from; from++)
		if (*from != '\'')
			*to++ = *from;
	*to = '\0';
	return word;
}

static void add_argument(const char *word)
{
	if (nr_arguments == MAX_ARGUMENTS)
		errx(1, "kbuild's command has more than %d arguments: make MAX_ARGUMENTS larger",
		     MAX_ARGUMENTS);
	arguments[nr_arguments++] = word;
}

static void read_command(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	bool include = false;

	if (!file || getline(&line, &room, file) < 0)
		err(1, "%s cannot be read: build the driver first (make modules)", path);
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
		if (include || !strcmp(word, "-include") || is_wanted(word))
			add_argument(unquoted(word));
		include = !strcmp(word, "-include");
	}
}

/* kbuild's paths begin where the object is. */
static void enter_directory_of(const char *command)
{
	char *dir = strdup(command);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!slash)
		errx(1, "%s has no directory", command);
	*slash = '\0';
	add_argument(format("-working-directory=%s", dir));
	free(dir);
}

/* What an if or a loop has instead of a block. */
static bool holds_statements(CXCursor cursor)
{
	switch (clang_getCursorKind(cursor)) {
	case CXCursor_CompoundStmt:
	case CXCursor_IfStmt:
	case CXCursor_WhileStmt:
	case CXCursor_ForStmt:
	case CXCursor_DoStmt:
	case CXCursor_CaseStmt:
	case CXCursor_DefaultStmt:
	case CXCursor_LabelStmt:
		return true;
	default:
		return false;
	}
}

struct inside {
	const char *function;
	CXCursor condition;	/* the nearest if around a block, or what is no block */
};

static enum CXChildVisitResult visit_inside(CXCursor cursor, CXCursor parent,
					    CXClientData data)
{
	const struct inside *in = data;
	struct inside deeper = *in;
	bool block = clang_getCursorKind(parent) == CXCursor_CompoundStmt;

	condition_at(in->function, cursor);
	comparison_at(in->function, cursor);
	constant_at(in->function, cursor);
	/* Why a return returns is said around its block. */
	if (block && clang_getCursorKind(cursor) == CXCursor_ReturnStmt)
		error_at(in->function, cursor, in->condition);
	else
		error_at(in->function, cursor, parent);
	if (holds_statements(parent))
		statement_at(in->function, cursor);
	if (clang_getCursorKind(cursor) == CXCursor_CompoundStmt)
		deeper.condition = parent;
	clang_visitChildren(cursor, visit_inside, &deeper);
	return CXChildVisit_Continue;
}

/* A function, or a table. */
static enum CXChildVisitResult visit_top(CXCursor cursor, CXCursor parent,
					 CXClientData data)
{
	CXString name = clang_getCursorSpelling(cursor);
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	struct inside in = { clang_getCString(name), clang_getNullCursor() };
	struct span span;

	if (clang_Location_isFromMainFile(clang_getCursorLocation(cursor)) &&
	    source_span(cursor, &span)) {
		if (kind == CXCursor_FunctionDecl || kind == CXCursor_VarDecl)
			clang_visitChildren(cursor, visit_inside, &in);
		if (kind == CXCursor_FunctionDecl)
			locks_of(in.function, span);
	}
	clang_disposeString(name);
	return CXChildVisit_Continue;
}

static void refuse_errors(CXTranslationUnit unit)
{
	for (unsigned int i = 0; i < clang_getNumDiagnostics(unit); i++) {
		CXDiagnostic said = clang_getDiagnostic(unit, i);
		unsigned int how = clang_defaultDiagnosticDisplayOptions();

		if (clang_getDiagnosticSeverity(said) >= CXDiagnostic_Error)
			errx(1, "libclang does not understand %s: %s", source.name,
			     clang_getCString(clang_formatDiagnostic(said, how)));
		clang_disposeDiagnostic(said);
	}
}

int main(int argc, char **argv)
{
	CXIndex index = clang_createIndex(0, 0);
	CXTranslationUnit unit;

	if (argc != 3)
		errx(2, "usage: nvgrace-places FILE KBUILD'S-COMMAND");
	read_command(argv[2]);
	enter_directory_of(argv[2]);
	source_read(argv[1]);
	if (clang_parseTranslationUnit2(index, argv[1], arguments, nr_arguments, NULL, 0, 0, &unit))
		errx(1, "libclang cannot parse %s", argv[1]);
	refuse_errors(unit);
	source.file = clang_getFile(unit, argv[1]);
	clang_visitChildren(clang_getTranslationUnitCursor(unit), visit_top, NULL);
	clang_disposeTranslationUnit(unit);
	clang_disposeIndex(index);
	return 0;
}
