// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which hostdev of a domain is a GPU's, and how is one made?
 *
 * One that is there, of whoever made it, keeps what it has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "property.h"

/* What the user names in libvirt has to begin so; it is QEMU's id too. */
#define USERS_ALIAS	"ua-"

/* What an address leaves out is 0. */
static bool is_at(xmlNode *address, const char *bdf)
{
	struct address at = parse_address(bdf);

	return xml_number(address, "domain", 0) == at.domain &&
	       xml_number(address, "bus", 0) == at.bus &&
	       xml_number(address, "slot", 0) == at.slot &&
	       xml_number(address, "function", 0) == at.function;
}

/* The hostdev of a GPU, or NULL. */
xmlNode *hostdev_find(xmlNode *devices, const char *bdf)
{
	xmlNode *node = xml_child(devices, "hostdev");

	for (; node; node = xml_next(node, "hostdev")) {
		xmlNode *address = xml_child(xml_child(node, "source"), "address");

		if (address && xml_is(node, "type", "pci") && is_at(address, bdf))
			return node;
	}
	return NULL;
}

/* libvirt counts controllers of one type, so that others do not matter. */
long controller_next(xmlNode *devices)
{
	xmlNode *node = xml_child(devices, "controller");
	long next = 1;

	for (; node; node = xml_next(node, "controller")) {
		if (xml_is(node, "type", "pci") &&
		    xml_number(node, "index", 0) >= next)
			next = xml_number(node, "index", 0) + 1;
	}
	return next;
}

static long add_root_port(xmlNode *devices)
{
	long index = controller_next(devices);
	xmlNode *port = xml_add(devices, "controller");

	xml_set(port, "type", "pci");
	xml_set(port, "index", "%ld", index);
	xml_set(port, "model", "pcie-root-port");
	return index;
}

static void set_address(xmlNode *address, const char *bdf)
{
	struct address at = parse_address(bdf);

	xml_set(address, "domain", "0x%04x", at.domain);
	xml_set(address, "bus", "0x%02x", at.bus);
	xml_set(address, "slot", "0x%02x", at.slot);
	xml_set(address, "function", "0x%x", at.function);
}

static xmlNode *add_hostdev(struct edit *edit, const char *bdf)
{
	long bus = add_root_port(edit->devices);
	xmlNode *hostdev = xml_add(edit->devices, "hostdev");

	xml_set(hostdev, "mode", "subsystem");
	xml_set(hostdev, "type", "pci");
	xml_set(hostdev, "managed", "yes");
	set_address(xml_add(xml_add(hostdev, "source"), "address"), bdf);
	xmlFree(hostdev_need_alias(hostdev, bdf));
	xml_place(hostdev, bus);
	return hostdev;
}

xmlNode *hostdev_need(struct edit *edit, const char *bdf)
{
	xmlNode *hostdev = hostdev_find(edit->devices, bdf);

	if (hostdev)
		return hostdev;
	note(&edit->added, "the hostdev of %s", bdf);
	return add_hostdev(edit, bdf);
}

/* The whole domain may have been told to use it, or this one. */
void hostdev_need_iommufd(struct edit *edit, xmlNode *hostdev, const char *bdf)
{
	if (xml_is(xml_child(hostdev, "driver"), "iommufd", "yes"))
		return;
	xml_set(xml_need(hostdev, "driver"), "iommufd", "yes");
	note(&edit->added, "iommufd for %s", bdf);
}

/* Its id in QEMU, to be freed; NULL: libvirt will choose one. */
char *hostdev_alias(xmlNode *hostdev)
{
	xmlNode *node = xml_child(hostdev, "alias");
	char *alias = node ? xml_get(node, "name") : NULL;

	if (alias && !strncmp(alias, USERS_ALIAS, strlen(USERS_ALIAS)))
		return alias;
	xmlFree(alias);
	return NULL;
}

/* Its id in QEMU, to be freed, chosen if it was not. */
char *hostdev_need_alias(xmlNode *hostdev, const char *bdf)
{
	char *alias = hostdev_alias(hostdev), fresh[64];

	if (alias)
		return alias;
	snprintf(fresh, sizeof(fresh), USERS_ALIAS "gpu-%s", bdf);
	for (char *at = fresh; *at; at++) {
		if (*at == ':' || *at == '.')
			*at = '-';
	}
	xml_set(xml_need(hostdev, "alias"), "name", "%s", fresh);
	return hostdev_alias(hostdev);
}
