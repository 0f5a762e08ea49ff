// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can any domain upset what completes it (nvgrace libvirt --edit)?
 *
 * Each byte of the input adds a piece of a domain; those from 0xf0 on add
 * themselves, as the text of a number. What is done to it is done twice: then
 * nothing may be missing any more.
 */
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../domain.h"
#include "fuzz.h"

static const char * const pieces[] = {
	"<features><acpi/>", "</features>", "<ras state='off'/>", "<cpu>", "<numa>",
	"<cell id='0' cpus='0' memory='1'/>", "<cell cpus='1' memory='1'><distances>",
	"<sibling id='0' value='40'/>", "<sibling id='1' value='1e9'/>",
	"</distances></cell>", "<cell id='", "'/>", "</numa></cpu>", "<devices>",
	"<controller type='pci' index='0' model='pcie-root'><pcihole64 unit='",
	"KiB'>", "ZB'>", "T'>", "</pcihole64></controller>",
	"<controller type='pci' index='99999999999999999999'/>",
	"<hostdev type='pci'><source><address bus='1'/></source>", "</hostdev>",
	"<acpi nodeset='", "<acpi/>", "1-8", ",", "-", "<alias name='ua-a'/>", "<driver/>",
	"<alias name='ua-", "</devices>",
	"<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>",
	"<qemu:arg value='", "node,nodeid=", "dist,src=0,dst=1,val=30", "ras=on",
	"highmem-mmio-size=", "acpi-generic-initiator,id=g,pci-dev=ua-a,node=1",
	"</qemu:commandline>", "<commandline/>", "<memory unit='GiB'>4</memory>",
	"<vcpu>", "</vcpu>", "8388608", "0", "-1", "127", "128", "<!-- -->", "&#x41;",
};

#define NR_PIECES	(sizeof(pieces) / sizeof(*pieces))

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

/* To be freed; what is in it before and after the input makes many a one whole. */
static char *make_domain(const uint8_t *data, size_t size)
{
	char *xml = NULL;
	size_t length;
	FILE *out = open_memstream(&xml, &length);

	fputs("<domain><memory>1048576</memory>", out);
	if (size && data[0] & 1)
		fputs("<features><acpi/></features>", out);
	for (size_t i = 1; i < size; i++) {
		if (data[i] >= 0xf0)
			fprintf(out, "%d", data[i] - 0xf0);
		else
			fputs(pieces[data[i] % NR_PIECES], out);
	}
	fputs("</domain>", out);
	fclose(out);
	return xml;
}

/* The domain afterwards, to be freed; NULL: it was refused, or is none. */
static char *complete(const char *xml, const struct edit *asked, size_t *added)
{
	struct region region = { .bar = 4, .memory = GIB << 9, .size = GIB << 9 };
	struct gpu gpu = { .bdf = "0000:01:00.0", .driver = DRIVER };
	struct edit edit = *asked;
	xmlDoc *doc = domain_parse(xml);
	struct gpus gpus = { &gpu, 1 };
	char *text = NULL;

	gpu.memory = (struct memory) { .present = true, .regions = &region, .nr_regions = 1 };
	if (!doc)
		return NULL;
	domain_complete(doc, &gpus, &edit);
	if (!edit.why)
		text = domain_text(doc);
	*added = edit.added.nr;
	notes_free(&edit.added);
	xmlFreeDoc(doc);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *xml = make_domain(data, size), *once, *twice = NULL;
	struct edit asked = {
		.dialect = size && data[0] & 2 ? COMMANDLINE : NATIVE,
		.iommufd = true,
		.swaps_address = size && data[0] & 4,
	};
	size_t added = 0;

	once = complete(xml, &asked, &added);
	/* An empty one with ACPI has nothing, or this would fuzz nothing. */
	if (size == 1 && data[0] & 1 && (!once || added < 5))
		abort();
	if (once)
		twice = complete(once, &asked, &added);
	if (once && (!twice || added || strcmp(once, twice)))
		abort();
	xmlFree(once);
	xmlFree(twice);
	free(xml);
	return 0;
}
