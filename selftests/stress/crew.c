// SPDX-License-Identifier: GPL-2.0-only
/* Do all workers go on until the end, and where is one that does not? */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

#define STUCK_US	5000000

static void *work_alone(void *arg)
{
	struct worker *me = arg;

	me->tid = gettid();
	while (!stopped() && me->once(me))
		;
	return NULL;
}

struct worker *add(const char *name, work once)
{
	struct worker *worker = &run->worker[run->nr_workers++];

	*worker = (struct worker) {
		.name = name, .once = once, .doing = "starting",
		.dice = nvg_seed() * 0x9e3779b97f4a7c15ull + run->nr_workers,
		.beat_us = nvg_us(),
	};
	return worker;
}

void add_process(const char *name, work once)
{
	struct worker *worker = add(name, once);

	worker->process = true;
	fflush(stdout);
	worker->tid = fork();
	if (worker->tid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work_alone(worker);
	_exit(0);
}

static void print_file(const char *format, pid_t tid)
{
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), format, tid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		printf("#   %s", line);
	if (file)
		fclose(file);
}

/* Where everyone is, when one of them does not come back. */
static void print_workers(void)
{
	for (int i = 0; i < run->nr_workers; i++) {
		struct worker *worker = &run->worker[i];

		printf("# %s: turn %lu, %s for %lu ms\n", worker->name, worker->turn,
		       worker->doing, (nvg_us() - worker->beat_us) / 1000);
		print_file("/proc/%d/stack", worker->tid);
	}
	fflush(stdout);
}

static bool all_progress(void)
{
	for (int i = 0; i < run->nr_workers; i++) {
		struct worker *worker = &run->worker[i];
		uint64_t beat_us = __atomic_load_n(&worker->beat_us, __ATOMIC_RELAXED);

		if (nvg_us() < beat_us + STUCK_US + TRAIN_MS * 1000)
			continue;
		fail(worker, "stuck for %lu ms", (nvg_us() - beat_us) / 1000);
		print_workers();
		return false;
	}
	return true;
}

/* Ends threads and processes; one that is stuck is waited for by the runner. */
void run_workers(uint64_t seconds)
{
	pthread_t thread[MAX_WORKERS];
	uint64_t end = nvg_us() + seconds * 1000000;

	for (int i = 0; i < run->nr_workers; i++) {
		struct worker *worker = &run->worker[i];

		if (!worker->process)
			pthread_create(&thread[i], NULL,
				       worker->once == session_once ? work_alone :
				       work_in_sessions, worker);
	}
	while (nvg_us() < end && !stopped() && all_progress())
		nvg_sleep_ms(200);
	__atomic_store_n(&run->stop, true, __ATOMIC_SEQ_CST);
	for (int i = 0; i < run->nr_workers; i++) {
		if (run->worker[i].process)
			waitpid(run->worker[i].tid, NULL, 0);
		else
			pthread_join(thread[i], NULL);
	}
}
