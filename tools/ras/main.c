// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a program in the emulated host have its firmware report an error?
 *
 * usage: nvgrace-ras REQUESTS QMP
 * Listens on two unix sockets that QEMU connects to when it starts: REQUESTS is
 * the other end of a virtio port in the host, QMP a monitor of QEMU. Answers the
 * lines that come from the host (request.c) until QEMU ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ras.h"

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("nvgrace-ras: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

static int listen_on(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path)) {
		note("socket path %s is too long: use one of at most %zu bytes", path,
		     sizeof(addr.sun_path) - 1);
		exit(1);
	}
	strcpy(addr.sun_path, path);
	if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) || listen(sock, 1)) {
		note("cannot listen on %s: %s; use a path where there is nothing yet", path,
		     strerror(errno));
		exit(1);
	}
	return sock;
}

static int serve(int requests, int qmp)
{
	int sock = accept(requests, NULL, NULL);
	FILE *lines = sock < 0 ? NULL : fdopen(sock, "r");
	const char *why = qmp_start(accept(qmp, NULL, NULL));
	char *line = NULL;
	size_t room = 0;

	if (!lines || why) {
		note("QEMU cannot be spoken to: %s", why ?: strerror(errno));
		return 1;
	}
	while (getline(&line, &room, lines) > 0)
		dprintf(sock, "%s\n", request_serve(line));
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	int requests, qmp;

	if (argc != 3) {
		fputs("usage: nvgrace-ras REQUESTS QMP\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	requests = listen_on(argv[1]);
	qmp = listen_on(argv[2]);
	puts("nvgrace-ras: ready");
	fflush(stdout);
	return serve(requests, qmp);
}
