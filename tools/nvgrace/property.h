/* SPDX-License-Identifier: GPL-2.0-only */
/* How is a text of sysfs understood? */
#ifndef NVGRACE_PROPERTY_H
#define NVGRACE_PROPERTY_H

#include "facts.h"

struct address {
	unsigned int domain;
	unsigned int bus;
	unsigned int slot;
	unsigned int function;
};

bool parse_number(const char *text, uint64_t *value);
bool parse_size(const char *text, uint64_t *bytes);
bool parse_word(const char *text, char *word, size_t size);
bool parse_bdf(const char *text, char bdf[BDF_SIZE]);
struct address parse_address(const char *bdf);
bool parse_regions(const char *text, struct region **regions, size_t *nr);
bool parse_pages(const char *text, uint64_t **pages, size_t *nr);
bool parse_resource(const char *text, struct bar bars[NR_BARS]);

#endif
