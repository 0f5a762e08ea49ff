/* SPDX-License-Identifier: GPL-2.0-only */
/* What do others ask of config space? */
#ifndef NVGRACE_EMU_CONFIG_H
#define NVGRACE_EMU_CONFIG_H

#include "base.h"

struct emu;

/* config.c */
void config_init(struct emu *emu);
void config_reset(struct emu *emu);
void config_read(const struct emu *emu, u32 off, u8 *buf, u32 count);
void config_write(struct emu *emu, u32 off, const u8 *buf, u32 count);
void config_apply_knobs(struct emu *emu);
bool config_memory_on(const struct emu *emu);
bool config_master_on(const struct emu *emu);
bool config_msi_on(const struct emu *emu);
bool config_msix_on(const struct emu *emu);
bool config_msix_masked(const struct emu *emu);
void config_unsupported(struct emu *emu, u32 bar, u64 off, bool write);

/* aer.c */
void aer_init(struct emu *emu);
u32 aer_fill(u8 *reg, const u8 *old, u32 next);
void aer_unsupported(struct emu *emu, u64 address, bool write);

/* cxl.c */
u32 cxl_fill(const struct emu *emu, u8 *reg);
void cxl_work(struct emu *emu, u32 off, u32 count);

#endif
