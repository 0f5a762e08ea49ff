// SPDX-License-Identifier: GPL-2.0-only
/* Which layout does a GPU get for which value of the module's parameter? */
#include <fcntl.h>
#include <sys/syscall.h>

#include "nvg_facts.h"
#include "nvg_harness.h"

FIXTURE(param) {
	const char *bdf;
};

FIXTURE_SETUP(param)
{
	struct nvg_facts facts;
	const char *why = "no GPU named: give its BDF as argument or in NVGRACE_BDF";

	self->bdf = nvg_bdf();
	if (self->bdf)
		why = nvg_read_facts(self->bdf, &facts);
	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN_PARENT(param)
{
	if (self->bdf)
		nvg_relayout(self->bdf, "bar2");
}

/* The layout that a value gives the GPU; %s in it is the GPU's BDF. */
static const char *layout_for(const char *bdf, const char *value)
{
	static struct nvg_facts facts;
	char text[256];

	snprintf(text, sizeof(text), value, bdf);
	if (nvg_relayout(bdf, text) || nvg_read_facts(bdf, &facts))
		return "refused";
	return facts.layout;
}

TEST_F(param, bare_word_is_for_every_device)
{
	EXPECT_STREQ("split", layout_for(self->bdf, "split"));
	EXPECT_STREQ("bar2", layout_for(self->bdf, "bar2"));
	EXPECT_STREQ("bar2", layout_for(self->bdf, "\n"));
}

TEST_F(param, device_of_its_own_wins_over_a_bare_word)
{
	EXPECT_STREQ("split", layout_for(self->bdf, "%s=split"));
	EXPECT_STREQ("split", layout_for(self->bdf, "bar2,%s=split"));
	EXPECT_STREQ("split", layout_for(self->bdf, "%s=split,bar2\n"));
	EXPECT_STREQ("bar2", layout_for(self->bdf, "split,%s=bar2"));
	EXPECT_STREQ("bar2", layout_for(self->bdf, "%s=bar2,split"));
}

TEST_F(param, other_devices_are_not_this_one)
{
	EXPECT_STREQ("bar2", layout_for(self->bdf, "ffff:ff:1f.7=split"));
	EXPECT_STREQ("split", layout_for(self->bdf, "split,ffff:ff:1f.7=bar2"));
	EXPECT_STREQ("bar2", layout_for(self->bdf, "%s0=split"));
	EXPECT_STREQ("bar2", layout_for(self->bdf, "0=split"));
}

/* What makes no sense changes nothing and says so. */
TEST_F(param, value_that_is_no_layout_is_einval_and_changes_nothing)
{
	const char *bad[] = { "foo", "bar4", "SPLIT", "bar2,foo", "split foo",
			      "0000:00:03.0=foo", "0000:00:03.0=", "=" };
	const char *const words[] = { "layout=", "is not a list", NULL };
	int klog = nvg_klog_mark();
	char now[256];

	ASSERT_EQ(0, nvg_set_layout("split"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, nvg_set_layout(bad[i])) TH_LOG("%s", bad[i]);
		nvg_get_layout(now, sizeof(now));
		EXPECT_STREQ("split", now) TH_LOG("after %s", bad[i]);
	}
	EXPECT_EQ((int)ARRAY_SIZE(bad), nvg_klog_count(klog, words));
}

TEST_F(param, value_that_is_too_long_is_refused_whole)
{
	char value[600] = "", now[256];

	while (strlen(value) < 500)
		strcat(value, "0000:00:1e.0=split,");
	ASSERT_EQ(0, nvg_set_layout("split"));
	EXPECT_GT(0, nvg_set_layout(value));
	nvg_get_layout(now, sizeof(now));
	EXPECT_STREQ("split", now);
}

TEST_F(param, value_counts_at_bind_and_not_before)
{
	struct nvg_facts facts;

	ASSERT_STREQ("bar2", layout_for(self->bdf, "bar2"));
	ASSERT_EQ(0, nvg_set_layout("split"));
	ASSERT_EQ(NULL, nvg_read_facts(self->bdf, &facts));
	EXPECT_STREQ("bar2", facts.layout);
	ASSERT_EQ(0, nvg_bind(self->bdf, NVG_DRIVER));
	ASSERT_EQ(NULL, nvg_read_facts(self->bdf, &facts));
	EXPECT_STREQ("split", facts.layout);
}

/* One line a region: layout, where, how large, why. */
TEST_F(param, log_says_which_layout_where_how_large_and_why)
{
	int klog = nvg_klog_mark(), lines = 0;
	struct nvg_facts facts;
	char line[1024];

	ASSERT_STREQ("split", layout_for(self->bdf, "split"));
	ASSERT_EQ(NULL, nvg_read_facts(self->bdf, &facts));
	while (nvg_klog_next(klog, line, sizeof(line))) {
		struct nvg_fact_region *region = &facts.region[lines & 1];
		char where[64], large[32];

		if (!strstr(line, "layout split:") || lines == facts.nr_regions)
			continue;
		snprintf(where, sizeof(where), "%#lx-%#lx", region->phys,
			 region->phys + region->mem_size - 1);
		snprintf(large, sizeof(large), "(%lu MiB) is BAR%u",
			 region->mem_size / NVG_MIB, region->bar);
		EXPECT_NE(NULL, strstr(line, where)) TH_LOG("%s", line);
		EXPECT_NE(NULL, strstr(line, large)) TH_LOG("%s", line);
		EXPECT_NE(NULL, strstr(line, region->cached ? "cacheable" :
				       "uncached, as MIG")) TH_LOG("%s", line);
		lines++;
	}
	EXPECT_EQ(facts.nr_regions, lines);
}

static int load_with(const char *module, const char *params)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return ret;
}

