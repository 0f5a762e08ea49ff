// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which addresses may a dma-buf carry?
 *
 * Of a made-up BAR the memory, never the padding; of a real BAR what the core
 * says. Life and revocation of a dma-buf are the core's.
 */
#include <linux/pci-p2pdma.h>

#include "nvgrace_gpu.h"

static bool all_good(const struct nvgrace_device *nvg,
		     const struct nvgrace_region *region,
		     const struct vfio_region_dma_range *ranges, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (nvgrace_good_bytes(nvg, region, ranges[i].offset,
				       ranges[i].length) != ranges[i].length)
			return false;
	return true;
}

static int get_dmabuf_phys(struct vfio_pci_core_device *core,
			   struct p2pdma_provider **provider,
			   unsigned int index, struct phys_vec *phys_vec,
			   struct vfio_region_dma_range *ranges, size_t nr)
{
	struct nvgrace_device *nvg = to_nvgrace(&core->vdev);
	const struct nvgrace_region *region = nvgrace_region_of(nvg, index);
	int ret;

	/* As the core has it for a BAR that hardware does not have. */
	if (nvgrace_region_is_empty(nvg, index))
		return -ENODEV;
	if (!region)
		return vfio_pci_core_get_dmabuf_phys(core, provider, index,
						     phys_vec, ranges, nr);

	/* A provider only tells how peers reach the GPU: BAR0's is as good. */
	*provider = pcim_p2pdma_provider(core->pdev, 0);
	if (!*provider)
		return -EINVAL;
	ret = vfio_pci_core_fill_phys_vec(phys_vec, ranges, nr, region->phys,
					  region->mem_size);
	if (ret)
		return ret;
	return all_good(nvg, region, ranges, nr) ? 0 : -EHWPOISON;
}

static const struct vfio_pci_device_ops nvgrace_pci_ops = {
	.get_dmabuf_phys = get_dmabuf_phys,
};

/**
 * nvgrace_dmabuf_init() - let the core ask here for what it exports
 * @nvg: the device, not yet registered
 */
void nvgrace_dmabuf_init(struct nvgrace_device *nvg)
{
	nvg->core.pci_ops = &nvgrace_pci_ops;
}

/**
 * nvgrace_dmabuf_open() - let the core find iomaps for made-up BARs
 * @nvg: a device that is being opened, enabled by the core
 *
 * The core exports a BAR only if it has an iomap. Where hardware has no BAR,
 * lend it BAR0's: whoever else looks there asks first how long the hardware's
 * BAR is.
 *
 * Context: under dev_set->lock.
 */
void nvgrace_dmabuf_open(struct nvgrace_device *nvg)
{
	void __iomem **barmap = nvg->core.barmap;
	unsigned int i;

	for (i = 0; i < nvg->nr_regions; i++) {
		unsigned int bar = nvg->regions[i].bar;

		if (pci_resource_len(nvg->core.pdev, bar))
			continue;
		nvg->lent[i] = barmap[bar];
		barmap[bar] = barmap[0];
	}
}

/**
 * nvgrace_dmabuf_close() - take back what nvgrace_dmabuf_open() lent
 * @nvg: the device, before the core releases its iomaps
 *
 * Context: under dev_set->lock.
 */
void nvgrace_dmabuf_close(struct nvgrace_device *nvg)
{
	unsigned int i;

	for (i = 0; i < nvg->nr_regions; i++) {
		if (!nvg->lent[i])
			continue;
		nvg->core.barmap[nvg->regions[i].bar] = nvg->lent[i];
		nvg->lent[i] = NULL;
	}
}
