// SPDX-License-Identifier: GPL-2.0-only
/* How does the benchmark say what it measured, and that it could not? */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* One number. Rows, units and drivers have no character that JSON escapes. */
void tell(const struct bench *b, const char *unit, uint64_t value,
	  const char *fmt, ...)
{
	char row[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(row, sizeof(row), fmt, args);
	va_end(args);
	printf("{\"driver\":\"%s\",\"aperture_gib\":%u,\"row\":\"%s\",\"unit\":\"%s\",\"value\":%llu}\n",
	       b->driver, (unsigned int)(b->aperture / NVG_GIB), row, unit,
	       (unsigned long long)value);
	fflush(stdout);
}

/* A benchmark that cannot go on has no numbers worth keeping. */
void need(bool ok, const char *fmt, ...)
{
	int err = errno;
	va_list args;

	if (ok)
		return;
	fflush(stdout);
	fprintf(stderr, "nvgrace-bench: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, " (%s); the host's kernel log may say why\n",
		strerror(err));
	exit(1);
}
