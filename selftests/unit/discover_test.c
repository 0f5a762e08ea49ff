// SPDX-License-Identifier: GPL-2.0-only
/* Does discover.c show what is known of a device, to whom it may be shown? */
#include <stdarg.h>

#include "check.h"
#include "kernel_stand_in.h"

#define BASE			0x2000000000ULL
#define MEMORY			(1024ULL * SZ_64K)
#define SYSFS_GROUP_INVISIBLE	01000
#define ABSENT			0

typedef unsigned short umode_t;

struct kobject {
	int unused;
};

struct attribute {
	const char *name;
	umode_t mode;
};

struct device_attribute {
	struct attribute attr;
	ssize_t (*show)(struct device *dev, struct device_attribute *attr, char *buf);
};

struct attribute_group {
	const char *name;
	struct attribute **attrs;
	umode_t (*is_visible)(struct kobject *kobj, struct attribute *attr, int n);
};

struct file_operations {
	int (*get)(void *data, u64 *value);
	const char *format;
};

#define ATTRIBUTE(its, rights)						\
	struct device_attribute dev_attr_##its = { { #its, rights }, its##_show }
#define DEVICE_ATTR_RO(its)		ATTRIBUTE(its, 0444)
#define DEVICE_ATTR_ADMIN_RO(its)	ATTRIBUTE(its, 0400)
#define DEFINE_SYSFS_GROUP_VISIBLE(its)					\
	static umode_t its##_visible(struct kobject *kobj, struct attribute *attr, int n) \
	{								\
		return its##_group_visible(kobj) ? its##_attr_visible(kobj, attr, n) : \
						   SYSFS_GROUP_INVISIBLE; \
	}
#define SYSFS_GROUP_VISIBLE(its)	its##_visible
#define DEFINE_DEBUGFS_ATTRIBUTE(its, getter, setter, text)		\
	static const struct file_operations its = { .get = (getter), .format = (text) }
#define kobj_to_dev(kobj)		((void)(kobj), &pdev.dev)
#define dev_get_drvdata(dev)		((void)(dev), &nvg.core)
#define atomic64_read(v)		(((atomic64_t *)(v))->counter)
#define sysfs_emit(buf, ...)		sysfs_emit_at(buf, 0, __VA_ARGS__)

/* As the kernel's: into a page and not beyond it. */
static int sysfs_emit_at(char *buf, int at, const char *format, ...)
{
	int length;
	va_list words;

	CHECK(at >= 0 && at < (int)PAGE_SIZE, "at %d", at);
	va_start(words, format);
	length = vsnprintf(buf + at, PAGE_SIZE - at, format, words);
	va_end(words);
	CHECK(length < (int)PAGE_SIZE - at, "cut at the page's end");
	return length;
}

#include "../../nvgrace_gpu.h"

static struct pci_dev pdev;
static struct nvgrace_device nvg;
static struct dentry {
	int unused;
} root, directory;
static unsigned int nr_files;
static const char *file_names[32];
static void *file_data[32];

static struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	CHECK(!strcmp(name, "coherent_memory") && parent == &root, "%s", name);
	return &directory;
}

static void debugfs_create_file_unsafe(const char *name, umode_t mode, struct dentry *parent,
				       void *data, const struct file_operations *fops)
{
	CHECK(mode == 0400 && parent == &directory && !strcmp(fops->format, "%llu\n"), "%s: %o",
	      name, mode);
	file_names[nr_files] = name;
	file_data[nr_files++] = data;
}

static u64 bad_pages;	/* every other page of the second region, from its second on */

u64 nvgrace_next_retired(const struct nvgrace_device *device, const struct nvgrace_region *region,
			 u64 pgoff)
{
	u64 next = pgoff | 1;

	if (region != &device->regions[1] || next > 2 * bad_pages)
		return region->mem_size >> PAGE_SHIFT;
	return min(next, region->mem_size >> PAGE_SHIFT);
}

const char *nvgrace_layout_name(enum nvgrace_layout layout)
{
	return layout == NVGRACE_LAYOUT_SPLIT ? "split" : "bar2";
}

const char *nvgrace_ready_name(struct nvgrace_device *nvg)
{
	return "yes";
}

#include "../../discover.c"

static void set_up(void)
{
	memset(&nvg, 0, sizeof(nvg));
	nr_files = 0;
	bad_pages = 0;
	nvg.core.pdev = &pdev;
	nvg.core.vdev.debug_root = &root;
	nvg.layout = NVGRACE_LAYOUT_SPLIT;
	nvg.aperture = (struct nvgrace_aperture) {
		.base = BASE, .size = 2 * MEMORY, .pxm_start = 2, .pxm_count = 8,
		.egm_base = 0x10000000000, .egm_size = 515396075520, .egm_pxm = 1,
	};
	nvg.nr_regions = 2;
	nvg.regions[0] = (struct nvgrace_region) { 4, BASE, MEMORY, MEMORY, true };
	nvg.regions[1] = (struct nvgrace_region) { 2, BASE + MEMORY, MEMORY, 2 * MEMORY, false };
}

static const char *shown(const char *name)
{
	static char page[1 << PAGE_SHIFT];

	for (struct attribute **attr = nvgrace_groups[0]->attrs; *attr; attr++) {
		struct device_attribute *its = container_of(*attr, struct device_attribute, attr);

		if (strcmp((*attr)->name, name))
			continue;
		page[0] = 0;
		CHECK(its->show(&pdev.dev, its, page) == (int)strlen(page), "%s: length", name);
		return page;
	}
	CHECK(false, "no %s", name);
	return "";
}

