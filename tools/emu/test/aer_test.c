// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the AER capability one that the kernel's driver can work with?
 */
#include "client.h"

#define UNCOR_STATUS	0x04
#define UNCOR_MASK	0x08
#define UNCOR_SEVER	0x0c
#define COR_STATUS	0x10
#define COR_MASK	0x14
#define ERR_CAP		0x18
#define HEADER_LOG	0x1c
#define UNSUPPORTED	(1u << 20)
#define MALFORMED	(1u << 18)
#define READ_TLP	0x20000001
#define WRITE_TLP	0x60000001
#define BASE		0x1234000000ULL

static u32 find_aer(struct server *s)
{
	u32 pos = 0x100;

	while (pos) {
		u32 hdr = cfg_read(s, pos, 4);

		if ((hdr & 0xffff) == 0x01)
			return pos;
		pos = hdr >> 20;
	}
	fail_msg("no AER capability");
	return 0;
}

static u32 start(struct server *s)
{
	server_start(s, "gb200", "1M", NULL);
	client_connect(s);
	cfg_write(s, 0x10, 4, (u32)BASE);
	cfg_write(s, 0x14, 4, BASE >> 32);
	return find_aer(s);
}

static u32 device_status(struct server *s)
{
	return cfg_read(s, cfg_find_cap(s, 0x10) + 0xa, 2);
}

static void defaults(void **state)
{
	static struct server s;
	u32 aer = start(&s);

	(void)state;
	assert_in_range(cfg_read(&s, aer, 4) >> 16 & 0xf, 1, 2);
	assert_int_equal(cfg_read(&s, aer + UNCOR_STATUS, 4), 0);
	assert_int_equal(cfg_read(&s, aer + UNCOR_MASK, 4), 0x00400000);
	assert_int_equal(cfg_read(&s, aer + UNCOR_SEVER, 4), 0x00462010);
	assert_int_equal(cfg_read(&s, aer + COR_STATUS, 4), 0);
	assert_int_equal(cfg_read(&s, aer + COR_MASK, 4), 0x0000e000);
	assert_int_equal(cfg_read(&s, aer + ERR_CAP, 4), 0);
}

static void writes(void **state)
{
	static struct server s;
	u32 aer = start(&s);

	(void)state;
	for (u32 reg = UNCOR_STATUS; reg <= HEADER_LOG + 12; reg += 4)
		cfg_write(&s, aer + reg, 4, ~0u);
	assert_int_equal(cfg_read(&s, aer + UNCOR_MASK, 4) & 0xf, 0);
	assert_true(cfg_read(&s, aer + UNCOR_MASK, 4) & UNSUPPORTED);
	assert_true(cfg_read(&s, aer + UNCOR_SEVER, 4) & UNSUPPORTED);
	assert_int_equal(cfg_read(&s, aer + COR_MASK, 4), 0xf1c1);
	assert_int_equal(cfg_read(&s, aer + UNCOR_STATUS, 4), 0);
	assert_int_equal(cfg_read(&s, aer + COR_STATUS, 4), 0);
	assert_int_equal(cfg_read(&s, aer + ERR_CAP, 4), 0);
	assert_int_equal(cfg_read(&s, aer + HEADER_LOG, 4), 0);
}

static void unsupported(void **state)
{
	static struct server s;
	u32 aer = start(&s), word = 0;

	(void)state;
	assert_int_equal(device_status(&s), 0);
	assert_int_equal(region_write(&s, BAR0, 0x1498, &word, 4), 0);
	assert_int_equal(region_read(&s, BAR0, 0x10, &word, 4), 0);
	assert_int_equal(word, ~0u);
	assert_int_equal(cfg_read(&s, aer + UNCOR_STATUS, 4), UNSUPPORTED);
	assert_int_equal(cfg_read(&s, aer + ERR_CAP, 4) & 0x1f, 20);
	assert_int_equal(cfg_read(&s, aer + HEADER_LOG, 4), WRITE_TLP);
	assert_int_equal(cfg_read(&s, aer + HEADER_LOG + 8, 4), BASE >> 32);
	assert_int_equal(cfg_read(&s, aer + HEADER_LOG + 12, 4), (u32)BASE + 0x1498);
	assert_int_equal(device_status(&s), 0x000a);
}

static void cleared_by_ones(void **state)
{
	static struct server s;
	u32 aer = start(&s);

	(void)state;
	bar_read(&s, 0x10);
	cfg_write(&s, aer + UNCOR_STATUS, 4, MALFORMED);
	assert_int_equal(cfg_read(&s, aer + UNCOR_STATUS, 4), UNSUPPORTED);
	cfg_write(&s, aer + UNCOR_STATUS + 2, 1, UNSUPPORTED >> 16);
	assert_int_equal(cfg_read(&s, aer + UNCOR_STATUS, 4), 0);
	cfg_write(&s, cfg_find_cap(&s, 0x10) + 0xa, 2, 0x0002);
	assert_int_equal(device_status(&s), 0x0008);
	bar_read(&s, 0x20);
	assert_int_equal(cfg_read(&s, aer + HEADER_LOG, 4), READ_TLP);
	assert_int_equal(cfg_read(&s, aer + HEADER_LOG + 12, 4), (u32)BASE + 0x20);
}

static void masked(void **state)
{
	static struct server s;
	u32 aer = start(&s);

	(void)state;
	cfg_write(&s, aer + UNCOR_MASK, 4, UNSUPPORTED);
	bar_read(&s, 0x10);
	assert_int_equal(cfg_read(&s, aer + UNCOR_STATUS, 4), UNSUPPORTED);
	assert_int_equal(cfg_read(&s, aer + HEADER_LOG, 4), 0);
}

static void survives_resets(void **state)
{
	static struct server s;
	u32 aer = start(&s);

	(void)state;
	bar_read(&s, 0x10);
	cfg_write(&s, aer + COR_MASK, 4, 0);
	flr(&s);
	assert_int_equal(cfg_read(&s, aer + UNCOR_STATUS, 4), UNSUPPORTED);
	assert_int_equal(cfg_read(&s, aer + HEADER_LOG, 4), READ_TLP);
	assert_int_equal(call(&s, VU_DEVICE_RESET, NULL, 0, NULL, 0), 0);
	assert_int_equal(cfg_read(&s, aer + COR_MASK, 4), 0);
	assert_int_equal(cfg_read(&s, aer, 4) & 0xffff, 1);
	assert_int_equal(device_status(&s), 0);
}

static const struct CMUnitTest tests[] = {
	CLAIM("AER begins with the specification's masks and severities", defaults),
	CLAIM("AER masks and severities take the bits there are, logs take none", writes),
	CLAIM("a BAR used with memory space off is logged, the first request with it", unsupported),
	CLAIM("AER status is cleared by the ones that are written", cleared_by_ones),
	CLAIM("a masked error keeps out of the header log", masked),
	CLAIM("AER survives FLR and hot reset", survives_resets),
};

const struct table aer_tests = { tests, ARRAY_SIZE(tests) };
