/* SPDX-License-Identifier: GPL-2.0-only */
/* What do the files of this program know of each other? */
#ifndef COVERAGE_H
#define COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct line - a line of the driver for which there is code
 * @file: its file's name, without directories
 * @function: the function that it is in
 * @number: from 1
 * @text: as it is, without the white space around it
 * @reached: how often it was executed
 * @branches: how many ways lead on from it
 * @taken: how many of those were taken
 * @reason: why nothing reaches it, NULL: no reason is known
 */
struct line {
	char *file;
	char *function;
	unsigned int number;
	char *text;
	uint64_t reached;
	unsigned int branches;
	unsigned int taken;
	const char *reason;
};

extern struct line *lines;
extern size_t nr_lines;

void counts_read(const char *top, const char *json);
void counts_sort(void);
void reasons_read(const char *path);

#endif
