// SPDX-License-Identifier: GPL-2.0-only
/* How does the runner of the tests learn what held and what did not? */
#include <stdarg.h>
#include <stdio.h>

#include "handover.h"

static int made, failed;

void claims_plan(int claims)
{
	printf("TAP version 13\n1..%d\n", claims);
}

bool claim(bool holds, const char *name)
{
	printf("%s %d %s\n", holds ? "ok" : "not ok", ++made, name);
	failed += !holds;
	return holds;
}

int claims_failed(void)
{
	return failed;
}

void note(const char *format, ...)
{
	va_list args;

	printf("# [%6.1f s] ", seconds());
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}
