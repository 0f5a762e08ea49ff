/* SPDX-License-Identifier: GPL-2.0-only */
/* How does a message come in, and its answer go out? */
#ifndef NVGRACE_EMU_WIRE_H
#define NVGRACE_EMU_WIRE_H

#include "base.h"

#define MAX_XFER	0x100000	/* of one region access */
#define MAX_FDS		16		/* with one message */

struct emu;

/* A request as it came off the wire; a handler that keeps an fd puts -1 there. */
struct request {
	u16 command;
	const u8 *body;
	size_t len;
	int fd[MAX_FDS];
	unsigned int nr_fds;
};

struct reply {
	u8 *body;		/* malloc()ed by reply_alloc() */
	size_t len;
	bool hang_up;		/* close the connection when it is sent */
};

/* listen.c */
int listen_on(const char *path);

/* loop.c */
int loop_run(struct emu *emu, int listener, int control);

/* proto.c */
struct conn;
struct conn *conn_new(int fd);
int conn_fd(const struct conn *conn);
short conn_events(const struct conn *conn);
int conn_work(struct emu *emu, struct conn *conn);
void conn_free(struct conn *conn);

/* request.c */
int request_handle(struct emu *emu, struct request *req, struct reply *reply);
void *reply_alloc(struct reply *reply, size_t len);

/* version.c */
int version_handle(const struct request *req, struct reply *reply);

#endif
