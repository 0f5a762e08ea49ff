/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the steps of the guest's test share?
 */
#ifndef NVGRACE_GUEST_H
#define NVGRACE_GUEST_H

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sysfs.h>
#include <linux/types.h>

struct nvg_guest {
	struct pci_dev *pdev;
	void __iomem *regs;	/* BAR0, whole */
	int bar;		/* index of the BAR that is the GPU's memory */
	u64 mem_size;		/* bytes of it with memory behind them */
	u64 bar_size;		/* bytes it must claim: a power of two */
	u64 node_size;		/* bytes of it to make memory of the guest's kernel */
	u64 online_start;	/* physical, of what is that now */
	u64 online_size;	/* bytes; 0: nothing is */
	const char *resource_name;	/* of the same; undefined with a size of 0 */
	struct mutex step;	/* one step at a time */
};

/* Bytes a step may say, its NUL included. */
#define NVG_SAY	256
/* Bytes the engine moves at once; its addresses and sizes are multiples of it here. */
#define NVG_ENGINE_STEP	256

/*
 * A step: 0 when all is well, else a negative errno. Either way @say holds what
 * was seen, in at most NVG_SAY bytes, without a newline; untouched, it tells of
 * missing memory.
 */
typedef int (*nvg_step)(struct nvg_guest *gpu, char *say);

/* aperture.c */
int nvg_aperture_bar(struct nvg_guest *gpu, char *say);
int nvg_aperture_ram(struct nvg_guest *gpu, char *say);
int nvg_aperture_spread(struct nvg_guest *gpu, char *say);
int nvg_aperture_contiguous(struct nvg_guest *gpu, char *say);
int nvg_aperture_padding(struct nvg_guest *gpu, char *say);
/* Intervals [offset, offset + size) of the BAR; both multiples of 8 bytes. */
int nvg_aperture_fill(struct nvg_guest *gpu, u64 offset, u64 size, u64 seed);
int nvg_aperture_check(struct nvg_guest *gpu, u64 offset, u64 size, u64 seed,
		       char *say);

/* interrupt.c */
int nvg_interrupt(struct nvg_guest *gpu, char *say);

/* engine.c */
int nvg_engine(struct nvg_guest *gpu, char *say);
/* Before any copy, and after each reset. */
int nvg_engine_start(struct nvg_guest *gpu, char *say);
/*
 * Copies @size bytes, in whole steps, between DMA address @dma and the GPU's own
 * address @local; @in: into the GPU's memory.
 */
int nvg_engine_copy(struct nvg_guest *gpu, dma_addr_t dma, u64 local, u64 size,
		    bool in, char *say);

/* view.c */
extern const struct bin_attribute bin_attr_engine_memory;

/* firmware.c */
int nvg_firmware(struct nvg_guest *gpu, char *say);
/* As a step, but returns the node. */
int nvg_firmware_node(struct nvg_guest *gpu, char *say);

/* online.c */
int nvg_online(struct nvg_guest *gpu, char *say);
/* Takes it back, if there is any. -EBUSY: some of it cannot be moved elsewhere. */
int nvg_offline(struct nvg_guest *gpu);

/*
 * pattern.c: every word differs from every other, and from the same place's
 * word under another seed. @offset is where the first word goes, in bytes.
 */
void nvg_pattern_fill(u64 *words, u64 size, u64 offset, u64 seed);
/* Index of the first word that is not as filled, or size / 8. */
u64 nvg_pattern_check(const u64 *words, u64 size, u64 offset, u64 seed);
u64 nvg_pattern_word(u64 offset, u64 seed);

#endif
