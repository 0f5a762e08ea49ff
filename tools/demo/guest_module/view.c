// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the GPU itself find at an address of its memory?
 *
 * A file that is the memory as the GPU's DMA engine sees it: offset 0 is the
 * GPU's address 0. Whole steps of the engine only.
 */
#include <linux/dma-mapping.h>
#include <linux/sysfs.h>

#include "nvgrace_guest.h"

/* @into: @data goes into the GPU's memory, else comes from there. */
static ssize_t nvg_view(struct device *dev, char *data, loff_t local,
			size_t size, bool into)
{
	struct nvg_guest *gpu = dev_get_drvdata(dev);
	char say[NVG_SAY] = "";
	dma_addr_t dma;
	void *buffer;
	int err;

	if (local >= gpu->mem_size)
		return into ? -ENOSPC : 0;
	size = min(size, gpu->mem_size - local);
	if (!IS_ALIGNED(local | size, NVG_ENGINE_STEP))
		return -EINVAL;
	buffer = dma_alloc_coherent(dev, size, &dma, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	if (into)
		memcpy(buffer, data, size);
	scoped_guard(mutex, &gpu->step) {
		err = nvg_engine_start(gpu, say);
		if (!err)
			err = nvg_engine_copy(gpu, dma, local, size, into, say);
	}
	if (!into)
		memcpy(data, buffer, size);
	dma_free_coherent(dev, size, buffer, dma);
	if (err)
		dev_err(dev, "%s\n", say);
	return err ?: size;
}

static ssize_t engine_memory_read(struct file *file, struct kobject *kobj,
				  const struct bin_attribute *attr, char *data,
				  loff_t local, size_t size)
{
	return nvg_view(kobj_to_dev(kobj), data, local, size, false);
}

static ssize_t engine_memory_write(struct file *file, struct kobject *kobj,
				   const struct bin_attribute *attr, char *data,
				   loff_t local, size_t size)
{
	return nvg_view(kobj_to_dev(kobj), data, local, size, true);
}

const BIN_ATTR_ADMIN_RW(engine_memory, 0);
