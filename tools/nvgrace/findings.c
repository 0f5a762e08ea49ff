// SPDX-License-Identifier: GPL-2.0-only
/* How are verdicts collected? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "findings.h"

const char * const verdict_names[] = {
	[OK] = "ok", [WARN] = "warn", [FAIL] = "fail",
};

/* A verdict that is lost could have been a bad one: out of memory ends it all. */
void finding(struct findings *findings, const char *where, const char *check,
	     enum verdict verdict, const char *todo, const char *why, ...)
{
	struct finding *more = reallocarray(findings->one, findings->nr + 1,
					    sizeof(*more));
	struct finding *one;
	va_list args;

	if (!more)
		abort();
	findings->one = more;
	one = &more[findings->nr++];
	*one = (struct finding) {
		.check = check, .verdict = verdict, .todo = todo,
	};
	snprintf(one->where, sizeof(one->where), "%s", where);
	va_start(args, why);
	if (vasprintf(&one->why, why, args) < 0)
		abort();
	va_end(args);
}

enum verdict findings_worst(const struct findings *findings)
{
	enum verdict worst = OK;

	for (size_t i = 0; i < findings->nr; i++) {
		if (findings->one[i].verdict > worst)
			worst = findings->one[i].verdict;
	}
	return worst;
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->nr; i++)
		free(findings->one[i].why);
	free(findings->one);
	*findings = (struct findings) {};
}
