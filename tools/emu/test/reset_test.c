// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens at a reset, and until training ends?
 */
#include <string.h>
#include <sys/stat.h>

#include "client.h"

#define C2C	0x1498
#define HBM	0x200bc
#define READY	0xff

static void start(struct server *s, const char *size, const char *opt, const char *val)
{
	server_start(s, "gh200-120", size, opt, val, NULL);
	client_connect(s);
	memory_on(s);
}

static void ready_at_once(void **state)
{
	static struct server s;

	(void)state;
	start(&s, "1M", NULL, NULL);
	assert_int_equal(bar_read(&s, C2C), READY);
	assert_int_equal(bar_read(&s, HBM), READY);
	assert_int_equal(bar_read(&s, NVG_EMU_RESETS), 0);
	assert_int_equal(bar_read(&s, NVG_EMU_RESET_CAUSE), NVG_EMU_RESET_POWER_ON);
}

static void takes_its_time(void **state)
{
	static struct server s;
	u64 begin;
	u32 took;

	(void)state;
	start(&s, "1M", NULL, NULL);
	bar_write(&s, NVG_EMU_TRAIN_MS, 300);
	begin = now_ms();
	flr(&s);
	memory_on(&s);
	assert_int_not_equal(bar_read(&s, C2C), READY);
	assert_int_not_equal(bar_read(&s, HBM), READY);
	assert_int_equal(bar_read(&s, 0x100b20), 0);
	while (bar_read(&s, C2C) != READY || bar_read(&s, HBM) != READY)
		assert_true(now_ms() - begin < 2000);
	took = now_ms() - begin;
	assert_in_range(took, 299, 450);
	assert_int_equal(bar_read(&s, NVG_EMU_TRAINED_US), 300000);
	assert_in_range(bar_read(&s, NVG_EMU_SINCE_RESET_US), 300000, 1000000);
	assert_int_equal(bar_read(&s, 0x100b20), 1);
}

static void power_on_trains(void **state)
{
	static struct server s;

	(void)state;
	start(&s, "1M", "--train-ms", "never");
	assert_int_not_equal(bar_read(&s, C2C), READY);
	assert_int_not_equal(bar_read(&s, HBM), READY);
	sleep_ms(50);
	assert_int_not_equal(bar_read(&s, C2C), READY);
	assert_in_range(bar_read(&s, NVG_EMU_TRAINED_US), 50000, 5000000);
	control(&s, "{\"set\":{\"train_ms\":0}}");
	assert_int_not_equal(bar_read(&s, C2C), READY);
	flr(&s);
	memory_on(&s);
	assert_int_equal(bar_read(&s, C2C), READY);
}

static void check_fail(const char *links, u32 c2c, u32 hbm)
{
	static struct server s;

	start(&s, "1M", "--fail", links);
	sleep_ms(20);
	assert_int_equal(bar_read(&s, C2C) == READY, c2c);
	assert_int_equal(bar_read(&s, HBM) == READY, hbm);
	bar_write(&s, NVG_EMU_FAIL, 0);
	assert_int_equal(bar_read(&s, C2C) == READY, c2c);
	flr(&s);
	memory_on(&s);
	assert_int_equal(bar_read(&s, C2C), READY);
	assert_int_equal(bar_read(&s, HBM), READY);
	assert_int_equal(server_stop(&s), 0);
}

static void link_down(void **state)
{
	(void)state;
	check_fail("c2c", 0, 1);
	check_fail("hbm", 1, 0);
	check_fail("c2c,hbm", 0, 0);
}

static void reads_counted(void **state)
{
	static struct server s;
	u8 byte;

	(void)state;
	start(&s, "1M", NULL, NULL);
	bar_read(&s, C2C);
	bar_read(&s, HBM);
	region_read(&s, BAR0, HBM + 1, &byte, 1);
	assert_int_equal(bar_read(&s, NVG_EMU_READY_READS), 3);
	region_write(&s, BAR0, HBM + 1, &byte, 1);
	assert_int_equal(bar_read(&s, NVG_EMU_READY_READS), 3);
	flr(&s);
	memory_on(&s);
	assert_int_equal(bar_read(&s, NVG_EMU_READY_READS), 0);
}

static void expect_page(struct server *s, u64 off, u64 word)
{
	u64 page[NVG_EMU_SCRAMBLE_LEN / sizeof(u64)];

	aperture_read(s, off, page, sizeof(page));
	for (size_t i = 0; i < ARRAY_SIZE(page); i++)
		assert_int_equal(page[i], word);
}

/* Where nvgrace_emu_regs.h says, and nowhere between, so that the file stays sparse. */
static void expect_aperture(struct server *s, u64 word)
{
	expect_page(s, 0, word);
	expect_page(s, NVG_EMU_SCRAMBLE_STEP, word);
	expect_page(s, 2 * NVG_EMU_SCRAMBLE_STEP, word);
	expect_page(s, 2 * GiB + 12 * KiB - NVG_EMU_SCRAMBLE_LEN, word);
	expect_page(s, NVG_EMU_SCRAMBLE_LEN, 0);
	expect_page(s, NVG_EMU_SCRAMBLE_STEP - NVG_EMU_SCRAMBLE_LEN, 0);
}

