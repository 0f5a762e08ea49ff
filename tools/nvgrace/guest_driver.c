// SPDX-License-Identifier: GPL-2.0-only
/*
 * At which guest address does the guest's driver find the nodes of its GPU?
 *
 * NVIDIA's driver looks for those whose handle in SRAT is its own address.
 * Before 570.124.04 it reads bus and devfn swapped, as QEMU before 9.2 wrote
 * them; it then finds a GPU of which the two are the same byte.
 *
 * Pure.
 */
#include <stdio.h>
#include <string.h>

#include "guest.h"

/* Bus and devfn of the first GPU; a devfn of function 0 is a multiple of 8. */
#define FIRST_PLACE	0x80
#define PLACE_STEP	8
#define LAST_PLACE	0xf8

/* A switch's bus is the second below the root bus that QEMU is told. */
#define BUSES_ABOVE	2

static unsigned long version_number(const unsigned int part[3])
{
	return part[0] * 1000000UL + part[1] * 1000 + part[2];
}

/* NULL, or what is wrong with the version. */
const char *guest_driver_set(struct guest *guest, const char *version)
{
	static const unsigned int first[] = { 550, 40, 7 }, mended[] = { 570, 124, 4 };
	unsigned int part[3] = {};
	int end = 0, end_of_three = 0;

	if (strspn(version, "0123456789.") != strlen(version) ||
	    sscanf(version, "%4u.%3u%n.%3u%n", &part[0], &part[1], &end,
		   &part[2], &end_of_three) < 2 ||
	    version[end_of_three ?: end])
		return "write a version of NVIDIA's driver, such as 550.163.01";
	if (version_number(part) < version_number(first))
		return "it finds no memory in a guest: the first that does is 550.40.07";
	guest->swaps_address = version_number(part) < version_number(mended);
	return NULL;
}

/* Bus, and devfn, of the @nr th GPU; 0: there is no such place. */
unsigned int guest_place(size_t nr)
{
	if (nr > (LAST_PLACE - FIRST_PLACE) / PLACE_STEP)
		return 0;
	return FIRST_PLACE + PLACE_STEP * nr;
}

/* The number that QEMU is to give the root bus above that place. */
unsigned int guest_place_root(unsigned int place)
{
	return place - BUSES_ABOVE;
}
