// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which device is ours, and which callbacks serve it?
 *
 * A GPU whose firmware describes coherent memory gets the callbacks of this
 * driver, which serve the made-up BARs and hand all else to vfio-pci-core. One
 * without is an ordinary PCI GPU and gets the core's own.
 */
#include <linux/err.h>
#include <linux/iommufd.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

#include "nvgrace_gpu.h"
#include "nvgrace_gpu_uapi.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int nvgrace_init_dev(struct vfio_device *vdev)
{
	struct nvgrace_device *nvg = to_nvgrace(vdev);

	mutex_init(&nvg->config_lock);
	mutex_init(&nvg->window.lock);
	nvgrace_ready_init(nvg);
	return vfio_pci_core_init_dev(vdev);
}

static void nvgrace_release_dev(struct vfio_device *vdev)
{
	struct nvgrace_device *nvg = to_nvgrace(vdev);

	vfio_pci_core_release_dev(vdev);
	mutex_destroy(&nvg->window.lock);
	mutex_destroy(&nvg->config_lock);
}

static bool is_ours(const struct nvgrace_device *nvg, unsigned int index)
{
	return nvgrace_region_of(nvg, index) ||
	       nvgrace_region_is_empty(nvg, index);
}

/*
 * The core resets the function at each open and carries on when that fails, as
 * it must for parts that have no reset. A GPU whose engines and memory are as
 * the last user left them is nobody else's (I21), be it because its reset
 * failed or because it has none; nor the first user's after a bind, since who
 * had it before is unknown. The next open tries again.
 */
static int require_reset(struct nvgrace_device *nvg)
{
	if (nvg->core.reset_works)
		return 0;
	dev_err_ratelimited(&nvg->core.pdev->dev,
			    "not opened: the reset that parts it from its last user failed, its memory may hold what they left; reset it by sysfs (reset, reset_method) until that works, or power-cycle it\n");
	return -EIO;
}

static int nvgrace_open_device(struct vfio_device *vdev)
{
	struct nvgrace_device *nvg = to_nvgrace(vdev);
	int ret;

	ret = vfio_pci_core_enable(&nvg->core);
	if (ret)
		return ret;

	ret = require_reset(nvg);
	if (ret)
		goto disable;

	nvgrace_dmabuf_open(nvg);
	nvgrace_config_reset(nvg);
	/* The core tried a reset; had it failed, no callback would have told. */
	nvgrace_ready_forget(nvg);
	ret = nvgrace_scrub(nvg);
	if (ret)
		goto close;

	vfio_pci_core_finish_enable(&nvg->core);
	return 0;

close:
	nvgrace_dmabuf_close(nvg);
disable:
	vfio_pci_core_disable(&nvg->core);
	return ret;
}

static int plain_open_device(struct vfio_device *vdev)
{
	struct nvgrace_device *nvg = to_nvgrace(vdev);
	int ret;

	ret = vfio_pci_core_enable(&nvg->core);
	if (!ret)
		vfio_pci_core_finish_enable(&nvg->core);
	return ret;
}

static void nvgrace_close_device(struct vfio_device *vdev)
{
	struct nvgrace_device *nvg = to_nvgrace(vdev);

	/* The core may reset it, and no callback tells. */
	nvgrace_ready_forget(nvg);
	nvgrace_dmabuf_close(nvg);
	vfio_pci_core_close_device(vdev);
}

static int add_sparse_cap(const struct nvgrace_region *region,
			  struct vfio_info_cap *caps)
{
	DEFINE_RAW_FLEX(struct vfio_region_info_cap_sparse_mmap, sparse, areas, 1);

	sparse->header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
	sparse->header.version = 1;
	sparse->nr_areas = 1;
	sparse->areas[0].offset = 0;
	sparse->areas[0].size = region->mem_size;
	return vfio_info_add_capability(caps, &sparse->header,
					struct_size(sparse, areas, 1));
}

static int add_memory_cap(const struct nvgrace_region *region,
			  struct vfio_info_cap *caps)
{
	struct vfio_region_info_cap_nvgrace_memory memory = {
		.header.id = VFIO_REGION_INFO_CAP_NVGRACE_MEMORY,
		.header.version = 1,
		.flags = region->cached ? VFIO_NVGRACE_MEMORY_CACHEABLE : 0,
		.mem_size = region->mem_size,
	};

