// SPDX-License-Identifier: GPL-2.0-only
/* Which coherent GPUs does the host have, and what does it tell of each? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "layout.h"
#include "property.h"

#define DEVICE	"/sys/bus/pci/devices/%s"

/* As in the driver's nvgrace_ids, where the memory goes too. */
static const struct {
	uint16_t device;
	const char *name;
} parts[] = {
	{ 0x2342, "GH200 120GB" },
	{ 0x2345, "GH200 480GB" },
	{ 0x2348, "GH200 SKU" },
	{ 0x2941, "GB200" },
	{ 0x31c2, "GB300" },
	{ 0x31c3, "GB300" },
};

const char *part_name(uint16_t vendor, uint16_t device)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (vendor == NVIDIA && parts[i].device == device)
			return parts[i].name;
	}
	return NULL;
}

enum generation part_generation(uint16_t vendor, uint16_t device)
{
	static const struct {
		uint16_t first, last;
		enum generation generation;
	} ranges[] = {
		{ 0x2340, 0x237f, HOPPER },
		{ 0x2940, 0x297f, BLACKWELL },
		{ 0x31a1, 0x31a1, BLACKWELL },
		{ 0x31c0, 0x31ff, BLACKWELL },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (vendor == NVIDIA && device >= ranges[i].first &&
		    device <= ranges[i].last)
			return ranges[i].generation;
	}
	return OTHER;
}

static bool read_id(const struct host *host, const char *bdf, const char *name,
		    uint16_t *id)
{
	uint64_t value;
	char *text;
	bool ok;

	if (file_read(host, &text, DEVICE "/%s", bdf, name) < 0)
		return false;
	ok = parse_number(text, &value) && value <= UINT16_MAX;
	free(text);
	*id = ok ? value : 0;
	return ok;
}

/* Newer parts than are known here bind to the driver by driver_override. */
static bool is_coherent(const struct host *host, struct gpu *gpu)
{
	if (!read_id(host, gpu->bdf, "vendor", &gpu->vendor) ||
	    gpu->vendor != NVIDIA ||
	    !read_id(host, gpu->bdf, "device", &gpu->device))
		return false;
	gpu->part = part_name(gpu->vendor, gpu->device);
	gpu->generation = part_generation(gpu->vendor, gpu->device);
	/* A virtual function has its GPU's id, and no memory of its own. */
	if (file_exists(host, DEVICE "/physfn", gpu->bdf))
		return false;
	return gpu->generation != OTHER ||
	       file_exists(host, DEVICE "/coherent_memory", gpu->bdf);
}

/* "(null)" is how the kernel writes that there is none. */
static void read_override(const struct host *host, struct gpu *gpu)
{
	char *text;

	if (file_read(host, &text, DEVICE "/driver_override", gpu->bdf) < 0) {
		note(&gpu->problems, "driver_override cannot be read");
		return;
	}
	if (*text && strcmp(text, "(null)") &&
	    !parse_word(text, gpu->driver_override,
			sizeof(gpu->driver_override)))
		note(&gpu->problems, "driver_override is '%.100s', which is no driver's name",
		     text);
	free(text);
}

static void read_modalias(const struct host *host, struct gpu *gpu)
{
	char *text;

	if (file_read(host, &text, DEVICE "/modalias", gpu->bdf) < 0)
		return;
	if (!strncmp(text, "pci:", 4))
		snprintf(gpu->modalias, sizeof(gpu->modalias), "%s", text);
	else
		note(&gpu->problems, "modalias is '%.100s', which is not a PCI function's",
		     text);
	free(text);
}

static void read_driver(const struct host *host, struct gpu *gpu)
{
	struct notes nodes = {};
	char name[256];

	if (link_target(host, name, sizeof(name), DEVICE "/driver", gpu->bdf) &&
	    !parse_word(name, gpu->driver, sizeof(gpu->driver)))
		note(&gpu->problems, "driver points to '%s', which is no driver's name",
		     name);
	read_override(host, gpu);
	read_modalias(host, gpu);
	/* A vfio device without a number of its own has no cdev. */
	if (directory_list(host, &nodes, DEVICE "/vfio-dev", gpu->bdf) &&
	    nodes.nr == 1 &&
	    file_exists(host, DEVICE "/vfio-dev/%s/dev", gpu->bdf, nodes.text[0]))
		parse_word(nodes.text[0], gpu->cdev, sizeof(gpu->cdev));
	notes_free(&nodes);
}

