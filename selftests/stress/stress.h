/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who works on the GPU all at once, and how does a worker tell what went wrong?
 *
 * A worker that uses the memory is a thread, with a file descriptor of its own
 * of the GPU that one of them opens and closes. What works on it from outside
 * is a process.
 */
#ifndef NVGRACE_SELFTESTS_STRESS_H
#define NVGRACE_SELFTESTS_STRESS_H

#include <errno.h>
#include <pthread.h>

#include "nvg.h"

#define TRAIN_MS	250	/* at most, a reset takes 100; waiting is no progress */
#define BUFFER		(256 * NVG_KIB)
#define MAX_WORKERS	14

struct worker;

/* What a worker does, over and over; false: stop the run. */
typedef bool (*work)(struct worker *me);

struct worker {
	const char *name;
	work once;
	bool process;		/* of its own, without the file descriptor */
	bool startled;		/* signals reach it */
	pid_t tid;
	uint64_t dice;
	struct nvg_gpu gpu;	/* its own file descriptor of the session's */
	uint8_t *buffer;
	uint64_t turn;		/* operations so far */
	uint64_t beat_us;	/* when the last one ended */
	const char *doing;
};

/* Shared with the processes. */
struct run {
	struct worker worker[MAX_WORKERS];
	int nr_workers;
	bool stop;
	char why[256];		/* not empty: the run failed */
	uint64_t opens, binds, waits;
	uint64_t signals, naps, bad_pages;
};

extern struct run *run;

/* worker.c: its dice, its pulse, its complaint */
uint64_t roll(struct worker *me, uint64_t below);
__attribute__((format(printf, 2, 3))) bool fail(struct worker *me, const char *fmt, ...);
bool stopped(void);
void beat(struct worker *me, const char *doing);
void nap(struct worker *me, unsigned int most_ms);

/* crew.c: all of them */
struct worker *add(const char *name, work once);
void add_process(const char *name, work once);
void run_workers(uint64_t seconds);

/* session.c: the open GPU */
bool session_once(struct worker *me);
void *work_in_sessions(void *arg);

/* access.c: uses the memory */
bool read_once(struct worker *me);
bool write_once(struct worker *me);
bool fault_once(struct worker *me);
bool touch_once(struct worker *me);
bool config_once(struct worker *me);

/* disturb.c: takes it away */
bool command_once(struct worker *me);
bool power_once(struct worker *me);
bool reset_once(struct worker *me);
bool sysfs_reset_once(struct worker *me);
bool bind_once(struct worker *me);
bool startle_once(struct worker *me);

/* neighbour.c: another GPU, and this one's sleep meanwhile */
const char *find_neighbour(void);
bool sleep_once(struct worker *me);
bool bind_neighbour_once(struct worker *me);
bool ruin_neighbour_once(struct worker *me);

#endif
