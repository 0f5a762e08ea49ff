/* SPDX-License-Identifier: GPL-2.0-only */
/* What do the programs here, and that of tools/coverage, do with text? */
#ifndef NVGRACE_MUTANTS_TEXT_H
#define NVGRACE_MUTANTS_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

char *text_of(const char *path);
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void each_entry(const char *path, unsigned int nr, void (*use)(char *const lines[]));
bool entry_is_of(const char *where, const char *file, const char *function);
uint64_t text_hash(uint64_t hash, const char *text);

#endif
