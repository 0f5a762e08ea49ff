// SPDX-License-Identifier: GPL-2.0-only
/* Which calls, of which nobody takes a result, can be left out? */
#include "places.h"

#include <ctype.h>
#include <string.h>

/* What a call is about, by the beginning of its name or, after "*", a part of it. */
static const struct {
	const char *name;
	const char *about;
} kinds[] = {
	{ "lockdep_", "assertion" }, { "WARN", "assertion" }, { "might_sleep", "assertion" },
	{ "trace_", "trace" },
	{ "nvgrace_count", "counter" },
	{ "pci_err", "log" }, { "pci_info", "log" }, { "pci_warn", "log" }, { "pci_notice", "log" },
	{ "dev_", "log" }, { "pr_", "log" }, { "nvgrace_training_log", "log" },
	{ "smp_mb", "barrier" }, { "smp_rmb", "barrier" }, { "smp_wmb", "barrier" },
	{ "guard", "lock" }, { "scoped_guard", "lock" }, { "mutex_", "lock" }, { "down_", "lock" },
	{ "up_", "lock" }, { "spin_", "lock" }, { "write_se", "lock" }, { "*_lock", "lock" },
	{ "*_unlock", "lock" }, { "WRITE_ONCE", "store" },
};

static const char *about(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *wanted = kinds[i].name;

		if (*wanted == '*' ? !!strstr(name, wanted + 1) :
				     !strncmp(name, wanted, strlen(wanted)))
			return kinds[i].about;
	}
	return "";
}

/* Behind the parentheses of a call; guard(mutex)(&lock) has two. */
static size_t call_end(struct span name)
{
	size_t end = source_group_end(source_skip_space(name.end));
	size_t more = end ? source_group_end(source_skip_space(end)) : 0;

	return more ? more : end;
}

/* What a macro is made of has statements, too, where the file has none. */
static bool begins_here(size_t at)
{
	size_t before = at;

	while (before && isspace((unsigned char)source.text[before - 1]))
		before--;
	if (!before)
		return false;
	if (source.text[before - 1] == ':')
		return memchr(source.text + before, '\n', at - before);
	return strchr("{};)/", source.text[before - 1]) ||
	       (before > 4 && source_is((struct span) { before - 4, before }, "else"));
}

/**
 * statement_at() - find a call that can be left out
 * @function: which it is in
 * @cursor: a statement in a block, or one that an if or a loop has
 */
void statement_at(const char *function, CXCursor cursor)
{
	struct span span, name;
	size_t end;
	char word[64] = "";

	if (!source_span(cursor, &span) || !begins_here(span.start))
		return;
	name = source_word_at(span.start);
	if (name.start == name.end || name.end - name.start >= sizeof(word))
		return;
	memcpy(word, source.text + name.start, name.end - name.start);
	end = call_end(name);
	if (!end)
		return;
	/* Its block stays. */
	if (!strcmp(word, "scoped_guard"))
		emit_one(function, "left out", "lock", (struct span) { name.start, end }, "");
	else if (source.text[source_skip_space(end)] == ';' && strcmp(word, "while") &&
		 strcmp(word, "return"))
		emit_one(function, "left out", about(word), (struct span) { name.start, end }, "");
}
