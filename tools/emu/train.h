/* SPDX-License-Identifier: GPL-2.0-only */
/* What do others ask of training and resets? */
#ifndef NVGRACE_EMU_TRAIN_H
#define NVGRACE_EMU_TRAIN_H

#include "base.h"

struct emu;

/* train.c */
#define LINK_READY	0xff
void train_start(struct emu *emu, u32 cause);
void train_work(struct emu *emu);
u64 train_deadline(const struct emu *emu);
u32 train_word(const struct emu *emu, u32 link);
u32 train_us(const struct emu *emu);
u32 train_since_reset_us(const struct emu *emu);

/* reset.c */
void reset_device(struct emu *emu, u32 cause);

#endif
