/* SPDX-License-Identifier: GPL-2.0-only */
/* What do others ask of interrupts? */
#ifndef NVGRACE_EMU_IRQ_H
#define NVGRACE_EMU_IRQ_H

#include "base.h"

struct emu;
struct irq;
struct request;

/* irq.c */
bool irq_is_message(u32 index);
void irq_init(struct irq *irq);
void irq_fire(struct emu *emu, u32 vector);
void irq_deliver(struct emu *emu);
void irq_release(struct irq *irq);
int irq_set(struct emu *emu, const u8 *set, size_t len, struct request *req);

#endif
