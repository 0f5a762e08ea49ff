// SPDX-License-Identifier: GPL-2.0-only
/* Is the memory gone, and back as new, after whatever takes it away? */
#include <sys/ioctl.h>
#include <linux/pci_regs.h>

#include "fuzz.h"
#include "nvg_ready.h"

#define FLR_MS		100	/* until the kernel comes back from one */

static void was_reset(void)
{
	fuzz.shadow.config[nvg_cap(&fuzz.gpu, PCI_CAP_ID_PM) + PCI_PM_CTRL] = 0;
	nvg_shadow_reset(&fuzz.shadow);
	fuzz.since_reset = 4;
}

bool op_power(void)
{
	uint32_t pos = nvg_cap(&fuzz.gpu, PCI_CAP_ID_PM) + PCI_PM_CTRL;
	uint32_t state = fuzz.shadow.d3 || one_in(4) ? 0 : 3;
	size_t width = 1ul << nvg_rand(3);

	say("D%u by %zu", state, width);
	if (!same("result", width, nvg_cfg_write(&fuzz.gpu, pos, &state, width)))
		return false;
	if (fuzz.shadow.d3 && !state)
		was_reset();
	fuzz.shadow.d3 = state;
	fuzz.shadow.config[pos] = state;
	return true;
}

bool op_reset_ioctl(void)
{
	say("reset by ioctl");
	if (ioctl(fuzz.gpu.fd, VFIO_DEVICE_RESET))
		return mismatch("errno %d", errno);
	was_reset();
	return true;
}

/* Not in D3: vfio-pci does not put back what is lost on the way out of it. */
bool op_reset_other(void)
{
	bool sysfs = one_in(2);

	if (fuzz.shadow.d3)
		return true;
	say("reset by %s", sysfs ? "sysfs" : "config space");
	if (!same("result", 0, sysfs ? nvg_sysfs_write(fuzz.gpu.bdf, "reset", "1") :
			       nvg_flr(&fuzz.gpu)))
		return false;
	was_reset();
	return true;
}

/* Where the kernel lets no device sleep the memory is closed all the same, and kept. */
bool op_low_power(void)
{
	bool sleeps = !nvg_no_runtime_pm();
	uint64_t word;

	if (fuzz.shadow.d3)
		return true;
	say("low power and back");
	if (!same("entry", 0, nvg_enter_low_power(&fuzz.gpu)))
		return false;
	if (sleeps && !nvg_reaches(&fuzz.gpu, "D3hot"))
		return mismatch("not in D3hot");
	if (!same("read asleep", -EIO, nvg_read(&fuzz.gpu, 0, &word, sizeof(word))) ||
	    !same("exit", 0, nvg_leave_low_power(&fuzz.gpu)))
		return false;
	if (sleeps)
		was_reset();
	return true;
}

bool op_train(void)
{
	uint32_t ms = one_in(3) ? 0 : FLR_MS + nvg_rand(60);
	bool enabled = nvg_shadow_enabled(&fuzz.shadow);

	say("the next training takes %u ms", ms);
	return same("result", enabled ? 0 : -EIO,
		    nvg_set_knob(&fuzz.gpu, NVG_EMU_TRAIN_MS, ms));
}

bool op_reopen(void)
{
	const char *why;

	if (!one_in(4))
		return true;
	say("close and open");
	forget_pieces();
	nvg_close(&fuzz.gpu);
	why = nvg_open_with_memory(&fuzz.gpu);
	if (why)
		return mismatch("%s", why);
	return nvg_shadow_open(&fuzz.shadow, &fuzz.gpu) || mismatch("no config space");
}
