/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the steps of the guest's test share?
 */
#ifndef NVGRACE_GUEST_H
#define NVGRACE_GUEST_H

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/types.h>

struct nvg_guest {
	struct pci_dev *pdev;
	void __iomem *regs;	/* BAR0, whole */
	int bar;		/* index of the BAR that is the GPU's memory */
	u64 mem_size;		/* bytes of it with memory behind them */
	u64 bar_size;		/* bytes it must claim: a power of two */
	struct mutex step;	/* one step at a time */
};

/* Bytes a step may say, its NUL included. */
#define NVG_SAY	256

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

/*
 * pattern.c: every word differs from every other, and from the same place's
 * word under another seed. @offset is where the first word goes, in bytes.
 */
void nvg_pattern_fill(u64 *words, u64 size, u64 offset, u64 seed);
/* Index of the first word that is not as filled, or size / 8. */
u64 nvg_pattern_check(const u64 *words, u64 size, u64 offset, u64 seed);
u64 nvg_pattern_word(u64 offset, u64 seed);

#endif
