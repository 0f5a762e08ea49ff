/* SPDX-License-Identifier: GPL-2.0-only */
/* What does a libvirt domain need to have coherent GPUs? */
#ifndef NVGRACE_DOMAIN_H
#define NVGRACE_DOMAIN_H

#include <libxml/tree.h>
#include <stdarg.h>

#include "guest.h"

/* What libvirt cannot say itself, it passes on to QEMU. */
enum dialect {
	NATIVE,			/* <acpi nodeset>, <pcihole64> and <ras> */
	COMMANDLINE,		/* <qemu:commandline>, for a libvirt that drops those */
};

/* One pass over a domain, which adds what is missing in it and nothing else. */
struct edit {
	xmlNode *domain;
	xmlNode *devices;
	enum dialect dialect;
	bool iommufd;		/* all of its GPUs are to have it */
	bool swaps_address;	/* as in struct guest */
	struct notes added;	/* what was missing */
	const char *why;	/* it cannot be done; NULL: it can */
};

/* domain.c */
xmlDoc *domain_parse(const char *xml);
char *domain_text(xmlDoc *doc);
xmlDoc *domain_new(const struct guest *guest);
bool domain_names(xmlDoc *doc, const char *bdf);
void domain_complete(xmlDoc *doc, const struct gpus *gpus, struct edit *edit);

/* hostdev.c */
long controller_next(xmlNode *devices);
xmlNode *hostdev_find(xmlNode *devices, const char *bdf);
xmlNode *hostdev_need(struct edit *edit, const char *bdf);
void hostdev_need_iommufd(struct edit *edit, xmlNode *hostdev, const char *bdf);
char *hostdev_alias(xmlNode *hostdev);
char *hostdev_need_alias(xmlNode *hostdev, const char *bdf);

/* place.c */
void place_need(struct edit *edit, xmlNode *hostdev, const char *bdf);
void place_need_entry_behind_nodes(struct edit *edit);

/* window.c */
void window_need(struct edit *edit, uint64_t window);

/* cells.c */
#define MOST_NODES	128	/* that QEMU takes */

xmlNode *cells_need(struct edit *edit);
long cells_id(xmlNode *cell);
long cells_next(struct edit *edit);

/* initiators.c */
void initiators_need(struct edit *edit, const struct gpu *gpu, xmlNode *hostdev);
void initiators_mark(struct edit *edit, xmlNode *hostdev, bool nodes[MOST_NODES]);

/* distances.c: @far are nodes of GPUs. */
void distances_need(struct edit *edit, const bool far[MOST_NODES]);

/* handed.c: arguments that libvirt hands through to QEMU. */
xmlNode *handed_first(xmlNode *domain);
xmlNode *handed_next(xmlNode *arg);
void handed_add(xmlNode *domain, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool handed_number(const char *argument, const char *key, long *number);
xmlNode *override_find(xmlNode *domain, const char *alias);
void override_add(xmlNode *domain, const char *alias, const char *name, const char *value);

/* xml.c: children by name, made when they are not there; NULL ends a path. */
xmlNode *xml_child(xmlNode *parent, const char *name);
xmlNode *xml_next(xmlNode *node, const char *name);
xmlNode *xml_need(xmlNode *parent, const char *name);
xmlNode *xml_add(xmlNode *parent, const char *name);
void xml_set(xmlNode *node, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void xml_fill(xmlNode *node, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *xml_text(const char *format, va_list args);
void xml_place(xmlNode *device, long bus);
char *xml_get(xmlNode *node, const char *name);
bool xml_is(xmlNode *node, const char *name, const char *value);
long xml_number(xmlNode *node, const char *name, long otherwise);
bool xml_size(xmlNode *node, uint64_t *bytes);

static inline void refuse(struct edit *edit, const char *why)
{
	edit->why = why;
}

#endif
