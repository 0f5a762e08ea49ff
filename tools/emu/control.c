// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a line get from a control client to the knobs, and the answer back?
 *
 * One JSON object a line, in both directions. A client that sends a line too long,
 * or does not read its answers, is cut off.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "emu.h"

void control_close(struct control *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void control_accept(struct control *ctl, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; i < CONTROL_CLIENTS && fd >= 0; i++) {
		if (ctl[i].fd >= 0)
			continue;
		ctl[i].fd = fd;
		ctl[i].len = 0;
		return;
	}
	if (fd >= 0)
		close(fd);
}

static int answer(struct emu *emu, struct control *c, size_t len)
{
	char *text = command_line(emu, c->line, len);
	size_t size = strlen(text);
	ssize_t n = send(c->fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);

	free(text);
	return n == (ssize_t)size ? 0 : -1;
}

/* Answers each whole line in the buffer and keeps the rest. */
static int take_lines(struct emu *emu, struct control *c)
{
	char *end;

	while ((end = memchr(c->line, '\n', c->len))) {
		size_t len = end - c->line;

		if (answer(emu, c, len))
			return -1;
		c->len -= len + 1;
		memmove(c->line, end + 1, c->len);
	}
	return c->len == sizeof(c->line) ? -1 : 0;
}

void control_work(struct emu *emu, struct control *c)
{
	ssize_t n = recv(c->fd, c->line + c->len, sizeof(c->line) - c->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->len += n;
	if (n <= 0 || take_lines(emu, c))
		control_close(c);
}
