/* SPDX-License-Identifier: GPL-2.0-only */
/* What do both programs do with text? */
#ifndef NVGRACE_MUTANTS_TEXT_H
#define NVGRACE_MUTANTS_TEXT_H

#include <stdint.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

char *text_of(const char *path);
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t text_hash(uint64_t hash, const char *text);

#endif
