/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which BAR0 registers turn the emulated GPU's knobs from inside the host?
 *
 * Real hardware has nothing here: a reader finds NVG_EMU_ID_VALUE at NVG_EMU_ID
 * on the model and something else on silicon. Shared by the model, the
 * kselftests and the guest's test module; plain C, no types of anyone's.
 */
#ifndef NVGRACE_EMU_REGS_H
#define NVGRACE_EMU_REGS_H

/* The block, in bytes from the start of BAR0; every register is 32 bits. */
#define NVG_EMU_BASE		0x00fe0000
#define NVG_EMU_SIZE		0x00001000

/* RO: identifies the model, "NVGE" in memory order. */
#define NVG_EMU_ID		(NVG_EMU_BASE + 0x00)
#define NVG_EMU_ID_VALUE	0x4547564e
/* RO: version of this block. */
#define NVG_EMU_VERSION		(NVG_EMU_BASE + 0x04)
#define NVG_EMU_VERSION_VALUE	1
/* RW: milliseconds of training after each later reset; NVG_EMU_NEVER: no end. */
#define NVG_EMU_TRAIN_MS	(NVG_EMU_BASE + 0x08)
#define NVG_EMU_NEVER		0xffffffff
/* RW: which links stay down after each later reset, NVG_EMU_FAIL_* bits. */
#define NVG_EMU_FAIL		(NVG_EMU_BASE + 0x0c)
#define NVG_EMU_FAIL_C2C	0x1
#define NVG_EMU_FAIL_HBM	0x2
/*
 * WO: the device falls off the bus for this many milliseconds: config space and
 * BAR0 read all ones, writes vanish. NVG_EMU_NEVER: until the control socket
 * brings it back.
 */
#define NVG_EMU_GONE_MS		(NVG_EMU_BASE + 0x10)
/* RW: bit 0 = DVSEC says the whole memory may be cached (no MIG bug). */
#define NVG_EMU_MIG_OK		(NVG_EMU_BASE + 0x14)
/* WO: fires the vector of this number, of MSI or MSI-X, whichever is on. */
#define NVG_EMU_MSIX		(NVG_EMU_BASE + 0x18)
/* RO: resets since the model was started. */
#define NVG_EMU_RESETS		(NVG_EMU_BASE + 0x1c)
/* RO: what the last reset was, NVG_EMU_RESET_*. */
#define NVG_EMU_RESET_CAUSE	(NVG_EMU_BASE + 0x20)
#define NVG_EMU_RESET_POWER_ON	0
#define NVG_EMU_RESET_FLR	1
#define NVG_EMU_RESET_VFIO_USER	2
#define NVG_EMU_RESET_PM	3
/* RO: reads of either readiness word since the last reset. */
#define NVG_EMU_READY_READS	(NVG_EMU_BASE + 0x24)
/* RO: microseconds from the last reset to the end of training, or until now. */
#define NVG_EMU_TRAINED_US	(NVG_EMU_BASE + 0x28)
/* RO: microseconds since the last reset, wraps after 71 minutes. */
#define NVG_EMU_SINCE_RESET_US	(NVG_EMU_BASE + 0x2c)
/* RO: why the DMA engine refused its last command, NVG_EMU_DMA_*. */
#define NVG_EMU_DMA_ERROR	(NVG_EMU_BASE + 0x30)
#define NVG_EMU_DMA_OK		0
#define NVG_EMU_DMA_NOT_ENABLED	1	/* no FBDMA enable request since the last reset */
#define NVG_EMU_DMA_NO_MASTER	2	/* bus mastering is off */
#define NVG_EMU_DMA_BAD_COMMAND	3	/* size, alignment, target or DMEM range */
#define NVG_EMU_DMA_UNMAPPED	4	/* no such IOVA, or no right to write there */
#define NVG_EMU_DMA_NO_MEMORY	5	/* past the GPU memory's end, or not trained yet */
/* RW: bit 0 = later resets leave in the memory what was there, and do not scramble it. */
#define NVG_EMU_KEEP_MEMORY	(NVG_EMU_BASE + 0x34)
/* RW: bit 0 = the PM capability says No_Soft_Reset, and D3hot to D0 resets nothing. */
#define NVG_EMU_NO_SOFT_RESET	(NVG_EMU_BASE + 0x38)
/*
 * RW: milliseconds that each later function-level or bus reset itself takes: all
 * ones from config space and BARs meanwhile. Training begins with the reset.
 */
#define NVG_EMU_RESET_MS	(NVG_EMU_BASE + 0x3c)
/*
 * RW: after each later reset so many reads of the readiness words give all ones
 * first; NVG_EMU_NEVER: all of them.
 */
#define NVG_EMU_ONES		(NVG_EMU_BASE + 0x40)

/*
 * What a read of the aperture returns between a reset and the end of training:
 * this 64-bit word, over and over, in the first
 * NVG_EMU_SCRAMBLE_LEN bytes of every NVG_EMU_SCRAMBLE_STEP and in the last ones of
 * the memory, whatever the host's pages are. After training the whole memory reads
 * zero. Not so with NVG_EMU_KEEP_MEMORY.
 */
#define NVG_EMU_SCRAMBLE	0xdeadbeefbadc0ffeULL
#define NVG_EMU_SCRAMBLE_STEP	0x40000000ULL
#define NVG_EMU_SCRAMBLE_LEN	0x1000

#endif
