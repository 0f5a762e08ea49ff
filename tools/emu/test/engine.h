/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the tests of the DMA engine share?
 */
#ifndef NVGRACE_EMU_TEST_ENGINE_H
#define NVGRACE_EMU_TEST_ENGINE_H

#include <linux/vfio.h>

#include "client.h"

#define RW		(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)
#define IOVA		0x123450000ULL
#define RAM_SIZE	(64 * KiB)

/* FSP: queue registers, EMEM port. */
#define QUEUE_HEAD	0x8f2c10
#define QUEUE_TAIL	0x8f2c14
#define MSG_HEAD	0x8f2c90
#define MSG_TAIL	0x8f2c94
#define EMEM_CTRL	0x8f2ad0
#define EMEM_DATA	0x8f2ad4
#define EMEM_BASE	0x800
#define AUTO		0x03000000

/* The engine: where it is, targets, a direction. */
#define FALCON		0x844000
#define LOCAL		0x4
#define SYSTEM		0x5
#define TO_MEMORY	0x20

/* A server with a GiB of GPU memory, and host memory that it may be given. */
struct machine {
	struct server s;
	int fd;
	u8 *ram;
};

/* boot() leaves host memory unmapped and DMA not allowed, start() does both. */
void machine_boot(struct machine *m, const char *opt, const char *val);
void machine_start(struct machine *m);
void machine_end(struct machine *m);
void machine_map(struct machine *m, u64 iova, u64 size, u64 offset, u32 flags);

void fsp_send(struct server *s, const u32 *msg, u32 words);
u32 fsp_call(struct server *s, u32 type, u32 subcommand);

bool dma(struct server *s, u32 target, u64 addr, u32 dmem, u32 size, u32 direction);
void dma_refused(struct server *s, u32 target, u64 addr, u32 dmem, u32 size, u32 direction,
		 u32 why);

#endif
