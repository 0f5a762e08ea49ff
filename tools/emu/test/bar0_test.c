// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do the BARs answer as hardware does, at every width and when they should not?
 */
#include <errno.h>
#include <string.h>

#include "client.h"

#define EMEM_CTRL	0x8f2ad0
#define EMEM_DATA	0x8f2ad4
#define PM_CTRL		4

static void check_boot_0(const char *profile, u32 arch)
{
	static struct server s;

	server_start(&s, profile, "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	assert_int_equal(bar_read(&s, 0) >> 24 & 0x1f, arch);
	assert_int_equal(bar_read(&s, 0xa00) >> 24, arch);
	assert_int_equal(bar_read(&s, 0xa00) >> 20 & 0xf, bar_read(&s, 0) >> 20 & 0xf);
	assert_int_equal(server_stop(&s), 0);
}

static void boot_0(void **state)
{
	static struct server s;

	(void)state;
	check_boot_0("gh200-480", 0x18);
	check_boot_0("gb200", 0x1a);
	check_boot_0("gb300", 0x1a);
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	assert_int_equal(bar_read(&s, 0), 0x180000a1);
	assert_int_equal(bar_read(&s, 0xa00), 0x180a1000);
	assert_int_not_equal(bar_read(&s, 0x8443c0) >> 16, 0xbadf);
	assert_int_equal(bar_read(&s, 0x100b20), 1);
}

static void model_id(void **state)
{
	static struct server s;
	char id[4];

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	assert_int_equal(bar_read(&s, NVG_EMU_ID), NVG_EMU_ID_VALUE);
	assert_int_equal(region_read(&s, BAR0, NVG_EMU_ID, id, 4), 0);
	assert_memory_equal(id, "NVGE", 4);
	assert_int_equal(bar_read(&s, NVG_EMU_VERSION), NVG_EMU_VERSION_VALUE);
	bar_write(&s, NVG_EMU_ID, 0);
	assert_int_equal(bar_read(&s, NVG_EMU_ID), NVG_EMU_ID_VALUE);
}

static void unknown_registers(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	bar_write(&s, 0x500000, 0x12345678);
	assert_int_equal(bar_read(&s, 0x500000), 0);
	assert_int_equal(bar_read(&s, BAR0_SIZE - 4), 0);
}

/* EMEM is memory behind a register: what is written there can be read again. */
static void narrow(void **state)
{
	u8 buf[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	bar_write(&s, EMEM_CTRL, 0x800);
	bar_write(&s, EMEM_DATA, 0xaabbccdd);
	assert_int_equal(region_write(&s, BAR0, EMEM_DATA + 1, "\x11", 1), 0);
	assert_int_equal(bar_read(&s, EMEM_DATA), 0xaabb11dd);
	assert_int_equal(region_write(&s, BAR0, EMEM_DATA + 2, "\x22\x33", 2), 0);
	assert_int_equal(bar_read(&s, EMEM_DATA), 0x332211dd);
	assert_int_equal(region_read(&s, BAR0, EMEM_DATA + 1, buf, 3), 0);
	assert_memory_equal(buf, "\x11\x22\x33", 3);
	assert_int_equal(region_read(&s, BAR0, NVG_EMU_ID + 2, buf, 4), 0);
	assert_memory_equal(buf, "GE\x01\x00", 4);
}

static void wide(void **state)
{
	u32 pair[2] = { 0x0300080c, 0xcafef00d };
	static u8 bulk[MiB];
	static struct server s;
	u32 word;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	assert_int_equal(region_write(&s, BAR0, EMEM_CTRL, pair, 8), 0);
	bar_write(&s, EMEM_CTRL, 0x80c);
	assert_int_equal(bar_read(&s, EMEM_DATA), 0xcafef00d);
	assert_int_equal(region_read(&s, BAR0, EMEM_CTRL, pair, 8), 0);
	assert_int_equal(pair[0], 0x80c);
	assert_int_equal(pair[1], 0xcafef00d);
	assert_int_equal(region_read(&s, BAR0, 0xf00000, bulk, MiB), 0);
	memcpy(&word, bulk + (NVG_EMU_ID - 0xf00000), 4);
	assert_int_equal(word, NVG_EMU_ID_VALUE);
}

static void limits(void **state)
{
	static u8 buf[MiB + 1];
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	assert_int_equal(region_read(&s, BAR0, BAR0_SIZE - 3, buf, 4), EINVAL);
	assert_int_equal(region_read(&s, BAR0, BAR0_SIZE, buf, 1), EINVAL);
	assert_int_equal(region_read(&s, BAR0, -4ULL, buf, 8), EINVAL);
	assert_int_equal(region_write(&s, BAR0, BAR0_SIZE - 3, buf, 4), EINVAL);
	assert_int_equal(region_read(&s, BAR0, 0, buf, MiB + 1), EINVAL);
	assert_int_equal(region_read(&s, 1, 0, buf, 4), EINVAL);
	assert_int_equal(region_read(&s, 2, 0, buf, 4), EINVAL);
	assert_int_equal(region_read(&s, 9, 0, buf, 4), EINVAL);
	assert_int_equal(region_read(&s, ~0u, 0, buf, 4), EINVAL);
	assert_int_equal(region_read(&s, 22705, 0, buf, 0), EINVAL);
	assert_int_equal(region_write(&s, 1, 0, buf, 0), EINVAL);
}

static void memory_off(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	assert_int_equal(bar_read(&s, 0), ~0u);
	bar_write(&s, NVG_EMU_TRAIN_MS, 5);
	memory_on(&s);
	assert_int_equal(bar_read(&s, 0), 0x180000a1);
	assert_int_equal(bar_read(&s, 0xa00), 0x180a1000);
	assert_int_equal(bar_read(&s, NVG_EMU_TRAIN_MS), 0);
	cfg_write(&s, 4, 2, 0);
	assert_int_equal(bar_read(&s, 0), ~0u);
}

static void d3hot(void **state)
{
	static struct server s;
	u32 pm;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	pm = cfg_find_cap(&s, 0x01);
	cfg_write(&s, pm + PM_CTRL, 2, 3);
	assert_int_equal(cfg_read(&s, pm + PM_CTRL, 2) & 3, 3);
	assert_int_equal(bar_read(&s, 0), ~0u);
	assert_int_equal(cfg_read(&s, 0, 2), 0x10de);
	cfg_write(&s, pm + PM_CTRL, 2, 1);
	assert_int_equal(cfg_read(&s, pm + PM_CTRL, 2) & 3, 3);
}

static void hw_bars(void **state)
{
	static struct server s;
	u8 buf[8];

	(void)state;
	server_start(&s, "gh200-120", "1M", "--hw-bars", NULL);
	client_connect(&s);
	assert_int_equal(region_read(&s, 2, 0, buf, 4), 0);
	assert_memory_equal(buf, "\xff\xff\xff\xff", 4);
	memory_on(&s);
	assert_int_equal(region_read(&s, 2, 64 * MiB - 4, buf, 4), 0);
	assert_memory_equal(buf, "\xb2\xb2\xb2\xb2", 4);
	assert_int_equal(region_read(&s, 4, 0, buf, 4), 0);
	assert_memory_equal(buf, "\xb4\xb4\xb4\xb4", 4);
	assert_int_equal(region_write(&s, 2, 0x1001, "hello", 5), 0);
	assert_int_equal(region_read(&s, 2, 0x1000, buf, 8), 0);
	assert_memory_equal(buf, "\xb2hello\xb2\xb2", 8);
	aperture_read(&s, 0x1000, buf, 8);
	assert_memory_equal(buf, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(region_read(&s, 4, 32 * MiB - 2, buf, 4), EINVAL);
}

static const struct CMUnitTest tests[] = {
	CLAIM("PMC_BOOT_0 shows the architecture of each profile", boot_0),
	CLAIM("the model can be told from silicon", model_id),
	CLAIM("a register that is not modelled reads 0 and ignores writes", unknown_registers),
	CLAIM("narrow and unaligned accesses reach the bytes they name", narrow),
	CLAIM("wide accesses are those of the registers they cover", wide),
	CLAIM("accesses past a BAR's end, or to no BAR, are refused", limits),
	CLAIM("with memory space off BAR0 reads ones and drops writes", memory_off),
	CLAIM("in D3hot BAR0 reads ones and config space lives", d3hot),
	CLAIM("a hardware BAR has memory of its own", hw_bars),
};

const struct table bar0_tests = { tests, ARRAY_SIZE(tests) };
