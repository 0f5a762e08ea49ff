/* SPDX-License-Identifier: GPL-2.0-only */
/* What is an emulated GPU made of? */
#ifndef NVGRACE_EMU_EMU_H
#define NVGRACE_EMU_EMU_H

#include "base.h"
#include "dma.h"

#define BAR0_SIZE	0x1000000
#define NR_BARS		6
#define CONFIG_SIZE	0x1000
#define NR_VECTORS	8
#define MSIX_TABLE	0xb90000	/* in BAR0 */
#define MSIX_PBA	0xba0000	/* in BAR0 */

/* One part the model can be. Memory behind made-up BARs is not in here. */
struct profile {
	const char *name;
	u16 device_id;
	u32 boot_0;		/* architecture 28:24, implementation 23:20, revision 7:0 */
	bool mig_ok;		/* factory setting of the DVSEC bit */
	u64 bar_size[NR_BARS];	/* always there */
	u64 hw_bar_size[NR_BARS]; /* there with --hw-bars */
};

struct knobs {
	u32 train_ms;		/* NVG_EMU_NEVER: no end */
	u32 fail;		/* NVG_EMU_FAIL_* */
	bool mig_ok;
	u32 reset_ms;		/* that a reset takes, off the bus */
	u32 ones;		/* reads of readiness words; NVG_EMU_NEVER: all */
	bool keep_memory;	/* resets do not clear it */
	bool no_soft_reset;
	u64 gone_until;		/* 0: on the bus; TIME_NEVER: until told */
};

struct config {
	u8 reg[CONFIG_SIZE];
	u8 wmask[CONFIG_SIZE];	/* 1: software may change the bit */
	u8 w1c[CONFIG_SIZE];	/* 1: software clears the bit by writing a one */
};

struct train {
	u64 start;		/* last reset */
	u64 end;		/* TIME_NEVER: no end */
	u32 fail;		/* the knobs, as they were at the reset */
	bool keep_memory;
	u32 ones;		/* reads of readiness words still to be that */
	bool done;		/* both links up, memory zeroed unless it is kept */
	u32 resets;
	u32 cause;		/* NVG_EMU_RESET_* */
	u32 ready_reads;
};

struct irq {
	u32 index;		/* VFIO_PCI_MSI_IRQ_INDEX or _MSIX_: whose vectors these are */
	int fd[NR_VECTORS];	/* -1: none */
	u32 masked;		/* by the client, one bit a vector */
	u32 pending;
};

#define FSP_CHANNELS	8
#define FSP_EMEM_WORDS	(FSP_CHANNELS * 256)

struct fsp {
	u32 emem[FSP_EMEM_WORDS];
	u32 port[FSP_CHANNELS];
	u32 cmd_queue[FSP_CHANNELS][2]; /* head, tail */
	u32 msg_queue[FSP_CHANNELS][2];
	bool fbdma;		/* the engine may do DMA */
};

#define FALCON_PAGE	0x1000
#define FALCON_DMEM	0x10000

struct falcon {
	u32 reg[FALCON_PAGE / 4];
	u8 dmem[FALCON_DMEM];
	u32 dma_error;		/* NVG_EMU_DMA_* */
	u32 addr_top;		/* register outside of the falcon's page */
};

struct emu {
	const struct profile *profile;
	u16 device_id;
	u64 bar_size[NR_BARS];	/* 0: not implemented */
	u8 *bar_mem[NR_BARS];	/* of real BARs other than BAR0 */
	struct knobs knob;
	struct config config;
	struct train train;
	struct memory mem;
	struct dma dma;
	struct irq irq;
	struct fsp fsp;
	struct falcon falcon;
	u32 msix_table[NR_VECTORS * 4];
	int cxl;		/* Memory_Active_Timeout code of the CXL DVSEC; -1: has none */
	bool client;		/* somebody is connected */
};

struct options;

/* device.c */
int device_init(struct emu *emu, const struct options *opt);
void device_exit(struct emu *emu);
void device_client_gone(struct emu *emu);
u64 region_size(const struct emu *emu, u32 region);
int region_read(struct emu *emu, u32 region, u64 off, void *buf, u32 count);
int region_write(struct emu *emu, u32 region, u64 off, const void *buf, u32 count);

#endif
