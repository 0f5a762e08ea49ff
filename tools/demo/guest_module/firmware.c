// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which NUMA node has the guest's firmware set aside for this GPU's memory?
 *
 * SRAT has a generic initiator affinity structure for each proximity domain that
 * a device accesses memory from; QEMU writes one for each acpi-generic-initiator
 * object. An NVIDIA GPU has eight, so that each of its MIG instances can have a
 * node. Undivided, its memory goes into the first.
 */
#include <linux/acpi.h>
#include <linux/nodemask.h>
#include <linux/unaligned.h>

#include "nvgrace_guest.h"

/* The handle is a PCI segment (16 bits), a bus, a device and function. */
#define NVG_SRAT_PCI_HANDLE	1

/* Proximity domains of one GPU. */
struct nvg_domains {
	u32 first;		/* lowest; undefined with a count of 0 */
	unsigned int count;
};

static bool nvg_is_initiator(struct nvg_guest *gpu,
			     const struct acpi_srat_generic_affinity *entry)
{
	return entry->header.type == ACPI_SRAT_TYPE_GENERIC_AFFINITY &&
	       entry->header.length >= sizeof(*entry) &&
	       entry->flags & ACPI_SRAT_GENERIC_AFFINITY_ENABLED &&
	       entry->device_handle_type == NVG_SRAT_PCI_HANDLE &&
	       get_unaligned_le16(entry->device_handle) ==
			pci_domain_nr(gpu->pdev->bus) &&
	       entry->device_handle[2] == gpu->pdev->bus->number &&
	       entry->device_handle[3] == gpu->pdev->devfn;
}

static struct nvg_domains nvg_domains(struct nvg_guest *gpu,
				      const struct acpi_table_srat *srat)
{
	const void *at = srat + 1, *end = (const void *)srat + srat->header.length;
	struct nvg_domains domains = {};
	const struct acpi_srat_generic_affinity *entry;

	for (; at + sizeof(entry->header) <= end; at += entry->header.length) {
		entry = at;
		if (!entry->header.length || at + entry->header.length > end)
			break;
		if (!nvg_is_initiator(gpu, entry))
			continue;
		if (!domains.count++ || entry->proximity_domain < domains.first)
			domains.first = entry->proximity_domain;
	}
	return domains;
}

int nvg_firmware_node(struct nvg_guest *gpu, char *say)
{
	struct nvg_domains domains;
	struct acpi_table_header *srat;
	int node;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_SRAT, 0, &srat))) {
		scnprintf(say, NVG_SAY, "the guest has no ACPI table SRAT: boot it by UEFI, give it NUMA nodes (-numa node)");
		return -ENODEV;
	}
	domains = nvg_domains(gpu, (struct acpi_table_srat *)srat);
	acpi_put_table(srat);
	if (!domains.count) {
		scnprintf(say, NVG_SAY, "SRAT ties no node to %s: give QEMU acpi-generic-initiator objects with its pci-dev",
			  pci_name(gpu->pdev));
		return -ENODEV;
	}
	node = pxm_to_node(domains.first);
	if (node == NUMA_NO_NODE || !node_online(node)) {
		scnprintf(say, NVG_SAY, "proximity domain %u is no node of this kernel: SRAT has more domains than its CONFIG_NODES_SHIFT allows",
			  domains.first);
		return -ENODEV;
	}
	scnprintf(say, NVG_SAY, "SRAT ties %u proximity domains to %s, the first, %u, is node %d",
		  domains.count, pci_name(gpu->pdev), domains.first, node);
	return node;
}

int nvg_firmware(struct nvg_guest *gpu, char *say)
{
	int node = nvg_firmware_node(gpu, say);

	return node < 0 ? node : 0;
}