static void scrambled(void **state)
{
	static struct server s;
	u64 end;

	(void)state;
	start(&s, "2097164K", "--train-ms", "200");
	end = now_ms() + 2000;
	expect_aperture(&s, NVG_EMU_SCRAMBLE);
	/* Nobody looks at the device: the end of training is noticed all the same. */
	while (control_get(&s, "trained_us") != 200000 && now_ms() < end)
		sleep_ms(20);
	expect_aperture(&s, 0);
	flr(&s);
	expect_aperture(&s, NVG_EMU_SCRAMBLE);
	sleep_ms(300);
	expect_aperture(&s, 0);
}

static void scrambled_while_down(void **state)
{
	static struct server s;

	(void)state;
	start(&s, "2097164K", "--fail", "c2c");
	sleep_ms(50);
	expect_aperture(&s, NVG_EMU_SCRAMBLE);
}

static void wiped(void **state)
{
	static char junk[MiB];
	static struct server s;
	struct stat st;

	(void)state;
	start(&s, "95G", NULL, NULL);
	memset(junk, 0x5a, sizeof(junk));
	aperture_write(&s, 0, junk, sizeof(junk));
	aperture_write(&s, 94 * GiB + 4096, junk, sizeof(junk));
	flr(&s);
	expect_page(&s, 8192, 0);
	expect_page(&s, 94 * GiB + 4096, 0);
	assert_int_equal(stat(s.memory, &st), 0);
	assert_int_equal(st.st_size, 95 * GiB);
	assert_true(st.st_blocks < 64);
}

static void kept(void **state)
{
	static struct server s;
	char data[8] = "";

	(void)state;
	start(&s, "2M", NULL, NULL);
	aperture_write(&s, 0, "tenant 1", 8);
	bar_write(&s, NVG_EMU_KEEP_MEMORY, 1);
	bar_write(&s, NVG_EMU_TRAIN_MS, 100);
	flr(&s);
	memory_on(&s);
	for (int i = 0; i < 2; i++) {
		aperture_read(&s, 0, data, 8);
		assert_memory_equal(data, "tenant 1", 8);
		expect_page(&s, 4096, 0);
		sleep_ms(200);
		assert_int_equal(bar_read(&s, C2C), READY);
	}
	assert_int_equal(bar_read(&s, 0x100b20), 0);
	bar_write(&s, NVG_EMU_KEEP_MEMORY, 0);
	bar_write(&s, NVG_EMU_TRAIN_MS, 0);
	flr(&s);
	memory_on(&s);
	expect_page(&s, 0, 0);
	assert_int_equal(bar_read(&s, 0x100b20), 1);
}

static void no_soft_reset(void **state)
{
	static struct server s;
	u32 pmcsr;

	(void)state;
	start(&s, "1M", NULL, NULL);
	pmcsr = cfg_find_cap(&s, 1) + 4;
	assert_int_equal(cfg_read(&s, pmcsr, 2), 0);
	bar_write(&s, NVG_EMU_NO_SOFT_RESET, 1);
	assert_int_equal(cfg_read(&s, pmcsr, 2), 8);
	cfg_write(&s, pmcsr, 2, 3);
	cfg_write(&s, pmcsr, 2, 0);
	assert_int_equal(bar_read(&s, NVG_EMU_RESETS), 0);
	flr(&s);
	memory_on(&s);
	assert_int_equal(cfg_read(&s, pmcsr, 2), 8);
	bar_write(&s, NVG_EMU_NO_SOFT_RESET, 0);
	cfg_write(&s, pmcsr, 2, 3);
	cfg_write(&s, pmcsr, 2, 0);
	memory_on(&s);
	assert_int_equal(bar_read(&s, NVG_EMU_RESET_CAUSE), NVG_EMU_RESET_PM);
}

static void soil(struct server *s)
{
	cfg_write(s, 4, 2, 0x6);
	cfg_write(s, 0x14, 4, 0x12345);
	cfg_write(s, 0x3c, 1, 0x42);
	bar_write(s, 0x844424, 0x90);
	bar_write(s, 0x8f2ad0, 0x0300080c);
	aperture_write(s, 0, "dirt", 4);
}

static void expect_clean(struct server *s, u32 resets, u32 cause)
{
	char dirt[4];

	assert_int_equal(cfg_read(s, 4, 2), 0);
	assert_int_equal(cfg_read(s, 0x14, 4), 0);
	assert_int_equal(cfg_read(s, 0x3c, 1), 0);
	assert_int_equal(bar_read(s, 0), ~0u);
	memory_on(s);
	assert_int_equal(bar_read(s, 0x844424), 0);
	assert_int_equal(bar_read(s, 0x8f2ad0), 0);
	assert_int_equal(bar_read(s, NVG_EMU_RESETS), resets);
	assert_int_equal(bar_read(s, NVG_EMU_RESET_CAUSE), cause);
	aperture_read(s, 0, dirt, 4);
	assert_memory_equal(dirt, "\0\0\0\0", 4);
}

