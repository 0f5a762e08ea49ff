// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a libvirt domain need to have coherent GPUs?
 *
 * Everything is added to a domain that is there, an empty one to be shown or
 * one of libvirt's; what it has already is kept.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "property.h"

#define QEMU_NAMESPACE	"http://libvirt.org/schemas/domain/qemu/1.0"

/* A domain with memory and CPUs, and nothing else. */
xmlDoc *domain_new(const struct guest *guest)
{
	xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNode *domain = xmlNewNode(NULL, (const xmlChar *)"domain");
	char number[32];

	xmlDocSetRootElement(doc, domain);
	xml_set(domain, "type", "kvm");
	snprintf(number, sizeof(number), "%" PRIu64, guest->memory / KIB);
	xmlNodeSetContent(xml_add(domain, "memory"), (xmlChar *)number);
	xml_set(xml_child(domain, "memory"), "unit", "KiB");
	snprintf(number, sizeof(number), "%u", guest->cpus);
	xmlNodeSetContent(xml_add(domain, "vcpu"), (xmlChar *)number);
	return doc;
}

/* All of the domain's CPUs and memory, as its one node of its own. */
static void add_first_cell(xmlNode *numa, xmlNode *domain)
{
	xmlNode *cell = xml_add(numa, "cell");
	xmlChar *cpus = xmlNodeGetContent(xml_child(domain, "vcpu"));
	xmlChar *memory = xmlNodeGetContent(xml_child(domain, "memory"));
	xmlChar *unit = xmlGetProp(xml_child(domain, "memory"),
				   (const xmlChar *)"unit");
	long last = cpus ? atol((char *)cpus) - 1 : 0;

	xml_set(cell, "id", "0");
	xml_set(cell, "cpus", last > 0 ? "0-%ld" : "%ld", last);
	xml_set(cell, "memory", "%s", memory ? (char *)memory : "0");
	xml_set(cell, "unit", "%s", unit ? (char *)unit : "KiB");
	xmlFree(cpus);
	xmlFree(memory);
	xmlFree(unit);
}

/* One more than the largest number that an attribute of such children has. */
static long next_number(xmlNode *parent, const char *child, const char *name)
{
	long next = 0;

	for (xmlNode *node = xmlFirstElementChild(parent); node;
	     node = xmlNextElementSibling(node)) {
		if (!strcmp((const char *)node->name, child) &&
		    xml_number(node, name) >= next)
			next = xml_number(node, name) + 1;
	}
	return next;
}

static xmlNode *need_numa(xmlNode *domain)
{
	xmlNode *cpu = xml_need(domain, "cpu");
	xmlNode *numa = xml_need(cpu, "numa");

	if (!xmlHasProp(cpu, (const xmlChar *)"mode"))
		xml_set(cpu, "mode", "host-passthrough");
	if (!xml_child(numa, "cell"))
		add_first_cell(numa, domain);
	return numa;
}

/* Cells without memory. */
static void add_cells(xmlNode *numa, unsigned int nr, long first)
{
	for (unsigned int i = 0; i < nr; i++) {
		xmlNode *cell = xml_add(numa, "cell");

		xml_set(cell, "id", "%ld", first + i);
		xml_set(cell, "memory", "0");
		xml_set(cell, "unit", "KiB");
	}
}

/* libvirt counts controllers of one type, so that others do not matter. */
static long next_controller(xmlNode *devices)
{
	long next = 1;

	for (xmlNode *node = xmlFirstElementChild(devices); node;
	     node = xmlNextElementSibling(node)) {
		if (!strcmp((const char *)node->name, "controller") &&
		    xml_is(node, "type", "pci") &&
		    xml_number(node, "index") >= next)
			next = xml_number(node, "index") + 1;
	}
	return next;
}

