// SPDX-License-Identifier: GPL-2.0-only
/* Has the guest ended, and what did it say on its console? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handover.h"

/* Twice what a guest with UEFI takes on a busy machine without KVM. */
#define GUEST_SECONDS	400

static bool next_line(FILE *text, char **line, size_t *room)
{
	if (getline(line, room, text) < 0)
		return false;
	(*line)[strcspn(*line, "\r\n")] = '\0';
	return true;
}

void guest_repeat(const char *console)
{
	FILE *text = fopen(console, "r");
	char *line = NULL;
	size_t room = 0;

	while (text && next_line(text, &line, &room)) {
		if (*line)
			note("  guest: %s", line);
	}
	free(line);
	if (text)
		fclose(text);
}

bool guest_wait(const char *path)
{
	double deadline = seconds() + GUEST_SECONDS;

	while (!access(path, F_OK) && seconds() < deadline)
		sleep(1);
	if (access(path, F_OK))
		return true;
	note("the guest has not ended after %d s", GUEST_SECONDS);
	return false;
}

bool guest_said(const char *console, const char *wanted)
{
	FILE *text = fopen(console, "r");
	char *line = NULL;
	bool said = false;
	size_t room = 0;

	while (text && !said && next_line(text, &line, &room))
		said = !strcmp(line, wanted);
	free(line);
	if (text)
		fclose(text);
	return said;
}
