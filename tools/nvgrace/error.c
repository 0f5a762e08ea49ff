// SPDX-License-Identifier: GPL-2.0-only
/* How is an error told? */
#include <stdarg.h>
#include <stdio.h>

#include "print.h"

/* One line, "nvgrace: WHERE: what: why"; WHERE is a GPU, or "" for none. */
void complain(const char *where, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "nvgrace: %s%s", where, *where ? ": " : "");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}
