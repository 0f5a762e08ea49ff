// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which arguments does QEMU need to give a guest these GPUs?
 *
 * Machine, memory and NUMA node 0 are there because QEMU takes the nodes of a
 * GPU only when all of the guest's memory is in nodes too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

/* Root ports want numbers of their own; small ones are likely to be taken. */
#define FIRST_CHASSIS	100

/* As QEMU reads it, exactly. */
static char *qemu_size(uint64_t bytes)
{
	static const char units[] = "BKMGT";
	unsigned int unit = 0;

	while (unit < 4 && bytes && !(bytes % 1024)) {
		bytes /= 1024;
		unit++;
	}
	return text("%" PRIu64 "%c", bytes, units[unit]);
}

static void machine_arguments(struct notes *words, const struct gpus *gpus,
			      const struct guest *guest)
{
	char *window = qemu_size(guest_window(gpus));
	char *memory = qemu_size(guest->memory);

	note(words, "-machine virt,accel=kvm,gic-version=3,highmem-mmio-size=%s",
	     window);
	note(words, "-cpu host");
	note(words, "-smp %u", guest->cpus);
	note(words, "-m %s", memory);
	note(words, "-object memory-backend-ram,id=ram0,size=%s", memory);
	note(words, "-numa node,nodeid=0,cpus=0-%u,memdev=ram0", guest->cpus - 1);
	free(window);
	free(memory);
}

static void node_arguments(struct notes *words, const struct gpus *gpus)
{
	unsigned int node = 1;

	for (size_t i = 0; i < gpus->nr; i++) {
		for (unsigned int n = guest_nodes(&gpus->one[i]); n; n--)
			note(words, "-numa node,nodeid=%u", node++);
	}
}

/*
 * A root bus of its own, of a number that does not depend on other devices,
 * and a switch without ports below it, whose bus has 32 slots.
 */
static void place_arguments(struct notes *words, size_t nr, const char *reserve)
{
	unsigned int place = guest_place(nr);

	note(words, "-device pxb-pcie,id=root%zu,bus=pcie.0,bus_nr=%u", nr,
	     guest_place_root(place));
	note(words, "-device pcie-root-port,id=port%zu,bus=root%zu,chassis=%zu,pref64-reserve=%s",
	     nr, nr, FIRST_CHASSIS + nr, reserve);
	note(words, "-device x3130-upstream,id=switch%zu,bus=port%zu", nr, nr);
}

static void gpu_arguments(struct notes *words, const struct gpu *gpu, size_t nr,
			  const struct guest *guest, unsigned int *node)
{
	const char *iommufd = guest->iommufd ? ",iommufd=iommufd0" : "";
	char *reserve = qemu_size(guest_reserve(gpu));

	if (guest->swaps_address) {
		place_arguments(words, nr, reserve);
		note(words, "-device vfio-pci,id=gpu%zu,bus=switch%zu,addr=%02x.0,host=%s%s",
		     nr, nr, guest_place(nr) >> 3, gpu->bdf, iommufd);
	} else {
		note(words, "-device pcie-root-port,id=port%zu,bus=pcie.0,chassis=%zu,pref64-reserve=%s",
		     nr, FIRST_CHASSIS + nr, reserve);
		note(words, "-device vfio-pci,id=gpu%zu,bus=port%zu,host=%s%s",
		     nr, nr, gpu->bdf, iommufd);
	}
	for (unsigned int n = guest_nodes(gpu); n; n--, (*node)++)
		note(words, "-object acpi-generic-initiator,id=gi%u,pci-dev=gpu%zu,node=%u",
		     *node, nr, *node);
	free(reserve);
}

static void print_json(const struct notes *words)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < words->nr; i++) {
		char *value = strchr(words->text[i], ' ');

		*value++ = '\0';
		json_object_array_add(all, json_text(words->text[i]));
		json_object_array_add(all, json_text(value));
	}
	json_print(all, false);
}

/* An option and its value a line, ready to be pasted after a backslash. */
static void print_lines(const struct notes *words)
{
	for (size_t i = 0; i < words->nr; i++)
		printf("%s%s\n", words->text[i], i + 1 < words->nr ? " \\" : "");
}

void qemu_print(const struct gpus *gpus, const struct guest *guest, bool json)
{
	struct notes words = {};
	unsigned int node = 1;

	machine_arguments(&words, gpus, guest);
	node_arguments(&words, gpus);
	if (guest->iommufd)
		note(&words, "-object iommufd,id=iommufd0");
	for (size_t i = 0; i < gpus->nr; i++)
		gpu_arguments(&words, &gpus->one[i], i, guest, &node);
	if (json)
		print_json(&words);
	else
		print_lines(&words);
	notes_free(&words);
}
