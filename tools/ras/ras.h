/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the parts of nvgrace-ras know of each other?
 */
#ifndef NVGRACE_RAS_H
#define NVGRACE_RAS_H

#include <stdbool.h>
#include <stdint.h>

/* A memory error as firmware reports it. */
struct memory_error {
	bool valid;		/* the record says that address is */
	bool has_mask;
	bool corrected;		/* else uncorrected, but recoverable */
	uint64_t address;	/* physical */
	uint64_t mask;		/* the bits of address that mean something */
};

/* main.c */
__attribute__((format(printf, 1, 2))) void note(const char *fmt, ...);

/* cper.c: the record, as base64; the caller frees it */
char *cper_encode(const struct memory_error *error);

/* qmp.c: of these two, NULL is success, else the reason, valid until the next call */
const char *qmp_start(int sock);
const char *qmp_inject(const char *cper);

/* request.c: the answer to a line, valid until the next call */
const char *request_serve(const char *line);

#endif
