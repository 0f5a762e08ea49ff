// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does the GPU's memory become memory of the guest's kernel, and how does it
 * stop being that?
 *
 * This is what a guest's driver of such a GPU is for: whole memory blocks of the
 * BAR are added to the GPU's NUMA node, and then any program's.
 */
#include <linux/iopoll.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_helpers.h>

#include "nvgrace_guest.h"

/* Both read NVG_READY once the memory may be touched, 30 s after a reset at most. */
#define NVG_C2C_LINK		0x001498
#define NVG_MEMORY_TRAINING	0x0200bc
#define NVG_READY		0xff
#define NVG_READY_US		30000000

static int nvg_wait_ready(struct nvg_guest *gpu, char *say)
{
	u32 link, training;
	int err;

	err = readl_poll_timeout(gpu->regs + NVG_C2C_LINK, link, link == NVG_READY,
				 1000, NVG_READY_US);
	if (!err)
		err = readl_poll_timeout(gpu->regs + NVG_MEMORY_TRAINING, training,
					 training == NVG_READY, 1000, NVG_READY_US);
	if (err)
		scnprintf(say, NVG_SAY, "the GPU's memory is not ready after 30 s (link %#x, training %#x): reset the GPU",
			  readl(gpu->regs + NVG_C2C_LINK),
			  readl(gpu->regs + NVG_MEMORY_TRAINING));
	return err;
}

/* How many blocks of [start, start + size) are online in @node? */
static unsigned int nvg_online_blocks(u64 start, u64 size, int node)
{
	unsigned int blocks = 0;
	u64 at;

	for (at = start; at < start + size; at += memory_block_size_bytes()) {
		struct page *page = pfn_to_online_page(PHYS_PFN(at));

		if (page && page_to_nid(page) == node)
			blocks++;
	}
	return blocks;
}

/*
 * The kernel finds a driver's memory by its resource's name, which must not go
 * before the memory does. Where the administrator allows it
 * (memory_hotplug.memmap_on_memory), the struct pages lie in the GPU's memory too:
 * for all of 95 GiB they are 1.5 GiB.
 */
static int nvg_add(struct nvg_guest *gpu, u64 start, u64 size, int node)
{
	int err;

	gpu->resource_name = kstrdup("System RAM (nvgrace-guest)", GFP_KERNEL);
	if (!gpu->resource_name)
		return -ENOMEM;
	err = add_memory_driver_managed(node, start, size, gpu->resource_name,
					MHP_MEMMAP_ON_MEMORY);
	if (err) {
		kfree(gpu->resource_name);
		return err;
	}
	gpu->online_start = start;
	gpu->online_size = size;
	return 0;
}

int nvg_offline(struct nvg_guest *gpu)
{
	int err;

	if (!gpu->online_size)
		return 0;
	err = offline_and_remove_memory(gpu->online_start, gpu->online_size);
	if (err) {
		dev_err(&gpu->pdev->dev,
			"%#llx bytes at %#llx stay the kernel's until it is booted again: their pages cannot be moved (%pe); end what uses them before this driver goes\n",
			gpu->online_size, gpu->online_start, ERR_PTR(err));
		return err;
	}
	gpu->online_size = 0;
	kfree(gpu->resource_name);
	return 0;
}

/* All or nothing. The kernel brings blocks online by its own policy, or not at all. */
static int nvg_add_online(struct nvg_guest *gpu, u64 start, u64 size, int node,
			  char *say)
{
	u64 blocks = size / memory_block_size_bytes();
	unsigned int online;
	int err;

	err = nvg_add(gpu, start, size, node);
	if (err) {
		scnprintf(say, NVG_SAY, "node %d does not get %#llx bytes at %#llx (%pe): the kernel's log says why",
			  node, size, start, ERR_PTR(err));
		return err;
	}
	online = nvg_online_blocks(start, size, node);
	if (online == blocks)
		return 0;
	nvg_offline(gpu);
	scnprintf(say, NVG_SAY, "%u of %llu memory blocks came online: write online_movable to /sys/devices/system/memory/auto_online_blocks first",
		  online, blocks);
	return -EIO;
}

int nvg_online(struct nvg_guest *gpu, char *say)
{
	u64 start = pci_resource_start(gpu->pdev, gpu->bar);
	u64 block = memory_block_size_bytes();
	u64 size = ALIGN_DOWN(gpu->node_size, block);
	char text[16];
	int node, err;

	if (!size) {
		scnprintf(say, NVG_SAY, "less than one memory block of %llu MiB: nothing to make memory of",
			  block >> 20);
		return -EINVAL;
	}
	node = nvg_firmware_node(gpu, say);
	if (node < 0)
		return node;
	err = nvg_wait_ready(gpu, say);
	if (!err)
		err = nvg_add_online(gpu, start, size, node, say);
	if (err)
		return err;
	string_get_size(size, 1, STRING_UNITS_2, text, sizeof(text));
	scnprintf(say, NVG_SAY, "%s at %#llx are memory of node %d, %llu blocks of %llu MiB, %s",
		  text, start, node, size / block, block >> 20,
		  is_zone_movable_page(pfn_to_page(PHYS_PFN(start))) ?
		  "movable" : "not only movable");
	return 0;
}
