// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which parts can the model be, and what sets them apart?
 *
 * Sizes of hardware BARs behind a made-up one are small on purpose: firmware
 * has to find room for them, and a test tells them apart by their contents.
 */
#include <string.h>

#include "emu.h"
#include "part.h"

#define MiB	0x100000ULL

static const struct profile profiles[] = {
	{
		.name = "gh200-120",
		.device_id = 0x2342,
		.boot_0 = 0x180000a1,
		.bar_size = { [0] = BAR0_SIZE },
		.hw_bar_size = { [2] = 64 * MiB, [4] = 32 * MiB },
	},
	{
		.name = "gh200-480",
		.device_id = 0x2345,
		.boot_0 = 0x180000a1,
		.bar_size = { [0] = BAR0_SIZE },
		.hw_bar_size = { [2] = 64 * MiB, [4] = 32 * MiB },
	},
	{
		.name = "gh200-sku",
		.device_id = 0x2348,
		.boot_0 = 0x180000a1,
		.bar_size = { [0] = BAR0_SIZE },
		.hw_bar_size = { [2] = 64 * MiB, [4] = 32 * MiB },
	},
	{
		.name = "gb200",
		.device_id = 0x2941,
		.boot_0 = 0x1a2000a1,
		.mig_ok = true,
		.bar_size = { [0] = BAR0_SIZE, [2] = 64 * MiB },
		.hw_bar_size = { [4] = 32 * MiB },
	},
	{
		.name = "gb300",
		.device_id = 0x31c2,
		.boot_0 = 0x1a3000a1,
		.mig_ok = true,
		.bar_size = { [0] = BAR0_SIZE, [2] = 64 * MiB },
		.hw_bar_size = { [4] = 32 * MiB },
	},
};

const struct profile *profile_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
		if (!strcmp(profiles[i].name, name))
			return &profiles[i];
	return NULL;
}

const char *profile_names(void)
{
	return "gh200-120, gh200-480, gh200-sku, gb200 or gb300";
}
