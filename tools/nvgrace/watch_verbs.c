// SPDX-License-Identifier: GPL-2.0-only
/* What do `nvgrace watch` and `nvgrace metrics` answer? */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "print.h"
#include "watch.h"

static bool has_counters(const struct gpus *gpus)
{
	for (size_t i = 0; i < gpus->nr; i++) {
		if (gpus->one[i].counters[RESETS].known)
			return true;
	}
	return false;
}

static void read_all(struct call *call)
{
	for (size_t i = 0; i < call->gpus.nr; i++) {
		struct gpu *gpu = &call->gpus.one[i];

		/* A look every second must not collect a problem each time. */
		notes_free(&gpu->problems);
		memory_free(&gpu->memory);
		memory_read(&call->host, gpu);
		counters_read(&call->host, gpu);
	}
}

static void show(struct call *call, bool terminal)
{
	struct timespec now;

	if (!call->json) {
		/* Home, and nothing below: the table takes the old one's place. */
		if (terminal)
			printf("\033[H\033[J");
		watch_table(&call->gpus);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < call->gpus.nr; i++)
		watch_json(&call->gpus.one[i],
			   now.tv_sec + now.tv_nsec / 1000000 / 1000.0);
}

/* Until somebody ends it, or nobody reads any more; a recorded host is looked at once. */
enum exit_code verb_watch(struct call *call)
{
	bool terminal = isatty(STDOUT_FILENO);

	read_all(call);
	if (!has_counters(&call->gpus))
		complain("", "%s: no counters: they need a bound GPU, a kernel with CONFIG_VFIO_DEBUGFS, debugfs mounted, and root",
			 call->verb);
	for (;;) {
		show(call, terminal);
		if (ferror(stdout))
			return FAILED;
		if (*call->host.root)
			return DONE;
		sleep(1);
		read_all(call);
	}
}

enum exit_code verb_metrics(struct call *call)
{
	read_all(call);
	metrics_print(&call->gpus);
	return ferror(stdout) ? FAILED : DONE;
}
