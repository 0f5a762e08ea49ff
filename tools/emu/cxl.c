// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the CXL device DVSEC of a later part say of its memory?
 *
 * Training is told in range 1's low size, not in BAR0. The range is valid after
 * a quarter of the training (at once when training never ends), and active at its
 * end. A C2C link that stays down leaves it invalid, memory that fails inactive.
 */
#include <linux/pci_regs.h>
#include <string.h>

#include "config.h"
#include "emu.h"

#define CXL_CAP		0x200
#define CXL_LEN		0x3c
#define CXL_VENDOR	0x1e98
#define CXL_RANGE1_SIZE_LOW	0x1c
#define INFO_VALID	0x1
#define ACTIVE		0x2
#define TIMEOUT_SHIFT	13

static void put32(u8 *reg, u32 off, u32 val)
{
	memcpy(reg + off, &val, sizeof(val));
}

u32 cxl_fill(const struct emu *emu, u8 *reg)
{
	if (emu->cxl < 0)
		return 0;
	put32(reg, CXL_CAP, PCI_EXT_CAP_ID_DVSEC | 1 << 16 /* version */);
	put32(reg, CXL_CAP + PCI_DVSEC_HEADER1, (u32)CXL_LEN << 20 | CXL_VENDOR);
	/* DVSEC id 0 and no capability but the memory's */
	put32(reg, CXL_CAP + PCI_DVSEC_HEADER2, 1 << 18 | 1 << 20);
	return CXL_CAP;
}

static bool range_valid(const struct emu *emu)
{
	const struct train *t = &emu->train;

	if (t->fail & NVG_EMU_FAIL_C2C)
		return false;
	return t->end == TIME_NEVER || now_ns() >= t->start + (t->end - t->start) / 4;
}

static bool touches_range(u32 off, u32 count)
{
	u32 reg = CXL_CAP + CXL_RANGE1_SIZE_LOW;

	return off < reg + 4 && reg < off + count;
}

/* Before config space is read: the range's word as of now. */
void cxl_work(struct emu *emu, u32 off, u32 count)
{
	u32 low = 0;

	if (emu->cxl < 0 || !touches_range(off, count))
		return;
	emu->train.ready_reads++;
	if (range_valid(emu))
		low = (u32)emu->cxl << TIMEOUT_SHIFT | INFO_VALID;
	if (low && emu->train.done)
		low |= ACTIVE;
	put32(emu->config.reg, CXL_CAP + CXL_RANGE1_SIZE_LOW, low);
}
