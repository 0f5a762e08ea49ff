// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which BARs does the memory become?
 *
 * bar2, the default: one cacheable BAR of the whole memory, BAR2 on Grace
 * Hopper and BAR4 on Grace Blackwell, whose real BAR1 sits at index 2, and on
 * whatever is newer.
 *
 * split: what NVIDIA's guest driver expects on parts whose MIG needs an
 * uncached window: BAR4 is the usable memory, cacheable; BAR2 the reserved
 * rest, directly after it, uncached. Where the DVSEC says that all of the
 * memory may be cached, BAR4 is all of it and there is no BAR2.
 *
 * On Grace Hopper BARs from 2 on are memory or nothing: there NVIDIA's driver
 * takes what it finds for memory or its reserved part, so that a hardware BAR
 * which no made-up one hides is hidden all the same (I22).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cleanup.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "nvgrace_gpu.h"

#define NVGRACE_USABLE_BAR	VFIO_PCI_BAR4_REGION_INDEX
#define NVGRACE_RESERVED_BAR	VFIO_PCI_BAR2_REGION_INDEX

static const char * const layout_names[] = {
	[NVGRACE_LAYOUT_BAR2] = "bar2",
	[NVGRACE_LAYOUT_SPLIT] = "split",
};

/* As the user wrote it, empty for the default; under kernel_param_lock(). */
static char layout_param[256];

/* Does @item, "LAYOUT" or "BDF=LAYOUT", speak of device @name, and say what? */
static int parse_item(const char *item, const char *name, bool *named)
{
	const char *equals = strchr(item, '=');

	*named = equals;
	if (equals && name &&
	    (strlen(name) != equals - item || strncmp(item, name, equals - item)))
		return -ENOENT;
	return sysfs_match_string(layout_names, equals ? equals + 1 : item);
}

/*
 * The layout of device @name: a "BDF=LAYOUT" of its own wins over a bare one.
 * Without a name: is all of the list understood? -EINVAL when not.
 */
static int parse_list(const char *list, const char *name)
{
	char copy[sizeof(layout_param)];
	int layout = NVGRACE_LAYOUT_BAR2;
	char *next = copy, *item;
	bool named, own = false;
	int ret;

	strscpy(copy, list);
	while ((item = strsep(&next, ",\n"))) {
		if (!*item)
			continue;
		ret = parse_item(item, name, &named);
		if (ret == -ENOENT)
			continue;
		if (ret < 0)
			return ret;
		if (named || !own)
			layout = ret;
		own |= named;
	}
	return layout;
}

static bool is_loading(const struct kernel_param *kp)
{
	return kp->mod ? module_is_coming(kp->mod) :
			 system_state < SYSTEM_RUNNING;
}

/*
 * modprobe hands over each options line of its files as an argument of its
 * own, so that they add up, and the kernel's own command line does. A later
 * write replaces them all.
 */
static int layout_set(const char *value, const struct kernel_param *kp)
{
	const char *first = is_loading(kp) ? layout_param : "";
	const char *comma = *first ? "," : "";
	char list[sizeof(layout_param)];

	if (snprintf(list, sizeof(list), "%s%s%s", first, comma, value) >=
	    sizeof(list))
		return -ENOSPC;
	if (parse_list(value, NULL) < 0) {
		pr_err("layout=%.*s is not a list of bar2, split, BDF=bar2, BDF=split with commas between\n",
		       (int)strcspn(value, "\n"), value);
		return -EINVAL;
	}
	strscpy(layout_param, list);
	return 0;
}

static int layout_get(char *buffer, const struct kernel_param *kp)
{
	const char *list = strim(layout_param);

	return sysfs_emit(buffer, "%s\n",
			  *list ? list : layout_names[NVGRACE_LAYOUT_BAR2]);
}

static const struct kernel_param_ops layout_ops = {
	.set = layout_set,
	.get = layout_get,
};

module_param_cb(layout, &layout_ops, NULL, 0644);
MODULE_PARM_DESC(layout,
		 "BARs that the memory becomes: bar2 or split (default: bar2); BDF=... for one device; read at bind");

static enum nvgrace_layout chosen_layout(struct pci_dev *pdev)
{
	int layout;

	kernel_param_lock(THIS_MODULE);
	layout = parse_list(layout_param, pci_name(pdev));
	kernel_param_unlock(THIS_MODULE);
	return layout;
}

