// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is config space what hardware.md says a driver finds?
 */
#include <errno.h>
#include <string.h>

#include "client.h"

static void ids(void **state)
{
	static const struct {
		const char *profile;
		const char *option[2];
		u32 device;
	} parts[] = {
		{ "gh200-120", {}, 0x2342 }, { "gh200-480", {}, 0x2345 },
		{ "gh200-sku", {}, 0x2348 },
		{ "gb200", {}, 0x2941 }, { "gb300", {}, 0x31c2 },
		{ "gh200-120", { "--device-id", "2350" }, 0x2350 },
	};
	static struct server s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		server_start(&s, parts[i].profile, "1M", parts[i].option[0],
			     parts[i].option[1], NULL);
		client_connect(&s);
		assert_int_equal(cfg_read(&s, 0, 4), parts[i].device << 16 | 0x10de);
		assert_int_equal(cfg_read(&s, 0xa, 2), 0x0302);
		assert_int_equal(server_stop(&s), 0);
	}
}

static void capabilities(void **state)
{
	static struct server s;
	u32 exp, msi, msix;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	assert_int_equal(cfg_read(&s, 6, 2) & 0x10, 0x10);
	assert_int_equal(cfg_read(&s, cfg_find_cap(&s, 0x01) + 4, 2) & 0x8, 0);
	msi = cfg_find_cap(&s, 0x05);
	assert_int_equal(cfg_read(&s, msi + 2, 2), 0x86);
	cfg_write(&s, msi + 2, 2, 0xffff);
	assert_int_equal(cfg_read(&s, msi + 2, 2), 0xf7);
	exp = cfg_find_cap(&s, 0x10);
	assert_int_equal(cfg_read(&s, exp + 2, 2) & 0xff, 0x02);
	assert_true(cfg_read(&s, exp + 4, 4) & 1u << 28);
	msix = cfg_find_cap(&s, 0x11);
	assert_int_equal(cfg_read(&s, msix + 2, 2), VECTORS - 1);
	assert_int_equal(cfg_read(&s, msix + 4, 4) & 7, BAR0);
	assert_true(cfg_read(&s, msix + 4, 4) < BAR0_SIZE);
	assert_int_equal(cfg_read(&s, msix + 8, 4) & 7, BAR0);
}

/* ATS is there to be found and enabled; whether it is belongs to the IOMMU's driver. */
static void ats(void **state)
{
	static struct server s;
	u32 pos = 0x100;

	(void)state;
	server_start(&s, "gh200-120", "1M", "--cxl", "1", NULL);
	client_connect(&s);
	while (pos && (cfg_read(&s, pos, 4) & 0xffff) != 0x0f)
		pos = cfg_read(&s, pos, 4) >> 20;
	assert_int_not_equal(pos, 0);
	assert_int_equal(cfg_read(&s, pos + 6, 2), 0);
	cfg_write(&s, pos + 6, 2, 0xffff);
	assert_int_equal(cfg_read(&s, pos + 6, 2), 0x801f);
}

static u32 find_dvsec(struct server *s)
{
	u32 pos = 0x100;

	while (pos) {
		u32 hdr = cfg_read(s, pos, 4);

		if ((hdr & 0xffff) == 0x23 && cfg_read(s, pos + 4, 2) == 0x10de &&
		    cfg_read(s, pos + 8, 2) == 3)
			return pos;
		pos = hdr >> 20;
	}
	fail_msg("no NVIDIA DVSEC 3");
	return 0;
}

static void check_mig(const char *profile, const char *option, const char *val, u32 expect)
{
	static struct server s;

	server_start(&s, profile, "1M", option, val, NULL);
	client_connect(&s);
	assert_true(cfg_read(&s, find_dvsec(&s) + 4, 4) >> 20 >= 0xc);
	assert_int_equal(cfg_read(&s, find_dvsec(&s) + 0xa, 2) & 1, expect);
	assert_int_equal(server_stop(&s), 0);
}

static void mig_bit(void **state)
{
	(void)state;
	check_mig("gh200-120", NULL, NULL, 0);
	check_mig("gb200", NULL, NULL, 1);
	check_mig("gh200-120", "--mig-ok", "1", 1);
	check_mig("gb200", "--mig-ok", "0", 0);
}

