// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which layout does a list of the driver's give a GPU, and how does one get another?
 *
 * As the driver reads its module parameter: layouts and BDF=LAYOUT with commas
 * between, where a GPU of its own wins over a bare word, and a later one over
 * an earlier one. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "layout.h"

static const char * const names[] = { "bar2", "split" };

/* The name, as one that stays; NULL: there is no such layout. */
const char *layout_named(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], name))
			return names[i];
	}
	return NULL;
}

/* The next item of a list, copied; false at its end. */
static bool next_item(const char **list, char *item, size_t size)
{
	size_t len;

	*list += strspn(*list, ",\n");
	len = strcspn(*list, ",\n");
	snprintf(item, size, "%.*s", (int)len, *list);
	*list += len;
	return len;
}

static bool is_of(const char *item, const char *bdf)
{
	size_t len = strlen(bdf);

	return !strncmp(item, bdf, len) && item[len] == '=';
}

const char *layout_chosen(const char *list, const char *bdf)
{
	const char *chosen = names[0], *own = NULL;
	char item[LAYOUTS_SIZE];

	while (next_item(&list, item, sizeof(item))) {
		if (is_of(item, bdf))
			own = layout_named(item + strlen(bdf) + 1) ?: own;
		else
			chosen = layout_named(item) ?: chosen;
	}
	return own ?: chosen;
}

/*
 * The list with @layout for this GPU, or without anything for it when that is
 * NULL; other GPUs keep theirs. False: longer than the driver takes.
 */
bool layout_change(char *to, const char *list, const char *bdf,
		   const char *layout)
{
	char item[LAYOUTS_SIZE];
	size_t len = 0;

	to[0] = '\0';
	while (next_item(&list, item, sizeof(item))) {
		if (!is_of(item, bdf))
			len += snprintf(to + len, LAYOUTS_SIZE - len, "%s%s",
					len ? "," : "", item);
	}
	if (layout)
		len += snprintf(to + len, LAYOUTS_SIZE - len, "%s%s=%s",
				len ? "," : "", bdf, layout);
	return len < LAYOUTS_SIZE;
}
