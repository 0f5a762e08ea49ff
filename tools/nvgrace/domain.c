// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a libvirt domain need to have coherent GPUs?
 *
 * Everything is added to a domain that is there, an empty one to be shown or
 * one of libvirt's; what it has already is kept, so that a second time nothing
 * is missing.
 */
#include <inttypes.h>
#include <libxml/parser.h>
#include <string.h>

#include "domain.h"

/* NULL: it is no domain. Entities are of no use in one, and can be endless. */
xmlDoc *domain_parse(const char *xml)
{
	xmlDoc *doc = xmlReadMemory(xml, strlen(xml), NULL, NULL,
				    XML_PARSE_NONET | XML_PARSE_NOBLANKS |
				    XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

	if (root && !strcmp((const char *)root->name, "domain") && !doc->intSubset)
		return doc;
	xmlFreeDoc(doc);
	return NULL;
}

/* To be freed with xmlFree(). */
char *domain_text(xmlDoc *doc)
{
	xmlChar *text;
	int size;

	xmlDocDumpFormatMemoryEnc(doc, &text, &size, "UTF-8", 1);
	return (char *)text;
}

static void add_cell(xmlNode *numa, const struct guest *guest, unsigned int node,
		     unsigned int first)
{
	xmlNode *cell = xml_add(numa, "cell");
	unsigned int last = first + guest->cpus[node] - 1;

	xml_set(cell, "id", "%u", node);
	xml_set(cell, "cpus", last > first ? "%u-%u" : "%u", first, last);
	xml_set(cell, "memory", "%" PRIu64, guest->memory[node] / KIB);
	xml_set(cell, "unit", "KiB");
}

/* A domain with memory and CPUs, and ACPI, which tells a guest of nodes. */
xmlDoc *domain_new(const struct guest *guest)
{
	xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNode *domain = xmlNewNode(NULL, (const xmlChar *)"domain"), *numa;
	unsigned int first = 0;

	xmlDocSetRootElement(doc, domain);
	xml_set(domain, "type", "kvm");
	xml_fill(xml_add(domain, "memory"), "%" PRIu64, guest_memory(guest) / KIB);
	xml_set(xml_child(domain, "memory"), "unit", "KiB");
	xml_fill(xml_add(domain, "vcpu"), "%u", guest_cpus(guest));
	xml_add(xml_add(domain, "features"), "acpi");
	numa = xml_add(xml_add(domain, "cpu"), "numa");
	xml_set(numa->parent, "mode", "host-passthrough");
	for (unsigned int node = 0; node < guest->nodes; node++) {
		add_cell(numa, guest, node, first);
		first += guest->cpus[node];
	}
	return doc;
}

bool domain_names(xmlDoc *doc, const char *bdf)
{
	xmlNode *devices = xml_child(xmlDocGetRootElement(doc), "devices");

	return devices && hostdev_find(devices, bdf);
}

/* Somebody has decided it already, on or off. */
static bool has_ras(xmlNode *domain, xmlNode *features)
{
	bool has = xml_child(features, "ras");

	for (xmlNode *arg = handed_first(domain); arg; arg = handed_next(arg)) {
		char *value = xml_get(arg, "value");

		has |= value && (!strncmp(value, "ras=", 4) || strstr(value, ",ras="));
		xmlFree(value);
	}
	return has;
}

/* Without it QEMU ends the guest that touches a bad page, instead of telling it. */
static void need_ras(struct edit *edit, xmlNode *features)
{
	if (has_ras(edit->domain, features))
		return;
	note(&edit->added, "ras");
	if (edit->dialect == COMMANDLINE)
		handed_add(edit->domain, "-machine", "ras=on");
	else
		xml_set(xml_add(features, "ras"), "state", "on");
}

static void need_gpu(struct edit *edit, const struct gpu *gpu, bool far[MOST_NODES])
{
	xmlNode *hostdev = hostdev_need(edit, gpu->bdf);

	if (edit->iommufd)
		hostdev_need_iommufd(edit, hostdev, gpu->bdf);
	if (edit->swaps_address)
		place_need(edit, hostdev, gpu->bdf);
	initiators_need(edit, gpu, hostdev);
	initiators_mark(edit, hostdev, far);
}

/*
 * @gpus: all that the domain is to have. edit->why says why not; the domain is then
 * good for nothing any more.
 */
void domain_complete(xmlDoc *doc, const struct gpus *gpus, struct edit *edit)
{
	xmlNode *features;
	bool far[MOST_NODES] = {};

	edit->domain = xmlDocGetRootElement(doc);
	edit->devices = xml_need(edit->domain, "devices");
	features = xml_child(edit->domain, "features");
	if (!xml_child(features, "acpi")) {
		refuse(edit, "it has no ACPI, which alone tells a guest of the nodes: add UEFI firmware and <features><acpi/></features> with virsh edit");
		return;
	}
	need_ras(edit, features);
	if (edit->swaps_address)
		place_need_entry_behind_nodes(edit);
	window_need(edit, guest_window(gpus));
	for (size_t i = 0; i < gpus->nr && !edit->why; i++)
		need_gpu(edit, &gpus->one[i], far);
	if (!edit->why)
		distances_need(edit, far);
}
