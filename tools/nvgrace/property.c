// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a text of sysfs understood?
 *
 * Pure: no file, no output. A text that is not exactly what
 * Documentation/ABI/testing promises is refused as a whole; fuzzed.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "property.h"

/* Of the kernel's include/linux/ioport.h, which sysfs shows as they are. */
#define RESOURCE_MEM		0x00000200
#define RESOURCE_PREFETCH	0x00002000
#define RESOURCE_MEM_64		0x00100000
#define RESOURCE_UNSET		0x20000000

/* Decimal, or hexadecimal with 0x; ends at *end, which is not moved on failure. */
static bool take_number(const char **at, uint64_t *value)
{
	bool hex = !strncmp(*at, "0x", 2);
	const char *digits = hex ? *at + 2 : *at;
	char *end;

	if (!strchr(hex ? "0123456789abcdefABCDEF" : "0123456789", *digits) ||
	    !*digits)
		return false;
	errno = 0;
	*value = strtoull(digits, &end, hex ? 16 : 10);
	if (errno)
		return false;
	*at = end;
	return true;
}

static bool take(const char **at, char wanted)
{
	if (**at != wanted)
		return false;
	(*at)++;
	return true;
}

bool parse_number(const char *text, uint64_t *value)
{
	return take_number(&text, value) && !*text;
}

/* Of a person: a number of bytes, or with K, M, G or T behind it. */
bool parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	unsigned int shift = 0;
	const char *unit;

	if (!take_number(&text, bytes))
		return false;
	unit = *text ? strchr(units, *text) : NULL;
	if (unit) {
		shift = 10 * (unit - units + 1);
		text++;
	}
	if (*text || *bytes > UINT64_MAX >> shift)
		return false;
	*bytes <<= shift;
	return *bytes;
}

/* A word is what may stand in a table, a JSON key or a metric's label. */
bool parse_word(const char *text, char *word, size_t size)
{
	size_t len = 0;

	while (isascii(text[len]) &&
	       (isalnum(text[len]) || (text[len] && strchr("_-.", text[len]))))
		len++;
	if (!len || text[len] || len >= size)
		return false;
	memcpy(word, text, len + 1);
	return true;
}

/* Takes a short form without the domain too, as lspci prints it. */
bool parse_bdf(const char *text, char bdf[BDF_SIZE])
{
	static const char hex[] = "0123456789abcdefABCDEF";
	unsigned int domain = 0, bus, slot, function;
	size_t colon = strspn(text, hex);
	const char *rest = text;

	if (colon >= 4 && colon <= 8 && text[colon] == ':') {
		domain = strtoul(text, NULL, 16);
		rest += colon + 1;
	}
	if (strspn(rest, hex) != 2 || rest[2] != ':' ||
	    strspn(rest + 3, hex) != 2 || rest[5] != '.' ||
	    rest[6] < '0' || rest[6] > '7' || rest[7])
		return false;
	bus = strtoul(rest, NULL, 16);
	slot = strtoul(rest + 3, NULL, 16);
	function = rest[6] - '0';
	if (slot > 0x1f)
		return false;
	snprintf(bdf, BDF_SIZE, "%04x:%02x:%02x.%u", domain, bus, slot,
		 function);
	return true;
}

/* The word, and nothing longer. */
static bool take_word(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) ||
	    ((*at)[len] && (*at)[len] != ' ' && (*at)[len] != '\n'))
		return false;
	*at += len;
	return true;
}

/* Domain, bus, slot and function of an address that parse_bdf() made. */
struct address parse_address(const char *bdf)
{
	struct address at = {};

	if (sscanf(bdf, "%x:%x:%x.%u", &at.domain, &at.bus, &at.slot,
		   &at.function) != 4)
		at = (struct address) {};
	return at;
}

/* "BAR2 0x2000000000 102005473280 137438953472 cacheable", and later fields. */
static bool take_region(const char **at, struct region *region)
{
	uint64_t bar;

	if (strncmp(*at, "BAR", 3))
		return false;
	*at += 3;
	if (!take_number(at, &bar) || bar >= NR_BARS || !take(at, ' ') ||
	    !take_number(at, &region->base) || !take(at, ' ') ||
	    !take_number(at, &region->memory) || !take(at, ' ') ||
	    !take_number(at, &region->size) || !take(at, ' '))
		return false;
	region->bar = bar;
	region->cacheable = take_word(at, "cacheable");
	if (!region->cacheable && !take_word(at, "uncached"))
		return false;
	*at = strchrnul(*at, '\n');
	return true;
}

static bool region_makes_sense(const struct region *region)
{
	return region->memory && region->memory <= region->size &&
	       !(region->size & (region->size - 1)) &&
	       region->base + region->memory > region->base;
}

bool parse_regions(const char *text, struct region **regions, size_t *nr)
{
	struct region *all = NULL, *more;
	size_t found = 0;

	while (*text) {
		more = reallocarray(all, found + 1, sizeof(*all));
		if (!more)
			goto refuse;
		all = more;
		if (found == NR_BARS / 2 || !take_region(&text, &all[found]) ||
		    !region_makes_sense(&all[found]))
			goto refuse;
		found++;
		if (!take(&text, '\n') && *text)
			goto refuse;
	}
	if (!found)
		goto refuse;
	*regions = all;
	*nr = found;
	return true;
refuse:
	free(all);
	return false;
}

bool parse_pages(const char *text, uint64_t **pages, size_t *nr)
{
	size_t lines = 1, found = 0;
	uint64_t *all;

	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	all = calloc(lines, sizeof(*all));
	if (!all)
		return false;
	while (*text) {
		if (!take_number(&text, &all[found++]) ||
		    (!take(&text, '\n') && *text)) {
			free(all);
			return false;
		}
	}
	*pages = all;
	*nr = found;
	return true;
}

static bool take_bar(const char **at, struct bar *bar)
{
	uint64_t end, flags;

	if (!take_number(at, &bar->start) || !take(at, ' ') ||
	    !take_number(at, &end) || !take(at, ' ') ||
	    !take_number(at, &flags) || (!take(at, '\n') && **at))
		return false;
	if (end < bar->start)
		return false;
	if (!(flags & RESOURCE_MEM))
		return true;
	bar->size = end - bar->start + 1;
	bar->is_64bit = flags & RESOURCE_MEM_64;
	bar->prefetchable = flags & RESOURCE_PREFETCH;
	bar->unassigned = flags & RESOURCE_UNSET;
	return bar->size;
}

/* The first lines are the BARs; ROM and a bridge's windows follow. */
bool parse_resource(const char *text, struct bar bars[NR_BARS])
{
	memset(bars, 0, NR_BARS * sizeof(*bars));
	for (unsigned int i = 0; i < NR_BARS; i++) {
		if (!take_bar(&text, &bars[i]))
			return false;
		if (i && bars[i - 1].is_64bit && !bars[i - 1].is_upper) {
			if (bars[i].size)
				return false;
			bars[i].is_upper = true;
		}
	}
	return true;
}
