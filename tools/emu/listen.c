// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a socket come to be at a path?
 *
 * A socket that a dead server left behind is replaced; one that somebody listens
 * on, or a file of any other kind, is not.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire.h"

static bool stale(int sock, const struct sockaddr_un *addr)
{
	struct stat st;

	if (lstat(addr->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return false;
	return connect(sock, (const struct sockaddr *)addr, sizeof(*addr)) &&
	       errno == ECONNREFUSED;
}

int listen_on(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path)) {
		note("socket path %s is too long; use one of at most %zu bytes",
		     path, sizeof(addr.sun_path) - 1);
		close(sock);
		return -1;
	}
	strcpy(addr.sun_path, path);
	if (stale(sock, &addr))
		unlink(path);
	if (!bind(sock, (struct sockaddr *)&addr, sizeof(addr)) && !listen(sock, 8))
		return sock;
	note("cannot listen on %s: %s; use another path or stop what uses it",
	     path, strerror(errno));
	close(sock);
	return -1;
}
