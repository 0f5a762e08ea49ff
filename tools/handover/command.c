// SPDX-License-Identifier: GPL-2.0-only
/* How is another program run, and what did it say? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handover.h"

static void become(const char * const argv[], int out)
{
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(argv[0], (char * const *)argv);
	printf("cannot run %s: %s: boot the host with FULL_ROOT=1\n", argv[0],
	       strerror(errno));
	fflush(stdout);
	_exit(127);
}

/* A daemon that stays behind keeps the pipe: its parent's end counts, not the pipe's. */
static void repeat(FILE *out, const char *name)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, out) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			note("%s: %s", name, line);
	}
	free(line);
}

int command(const char * const argv[])
{
	FILE *out = tmpfile();
	int status;
	pid_t pid;

	if (!out)
		return -1;
	fflush(stdout);
	pid = fork();
	if (!pid)
		become(argv, fileno(out));
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		status = -1;
	rewind(out);
	repeat(out, argv[0]);
	fclose(out);
	return status < 0 ? -1 : WEXITSTATUS(status);
}

char *shell(const char *line)
{
	FILE *out = popen(line, "r");
	char *text = NULL;
	size_t room = 0;

	if (!out)
		return NULL;
	if (getdelim(&text, &room, '\0', out) < 0)
		text = NULL;
	if (!pclose(out))
		return text;
	free(text);
	return NULL;
}
