// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a fleet scrape?
 *
 * The text format that Prometheus reads, as node_exporter's textfile collector
 * wants it: no times, each metric's samples together. What is not known has no
 * sample.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "watch.h"

static void head(const char *name, const char *type, const char *help)
{
	printf("# HELP nvgrace_gpu_%s %s\n# TYPE nvgrace_gpu_%s %s\n", name, help,
	       name, type);
}

static void sample(const char *name, const struct gpu *gpu, uint64_t value)
{
	printf("nvgrace_gpu_%s{bdf=\"%s\"} %" PRIu64 "\n", name, gpu->bdf, value);
}

/* Every text in a label has been parsed as a word, or is ours. */
static void print_info(const struct gpus *gpus)
{
	head("info", "gauge", "Coherent GPUs, their parts, drivers and layouts; always 1.");
	for (size_t i = 0; i < gpus->nr; i++) {
		const struct gpu *gpu = &gpus->one[i];

		printf("nvgrace_gpu_info{bdf=\"%s\",part=\"%s\",driver=\"%s\",layout=\"%s\"} 1\n",
		       gpu->bdf, gpu->part ?: "", gpu->driver,
		       gpu->memory.layout);
	}
}

static void print_memory(const struct gpus *gpus)
{
	head("memory_bytes", "gauge", "Memory of the GPU.");
	for (size_t i = 0; i < gpus->nr; i++) {
		if (gpus->one[i].memory.size.known)
			sample("memory_bytes", &gpus->one[i],
			       gpus->one[i].memory.size.value);
	}
	head("retired_pages", "gauge", "Pages that went bad since the driver was loaded.");
	for (size_t i = 0; i < gpus->nr; i++) {
		if (gpus->one[i].memory.retired_known)
			sample("retired_pages", &gpus->one[i],
			       gpus->one[i].memory.nr_retired);
	}
}

static void print_states(const struct gpus *gpus)
{
	static const char * const states[] = { "unknown", "ready", "failed" };

	head("ready_state", "gauge", "1 for what is known of the memory since the last reset.");
	for (size_t i = 0; i < gpus->nr; i++) {
		const struct gpu *gpu = &gpus->one[i];

		for (size_t n = 0; gpu->memory.present && n < 3; n++)
			printf("nvgrace_gpu_ready_state{bdf=\"%s\",state=\"%s\"} %d\n",
			       gpu->bdf, states[n],
			       !strcmp(gpu->memory.ready, states[n]));
	}
}

static void print_faults(const struct gpus *gpus)
{
	static const char * const served[] = { "pte", "pmd", "pud", "refused" };

	head("faults_total", "counter", "Page faults on the memory, by what they installed.");
	for (size_t i = 0; i < gpus->nr; i++) {
		const struct gpu *gpu = &gpus->one[i];

		for (size_t n = FAULTS_PTE; n <= FAULTS_REFUSED; n++) {
			if (!gpu->counters[n].known)
				continue;
			printf("nvgrace_gpu_faults_total{bdf=\"%s\",", gpu->bdf);
			printf("served=\"%s\"} %" PRIu64 "\n",
			       served[n - FAULTS_PTE], gpu->counters[n].value);
		}
	}
}

static void print_counter(const struct gpus *gpus, enum counter counter,
			  const char *name, const char *help)
{
	head(name, "counter", help);
	for (size_t i = 0; i < gpus->nr; i++) {
		if (gpus->one[i].counters[counter].known)
			sample(name, &gpus->one[i],
			       gpus->one[i].counters[counter].value);
	}
}

void metrics_print(const struct gpus *gpus)
{
	print_info(gpus);
	print_memory(gpus);
	print_states(gpus);
	print_faults(gpus);
	print_counter(gpus, BYTES_READ, "read_bytes_total",
		      "Bytes that read() returned from the memory.");
	print_counter(gpus, BYTES_WRITTEN, "written_bytes_total",
		      "Bytes that write() took for the memory.");
	print_counter(gpus, RESETS, "resets_total",
		      "Events that may have untrained the memory.");
	print_counter(gpus, WAITS, "waits_total",
		      "Accesses that waited for the memory to train.");
}
