/* SPDX-License-Identifier: GPL-2.0-only */
/* What do others ask of BAR0, and its rooms of each other? */
#ifndef NVGRACE_EMU_BAR0_H
#define NVGRACE_EMU_BAR0_H

#include "base.h"

struct emu;

/* bar0.c */
void bar0_reset(struct emu *emu);
void bar0_read(struct emu *emu, u32 off, u8 *buf, u32 count);
void bar0_write(struct emu *emu, u32 off, const u8 *buf, u32 count);

/* fsp.c: offsets from FSP_BASE */
#define FSP_BASE	0x8f0000
#define FSP_SIZE	0x4000
void fsp_reset(struct emu *emu);
void fsp_work(struct emu *emu);
u32 fsp_read(struct emu *emu, u32 off, bool peek);
void fsp_write(struct emu *emu, u32 off, u32 val);

/* falcon.c: offsets from FALCON_BASE */
#define FALCON_BASE	0x844000
void falcon_reset(struct emu *emu);
u32 falcon_read(struct emu *emu, u32 off, bool peek);
void falcon_write(struct emu *emu, u32 off, u32 val);

/* knobs.c: offsets from NVG_EMU_BASE */
u32 knobs_read(struct emu *emu, u32 off, bool peek);
void knobs_write(struct emu *emu, u32 off, u32 val);
void knobs_set_gone(struct emu *emu, u32 ms);
bool knobs_gone(struct emu *emu);

#endif
