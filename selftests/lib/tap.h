/* SPDX-License-Identifier: GPL-2.0-only */
/* What does a line of TAP say, and how many said so? */
#ifndef NVGRACE_SELFTESTS_TAP_H
#define NVGRACE_SELFTESTS_TAP_H

#include <string.h>

enum tap { TAP_OTHER, TAP_PASSED, TAP_FAILED, TAP_SKIPPED };

struct tally {
	unsigned int passed;
	unsigned int failed;
	unsigned int skipped;
};

static inline enum tap tally_line(struct tally *tally, const char *line)
{
	if (!strncmp(line, "not ok", strlen("not ok"))) {
		tally->failed++;
		return TAP_FAILED;
	}
	if (strncmp(line, "ok ", strlen("ok ")))
		return TAP_OTHER;
	if (strstr(line, "# SKIP")) {
		tally->skipped++;
		return TAP_SKIPPED;
	}
	tally->passed++;
	return TAP_PASSED;
}

#endif
