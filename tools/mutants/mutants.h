/* SPDX-License-Identifier: GPL-2.0-only */
/* What do the files of nvgrace-mutants know of each other? */
#ifndef NVGRACE_MUTANTS_H
#define NVGRACE_MUTANTS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

/**
 * struct options - what was asked for
 * @top:	a copy of the tree in which nothing is changed
 * @out:	where copies, state and reports are
 * @jobs:	mutants at a time
 * @number:	how many, 0: all
 * @seed:	of the random order
 * @hosts:	what survives the unit tests is booted
 */
struct options {
	const char *top;
	const char *out;
	unsigned int jobs;
	unsigned int number;
	uint64_t seed;
	bool hosts;
};

extern struct options options;

/* How a mutant ended; as words in state and reports. */
enum verdict {
	UNKNOWN,
	KILLED,
	SURVIVED,
	NO_MUTANT,	/* it does not compile */
};

/**
 * struct mutant - one change of the driver
 * @place:	the line of nvgrace-places
 * @file:	the driver's file
 * @key:	names it in the reports
 * @excuse:	why nobody could see it; NULL: somebody could
 * @verdict:	how it ended
 * @by:		who killed it, or what it survived
 */
struct mutant {
	struct json_object *place;
	const char *file;
	const char *key;
	const char *excuse;
	enum verdict verdict;
	char *by;
};

/* plan.c */
extern struct mutant *mutants;
extern size_t nr_mutants;
void plan_read(char **files);
void plan_shuffle(void);
const char *plan_word(const struct mutant *m, const char *name);

/* excuse.c */
void excuses_read(void);

/* state.c */
void state_read(struct mutant *list, size_t nr);
void state_add(const struct mutant *m);
const char *verdict_name(enum verdict verdict);

/* apply.c */
void apply(const struct mutant *m, const char *copy);
void restore(const struct mutant *m, const char *copy);

/* command.c */
#define TIMED_OUT	(-1)
#define SEEN		(-2)
int command(char *const argv[], const char *log, unsigned int seconds, const char *watched);

/* tap.c */
char *tap_failure(const char *path);

/* unit.c */
bool unit_has(const char *file);
void unit_try(struct mutant *m, const char *copy);

/* host.c */
void host_try(struct mutant *m, const char *copy);

/* unchanged.c */
void unchanged_passes(void);

/* job.c */
void jobs_run(void);

/* report.c */
void report(void);

#endif
