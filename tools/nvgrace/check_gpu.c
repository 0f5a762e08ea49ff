// SPDX-License-Identifier: GPL-2.0-only
/* Is a GPU, and what is around it, fit? */
#include <inttypes.h>
#include <pci/header.h>
#include <string.h>

#include "findings.h"
#include "guest.h"

/* What keeps functions below a bridge apart, as the kernel demands for groups. */
#define ACS_NEEDED	(PCI_ACS_CTRL_VALID | PCI_ACS_CTRL_REQ_RED |	\
			 PCI_ACS_CTRL_CMPLT_RED | PCI_ACS_CTRL_FORWARD)

#define TRAINED		0xff

static bool is_ours(const struct gpu *gpu)
{
	return !strcmp(gpu->driver, DRIVER);
}

static void check_binding(struct findings *findings, const struct gpu *gpu,
			  bool indexed)
{
	if (gpu->foreign)
		finding(findings, gpu->bdf, "bound", FAIL,
			"install this one (updates/ comes first), depmod, the initramfs anew; then unbind, rmmod nvgrace_gpu_vfio_pci, nvgrace bind",
			"to another module of the name nvgrace_gpu_vfio_pci, the kernel's own: it has no parameter layout and shows no coherent_memory");
	else if (is_ours(gpu))
		finding(findings, gpu->bdf, "bound", OK, "", "to " DRIVER);
	else
		finding(findings, gpu->bdf, "bound", WARN,
			"nvgrace bind, or leave it to libvirt",
			"to %s, not to " DRIVER,
			*gpu->driver ? gpu->driver : "nothing");
	if (indexed)
		finding(findings, gpu->bdf, "aliases", OK, "",
			"libvirt finds " DRIVER " by itself");
	else
		finding(findings, gpu->bdf, "aliases", WARN,
			"install the module and run depmod",
			"no vfio_pci: alias leads to " DRIVER ": libvirt would take vfio-pci");
}

static void check_translation(struct findings *findings, const struct gpu *gpu)
{
	const char *type = gpu->group_type;

	if (!gpu->group.known)
		finding(findings, gpu->bdf, "translation", FAIL,
			"see the check iommu", "in no IOMMU group");
	else if (!strncmp(type, "DMA", 3))
		finding(findings, gpu->bdf, "translation", OK, "",
			"group %" PRIu64 " translates (%s)", gpu->group.value, type);
	else
		finding(findings, gpu->bdf, "translation", WARN,
			"boot with iommu.passthrough=0",
			"group %" PRIu64 " is '%s': DMA of the host's own drivers is not translated",
			gpu->group.value, type);
}

/* VFIO lets a group in only if nobody else in it does DMA for the host. */
static bool hinders(const struct neighbour *one)
{
	return *one->driver && !one->is_vfio && !one->is_bridge &&
	       strcmp(one->driver, "pci-stub");
}

static void check_group(struct findings *findings, const struct gpu *gpu)
{
	bool viable = true;

	if (!gpu->group.known)
		return;
	for (size_t i = 0; i < gpu->members.nr; i++) {
		const struct neighbour *one = &gpu->members.one[i];

		if (!hinders(one))
			continue;
		viable = false;
		finding(findings, gpu->bdf, "group", FAIL,
			"unbind it, or bind it to vfio-pci",
			"%s of the same group is bound to %s", one->bdf,
			one->driver);
	}
	if (viable)
		finding(findings, gpu->bdf, "group", OK, "",
			gpu->members.nr ? "%" PRIu64 ", nothing else in it is in use by the host" :
			"%" PRIu64 ", with nothing else in it", gpu->group.value);
}

/* The kernel lets no user at a group whose firmware wants such a map. */
static void check_reserved(struct findings *findings, const struct gpu *gpu)
{
	for (size_t i = 0; i < gpu->direct.nr; i++)
		finding(findings, gpu->bdf, "reserved", FAIL,
			"update the firmware, which asks for it (ACPI IORT, RMR), or have it turned off in the setup",
			"%s must stay mapped one to one (type direct): the kernel gives group %llu to no guest",
			gpu->direct.text[i], (unsigned long long)gpu->group.value);
	if (gpu->group.known && !gpu->direct.nr)
		finding(findings, gpu->bdf, "reserved", OK, "",
			"nothing must stay mapped one to one");
}

/* As for groups: the ports below an upstream port keep functions apart. */
static bool needs_acs(const struct config *config)
{
	return config->express_type != PCI_EXP_TYPE_UPSTREAM ||
	       config->multifunction;
}

static void check_acs(struct findings *findings, const struct gpu *gpu)
{
	for (size_t i = 0; i < gpu->bridges.nr; i++) {
		const struct neighbour *bridge = &gpu->bridges.one[i];
		const struct config *config = &bridge->config;

		if (config->readable < 4096)
			finding(findings, gpu->bdf, "acs", WARN, "run as root",
				"config space of bridge %s cannot be read", bridge->bdf);
		else if (!needs_acs(config))
			continue;
		else if (!config->has_acs)
			finding(findings, gpu->bdf, "acs", WARN,
				"give all functions below it to one guest",
				"bridge %s has no ACS", bridge->bdf);
		else if ((config->acs_control & ACS_NEEDED) != ACS_NEEDED)
			finding(findings, gpu->bdf, "acs", WARN,
				"turn the IOMMU on, which turns ACS on, or see the firmware's setup",
				"ACS of bridge %s is %#x, not all of %#x", bridge->bdf,
				config->acs_control, ACS_NEEDED);
		else
			finding(findings, gpu->bdf, "acs", OK, "",
				"on at bridge %s", bridge->bdf);
	}
	if (!gpu->bridges.nr)
		finding(findings, gpu->bdf, "acs", OK, "",
			"no bridge is above this GPU");
}