TEST_F(param, module_loads_with_a_layout_and_not_with_nonsense)
{
	const char *module = getenv("NVGRACE_MODULE");
	struct nvg_facts facts;

	if (!module)
		SKIP(return, "NVGRACE_MODULE does not name the module's file");
	ASSERT_EQ(0, syscall(SYS_delete_module, NVG_DRIVER, O_NONBLOCK));
	EXPECT_EQ(-EINVAL, load_with(module, "layout=middle"));
	ASSERT_EQ(0, load_with(module, "layout=split"));
	ASSERT_EQ(0, nvg_bind(self->bdf, NVG_DRIVER));
	ASSERT_EQ(NULL, nvg_read_facts(self->bdf, &facts));
	EXPECT_STREQ("split", facts.layout);
}

/* As modprobe gives the module one argument for each options line of its files. */
TEST_F(param, layouts_of_several_arguments_add_up)
{
	const char *module = getenv("NVGRACE_MODULE");
	char text[256], now[256], want[256];
	struct nvg_facts facts;

	if (!module)
		SKIP(return, "NVGRACE_MODULE does not name the module's file");
	snprintf(text, sizeof(text), "layout=%s=split layout=bar2", self->bdf);
	snprintf(want, sizeof(want), "%s=split,bar2", self->bdf);
	ASSERT_EQ(0, syscall(SYS_delete_module, NVG_DRIVER, O_NONBLOCK));
	ASSERT_EQ(0, load_with(module, text));
	nvg_get_layout(now, sizeof(now));
	EXPECT_STREQ(want, now);
	ASSERT_EQ(0, nvg_bind(self->bdf, NVG_DRIVER));
	ASSERT_EQ(NULL, nvg_read_facts(self->bdf, &facts));
	EXPECT_STREQ("split", facts.layout);

	ASSERT_EQ(0, nvg_set_layout("bar2"));
	nvg_get_layout(now, sizeof(now));
	EXPECT_STREQ("bar2", now);
}

NVG_HARNESS_MAIN
