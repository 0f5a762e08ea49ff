// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the driver as fast as it was, and as fast as it has to be?
 *
 * TAP, a line for each number. What is not ours, vfio-pci and a plain copy, is
 * measured to compare with and cannot fail: when it moves the kernel did.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"

/* A part of the baseline by which a number may grow. */
#define SLACK	0.03

/* What has to be met whatever the baseline says: @limit, times @than if any. */
struct target {
	const char *row;
	const char *unit;
	double limit;
	const char *than;	/* the driver whose number is the unit */
};

static const struct target targets[] = {
	{ "map and touch 1 GiB aligned", "faults", 2 },
	{ "map and touch 1 GiB skewed", "faults", 520 },
	{ "map and touch 1 GiB aligned", "instructions", 0.25, "vfio-pci" },
	{ "map and touch 1 GiB skewed", "instructions", 0.05, "vfio-pci" },
	{ "type1 map of 1 GiB untouched", "instructions", 0.6, "vfio-pci" },
	{ "read 1 MiB of the tail", "instructions", 600000 },
	{ "write 1 MiB of the tail", "instructions", 600000 },
	{ "read 1 MiB", "instructions", 1.1, "copy" },
	{ "write 1 MiB", "instructions", 1.1, "copy" },
	{ "read 4 bytes", "instructions", 1700 },
	{ "write 4 bytes", "instructions", 1700 },
	{ "first read after open", "instructions", 8000 },
};

static int say(bool ok, const char *claim)
{
	static int nr;

	printf("%s %d - bench.%s\n", ok ? "ok" : "not ok", ++nr, claim);
	return !ok;
}

static int check_target(const struct results *r, const struct target *t)
{
	const struct result *ours = results_find(r, "nvgrace", t->row, t->unit);
	const struct result *than = t->than ?
		results_find(r, t->than, t->row, t->unit) : NULL;
	double value = ours ? ours->value : 0;
	char claim[256];

	if (than && than->value)
		value /= than->value;
	snprintf(claim, sizeof(claim), "target: %s, %s: %.6g, at most %.6g%s%s",
		 t->row, t->unit, value, t->limit, t->than ? " of " : "",
		 t->than ?: "");
	return say(ours && (!t->than || than) && value <= t->limit, claim);
}

static bool is_ours(const struct result *one)
{
	return !strncmp(one->driver, "nvgrace", 7) ||
	       !strcmp(one->driver, "eager");
}

static int check_baseline(const struct results *r, const struct result *old)
{
	const struct result *now = results_find(r, old->driver, old->row, old->unit);
	double change = now && old->value ?
		(double)now->value / old->value - 1 : 0;
	char claim[256];

	snprintf(claim, sizeof(claim), "%s: %s, %s: %llu, was %llu, %+.1f %%",
		 old->driver, old->row, old->unit,
		 now ? (unsigned long long)now->value : 0,
		 (unsigned long long)old->value, change * 100);
	if (is_ours(old))
		return say(now && change <= SLACK, claim);
	if (change > SLACK || change < -SLACK)
		printf("# not ours, but it moved: %s\n", claim);
	return 0;
}

/* Returns how many are not ok. */
int check_print(const struct results *r, const struct results *baseline)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		failed += check_target(r, &targets[i]);
	for (size_t i = 0; i < baseline->nr; i++)
		failed += check_baseline(r, &baseline->list[i]);
	if (!failed)
		return 0;
	printf("# a target is missed, or tools/bench/baseline.json by more than %.0f %%",
	       SLACK * 100);
	if (r->kernel && baseline->kernel && strcmp(r->kernel, baseline->kernel))
		printf(", which is of kernel %s and this is %s", baseline->kernel,
		       r->kernel);
	printf("; when slower is as it should be: make bench-baseline\n");
	return failed;
}
