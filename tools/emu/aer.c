// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which errors of its link does the GPU log, and what survives a reset of that log?
 *
 * The one error a model meets by itself is an Unsupported Request: an access to a
 * BAR while memory space is off. All of the capability is sticky, as in the PCIe
 * specification: only power-on sets it to its defaults.
 */
#include <linux/pci_regs.h>
#include <string.h>

#include "config.h"
#include "emu.h"

#define AER_CAP		0x140
#define AER_LEN		(PCI_ERR_HEADER_LOG + 4 * sizeof(u32))

#define UNCOR_BITS	(PCI_ERR_UNC_DLP | PCI_ERR_UNC_POISON_TLP | PCI_ERR_UNC_FCP | \
			 PCI_ERR_UNC_COMP_TIME | PCI_ERR_UNC_COMP_ABORT | PCI_ERR_UNC_UNX_COMP | \
			 PCI_ERR_UNC_RX_OVER | PCI_ERR_UNC_MALF_TLP | PCI_ERR_UNC_ECRC | \
			 PCI_ERR_UNC_UNSUP | PCI_ERR_UNC_INTN)
#define UNCOR_FATAL	(PCI_ERR_UNC_DLP | PCI_ERR_UNC_FCP | PCI_ERR_UNC_RX_OVER | \
			 PCI_ERR_UNC_MALF_TLP | PCI_ERR_UNC_INTN)
#define COR_BITS	(PCI_ERR_COR_RCVR | PCI_ERR_COR_BAD_TLP | PCI_ERR_COR_BAD_DLLP | \
			 PCI_ERR_COR_REP_ROLL | PCI_ERR_COR_REP_TIMER | PCI_ERR_COR_ADV_NFAT | \
			 PCI_ERR_COR_INTERNAL | PCI_ERR_COR_LOG_OVER)

/* First word of a request with a 64-bit address for one register. */
#define TLP_READ	0x20000001
#define TLP_WRITE	0x60000001

static void put32(u8 *reg, u32 off, u32 val)
{
	memcpy(reg + AER_CAP + off, &val, sizeof(val));
}

static u32 get32(const u8 *reg, u32 off)
{
	u32 val;

	memcpy(&val, reg + AER_CAP + off, sizeof(val));
	return val;
}

void aer_init(struct emu *emu)
{
	u8 *wmask = emu->config.wmask, *w1c = emu->config.w1c;

	put32(w1c, PCI_ERR_UNCOR_STATUS, UNCOR_BITS);
	put32(wmask, PCI_ERR_UNCOR_MASK, UNCOR_BITS);
	put32(wmask, PCI_ERR_UNCOR_SEVER, UNCOR_BITS);
	put32(w1c, PCI_ERR_COR_STATUS, COR_BITS);
	put32(wmask, PCI_ERR_COR_MASK, COR_BITS);
}

/* Fills @reg in; @old is config space before the reset, all zero at power-on. */
u32 aer_fill(u8 *reg, const u8 *old, u32 next)
{
	if (get32(old, 0)) {
		memcpy(reg + AER_CAP, old + AER_CAP, AER_LEN);
		return AER_CAP;
	}
	put32(reg, 0, PCI_EXT_CAP_ID_ERR | 2 << 16 /* version */ | next << 20);
	put32(reg, PCI_ERR_UNCOR_MASK, PCI_ERR_UNC_INTN);
	put32(reg, PCI_ERR_UNCOR_SEVER, UNCOR_FATAL);
	put32(reg, PCI_ERR_COR_MASK, PCI_ERR_COR_ADV_NFAT | PCI_ERR_COR_INTERNAL |
	      PCI_ERR_COR_LOG_OVER);
	return AER_CAP;
}

/* The first of several errors keeps the pointer to it and the request it came with. */
void aer_unsupported(struct emu *emu, u64 address, bool write)
{
	u8 *reg = emu->config.reg;
	u32 status = get32(reg, PCI_ERR_UNCOR_STATUS);

	put32(reg, PCI_ERR_UNCOR_STATUS, status | PCI_ERR_UNC_UNSUP);
	if (status || get32(reg, PCI_ERR_UNCOR_MASK) & PCI_ERR_UNC_UNSUP)
		return;
	put32(reg, PCI_ERR_CAP, __builtin_ctz(PCI_ERR_UNC_UNSUP));
	put32(reg, PCI_ERR_HEADER_LOG, write ? TLP_WRITE : TLP_READ);
	put32(reg, PCI_ERR_HEADER_LOG + 4, 0);
	put32(reg, PCI_ERR_HEADER_LOG + 8, address >> 32);
	put32(reg, PCI_ERR_HEADER_LOG + 12, address & ~3u);
}
