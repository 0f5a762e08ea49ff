// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which register is at an offset of BAR0?
 *
 * Registers are 32 bits; narrower, wider and unaligned accesses are cut here. A
 * register that is not modelled reads 0 and ignores writes. `peek` reads have no
 * side effect: they fetch the bytes that a narrow write leaves alone.
 */
#include <string.h>

#include "bar0.h"
#include "emu.h"
#include "train.h"

#define PMC_BOOT_0	0x000000
#define PMC_BOOT_42	0x000a00
#define C2C_LINK	0x001498
#define DMA_ADDR_TOP	0x100f04
#define MEM_CLEAR	0x100b20
#define MEM_TRAINING	0x0200bc
#define VECTOR_MASKED	1	/* in the table entry's last word */

struct block {
	u32 base;
	u32 size;
	u32 (*read)(struct emu *emu, u32 off, bool peek);
	void (*write)(struct emu *emu, u32 off, u32 val);
};

static u32 ready_word(struct emu *emu, u32 link, bool peek)
{
	struct train *t = &emu->train;

	if (emu->cxl >= 0)
		return 0;
	if (peek)
		return train_word(emu, link);
	t->ready_reads++;
	if (!t->ones)
		return train_word(emu, link);
	if (t->ones != NVG_EMU_NEVER)
		t->ones--;
	return ~0u;
}

/* What PMC_BOOT_0 says, the revision in bits 19:12. */
static u32 boot_42(u32 boot_0)
{
	return (boot_0 & 0x1ff00000) | (boot_0 & 0xff) << 12;
}

static u32 misc_read(struct emu *emu, u32 off, bool peek)
{
	switch (off) {
	case PMC_BOOT_0:
		return emu->profile->boot_0;
	case PMC_BOOT_42:
		return boot_42(emu->profile->boot_0);
	case C2C_LINK:
		return ready_word(emu, NVG_EMU_FAIL_C2C, peek);
	case MEM_TRAINING:
		return ready_word(emu, NVG_EMU_FAIL_HBM, peek);
	case MEM_CLEAR:
		return emu->train.done && !emu->train.keep_memory;
	case DMA_ADDR_TOP:
		return emu->falcon.addr_top;
	default:
		return 0;
	}
}

static void misc_write(struct emu *emu, u32 off, u32 val)
{
	if (off == DMA_ADDR_TOP)
		emu->falcon.addr_top = val;
}

static u32 msix_table_read(struct emu *emu, u32 off, bool peek)
{
	(void)peek;
	return emu->msix_table[off / 4];
}

static void msix_table_write(struct emu *emu, u32 off, u32 val)
{
	emu->msix_table[off / 4] = val;
}

static u32 msix_pba_read(struct emu *emu, u32 off, bool peek)
{
	(void)peek;
	return off ? 0 : emu->irq.pending;
}

static void ignore_write(struct emu *emu, u32 off, u32 val)
{
	(void)emu;
	(void)off;
	(void)val;
}

static const struct block blocks[] = {
	{ FALCON_BASE, FALCON_PAGE, falcon_read, falcon_write },
	{ FSP_BASE, FSP_SIZE, fsp_read, fsp_write },
	{ MSIX_TABLE, NR_VECTORS * 16, msix_table_read, msix_table_write },
	{ MSIX_PBA, 8, msix_pba_read, ignore_write },
	{ NVG_EMU_BASE, NVG_EMU_SIZE, knobs_read, knobs_write },
	{ 0, BAR0_SIZE, misc_read, misc_write },
};

static const struct block *find_block(u32 off)
{
	const struct block *b = blocks;

	while (off < b->base || off - b->base >= b->size)
		b++;
	return b;
}

static u32 read32(struct emu *emu, u32 off, bool peek)
{
	const struct block *b = find_block(off);

	return b->read(emu, off - b->base, peek);
}

static void write32(struct emu *emu, u32 off, u32 val)
{
	const struct block *b = find_block(off);

	b->write(emu, off - b->base, val);
}

/* How much of @count bytes at @off is in the register that @off falls into? */
static u32 piece(u32 off, u32 count)
{
	u32 room = 4 - off % 4;

	return count < room ? count : room;
}

void bar0_read(struct emu *emu, u32 off, u8 *buf, u32 count)
{
	while (count) {
		u32 n = piece(off, count);
		u32 val = read32(emu, off & ~3u, false);

		memcpy(buf, (u8 *)&val + off % 4, n);
		off += n;
		buf += n;
		count -= n;
	}
}

void bar0_write(struct emu *emu, u32 off, const u8 *buf, u32 count)
{
	while (count) {
		u32 n = piece(off, count);
		u32 val = n < 4 ? read32(emu, off & ~3u, true) : 0;

		memcpy((u8 *)&val + off % 4, buf, n);
		write32(emu, off & ~3u, val);
		off += n;
		buf += n;
		count -= n;
	}
}

void bar0_reset(struct emu *emu)
{
	fsp_reset(emu);
	falcon_reset(emu);
	memset(emu->msix_table, 0, sizeof(emu->msix_table));
	for (int v = 0; v < NR_VECTORS; v++)
		emu->msix_table[4 * v + 3] = VECTOR_MASKED;
}
