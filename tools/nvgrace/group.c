// SPDX-License-Identifier: GPL-2.0-only
/* Which other PCI functions does a GPU depend on? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "property.h"

#define CLASS_BRIDGE	0x06

static void read_neighbour(const struct host *host, struct neighbour *one)
{
	uint64_t class;
	char *text;

	link_target(host, one->driver, sizeof(one->driver),
		    "/sys/bus/pci/devices/%s/driver", one->bdf);
	one->is_vfio = file_exists(host, "/sys/bus/pci/devices/%s/vfio-dev",
				   one->bdf);
	if (file_read(host, &text, "/sys/bus/pci/devices/%s/class", one->bdf) < 0)
		return;
	one->is_bridge = parse_number(text, &class) &&
			 class >> 16 == CLASS_BRIDGE;
	free(text);
}

static struct neighbour *add(const struct host *host, struct neighbours *all,
			     const char *bdf)
{
	struct neighbour *more = reallocarray(all->one, all->nr + 1,
					      sizeof(*more));
	struct neighbour *one;

	if (!more)
		return NULL;
	all->one = more;
	one = &more[all->nr++];
	*one = (struct neighbour) {};
	snprintf(one->bdf, sizeof(one->bdf), "%s", bdf);
	read_neighbour(host, one);
	return one;
}

static void read_type(const struct host *host, struct gpu *gpu)
{
	char *text;

	if (file_read(host, &text, "/sys/kernel/iommu_groups/%llu/type",
		      (unsigned long long)gpu->group.value) < 0)
		return;
	if (!parse_word(text, gpu->group_type, sizeof(gpu->group_type)))
		note(&gpu->problems, "the IOMMU group's type is '%s'", text);
	free(text);
}

/* "FIRST LAST TYPE" a line; those that may be given up are direct-relaxable. */
static void read_reserved(const struct host *host, struct gpu *gpu)
{
	unsigned long long first, last;
	char *text, *line, *next, type[32];

	if (file_read(host, &text, "/sys/kernel/iommu_groups/%llu/reserved_regions",
		      (unsigned long long)gpu->group.value) < 0)
		return;
	next = text;
	while ((line = strsep(&next, "\n"))) {
		if (sscanf(line, "%llx %llx %31s", &first, &last, type) == 3 &&
		    !strcmp(type, "direct"))
			note(&gpu->direct, "%#llx-%#llx", first, last);
	}
	free(text);
}

/* The IOMMU group, and who else is in it. */
void group_read(const struct host *host, struct gpu *gpu)
{
	char name[NAME_SIZE], bdf[BDF_SIZE];
	struct notes members = {};

	if (!link_target(host, name, sizeof(name),
			 "/sys/bus/pci/devices/%s/iommu_group", gpu->bdf))
		return;
	gpu->group.known = parse_number(name, &gpu->group.value);
	if (!gpu->group.known) {
		note(&gpu->problems, "iommu_group points to '%s', which is no number",
		     name);
		return;
	}
	read_type(host, gpu);
	read_reserved(host, gpu);
	if (!directory_list(host, &members, "/sys/kernel/iommu_groups/%s/devices",
			    name))
		note(&gpu->problems, "IOMMU group %s has no list of devices", name);
	for (size_t i = 0; i < members.nr; i++) {
		if (parse_bdf(members.text[i], bdf) && strcmp(bdf, gpu->bdf))
			add(host, &gpu->members, bdf);
	}
	notes_free(&members);
}

/*
 * The bridges above are the directories above, in
 * /sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0.
 */
void bridges_read(const struct host *host, struct gpu *gpu)
{
	char path[PATH_MAX], bdf[BDF_SIZE], *real, *slash;
	struct neighbour *bridge;

	if (file_path(host, path, sizeof(path), "/sys/bus/pci/devices/%s",
		      gpu->bdf))
		return;
	real = realpath(path, NULL);
	slash = real ? strrchr(real, '/') : NULL;
	while (slash) {
		*slash = '\0';
		slash = strrchr(real, '/');
		if (!slash || !parse_bdf(slash + 1, bdf))
			break;
		bridge = add(host, &gpu->bridges, bdf);
		if (bridge)
			config_read(host, bdf, &bridge->config);
	}
	free(real);
}
