// SPDX-License-Identifier: GPL-2.0-only
/* How does a command end, in time or not? */
#include "mutants.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t start(char *const argv[], const char *log)
{
	pid_t child = fork();
	int fd;

	if (child < 0)
		err(1, "fork");
	if (child)
		return child;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		err(127, "%s", log);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* All that it has started is in its group. */
static void end(pid_t child)
{
	kill(-child, SIGTERM);
	for (int tries = 0; tries < 50 && !waitpid(child, NULL, WNOHANG); tries++)
		usleep(100000);
	kill(-child, SIGKILL);
	waitpid(child, NULL, 0);
}

static bool seen(const char *watched)
{
	char *failure = watched ? tap_failure(watched) : NULL;
	bool failed = failure;

	free(failure);
	return failed;
}

/**
 * command() - run a command, with an end
 * @argv: the command
 * @log: where its output goes
 * @seconds: how long it may take
 * @watched: it is ended as soon as this file has a line "not ok"; or NULL
 *
 * Return: its exit code, 128 for a signal; TIMED_OUT; SEEN.
 */
int command(char *const argv[], const char *log, unsigned int seconds, const char *watched)
{
	double limit = now() + seconds;
	pid_t child = start(argv, log);
	int status;

	setpgid(child, child);
	for (useconds_t pause = 2000;; pause = pause < 200000 ? pause * 2 : pause) {
		pid_t ended = waitpid(child, &status, WNOHANG);

		if (ended == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
		if (now() > limit || seen(watched)) {
			end(child);
			return now() > limit ? TIMED_OUT : SEEN;
		}
		usleep(pause);
	}
}
