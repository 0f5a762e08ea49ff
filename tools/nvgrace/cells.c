// SPDX-License-Identifier: GPL-2.0-only
/* Which NUMA nodes has a domain, and where do further ones begin? */
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "property.h"

/* All of the domain's CPUs and memory, as its one node of its own. */
static void add_first_cell(struct edit *edit, xmlNode *numa)
{
	xmlNode *memory = xml_child(edit->domain, "memory"), *cell;
	char *cpus = (char *)xmlNodeGetContent(xml_child(edit->domain, "vcpu"));
	uint64_t nr = 1, bytes;

	if (!memory || !xml_size(memory, &bytes) || !bytes)
		refuse(edit, "its <memory> is no size: mend it with virsh edit");
	else if (cpus && (!parse_number(cpus, &nr) || !nr))
		refuse(edit, "its <vcpu> is no number: mend it with virsh edit");
	if (!edit->why) {
		char *unit = xml_get(memory, "unit");
		char *size = (char *)xmlNodeGetContent(memory);

		cell = xml_add(numa, "cell");
		xml_set(cell, "id", "0");
		xml_set(cell, "cpus", nr > 1 ? "0-%lu" : "%lu", nr - 1);
		xml_set(cell, "memory", "%s", size);
		xml_set(cell, "unit", "%s", unit ?: "KiB");
		xmlFree(unit);
		xmlFree(size);
	}
	xmlFree(cpus);
}

static bool hands_nodes(xmlNode *domain)
{
	bool hands = false;

	for (xmlNode *arg = handed_first(domain); arg; arg = handed_next(arg)) {
		char *value = xml_get(arg, "value");

		hands |= value && !strncmp(value, "node,", 5);
		xmlFree(value);
	}
	return hands;
}

/* The domain's <numa>, in which there is a cell. */
xmlNode *cells_need(struct edit *edit)
{
	xmlNode *cpu = xml_need(edit->domain, "cpu");
	xmlNode *numa = xml_need(cpu, "numa");

	if (!xmlHasProp(cpu, (const xmlChar *)"mode") && !xml_child(cpu, "model"))
		xml_set(cpu, "mode", "host-passthrough");
	if (xml_child(numa, "cell"))
		return numa;
	if (hands_nodes(edit->domain))
		refuse(edit, "it hands all of its nodes to QEMU and has no <numa>: write those with CPUs as cells, with virsh edit");
	else
		add_first_cell(edit, numa);
	return numa;
}

/* libvirt counts those that have no number. -1: it is none. */
long cells_id(xmlNode *cell)
{
	long position = 0;

	for (xmlNode *node = xml_child(cell->parent, "cell"); node && node != cell;
	     node = xml_next(node, "cell"))
		position++;
	position = xml_number(cell, "id", position);
	return position < MOST_NODES ? position : -1;
}

/* The number after the last node that is a cell, or among QEMU's arguments. */
long cells_next(struct edit *edit)
{
	xmlNode *cell = xml_child(cells_need(edit), "cell"), *arg;
	long next = 0, node;

	for (; cell; cell = xml_next(cell, "cell")) {
		node = cells_id(cell);
		if (node < 0)
			refuse(edit, "a cell of its <numa> has no number below 128: mend it with virsh edit");
		if (node >= next)
			next = node + 1;
	}
	for (arg = handed_first(edit->domain); arg; arg = handed_next(arg)) {
		char *value = xml_get(arg, "value");

		if (value && !strncmp(value, "node,", 5) &&
		    handed_number(value, "nodeid", &node) && node >= next)
			next = node + 1;
		xmlFree(value);
	}
	return next;
}
