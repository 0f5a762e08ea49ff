/* SPDX-License-Identifier: GPL-2.0-only */
/* How does a GPU change hands? */
#ifndef NVGRACE_BIND_H
#define NVGRACE_BIND_H

#include "host.h"
#include "plan.h"

struct failure {
	struct notes why;
	bool left_over;		/* it could not be put back as it was */
};

/* module.c */
bool driver_loaded(const struct host *host);
bool driver_available(const struct host *host);
bool driver_indexed(const struct host *host, const struct gpu *gpu);
int driver_load(const struct host *host);

/* use.c */
void users_find(const struct host *host, const struct gpu *gpu,
		struct notes *users);

/* kernel_log.c */
int kernel_log_open(void);
void kernel_log_quote(int log, const char *bdf, struct notes *lines);
void kernel_log_close(int log);
bool kernel_log_has(const char *text);

/* bind.c */
int plan_execute(const struct host *host, const struct gpu *gpu,
		 const struct plan *plan, struct failure *failure);

#endif
