// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a message get off the socket, and its reply onto it?
 *
 * The socket never blocks us. A message is collected piece by piece; the next one
 * is not touched before the reply to the last is gone, so that a client that
 * does not read its replies stops itself and nobody else. After a message whose
 * length makes no sense, the stream cannot be trusted: the client is cut off.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "emu.h"
#include "vfio_user.h"
#include "wire.h"

#define MAX_BODY	(MAX_XFER + 0x1000)

struct conn {
	int sock;
	bool greeted;		/* VERSION is behind us */
	struct vu_header hdr;
	size_t got;		/* of the message, header and body */
	u8 *body;
	int fd[MAX_FDS];
	unsigned int nr_fds;
	struct vu_header out_hdr;
	struct reply reply;
	size_t to_send;		/* of header and reply */
};

struct conn *conn_new(int sock)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c)
		c->sock = sock;
	return c;
}

int conn_fd(const struct conn *c)
{
	return c->sock;
}

short conn_events(const struct conn *c)
{
	return c->to_send ? POLLOUT : POLLIN;
}

static void forget_message(struct conn *c)
{
	for (unsigned int i = 0; i < c->nr_fds; i++)
		if (c->fd[i] >= 0)
			close(c->fd[i]);
	c->nr_fds = 0;
	c->got = 0;
	free(c->body);
	c->body = NULL;
}

void conn_free(struct conn *c)
{
	forget_message(c);
	free(c->reply.body);
	close(c->sock);
	free(c);
}

/* Takes the file descriptors that came with a piece; -1 if some did not fit. */
static int take_fds(struct conn *c, struct msghdr *msg)
{
	int bad = msg->msg_flags & MSG_CTRUNC ? -1 : 0;

	for (struct cmsghdr *cm = CMSG_FIRSTHDR(msg); cm; cm = CMSG_NXTHDR(msg, cm)) {
		size_t nr = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < nr; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(fd), sizeof(fd));
			if (c->nr_fds < MAX_FDS) {
				c->fd[c->nr_fds++] = fd;
			} else {
				close(fd);
				bad = -1;
			}
		}
	}
	return bad;
}

/* 1: all of @len is there, 0: not yet, -1: the client is gone or misbehaves. */
static int receive(struct conn *c, void *buf, size_t len)
{
	union {
		char buf[CMSG_SPACE(MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { buf, len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(c->sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (take_fds(c, &msg) || !n)
		return -1;
	c->got += n;
	return (size_t)n == len;
}

static int read_header(struct conn *c)
{
	int ret = receive(c, (u8 *)&c->hdr + c->got, sizeof(c->hdr) - c->got);

	if (ret <= 0)
		return ret;
	if (c->hdr.size < sizeof(c->hdr) || c->hdr.size > sizeof(c->hdr) + MAX_BODY ||
	    c->hdr.flags & VU_TYPE)
		return -1;
	c->body = malloc(c->hdr.size - sizeof(c->hdr));
	return c->body || c->hdr.size == sizeof(c->hdr) ? 1 : -1;
}

static int read_message(struct conn *c)
{
	int ret;

	if (c->got < sizeof(c->hdr)) {
		ret = read_header(c);
		if (ret <= 0)
			return ret;
	}
	if (c->got == c->hdr.size)
		return 1;
	return receive(c, c->body + (c->got - sizeof(c->hdr)), c->hdr.size - c->got);
}

static int dispatch(struct emu *emu, struct conn *c, struct request *req)
{
	int err;

	if (c->greeted && req->command != VU_VERSION)
		return request_handle(emu, req, &c->reply);
	if (c->greeted || req->command != VU_VERSION) {
		c->reply.hang_up = true;
		return EINVAL;
	}
	err = version_handle(req, &c->reply);
	c->greeted = !err;
	return err;
}

static void answer(struct emu *emu, struct conn *c)
{
	struct request req = {
		.command = c->hdr.command,
		.body = c->body,
		.len = c->hdr.size - sizeof(c->hdr),
		.fd = { [0 ... MAX_FDS - 1] = -1 },
		.nr_fds = c->nr_fds,
	};
	int err;

	memcpy(req.fd, c->fd, c->nr_fds * sizeof(int));
	err = dispatch(emu, c, &req);
	memcpy(c->fd, req.fd, c->nr_fds * sizeof(int));
	if (err)
		c->reply.len = 0;
	c->out_hdr = (struct vu_header){
		.id = c->hdr.id,
		.command = c->hdr.command,
		.size = sizeof(c->out_hdr) + c->reply.len,
		.flags = VU_REPLY | (err ? VU_ERROR : 0),
		.error = err,
	};
	c->to_send = c->out_hdr.size;
	forget_message(c);
}

static void forget_reply(struct conn *c)
{
	free(c->reply.body);
	c->reply.body = NULL;
	c->reply.len = 0;
	c->to_send = 0;
}

/* 0: go on, -1: the client is gone. */
static int send_reply(struct conn *c)
{
	size_t sent = c->out_hdr.size - c->to_send;
	size_t hdr_sent = sent < sizeof(c->out_hdr) ? sent : sizeof(c->out_hdr);
	size_t body_sent = sent - hdr_sent;
	struct iovec iov[] = {
		{ (u8 *)&c->out_hdr + hdr_sent, sizeof(c->out_hdr) - hdr_sent },
		{ c->reply.body ? c->reply.body + body_sent : NULL, c->reply.len - body_sent },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n = sendmsg(c->sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	c->to_send -= n;
	if (!c->to_send)
		forget_reply(c);
	return 0;
}

/* Does what the socket has room and bytes for; -1: close the connection. */
int conn_work(struct emu *emu, struct conn *c)
{
	bool silent;
	int ret;

	if (!c->to_send) {
		ret = read_message(c);
		if (ret <= 0)
			return ret;
		silent = c->hdr.flags & VU_NO_REPLY;
		answer(emu, c);
		if (silent)
			forget_reply(c);
	}
	if (c->to_send && send_reply(c))
		return -1;
	return c->reply.hang_up && !c->to_send ? -1 : 0;
}
