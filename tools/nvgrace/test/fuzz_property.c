// SPDX-License-Identifier: GPL-2.0-only
/* Can any text of sysfs upset those that understand it? */
#include <stdlib.h>
#include <string.h>

#include "../property.h"
#include "fuzz.h"

/* What is believed of numbers is checked here, so that a wrong one cannot pass. */
static void check_regions(const char *text)
{
	struct region *regions;
	size_t nr;

	if (!parse_regions(text, &regions, &nr))
		return;
	for (size_t i = 0; i < nr; i++) {
		const struct region *region = &regions[i];

		if (region->bar >= NR_BARS || !region->memory ||
		    region->memory > region->size ||
		    region->size & (region->size - 1) ||
		    region->base + region->memory < region->base)
			abort();
	}
	free(regions);
}

static void check_resource(const char *text)
{
	struct bar bars[NR_BARS];

	if (!parse_resource(text, bars))
		return;
	for (unsigned int i = 0; i < NR_BARS; i++) {
		if (bars[i].is_upper && (!i || bars[i].size || !bars[i - 1].is_64bit))
			abort();
	}
}

/* An address that was understood is written in a way that is understood alike. */
static void check_bdf(const char *text)
{
	char once[BDF_SIZE], twice[BDF_SIZE];

	if (!parse_bdf(text, once))
		return;
	if (!parse_bdf(once, twice) || strcmp(once, twice))
		abort();
	parse_address(once);
}

static void check_word(const char *text)
{
	char word[NAME_SIZE];

	if (parse_word(text, word, sizeof(word)) &&
	    strpbrk(word, " \t\n\"\\{}=,/\033"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint64_t value, *pages;
	size_t nr;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	check_regions(text);
	check_resource(text);
	check_bdf(text);
	check_word(text);
	parse_number(text, &value);
	if (parse_size(text, &value) && !value)
		abort();
	if (parse_pages(text, &pages, &nr))
		free(pages);
	free(text);
	return 0;
}
