// SPDX-License-Identifier: GPL-2.0-only
/* How is a piece of XML found, or made? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "property.h"

static xmlNode *named(xmlNode *node, const char *name)
{
	while (node && strcmp((const char *)node->name, name))
		node = xmlNextElementSibling(node);
	return node;
}

/* The first child element of that name, or NULL. */
xmlNode *xml_child(xmlNode *parent, const char *name)
{
	return parent ? named(xmlFirstElementChild(parent), name) : NULL;
}

/* The next one after @node, or NULL. */
xmlNode *xml_next(xmlNode *node, const char *name)
{
	return named(xmlNextElementSibling(node), name);
}

xmlNode *xml_add(xmlNode *parent, const char *name)
{
	xmlNode *node = xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);

	if (!node)
		abort();
	return node;
}

xmlNode *xml_need(xmlNode *parent, const char *name)
{
	return xml_child(parent, name) ?: xml_add(parent, name);
}

char *xml_text(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		abort();
	return text;
}

void xml_set(xmlNode *node, const char *name, const char *format, ...)
{
	va_list args;
	char *value;

	va_start(args, format);
	value = xml_text(format, args);
	va_end(args);
	xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value);
	free(value);
}

void xml_fill(xmlNode *node, const char *format, ...)
{
	va_list args;
	char *value;

	va_start(args, format);
	value = xml_text(format, args);
	va_end(args);
	xmlNodeSetContent(node, (const xmlChar *)value);
	free(value);
}

/* The first place behind the bridge of that number. */
void xml_place(xmlNode *device, long bus)
{
	xmlNode *address = xml_add(device, "address");

	xml_set(address, "type", "pci");
	xml_set(address, "domain", "0x0000");
	xml_set(address, "bus", "0x%02lx", bus);
	xml_set(address, "slot", "0x00");
	xml_set(address, "function", "0x0");
}

/* An attribute's text, to be freed; NULL without it. */
char *xml_get(xmlNode *node, const char *name)
{
	return (char *)xmlGetProp(node, (const xmlChar *)name);
}

bool xml_is(xmlNode *node, const char *name, const char *value)
{
	char *has = xml_get(node, name);
	bool same = has && !strcmp(has, value);

	xmlFree(has);
	return same;
}

/* An attribute that is a number of any base; -1 if it is none. */
long xml_number(xmlNode *node, const char *name, long otherwise)
{
	char *has = xml_get(node, name), *end;
	long number = has ? strtol(has, &end, 0) : otherwise;

	if (has && (end == has || *end))
		number = -1;
	xmlFree(has);
	return number;
}

/* libvirt's words for units; without one it is KiB. */
static bool unit_size(const char *unit, uint64_t *bytes)
{
	static const char letters[] = "kmgtpe";
	const char *letter;
	uint64_t step;

	*bytes = 1;
	if (!strcmp(unit, "b") || !strcmp(unit, "bytes"))
		return true;
	letter = *unit ? strchr(letters, *unit | 0x20) : NULL;
	if (!letter || !(!unit[1] || !strcmp(unit + 1, "B") || !strcmp(unit + 1, "iB")))
		return false;
	step = unit[1] == 'B' ? 1000 : 1024;
	for (long i = letter - letters; i >= 0; i--)
		*bytes *= step;
	return true;
}

/* The size that an element holds. */
bool xml_size(xmlNode *node, uint64_t *bytes)
{
	char *number = (char *)xmlNodeGetContent(node);
	char *unit = xml_get(node, "unit");
	uint64_t scale;
	bool ok;

	ok = number && parse_number(number, bytes) &&
	     unit_size(unit ?: "KiB", &scale) &&
	     !__builtin_mul_overflow(*bytes, scale, bytes);
	xmlFree(number);
	xmlFree(unit);
	return ok;
}
