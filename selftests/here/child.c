// SPDX-License-Identifier: GPL-2.0-only
/* How is another program run, and ended with all that it has started? */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "here.h"

volatile sig_atomic_t child_stop;	/* somebody wants us to end */

static volatile pid_t running;

static void on_signal(int sig)
{
	child_stop = 1;
	if (running > 0)
		kill(running, SIGKILL);
}

/* From now on they end what runs, and not what puts the GPU back. */
void child_watch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* To the programs beside this one. */
static bool enter_own_directory(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		return false;
	path[len] = 0;
	*strrchr(path, '/') = 0;
	return !chdir(path);
}

/*
 * As the first of a PID namespace: when it ends all of it ends, test programs,
 * their children and what they have open, and only then does waitpid() return.
 */
static pid_t start(char *const argv[], int out)
{
	sigset_t ends, before;
	pid_t pid;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, &before);
	pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		signal(SIGPIPE, SIG_DFL);
		dup2(out, STDOUT_FILENO);
		if (enter_own_directory())
			execv(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	running = pid;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* Its output goes to out. Returns its exit code, -1: it had none. */
int child_run(char *const argv[], int out)
{
	pid_t pid = child_stop ? -1 : start(argv, out);
	int status = -1;

	if (pid < 0) {
		fprintf(stderr, "nvgrace-here: %s is not started: %s\n", argv[0],
			child_stop ? "interrupted" : strerror(errno));
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	running = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
