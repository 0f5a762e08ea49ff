// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the driver say of the GPU's memory?
 *
 * The attributes of Documentation/ABI/testing/sysfs-bus-pci-drivers-nvgrace-gpu
 * and the counters of debugfs-nvgrace-gpu.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "property.h"

#define ATTRIBUTES	"/sys/bus/pci/devices/%s/coherent_memory"
#define COUNTERS	"/sys/kernel/debug/vfio/%s/coherent_memory"

const char * const counter_names[NR_COUNTERS] = {
	[FAULTS_PTE] = "faults_pte",
	[FAULTS_PMD] = "faults_pmd",
	[FAULTS_PUD] = "faults_pud",
	[FAULTS_REFUSED] = "faults_refused",
	[BYTES_READ] = "bytes_read",
	[BYTES_WRITTEN] = "bytes_written",
	[RESETS] = "resets",
	[WAITS] = "waits",
};

/* The text of an attribute, to be freed; NULL with a problem noted. */
static char *attribute(const struct host *host, struct gpu *gpu,
		       const char *name)
{
	char *text;
	ssize_t len = file_read(host, &text, ATTRIBUTES "/%s", gpu->bdf, name);

	if (len >= 0)
		return text;
	if (len == -EACCES) {
		if (!gpu->memory.hidden)
			note(&gpu->need_root, "where the memory is, its BARs and its bad pages");
		gpu->memory.hidden = true;
		return NULL;
	}
	note(&gpu->problems, "coherent_memory/%s cannot be read: %s", name,
	     strerror(-len));
	return NULL;
}

static void nonsense(struct gpu *gpu, const char *name, const char *text)
{
	note(&gpu->problems, "coherent_memory/%s is '%.100s', which makes no sense",
	     name, text);
}

static void read_number(const struct host *host, struct gpu *gpu,
			const char *name, struct number *number)
{
	char *text = attribute(host, gpu, name);

	if (!text)
		return;
	number->known = parse_number(text, &number->value);
	if (!number->known)
		nonsense(gpu, name, text);
	free(text);
}

/* An attribute that is there only when firmware says so. */
static void read_optional(const struct host *host, struct gpu *gpu,
			  const char *name, struct number *number)
{
	if (file_exists(host, ATTRIBUTES "/%s", gpu->bdf, name))
		read_number(host, gpu, name, number);
}

static void read_word(const struct host *host, struct gpu *gpu,
		      const char *name, char word[NAME_SIZE])
{
	char *text = attribute(host, gpu, name);

	if (text && !parse_word(text, word, NAME_SIZE))
		nonsense(gpu, name, text);
	free(text);
}

static void read_regions(const struct host *host, struct gpu *gpu)
{
	struct memory *memory = &gpu->memory;
	char *text = attribute(host, gpu, "regions");

	if (text && !parse_regions(text, &memory->regions, &memory->nr_regions))
		nonsense(gpu, "regions", text);
	free(text);
}

static void read_retired(const struct host *host, struct gpu *gpu)
{
	struct memory *memory = &gpu->memory;
	char *text = attribute(host, gpu, "retired_pages");

	memory->retired_known = text;
	if (text && !parse_pages(text, &memory->retired, &memory->nr_retired))
		nonsense(gpu, "retired_pages", text);
	free(text);
}

void memory_read(const struct host *host, struct gpu *gpu)
{
	struct memory *memory = &gpu->memory;

	memory->present = file_exists(host, ATTRIBUTES, gpu->bdf);
	if (!memory->present)
		return;
	read_number(host, gpu, "base", &memory->base);
	read_number(host, gpu, "size", &memory->size);
	read_word(host, gpu, "layout", memory->layout);
	read_word(host, gpu, "ready", memory->ready);
	read_regions(host, gpu);
	read_retired(host, gpu);
	read_optional(host, gpu, "pxm_start", &memory->pxm_start);
	read_optional(host, gpu, "pxm_count", &memory->pxm_count);
	read_optional(host, gpu, "egm_base", &memory->egm_base);
	read_optional(host, gpu, "egm_size", &memory->egm_size);
	read_optional(host, gpu, "egm_pxm", &memory->egm_pxm);
}

void memory_free(struct memory *memory)
{
	free(memory->regions);
	free(memory->retired);
	*memory = (struct memory) {};
}

/* Counts that the kernel or the user may not see stay unknown. */
void counters_read(const struct host *host, struct gpu *gpu)
{
	for (size_t i = 0; i < NR_COUNTERS; i++) {
		struct number *counter = &gpu->counters[i];
		char *text;

		counter->known = false;
		if (file_read(host, &text, COUNTERS "/%s", gpu->bdf,
			      counter_names[i]) < 0)
			continue;
		counter->known = parse_number(text, &counter->value);
		if (!counter->known)
			note(&gpu->problems, "counter %s is '%.100s', which makes no sense",
			     counter_names[i], text);
		free(text);
	}
}
