// SPDX-License-Identifier: GPL-2.0-only
/* Is what the hardware says of its training, or cannot say, understood? */
#include "check.h"
#include "kernel_stand_in.h"

#define U16_MAX			0xffff
#define MSEC_PER_SEC		1000
#define BIT(n)			(1UL << (n))
#define GENMASK(high, low)	((u32)GENMASK_ULL(high, low))
#define FIELD_GET(mask, val)	(((val) & (mask)) / ((mask) & -(mask)))
#define PCI_POSSIBLE_ERROR(val)	((val) == (__typeof__(val))~0ULL)

#define C2C	0x1498
#define HBM	0x200bc
#define CXL_CAP	0x200
#define RANGE	(CXL_CAP + 0x1c)
#define BAR0	0x1234000000ULL

static u8 config[4096];
static u8 bar0[0x21000];
static bool gone;		/* config space reads ones, too */
static unsigned int writes;	/* to config space */
static u8 opened;		/* the first of them */
static unsigned int looks;	/* at BAR0, with memory space on */
static char said[512];		/* the last line of the log */

#define pci_err(pdev, fmt, ...)						\
	((void)(pdev), snprintf(said, sizeof(said), fmt, ##__VA_ARGS__))

static void config_read(int at, void *val, size_t size)
{
	memcpy(val, config + at, size);
	if (gone)
		memset(val, 0xff, size);
}

#define pci_read_config_byte(pdev, at, val)	config_read(at, val, 1)
#define pci_read_config_word(pdev, at, val)	config_read(at, val, 2)
#define pci_read_config_dword(pdev, at, val)	config_read(at, val, 4)

static void pci_write_config_byte(struct pci_dev *pdev, int at, u8 val)
{
	config[at] = val;
	if (!writes++)
		opened = val;
}

#define pci_find_dvsec_capability(pdev, vendor, id)			\
	((vendor) == 0x1e98 && !(id) && (pdev)->pm_cap ? CXL_CAP : 0)

static u32 ioread32(const void *addr)
{
	u32 val;

	if (gone || !(config[PCI_COMMAND] & PCI_COMMAND_MEMORY))
		return ~0u;
	looks++;
	memcpy(&val, addr, sizeof(val));
	return val;
}

struct pci_bus_region {
	u64 start;
};

#define pcibios_resource_to_bus(bus, region, res)	((region)->start = *(res))

#include "../../training.c"

static struct pci_dev pdev;
static struct nvgrace_training_source source;
static struct nvgrace_training t;

static void put32(u8 *at, u32 val)
{
	memcpy(at, &val, sizeof(val));
}

static void set_up(bool cxl)
{
	memset(config, 0, sizeof(config));
	memset(bar0, 0, sizeof(bar0));
	memset(&t, 0x5a, sizeof(t));
	gone = false;
	looks = writes = 0;
	pdev.pm_cap = cxl;
	pdev.resource[0] = BAR0;
	config[PCI_COMMAND] = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	config[PCI_COMMAND + 1] = 4;
	put32(config + PCI_BASE_ADDRESS_0, (u32)BAR0 | PCI_BASE_ADDRESS_MEM_TYPE_64);
	put32(config + PCI_BASE_ADDRESS_1, BAR0 >> 32);
	source = nvgrace_training_source(&pdev);
}

static int ask(void)
{
	return nvgrace_training_ask(&source, bar0, &t);
}

static int ask_closed(void)
{
	return nvgrace_training_ask_closed(&source, bar0, &t);
}

static void both_words_must_be_there(void)
{
	set_up(false);
	CHECK(ask() == -EAGAIN && t.timeout_ms == 30000 && t.verdict == -ETIMEDOUT, "neither");
	put32(bar0 + HBM, 0xff);
	CHECK(ask() == -EAGAIN && t.hbm == 0, "memory without link");
	nvgrace_training_log(&source, &t, t.verdict);
	CHECK(strstr(said, "C2C link"), "%s", said);
	put32(bar0 + C2C, 0xff);
	CHECK(!ask(), "both");
	put32(bar0 + HBM, 0x3f);
	CHECK(ask() == -EAGAIN && t.hbm == 0x3f, "link without memory");
	nvgrace_training_log(&source, &t, t.verdict);
	CHECK(strstr(said, "memory training"), "%s", said);
}

static void I14_all_ones_count_at_once_only_if_config_space_has_them_too(void)
{
	const u32 word[] = { C2C, HBM };

	for (size_t i = 0; i < ARRAY_SIZE(word); i++) {
		set_up(false);
		put32(bar0 + C2C, 0xff);
		put32(bar0 + word[i], ~0u);
		CHECK(ask() == -EAGAIN, "lost at the first look at %#x", word[i]);
		CHECK(t.timeout_ms == 1000 && t.verdict == -ENODEV, "%u ms", t.timeout_ms);
	}
	gone = true;
	CHECK(ask() == -ENODEV, "off the bus");
	nvgrace_training_log(&source, &t, -ENODEV);
	CHECK(strstr(said, "fell off the bus"), "%s", said);
	set_up(true);
	gone = true;
	CHECK(ask() == -ENODEV, "off the bus, CXL");
	set_up(true);
	put32(config + RANGE, ~0u);
	CHECK(ask() == -EAGAIN && t.verdict == -ENODEV, "range of ones");
}

static void memory_space_off_is_eio(void)
{
	set_up(false);
	put32(bar0 + C2C, 0xff);
	put32(bar0 + HBM, 0xff);
	config[PCI_COMMAND] = 0;
	CHECK(ask() == -EIO, "asked");
	config[PCI_COMMAND] = PCI_COMMAND_IO;
	CHECK(ask() == -EIO, "I/O space is taken for it");
	CHECK(!looks, "looked");
}

/* As QEMU has it around a reset: everything off. */
static void I12_closed_memory_space_is_on_for_the_question_only(void)
{
	set_up(false);
	config[PCI_COMMAND] = PCI_COMMAND_IO;
	CHECK(ask_closed() == -EAGAIN && looks == 1, "%u looks", looks);
	CHECK(config[PCI_COMMAND] == PCI_COMMAND_IO, "left at %#x", config[PCI_COMMAND]);
	CHECK(opened == (PCI_COMMAND_IO | PCI_COMMAND_MEMORY), "%#x", opened);
	CHECK(config[PCI_COMMAND + 1] == 4, "INTx disable was written");
	put32(bar0 + C2C, 0xff);
	put32(bar0 + HBM, 0xff);
	CHECK(!ask_closed(), "trained");
	config[PCI_COMMAND] = 0;
	writes = 0;
	CHECK(!ask_closed() && opened == PCI_COMMAND_MEMORY, "%#x", opened);
	config[PCI_COMMAND] = PCI_COMMAND_MEMORY;
	writes = 0;
	CHECK(!ask_closed() && config[PCI_COMMAND] == PCI_COMMAND_MEMORY, "on before");
	CHECK(!writes, "written for nothing");
}

static void memory_space_stays_off_when_the_bars_are_wiped(void)
{
	set_up(false);
	config[PCI_COMMAND] = 0;
	put32(config + PCI_BASE_ADDRESS_1, 0);
	CHECK(ask_closed() == -EIO && !looks, "upper half");
	set_up(false);
	config[PCI_COMMAND] = 0;
	put32(config + PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_MEM_TYPE_64);
	CHECK(ask_closed() == -EIO && !looks, "lower half");
	gone = true;
	CHECK(ask_closed() == -ENODEV, "off the bus");
}

static void cxl_range_has_the_time_it_announces(void)
{
	const unsigned int s[] = { 1, 4, 16, 64, 256, 256, 256, 256 };

	set_up(true);
	CHECK(ask() == -EAGAIN && t.timeout_ms == 1000, "not valid: %u", t.timeout_ms);
	put32(config + RANGE, 3 << 13);
	CHECK(ask() == -EAGAIN && t.timeout_ms == 1000, "a code that is not valid: %u",
	      t.timeout_ms);
	for (u32 code = 0; code < 8; code++) {
		put32(config + RANGE, code << 13 | 1);
		CHECK(ask() == -EAGAIN && t.timeout_ms == s[code] * 1000, "%u: %u",
		      code, t.timeout_ms);
		put32(config + RANGE, code << 13 | 2);
		CHECK(ask() == -EAGAIN, "active and not valid");
		put32(config + RANGE, code << 13 | 3);
		config[PCI_COMMAND] = 0;
		CHECK(!ask() && !ask_closed() && !looks, "active, code %u", code);
		CHECK(t.hbm == 0 && t.verdict == -ETIMEDOUT, "code %u", code);
	}
}

static bool says(const char *after, const char *what)
{
	char line[sizeof(said)];

	snprintf(line, sizeof(line),
		 "memory is unusable %s ms after reset: %s; reset the GPU to try again\n",
		 after, what);
	nvgrace_training_log(&source, &t, t.verdict);
	return !strcmp(said, line);
}

static void I13_line_says_which_link_is_down_after_how_long(void)
{
	set_up(false);
	put32(bar0 + C2C, 0x3f);
	ask();
	CHECK(says("30000", "C2C link is down (0x3f, not 0xff)"), "%s", said);
	put32(bar0 + C2C, 0xff);
	put32(bar0 + HBM, 0x7);
	ask();
	CHECK(says("30000", "memory training has not ended (0x7, not 0xff)"), "%s", said);
	set_up(true);
	ask();
	CHECK(says("1000", "CXL range 1 is not valid (0)"), "%s", said);
	put32(config + RANGE, 1 << 13 | 1);
	ask();
	CHECK(says("4000", "CXL range 1 is not active (0x2001)"), "%s", said);
}

int main(void)
{
	CLAIM(both_words_must_be_there);
	CLAIM(I14_all_ones_count_at_once_only_if_config_space_has_them_too);
	CLAIM(memory_space_off_is_eio);
	CLAIM(I12_closed_memory_space_is_on_for_the_question_only);
	CLAIM(memory_space_stays_off_when_the_bars_are_wiped);
	CLAIM(cxl_range_has_the_time_it_announces);
	CLAIM(I13_line_says_which_link_is_down_after_how_long);
	return unit_end();
}
