// SPDX-License-Identifier: GPL-2.0-only
/* How is a piece of XML found, or made? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"

/* The first child element of that name, or NULL. */
xmlNode *xml_child(xmlNode *parent, const char *name)
{
	xmlNode *node = parent ? xmlFirstElementChild(parent) : NULL;

	while (node && strcmp((const char *)node->name, name))
		node = xmlNextElementSibling(node);
	return node;
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

void xml_set(xmlNode *node, const char *name, const char *format, ...)
{
	va_list args;
	char *value;

	va_start(args, format);
	if (vasprintf(&value, format, args) < 0)
		abort();
	va_end(args);
	xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value);
	free(value);
}

bool xml_is(xmlNode *node, const char *name, const char *value)
{
	xmlChar *has = xmlGetProp(node, (const xmlChar *)name);
	bool same = has && !strcmp((const char *)has, value);

	xmlFree(has);
	return same;
}

/* An attribute that is a number of any base; -1 without it. */
long xml_number(xmlNode *node, const char *name)
{
	xmlChar *has = xmlGetProp(node, (const xmlChar *)name);
	long number = has ? strtol((const char *)has, NULL, 0) : -1;

	xmlFree(has);
	return number;
}
