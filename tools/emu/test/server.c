// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a test get a server of its own, and learn that it ended well?
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

#define MAX_ARGS	32
#define END_MS		10000

const char *server_binary;
/* Tests keep theirs in static storage: it outlives a test that fails. */
static struct server *running;

u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static pid_t spawn(char *const argv[], int fd, int from)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	dup2(fd, from);
	execv(server_binary, argv);
	_exit(127);
}

static void wait_for_ready(int fd)
{
	static const char ready[] = "nvgrace-emu: ready\n";
	char line[sizeof(ready)] = "";
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(ready) - 1 && (n = read(fd, line + len, sizeof(ready) - 1 - len)) > 0)
		len += n;
	assert_string_equal(line, ready);
}

void server_start(struct server *s, const char *profile, const char *size, ...)
{
	char *argv[MAX_ARGS] = {
		(char *)server_binary, "--profile", (char *)profile, "--size", (char *)size,
		"--socket", s->socket, "--control", s->control, "--memory", s->memory,
	};
	int n = 11, out[2];
	va_list args;

	strcpy(s->dir, "/tmp/nvgrace-emu.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->socket, sizeof(s->socket), "%s/socket", s->dir);
	snprintf(s->control, sizeof(s->control), "%s/control", s->dir);
	snprintf(s->memory, sizeof(s->memory), "%s/memory", s->dir);
	va_start(args, size);
	while (n < MAX_ARGS - 1 && (argv[n] = va_arg(args, char *)))
		n++;
	va_end(args);
	s->sock = -1;
	s->ctl = -1;
	running = s;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	s->pid = spawn(argv, out[1], STDOUT_FILENO);
	close(out[1]);
	wait_for_ready(out[0]);
	close(out[0]);
}

static int wait_for_end(pid_t pid)
{
	u64 end = now_ms() + END_MS;
	int status;

	while (now_ms() < end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		sleep_ms(5);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/* Returns the exit code: not 0 if a sanitizer found something, leaks included. */
int server_stop(struct server *s)
{
	int code;

	if (s->sock >= 0)
		close(s->sock);
	if (s->ctl >= 0)
		close(s->ctl);
	kill(s->pid, SIGTERM);
	code = wait_for_end(s->pid);
	unlink(s->socket);
	unlink(s->control);
	rmdir(s->dir);
	running = NULL;
	return code;
}

/* Runs the server with any arguments, to its end; what it said goes to @err. */
int server_exit_code(char *const argv[], char *err, size_t len)
{
	int fds[2];
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = spawn(argv, fds[1], STDERR_FILENO);
	close(fds[1]);
	memset(err, 0, len);
	for (size_t got = 0; got < len - 1; got += n) {
		struct pollfd more = { .fd = fds[0], .events = POLLIN };

		/* One that goes on, as if nothing were wrong, is ended below. */
		n = poll(&more, 1, END_MS) > 0 ? read(fds[0], err + got, len - 1 - got) : 0;
		if (n <= 0)
			break;
	}
	close(fds[0]);
	return wait_for_end(pid);
}

unsigned int server_fds(const struct server *s)
{
	unsigned int nr = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", s->pid);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

int no_server(void **state)
{
	(void)state;
	running = NULL;
	return 0;
}

/* Runs after each test, failed or not; the server must end as it should. */
int end_server(void **state)
{
	int code;

	(void)state;
	if (!running)
		return 0;
	code = server_stop(running);
	if (code)
		print_error("the server ended with %d\n", code);
	return code;
}

const char *control(struct server *s, const char *line)
{
	static char answer[8192];
	size_t len = 0;

	if (s->ctl < 0)
		s->ctl = raw_connect(s->control);
	send_raw(s->ctl, line, strlen(line), NULL, 0);
	send_raw(s->ctl, "\n", 1, NULL, 0);
	while (!len || answer[len - 1] != '\n') {
		ssize_t n = recv(s->ctl, answer + len, sizeof(answer) - 1 - len, 0);

		assert_true(n > 0);
		len += n;
	}
	answer[len - 1] = 0;
	return answer;
}

long long control_get(struct server *s, const char *key)
{
	char line[64];
	const char *val;

	snprintf(line, sizeof(line), "{\"get\":\"%s\"}", key);
	val = strstr(control(s, line), "values\":{");
	assert_non_null(val);
	return strtoll(strchr(val + 9, ':') + 1, NULL, 10);
}

static int aperture(struct server *s)
{
	int fd = open(s->memory, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

void aperture_read(struct server *s, u64 off, void *buf, size_t len)
{
	int fd = aperture(s);

	assert_int_equal(pread(fd, buf, len, off), len);
	close(fd);
}

void aperture_write(struct server *s, u64 off, const void *buf, size_t len)
{
	int fd = aperture(s);

	assert_int_equal(pwrite(fd, buf, len, off), len);
	close(fd);
}
