// SPDX-License-Identifier: GPL-2.0-only
/* How are sentences collected? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "host.h"

/* What sysfs said may be anything; a terminal would obey it. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
	}
}

/* Out of memory a sentence is lost, and nothing else. */
void note(struct notes *notes, const char *format, ...)
{
	char **more = reallocarray(notes->text, notes->nr + 1, sizeof(*more));
	va_list args;

	if (!more)
		return;
	notes->text = more;
	va_start(args, format);
	if (vasprintf(&notes->text[notes->nr], format, args) >= 0)
		make_printable(notes->text[notes->nr++]);
	va_end(args);
}

void notes_free(struct notes *notes)
{
	for (size_t i = 0; i < notes->nr; i++)
		free(notes->text[i]);
	free(notes->text);
	*notes = (struct notes) {};
}
