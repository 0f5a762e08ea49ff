// SPDX-License-Identifier: GPL-2.0-only
/*
 * How far are a domain's nodes from each other?
 *
 * With one distance QEMU wants all of them. Where two nodes have CPUs, those of a
 * GPU must be farther than the other one's memory, or what does not fit there is
 * put into the GPU's.
 */
#include <stdlib.h>
#include <string.h>

#include "domain.h"

/* What a domain says, in cells and in QEMU's arguments; 0: nothing. */
struct distances {
	struct _xmlNode *cell[MOST_NODES];	/* NULL: not libvirt's */
	bool there[MOST_NODES];
	unsigned char between[MOST_NODES][MOST_NODES];
	unsigned int with_cpus;
	bool any;
	bool any_in_cells;
	bool all_in_cells;
};

static void read_siblings(struct distances *all, long node)
{
	xmlNode *list = xml_child(all->cell[node], "distances");
	xmlNode *sibling = xml_child(list, "sibling");

	for (; sibling; sibling = xml_next(sibling, "sibling")) {
		long other = xml_number(sibling, "id", -1);
		long value = xml_number(sibling, "value", -1);

		all->any = all->any_in_cells = true;
		if (other >= 0 && other < MOST_NODES && value > 0 && value < 256)
			all->between[node][other] = value;
	}
}

static void read_cells(struct distances *all, xmlNode *domain)
{
	xmlNode *numa = xml_child(xml_child(domain, "cpu"), "numa");

	for (xmlNode *cell = xml_child(numa, "cell"); cell; cell = xml_next(cell, "cell")) {
		long node = cells_id(cell);

		if (node < 0)
			continue;
		all->there[node] = true;
		all->cell[node] = cell;
		if (xmlHasProp(cell, (const xmlChar *)"cpus"))
			all->with_cpus++;
		read_siblings(all, node);
	}
}

static void read_argument(struct distances *all, const char *argument)
{
	long from, to, value;

	if (!strncmp(argument, "node,", 5) && handed_number(argument, "nodeid", &to)) {
		all->there[to] = true;
		if (strstr(argument, ",cpus="))
			all->with_cpus++;
		all->all_in_cells = false;
	}
	if (strncmp(argument, "dist,", 5))
		return;
	all->any = true;
	if (handed_number(argument, "src", &from) && handed_number(argument, "dst", &to)) {
		const char *at = strstr(argument, ",val=");

		value = at ? atol(at + 5) : 0;
		if (value > 0 && value < 256)
			all->between[from][to] = value;
	}
}

static void read_handed(struct distances *all, xmlNode *domain)
{
	all->all_in_cells = true;
	for (xmlNode *arg = handed_first(domain); arg; arg = handed_next(arg)) {
		char *argument = xml_get(arg, "value");

		if (argument)
			read_argument(all, argument);
		xmlFree(argument);
	}
}

static void add_sibling(xmlNode *cell, int other, int value)
{
	xmlNode *sibling = xml_add(xml_need(cell, "distances"), "sibling");

	xml_set(sibling, "id", "%d", other);
	xml_set(sibling, "value", "%d", value);
}

static void hand(xmlNode *domain, int from, int to, int value)
{
	handed_add(domain, "-numa", "dist,src=%d,dst=%d,val=%d", from, to, value);
}

/* One way; @back is that of the other way, which a lone one is like. */
static bool need_one(struct edit *edit, struct distances *all, int from, int to, bool far)
{
	int value = all->between[to][from] ?: far ? GUEST_FARTHEST : GUEST_REMOTE;

	if (all->between[from][to])
		return false;
	if (!all->cell[from] || !all->cell[to]) {
		hand(edit->domain, from, to, value);
	} else if (far) {
		add_sibling(all->cell[from], to, value);
		all->any_in_cells = true;
	} else if (!all->all_in_cells && !all->any_in_cells) {
		hand(edit->domain, from, to, value);
	} else {
		/* libvirt fills in what is left among its own. */
		return false;
	}
	all->between[from][to] = value;
	return true;
}

static bool need_all(struct edit *edit, struct distances *all, const bool far[MOST_NODES],
		     bool fars)
{
	bool added = false;

	for (int from = 0; from < MOST_NODES; from++) {
		for (int to = 0; to < MOST_NODES && all->there[from]; to++) {
			if (to != from && all->there[to] &&
			    (far[from] || far[to]) == fars)
				added |= need_one(edit, all, from, to, fars);
		}
	}
	return added;
}

void distances_need(struct edit *edit, const bool far[MOST_NODES])
{
	struct distances all = {};
	bool added;

	read_cells(&all, edit->domain);
	read_handed(&all, edit->domain);
	if (!all.any && all.with_cpus < 2)
		return;
	/* Those of GPUs first: they may be the first that cells have. */
	added = need_all(edit, &all, far, true);
	added |= need_all(edit, &all, far, false);
	if (added)
		note(&edit->added, "distances of the nodes");
}
