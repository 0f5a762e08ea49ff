// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which NUMA nodes does the guest's firmware tie to a GPU, and are they empty?
 *
 * In SRAT a generic initiator affinity structure names a proximity domain and the
 * PCI function that it belongs to. The kernel numbers nodes in the order in which it
 * meets domains; QEMU's node N is domain N.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define SRAT		"/sys/firmware/acpi/tables/SRAT"
#define NODES		"/sys/devices/system/node"
#define MAX_NODES	64

/* Of the table, before the first structure: ACPI's header of 36 bytes, 12 reserved. */
#define SRAT_HEADER	48
#define INITIATOR	5
#define HANDLE_PCI	1
#define ENABLED		1

struct initiator {
	uint8_t type;
	uint8_t length;
	uint8_t reserved;
	uint8_t handle_type;
	uint32_t domain;
	uint16_t segment;
	uint8_t bus;
	uint8_t devfn;
	uint8_t unused[12];
	uint32_t flags;
} __attribute__((packed));

static bool belongs(const struct initiator *entry, const struct guest_gpu *gpu)
{
	char bdf[16];

	if (entry->type != INITIATOR || entry->length < sizeof(*entry) ||
	    entry->handle_type != HANDLE_PCI || !(le32toh(entry->flags) & ENABLED))
		return false;
	snprintf(bdf, sizeof(bdf), "%04x:%02x:%02x.%x", le16toh(entry->segment),
		 entry->bus, entry->devfn >> 3, entry->devfn & 7);
	return !strcmp(bdf, gpu->bdf);
}

/* One bit for each proximity domain, from 0. */
static uint64_t tied_domains(const struct guest_gpu *gpu)
{
	static char table[16384];
	uint64_t domains = 0;
	ssize_t size, at;
	int fd = open(SRAT, O_RDONLY);

	if (fd < 0)
		return 0;
	size = read(fd, table, sizeof(table));
	close(fd);
	for (at = SRAT_HEADER; at + (ssize_t)sizeof(struct initiator) <= size;) {
		const struct initiator *entry = (const void *)(table + at);

		if (!entry->length)
			break;
		if (belongs(entry, gpu) && le32toh(entry->domain) < MAX_NODES)
			domains |= UINT64_C(1) << le32toh(entry->domain);
		at += entry->length;
	}
	return domains;
}

/* A list such as 0,2-5 as bits; what the kernel does not have is empty. */
static uint64_t node_list(const char *name)
{
	char path[96], text[256] = "", *at = text;
	uint64_t nodes = 0;

	snprintf(path, sizeof(path), NODES "/%s", name);
	file_read(path, text, sizeof(text));
	while (*at >= '0' && *at <= '9') {
		unsigned long first = strtoul(at, &at, 10), last = first;

		if (*at == '-')
			last = strtoul(at + 1, &at, 10);
		for (; first <= last && first < MAX_NODES; first++)
			nodes |= UINT64_C(1) << first;
		at += *at == ',';
	}
	return nodes;
}

static void print_list(uint64_t nodes)
{
	const char *comma = "";

	if (!nodes)
		printf("none");
	for (int first = 0; first < MAX_NODES; first++) {
		int last = first;

		if (!(nodes >> first & 1))
			continue;
		while (last + 1 < MAX_NODES && nodes >> (last + 1) & 1)
			last++;
		printf(first == last ? "%s%d" : "%s%d-%d", comma, first, last);
		comma = ",";
		first = last;
	}
}

bool nodes_print(const struct guest_gpu *gpu)
{
	uint64_t domains = tied_domains(gpu);
	uint64_t nodes = domains & node_list("has_generic_initiator");

	printf("domains of %s: ", gpu->id);
	print_list(domains);
	printf(", nodes ");
	print_list(nodes);
	printf(nodes & node_list("has_memory") ? ", some have memory\n" : ", none has memory\n");
	return nodes;
}

void distances_print(void)
{
	char text[256] = "not known\n";

	file_read(NODES "/node0/distance", text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	printf("distances from node 0: %s\n", text);
}