static struct nvgrace_region *add_region(struct nvgrace_device *nvg,
					 unsigned int bar, u64 phys, u64 size,
					 bool cached)
{
	struct nvgrace_region *region = &nvg->regions[nvg->nr_regions++];

	nvgrace_region_init(region, bar, phys, size, cached);
	return region;
}

static void log_region(struct nvgrace_device *nvg,
		       const struct nvgrace_region *region, const char *what)
{
	struct pci_dev *pdev = nvg->core.pdev;

	pci_info(pdev, "layout %s: %s memory %#llx-%#llx (%llu MiB) is BAR%u of %llu MiB, %s%s\n",
		 nvgrace_layout_name(nvg->layout), what, region->phys,
		 region->phys + region->mem_size - 1, region->mem_size / SZ_1M,
		 region->bar, region->bar_size / SZ_1M,
		 region->cached ? "cacheable" : "uncached, as MIG on this part needs it",
		 pci_resource_len(pdev, region->bar) ? ", hides a hardware BAR" : "");
}

static int lay_out_split(struct nvgrace_device *nvg)
{
	const struct nvgrace_aperture *ap = &nvg->aperture;
	u64 usable = ap->all_cacheable ? ap->size : nvgrace_usable_size(ap->size);

	if (!usable)
		return dev_err_probe(&nvg->core.pdev->dev, -EINVAL,
				     "%llu MiB of memory are too few for layout=split, which reserves 1 GiB: use layout=bar2\n",
				     ap->size / SZ_1M);

	log_region(nvg, add_region(nvg, NVGRACE_USABLE_BAR, ap->base, usable, true),
		   ap->all_cacheable ? "all" : "usable");
	if (usable < ap->size)
		log_region(nvg, add_region(nvg, NVGRACE_RESERVED_BAR,
					   ap->base + usable, ap->size - usable,
					   false), "reserved");
	return 0;
}

static void lay_out_whole(struct nvgrace_device *nvg,
			  enum nvgrace_generation generation)
{
	unsigned int bar = generation == NVGRACE_HOPPER ?
			   VFIO_PCI_BAR2_REGION_INDEX :
			   VFIO_PCI_BAR4_REGION_INDEX;

	log_region(nvg, add_region(nvg, bar, nvg->aperture.base,
				   nvg->aperture.size, true), "all");
}

static void blank_hardware_bars(struct nvgrace_device *nvg)
{
	struct pci_dev *pdev = nvg->core.pdev;
	unsigned int bar;

	for (bar = VFIO_PCI_BAR2_REGION_INDEX; bar < PCI_STD_NUM_BARS; bar++) {
		if (!pci_resource_len(pdev, bar) || nvgrace_region_of(nvg, bar) ||
		    nvgrace_region_is_empty(nvg, bar))
			continue;
		nvg->blank_bars |= BIT(bar);
		if (pci_resource_flags(pdev, bar) & IORESOURCE_MEM_64)
			nvg->blank_bars |= BIT(bar + 1);
		pci_info(pdev, "layout %s: hardware BAR%u of %llu MiB is hidden: a guest's driver would take it for memory\n",
			 nvgrace_layout_name(nvg->layout), bar,
			 (u64)pci_resource_len(pdev, bar) / SZ_1M);
	}
}

/**
 * nvgrace_lay_out() - make BARs up for the memory
 * @nvg: the device, its aperture read, not yet registered
 *
 * Says in the log which layout, where, how large and why.
 *
 * Context: probe.
 * Return: 0, or -EINVAL with a line when the layout does not fit the memory.
 */
int nvgrace_lay_out(struct nvgrace_device *nvg)
{
	struct pci_dev *pdev = nvg->core.pdev;
	enum nvgrace_generation generation = nvgrace_generation(pdev->device);
	int ret = 0;

	if (generation == NVGRACE_NEWER)
		pci_info(pdev, "10de:%04x is newer than this driver: taken for a part like Grace Blackwell\n",
			 pdev->device);

	nvg->layout = chosen_layout(pdev);
	if (nvg->layout == NVGRACE_LAYOUT_SPLIT)
		ret = lay_out_split(nvg);
	else
		lay_out_whole(nvg, generation);
	if (!ret && generation == NVGRACE_HOPPER)
		blank_hardware_bars(nvg);
	return ret;
}

/**
 * nvgrace_layout_name() - what users call a layout
 * @layout: the layout
 *
 * Return: its name, as the module parameter takes it.
 */
const char *nvgrace_layout_name(enum nvgrace_layout layout)
{
	return layout_names[layout];
}
