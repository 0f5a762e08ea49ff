// SPDX-License-Identifier: GPL-2.0-only
/* How long does the memory train, and what does a mapping of all of it cost? */
#include <string.h>
#include <sys/mman.h>

#include "here.h"
#include "nvg_ready.h"

#define RESETS	3
#define STEP	(64 * NVG_MIB)	/* less than any page table maps at once */

static double ms_since(uint64_t start_us)
{
	return (nvg_us() - start_us) / 1000.0;
}

/* Where the memory is mapped the reset waits for its training, else the read does. */
static void train(FILE *report, struct nvg_gpu *gpu)
{
	uint64_t word, start = nvg_us();
	int reset = nvg_reset(gpu);
	double reset_ms = ms_since(start);
	ssize_t got = nvg_read(gpu, 0, &word, sizeof(word));

	fprintf(report, "reset %s after %.1f ms, first read %s after %.1f ms\n",
		reset ? strerror(-reset) : "done", reset_ms,
		got < 0 ? strerror(-got) : "done", ms_since(start));
}

static void fault(FILE *report, struct nvg_gpu *gpu)
{
	uint64_t tables = nvg_page_table_kib(), start;
	uint8_t *map = nvg_map(gpu, 0, gpu->mem_size, 0), byte;
	long before = nvg_faults();
	uint64_t bad = 0;

	if (map == MAP_FAILED) {
		fprintf(report, "the memory cannot be mapped whole: %m\n");
		return;
	}
	start = nvg_us();
	for (uint64_t at = 0; at < gpu->mem_size && !child_stop; at += STEP)
		bad += !!nvg_touch(map + at, &byte);
	fprintf(report, "%lu MiB mapped and read each %lu MiB: %ld faults, %lu KiB of page tables, %.1f ms, %lu signals\n",
		gpu->mem_size / NVG_MIB, STEP / NVG_MIB, nvg_faults() - before,
		nvg_page_table_kib() - tables, ms_since(start), bad);
	munmap(map, gpu->mem_size);
}

void measure_write(FILE *report)
{
	struct nvg_gpu gpu;
	uint64_t word, start = nvg_us();
	const char *why = nvg_open_with_memory(&gpu);

	fprintf(report, "\n== training and faults\n");
	if (why) {
		fprintf(report, "not measured: %s\n", why);
		return;
	}
	fprintf(report, "opened after %.1f ms, ", ms_since(start));
	fprintf(report, "first read of %zd bytes after %.1f ms\n",
		nvg_read(&gpu, 0, &word, sizeof(word)), ms_since(start));
	for (int i = 0; i < RESETS && !child_stop; i++)
		train(report, &gpu);
	fault(report, &gpu);
	nvg_close(&gpu);
}
