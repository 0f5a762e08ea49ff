/* SPDX-License-Identifier: GPL-2.0-only */
/* What does a libvirt domain need to have coherent GPUs? */
#ifndef NVGRACE_DOMAIN_H
#define NVGRACE_DOMAIN_H

#include <libxml/tree.h>

#include "guest.h"

/* What libvirt cannot say itself, it passes on to QEMU. */
enum dialect {
	NATIVE,			/* <acpi nodeset> and <pcihole64> */
	COMMANDLINE,		/* <qemu:commandline>, for a libvirt that drops those */
};

/* domain.c */
xmlDoc *domain_new(const struct guest *guest);
const char *domain_add_gpus(xmlDoc *domain, const struct gpus *gpus,
			    const struct guest *guest, enum dialect dialect);
bool domain_keeps_nodes(xmlDoc *domain, const struct gpus *gpus);

/* xml.c: children by name, made when they are not there; NULL ends a path. */
xmlNode *xml_child(xmlNode *parent, const char *name);
xmlNode *xml_need(xmlNode *parent, const char *name);
xmlNode *xml_add(xmlNode *parent, const char *name);
void xml_set(xmlNode *node, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool xml_is(xmlNode *node, const char *name, const char *value);
long xml_number(xmlNode *node, const char *name);

#endif
