/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of this host and of its coherent GPUs?
 *
 * Filled in by discovery (sysfs.c to host.c), which prints nothing; read by
 * all that prints, which touches no device. Sizes are bytes, addresses host
 * physical, strings "" where there is nothing.
 */
#ifndef NVGRACE_FACTS_H
#define NVGRACE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRIVER		"nvgrace_gpu_vfio_pci"
#define NVIDIA		0x10de

#define NR_BARS		6
#define NAME_SIZE	64	/* of a driver, a state, a device node */
#define BDF_SIZE	20	/* 0000:00:00.0, with a domain of up to 32 bits */

/* A number, or nobody told it. */
struct number {
	bool known;
	uint64_t value;
};

/* Sentences that are collected. */
struct notes {
	char **text;
	size_t nr;
};

/* notes.c */
void note(struct notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void notes_free(struct notes *notes);

/* A BAR of hardware. */
struct bar {
	uint64_t start;
	uint64_t size;		/* 0: there is none */
	bool is_64bit;
	bool prefetchable;
	bool is_upper;		/* the index holds the upper half of the one before */
	bool unassigned;	/* the kernel found no place for it */
};

/* A BAR that the driver makes up. */
struct region {
	unsigned int bar;
	uint64_t base;
	uint64_t memory;
	uint64_t size;		/* as the guest sees it: memory and padding */
	bool cacheable;
};

/* What the driver says of the memory; there only while it is bound. */
struct memory {
	bool present;
	bool hidden;		/* what shows an address, as the reader is not root */
	struct number base;
	struct number size;
	char layout[NAME_SIZE];
	char ready[NAME_SIZE];
	struct region *regions;
	size_t nr_regions;
	uint64_t *retired;	/* addresses of pages */
	size_t nr_retired;
	bool retired_known;
	struct number pxm_start;
	struct number pxm_count;
	struct number egm_base;
	struct number egm_size;
	struct number egm_pxm;
};

/* Config space; what is not known was not readable, or is not there. */
struct config {
	size_t readable;	/* 0, 64 (not root), 256 or 4096 bytes */
	uint16_t command;
	bool multifunction;
	uint8_t express_type;	/* of PCIe's port or device types, 0xff for none */
	bool has_acs;
	uint16_t acs_control;
	bool has_caps_dvsec;	/* NVIDIA's, which says what may be cached */
	bool all_cacheable;
	bool has_cxl_range;	/* the CXL DVSEC, which says what has trained */
	bool cxl_valid;
	bool cxl_active;
};

/* Another PCI function that counts: of the same group, or a bridge above. */
struct neighbour {
	char bdf[BDF_SIZE];
	char driver[NAME_SIZE];
	bool is_bridge;
	bool is_vfio;
	struct config config;
};

struct neighbours {
	struct neighbour *one;
	size_t nr;
};

enum counter {
	FAULTS_PTE,
	FAULTS_PMD,
	FAULTS_PUD,
	FAULTS_REFUSED,
	BYTES_READ,
	BYTES_WRITTEN,
	RESETS,
	WAITS,
	NR_COUNTERS
};

extern const char * const counter_names[NR_COUNTERS];

/* By range of ids, as NVIDIA's own driver has it. */
enum generation {
	OTHER,
	HOPPER,
	BLACKWELL,
};

struct gpu {
	char bdf[BDF_SIZE];
	uint16_t vendor;
	uint16_t device;
	const char *part;	/* NULL: newer than this program */
	enum generation generation;
	const char *next_layout;	/* that the driver gives it when it is bound */
	char modalias[128];
	char driver[NAME_SIZE];
	char driver_override[NAME_SIZE];
	char cdev[NAME_SIZE];	/* vfio0, of /dev/vfio/devices/vfio0 */
	char power_state[NAME_SIZE];
	struct number group;
	char group_type[NAME_SIZE];
	struct neighbours members;	/* of the group, but for this GPU */
	struct neighbours bridges;	/* above it, the nearest first */
	struct notes direct;	/* regions that the group must have mapped one to one */
	struct notes virtual_functions;	/* their addresses */
	bool foreign;		/* bound to another driver of our name: the kernel's own */
	struct number numa_node;
	struct bar bars[NR_BARS];
	struct config config;
	struct memory memory;
	struct number counters[NR_COUNTERS];
	struct notes unknown;	/* what could not be told, and why */
	struct notes need_root;	/* what only root is told */
	struct notes problems;	/* what makes no sense */
};

struct gpus {
	struct gpu *one;
	size_t nr;
};

#endif
