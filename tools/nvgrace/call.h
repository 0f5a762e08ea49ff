/* SPDX-License-Identifier: GPL-2.0-only */
/* What was asked on the command line, and who answers? */
#ifndef NVGRACE_CALL_H
#define NVGRACE_CALL_H

#include "guest.h"
#include "host.h"

enum exit_code {
	DONE = 0,
	FAILED = 1,
	USAGE = 2,
	NOTHING = 4,		/* there is no coherent GPU to look at */
};

/* Each verb takes those that its row of the table names. */
struct call {
	const char *verb;
	struct host host;
	struct gpus gpus;	/* those named, or all; there is room for the others */
	struct gpus others;	/* of this host */
	size_t on_host;		/* how many there are, named or not */
	bool named;
	bool json;
	bool all;
	bool persist;
	bool dry_run;
	bool commandline;
	const char *layout;	/* for bind, or NULL */
	const char *define;	/* name of a domain, or NULL */
	bool edit;		/* the domain on standard input */
	unsigned int memory_nodes;	/* for how many --memory was given, 0: it was not */
	unsigned int cpu_nodes;
	struct guest guest;
};

/* One file each. */
enum exit_code verb_list(struct call *call);
enum exit_code verb_check(struct call *call);
enum exit_code verb_bind(struct call *call);
enum exit_code verb_unbind(struct call *call);
enum exit_code verb_qemu(struct call *call);
enum exit_code verb_libvirt(struct call *call);
enum exit_code verb_watch(struct call *call);
enum exit_code verb_metrics(struct call *call);

/* guest_verbs.c */
enum exit_code need_names(const struct call *call);
enum exit_code look_for_obstacles(const struct call *call);

#endif
