// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does each vfio-user command ask for, and what is the answer?
 *
 * Lengths and offsets come from the client: each handler checks what it uses.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "bar0.h"
#include "dma.h"
#include "emu.h"
#include "irq.h"
#include "train.h"
#include "vfio_user.h"
#include "wire.h"

void *reply_alloc(struct reply *reply, size_t len)
{
	reply->body = calloc(1, len);
	if (!reply->body)
		abort();
	reply->len = len;
	return reply->body;
}

static bool take(const struct request *req, void *what, size_t size)
{
	if (req->len < size)
		return false;
	memcpy(what, req->body, size);
	return true;
}

static int do_dma_map(struct emu *emu, struct request *req)
{
	struct vu_dma_map map;

	if (!take(req, &map, sizeof(map)) || req->nr_fds > 1)
		return EINVAL;
	return dma_map(&emu->dma, map.iova, map.size, map.offset, map.flags, &req->fd[0]);
}

static int do_dma_unmap(struct emu *emu, const struct request *req, struct reply *reply)
{
	struct vu_dma_unmap unmap;
	int err = 0;

	if (!take(req, &unmap, sizeof(unmap)))
		return EINVAL;
	if (unmap.flags & ~VFIO_DMA_UNMAP_FLAG_ALL)
		return ENOTSUP;
	if (unmap.flags)
		dma_unmap_all(&emu->dma);
	else
		err = dma_unmap(&emu->dma, unmap.iova, unmap.size, &unmap.size);
	if (err)
		return err;
	memcpy(reply_alloc(reply, sizeof(unmap)), &unmap, sizeof(unmap));
	return 0;
}

static int get_info(const struct request *req, struct reply *reply)
{
	struct vu_device_info info;

	if (!take(req, &info, sizeof(info)) || info.argsz < sizeof(info))
		return EINVAL;
	info = (struct vu_device_info){
		.argsz = sizeof(info),
		.flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
		.num_regions = VFIO_PCI_NUM_REGIONS,
		.num_irqs = VFIO_PCI_NUM_IRQS,
	};
	memcpy(reply_alloc(reply, sizeof(info)), &info, sizeof(info));
	return 0;
}

static int get_region_info(const struct emu *emu, const struct request *req,
			   struct reply *reply)
{
	struct vfio_region_info info;
	u32 index;

	if (!take(req, &info, sizeof(info)) || info.argsz < sizeof(info) ||
	    info.index >= VFIO_PCI_NUM_REGIONS)
		return EINVAL;
	index = info.index;
	info = (struct vfio_region_info){
		.argsz = sizeof(info),
		.index = index,
		.size = region_size(emu, index),
	};
	if (info.size)
		info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	memcpy(reply_alloc(reply, sizeof(info)), &info, sizeof(info));
	return 0;
}

static int get_irq_info(const struct request *req, struct reply *reply)
{
	struct vfio_irq_info info;
	u32 index;

	if (!take(req, &info, sizeof(info)) || info.argsz < sizeof(info) ||
	    info.index >= VFIO_PCI_NUM_IRQS)
		return EINVAL;
	index = info.index;
	info = (struct vfio_irq_info){ .argsz = sizeof(info), .index = index };
	if (irq_is_message(index)) {
		info.flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE;
		info.count = NR_VECTORS;
	}
	memcpy(reply_alloc(reply, sizeof(info)), &info, sizeof(info));
	return 0;
}

static int do_read(struct emu *emu, const struct request *req, struct reply *reply)
{
	struct vu_region_rw rw;
	u8 *body;

	if (!take(req, &rw, sizeof(rw)) || rw.count > MAX_XFER)
		return EINVAL;
	body = reply_alloc(reply, sizeof(rw) + rw.count);
	memcpy(body, &rw, sizeof(rw));
	return region_read(emu, rw.region, rw.offset, body + sizeof(rw), rw.count);
}

static int do_write(struct emu *emu, const struct request *req, struct reply *reply)
{
	struct vu_region_rw rw;
	int err;

	if (!take(req, &rw, sizeof(rw)) || rw.count != req->len - sizeof(rw))
		return EINVAL;
	err = region_write(emu, rw.region, rw.offset, req->body + sizeof(rw), rw.count);
	if (!err)
		memcpy(reply_alloc(reply, sizeof(rw)), &rw, sizeof(rw));
	return err;
}

static int do_write_multi(struct emu *emu, const struct request *req)
{
	struct vu_write_one one;
	u64 count;
	int err = 0;

	if (!take(req, &count, sizeof(count)) ||
	    count > (req->len - sizeof(count)) / sizeof(one))
		return EINVAL;
	for (u64 i = 0; i < count && !err; i++) {
		memcpy(&one, req->body + sizeof(count) + i * sizeof(one), sizeof(one));
		if (one.count > sizeof(one.data))
			return EINVAL;
		err = region_write(emu, one.region, one.offset, one.data, one.count);
	}
	return err;
}

static int do_reset(struct emu *emu)
{
	if (!knobs_gone(emu))
		reset_device(emu, NVG_EMU_RESET_VFIO_USER);
	return 0;
}

/* Returns 0 or an errno value for the reply. */
int request_handle(struct emu *emu, struct request *req, struct reply *reply)
{
	switch (req->command) {
	case VU_DMA_MAP:
		return do_dma_map(emu, req);
	case VU_DMA_UNMAP:
		return do_dma_unmap(emu, req, reply);
	case VU_DEVICE_GET_INFO:
		return get_info(req, reply);
	case VU_DEVICE_GET_REGION_INFO:
		return get_region_info(emu, req, reply);
	case VU_DEVICE_GET_IRQ_INFO:
		return get_irq_info(req, reply);
	case VU_DEVICE_SET_IRQS:
		return irq_set(emu, req->body, req->len, req);
	case VU_REGION_READ:
		return do_read(emu, req, reply);
	case VU_REGION_WRITE:
		return do_write(emu, req, reply);
	case VU_REGION_WRITE_MULTI:
		return do_write_multi(emu, req);
	case VU_DEVICE_RESET:
		return do_reset(emu);
	default:
		return ENOTSUP;
	}
}