static long add_root_port(xmlNode *devices)
{
	xmlNode *port;
	long index = next_controller(devices);

	port = xml_add(devices, "controller");
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

/* What the user names in libvirt has to begin so; it is QEMU's id too. */
static void make_alias(char *alias, size_t size, const char *bdf)
{
	snprintf(alias, size, "ua-gpu-%s", bdf);
	for (char *at = alias; *at; at++) {
		if (*at == ':' || *at == '.')
			*at = '-';
	}
}

static xmlNode *add_hostdev(xmlNode *devices, const struct gpu *gpu,
			    const struct guest *guest)
{
	long bus = add_root_port(devices);
	xmlNode *hostdev = xml_add(devices, "hostdev"), *address;
	char alias[64];

	make_alias(alias, sizeof(alias), gpu->bdf);
	xml_set(hostdev, "mode", "subsystem");
	xml_set(hostdev, "type", "pci");
	xml_set(hostdev, "managed", "yes");
	if (guest->iommufd)
		xml_set(xml_add(hostdev, "driver"), "iommufd", "yes");
	set_address(xml_add(xml_add(hostdev, "source"), "address"), gpu->bdf);
	xml_set(xml_add(hostdev, "alias"), "name", "%s", alias);
	address = xml_add(hostdev, "address");
	xml_set(address, "type", "pci");
	xml_set(address, "domain", "0x0000");
	xml_set(address, "bus", "0x%02lx", bus);
	xml_set(address, "slot", "0x00");
	xml_set(address, "function", "0x0");
	return hostdev;
}

static void add_argument(xmlNode *commandline, const char *option,
			 const char *value)
{
	xmlNode *arg = xmlNewChild(commandline, commandline->ns,
				   (const xmlChar *)"arg", NULL);

	xml_set(arg, "value", "%s", option);
	arg = xmlNewChild(commandline, commandline->ns, (const xmlChar *)"arg",
			  NULL);
	xml_set(arg, "value", "%s", value);
}

static xmlNode *need_commandline(xmlNode *domain)
{
	xmlNode *node = xml_child(domain, "commandline");
	xmlNs *ns;

	if (node)
		return node;
	ns = xmlSearchNsByHref(domain->doc, domain,
			       (const xmlChar *)QEMU_NAMESPACE) ?:
	     xmlNewNs(domain, (const xmlChar *)QEMU_NAMESPACE,
		      (const xmlChar *)"qemu");
	return xmlNewChild(domain, ns, (const xmlChar *)"commandline", NULL);
}

/* The number after the last node that is a cell, or among QEMU's arguments. */
static long next_node(xmlNode *domain)
{
	long next = next_number(need_numa(domain), "cell", "id"), node;
	xmlNode *arg = xml_child(xml_child(domain, "commandline"), "arg");

	for (; arg; arg = xmlNextElementSibling(arg)) {
		xmlChar *value = xmlGetProp(arg, (const xmlChar *)"value");

		if (value && sscanf((char *)value, "node,nodeid=%ld", &node) == 1 &&
		    node >= next)
			next = node + 1;
		xmlFree(value);
	}
	return next;
}

/* A libvirt that is old makes a memory backend of each cell, and QEMU none of size 0. */
static void add_initiators(xmlNode *domain, const struct gpu *gpu, long first)
{
	char alias[64], value[192];

	make_alias(alias, sizeof(alias), gpu->bdf);
	for (unsigned int i = 0; i < guest_nodes(gpu); i++) {
		snprintf(value, sizeof(value), "node,nodeid=%ld", first + i);
		add_argument(need_commandline(domain), "-numa", value);
		snprintf(value, sizeof(value),
			 "acpi-generic-initiator,id=gi%ld,pci-dev=%s,node=%ld",
			 first + i, alias, first + i);
		add_argument(need_commandline(domain), "-object", value);
	}
}

/* Nothing is said when QEMU's own window is large enough. */
static void add_window(xmlNode *domain, xmlNode *devices, uint64_t window,
		       enum dialect dialect)
{
	xmlNode *root = xml_child(devices, "controller"), *hole;
	char value[64];

	if (window <= LEAST_WINDOW)
		return;
	if (dialect == COMMANDLINE) {
		snprintf(value, sizeof(value), "highmem-mmio-size=%" PRIu64 "G",
			 window / GIB);
		add_argument(need_commandline(domain), "-machine", value);
		return;
	}
	while (root && !xml_is(root, "model", "pcie-root"))
		root = xmlNextElementSibling(root);
	if (!root) {
		root = xml_add(devices, "controller");
		xml_set(root, "type", "pci");
		xml_set(root, "index", "0");
		xml_set(root, "model", "pcie-root");
	}
	hole = xml_need(root, "pcihole64");
	snprintf(value, sizeof(value), "%" PRIu64, window / KIB);
	xml_set(hole, "unit", "KiB");
	xmlNodeSetContent(hole, (xmlChar *)value);
}

/* The hostdev of a GPU, or NULL. */
static xmlNode *find_hostdev(xmlNode *devices, const char *bdf)
{
	struct address at = parse_address(bdf);

	for (xmlNode *node = xmlFirstElementChild(devices); node;
	     node = xmlNextElementSibling(node)) {
		xmlNode *source = strcmp((const char *)node->name, "hostdev") ?
				  NULL : xml_child(node, "source");
		xmlNode *address = xml_child(source, "address");

		if (address && xml_number(address, "domain") == at.domain &&
		    xml_number(address, "bus") == at.bus &&
		    xml_number(address, "slot") == at.slot &&
		    xml_number(address, "function") == at.function)
			return node;
	}
	return NULL;
}

static void add_gpu(xmlNode *domain, xmlNode *devices, const struct gpu *gpu,
		    const struct guest *guest, enum dialect dialect)
{
	xmlNode *hostdev = add_hostdev(devices, gpu, guest);
	unsigned int nodes = guest_nodes(gpu);
	long first;

	if (!nodes)
		return;
	first = next_node(domain);
	if (dialect == COMMANDLINE) {
		add_initiators(domain, gpu, first);
		return;
	}
	add_cells(need_numa(domain), nodes, first);
	xml_set(xml_add(hostdev, "acpi"), "nodeset", "%ld-%ld", first,
		first + nodes - 1);
}

/* NULL, or why not; the domain is then good for nothing any more. */
const char *domain_add_gpus(xmlDoc *doc, const struct gpus *gpus,
			    const struct guest *guest, enum dialect dialect)
{
	xmlNode *domain = xmlDocGetRootElement(doc), *devices;

	if (!domain || strcmp((const char *)domain->name, "domain"))
		return "this is no domain of libvirt's";
	if (guest_nodes(&gpus->one[0]))
		need_numa(domain);
	devices = xml_need(domain, "devices");
	for (size_t i = 0; i < gpus->nr; i++) {
		if (find_hostdev(devices, gpus->one[i].bdf))
			return "the domain has this GPU already: remove it with virsh edit first";
	}
	add_window(domain, devices, guest_window(gpus), dialect);
	for (size_t i = 0; i < gpus->nr; i++)
		add_gpu(domain, devices, &gpus->one[i], guest, dialect);
	return NULL;
}

/* libvirt drops what it does not know: what is left shows how old it is. */
bool domain_keeps_nodes(xmlDoc *doc, const struct gpus *gpus)
{
	xmlNode *devices = xml_child(xmlDocGetRootElement(doc), "devices");

	for (size_t i = 0; i < gpus->nr; i++) {
		if (guest_nodes(&gpus->one[i]) &&
		    !xml_child(find_hostdev(devices, gpus->one[i].bdf), "acpi"))
			return false;
	}
	return true;
}
