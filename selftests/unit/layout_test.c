// SPDX-License-Identifier: GPL-2.0-only
/* Which BARs does layout.c make of the memory, and which lists of layouts does it take? */
#include "unit_log.h"

#define KBUILD_MODNAME		"nvgrace_gpu_vfio_pci"
#define IORESOURCE_MEM_64	0x00100000
#define SYSTEM_RUNNING		4
#define THIS_MODULE		((void *)&coming)
#define NAME			"0000:03:00.0"
#define OTHER			"0000:03:00.1"
#define MIB			(1ULL << 20)
#define GIB			(1ULL << 30)
#define BASE			0x2000000000ULL
#define HOPPER			0x2342
#define BLACKWELL		0x2941
#define NEWER			0x3500

struct kernel_param {
	void *mod;
};

struct kernel_param_ops {
	int (*set)(const char *value, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
};

#define module_param_cb(name, ops, arg, mode)	static const int name##_mode = (mode)
#define MODULE_PARM_DESC(name, text)	_Static_assert(sizeof(text), "empty")

static int coming = 1, system_state;	/* loaded just now; the kernel's */
static unsigned int param_locks;
static const char *name = NAME;
static u64 lengths[PCI_STD_NUM_BARS];	/* of hardware's BARs */
static u64 flags[PCI_STD_NUM_BARS];

#define module_is_coming(mod)		(coming)
#define kernel_param_lock(mod)		(param_locks++)
#define kernel_param_unlock(mod)	(param_locks--)
#define pci_name(pdev)			(param_locks ? name : "asked without the lock")
#define pci_resource_len(pdev, bar)	(lengths[bar])
#define pci_resource_flags(pdev, bar)	(flags[bar])
#define pr_err(...)			say(__VA_ARGS__)
#define sysfs_emit(buffer, ...)		sprintf(buffer, __VA_ARGS__)

static void copy_string(char *to, const char *from, size_t size)
{
	CHECK(strlen(from) < size, "cut");
	strcpy(to, from);
}

#define strscpy(to, from)	copy_string(to, from, sizeof(to))

/* As the kernel's: a newline at the end of what is looked for does not count. */
static int match(const char *const *names, size_t nr, const char *item)
{
	for (size_t i = 0; i < nr; i++)
		if (!strncmp(names[i], item, strlen(names[i])) &&
		    strspn(item + strlen(names[i]), "\n") == strlen(item + strlen(names[i])))
			return i;
	return -EINVAL;
}

#define sysfs_match_string(names, item)	match(names, ARRAY_SIZE(names), item)

static char *strim(char *text)
{
	while (*text == ' ' || *text == '\n')
		text++;
	for (char *end = text + strlen(text); end > text && (end[-1] == '\n' || end[-1] == ' ');)
		*--end = 0;
	return text;
}

#include "../../generation.c"
#include "../../region.c"
#include "../../layout.c"

static const struct kernel_param of_module = { .mod = THIS_MODULE };
static const struct kernel_param built_in;
static struct pci_dev pdev;
static struct nvgrace_device nvg;

static void set_up(u16 device, u64 size, bool all_cacheable)
{
	memset(&nvg, 0, sizeof(nvg));
	memset(lengths, 0, sizeof(lengths));
	memset(flags, 0, sizeof(flags));
	memset(layout_param, 0, sizeof(layout_param));
	said[0] = 0;
	pdev.device = device;
	nvg.core.pdev = &pdev;
	nvg.aperture = (struct nvgrace_aperture) {
		.base = BASE, .size = size, .all_cacheable = all_cacheable,
	};
	coming = 1;
	system_state = 0;
}

static int write_param(const char *value)
{
	return layout_ops.set(value, &of_module);
}

static const char *param(void)
{
	static char text[512];

	CHECK(layout_ops.get(text, &of_module) == (int)strlen(text), "length");
	return text;
}

/* What a device called @who gets of a list, -EINVAL when that is refused. */
static int layout_of(const char *list, const char *who)
{
	int ret;

	set_up(HOPPER, 95 * GIB, false);
	ret = write_param(list);
	name = who;
	CHECK(ret <= 0, "%d", ret);
	ret = ret ?: (int)chosen_layout(&pdev);
	CHECK(!param_locks, "the parameters stay locked");
	name = NAME;
	return ret;
}

static void I22_each_device_gets_the_layout_that_its_list_says(void)
{
	static const struct {
		const char *list;
		int ours, others;
	} cases[] = {
		{ "", NVGRACE_LAYOUT_BAR2, NVGRACE_LAYOUT_BAR2 },
		{ "bar2", NVGRACE_LAYOUT_BAR2, NVGRACE_LAYOUT_BAR2 },
		{ "split\n", NVGRACE_LAYOUT_SPLIT, NVGRACE_LAYOUT_SPLIT },
		{ "split,bar2", NVGRACE_LAYOUT_BAR2, NVGRACE_LAYOUT_BAR2 },
		{ "bar2,split", NVGRACE_LAYOUT_SPLIT, NVGRACE_LAYOUT_SPLIT },
		{ NAME "=split", NVGRACE_LAYOUT_SPLIT, NVGRACE_LAYOUT_BAR2 },
		{ OTHER "=split", NVGRACE_LAYOUT_BAR2, NVGRACE_LAYOUT_SPLIT },
		{ NAME "=split,bar2", NVGRACE_LAYOUT_SPLIT, NVGRACE_LAYOUT_BAR2 },
		{ "split," NAME "=bar2,split", NVGRACE_LAYOUT_BAR2, NVGRACE_LAYOUT_SPLIT },
		{ NAME "=bar2," NAME "=split", NVGRACE_LAYOUT_SPLIT, NVGRACE_LAYOUT_BAR2 },
		{ ",,split,", NVGRACE_LAYOUT_SPLIT, NVGRACE_LAYOUT_SPLIT },
		{ "0000:03:00=split", NVGRACE_LAYOUT_BAR2, NVGRACE_LAYOUT_BAR2 },
		{ NAME "0=split", NVGRACE_LAYOUT_BAR2, NVGRACE_LAYOUT_BAR2 },
		{ "bar4", -EINVAL, -EINVAL },
		{ OTHER "=bar4", -EINVAL, -EINVAL },
		{ "split," NAME, -EINVAL, -EINVAL },
		{ NAME "=", -EINVAL, -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(layout_of(cases[i].list, NAME) == cases[i].ours, "%s", cases[i].list);
		CHECK(layout_of(cases[i].list, OTHER) == cases[i].others, "%s", cases[i].list);
	}
}

static void lists_add_up_while_it_is_loaded_and_replace_later(void)
{
	set_up(HOPPER, 95 * GIB, false);
	CHECK(!strcmp(param(), "bar2\n"), "%s", param());
	CHECK(!write_param("split") && !write_param(NAME "=bar2"), "refused");
	CHECK(!strcmp(param(), "split," NAME "=bar2\n"), "%s", param());
	coming = 0;
	CHECK(!write_param("split\n") && !strcmp(param(), "split\n"), "%s", param());
	CHECK(!write_param("\n") && !strcmp(param(), "bar2\n"), "%s", param());

	set_up(HOPPER, 95 * GIB, false);
	coming = 0;
	system_state = SYSTEM_RUNNING - 1;
	layout_ops.set("split", &built_in);
	layout_ops.set("bar2", &built_in);
	CHECK(!strcmp(param(), "split,bar2\n"), "the kernel's command line: %s", param());
	system_state = SYSTEM_RUNNING;
	layout_ops.set("split", &built_in);
	CHECK(!strcmp(param(), "split\n"), "a running kernel: %s", param());
	CHECK(layout_mode == 0644, "%o", layout_mode);
}

static void a_list_that_is_refused_changes_nothing(void)
{
	char list[300];

	set_up(HOPPER, 95 * GIB, false);
	coming = 0;
	CHECK(!write_param("split"), "refused");
	CHECK(write_param("nonsense,bar2\n") == -EINVAL && !strcmp(param(), "split\n"), "%s",
	      param());
	CHECK(strstr(said, "layout=nonsense,bar2 is not"), "%s", said);
	/* 255 characters are the longest list. */
	memset(list, ',', sizeof(list));
	memcpy(list, "split", strlen("split"));
	list[255] = 0;
	CHECK(!write_param(list), "255 characters");
	list[255] = ',';
	list[256] = 0;
	CHECK(write_param(list) == -ENOSPC, "256 characters");
}

static void region_is(unsigned int i, unsigned int bar, u64 phys, u64 size, bool cached)
{
	const struct nvgrace_region *region = &nvg.regions[i];

	CHECK(region->bar == bar && region->phys == phys && region->mem_size == size &&
	      region->cached == cached, "region %u: BAR%u, %#lx bytes at %#lx, %d", i, region->bar,
	      region->mem_size, region->phys, region->cached);
}

static void lay_out(const char *list, unsigned int regions)
{
	CHECK(!write_param(list), "%s is refused", list);
	CHECK(!nvgrace_lay_out(&nvg), "%s", said);
	CHECK(nvg.nr_regions == regions, "%u", nvg.nr_regions);
	CHECK(nvg.layout == (regions > 1 || strstr(list, "split") ? NVGRACE_LAYOUT_SPLIT :
			     NVGRACE_LAYOUT_BAR2), "%d", nvg.layout);
}

static void I22_whole_memory_is_the_bar_of_the_generation(void)
{
	static const struct {
		u16 device;
		unsigned int bar;
	} parts[] = { { HOPPER, 2 }, { BLACKWELL, 4 }, { NEWER, 4 } };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		set_up(parts[i].device, 95 * GIB, false);
		lay_out("bar2", 1);
		region_is(0, parts[i].bar, BASE, 95 * GIB, true);
		CHECK(strstr(said, "layout bar2: all memory 0x2000000000-0x37bfffffff"),
		      "%s", said);
		CHECK(strstr(said, "(97280 MiB) is BAR"), "%s", said);
		CHECK(strstr(said, "of 131072 MiB, cacheable\n"), "%s", said);
		CHECK(!strstr(said, "newer than this driver") == (parts[i].device != NEWER), "%s",
		      said);
	}
}

static void I22_split_memory_is_usable_and_reserved(void)
{
	set_up(HOPPER, 95 * GIB, false);
	lay_out("split", 2);
	region_is(0, 4, BASE, 94 * GIB, true);
	region_is(1, 2, BASE + 94 * GIB, GIB, false);
	CHECK(strstr(said, "layout split: usable memory") && strstr(said, "reserved memory") &&
	      strstr(said, "uncached, as MIG"), "%s", said);

	set_up(BLACKWELL, 7 * GIB, true);
	lay_out("split", 1);
	region_is(0, 4, BASE, 7 * GIB, true);
	CHECK(strstr(said, "layout split: all memory"), "%s", said);

	set_up(HOPPER, 1535 * MIB, false);
	CHECK(!write_param("split") && nvgrace_lay_out(&nvg) == -EINVAL, "too small");
	CHECK(strstr(said, "1535 MiB of memory are too few") && !nvg.nr_regions, "%s", said);
}

static void hardware_bar(unsigned int bar, u64 size, u64 its_flags)
{
	lengths[bar] = size;
	flags[bar] = its_flags;
}

/* Which BARs are blank with hardware's at 0, @bar and 4? */
static unsigned int blank(u16 device, unsigned int bar, u64 its_flags, const char *list)
{
	set_up(device, 95 * GIB, true);
	hardware_bar(0, 16 * MIB, 0);
	hardware_bar(bar, 64 * MIB, its_flags);
	hardware_bar(4, 32 * MIB, IORESOURCE_MEM_64);
	lay_out(list, 1);
	return nvg.blank_bars;
}

static void I22_hardware_bars_that_could_be_taken_for_memory_are_hidden(void)
{
	CHECK(blank(HOPPER, 2, IORESOURCE_MEM_64, "bar2") == (BIT(4) | BIT(5)), "%#x",
	      nvg.blank_bars);
	CHECK(strstr(said, "hides a hardware BAR") &&
	      strstr(said, "hardware BAR4 of 32 MiB is hidden"), "%s", said);
	CHECK(blank(HOPPER, 2, IORESOURCE_MEM_64, "split") == (BIT(2) | BIT(3)), "%#x",
	      nvg.blank_bars);
	CHECK(blank(HOPPER, 2, 0, "split") == BIT(2), "a 32-bit one: %#x", nvg.blank_bars);
	CHECK(blank(HOPPER, 3, 0, "split") == BIT(3), "%#x", nvg.blank_bars);
	CHECK(blank(HOPPER, 5, 0, "split") == 0, "the made-up one's upper half: %#x",
	      nvg.blank_bars);
	CHECK(blank(HOPPER, 1, 0, "split") == 0, "below: %#x", nvg.blank_bars);
	CHECK(blank(BLACKWELL, 2, IORESOURCE_MEM_64, "bar2") == 0, "%#x", nvg.blank_bars);
	CHECK(blank(NEWER, 2, IORESOURCE_MEM_64, "split") == 0, "%#x", nvg.blank_bars);

	set_up(HOPPER, 95 * GIB, true);
	hardware_bar(5, MIB, 0);
	lay_out("bar2", 1);
	CHECK(nvg.blank_bars == BIT(5), "the last: %#x", nvg.blank_bars);
}

int main(void)
{
	CLAIM(I22_each_device_gets_the_layout_that_its_list_says);
	CLAIM(lists_add_up_while_it_is_loaded_and_replace_later);
	CLAIM(a_list_that_is_refused_changes_nothing);
	CLAIM(I22_whole_memory_is_the_bar_of_the_generation);
	CLAIM(I22_split_memory_is_usable_and_reserved);
	CLAIM(I22_hardware_bars_that_could_be_taken_for_memory_are_hidden);
	return unit_end();
}