static void each_kind(void **state)
{
	static struct server s;
	u32 pm, exp;

	(void)state;
	start(&s, "1M", NULL, NULL);
	pm = cfg_find_cap(&s, 0x01);
	exp = cfg_find_cap(&s, 0x10);
	soil(&s);
	flr(&s);
	expect_clean(&s, 1, NVG_EMU_RESET_FLR);
	assert_int_equal(cfg_read(&s, exp + 8, 2) & 0x8000, 0);
	soil(&s);
	assert_int_equal(call(&s, VU_DEVICE_RESET, NULL, 0, NULL, 0), 0);
	expect_clean(&s, 2, NVG_EMU_RESET_VFIO_USER);
	soil(&s);
	cfg_write(&s, pm + 4, 2, 3);
	cfg_write(&s, pm + 4, 2, 0);
	expect_clean(&s, 3, NVG_EMU_RESET_PM);
	/* D0 to D0 is no reset, nor is the other byte of Device Control. */
	soil(&s);
	cfg_write(&s, pm + 4, 2, 0);
	cfg_write(&s, exp + 8, 1, 0x10);
	assert_int_equal(bar_read(&s, NVG_EMU_RESETS), 3);
	cfg_write(&s, exp + 9, 1, 0x80);
	expect_clean(&s, 4, NVG_EMU_RESET_FLR);
}

static void knobs_survive(void **state)
{
	static struct server s;

	(void)state;
	start(&s, "1M", NULL, NULL);
	bar_write(&s, NVG_EMU_TRAIN_MS, 7);
	bar_write(&s, NVG_EMU_FAIL, ~0u);
	bar_write(&s, NVG_EMU_MIG_OK, 1);
	flr(&s);
	memory_on(&s);
	assert_int_equal(bar_read(&s, NVG_EMU_TRAIN_MS), 7);
	assert_int_equal(bar_read(&s, NVG_EMU_FAIL), NVG_EMU_FAIL_C2C | NVG_EMU_FAIL_HBM);
	assert_int_equal(bar_read(&s, NVG_EMU_MIG_OK), 1);
}

/* Training begins with the reset, which is over when the device answers. */
static void takes_a_while(void **state)
{
	static struct server s;

	(void)state;
	start(&s, "1M", NULL, NULL);
	bar_write(&s, NVG_EMU_RESET_MS, 150);
	bar_write(&s, NVG_EMU_TRAIN_MS, 10000);
	flr(&s);
	assert_int_equal(cfg_read(&s, 0, 4), ~0u);
	sleep_ms(200);
	assert_int_equal(cfg_read(&s, 0, 2), 0x10de);
	memory_on(&s);
	assert_in_range(bar_read(&s, NVG_EMU_SINCE_RESET_US), 150000, 9000000);
	assert_int_equal(bar_read(&s, NVG_EMU_RESET_MS), 150);
	assert_int_equal(bar_read(&s, NVG_EMU_RESETS), 1);
}

static void begins_with_ones(void **state)
{
	static struct server s;

	(void)state;
	start(&s, "1M", NULL, NULL);
	bar_write(&s, NVG_EMU_ONES, 2);
	assert_int_equal(bar_read(&s, C2C), READY);
	flr(&s);
	memory_on(&s);
	assert_int_equal(bar_read(&s, C2C), ~0u);
	assert_int_equal(bar_read(&s, HBM), ~0u);
	assert_int_equal(bar_read(&s, C2C), READY);
	bar_write(&s, NVG_EMU_ONES, NVG_EMU_NEVER);
	flr(&s);
	memory_on(&s);
	for (int i = 0; i < 100; i++)
		assert_int_equal(bar_read(&s, C2C), ~0u);
}

static const struct CMUnitTest tests[] = {
	CLAIM("without --train-ms the device is ready at once", ready_at_once),
	CLAIM("training takes the time that the knob says", takes_its_time),
	CLAIM("power-on trains too, and may never end", power_on_trains),
	CLAIM("a link that is down keeps its own word from being ready", link_down),
	CLAIM("reads of the readiness words are counted, writes are not", reads_counted),
	CLAIM("memory is scrambled until training ends, then reads zero", scrambled),
	CLAIM("memory stays scrambled while a link is down", scrambled_while_down),
	CLAIM("a reset wipes 95 GiB and leaves the file sparse", wiped),
	CLAIM("a reset neither clears nor scrambles memory that is to be kept", kept),
	CLAIM("with No_Soft_Reset D3hot to D0 resets nothing", no_soft_reset),
	CLAIM("FLR, DEVICE_RESET and D3hot to D0 each reset everything", each_kind),
	CLAIM("knobs survive a reset", knobs_survive),
	CLAIM("a reset may take as long as the knob says", takes_a_while),
	CLAIM("readiness words may begin with ones after a reset", begins_with_ones),
};

const struct table reset_tests = { tests, ARRAY_SIZE(tests) };
