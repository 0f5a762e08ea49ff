// SPDX-License-Identifier: GPL-2.0-only
/* What does the fuzz test do, and what of it was not as expected? */
#include <stdarg.h>
#include <stdio.h>

#include "fuzz.h"

struct fuzz fuzz;

/* Says what this operation is, for the report of a mismatch. */
void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(fuzz.what[fuzz.nr % HISTORY], sizeof(fuzz.what[0]), fmt, args);
	va_end(args);
}

/* Returns false, so that an operation may end with it. */
bool mismatch(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(fuzz.why, sizeof(fuzz.why), fmt, args);
	va_end(args);
	return false;
}

bool same(const char *what, long want, long got)
{
	if (want == got)
		return true;
	return mismatch("%s: expected %ld, got %ld", what, want, got);
}

bool same_bytes(const uint8_t *want, const uint8_t *got, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (want[i] != got[i])
			return mismatch("byte %zu of %zu: expected %#x, got %#x",
					i, len, want[i], got[i]);
	return true;
}
