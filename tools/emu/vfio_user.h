/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What does a vfio-user message look like on the wire?
 *
 * All fields are in the byte order of the machine: both ends run on it.
 */
#ifndef NVGRACE_EMU_VFIO_USER_H
#define NVGRACE_EMU_VFIO_USER_H

#include <stdint.h>

enum vu_command {
	VU_VERSION = 1,
	VU_DMA_MAP = 2,
	VU_DMA_UNMAP = 3,
	VU_DEVICE_GET_INFO = 4,
	VU_DEVICE_GET_REGION_INFO = 5,
	VU_DEVICE_GET_IRQ_INFO = 7,
	VU_DEVICE_SET_IRQS = 8,
	VU_REGION_READ = 9,
	VU_REGION_WRITE = 10,
	VU_DEVICE_RESET = 13,
	VU_REGION_WRITE_MULTI = 15,
};

#define VU_TYPE		0xf
#define VU_REPLY	0x1
#define VU_NO_REPLY	0x10
#define VU_ERROR	0x20

struct vu_header {
	uint16_t id;
	uint16_t command;
	uint32_t size;		/* of the message, with this header */
	uint32_t flags;
	uint32_t error;		/* errno value, in replies with VU_ERROR */
};

struct vu_dma_map {
	uint32_t argsz;
	uint32_t flags;		/* VFIO_DMA_MAP_FLAG_* */
	uint64_t offset;	/* in the file that comes with the message */
	uint64_t iova;
	uint64_t size;
};

struct vu_dma_unmap {
	uint32_t argsz;
	uint32_t flags;		/* VFIO_DMA_UNMAP_FLAG_ALL */
	uint64_t iova;
	uint64_t size;
};

/* Without the capabilities that struct vfio_device_info has. */
struct vu_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t num_regions;
	uint32_t num_irqs;
};

struct vu_region_rw {
	uint64_t offset;
	uint32_t region;
	uint32_t count;		/* bytes, which follow in a write and in a read's reply */
};

/* WRITE_MULTI: a 64-bit count, then these. */
struct vu_write_one {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
	uint8_t data[8];
};

#endif
