/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of the host itself: kernel, CPU, limits? */
#ifndef NVGRACE_MACHINE_H
#define NVGRACE_MACHINE_H

#include "facts.h"

/* What only a running kernel can be asked is unknown of a recorded host. */
struct machine {
	struct number page_size;
	size_t iommu_groups;
	bool driver_available;
	bool huge_pages;		/* transparent ones, on which huge PFN maps stand */
	bool kvm_asked;
	int kvm_error;			/* why KVM did not answer, 0: it did */
	bool kvm_cacheable;		/* maps cacheable PFN ranges cacheable */
	unsigned int kvm_address_bits;	/* of a guest's physical addresses */
	struct number dic;		/* 1: the CPUs have it */
	struct number fwb;
	bool iommufd;
	struct number memory_lock;	/* bytes, UINT64_MAX: no limit */
};

/* Training, of a GPU that nobody serves: words of BAR0 that say 0xff when done. */
struct training {
	bool known;
	const char *unknown;		/* why not */
	uint32_t link;
	uint32_t memory;
};

struct host;

void machine_read(const struct host *host, struct machine *machine);
void training_read(const struct host *host, const struct gpu *gpu,
		   struct training *training);

#endif
