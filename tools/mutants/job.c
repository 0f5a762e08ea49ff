// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are several mutants tried at a time?
 *
 * Each by a process of its own, in a copy of the tree that nobody else has
 * meanwhile. The order is the seed's, and it ends with the first that makes the
 * wanted number full, so that the same seed and number are the same mutants.
 */
#include "mutants.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_JOBS	16

static struct {
	pid_t pid;
	struct mutant *mutant;
} running[MAX_JOBS];

static bool needs_trying(const struct mutant *m)
{
	if (m->verdict == SURVIVED && options.hosts && unit_has(m->file))
		return !strncmp(m->by, "unit", 4);
	return m->verdict == UNKNOWN;
}

static void try(struct mutant *m, unsigned int job)
{
	char *copy = format("%s/%u", options.out, job + 1);

	apply(m, copy);
	m->verdict = SURVIVED;
	if (unit_has(m->file))
		unit_try(m, copy);
	if (m->verdict == SURVIVED && options.hosts)
		host_try(m, copy);
	restore(m, copy);
	state_add(m);
	printf("%-9s %s:%s %s: %s => %s  [%s]\n", verdict_name(m->verdict), m->file,
	       plan_word(m, "line"), plan_word(m, "function"), plan_word(m, "was"),
	       plan_word(m, "now"), m->by);
	exit(0);
}

static void start(struct mutant *m, unsigned int job)
{
	fflush(NULL);
	running[job].mutant = m;
	running[job].pid = fork();
	if (running[job].pid < 0)
		err(1, "fork");
	if (!running[job].pid) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		try(m, job);
	}
}

/* Returns the job that has become free. */
static unsigned int wait_for_one(void)
{
	int status;
	pid_t ended = wait(&status);

	for (unsigned int job = 0; job < options.jobs; job++) {
		if (running[job].pid != ended)
			continue;
		if (status)
			errx(1, "%s could not be tried, see above", running[job].mutant->key);
		running[job].pid = 0;
		state_read(running[job].mutant, 1);
		return job;
	}
	err(1, "a job that was not started has ended");
}

static unsigned int nr_running(void)
{
	unsigned int nr = 0;

	for (unsigned int job = 0; job < options.jobs; job++)
		nr += running[job].pid != 0;
	return nr;
}

static unsigned int free_job(void)
{
	for (unsigned int job = 0; job < options.jobs; job++)
		if (!running[job].pid)
			return job;
	return wait_for_one();
}

/* Those that count, of the first @nr: what runs is taken to. */
static size_t counted(size_t nr)
{
	size_t count = 0;

	for (size_t i = 0; i < nr; i++)
		count += mutants[i].verdict != NO_MUTANT && !mutants[i].excuse;
	return count;
}

/**
 * jobs_run() - try the mutants of the plan, and cut it where enough are tried
 */
void jobs_run(void)
{
	size_t i = 0;

	if (options.jobs < 1 || options.jobs > MAX_JOBS)
		errx(1, "JOBS=%u: 1 to %d", options.jobs, MAX_JOBS);
	for (;;) {
		unsigned int job;

		while (i < nr_mutants && (!options.number || counted(i) < options.number)) {
			struct mutant *m = &mutants[i++];

			if (m->excuse || !needs_trying(m))
				continue;
			job = free_job();
			start(m, job);
		}
		if (!nr_running())
			break;
		wait_for_one();
	}
	nr_mutants = i;
}
