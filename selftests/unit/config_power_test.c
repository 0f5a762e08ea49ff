// SPDX-License-Identifier: GPL-2.0-only
/* Does config.c tell of every write that may put the part to sleep, and of no other? */
#include "unit_config.h"

/* I11: what may enter or end D3 is told before and after the core does it. */
static void I11_every_write_that_touches_power_control_counts(void)
{
	u32 pmcsr = pdev.pm_cap + PCI_PM_CTRL;
	u8 buf[32] = {};

	for (u32 at = pmcsr - 8; at < pmcsr + 4; at++) {
		for (size_t len = 1; len <= 12; len++) {
			bool touches = at < pmcsr + 2 && at + len > pmcsr;

			set_up();
			access_at(at, buf, len, len, true);
			CHECK(!!power_writes == touches, "%zu at %#x: %u", len,
			      at, power_writes);
			power_writes = 0;
			access_at(at, buf, len, len, false);
			CHECK(!power_writes, "a read at %#x", at);
		}
	}
}

/* Reclaimed between being faulted in and being copied: tried again, not for ever. */
static void I4_power_control_from_a_page_that_goes_away(void)
{
	u32 pmcsr = pdev.pm_cap + PCI_PM_CTRL;
	u8 buf[2] = { 3, 0 };

	set_up();
	pages_lost = 3;
	CHECK(access_at(pmcsr, buf, 2, 2, true) == 2, "given up");
	CHECK(hardware[pmcsr] == 3 && power_writes == 4, "%u", power_writes);
	set_up();
	pages_lost = 15;
	CHECK(access_at(pmcsr, buf, 2, 2, true) == 2, "given up before the 16th time");
	set_up();
	pages_lost = 16;
	CHECK(access_at(pmcsr, buf, 2, 2, true) == -EFAULT, "tried a 17th time");
	CHECK(power_writes == 16, "%u", power_writes);
	pages_lost = 1000;
	CHECK(access_at(pmcsr, buf, 2, 2, true) == -EFAULT, "no error");
}

/* Nobody can use the memory during a power change: none is begun for nothing. */
static void I4_power_control_from_a_page_that_is_not_there(void)
{
	u8 buf[2] = { 3, 0 };

	set_up();
	CHECK(access_at(pdev.pm_cap + PCI_PM_CTRL, buf, 2, 0, true) == -EFAULT, "no error");
	CHECK(!power_writes, "begun");
}

static void part_without_power_management_has_no_power_control(void)
{
	u8 buf[4] = {};

	set_up();
	pdev.pm_cap = 0;
	access_at(PCI_PM_CTRL, buf, 2, 2, true);
	CHECK(!power_writes, "taken for it");
	pdev.pm_cap = 0x60;
}

int main(void)
{
	CLAIM(I11_every_write_that_touches_power_control_counts);
	CLAIM(I4_power_control_from_a_page_that_goes_away);
	CLAIM(I4_power_control_from_a_page_that_is_not_there);
	CLAIM(part_without_power_management_has_no_power_control);
	return unit_end();
}
