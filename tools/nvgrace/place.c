// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a domain have a GPU at the address at which an older driver finds its nodes?
 *
 * As in qemu.c: below a root bus with a number of its own and a switch without ports.
 * libvirt puts nothing but ports into a switch. So it is told of another place, a root
 * port that stays empty, and QEMU of this one, by an override.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain.h"

/* @below: the number of the bridge that it is to be in; 0: libvirt chooses. */
static long add_bridge(xmlNode *devices, const char *model, long below, xmlNode **bridge)
{
	long index = controller_next(devices);

	*bridge = xml_add(devices, "controller");
	xml_set(*bridge, "type", "pci");
	xml_set(*bridge, "index", "%ld", index);
	xml_set(*bridge, "model", "%s", model);
	if (below)
		xml_place(*bridge, below);
	return index;
}

/* @id: what libvirt, too, takes for its id in QEMU. */
static void add_switch(xmlNode *devices, unsigned int root_bus, const char *id)
{
	xmlNode *bridge;
	long index = add_bridge(devices, "pcie-expander-bus", 0, &bridge);

	xml_set(xml_add(bridge, "target"), "busNr", "%u", root_bus);
	index = add_bridge(devices, "pcie-root-port", index, &bridge);
	add_bridge(devices, "pcie-switch-upstream-port", index, &bridge);
	xml_set(xml_add(bridge, "alias"), "name", "%s", id);
}

static bool has_root_bus(xmlNode *devices, unsigned int number)
{
	xmlNode *bridge = xml_child(devices, "controller"), *target;
	bool has = false;

	for (; bridge && !has; bridge = xml_next(bridge, "controller")) {
		target = xml_child(bridge, "target");
		has = target && xml_number(target, "busNr", 0) == (long)number;
	}
	return has;
}

/* The first that no GPU of the domain has; 0: there is none. */
static unsigned int free_place(xmlNode *devices)
{
	size_t nr = 0;

	while (guest_place(nr) && has_root_bus(devices, guest_place_root(guest_place(nr))))
		nr++;
	return guest_place(nr);
}

static void add_place(struct edit *edit, const char *alias, const char *bdf)
{
	unsigned int place = free_place(edit->devices);
	char bus[32], addr[16];

	if (!place) {
		refuse(edit, "an older driver finds the nodes of 16 GPUs at most: give the guest fewer, or a newer driver");
		return;
	}
	note(&edit->added, "guest address %02x:%02x.0 for %s", place, place >> 3, bdf);
	snprintf(bus, sizeof(bus), "ua-switch-%02x", place);
	snprintf(addr, sizeof(addr), "%02x.0", place >> 3);
	add_switch(edit->devices, guest_place_root(place), bus);
	override_add(edit->domain, alias, "bus", bus);
	override_add(edit->domain, alias, "addr", addr);
}

void place_need(struct edit *edit, xmlNode *hostdev, const char *bdf)
{
	char *alias = hostdev_need_alias(hostdev, bdf);

	if (!override_find(edit->domain, alias))
		add_place(edit, alias, bdf);
	xmlFree(alias);
}

/*
 * That driver does not look at the last entry of SRAT. QEMU writes one for memory to be
 * plugged in, behind those of the nodes.
 */
void place_need_entry_behind_nodes(struct edit *edit)
{
	xmlNode *memory = xml_child(edit->domain, "memory"), *most;
	uint64_t bytes;

	if (xml_child(edit->domain, "maxMemory"))
		return;
	if (!memory || !xml_size(memory, &bytes)) {
		edit->why = "its <memory> is no size: mend it with virsh edit";
		return;
	}
	note(&edit->added, "maxMemory");
	most = xml_add(edit->domain, "maxMemory");
	xml_set(most, "slots", "1");
	xml_set(most, "unit", "KiB");
	xml_fill(most, "%" PRIu64, (bytes + GUEST_SPARE) / KIB);
}