	return vfio_info_add_capability(caps, &memory.header, sizeof(memory));
}

static int nvgrace_region_info(struct vfio_device *vdev,
			       struct vfio_region_info *info,
			       struct vfio_info_cap *caps)
{
	struct nvgrace_device *nvg = to_nvgrace(vdev);
	const struct nvgrace_region *region;

	if (!is_ours(nvg, info->index))
		return vfio_pci_ioctl_get_region_info(vdev, info, caps);

	info->offset = VFIO_PCI_INDEX_TO_OFFSET(info->index);
	info->size = 0;
	info->flags = 0;

	region = nvgrace_region_of(nvg, info->index);
	if (!region)
		return 0;
	info->size = region->bar_size;
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
		      VFIO_REGION_INFO_FLAG_MMAP;
	return add_sparse_cap(region, caps) ?: add_memory_cap(region, caps);
}

static ssize_t nvgrace_rw(struct vfio_device *vdev, char __user *buf,
			  size_t count, loff_t *ppos, bool write)
{
	struct nvgrace_device *nvg = to_nvgrace(vdev);
	unsigned int index = VFIO_PCI_OFFSET_TO_INDEX(*ppos);
	const struct nvgrace_region *region = nvgrace_region_of(nvg, index);

	if (!count)
		return 0;
	if (region)
		return nvgrace_region_rw(nvg, region, buf, count, ppos, write);
	if (nvgrace_region_is_empty(nvg, index))
		return -EINVAL;
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return nvgrace_config_rw(nvg, buf, count, ppos, write);
	if (write)
		return vfio_pci_core_write(vdev, buf, count, ppos);
	return vfio_pci_core_read(vdev, buf, count, ppos);
}

static ssize_t nvgrace_read(struct vfio_device *vdev, char __user *buf,
			    size_t count, loff_t *ppos)
{
	return nvgrace_rw(vdev, buf, count, ppos, false);
}

static ssize_t nvgrace_write(struct vfio_device *vdev, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	return nvgrace_rw(vdev, (char __user *)buf, count, ppos, true);
}

static int nvgrace_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	struct nvgrace_device *nvg = to_nvgrace(vdev);
	unsigned int index = vma->vm_pgoff >> (VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT);
	const struct nvgrace_region *region = nvgrace_region_of(nvg, index);

	if (region)
		return nvgrace_region_mmap(nvg, region, vma);
	if (nvgrace_region_is_empty(nvg, index))
		return -EINVAL;
	return vfio_pci_core_mmap(vdev, vma);
}

static long reset_and_wait(struct nvgrace_device *nvg, unsigned int cmd,
			   unsigned long arg)
{
	long ret = vfio_pci_core_ioctl(&nvg->core.vdev, cmd, arg);

	if (!ret)
		nvgrace_ready_wait_after_reset(nvg);
	return ret;
}

/*
 * The core would take an ioeventfd for the hardware BAR behind a made-up one.
 * It reads the argument again: who changes it meanwhile has one there. No lock
 * is held over either, as a page of the argument may never come.
 */
static long nvgrace_ioeventfd(struct nvgrace_device *nvg, unsigned long arg)
{
	struct vfio_device_ioeventfd event;

	if (copy_from_user(&event, (void __user *)arg,
			   offsetofend(struct vfio_device_ioeventfd, fd)))
		return -EFAULT;
	if (is_ours(nvg, VFIO_PCI_OFFSET_TO_INDEX(event.offset)))
		return -EINVAL;
	return vfio_pci_core_ioctl(&nvg->core.vdev, VFIO_DEVICE_IOEVENTFD, arg);
}

static long nvgrace_ioctl(struct vfio_device *vdev, unsigned int cmd,
			  unsigned long arg)
{
	struct nvgrace_device *nvg = to_nvgrace(vdev);

	if (cmd == VFIO_DEVICE_RESET || cmd == VFIO_DEVICE_PCI_HOT_RESET)
		return reset_and_wait(nvg, cmd, arg);
	if (cmd == VFIO_DEVICE_IOEVENTFD)
		return nvgrace_ioeventfd(nvg, arg);
	return vfio_pci_core_ioctl(vdev, cmd, arg);
}

static bool enters_low_power(u32 flags)
{
	u32 feature = flags & VFIO_DEVICE_FEATURE_MASK;

	return flags & VFIO_DEVICE_FEATURE_SET &&
	       (feature == VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY ||
		feature == VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP);
}

