// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are callbacks reached that this kernel's VFIO does not know?
 *
 * Region info is one of many ioctls there, with the rules on argsz that go with
 * it. The device is given callbacks of its own, behind its own memory, that
 * answer it and pass the rest on.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio_pci_core.h>

#if !COMPAT_HAS_REGION_INFO_CAPS
#undef vfio_device_ops

/* The user's struct up to its last member that old programs have, too. */
#define REGION_INFO_SIZE	offsetofend(struct vfio_region_info, offset)

/**
 * struct own_ops - what VFIO calls for one device
 * @core: as the driver has it, but for .ioctl
 * @driver: the driver's
 */
struct own_ops {
	struct vfio_device_ops core;
	const struct compat_vfio_device_ops *driver;
};

static const struct compat_vfio_device_ops *driver_ops(struct vfio_device *vdev)
{
	return container_of(vdev->ops, struct own_ops, core)->driver;
}

/* What the core answers, its ioctl answers: it writes to the user itself. */
int compat_get_region_info(struct vfio_device *vdev,
			   struct vfio_region_info *info,
			   struct vfio_info_cap *caps)
{
	return -ENOIOCTLCMD;
}

/* Put the capabilities behind the user's struct, if it has the room. */
static int answer_caps(struct vfio_region_info *info,
		       struct vfio_info_cap *caps, void __user *arg)
{
	size_t need = sizeof(*info) + caps->size;

	if (!caps->size)
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	if (info->argsz < need) {
		info->argsz = need;
		return 0;
	}
	vfio_info_cap_shift(caps, sizeof(*info));
	info->cap_offset = sizeof(*info);
	return copy_to_user(arg + sizeof(*info), caps->buf, caps->size) ?
	       -EFAULT : 0;
}

static long region_info(struct vfio_device *vdev, unsigned long user)
{
	void __user *arg = (void __user *)user;
	struct vfio_info_cap caps = {};
	struct vfio_region_info info = {};
	u32 argsz, index;
	long ret;

	if (copy_from_user(&info, arg, REGION_INFO_SIZE))
		return -EFAULT;
	argsz = info.argsz;
	index = info.index;
	if (argsz < REGION_INFO_SIZE)
		return -EINVAL;
	info = (struct vfio_region_info) { .argsz = argsz, .index = index };

	ret = driver_ops(vdev)->get_region_info_caps(vdev, &info, &caps);
	if (ret == -ENOIOCTLCMD)
		return vfio_pci_core_ioctl(vdev, VFIO_DEVICE_GET_REGION_INFO, user);
	if (!ret)
		ret = answer_caps(&info, &caps, arg);
	kfree(caps.buf);
	if (!ret && copy_to_user(arg, &info, REGION_INFO_SIZE))
		ret = -EFAULT;
	return ret;
}

static long own_ioctl(struct vfio_device *vdev, unsigned int cmd,
		      unsigned long arg)
{
	if (cmd == VFIO_DEVICE_GET_REGION_INFO)
		return region_info(vdev, arg);
	return driver_ops(vdev)->ioctl(vdev, cmd, arg);
}

/* At bind, of a GPU with memory; a plain one is as under vfio-pci. */
static void say_what_is_missing(struct device *dev)
{
	dev_info(dev, "this kernel has no dma-bufs of GPU memory%s%s\n",
		 COMPAT_HAS_PFN_ADDRESS_SPACE ? "" :
		 ", learns of bad pages from firmware's reports only",
		 COMPAT_HAS_KVM_CACHEABLE_PFNMAP ? "" :
		 ", gives the memory to KVM guests as device memory");
}

/**
 * compat_alloc_device() - vfio_alloc_device() with the driver's callbacks
 * @size: bytes of the driver's struct, the VFIO device first in it
 * @dev: whose device it will be
 * @ops: the driver's callbacks
 *
 * Return: the device, or an error pointer.
 */
struct vfio_device *
compat_alloc_device(size_t size, struct device *dev,
		    const struct compat_vfio_device_ops *ops)
{
	const struct vfio_device_ops *core = (const struct vfio_device_ops *)ops;
	size_t at = ALIGN(size, sizeof(u64));
	struct vfio_device *vdev;
	struct own_ops *own;

	vdev = _vfio_alloc_device(at + sizeof(*own), dev, core);
	if (IS_ERR(vdev))
		return vdev;

	own = (void *)vdev + at;
	own->driver = ops;
	own->core = *core;
	own->core.ioctl = own_ioctl;
	vdev->ops = &own->core;
	if (ops->get_region_info_caps != compat_get_region_info)
		say_what_is_missing(dev);
	return vdev;
}
#endif
