// SPDX-License-Identifier: GPL-2.0-only
/* Which arguments does a domain hand through to QEMU? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"

#define QEMU_NAMESPACE	"http://libvirt.org/schemas/domain/qemu/1.0"

static bool is_qemus(const xmlNode *node)
{
	return node->ns && node->ns->href &&
	       !strcmp((const char *)node->ns->href, QEMU_NAMESPACE);
}

/* Other hypervisors' drivers of libvirt have elements of that name too. */
static xmlNode *find_commandline(xmlNode *domain)
{
	xmlNode *node = xml_child(domain, "commandline");

	while (node && !is_qemus(node))
		node = xml_next(node, "commandline");
	return node;
}

static xmlNode *need_commandline(xmlNode *domain)
{
	xmlNode *node = find_commandline(domain);
	xmlNs *ns;

	if (node)
		return node;
	ns = xmlSearchNsByHref(domain->doc, domain,
			       (const xmlChar *)QEMU_NAMESPACE) ?:
	     xmlNewNs(domain, (const xmlChar *)QEMU_NAMESPACE,
		      (const xmlChar *)"qemu") ?:
	     /* That prefix stands for something else here. */
	     xmlNewNs(domain, (const xmlChar *)QEMU_NAMESPACE,
		      (const xmlChar *)"nvgrace-qemu");
	return xmlNewChild(domain, ns, (const xmlChar *)"commandline", NULL);
}

/* NULL: there are none. */
xmlNode *handed_first(xmlNode *domain)
{
	return xml_child(find_commandline(domain), "arg");
}

xmlNode *handed_next(xmlNode *arg)
{
	return xml_next(arg, "arg");
}

static void add_argument(xmlNode *commandline, const char *value)
{
	xmlNode *arg = xmlNewChild(commandline, commandline->ns,
				   (const xmlChar *)"arg", NULL);

	xml_set(arg, "value", "%s", value);
}

void handed_add(xmlNode *domain, const char *option, const char *format, ...)
{
	xmlNode *commandline = need_commandline(domain);
	va_list args;
	char *value;

	va_start(args, format);
	if (vasprintf(&value, format, args) < 0)
		abort();
	va_end(args);
	add_argument(commandline, option);
	add_argument(commandline, value);
	free(value);
}

/* A number below MOST_NODES that follows ",key=" in an argument. */
bool handed_number(const char *argument, const char *key, long *number)
{
	char word[32], *end;
	const char *at;

	snprintf(word, sizeof(word), ",%s=", key);
	at = strstr(argument, word);
	if (!at)
		return false;
	at += strlen(word);
	*number = strtol(at, &end, 10);
	return end != at && (!*end || *end == ',') && *number >= 0 &&
	       *number < MOST_NODES;
}
