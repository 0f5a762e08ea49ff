/* SPDX-License-Identifier: GPL-2.0-only */
/* Is this host fit for its GPUs? */
#ifndef NVGRACE_FINDINGS_H
#define NVGRACE_FINDINGS_H

#include "machine.h"

enum verdict { OK, WARN, FAIL };

struct finding {
	char where[BDF_SIZE];	/* a GPU, "" for the host */
	const char *check;
	enum verdict verdict;
	char *why;
	const char *todo;	/* "" when there is nothing */
};

struct findings {
	struct finding *one;
	size_t nr;
};

extern const char * const verdict_names[];

/* check_host.c, check_gpu.c: pure, from facts to verdicts. */
void check_host(struct findings *findings, const struct machine *machine);
void check_gpu(struct findings *findings, const struct gpu *gpu,
	       const struct training *training, bool indexed);
void check_together(struct findings *findings, const struct machine *machine,
		    const struct gpus *gpus, size_t on_host);

/* findings.c */
void finding(struct findings *findings, const char *where, const char *check,
	     enum verdict verdict, const char *todo, const char *why, ...)
	__attribute__((format(printf, 6, 7)));
enum verdict findings_worst(const struct findings *findings);
void findings_free(struct findings *findings);

/* check_print.c */
void findings_table(const struct findings *findings);
void findings_json(const struct findings *findings);

#endif
