// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which changes of the driver does no test notice?
 *
 * usage: nvgrace-mutants TOP OUT FILE…     what tools/mutants/run has prepared;
 * N, SEED, JOBS, HOSTS in the environment, see README.md
 */
#include "mutants.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

struct options options;

/* A number of the environment. */
static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);
	char *end;
	unsigned long value;

	if (!text || !*text)
		return otherwise;
	value = strtoul(text, &end, 0);
	if (*end)
		errx(2, "%s=%s is no number", name, text);
	return value;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		errx(2, "usage: nvgrace-mutants TOP OUT FILE…");
	options = (struct options) {
		.top = argv[1],
		.out = argv[2],
		.jobs = setting("JOBS", 2),
		.number = setting("N", 0),
		.seed = setting("SEED", 1),
		.hosts = setting("HOSTS", 0),
	};
	plan_read(argv + 3);
	excuses_read();
	unchanged_passes();
	plan_shuffle();
	state_read(mutants, nr_mutants);
	jobs_run();
	report();
	return 0;
}
