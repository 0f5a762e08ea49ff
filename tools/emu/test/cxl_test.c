// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the CXL DVSEC tell of training, and only where it is asked for?
 */
#include "client.h"

#define RANGE1_SIZE_LOW	0x1c
#define VALID		1u
#define ACTIVE		2u

static void start(struct server *s, const char *code)
{
	server_start(s, "gh200-120", "1M", "--cxl", code, NULL);
	client_connect(s);
	memory_on(s);
}

/* Offset of DVSEC 0 of vendor 1e98; 0: there is none. */
static u32 find_cxl(struct server *s)
{
	u32 pos = 0x100;

	while (pos) {
		u32 hdr = cfg_read(s, pos, 4);

		if ((hdr & 0xffff) == 0x23 && cfg_read(s, pos + 4, 2) == 0x1e98 &&
		    cfg_read(s, pos + 8, 2) == 0)
			break;
		pos = hdr >> 20;
	}
	return pos;
}

static u32 range(struct server *s)
{
	return cfg_read(s, find_cxl(s) + RANGE1_SIZE_LOW, 4);
}

static void reset_to_train(struct server *s, u32 ms, u32 fail)
{
	bar_write(s, NVG_EMU_TRAIN_MS, ms);
	bar_write(s, NVG_EMU_FAIL, fail);
	flr(s);
	memory_on(s);
}

static void only_when_asked(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	assert_int_equal(find_cxl(&s), 0);
	assert_int_equal(server_stop(&s), 0);
	start(&s, "2");
	assert_int_not_equal(find_cxl(&s), 0);
	assert_in_range(cfg_read(&s, find_cxl(&s) + 4, 4) >> 20, 0x20, 0x100);
	assert_int_equal(cfg_read(&s, find_cxl(&s) + 0xa, 2) & 0x34, 0x14);
	assert_int_equal(range(&s), 2 << 13 | VALID | ACTIVE);
	assert_int_equal(bar_read(&s, 0x1498), 0);
	assert_int_equal(bar_read(&s, 0x200bc), 0);
}

static void follows_training(void **state)
{
	static struct server s;
	u64 begin;

	(void)state;
	start(&s, "1");
	reset_to_train(&s, 800, 0);
	begin = now_ms();
	assert_int_equal(range(&s), 0);
	while (!range(&s))
		assert_true(now_ms() - begin < 2000);
	assert_in_range(now_ms() - begin, 180, 400);
	assert_int_equal(range(&s), 1 << 13 | VALID);
	while (!(range(&s) & ACTIVE))
		assert_true(now_ms() - begin < 2000);
	assert_in_range(now_ms() - begin, 780, 1000);
	assert_true(bar_read(&s, NVG_EMU_READY_READS) > 2);
}

static void failures(void **state)
{
	static struct server s;

	(void)state;
	start(&s, "0");
	reset_to_train(&s, 0, NVG_EMU_FAIL_C2C);
	assert_int_equal(range(&s), 0);
	reset_to_train(&s, 0, NVG_EMU_FAIL_HBM);
	assert_int_equal(range(&s), VALID);
	reset_to_train(&s, NVG_EMU_NEVER, 0);
	assert_int_equal(range(&s), VALID);
	reset_to_train(&s, 0, 0);
	assert_int_equal(range(&s), VALID | ACTIVE);
	bar_write(&s, NVG_EMU_GONE_MS, 100);
	assert_int_equal(cfg_read(&s, 0x200 + RANGE1_SIZE_LOW, 4), ~0u);
}

static const struct CMUnitTest tests[] = {
	CLAIM("the CXL DVSEC is there when asked for, and BAR0 is silent then", only_when_asked),
	CLAIM("the CXL range becomes valid, then active at the end of training", follows_training),
	CLAIM("the CXL range stays invalid or inactive when a link fails", failures),
};

const struct table cxl_tests = { tests, ARRAY_SIZE(tests) };
