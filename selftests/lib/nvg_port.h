/* SPDX-License-Identifier: GPL-2.0-only */
/* What can a selftest do to a GPU through the port above it? */
#ifndef NVGRACE_SELFTESTS_NVG_PORT_H
#define NVGRACE_SELFTESTS_NVG_PORT_H

#include "nvg.h"

#define NVG_HOT_DEVICES	8

struct nvg_hot_reset_info {
	struct vfio_pci_hot_reset_info info;
	struct vfio_pci_dependent_device device[NVG_HOT_DEVICES];
};

/* port.c */
int nvg_hot_reset_info(struct nvg_gpu *gpu, struct nvg_hot_reset_info *hot);
int nvg_hot_reset_by(struct nvg_gpu *gpu, int group);
int nvg_hot_reset(struct nvg_gpu *gpu);
bool nvg_bus_resets(const struct nvg_gpu *gpu);
const char *nvg_need_injector(void);
int nvg_inject(const char *bdf, uint32_t uncorrectable, uint32_t correctable);
int nvg_events(struct nvg_gpu *gpu, uint32_t index);

#endif
