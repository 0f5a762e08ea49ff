// SPDX-License-Identifier: GPL-2.0-only
/* Which arguments does a domain hand through to QEMU, and which of libvirt's does it replace? */
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
static xmlNode *find_child(xmlNode *domain, const char *name)
{
	xmlNode *node = xml_child(domain, name);

	while (node && !is_qemus(node))
		node = xml_next(node, name);
	return node;
}

static xmlNode *need_child(xmlNode *domain, const char *name)
{
	xmlNode *node = find_child(domain, name);
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
	return xmlNewChild(domain, ns, (const xmlChar *)name, NULL);
}

/* NULL: there are none. */
xmlNode *handed_first(xmlNode *domain)
{
	return xml_child(find_child(domain, "commandline"), "arg");
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
	xmlNode *commandline = need_child(domain, "commandline");
	va_list args;
	char *value;

	va_start(args, format);
	value = xml_text(format, args);
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

/* The override of a device's properties, or NULL. */
xmlNode *override_find(xmlNode *domain, const char *alias)
{
	xmlNode *device = xml_child(find_child(domain, "override"), "device");

	while (device && !xml_is(device, "alias", alias))
		device = xml_next(device, "device");
	return device;
}

static xmlNode *add_child(xmlNode *parent, const char *name)
{
	return xmlNewChild(parent, parent->ns, (const xmlChar *)name, NULL);
}

/* What QEMU is told of that property, whatever libvirt would say. */
void override_add(xmlNode *domain, const char *alias, const char *name, const char *value)
{
	xmlNode *device = override_find(domain, alias), *property;

	if (!device) {
		device = add_child(need_child(domain, "override"), "device");
		xml_set(device, "alias", "%s", alias);
		add_child(device, "frontend");
	}
	property = add_child(xml_child(device, "frontend"), "property");
	xml_set(property, "name", "%s", name);
	xml_set(property, "type", "string");
	xml_set(property, "value", "%s", value);
}