static void attributes_say_what_is_known(void)
{
	static const char *const words[][2] = {
		{ "layout", "split\n" }, { "base", "0x2000000000\n" }, { "size", "134217728\n" },
		{ "regions", "BAR4 0x2000000000 67108864 67108864 cacheable\n"
			     "BAR2 0x2004000000 67108864 134217728 uncached\n" },
		{ "pxm_start", "2\n" }, { "pxm_count", "8\n" }, { "egm_base", "0x10000000000\n" },
		{ "egm_size", "515396075520\n" }, { "egm_pxm", "1\n" }, { "ready", "yes\n" },
		{ "retired_pages", "" },
	};

	set_up();
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		CHECK(!strcmp(shown(words[i][0]), words[i][1]), "%s: %s", words[i][0],
		      shown(words[i][0]));
	CHECK(!strcmp(nvgrace_groups[0]->name, "coherent_memory") && !nvgrace_groups[1],
	      "another group");
}

static umode_t mode_of(const char *name)
{
	for (struct attribute **attr = nvgrace_groups[0]->attrs; *attr; attr++)
		if (!strcmp((*attr)->name, name))
			return nvgrace_groups[0]->is_visible(NULL, *attr, 0);
	CHECK(false, "no %s", name);
	return ABSENT;
}

static void host_addresses_are_roots_and_what_firmware_does_not_say_is_absent(void)
{
	static const struct {
		const char *name;
		umode_t mode, without_pxm, without_egm;
	} cases[] = {
		{ "layout", 0444, 0444, 0444 },	     { "base", 0400, 0400, 0400 },
		{ "size", 0444, 0444, 0444 },	     { "regions", 0400, 0400, 0400 },
		{ "ready", 0444, 0444, 0444 },	     { "retired_pages", 0400, 0400, 0400 },
		{ "pxm_start", 0444, ABSENT, 0444 }, { "pxm_count", 0444, ABSENT, 0444 },
		{ "egm_base", 0400, 0400, ABSENT },  { "egm_size", 0444, 0444, ABSENT },
		{ "egm_pxm", 0444, 0444, ABSENT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set_up();
		CHECK(mode_of(cases[i].name) == cases[i].mode, "%s", cases[i].name);
		nvg.aperture.pxm_count = 0;
		CHECK(mode_of(cases[i].name) == cases[i].without_pxm, "%s", cases[i].name);
		set_up();
		nvg.aperture.egm_size = 0;
		CHECK(mode_of(cases[i].name) == cases[i].without_egm, "%s", cases[i].name);
	}
}

static void I16_an_ordinary_gpu_shows_nothing(void)
{
	set_up();
	nvg.nr_regions = 0;
	CHECK(mode_of("layout") == SYSFS_GROUP_INVISIBLE, "%o", mode_of("layout"));
	nvgrace_debugfs_create(&nvg);
	CHECK(!nr_files, "%u counters", nr_files);
}

static void I17_bad_pages_are_listed_as_far_as_a_page_of_text_goes(void)
{
	char expected[64];

	set_up();
	bad_pages = 2;
	snprintf(expected, sizeof(expected), "%#llx\n%#llx\n", BASE + MEMORY + PAGE_SIZE,
		 BASE + MEMORY + 3 * PAGE_SIZE);
	CHECK(!strcmp(shown("retired_pages"), expected), "%s", shown("retired_pages"));
	/* A line has 13 characters here, and 20 at the longest. */
	bad_pages = 500;
	CHECK(strlen(shown("retired_pages")) == min(500ul, (PAGE_SIZE - 21) / 13 + 1) * 13, "%zu",
	      strlen(shown("retired_pages")));
}

static void each_counter_is_shown_by_its_name(void)
{
	static const struct {
		const char *name;
		enum nvgrace_counter counter;
	} counters[] = {
		{ "faults_pte", NVGRACE_FAULTS_PTE }, { "faults_pmd", NVGRACE_FAULTS_PMD },
		{ "faults_pud", NVGRACE_FAULTS_PUD }, { "faults_refused", NVGRACE_FAULTS_REFUSED },
		{ "bytes_read", NVGRACE_BYTES_READ }, { "bytes_written", NVGRACE_BYTES_WRITTEN },
		{ "resets", NVGRACE_RESETS }, { "waits", NVGRACE_WAITS },
		{ "bytes_scrubbed", NVGRACE_BYTES_SCRUBBED },
	};

	set_up();
	nvgrace_debugfs_create(&nvg);
	CHECK(nr_files == ARRAY_SIZE(counters), "%u", nr_files);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		u64 value = 0;

		nvg.counters[counters[i].counter].counter = 100 + i;
		CHECK(!strcmp(file_names[i], counters[i].name), "%s", file_names[i]);
		CHECK(!counter_fops.get(file_data[i], &value) && value == 100 + i, "%lu", value);
	}
}

int main(void)
{
	CLAIM(attributes_say_what_is_known);
	CLAIM(host_addresses_are_roots_and_what_firmware_does_not_say_is_absent);
	CLAIM(I16_an_ordinary_gpu_shows_nothing);
	CLAIM(I17_bad_pages_are_listed_as_far_as_a_page_of_text_goes);
	CLAIM(each_counter_is_shown_by_its_name);
	return unit_end();
}
