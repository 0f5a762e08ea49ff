// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the OFA falcon's DMA engine copy where?
 *
 * One transfer at a time between the falcon's own memory (DMEM) and an address:
 * in the GPU's memory or, as an IOVA, in the host's. A transfer is over before
 * the write of the command register returns. A refused one never shows done;
 * NVG_EMU_DMA_ERROR says why.
 */
#include <string.h>

#include "bar0.h"
#include "config.h"
#include "dma.h"
#include "emu.h"

#define DMA_ADDR_LOW	0x110	/* address bits 39:8 */
#define DMA_DMEM_OFFSET	0x114
#define DMA_COMMAND	0x118
#define DMA_BLOCK	0x11c	/* address bits 7:0 */
#define DMA_ADDR_HIGH	0x128	/* address bits 46:40; DMA_ADDR_TOP has 63:47 */
#define DMEM_CONTROL	0x1c0
#define DMEM_DATA	0x1c4
#define FBIF_TRANSCFG	0x400

#define COMMAND_DONE	0x002
#define COMMAND_WRITE	0x020	/* from DMEM to memory */
#define COMMAND_SIZE(c)	(4u << ((c) >> 8 & 7))
#define MAX_SIZE	256

#define TARGET_MASK	3	/* of FBIF_TRANSCFG */
#define TARGET_LOCAL	0
#define TARGET_INVALID	3

#define PORT_AUTO	0x03000000	/* see fsp.c */
#define PORT_OFFSET	0x0000fffc

static u32 *reg(struct emu *emu, u32 off)
{
	return &emu->falcon.reg[off / 4];
}

static u64 address(struct emu *emu)
{
	return (u64)(emu->falcon.addr_top & 0x1ffff) << 47 |
	       (u64)(*reg(emu, DMA_ADDR_HIGH) & 0x7f) << 40 |
	       (u64)*reg(emu, DMA_ADDR_LOW) << 8 |
	       (*reg(emu, DMA_BLOCK) & 0xff);
}

static u32 local(struct emu *emu, u64 addr, u8 *dmem, u32 size, bool write)
{
	int ret;

	if (!emu->train.done)
		return NVG_EMU_DMA_NO_MEMORY;
	if (write)
		ret = memory_write(&emu->mem, addr, dmem, size);
	else
		ret = memory_read(&emu->mem, addr, dmem, size);
	return ret ? NVG_EMU_DMA_NO_MEMORY : NVG_EMU_DMA_OK;
}

static u32 system_memory(struct emu *emu, u64 addr, u8 *dmem, u32 size, bool write)
{
	int ret;

	if (!config_master_on(emu))
		return NVG_EMU_DMA_NO_MASTER;
	if (write)
		ret = dma_write(&emu->dma, addr, dmem, size);
	else
		ret = dma_read(&emu->dma, addr, dmem, size);
	return ret ? NVG_EMU_DMA_UNMAPPED : NVG_EMU_DMA_OK;
}

static u32 transfer(struct emu *emu, u32 command)
{
	u32 target = *reg(emu, FBIF_TRANSCFG) & TARGET_MASK;
	u32 dmem = *reg(emu, DMA_DMEM_OFFSET);
	u32 size = COMMAND_SIZE(command);
	bool write = command & COMMAND_WRITE;
	u64 addr = address(emu);

	if (!emu->fsp.fbdma)
		return NVG_EMU_DMA_NOT_ENABLED;
	if (size > MAX_SIZE || addr % size || target == TARGET_INVALID ||
	    dmem > FALCON_DMEM - size)
		return NVG_EMU_DMA_BAD_COMMAND;
	if (target == TARGET_LOCAL)
		return local(emu, addr, emu->falcon.dmem + dmem, size, write);
	return system_memory(emu, addr, emu->falcon.dmem + dmem, size, write);
}

static void command(struct emu *emu, u32 val)
{
	emu->falcon.dma_error = transfer(emu, val);
	val &= ~COMMAND_DONE;
	if (emu->falcon.dma_error == NVG_EMU_DMA_OK)
		val |= COMMAND_DONE;
	*reg(emu, DMA_COMMAND) = val;
}

static u8 *dmem_port(struct emu *emu)
{
	return &emu->falcon.dmem[*reg(emu, DMEM_CONTROL) & PORT_OFFSET];
}

static void dmem_step(struct emu *emu)
{
	u32 *ctrl = reg(emu, DMEM_CONTROL);

	if (*ctrl & PORT_AUTO)
		*ctrl = (*ctrl & ~PORT_OFFSET) | ((*ctrl + 4) & PORT_OFFSET);
}

u32 falcon_read(struct emu *emu, u32 off, bool peek)
{
	u32 val = *reg(emu, off);

	if (off != DMEM_DATA)
		return val;
	memcpy(&val, dmem_port(emu), sizeof(val));
	if (!peek)
		dmem_step(emu);
	return val;
}

void falcon_write(struct emu *emu, u32 off, u32 val)
{
	switch (off) {
	case DMA_COMMAND:
		command(emu, val);
		break;
	case DMEM_DATA:
		memcpy(dmem_port(emu), &val, sizeof(val));
		dmem_step(emu);
		break;
	default:
		*reg(emu, off) = val;
	}
}

void falcon_reset(struct emu *emu)
{
	memset(&emu->falcon, 0, sizeof(emu->falcon));
	*reg(emu, DMA_COMMAND) = COMMAND_DONE;
}
