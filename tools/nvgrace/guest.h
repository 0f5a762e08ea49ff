/* SPDX-License-Identifier: GPL-2.0-only */
/* What does a guest see of a GPU, and what room does it need? */
#ifndef NVGRACE_GUEST_H
#define NVGRACE_GUEST_H

#include "facts.h"

#define KIB	(UINT64_C(1) << 10)
#define MIB	(UINT64_C(1) << 20)
#define GIB	(UINT64_C(1) << 30)

/* Of QEMU's virt machine: the smallest window it takes, and its default. */
#define LEAST_WINDOW	(512 * GIB)

/* Of NUMA: the distance of a GPU's nodes from all others, and of those from each other. */
#define GUEST_FARTHEST	254
#define GUEST_REMOTE	20

/* For memory to be plugged in, which an older driver needs only to be possible. */
#define GUEST_SPARE	GIB

#define MOST_SOCKETS	8

/* What the guest is to have, beside GPUs: nodes with CPUs and memory, one at least. */
struct guest {
	unsigned int nodes;
	uint64_t memory[MOST_SOCKETS];
	unsigned int cpus[MOST_SOCKETS];
	bool iommufd;
	bool swaps_address;	/* its driver of the GPU reads SRAT as QEMU before 9.2 wrote it */
};

const struct region *guest_region(const struct gpu *gpu, unsigned int index);
uint64_t guest_memory(const struct guest *guest);
unsigned int guest_cpus(const struct guest *guest);
uint64_t guest_power(uint64_t size);
uint64_t guest_reserve(const struct gpu *gpu);
uint64_t guest_window(const struct gpus *gpus);
unsigned int guest_nodes(const struct gpu *gpu);
const char *guest_obstacle(const struct gpu *gpu, bool iommufd);

/* guest_driver.c */
const char *guest_driver_set(struct guest *guest, const char *version);
unsigned int guest_place(size_t nr);
unsigned int guest_place_root(unsigned int place);

#endif
