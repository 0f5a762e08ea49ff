// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which addresses may a dma-buf carry?
 *
 * Of a made-up BAR the memory, never the padding; of a real BAR what the core
 * says. Life and revocation of a dma-buf are the core's.
 */
#include <linux/cleanup.h>
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

	if (nvgrace_region_is_upper(nvg, index))
		return -EINVAL;
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

/* The core exports a BAR only if it has an iomap; lend it BAR0's. */
static void lend_iomap(struct nvgrace_device *nvg, void __iomem **saved)
{
	unsigned int i;

	for (i = 0; i < nvg->nr_regions; i++) {
		unsigned int bar = nvg->regions[i].bar;

		saved[i] = nvg->core.barmap[bar];
		nvg->core.barmap[bar] = nvg->core.barmap[0];
	}
}

static void return_iomap(struct nvgrace_device *nvg, void __iomem **saved)
{
	unsigned int i;

	for (i = 0; i < nvg->nr_regions; i++)
		nvg->core.barmap[nvg->regions[i].bar] = saved[i];
}

/**
 * nvgrace_dmabuf_feature() - VFIO_DEVICE_FEATURE_DMA_BUF
 * @nvg: an open device
 * @flags: as the ioctl has them
 * @arg: user pointer past the ioctl's header
 * @argsz: bytes there
 *
 * Context: process, no lock held.
 * Return: a file descriptor or -errno, as the core has it.
 */
int nvgrace_dmabuf_feature(struct nvgrace_device *nvg, u32 flags,
			   void __user *arg, size_t argsz)
{
	void __iomem *saved[NVGRACE_MAX_REGIONS];
	int ret;

	/* The core's ioeventfds look at barmap[] too, and must not see this. */
	guard(mutex)(&nvg->barmap_lock);
	lend_iomap(nvg, saved);
	ret = vfio_pci_core_ioctl_feature(&nvg->core.vdev, flags, arg, argsz);
	return_iomap(nvg, saved);
	return ret;
}
