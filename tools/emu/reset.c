// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a reset put back, whatever its cause?
 *
 * Knobs survive. So do the client's eventfds and its masks: behind a
 * config-space reset the client does not know that it should hand them over again.
 */
#include "bar0.h"
#include "config.h"
#include "emu.h"
#include "train.h"

/* Off the bus for as long as the reset takes, but not back before somebody's time. */
static void stay_away(struct emu *emu)
{
	if (emu->knob.reset_ms && !knobs_gone(emu))
		knobs_set_gone(emu, emu->knob.reset_ms);
}

void reset_device(struct emu *emu, u32 cause)
{
	config_reset(emu);
	bar0_reset(emu);
	emu->irq.pending = 0;
	if (cause != NVG_EMU_RESET_POWER_ON)
		emu->train.resets++;
	if (cause == NVG_EMU_RESET_FLR || cause == NVG_EMU_RESET_VFIO_USER)
		stay_away(emu);
	train_start(emu, cause);
}
