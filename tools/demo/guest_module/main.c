// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which GPU is tested, and which file in sysfs runs which step?
 *
 * Every step is a file in the device's folder: reading it runs the step and
 * returns one line, "ok" or "FAIL", then what was seen.
 */
#include <linux/dma-mapping.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "nvgrace_guest.h"

static unsigned long memory;
module_param(memory, ulong, 0444);
MODULE_PARM_DESC(memory, "bytes of memory behind the GPU's BAR (required)");

static unsigned long online;
module_param(online, ulong, 0444);
MODULE_PARM_DESC(online, "bytes of it to make memory of the guest's kernel, in whole blocks (default: all)");

static unsigned int bar;
module_param(bar, uint, 0444);
MODULE_PARM_DESC(bar, "which BAR is the memory, 2 or 4 (required)");

/* Once the kernel owns the memory, no step may write there any more. */
static int nvg_step_run(struct nvg_guest *gpu, nvg_step step, char *say)
{
	if (!gpu->online_size)
		return step(gpu, say);
	scnprintf(say, NVG_SAY, "the GPU's memory is the kernel's now: load this module again for another step");
	return -EBUSY;
}

static ssize_t nvg_step_show(struct device *dev, nvg_step step, char *buf)
{
	struct nvg_guest *gpu = dev_get_drvdata(dev);
	char say[NVG_SAY] = "out of memory, or of address space for a window";
	int err;

	mutex_lock(&gpu->step);
	err = nvg_step_run(gpu, step, say);
	mutex_unlock(&gpu->step);
	return sysfs_emit(buf, "%s %s\n", err ? "FAIL" : "ok", say);
}

#define NVG_STEP(name, step)						\
static ssize_t name##_show(struct device *dev,				\
			   struct device_attribute *attr, char *buf)	\
{									\
	return nvg_step_show(dev, step, buf);				\
}									\
static DEVICE_ATTR_ADMIN_RO(name)

NVG_STEP(bar, nvg_aperture_bar);
NVG_STEP(ram, nvg_aperture_ram);
NVG_STEP(spread, nvg_aperture_spread);
NVG_STEP(contiguous, nvg_aperture_contiguous);
NVG_STEP(padding, nvg_aperture_padding);
NVG_STEP(interrupt, nvg_interrupt);
NVG_STEP(engine, nvg_engine);
NVG_STEP(firmware, nvg_firmware);
NVG_STEP(online, nvg_online);

static struct attribute *nvg_attrs[] = {
	&dev_attr_bar.attr,
	&dev_attr_ram.attr,
	&dev_attr_spread.attr,
	&dev_attr_contiguous.attr,
	&dev_attr_padding.attr,
	&dev_attr_interrupt.attr,
	&dev_attr_engine.attr,
	&dev_attr_firmware.attr,
	&dev_attr_online.attr,
	NULL
};

static const struct bin_attribute * const nvg_bin_attrs[] = {
	&bin_attr_engine_memory,
	NULL
};

static const struct attribute_group nvg_group = {
	.attrs = nvg_attrs,
	.bin_attrs = nvg_bin_attrs,
};

__ATTRIBUTE_GROUPS(nvg);

static int nvg_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct nvg_guest *gpu;
	int err;

	if (!memory || !PAGE_ALIGNED(memory) || memory > 1UL << 62 ||
	    (bar != 2 && bar != 4))
		return dev_err_probe(&pdev->dev, -EINVAL,
				     "memory=%lu bar=%u: pass memory=BYTES, whole pages, and bar=2 or bar=4\n",
				     memory, bar);
	gpu = devm_kzalloc(&pdev->dev, sizeof(*gpu), GFP_KERNEL);
	if (!gpu)
		return -ENOMEM;
	gpu->pdev = pdev;
	gpu->bar = bar;
	gpu->mem_size = memory;
	gpu->bar_size = roundup_pow_of_two(memory);
	gpu->node_size = min(online ?: memory, memory);
	mutex_init(&gpu->step);
	dev_set_drvdata(&pdev->dev, gpu);

	err = pcim_enable_device(pdev);
	if (err)
		return err;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(47));
	if (err)
		return err;
	pci_set_master(pdev);
	gpu->regs = pcim_iomap_region(pdev, 0, "nvgrace-guest");
	return PTR_ERR_OR_ZERO(gpu->regs);
}

static void nvg_remove(struct pci_dev *pdev)
{
	nvg_offline(pci_get_drvdata(pdev));
}

static const struct pci_device_id nvg_ids[] = {
	{ PCI_VDEVICE(NVIDIA, 0x2342) },	/* GH200 120GB */
	{ PCI_VDEVICE(NVIDIA, 0x2345) },	/* GH200 480GB */
	{ PCI_VDEVICE(NVIDIA, 0x2348) },	/* GH200 SKU */
	{ PCI_VDEVICE(NVIDIA, 0x2941) },	/* GB200 */
	{ PCI_VDEVICE(NVIDIA, 0x31c2) },	/* GB300 */
	{ PCI_VDEVICE(NVIDIA, 0x31c3) },	/* GB300 of a DGX Station */
	{}
};
MODULE_DEVICE_TABLE(pci, nvg_ids);

static struct pci_driver nvg_driver = {
	.name = "nvgrace-guest",
	.id_table = nvg_ids,
	.probe = nvg_probe,
	.remove = nvg_remove,
	.dev_groups = nvg_groups,
};
module_pci_driver(nvg_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Tests a coherent NVIDIA GPU from inside the guest that owns it");