static void mig_knob(void **state)
{
	static struct server s;
	u32 pos;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	pos = find_dvsec(&s);
	bar_write(&s, NVG_EMU_MIG_OK, 1);
	assert_int_equal(cfg_read(&s, pos + 0xa, 2), 1);
	flr(&s);
	assert_int_equal(cfg_read(&s, pos + 0xa, 2), 1);
	control(&s, "{\"set\":{\"mig_ok\":false}}");
	assert_int_equal(cfg_read(&s, pos + 0xa, 2), 0);
}

static void check_bar(struct server *s, u32 bar, u64 size)
{
	u32 pos = 0x10 + 4 * bar;
	u64 got;

	cfg_write(s, pos, 4, ~0u);
	cfg_write(s, pos + 4, 4, ~0u);
	got = (u64)cfg_read(s, pos + 4, 4) << 32 | cfg_read(s, pos, 4);
	assert_int_equal(got, size ? ~(size - 1) | 0xc : 0);
	cfg_write(s, pos, 4, 0x12345678);
	assert_int_equal(cfg_read(s, pos, 4), size ? (0x12345678 & ~(size - 1)) | 0xc : 0);
}

static void bars(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", "--hw-bars", NULL);
	client_connect(&s);
	check_bar(&s, 0, 16 * MiB);
	check_bar(&s, 2, 64 * MiB);
	check_bar(&s, 4, 32 * MiB);
	assert_int_equal(server_stop(&s), 0);
	server_start(&s, "gb200", "1M", NULL);
	client_connect(&s);
	check_bar(&s, 0, 16 * MiB);
	check_bar(&s, 2, 64 * MiB);
	check_bar(&s, 4, 0);
	cfg_write(&s, 0x30, 4, ~0u);
	assert_int_equal(cfg_read(&s, 0x30, 4), 0);
}

static void read_only(void **state)
{
	u8 before[0x200], after[0x200], ones[64];
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(region_read(&s, CONFIG, 0, before, sizeof(before)), 0);
	assert_int_equal(region_write(&s, CONFIG, 0, ones, 4), 0);
	assert_int_equal(region_write(&s, CONFIG, 8, ones, 4), 0);
	assert_int_equal(region_write(&s, CONFIG, 0x2c, ones, 12), 0);
	assert_int_equal(region_write(&s, CONFIG, 0x100, ones, 64), 0);
	assert_int_equal(region_read(&s, CONFIG, 0, after, sizeof(after)), 0);
	assert_memory_equal(before, after, sizeof(after));
	assert_int_equal(cfg_read(&s, 0x100, 4), 0x14010023);
}

static void widths(void **state)
{
	u8 all[0x200], part[8];
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	assert_int_equal(region_read(&s, CONFIG, 0, all, sizeof(all)), 0);
	for (u32 width = 1; width <= 8; width++) {
		for (u32 off = 0; off + width <= sizeof(all); off += width) {
			assert_int_equal(region_read(&s, CONFIG, off, part, width), 0);
			assert_memory_equal(part, all + off, width);
		}
	}
	cfg_write(&s, 4, 1, 0x06);
	cfg_write(&s, 5, 1, 0x05);
	assert_int_equal(cfg_read(&s, 4, 2), 0x0506);
}

static void limits(void **state)
{
	static struct server s;
	u8 buf[16];

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	assert_int_equal(region_read(&s, CONFIG, 0xffc, buf, 4), 0);
	assert_int_equal(region_read(&s, CONFIG, 0xffd, buf, 4), EINVAL);
	assert_int_equal(region_read(&s, CONFIG, 0x1000, buf, 1), EINVAL);
	assert_int_equal(region_read(&s, CONFIG, ~0ULL, buf, 4), EINVAL);
	assert_int_equal(region_write(&s, CONFIG, 0xffd, buf, 4), EINVAL);
	assert_int_equal(region_read(&s, CONFIG, 0x1000, buf, 0), 0);
}

static const struct CMUnitTest tests[] = {
	CLAIM("each profile has its ids and class 0302", ids),
	CLAIM("the capabilities are PM, MSI, PCIe with FLR, MSI-X in BAR0", capabilities),
	CLAIM("ATS is found and can be enabled", ats),
	CLAIM("the DVSEC's MIG bit follows profile and option", mig_bit),
	CLAIM("the MIG knob turns the DVSEC's bit and survives a reset", mig_knob),
	CLAIM("BARs size as 64-bit prefetchable, and only where there is one", bars),
	CLAIM("read-only registers ignore writes", read_only),
	CLAIM("config accesses of every width and alignment agree", widths),
	CLAIM("config accesses past the end are refused", limits),
};

const struct table config_tests = { tests, ARRAY_SIZE(tests) };
