/* SPDX-License-Identifier: GPL-2.0-only */
/* What can a selftest map for a GPU's DMA, and have its engine do there? */
#ifndef NVGRACE_SELFTESTS_NVG_DMA_H
#define NVGRACE_SELFTESTS_NVG_DMA_H

#include "nvg.h"

/* An address space of an iommufd, with a GPU in it. */
struct nvg_ioas {
	int fd;
	uint32_t id;
};

#define NVG_ENGINE_BYTES	256	/* that the engine moves at once */

/* ioas.c: dma-bufs in a GPU's address space */
const char *nvg_find_ioas(struct nvg_gpu *gpu, struct nvg_ioas *ioas);
const char *nvg_need_type1(struct nvg_gpu *gpu);
int nvg_map_file(struct nvg_ioas *ioas, int fd, uint64_t start, uint64_t iova,
		 uint64_t len);
int64_t nvg_unmap_file(struct nvg_ioas *ioas, uint64_t iova, uint64_t len);

/* engine.c: DMA by a Hopper GPU itself; iova is a multiple of NVG_ENGINE_BYTES */
const char *nvg_engine_start(struct nvg_gpu *gpu);
int nvg_engine_read(struct nvg_gpu *gpu, uint64_t iova, void *bytes);
int nvg_engine_write(struct nvg_gpu *gpu, uint64_t iova, const void *bytes);

#endif
