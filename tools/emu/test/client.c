// SPDX-License-Identifier: GPL-2.0-only
/*
 * How do the tests speak vfio-user to a server?
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"

#define TIMEOUT_MS	10000	/* of an answer; a sanitized server is slow */
#define MAX_BODY	(2 * MiB)

int raw_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval tv = { .tv_sec = TIMEOUT_MS / 1000 };

	assert_true(sock >= 0);
	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	assert_int_equal(connect(sock, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	return sock;
}

/* A server that has hung up already is no error here: the next receive tells. */
void send_raw(int sock, const void *buf, size_t len, const int *fds, unsigned int nr)
{
	union {
		char buf[CMSG_SPACE(64 * sizeof(int))];
		struct cmsghdr align;
	} space = {};
	struct iovec iov = { (void *)buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (nr) {
		msg.msg_control = &space;
		msg.msg_controllen = CMSG_SPACE(nr * sizeof(int));
		*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(nr * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), fds, nr * sizeof(int));
	}
	while (iov.iov_len) {
		ssize_t n = sendmsg(sock, &msg, MSG_NOSIGNAL);

		if (n < 0)
			return;
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= n;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
}

static bool receive(int sock, void *buf, size_t len)
{
	while (len) {
		ssize_t n = recv(sock, buf, len, 0);

		if (n < 0 && errno == EAGAIN)
			fail_msg("no answer within %d ms", TIMEOUT_MS);
		if (n <= 0)
			return false;
		buf = (char *)buf + n;
		len -= n;
	}
	return true;
}

bool hung_up(int sock)
{
	char c;

	return !receive(sock, &c, 1);
}

static int read_reply(struct server *s, u16 cmd, void *reply, size_t room)
{
	struct vu_header hdr;

	if (!receive(s->sock, &hdr, sizeof(hdr)))
		return HUNG_UP;
	assert_int_equal(hdr.id, s->id);
	assert_int_equal(hdr.command, cmd);
	assert_int_equal(hdr.flags & VU_TYPE, VU_REPLY);
	assert_true(hdr.size >= sizeof(hdr));
	s->reply_len = hdr.size - sizeof(hdr);
	assert_true(s->reply_len <= room);
	if (!receive(s->sock, reply, s->reply_len))
		return HUNG_UP;
	if (!(hdr.flags & VU_ERROR))
		return 0;
	assert_int_not_equal(hdr.error, 0);
	assert_int_equal(s->reply_len, 0);
	return hdr.error;
}

int call_fds(struct server *s, u16 cmd, const void *req, size_t len, void *reply, size_t room,
	     const int *fds, unsigned int nr)
{
	struct vu_header hdr = { .id = ++s->id, .command = cmd, .size = sizeof(hdr) + len };
	char *msg = malloc(hdr.size);

	memcpy(msg, &hdr, sizeof(hdr));
	if (len)
		memcpy(msg + sizeof(hdr), req, len);
	send_raw(s->sock, msg, hdr.size, fds, nr);
	free(msg);
	return read_reply(s, cmd, reply, room);
}

int call(struct server *s, u16 cmd, const void *req, size_t len, void *reply, size_t room)
{
	return call_fds(s, cmd, req, len, reply, room, NULL, 0);
}

void client_connect(struct server *s)
{
	static const char hello[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16}}";
	char reply[512];

	s->sock = raw_connect(s->socket);
	assert_int_equal(call(s, VU_VERSION, hello, sizeof(hello), reply, sizeof(reply)), 0);
}

void client_leave(struct server *s)
{
	close(s->sock);
	s->sock = -1;
}

int region_read(struct server *s, u32 region, u64 off, void *buf, u32 count)
{
	struct vu_region_rw rw = { off, region, count };
	size_t room = sizeof(rw) + count;
	char *reply = malloc(room);
	int err = call(s, VU_REGION_READ, &rw, sizeof(rw), reply, room);

	if (!err) {
		assert_int_equal(s->reply_len, room);
		assert_memory_equal(reply, &rw, sizeof(rw));
		memcpy(buf, reply + sizeof(rw), count);
	}
	free(reply);
	return err;
}

int region_write(struct server *s, u32 region, u64 off, const void *buf, u32 count)
{
	struct vu_region_rw rw = { off, region, count }, reply;
	char *req = malloc(sizeof(rw) + count);
	int err;

	memcpy(req, &rw, sizeof(rw));
	memcpy(req + sizeof(rw), buf, count);
	err = call(s, VU_REGION_WRITE, req, sizeof(rw) + count, &reply, sizeof(reply));
	free(req);
	return err;
}

u32 cfg_read(struct server *s, u32 off, u32 width)
{
	u32 val = 0;

	assert_int_equal(region_read(s, CONFIG, off, &val, width), 0);
	return val;
}

void cfg_write(struct server *s, u32 off, u32 width, u32 val)
{
	assert_int_equal(region_write(s, CONFIG, off, &val, width), 0);
}

u32 cfg_find_cap(struct server *s, u8 id)
{
	u32 pos = cfg_read(s, 0x34, 1);

	for (int ttl = 48; pos && ttl; ttl--, pos = cfg_read(s, pos + 1, 1))
		if (cfg_read(s, pos, 1) == id)
			return pos;
	fail_msg("no capability 0x%02x", id);
	return 0;
}

u32 bar_read(struct server *s, u32 off)
{
	u32 val;

	assert_int_equal(region_read(s, BAR0, off, &val, sizeof(val)), 0);
	return val;
}

void bar_write(struct server *s, u32 off, u32 val)
{
	assert_int_equal(region_write(s, BAR0, off, &val, sizeof(val)), 0);
}

void memory_on(struct server *s)
{
	cfg_write(s, 4, 2, 0x2);
}

void flr(struct server *s)
{
	cfg_write(s, cfg_find_cap(s, 0x10) + 8, 2, 0x8000);
}
