// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are the link and the memory trained yet?
 *
 * The end of training is noticed by whoever looks first, the event loop or a
 * register read: no reader sees a ready word before the memory reads zero. A
 * part that keeps its memory over resets neither clears nor scrambles it.
 */
#include "dma.h"
#include "emu.h"
#include "train.h"

#define LINK_TRAINING	0x3f
#define LINK_DOWN	0x00

static bool over(const struct emu *emu)
{
	return now_ns() >= emu->train.end;
}

/* Training starts with a reset, and so does the count of what came after it. */
void train_start(struct emu *emu, u32 cause)
{
	struct train *t = &emu->train;
	u32 ms = emu->knob.train_ms;

	t->start = now_ns();
	t->end = ms == NVG_EMU_NEVER ? TIME_NEVER : t->start + ms * NSEC_PER_MSEC;
	t->fail = emu->knob.fail;
	t->keep_memory = emu->knob.keep_memory;
	t->cause = cause;
	t->ready_reads = 0;
	t->ones = emu->knob.ones;
	t->done = false;
	if (!t->keep_memory && memory_clear(&emu->mem))
		return;
	if (!t->keep_memory && (ms || t->fail) && memory_scramble(&emu->mem))
		note("cannot scramble %s; is its file system full?", emu->mem.path);
	train_work(emu);
}

void train_work(struct emu *emu)
{
	struct train *t = &emu->train;

	if (t->done || t->fail || !over(emu))
		return;
	if (t->end != t->start && !t->keep_memory)
		memory_clear(&emu->mem);
	t->done = true;
}

/* When somebody has to call train_work(), whether software looks or not. */
u64 train_deadline(const struct emu *emu)
{
	const struct train *t = &emu->train;

	return t->done || t->fail ? TIME_NEVER : t->end;
}

u32 train_word(const struct emu *emu, u32 link)
{
	if (!over(emu))
		return LINK_TRAINING;
	return emu->train.fail & link ? LINK_DOWN : LINK_READY;
}

u32 train_since_reset_us(const struct emu *emu)
{
	return (now_ns() - emu->train.start) / NSEC_PER_USEC;
}

u32 train_us(const struct emu *emu)
{
	const struct train *t = &emu->train;

	if (t->done)
		return (t->end - t->start) / NSEC_PER_USEC;
	return train_since_reset_us(emu);
}
