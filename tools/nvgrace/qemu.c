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

/* CPUs that are on different nodes are on different sockets too, if those are alike. */
static void smp_arguments(struct notes *words, const struct guest *guest)
{
	bool alike = guest->nodes > 1;

	for (unsigned int i = 1; i < guest->nodes; i++)
		alike &= guest->cpus[i] == guest->cpus[0];
	if (alike)
		note(words, "-smp %u,sockets=%u", guest_cpus(guest), guest->nodes);
	else
		note(words, "-smp %u", guest_cpus(guest));
}

/*
 * An older driver does not look at SRAT's last entry. QEMU writes one for memory to be
 * plugged in behind those of the nodes.
 */
static void memory_arguments(struct notes *words, const struct guest *guest)
{
	char *all = qemu_size(guest_memory(guest));
	char *most = qemu_size(guest_memory(guest) + GUEST_SPARE);
	unsigned int first = 0;

	if (guest->swaps_address)
		note(words, "-m %s,slots=1,maxmem=%s", all, most);
	else
		note(words, "-m %s", all);
	free(all);
	free(most);
	for (unsigned int i = 0; i < guest->nodes; i++) {
		char *size = qemu_size(guest->memory[i]);

		note(words, "-object memory-backend-ram,id=ram%u,size=%s", i, size);
		free(size);
	}
	for (unsigned int i = 0; i < guest->nodes; i++) {
		note(words, "-numa node,nodeid=%u,cpus=%u-%u,memdev=ram%u", i, first,
		     first + guest->cpus[i] - 1, i);
		first += guest->cpus[i];
	}
}

static void machine_arguments(struct notes *words, const struct gpus *gpus,
			      const struct guest *guest)
{
	char *window = qemu_size(guest_window(gpus));

	note(words, "-machine virt,accel=kvm,gic-version=3,ras=on,highmem-mmio-size=%s",
	     window);
	note(words, "-cpu host");
	smp_arguments(words, guest);
	memory_arguments(words, guest);
	free(window);
}

/* With several nodes of CPUs: what does not fit there must not go to a GPU. */
static void distance_arguments(struct notes *words, unsigned int nodes,
			       const struct guest *guest)
{
	for (unsigned int from = 0; from < nodes; from++) {
		for (unsigned int to = from + 1; to < nodes; to++)
			note(words, "-numa dist,src=%u,dst=%u,val=%u", from, to,
			     to < guest->nodes ? GUEST_REMOTE : GUEST_FARTHEST);
	}
}

static void node_arguments(struct notes *words, const struct gpus *gpus,
			   const struct guest *guest)
{
	unsigned int node = guest->nodes;

	for (size_t i = 0; i < gpus->nr; i++) {
		for (unsigned int n = guest_nodes(&gpus->one[i]); n; n--)
			note(words, "-numa node,nodeid=%u", node++);
	}
	if (guest->nodes > 1)
		distance_arguments(words, node, guest);
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
	unsigned int node = guest->nodes;

	machine_arguments(&words, gpus, guest);
	node_arguments(&words, gpus, guest);
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
