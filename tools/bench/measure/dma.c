// SPDX-License-Identifier: GPL-2.0-only
/* What does it cost to map memory into an IOMMU? */
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/iommufd.h>

#include "bench.h"
#include "nvg_facts.h"

#define IOVA	(4 * NVG_GIB)	/* clear of the MSI window */

static uint64_t map_cost(struct bench *b, uint64_t len, bool touched)
{
	uint64_t before, cost;
	volatile uint8_t *map = nvg_map(&b->gpu, 0, len, 0);

	need(map != MAP_FAILED, "%s: mmap", b->driver);
	for (uint64_t at = 0; touched && at < len; at += nvg_leaf())
		(void)map[at];
	before = cost_now();
	need(!nvg_dma_map(&b->gpu, (void *)map, IOVA, len), "%s: DMA map",
	     b->driver);
	cost = cost_between(before, cost_now());
	need(!nvg_dma_unmap(&b->gpu, IOVA, len), "%s: DMA unmap", b->driver);
	munmap((void *)map, len);
	return cost;
}

static uint64_t least_map_cost(struct bench *b, uint64_t len, bool touched)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t cost = map_cost(b, len, touched);

		best = cost < best ? cost : best;
	}
	return best;
}

void bench_dma(struct bench *b, uint64_t gib)
{
	uint64_t len = gib * NVG_GIB;

	tell(b, "instructions", least_map_cost(b, len, false),
	     "type1 map of %d GiB untouched", (int)gib);
	tell(b, "instructions", least_map_cost(b, len, true),
	     "type1 map of %d GiB touched", (int)gib);
}

static uint64_t dmabuf_cost(struct bench *b, uint64_t len)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = b->gpu.ioas,
		.length = len,
		.iova = IOVA,
	};
	uint64_t before = cost_now(), cost;

	map.fd = nvg_export(&b->gpu, b->gpu.mem, 0, len);
	need(map.fd >= 0, "%s: export as a dma-buf", b->driver);
	need(!ioctl(b->gpu.iommufd, IOMMU_IOAS_MAP_FILE, &map),
	     "%s: IOMMU_IOAS_MAP_FILE", b->driver);
	cost = cost_between(before, cost_now());
	close(map.fd);
	need(!nvg_dma_unmap(&b->gpu, IOVA, len), "%s: DMA unmap", b->driver);
	return cost;
}

/* Export included: what a VMM that starts has to do. Needs a cdev. */
void bench_dmabuf(struct bench *b, uint64_t gib)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t cost = dmabuf_cost(b, gib * NVG_GIB);

		best = cost < best ? cost : best;
	}
	tell(b, "instructions", best, "iommufd dma-buf map of %d GiB", (int)gib);
}
