/* SPDX-License-Identifier: GPL-2.0-only */
/* How does a unit test say what it claims, in TAP? */
#ifndef NVGRACE_UNIT_CHECK_H
#define NVGRACE_UNIT_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static unsigned int unit_failures;	/* within the claim being tested */
static unsigned int unit_tests;
static unsigned int unit_failed;

/* Says what went wrong, the first few times. */
#define CHECK(cond, fmt, ...) do {					\
		if (!(cond) && unit_failures++ < 5)			\
			printf("# %s:%d: %s: " fmt "\n", __FILE__,	\
			       __LINE__, #cond, ##__VA_ARGS__);		\
	} while (0)

#define CLAIM(test) unit_claim(test, #test)

static inline void unit_claim(void (*test)(void), const char *name)
{
	unit_failures = 0;
	test();
	printf("%s %u %s\n", unit_failures ? "not ok" : "ok", ++unit_tests,
	       name);
	unit_failed += !!unit_failures;
}

static inline int unit_end(void)
{
	printf("1..%u\n", unit_tests);
	return unit_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
