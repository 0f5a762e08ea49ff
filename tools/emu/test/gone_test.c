// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a client see of a device that is not on the bus?
 */
#include "client.h"

static void gone(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL, NULL);
	client_connect(&s);
	memory_on(&s);
	bar_write(&s, NVG_EMU_GONE_MS, 200);
	assert_int_equal(cfg_read(&s, 0, 4), ~0u);
	assert_int_equal(bar_read(&s, 0), ~0u);
	cfg_write(&s, 0x3c, 1, 0x42);
	assert_int_equal(call(&s, VU_DEVICE_RESET, NULL, 0, NULL, 0), 0);
	sleep_ms(250);
	assert_int_equal(cfg_read(&s, 0, 2), 0x10de);
	assert_int_equal(bar_read(&s, 0), 0x180000a1);
	assert_int_equal(cfg_read(&s, 0x3c, 1), 0);
	assert_int_equal(bar_read(&s, NVG_EMU_RESETS), 0);
}

static void gone_for_good(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", "--gone", NULL);
	client_connect(&s);
	assert_int_equal(cfg_read(&s, 0, 4), ~0u);
	control(&s, "{\"set\":{\"gone_ms\":0}}");
	assert_int_equal(cfg_read(&s, 0, 2), 0x10de);
	memory_on(&s);
	bar_write(&s, NVG_EMU_GONE_MS, NVG_EMU_NEVER);
	sleep_ms(20);
	assert_int_equal(bar_read(&s, 0), ~0u);
}

static const struct CMUnitTest tests[] = {
	CLAIM("a device that is gone reads ones, hears nothing and comes back", gone),
	CLAIM("a device can be gone until the control socket brings it back", gone_for_good),
};

const struct table gone_tests = { tests, ARRAY_SIZE(tests) };