static void read_bars(const struct host *host, struct gpu *gpu)
{
	char *text;

	if (file_read(host, &text, DEVICE "/resource", gpu->bdf) < 0) {
		note(&gpu->problems, "resource, which has the BARs, cannot be read");
		return;
	}
	if (!parse_resource(text, gpu->bars)) {
		memset(gpu->bars, 0, sizeof(gpu->bars));
		note(&gpu->problems, "resource, which has the BARs, makes no sense");
	}
	free(text);
}

static void read_places(const struct host *host, struct gpu *gpu)
{
	char *text;

	if (file_read(host, &text, DEVICE "/numa_node", gpu->bdf) >= 0) {
		/* -1: this machine has none. */
		gpu->numa_node.known = parse_number(text, &gpu->numa_node.value);
		free(text);
	}
	if (file_read(host, &text, DEVICE "/power_state", gpu->bdf) >= 0) {
		parse_word(text, gpu->power_state, sizeof(gpu->power_state));
		free(text);
	}
}

static void read_virtual(const struct host *host, struct gpu *gpu)
{
	struct notes names = {};
	char bdf[NAME_SIZE];

	directory_list(host, &names, DEVICE, gpu->bdf);
	for (size_t i = 0; i < names.nr; i++) {
		if (!strncmp(names.text[i], "virtfn", 6) &&
		    link_target(host, bdf, sizeof(bdf), DEVICE "/%s", gpu->bdf,
				names.text[i]))
			note(&gpu->virtual_functions, "%s", bdf);
	}
	notes_free(&names);
}

/* Why there are no facts on the memory; user space has no other source. */
static void explain(struct gpu *gpu)
{
	if (!gpu->config.readable)
		note(&gpu->problems, "config space cannot be read");
	else if (gpu->config.readable < 256)
		note(&gpu->need_root, "capabilities in config space");
	if (gpu->memory.present)
		return;
	if (strcmp(gpu->driver, DRIVER))
		note(&gpu->unknown,
		     "memory: user space cannot read firmware's properties; bind %s to learn them",
		     DRIVER);
	else
		note(&gpu->unknown,
		     "memory: %s shows none; firmware describes none, or the driver is another one of the same name",
		     DRIVER);
}

static void gpu_read(const struct host *host, struct gpu *gpu)
{
	char layouts[LAYOUTS_SIZE];

	driver_layouts(host, layouts);
	gpu->next_layout = layout_chosen(layouts, gpu->bdf);
	read_driver(host, gpu);
	read_bars(host, gpu);
	read_places(host, gpu);
	config_read(host, gpu->bdf, &gpu->config);
	group_read(host, gpu);
	bridges_read(host, gpu);
	memory_read(host, gpu);
	read_virtual(host, gpu);
	gpu->foreign = !strcmp(gpu->driver, DRIVER) && !gpu->memory.present &&
		       !file_exists(host, LAYOUTS_NOW);
	explain(gpu);
}

static void gpu_free(struct gpu *gpu)
{
	memory_free(&gpu->memory);
	notes_free(&gpu->virtual_functions);
	notes_free(&gpu->direct);
	free(gpu->members.one);
	free(gpu->bridges.one);
	notes_free(&gpu->unknown);
	notes_free(&gpu->need_root);
	notes_free(&gpu->problems);
}

/* All of them, in the order of their addresses; -errno when nobody can tell. */
int gpus_find(const struct host *host, struct gpus *gpus)
{
	struct notes names = {};
	int err = 0;

	*gpus = (struct gpus) {};
	if (!directory_list(host, &names, "/sys/bus/pci/devices"))
		return -ENOENT;
	for (size_t i = 0; i < names.nr && !err; i++) {
		struct gpu gpu = {}, *more;

		if (!parse_bdf(names.text[i], gpu.bdf) ||
		    !is_coherent(host, &gpu))
			continue;
		more = reallocarray(gpus->one, gpus->nr + 1, sizeof(*more));
		if (!more) {
			err = -ENOMEM;
			break;
		}
		gpus->one = more;
		gpu_read(host, &gpu);
		more[gpus->nr++] = gpu;
	}
	notes_free(&names);
	return err;
}

void gpus_free(struct gpus *gpus)
{
	for (size_t i = 0; i < gpus->nr; i++)
		gpu_free(&gpus->one[i]);
	free(gpus->one);
	*gpus = (struct gpus) {};
}
