// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a KVM guest get the GPU, and what does it say about it?
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

/* Under TCG a guest needs one minute, three on a busy machine; a stuck one has its end. */
#define VM_SECONDS	480

enum word {
	NOTHING,
	PASSED,
	FAILED,
	STUCK,		/* no end of the guest is to be expected */
};

/* What the guest has come to, @before this line of it or of its QEMU. */
static enum word verdict(const char *line, enum word before)
{
	if (!strcmp(line, "PASS"))
		return PASSED;
	if (!strncmp(line, "FAIL", 4))
		return FAILED;
	/* QEMU stops the guest, and waits for a debugger. */
	if (!strncmp(line, "error: kvm run failed", 21))
		return STUCK;
	return before;
}

/* UEFI clears the screen and moves about on it: ESC [ … letter. */
static void without_escapes(char *line)
{
	char *to = line;

	while (*line) {
		if (line[0] == '\033' && line[1] == '[') {
			line += 2;
			line += strcspn(line, "ABCDEFGHJKfhlm");
			line += *line != '\0';
		} else {
			*to++ = *line++;
		}
	}
	*to = '\0';
}

/* Repeats the whole lines of @text and keeps the rest, whose length it returns. */
static size_t repeat(char *text, size_t used, enum word *word)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', used - (line - text)))) {
		*end = '\0';
		without_escapes(line);
		line[strcspn(line, "\r")] = '\0';
		*word = verdict(line, *word);
		if (*line)
			say("  guest: %s", line);
		line = end + 1;
	}
	used -= line - text;
	memmove(text, line, used);
	return used;
}

/* Until the guest's end, or until there is no hope for one. */
static enum word hear(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	double deadline = seconds() + VM_SECONDS;
	enum word word = NOTHING;
	char text[4096];
	size_t used = 0;
	ssize_t got;

	while (word != STUCK) {
		int left = (deadline - seconds()) * 1000;

		if (left <= 0 || !poll(&wait, 1, left))
			return STUCK;
		got = read(fd, text + used, sizeof(text) - used);
		if (got <= 0)
			break;
		used = repeat(text, used + got, &word);
		if (used == sizeof(text))
			used = 0;
	}
	return word;
}

static pid_t spawn(const struct gpu *gpu, int out[2])
{
	pid_t pid;

	if (pipe(out))
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	close(STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(out[1], STDERR_FILENO);
	close(out[0]);
	close(out[1]);
	qemu_exec(gpu);
	return -1;
}

int vm_run(const struct gpu *gpu)
{
	enum word word;
	int out[2], status;
	pid_t pid = spawn(gpu, out);

	if (pid < 0) {
		say("FAIL cannot start a process: %s", strerror(errno));
		return -1;
	}
	close(out[1]);
	word = hear(out[0]);
	if (word == STUCK) {
		say("FAIL the guest has not ended after %d s, or KVM gave up on it: killed",
		    VM_SECONDS);
		kill(pid, SIGKILL);
	}
	close(out[0]);
	waitpid(pid, &status, 0);
	if (word != PASSED || !WIFEXITED(status) || WEXITSTATUS(status)) {
		say("FAIL the guest did not say PASS, or QEMU failed (status %#x)",
		    status);
		return -1;
	}
	say("ok the guest powered off");
	return 0;
}
