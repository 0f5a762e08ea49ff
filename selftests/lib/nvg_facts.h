/* SPDX-License-Identifier: GPL-2.0-only */
/* What can a selftest learn of a GPU's memory, in and out of band? */
#ifndef NVGRACE_SELFTESTS_NVG_FACTS_H
#define NVGRACE_SELFTESTS_NVG_FACTS_H

#include "nvg.h"

/* One line of coherent_memory/regions; sizes are bytes. */
struct nvg_fact_region {
	unsigned int bar;
	uint64_t phys;
	uint64_t mem_size;
	uint64_t bar_size;
	bool cached;
};

/* The coherent_memory/ attributes of a bound GPU, but for those that change. */
struct nvg_facts {
	char layout[16];
	uint64_t base;
	uint64_t size;
	int nr_regions;
	struct nvg_fact_region region[2];
};

/* facts.c: what the driver says in sysfs, and the layout it is asked for */
const char *nvg_read_facts(const char *bdf, struct nvg_facts *facts);
int nvg_attribute(const char *bdf, const char *name, char *buf, size_t len);
int nvg_set_layout(const char *value);
int nvg_get_layout(char *buf, size_t len);
int nvg_relayout(const char *bdf, const char *value);
const char *nvg_open_bdf(struct nvg_gpu *gpu, const char *bdf);
void nvg_use_region(struct nvg_gpu *gpu, int index);
const char *nvg_open_as(struct nvg_gpu *gpu, struct nvg_facts *facts,
			const char *layout);

/* feature.c: VFIO_DEVICE_FEATURE, and what is exported by it */
int nvg_feature(struct nvg_gpu *gpu, uint32_t flags, void *data, size_t len);
int nvg_export(struct nvg_gpu *gpu, int index, uint64_t off, uint64_t len);

#endif
