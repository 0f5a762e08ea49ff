// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be learnt of a device without opening it?
 *
 * The coherent_memory/ attributes of the PCI device, for orchestrators:
 * Documentation/ABI/testing/sysfs-bus-pci-drivers-nvgrace-gpu. And counters
 * under the vfio debug root, for whoever asks where the time goes. What shows a
 * host physical address is root's to read, as it is in /proc/iomem.
 */
#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#include "nvgrace_gpu.h"

static struct nvgrace_device *dev_to_nvgrace(struct device *dev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(dev);

	return to_nvgrace(&core->vdev);
}

static ssize_t layout_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  nvgrace_layout_name(dev_to_nvgrace(dev)->layout));
}
static DEVICE_ATTR_RO(layout);

static ssize_t base_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%#llx\n", dev_to_nvgrace(dev)->aperture.base);
}
static DEVICE_ATTR_ADMIN_RO(base);

static ssize_t size_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%llu\n", dev_to_nvgrace(dev)->aperture.size);
}
static DEVICE_ATTR_RO(size);

static ssize_t regions_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct nvgrace_device *nvg = dev_to_nvgrace(dev);
	unsigned int i;
	int len = 0;

	for (i = 0; i < nvg->nr_regions; i++) {
		const struct nvgrace_region *region = &nvg->regions[i];

		len += sysfs_emit_at(buf, len, "BAR%u %#llx %llu %llu %s\n",
				     region->bar, region->phys,
				     region->mem_size, region->bar_size,
				     region->cached ? "cacheable" : "uncached");
	}
	return len;
}
static DEVICE_ATTR_ADMIN_RO(regions);

static ssize_t pxm_start_show(struct device *dev,
			      struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", dev_to_nvgrace(dev)->aperture.pxm_start);
}
static DEVICE_ATTR_RO(pxm_start);

static ssize_t pxm_count_show(struct device *dev,
			      struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", dev_to_nvgrace(dev)->aperture.pxm_count);
}
static DEVICE_ATTR_RO(pxm_count);

static ssize_t egm_base_show(struct device *dev,
			     struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%#llx\n", dev_to_nvgrace(dev)->aperture.egm_base);
}
static DEVICE_ATTR_ADMIN_RO(egm_base);

static ssize_t egm_size_show(struct device *dev,
			     struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", dev_to_nvgrace(dev)->aperture.egm_size);
}
static DEVICE_ATTR_RO(egm_size);

static ssize_t egm_pxm_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%llu\n", dev_to_nvgrace(dev)->aperture.egm_pxm);
}
static DEVICE_ATTR_RO(egm_pxm);

static ssize_t ready_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n", nvgrace_ready_name(dev_to_nvgrace(dev)));
}
static DEVICE_ATTR_RO(ready);

static ssize_t retired_pages_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	struct nvgrace_device *nvg = dev_to_nvgrace(dev);
	unsigned int i;
	int len = 0;

	for (i = 0; i < nvg->nr_regions; i++) {
		const struct nvgrace_region *region = &nvg->regions[i];
		u64 pages = region->mem_size >> PAGE_SHIFT;
		u64 page;

		for (page = nvgrace_next_retired(nvg, region, 0);
		     page < pages && len < PAGE_SIZE - 20;
		     page = nvgrace_next_retired(nvg, region, page + 1))
			len += sysfs_emit_at(buf, len, "%#llx\n",
					     region->phys + (page << PAGE_SHIFT));
	}
	return len;
}
static DEVICE_ATTR_ADMIN_RO(retired_pages);

static struct attribute *nvgrace_attrs[] = {
	&dev_attr_layout.attr,
	&dev_attr_base.attr,
	&dev_attr_size.attr,
	&dev_attr_regions.attr,
	&dev_attr_pxm_start.attr,
	&dev_attr_pxm_count.attr,
	&dev_attr_egm_base.attr,
	&dev_attr_egm_size.attr,
	&dev_attr_egm_pxm.attr,
	&dev_attr_ready.attr,
	&dev_attr_retired_pages.attr,
	NULL
};

/* An ordinary PCI GPU has none of them; pxm and EGM are there if firmware says. */
static bool nvgrace_group_visible(struct kobject *kobj)
{
	return dev_to_nvgrace(kobj_to_dev(kobj))->nr_regions;
}

static umode_t nvgrace_attr_visible(struct kobject *kobj,
				    struct attribute *attr, int n)
{
	struct nvgrace_device *nvg = dev_to_nvgrace(kobj_to_dev(kobj));

	if (attr == &dev_attr_pxm_start.attr || attr == &dev_attr_pxm_count.attr)
		return nvg->aperture.pxm_count ? attr->mode : 0;
	if (attr == &dev_attr_egm_base.attr || attr == &dev_attr_egm_size.attr ||
	    attr == &dev_attr_egm_pxm.attr)
		return nvg->aperture.egm_size ? attr->mode : 0;
	return attr->mode;
}

DEFINE_SYSFS_GROUP_VISIBLE(nvgrace);

static const struct attribute_group nvgrace_group = {
	.name = "coherent_memory",
	.attrs = nvgrace_attrs,
	.is_visible = SYSFS_GROUP_VISIBLE(nvgrace),
};

const struct attribute_group *nvgrace_groups[] = {
	&nvgrace_group,
	NULL
};

static const char * const counter_names[NVGRACE_NR_COUNTERS] = {
	[NVGRACE_FAULTS_PTE] = "faults_pte",
	[NVGRACE_FAULTS_PMD] = "faults_pmd",
	[NVGRACE_FAULTS_PUD] = "faults_pud",
	[NVGRACE_FAULTS_REFUSED] = "faults_refused",
	[NVGRACE_BYTES_READ] = "bytes_read",
	[NVGRACE_BYTES_WRITTEN] = "bytes_written",
	[NVGRACE_RESETS] = "resets",
	[NVGRACE_WAITS] = "waits",
	[NVGRACE_BYTES_SCRUBBED] = "bytes_scrubbed",
};

static int counter_get(void *data, u64 *value)
{
	*value = atomic64_read(data);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(counter_fops, counter_get, NULL, "%llu\n");

/**
 * nvgrace_debugfs_create() - show the counters under the vfio debug root
 * @nvg: a registered device; the root goes with its registration
 */
void nvgrace_debugfs_create(struct nvgrace_device *nvg)
{
	struct dentry *dir;
	unsigned int i;

	if (!IS_ENABLED(CONFIG_VFIO_DEBUGFS) || !nvg->nr_regions)
		return;

	dir = debugfs_create_dir("coherent_memory", nvg->core.vdev.debug_root);
	for (i = 0; i < NVGRACE_NR_COUNTERS; i++)
		debugfs_create_file_unsafe(counter_names[i], 0400, dir,
					   &nvg->counters[i], &counter_fops);
}
