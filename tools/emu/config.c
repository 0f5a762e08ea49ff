// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the emulated GPU's config space hold, and what do writes to it do?
 */
#include <linux/pci_regs.h>
#include <string.h>

#include "config.h"
#include "emu.h"
#include "irq.h"
#include "train.h"

#define PM_CAP		0x40
#define MSI_CAP		0x48
#define EXP_CAP		0x78
#define MSIX_CAP	0xc8
/* 0x140 and up: aer.c; 0x200 and up: cxl.c */
#define ATS_CAP		0x1c0
#define DVSEC_CAP	0x100
#define DVSEC_LEN	0x0c
#define DVSEC_MIG	0x0a

/* The GPU's audio function is on: where it is not, Linux turns it on, with a line in its log. */
#define AUDIO		0x488
#define AUDIO_ON	(1 << 25)

#define NVIDIA		0x10de
#define CLASS_3D	0x030200
#define REVISION	0xa1

#define BAR_FLAGS	(PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH)
#define COMMAND_BITS	(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | \
			 PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE)
#define DEVSTA_BITS	(PCI_EXP_DEVSTA_CED | PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_FED | \
			 PCI_EXP_DEVSTA_URD)
#define DEVCTL_BITS	0x7fff	/* all but the FLR bit, which always reads 0 */

static void put16(u8 *reg, u32 off, u16 val)
{
	memcpy(reg + off, &val, sizeof(val));
}

static void put32(u8 *reg, u32 off, u32 val)
{
	memcpy(reg + off, &val, sizeof(val));
}

static u16 get16(const struct emu *emu, u32 off)
{
	u16 val;

	memcpy(&val, emu->config.reg + off, sizeof(val));
	return val;
}

static void fill_header(struct emu *emu, u8 *reg)
{
	put16(reg, PCI_VENDOR_ID, NVIDIA);
	put16(reg, PCI_DEVICE_ID, emu->device_id);
	put16(reg, PCI_STATUS, PCI_STATUS_CAP_LIST);
	put32(reg, PCI_CLASS_REVISION, CLASS_3D << 8 | REVISION);
	put16(reg, PCI_SUBSYSTEM_VENDOR_ID, NVIDIA);
	put16(reg, PCI_SUBSYSTEM_ID, emu->device_id);
	reg[PCI_CAPABILITY_LIST] = PM_CAP;
	for (int i = 0; i < NR_BARS; i++)
		if (emu->bar_size[i])
			put32(reg, PCI_BASE_ADDRESS_0 + 4 * i, BAR_FLAGS);
}

static void fill_pm(u8 *reg)
{
	reg[PM_CAP + PCI_CAP_LIST_ID] = PCI_CAP_ID_PM;
	reg[PM_CAP + PCI_CAP_LIST_NEXT] = MSI_CAP;
	put16(reg, PM_CAP + PCI_PM_PMC, 3); /* version; no D1, no D2, no PME */
}

static void fill_msi(u8 *reg)
{
	reg[MSI_CAP + PCI_CAP_LIST_ID] = PCI_CAP_ID_MSI;
	reg[MSI_CAP + PCI_CAP_LIST_NEXT] = EXP_CAP;
	put16(reg, MSI_CAP + PCI_MSI_FLAGS,
	      PCI_MSI_FLAGS_64BIT | __builtin_ctz(NR_VECTORS) << 1 /* PCI_MSI_FLAGS_QMASK */);
}

static void fill_express(u8 *reg)
{
	reg[EXP_CAP + PCI_CAP_LIST_ID] = PCI_CAP_ID_EXP;
	reg[EXP_CAP + PCI_CAP_LIST_NEXT] = MSIX_CAP;
	put16(reg, EXP_CAP + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4);
	put32(reg, EXP_CAP + PCI_EXP_DEVCAP,
	      PCI_EXP_DEVCAP_FLR | PCI_EXP_DEVCAP_RBER | 1 /* 256 bytes */);
	put32(reg, EXP_CAP + PCI_EXP_LNKCAP,
	      PCI_EXP_LNKCAP_SLS_16_0GB | 16 << 4 /* lanes */);
	put16(reg, EXP_CAP + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_CLS_16_0GB | 16 << 4);
}

static void fill_msix(u8 *reg)
{
	reg[MSIX_CAP + PCI_CAP_LIST_ID] = PCI_CAP_ID_MSIX;
	put16(reg, MSIX_CAP + PCI_MSIX_FLAGS, NR_VECTORS - 1);
	put32(reg, MSIX_CAP + PCI_MSIX_TABLE, MSIX_TABLE);
	put32(reg, MSIX_CAP + PCI_MSIX_PBA, MSIX_PBA);
}

static void fill_dvsec(u8 *reg, u32 next)
{
	put32(reg, DVSEC_CAP, PCI_EXT_CAP_ID_DVSEC | 1 << 16 /* version */ | next << 20);
	put32(reg, DVSEC_CAP + PCI_DVSEC_HEADER1, NVIDIA | DVSEC_LEN << 20);
	put16(reg, DVSEC_CAP + PCI_DVSEC_HEADER2, 3);
}

static u32 fill_ats(u8 *reg, u32 next)
{
	put32(reg, ATS_CAP, PCI_EXT_CAP_ID_ATS | 1 << 16 /* version */ | next << 20);
	return ATS_CAP;
}