static void check_firmware(struct findings *findings, const struct gpu *gpu)
{
	const struct memory *memory = &gpu->memory;

	for (size_t i = 0; i < gpu->problems.nr; i++)
		finding(findings, gpu->bdf, "sysfs", FAIL,
			"report it, with the output of nvgrace list -j",
			"%s", gpu->problems.text[i]);
	if (memory->base.known && memory->size.known)
		finding(findings, gpu->bdf, "firmware", OK, "",
			"%" PRIu64 " MiB at %#" PRIx64 ", which the driver has checked",
			memory->size.value / MIB, memory->base.value);
	else if (memory->hidden && memory->size.known)
		finding(findings, gpu->bdf, "firmware", OK, "",
			"%" PRIu64 " MiB, which the driver has checked; only root is told where",
			memory->size.value / MIB);
	else if (!memory->present && !is_ours(gpu))
		finding(findings, gpu->bdf, "firmware", WARN, "nvgrace bind",
			"unknown: only the driver can read where the memory is");
	else if (!memory->present && !gpu->foreign)
		finding(findings, gpu->bdf, "firmware", WARN,
			"update the firmware",
			"the driver found no memory: the GPU is served as an ordinary one");
}

/* NVIDIA's driver looks in BAR4 alone, where Grace Hopper has memory only when it is split. */
static void check_layout(struct findings *findings, const struct gpu *gpu)
{
	bool bound = gpu->memory.present;
	const char *layout = bound ? gpu->memory.layout : gpu->next_layout;

	if (gpu->generation == HOPPER && !strcmp(layout, "bar2"))
		finding(findings, gpu->bdf, "layout", WARN,
			"nvgrace bind --layout split, with --persist for every boot",
			"%s%s: NVIDIA's driver finds no memory in the guest, and says 'Cannot get coherent link info'; any other user does",
			bound ? "" : "the next time it is bound, ", layout);
	else if (*layout)
		finding(findings, gpu->bdf, "layout", OK, "", "%s%s",
			bound ? "" : "the next time it is bound, ", layout);
}

/* The driver binds only after training, and knows of every reset since. */
static void check_known_training(struct findings *findings, const struct gpu *gpu)
{
	const char *ready = gpu->memory.ready;

	if (!strcmp(ready, "failed"))
		finding(findings, gpu->bdf, "trained", FAIL,
			"reset the GPU; if it stays so, power-cycle the node: dmesg says which link is down",
			"not since its last reset");
	else if (!strcmp(ready, "ready"))
		finding(findings, gpu->bdf, "trained", OK, "",
			"link and memory have trained");
	else if (!strcmp(ready, "unknown"))
		finding(findings, gpu->bdf, "trained", OK, "",
			"when it was bound; nobody has used the memory since the last reset");
}

static void check_raw_training(struct findings *findings, const struct gpu *gpu,
			       const struct training *training)
{
	if (gpu->config.has_cxl_range)
		finding(findings, gpu->bdf, "trained",
			gpu->config.cxl_active ? OK : FAIL,
			gpu->config.cxl_active ? "" : "wait some minutes; then power-cycle the node",
			"CXL range 1 is %sactive", gpu->config.cxl_active ? "" : "not ");
	else if (!training->known)
		finding(findings, gpu->bdf, "trained", WARN,
			"nvgrace bind, which waits for it",
			"unknown: %s", training->unknown);
	else if (training->link == TRAINED && training->memory == TRAINED)
		finding(findings, gpu->bdf, "trained", OK, "",
			"link and memory have trained");
	else
		finding(findings, gpu->bdf, "trained", FAIL,
			"wait half a minute; then reset the GPU, or power-cycle the node",
			"link reads %#x, memory %#x, not 0xff", training->link,
			training->memory);
}

static void check_bars(struct findings *findings, const struct gpu *gpu)
{
	bool assigned = false;

	for (unsigned int i = 0; i < NR_BARS; i++) {
		assigned |= gpu->bars[i].size;
		if (!gpu->bars[i].unassigned)
			continue;
		finding(findings, gpu->bdf, "bar-window", FAIL,
			"have firmware give the root bridge a larger 64-bit window, or boot with pci=realloc",
			"BAR%u of %" PRIu64 " MiB has no address: the window of the bridges above is too small",
			i, gpu->bars[i].size / MIB);
		return;
	}
	if (assigned)
		finding(findings, gpu->bdf, "bar-window", OK, "",
			"all hardware BARs have addresses");
}

static void check_pages(struct findings *findings, const struct gpu *gpu)
{
	if (gpu->memory.hidden)
		finding(findings, gpu->bdf, "bad-pages", WARN, "run as root",
			"not known: only root is told which pages went bad");
	if (gpu->memory.nr_retired)
		finding(findings, gpu->bdf, "bad-pages", WARN,
			"plan to have the GPU replaced",
			"%zu pages went bad and are not used any more",
			gpu->memory.nr_retired);
}

void check_gpu(struct findings *findings, const struct gpu *gpu,
	       const struct training *training, bool indexed)
{
	check_binding(findings, gpu, indexed);
	check_translation(findings, gpu);
	check_group(findings, gpu);
	check_reserved(findings, gpu);
	check_acs(findings, gpu);
	check_firmware(findings, gpu);
	check_layout(findings, gpu);
	if (gpu->memory.present)
		check_known_training(findings, gpu);
	else
		check_raw_training(findings, gpu, training);
	check_bars(findings, gpu);
	check_pages(findings, gpu);
}