static int nvgrace_feature(struct vfio_device *vdev, u32 flags,
			   void __user *arg, size_t argsz)
{
	int ret;

	ret = vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
	/*
	 * An open device sleeps only when its user has asked for it, and only
	 * after the ioctl, which keeps it awake. Until its user, or a wakeup,
	 * ends that, memory is closed: nobody finds it trained before it slept.
	 */
	if (!ret && enters_low_power(flags))
		nvgrace_reset_happened(to_nvgrace(vdev));
	return ret;
}

/* A GPU with coherent memory. The name is also the VFs' driver_override. */
static const struct vfio_device_ops nvgrace_ops = {
	.name			= KBUILD_MODNAME,
	.init			= nvgrace_init_dev,
	.release		= nvgrace_release_dev,
	.open_device		= nvgrace_open_device,
	.close_device		= nvgrace_close_device,
	.ioctl			= nvgrace_ioctl,
	.get_region_info_caps	= nvgrace_region_info,
	.device_feature		= nvgrace_feature,
	.read			= nvgrace_read,
	.write			= nvgrace_write,
	.mmap			= nvgrace_mmap,
	.request		= vfio_pci_core_request,
	.match			= vfio_pci_core_match,
	.match_token_uuid	= vfio_pci_core_match_token_uuid,
	.bind_iommufd		= vfio_iommufd_physical_bind,
	.unbind_iommufd		= vfio_iommufd_physical_unbind,
	.attach_ioas		= vfio_iommufd_physical_attach_ioas,
	.detach_ioas		= vfio_iommufd_physical_detach_ioas,
	.pasid_attach_ioas	= vfio_iommufd_physical_pasid_attach_ioas,
	.pasid_detach_ioas	= vfio_iommufd_physical_pasid_detach_ioas,
};

/* An ordinary PCI GPU, exactly as under vfio-pci (I16). */
static const struct vfio_device_ops plain_ops = {
	.name			= KBUILD_MODNAME,
	.init			= nvgrace_init_dev,
	.release		= nvgrace_release_dev,
	.open_device		= plain_open_device,
	.close_device		= vfio_pci_core_close_device,
	.ioctl			= vfio_pci_core_ioctl,
	.get_region_info_caps	= vfio_pci_ioctl_get_region_info,
	.device_feature		= vfio_pci_core_ioctl_feature,
	.read			= vfio_pci_core_read,
	.write			= vfio_pci_core_write,
	.mmap			= vfio_pci_core_mmap,
	.request		= vfio_pci_core_request,
	.match			= vfio_pci_core_match,
	.match_token_uuid	= vfio_pci_core_match_token_uuid,
	.bind_iommufd		= vfio_iommufd_physical_bind,
	.unbind_iommufd		= vfio_iommufd_physical_unbind,
	.attach_ioas		= vfio_iommufd_physical_attach_ioas,
	.detach_ioas		= vfio_iommufd_physical_detach_ioas,
	.pasid_attach_ioas	= vfio_iommufd_physical_pasid_attach_ioas,
	.pasid_detach_ioas	= vfio_iommufd_physical_pasid_detach_ioas,
};

static struct nvgrace_device *pdev_to_nvgrace(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	return to_nvgrace(&core->vdev);
}

static int prepare_memory(struct nvgrace_device *nvg)
{
	struct pci_dev *pdev = nvg->core.pdev;
	int ret;

	ret = nvgrace_aperture_claim(pdev, &nvg->aperture);
	if (ret)
		return ret;

	ret = nvgrace_recall_bad_pages(nvg);
	if (ret)
		return ret;

	/* Power-on. */
	nvgrace_ready_forget(nvg);
	nvg->training = nvgrace_training_source(pdev);
	ret = nvgrace_ready_wait_unbound(&nvg->training);
	if (ret)
		return ret;

	ret = nvgrace_lay_out(nvg);
	if (ret)
		return ret;

	trace_nvgrace_probe(pdev, nvg->aperture.base, nvg->aperture.size,
			    nvgrace_layout_name(nvg->layout));
	return nvgrace_ras_register(nvg);
}