/* What the knobs say of config space. */
void config_apply_knobs(struct emu *emu)
{
	u8 *pmcsr = &emu->config.reg[PM_CAP + PCI_PM_CTRL];

	put16(emu->config.reg, DVSEC_CAP + DVSEC_MIG, emu->knob.mig_ok);
	*pmcsr &= ~PCI_PM_CTRL_NO_SOFT_RESET;
	if (emu->knob.no_soft_reset)
		*pmcsr |= PCI_PM_CTRL_NO_SOFT_RESET;
}

void config_reset(struct emu *emu)
{
	u8 *reg = emu->config.reg, old[CONFIG_SIZE];

	memcpy(old, reg, CONFIG_SIZE);
	memset(reg, 0, CONFIG_SIZE);
	fill_header(emu, reg);
	fill_pm(reg);
	fill_msi(reg);
	fill_express(reg);
	fill_msix(reg);
	fill_dvsec(reg, aer_fill(reg, old, fill_ats(reg, cxl_fill(emu, reg))));
	put32(reg, AUDIO, AUDIO_ON);
	config_apply_knobs(emu);
}

void config_init(struct emu *emu)
{
	u8 *wmask = emu->config.wmask;

	put16(wmask, PCI_COMMAND, COMMAND_BITS);
	wmask[PCI_CACHE_LINE_SIZE] = 0xff;
	wmask[PCI_INTERRUPT_LINE] = 0xff;
	for (int i = 0; i < NR_BARS; i += 2) {
		if (!emu->bar_size[i])
			continue;
		put32(wmask, PCI_BASE_ADDRESS_0 + 4 * i, ~(emu->bar_size[i] - 1));
		put32(wmask, PCI_BASE_ADDRESS_0 + 4 * (i + 1),
		      ~(emu->bar_size[i] - 1) >> 32);
	}
	put16(wmask, PM_CAP + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
	put16(wmask, MSI_CAP + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	put32(wmask, MSI_CAP + PCI_MSI_ADDRESS_LO, ~3u);
	put32(wmask, MSI_CAP + PCI_MSI_ADDRESS_HI, ~0u);
	put16(wmask, MSI_CAP + PCI_MSI_DATA_64, 0xffff);
	put16(wmask, EXP_CAP + PCI_EXP_DEVCTL, DEVCTL_BITS);
	put16(emu->config.w1c, EXP_CAP + PCI_EXP_DEVSTA, DEVSTA_BITS);
	put16(wmask, EXP_CAP + PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_CCC);
	put16(wmask, MSIX_CAP + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	put16(wmask, ATS_CAP + PCI_ATS_CTRL, PCI_ATS_CTRL_ENABLE | PCI_ATS_CTRL_STU(0x1f));
	aer_init(emu);
}

static u16 power_state(const struct emu *emu)
{
	return get16(emu, PM_CAP + PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK;
}

bool config_memory_on(const struct emu *emu)
{
	return get16(emu, PCI_COMMAND) & PCI_COMMAND_MEMORY && power_state(emu) == 0;
}

bool config_master_on(const struct emu *emu)
{
	return get16(emu, PCI_COMMAND) & PCI_COMMAND_MASTER && power_state(emu) == 0;
}

bool config_msi_on(const struct emu *emu)
{
	return get16(emu, MSI_CAP + PCI_MSI_FLAGS) & PCI_MSI_FLAGS_ENABLE;
}

bool config_msix_on(const struct emu *emu)
{
	return get16(emu, MSIX_CAP + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_ENABLE;
}

bool config_msix_masked(const struct emu *emu)
{
	return get16(emu, MSIX_CAP + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_MASKALL;
}

/* Somebody used a BAR while memory space was off. */
void config_unsupported(struct emu *emu, u32 bar, u64 off, bool write)
{
	u64 base;

	memcpy(&base, emu->config.reg + PCI_BASE_ADDRESS_0 + 4 * bar, sizeof(base));
	put16(emu->config.reg, EXP_CAP + PCI_EXP_DEVSTA,
	      get16(emu, EXP_CAP + PCI_EXP_DEVSTA) | PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_URD);
	aer_unsupported(emu, (base & PCI_BASE_ADDRESS_MEM_MASK) + off, write);
}

void config_read(const struct emu *emu, u32 off, u8 *buf, u32 count)
{
	memcpy(buf, emu->config.reg + off, count);
}

/* D1 and D2 do not exist: a write of theirs leaves the state alone. */
static void power_changed(struct emu *emu, u16 old)
{
	u16 state = power_state(emu);

	if (state == 1 || state == 2)
		put16(emu->config.reg, PM_CAP + PCI_PM_CTRL, old);
	else if (old == 3 && state == 0 && !emu->knob.no_soft_reset)
		reset_device(emu, NVG_EMU_RESET_PM);
}

static void write_byte(struct emu *emu, u32 off, u8 val)
{
	u8 *reg = &emu->config.reg[off];
	u8 wmask = emu->config.wmask[off];
	u16 state = power_state(emu);

	*reg = ((*reg & ~wmask) | (val & wmask)) & ~(val & emu->config.w1c[off]);
	if (off == PM_CAP + PCI_PM_CTRL)
		power_changed(emu, state);
	if (off == MSI_CAP + PCI_MSI_FLAGS || off == MSIX_CAP + PCI_MSIX_FLAGS + 1)
		irq_deliver(emu);
	if (off == EXP_CAP + PCI_EXP_DEVCTL + 1 && val & (PCI_EXP_DEVCTL_BCR_FLR >> 8))
		reset_device(emu, NVG_EMU_RESET_FLR);
}

void config_write(struct emu *emu, u32 off, const u8 *buf, u32 count)
{
	for (u32 i = 0; i < count; i++)
		write_byte(emu, off + i, buf[i]);
}
