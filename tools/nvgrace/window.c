// SPDX-License-Identifier: GPL-2.0-only
/*
 * How large is a domain's window for BARs, and how does it grow?
 *
 * It is asked of libvirt (<pcihole64>) or handed to QEMU, which wants a power of
 * two. It is never made smaller: other devices may need what is there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain.h"
#include "property.h"

#define KEY	"highmem-mmio-size="

static xmlNode *find_root(xmlNode *devices)
{
	xmlNode *root = xml_child(devices, "controller");

	while (root && !xml_is(root, "model", "pcie-root"))
		root = xml_next(root, "controller");
	return root;
}

/* The size in one argument: where it begins and ends, and how large it is. */
static bool read_argument(const char *argument, const char **at, size_t *length,
			  uint64_t *window)
{
	char size[32];

	*at = strstr(argument, KEY);
	if (!*at)
		return false;
	*at += strlen(KEY);
	*length = strcspn(*at, ",");
	snprintf(size, sizeof(size), "%.*s", (int)*length, *at);
	if (*length >= sizeof(size) || !parse_size(size, window))
		*window = 0;
	return true;
}

/* Makes what an argument asks for as large as @window. */
static void grow_argument(xmlNode *arg, uint64_t window)
{
	char *argument = xml_get(arg, "value");
	const char *at;
	size_t length;
	uint64_t now;

	if (argument && read_argument(argument, &at, &length, &now) && now < window)
		xml_set(arg, "value", "%.*s%" PRIu64 "G%s", (int)(at - argument),
			argument, window / GIB, at + length);
	xmlFree(argument);
}

static void set_hole(xmlNode *root, uint64_t window)
{
	xmlNode *hole = xml_need(root, "pcihole64");

	xml_set(hole, "unit", "KiB");
	xml_fill(hole, "%" PRIu64, window / KIB);
}

/* What libvirt is asked for, 0: nothing. */
static uint64_t read_hole(struct edit *edit)
{
	xmlNode *hole = xml_child(find_root(edit->devices), "pcihole64");
	uint64_t window = 0;

	if (hole && !xml_size(hole, &window))
		refuse(edit, "its pcihole64 is no size: mend it with virsh edit");
	return window;
}

/* What QEMU is handed, the last one, which counts; 0: nothing. */
static uint64_t read_handed(struct edit *edit)
{
	uint64_t window = 0;

	for (xmlNode *arg = handed_first(edit->domain); arg; arg = handed_next(arg)) {
		char *argument = xml_get(arg, "value");
		const char *at;
		size_t length;

		if (argument && read_argument(argument, &at, &length, &window) && !window)
			refuse(edit, "the " KEY " that it hands to QEMU is no size: mend it with virsh edit");
		xmlFree(argument);
	}
	return window;
}

static void add_window(struct edit *edit, uint64_t window)
{
	xmlNode *root = find_root(edit->devices);

	if (edit->dialect == COMMANDLINE) {
		handed_add(edit->domain, "-machine", KEY "%" PRIu64 "G", window / GIB);
		return;
	}
	if (!root) {
		root = xml_add(edit->devices, "controller");
		xml_set(root, "type", "pci");
		xml_set(root, "index", "0");
		xml_set(root, "model", "pcie-root");
	}
	set_hole(root, window);
}

/* Nothing is said when QEMU's own window is large enough. */
void window_need(struct edit *edit, uint64_t window)
{
	uint64_t hole = read_hole(edit), handed = read_handed(edit);
	uint64_t now = handed ?: hole ?: LEAST_WINDOW;
	uint64_t most = hole > handed ? hole : handed;

	if (edit->why || now >= window)
		return;
	window = guest_power(window > most ? window : most);
	note(&edit->added, "a window of %" PRIu64 " GiB", window / GIB);
	if (!hole && !handed)
		add_window(edit, window);
	if (hole && hole < window)
		set_hole(find_root(edit->devices), window);
	for (xmlNode *arg = handed_first(edit->domain); arg; arg = handed_next(arg))
		grow_argument(arg, window);
}
