// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a plain copy between kernel and user memory cost, and a memset()?
 *
 * read() and write() of /dev/nvgrace-yardstick are one copy_to_user() and one
 * copy_from_user(), of up to 1 MiB: what a read of device memory cannot beat.
 * An ioctl() zeroes that MiB as often as its argument says.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

static void *yardstick_memory;

static ssize_t yardstick_read(struct file *file, char __user *buf, size_t len,
			      loff_t *pos)
{
	len = min_t(size_t, len, SZ_1M);
	return copy_to_user(buf, yardstick_memory, len) ? -EFAULT : len;
}

static ssize_t yardstick_write(struct file *file, const char __user *buf,
			       size_t len, loff_t *pos)
{
	len = min_t(size_t, len, SZ_1M);
	return copy_from_user(yardstick_memory, buf, len) ? -EFAULT : len;
}

static long yardstick_ioctl(struct file *file, unsigned int cmd,
			    unsigned long times)
{
	while (times--)
		memset(yardstick_memory, 0, SZ_1M);
	return 0;
}

static const struct file_operations yardstick_fops = {
	.owner = THIS_MODULE,
	.read = yardstick_read,
	.write = yardstick_write,
	.unlocked_ioctl = yardstick_ioctl,
};

static struct miscdevice yardstick = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "nvgrace-yardstick",
	.fops = &yardstick_fops,
};

static int __init yardstick_init(void)
{
	int ret;

	yardstick_memory = vzalloc(SZ_1M);
	if (!yardstick_memory)
		return -ENOMEM;
	ret = misc_register(&yardstick);
	if (ret)
		vfree(yardstick_memory);
	return ret;
}
module_init(yardstick_init);

static void __exit yardstick_exit(void)
{
	misc_deregister(&yardstick);
	vfree(yardstick_memory);
}
module_exit(yardstick_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A plain copy, to measure others by");
