// SPDX-License-Identifier: GPL-2.0-only
/* What do many bad pages of one of two GPUs cost, and whom? */
#include <signal.h>

#include "nvg_facts.h"
#include "nvg_harness.h"

#define LEAF		(2 * NVG_MIB)
#define LIMIT		512	/* bad pages of a GPU that the driver remembers */
#define FIRST_BAD	(64 * NVG_MIB)
#define SOON_MS		1000
#define QUICK_US	1500000	/* an unbind, on a busy build machine */

/* The first is the one whose pages go bad; for good, until the module is unloaded. */
FIXTURE(limit) {
	const char *bdf[2];
	struct nvg_gpu gpu[2];
	struct nvg_facts facts[2];
};

FIXTURE_SETUP(limit)
{
	const char *why = NULL;

	self->bdf[0] = nvg_bdf();
	self->bdf[1] = getenv("NVGRACE_BDF2") ?: "0000:00:04.0";
	if (!self->bdf[0])
		SKIP(return, "no GPU named: give its BDF as argument or in NVGRACE_BDF");
	for (int i = 0; i < 2 && !why; i++) {
		nvg_bind(self->bdf[i], NVG_DRIVER);
		why = nvg_open_bdf(&self->gpu[i], self->bdf[i]) ?:
		      nvg_read_facts(self->bdf[i], &self->facts[i]);
	}
	why = why ?: nvg_need_offline() ?: nvg_need_knobs(&self->gpu[0]);
	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(limit)
{
	for (int i = 0; i < 2; i++)
		nvg_close(&self->gpu[i]);
}

/* The list of bad pages; its length, or -errno. */
static int list_of(const char *bdf, char text[NVG_ATTRIBUTE])
{
	return nvg_attribute(bdf, "retired_pages", text, NVG_ATTRIBUTE);
}

/* How many are bad already; the list holds a few hundred. */
static int listed(const char *bdf)
{
	char text[NVG_ATTRIBUTE] = "";
	int lines = 0;

	if (list_of(bdf, text) <= 0)
		return 0;
	for (char *at = text; at; at = strchr(at + 1, '\n'))
		lines++;
	return lines;
}

/* The n-th page to go bad: every third, none of the first leaves. */
static uint64_t bad_page(int n)
{
	return FIRST_BAD + n * 3 * nvg_page();
}

/* Has pages [0, n) of the first GPU go bad. Returns 0 or -errno. */
static int ruin(struct nvg_gpu *gpu, const struct nvg_facts *facts, int n)
{
	/* mm asks the driver about mappings; this one holds none of them. */
	uint8_t *map = nvg_map(gpu, 0, LEAF, 0);
	int ret = map == MAP_FAILED ? -errno : 0;

	for (int i = 0; i < n && !ret; i++)
		ret = nvg_offline(facts->base + bad_page(i));
	if (map != MAP_FAILED)
		munmap(map, LEAF);
	return ret;
}

/* The si_code of touching a byte, once it is one, or after a while 0. */
static int code_soon(uint8_t *where)
{
	int code = 0;

	for (int ms = 0; ms < SOON_MS && !code; ms += 20) {
		nvg_sleep_ms(20);
		code = nvg_peek_code(where);
	}
	return code;
}

static uint64_t unbind_us(const char *bdf)
{
	uint64_t start = nvg_us();

	return nvg_unbind(bdf) ? ~0ull : nvg_us() - start;
}

TEST_F(limit, I18_as_many_bad_pages_as_are_remembered_cost_these_pages_only)
{
	struct nvg_gpu *gpu = &self->gpu[0];
	int room = LIMIT - listed(self->bdf[0]);
	uint64_t word;
	uint8_t *map;

	ASSERT_EQ(0, ruin(gpu, &self->facts[0], room));
	map = nvg_map(gpu, 0, bad_page(LIMIT), 0);
	ASSERT_NE(MAP_FAILED, map);
	for (int i = 0; i < room; i += 73) {
		uint64_t at = bad_page(i);

		EXPECT_EQ(-EHWPOISON, nvg_read(gpu, at, &word, 8));
		EXPECT_EQ(8, nvg_read(gpu, at - 8, &word, 8));
		EXPECT_EQ(8, nvg_read(gpu, at + nvg_page(), &word, 8));
		EXPECT_EQ(BUS_MCEERR_AR, nvg_peek_code(map + at));
		EXPECT_EQ(0, nvg_peek_code(map + at - 1));
		EXPECT_EQ(0, nvg_peek_code(map + at + nvg_page()));
	}
	EXPECT_EQ(8, nvg_read(gpu, bad_page(LIMIT), &word, 8));
	munmap(map, bad_page(LIMIT));
}

/* A mapping that was taken away would fault, and a page that is refused signal. */
static void undisturbed(struct __test_metadata *_metadata, struct nvg_gpu *gpu,
			uint8_t *map)
{
	long faults = nvg_faults();
	uint8_t byte = 0;
	uint64_t word;

	EXPECT_EQ(0, nvg_touch(map, &byte));
	EXPECT_EQ(0, nvg_faults() - faults);
	EXPECT_EQ(0x42, byte);
	EXPECT_EQ(8, nvg_read(gpu, 0, &word, 8));
	EXPECT_EQ(0x42, word & 0xff);
	EXPECT_EQ(8, nvg_write(gpu, gpu->mem_size - 8, &word, 8));
	EXPECT_EQ(0, nvg_peek_code(nvg_map(gpu, 8 * LEAF, LEAF, 0)));
}

static void refused(struct __test_metadata *_metadata, struct nvg_gpu *gpu,
		    uint8_t *map)
{
	uint64_t word = 1;

	EXPECT_EQ(BUS_MCEERR_AR, code_soon(map));
	EXPECT_EQ(-EHWPOISON, nvg_read(gpu, 0, &word, 8));
	EXPECT_EQ(-EHWPOISON, nvg_write(gpu, gpu->mem_size - 8, &word, 8));
	EXPECT_EQ(BUS_MCEERR_AR, nvg_peek_code(nvg_map(gpu, 8 * LEAF, LEAF, 0)));
	EXPECT_GT(0, nvg_export(gpu, gpu->mem, 0, LEAF));
}

TEST_F(limit, I18_one_with_more_bad_pages_is_refused_and_the_other_is_not)
{
	const char *const words[] = { self->bdf[0], "more than 512 bad pages", NULL };
	int klog = nvg_klog_mark();
	uint8_t *map[2], byte;
	char text[NVG_ATTRIBUTE];

	for (int i = 0; i < 2; i++) {
		map[i] = nvg_map(&self->gpu[i], 0, LEAF, 0);
		ASSERT_NE(MAP_FAILED, map[i]);
		ASSERT_EQ(0, nvg_poke(map[i], 0x42));
		ASSERT_EQ(0, nvg_touch(map[i], &byte));
	}
	nvg_faults();	/* what it faults in itself must not count */
	ASSERT_EQ(0, ruin(&self->gpu[0], &self->facts[0], LIMIT + 1));
	EXPECT_EQ(1, nvg_klog_count(klog, words));
	close(klog);
	refused(_metadata, &self->gpu[0], map[0]);
	undisturbed(_metadata, &self->gpu[1], map[1]);
	ASSERT_LT(0, list_of(self->bdf[0], text));
	EXPECT_EQ(self->facts[0].base + bad_page(0), strtoull(text, NULL, 16));
	ASSERT_LE(0, list_of(self->bdf[1], text));
	EXPECT_EQ(NULL, strstr(text, "\n"));
}

TEST_F(limit, I18_refused_gpu_unbinds_quickly_and_is_refused_when_bound_again)
{
	uint64_t word, us;

	ASSERT_EQ(0, ruin(&self->gpu[0], &self->facts[0], LIMIT + 1));
	nvg_close(&self->gpu[0]);
	us = unbind_us(self->bdf[0]);
	EXPECT_LT(us, QUICK_US) TH_LOG("%lu us", us);
	ASSERT_EQ(0, nvg_bind(self->bdf[0], NVG_DRIVER));
	ASSERT_EQ(NULL, nvg_open_bdf(&self->gpu[0], self->bdf[0]));
	EXPECT_EQ(-EHWPOISON, nvg_read(&self->gpu[0], 0, &word, 8));
}

NVG_HARNESS_MAIN
