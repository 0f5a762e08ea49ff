// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do the model's knob registers read as, and what does turning one do?
 */
#include "bar0.h"
#include "config.h"
#include "emu.h"
#include "irq.h"
#include "train.h"

void knobs_set_gone(struct emu *emu, u32 ms)
{
	if (!ms)
		emu->knob.gone_until = 0;
	else if (ms == NVG_EMU_NEVER)
		emu->knob.gone_until = TIME_NEVER;
	else
		emu->knob.gone_until = now_ns() + ms * NSEC_PER_MSEC;
}

bool knobs_gone(struct emu *emu)
{
	if (emu->knob.gone_until && now_ns() >= emu->knob.gone_until)
		emu->knob.gone_until = 0;
	return emu->knob.gone_until;
}

u32 knobs_read(struct emu *emu, u32 off, bool peek)
{
	(void)peek;
	switch (off + NVG_EMU_BASE) {
	case NVG_EMU_ID:
		return NVG_EMU_ID_VALUE;
	case NVG_EMU_VERSION:
		return NVG_EMU_VERSION_VALUE;
	case NVG_EMU_TRAIN_MS:
		return emu->knob.train_ms;
	case NVG_EMU_FAIL:
		return emu->knob.fail;
	case NVG_EMU_RESET_MS:
		return emu->knob.reset_ms;
	case NVG_EMU_ONES:
		return emu->knob.ones;
	case NVG_EMU_MIG_OK:
		return emu->knob.mig_ok;
	case NVG_EMU_RESETS:
		return emu->train.resets;
	case NVG_EMU_RESET_CAUSE:
		return emu->train.cause;
	case NVG_EMU_READY_READS:
		return emu->train.ready_reads;
	case NVG_EMU_TRAINED_US:
		return train_us(emu);
	case NVG_EMU_SINCE_RESET_US:
		return train_since_reset_us(emu);
	case NVG_EMU_DMA_ERROR:
		return emu->falcon.dma_error;
	case NVG_EMU_KEEP_MEMORY:
		return emu->knob.keep_memory;
	case NVG_EMU_NO_SOFT_RESET:
		return emu->knob.no_soft_reset;
	default:
		return 0;
	}
}

void knobs_write(struct emu *emu, u32 off, u32 val)
{
	switch (off + NVG_EMU_BASE) {
	case NVG_EMU_TRAIN_MS:
		emu->knob.train_ms = val;
		break;
	case NVG_EMU_FAIL:
		emu->knob.fail = val & (NVG_EMU_FAIL_C2C | NVG_EMU_FAIL_HBM);
		break;
	case NVG_EMU_RESET_MS:
		emu->knob.reset_ms = val;
		break;
	case NVG_EMU_ONES:
		emu->knob.ones = val;
		break;
	case NVG_EMU_GONE_MS:
		knobs_set_gone(emu, val);
		break;
	case NVG_EMU_MIG_OK:
		emu->knob.mig_ok = val & 1;
		config_apply_knobs(emu);
		break;
	case NVG_EMU_KEEP_MEMORY:
		emu->knob.keep_memory = val & 1;
		break;
	case NVG_EMU_NO_SOFT_RESET:
		emu->knob.no_soft_reset = val & 1;
		config_apply_knobs(emu);
		break;
	case NVG_EMU_MSIX:
		irq_fire(emu, val);
		break;
	}
}
