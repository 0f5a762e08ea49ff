/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which BAR0 registers make a Hopper GPU's OFA falcon copy memory?
 */
#ifndef NVGRACE_ENGINE_REGS_H
#define NVGRACE_ENGINE_REGS_H

/* Firmware security processor: 0xff = up; its mail box is EMEM port 2. */
#define FSP_BOOT		0x000200bc
#define FSP_BOOT_DONE		0xff
#define FSP_EMEM_CTRL		0x8f2ad0	/* byte offset, auto-increment flags */
#define FSP_EMEM_INC		0x03000000
#define FSP_EMEM_DATA		0x8f2ad4
#define FSP_EMEM_CHANNEL	0x800		/* channel 2's byte offset in EMEM */
#define FSP_CMD_HEAD		0x8f2c10
#define FSP_CMD_TAIL		0x8f2c14
#define FSP_MSG_HEAD		0x8f2c90
#define FSP_MSG_TAIL		0x8f2c94

/* A message is an MCTP header, an NVDM header, then its words. */
#define MCTP_ONE_PACKET		0xc0000000	/* first and last of its message */
#define NVDM_NVIDIA		0x0010de7e	/* vendor defined, NVIDIA's */
#define NVDM_TYPE(type)		((u32)(type) << 24)
#define NVDM_FBDMA		0x22
#define NVDM_FBDMA_ENABLE	1
#define NVDM_RESPONSE		0x15

/* Memory clear after boot: 1 = finished. */
#define MEM_CLEAR		0x100b20
#define MEM_CLEAR_DONE		1

/* OFA falcon: moves 4 to 256 bytes between its DMEM and memory. */
#define DMA_ADDR_TOP		0x100f04	/* address bits 63:47 */
#define DMA_ADDR_LOW		0x844110	/* address bits 39:8 */
#define DMA_DMEM_OFFSET		0x844114
#define DMA_CMD			0x844118
#define DMA_CMD_DONE		0x2
#define DMA_CMD_WRITE		0x20		/* DMEM to memory */
#define DMA_CMD_256_BYTES	(6 << 8)	/* log2(bytes / 4) */
#define DMA_BLOCK		0x84411c	/* address bits 7:0 */
#define DMA_ADDR_HIGH		0x844128	/* address bits 46:40 */
#define DMEM_CTRL		0x8441c0
#define FBIF_TRANSCFG		0x844400
#define FBIF_TARGET_MASK	0x3
#define FBIF_TARGET_LOCAL	0x0		/* GPU memory, from its first byte */
#define FBIF_TARGET_SYSTEM	0x1		/* DMA addresses */
#define FBIF_PHYSICAL		0x4
#define FBIF_CTL		0x844424
#define FBIF_CTL_PHYSICAL	0x90
#define FBIF_CTL2		0x844484
#define FALCON_DMACTL		0x84410c
#define FALCON_DMACTL_SCRUBBING	0x1

#endif
