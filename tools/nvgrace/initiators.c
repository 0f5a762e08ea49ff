// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which nodes does a domain tie to a GPU, and how does it get those it lacks?
 *
 * libvirt knows them as <acpi nodeset> of the hostdev, QEMU as objects that name
 * the device. A domain may have some of either.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"

/* A list like 1-8,10. */
static bool mark_list(const char *list, bool nodes[MOST_NODES])
{
	char *end;

	do {
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (end != list && *end == '-') {
			list = end + 1;
			last = strtoul(list, &end, 10);
		}
		if (end == list || first > last || last >= MOST_NODES)
			return false;
		for (; first <= last; first++)
			nodes[first] = true;
		list = end + 1;
	} while (*end == ',');
	return !*end;
}

/* Those that QEMU's own arguments tie to the device of that id. */
static void mark_handed(struct edit *edit, const char *alias, bool nodes[MOST_NODES])
{
	xmlNode *arg = handed_first(edit->domain);
	char device[128];

	snprintf(device, sizeof(device), ",pci-dev=%s,", alias);
	for (; arg; arg = handed_next(arg)) {
		char *value = xml_get(arg, "value");
		long node;

		if (value && !strncmp(value, "acpi-generic-initiator,", 23) &&
		    strstr(value, device) && handed_number(value, "node", &node))
			nodes[node] = true;
		xmlFree(value);
	}
}

void initiators_mark(struct edit *edit, xmlNode *hostdev, bool nodes[MOST_NODES])
{
	xmlNode *acpi = xml_child(hostdev, "acpi");
	char *list = acpi ? xml_get(acpi, "nodeset") : NULL;
	char *alias = hostdev_alias(hostdev);

	if (list && !mark_list(list, nodes))
		refuse(edit, "the nodeset of a GPU's <acpi> is no list of nodes like 1-8: mend it with virsh edit");
	if (alias)
		mark_handed(edit, alias, nodes);
	xmlFree(list);
	xmlFree(alias);
}

/* A libvirt that is old makes a memory backend of each cell, and QEMU none of size 0. */
static void hand_nodes(struct edit *edit, const char *bdf, xmlNode *hostdev,
		       long first, unsigned int nr)
{
	char *alias = hostdev_need_alias(hostdev, bdf);

	for (long node = first; node < first + nr; node++) {
		handed_add(edit->domain, "-numa", "node,nodeid=%ld", node);
		handed_add(edit->domain, "-object",
			   "acpi-generic-initiator,id=gi%ld,pci-dev=%s,node=%ld",
			   node, alias, node);
	}
	xmlFree(alias);
}

static void add_cells(struct edit *edit, xmlNode *hostdev, long first, unsigned int nr)
{
	xmlNode *numa = cells_need(edit), *acpi = xml_need(hostdev, "acpi");
	char *list = xml_get(acpi, "nodeset");
	long last = first + nr - 1;

	for (long node = first; node <= last; node++) {
		xmlNode *cell = xml_add(numa, "cell");

		xml_set(cell, "id", "%ld", node);
		xml_set(cell, "memory", "0");
		xml_set(cell, "unit", "KiB");
	}
	xml_set(acpi, "nodeset", first < last ? "%s%s%ld-%ld" : "%s%s%ld",
		list ?: "", list ? "," : "", first, last);
	xmlFree(list);
}

/* As many as the guest's driver expects, with those that are there. */
void initiators_need(struct edit *edit, const struct gpu *gpu, xmlNode *hostdev)
{
	unsigned int missing = guest_nodes(gpu);
	bool has[MOST_NODES] = {};
	long first;

	initiators_mark(edit, hostdev, has);
	for (int i = 0; i < MOST_NODES && missing; i++)
		missing -= has[i];
	first = missing ? cells_next(edit) : 0;
	if (first + missing > MOST_NODES)
		refuse(edit, "it would have more than 128 nodes, the most that QEMU takes: leave a GPU out");
	if (edit->why || !missing)
		return;
	note(&edit->added, "%u nodes for %s", missing, gpu->bdf);
	if (edit->dialect == COMMANDLINE)
		hand_nodes(edit, gpu->bdf, hostdev, first, missing);
	else
		add_cells(edit, hostdev, first, missing);
}
