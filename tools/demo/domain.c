// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which node has the guest's kernel made of a proximity domain of its firmware?
 *
 * The kernel counts nodes as processors' and devices' entries of SRAT name new
 * domains, and QEMU writes its generic initiators in no order: nodeid=1 on QEMU's
 * command line can be node 6. The test module asks the kernel; this asks nobody.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "guest.h"

#define SRAT		"/sys/firmware/acpi/tables/SRAT"
#define SRAT_HEADER	48	/* bytes before the first entry */
#define DOMAINS		32

/* An entry is its type, its length, and more; where its domain is depends on its type. */
static int entry_domain(const uint8_t *entry, uint32_t *domain)
{
	switch (entry[0]) {
	case 3:		/* processor */
		memcpy(domain, entry + 2, sizeof(*domain));
		return 0;
	case 5:		/* generic initiator */
		memcpy(domain, entry + 4, sizeof(*domain));
		return 0;
	default:
		return -1;
	}
}

/* The place of @domain in @known, whose @count grows when it is new. */
static int place(uint32_t *known, int *count, uint32_t domain)
{
	int i;

	for (i = 0; i < *count && known[i] != domain; i++)
		;
	if (i == *count && i < DOMAINS)
		known[(*count)++] = domain;
	return i;
}

int domain_node(uint32_t wanted)
{
	uint32_t known[DOMAINS], domain;
	ssize_t size, at;
	uint8_t srat[4096];
	int node, count = 0;

	size = file_bytes(SRAT, srat, sizeof(srat));
	if (size < 0)
		return fail(SRAT);
	for (at = SRAT_HEADER; at + 8 <= size && srat[at + 1] >= 8; at += srat[at + 1]) {
		if (entry_domain(srat + at, &domain))
			continue;
		node = place(known, &count, domain);
		if (domain == wanted)
			return node;
	}
	printf("FAIL SRAT has no proximity domain %u\n", wanted);
	return -1;
}