static int nvgrace_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct nvgrace_aperture ap;
	struct nvgrace_device *nvg;
	int ret;

	ret = nvgrace_aperture_read(pdev, &ap);
	if (ret)
		return ret;

	nvg = vfio_alloc_device(nvgrace_device, core.vdev, &pdev->dev,
				ap.size ? &nvgrace_ops : &plain_ops);
	if (IS_ERR(nvg))
		return PTR_ERR(nvg);

	nvg->aperture = ap;
	nvgrace_dmabuf_init(nvg);
	dev_set_drvdata(&pdev->dev, &nvg->core);
	if (ap.size)
		ret = prepare_memory(nvg);
	else
		pci_info(pdev, "firmware describes no GPU memory: served as an ordinary PCI GPU\n");
	if (ret)
		goto put_device;

	ret = vfio_pci_core_register_device(&nvg->core);
	if (ret)
		goto unregister_ras;
	nvgrace_debugfs_create(nvg);
	return 0;

unregister_ras:
	nvgrace_ras_unregister(nvg);
put_device:
	vfio_put_device(&nvg->core.vdev);
	return ret;
}

static void nvgrace_remove(struct pci_dev *pdev)
{
	struct nvgrace_device *nvg = pdev_to_nvgrace(pdev);

	nvgrace_recovery_abandon(nvg);
	vfio_pci_core_unregister_device(&nvg->core);
	nvgrace_ras_unregister(nvg);
	vfio_put_device(&nvg->core.vdev);
}

static int nvgrace_sriov_configure(struct pci_dev *pdev, int nr_virtfn)
{
	return vfio_pci_core_sriov_configure(&pdev_to_nvgrace(pdev)->core,
					     nr_virtfn);
}

static void nvgrace_reset_prepare(struct pci_dev *pdev)
{
	struct nvgrace_device *nvg = pdev_to_nvgrace(pdev);

	nvgrace_reset_begin(nvg);
	nvgrace_zap(nvg);
}

static void nvgrace_reset_done(struct pci_dev *pdev)
{
	nvgrace_reset_end(pdev_to_nvgrace(pdev));
}

static pci_ers_result_t nvgrace_error_detected(struct pci_dev *pdev,
					       pci_channel_state_t state)
{
	struct nvgrace_device *nvg = pdev_to_nvgrace(pdev);

	/* Recovery that failed ends with a second call, not with .resume. */
	if (state == pci_channel_io_perm_failure)
		nvgrace_recovery_end(nvg);
	else
		nvgrace_recovery_begin(nvg);
	nvgrace_zap(nvg);
	return vfio_pci_core_aer_err_detected(pdev, state);
}

static void nvgrace_error_resume(struct pci_dev *pdev)
{
	nvgrace_recovery_end(pdev_to_nvgrace(pdev));
}

static const struct pci_error_handlers nvgrace_err_handlers = {
	.error_detected	= nvgrace_error_detected,
	.resume		= nvgrace_error_resume,
	.reset_prepare	= nvgrace_reset_prepare,
	.reset_done	= nvgrace_reset_done,
};

#define NVGRACE_ID(device_id)						\
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_VENDOR_ID_NVIDIA, device_id) }

static const struct pci_device_id nvgrace_ids[] = {
	NVGRACE_ID(0x2342),	/* GH200 120GB */
	NVGRACE_ID(0x2345),	/* GH200 480GB */
	NVGRACE_ID(0x2348),	/* GH200 SKU */
	NVGRACE_ID(0x2941),	/* GB200 */
	NVGRACE_ID(0x31c2),	/* GB300 */
	NVGRACE_ID(0x31c3),	/* GB300 of a DGX Station */
	{}
};
MODULE_DEVICE_TABLE(pci, nvgrace_ids);

static struct pci_driver nvgrace_driver = {
	.name			= KBUILD_MODNAME,
	.id_table		= nvgrace_ids,
	.probe			= nvgrace_probe,
	.remove			= nvgrace_remove,
	.sriov_configure	= nvgrace_sriov_configure,
	.err_handler		= &nvgrace_err_handlers,
	.driver_managed_dma	= true,
	.dev_groups		= nvgrace_groups,
};

static int __init nvgrace_module_init(void)
{
	return pci_register_driver(&nvgrace_driver);
}
module_init(nvgrace_module_init);

static void __exit nvgrace_module_exit(void)
{
	pci_unregister_driver(&nvgrace_driver);
	nvgrace_forget_bad_pages();
}
module_exit(nvgrace_module_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The nvgrace-gpu maintainers");
MODULE_DESCRIPTION("VFIO PCI driver for NVIDIA GPUs with coherent memory");
