/* SPDX-License-Identifier: GPL-2.0-only */
/* What do others ask of the control socket? */
#ifndef NVGRACE_EMU_CONTROL_H
#define NVGRACE_EMU_CONTROL_H

#include "base.h"

struct emu;

/* command.c */
#define CONTROL_LINE	4096	/* bytes, with the newline */
char *command_line(struct emu *emu, const char *line, size_t len);

/* control.c */
#define CONTROL_CLIENTS	4
struct control {
	int fd;			/* -1: free */
	size_t len;
	char line[CONTROL_LINE];
};

void control_accept(struct control *ctl, int listener);
void control_work(struct emu *emu, struct control *c);
void control_close(struct control *c);

#endif
