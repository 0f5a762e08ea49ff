// SPDX-License-Identifier: GPL-2.0-only
/* Does aperture.c take what firmware says of the memory, and refuse what cannot be (I15, I16)? */
#include "unit_log.h"

#define KBUILD_MODNAME		"nvgrace_gpu_vfio_pci"
#define PCI_VENDOR_ID_NVIDIA	0x10de
#define IORESOURCE_MEM		0x00000200
#define IORESOURCE_SYSTEM_RAM	0x01000200
#define IORES_DESC_NONE		0
#define MAX_PHYSMEM_BITS	44
#define BASE			0x2000000000ULL
#define SIZE			0x17c0000000ULL
#define DVSEC			0x240
#define NR_PROPERTIES		7

enum { REGION_INTERSECTS, REGION_DISJOINT, REGION_MIXED };

/* What firmware says; the first two make a GPU with memory. */
static struct property {
	const char *name;
	bool there;
	bool no_number;
	u64 value;
} properties[NR_PROPERTIES];

static struct pci_dev pdev;
static u64 ram, ram_size;	/* where the host's is */
static int other_owner;		/* as region_intersects() says it */
static bool claim_fails;
static struct {
	u64 base, size;
	const char *name;
} claimed;
static u16 dvsec, caps;

static const struct property *property_of(const char *name)
{
	for (size_t i = 0; i < NR_PROPERTIES; i++)
		if (!strcmp(properties[i].name, name))
			return &properties[i];
	CHECK(false, "%s is asked for", name);
	return &properties[0];
}

static bool device_property_present(struct device *dev, const char *name)
{
	return property_of(name)->there;
}

static int device_property_read_u64(struct device *dev, const char *name, u64 *value)
{
	const struct property *property = property_of(name);

	if (!property->there || property->no_number)
		return -EINVAL;
	*value = property->value;
	return 0;
}

static int region_intersects(u64 base, u64 size, unsigned long flags, unsigned long desc)
{
	CHECK(desc == IORES_DESC_NONE, "%lu", desc);
	if (flags == IORESOURCE_MEM)
		return other_owner;
	CHECK(flags == IORESOURCE_SYSTEM_RAM, "%#lx", flags);
	if (base + size <= ram || base >= ram + ram_size)
		return REGION_DISJOINT;
	return base >= ram && base + size <= ram + ram_size ? REGION_INTERSECTS : REGION_MIXED;
}

static void *devm_request_mem_region(struct device *dev, u64 base, u64 size, const char *name)
{
	claimed.base = base;
	claimed.size = size;
	claimed.name = name;
	return claim_fails ? NULL : &claimed;
}

static u16 pci_find_dvsec_capability(struct pci_dev *pdev, u16 vendor, u16 id)
{
	return vendor == PCI_VENDOR_ID_NVIDIA && id == 3 ? dvsec : 0;
}

static void pci_read_config_word(struct pci_dev *pdev, int at, u16 *value)
{
	CHECK(at == DVSEC + 0xa, "%#x", at);
	*value = caps;
}

#include "../../region.c"
#include "../../aperture.c"

static void firmware_says(size_t i, u64 value)
{
	properties[i].there = true;
	properties[i].value = value;
}

static void set_up(void)
{
	static const char *const names[NR_PROPERTIES] = {
		"nvidia,gpu-mem-base-pa",   "nvidia,gpu-mem-size", "nvidia,gpu-mem-pxm-start",
		"nvidia,gpu-mem-pxm-count", "nvidia,egm-base-pa",  "nvidia,egm-size",
		"nvidia,egm-pxm",
	};

	memset(properties, 0, sizeof(properties));
	for (size_t i = 0; i < NR_PROPERTIES; i++)
		properties[i].name = names[i];
	firmware_says(0, BASE);
	firmware_says(1, SIZE);
	said[0] = 0;
	ram = 0x40000000;
	ram_size = 0x40000000;
	other_owner = REGION_DISJOINT;
	claim_fails = false;
	dvsec = caps = 0;
}

static int read_aperture(struct nvgrace_aperture *ap)
{
	memset(ap, 0x5a, sizeof(*ap));
	return nvgrace_aperture_read(&pdev, ap);
}

static void is_refused(const char *words, int line)
{
	struct nvgrace_aperture ap;

	CHECK(read_aperture(&ap) == -EINVAL, "line %d: it is not", line);
	CHECK(strstr(said, words), "line %d: %s", line, said);
	CHECK(strstr(said, "bind vfio-pci") && strchr(said, '\n') == said + strlen(said) - 1,
	      "line %d, no line with the way out: %s", line, said);
}

#define REFUSED(words)	is_refused(words, __LINE__)

static void I15_memory_that_can_be_is_taken(void)
{
	struct nvgrace_aperture ap;

	set_up();
	CHECK(!read_aperture(&ap) && ap.base == BASE && ap.size == SIZE, "%s", said);
	CHECK(!ap.pxm_count && !ap.egm_size && !ap.all_cacheable && !said[0],
	      "more than firmware says");
	set_up();
	firmware_says(0, (1ULL << MAX_PHYSMEM_BITS) - SIZE);
	CHECK(!read_aperture(&ap), "up to the last address: %s", said);
}

static void I16_no_properties_are_an_ordinary_gpu(void)
{
	struct nvgrace_aperture ap;

	set_up();
	properties[0].there = properties[1].there = false;
	CHECK(!read_aperture(&ap) && !ap.size && !ap.base && !said[0], "%s", said);
}

static void I15_half_of_the_pair_is_refused(void)
{
	set_up();
	properties[1].there = false;
	REFUSED("gpu-mem-size is missing though nvidia,gpu-mem-base-pa is 0x2000000000");
	set_up();
	properties[0].there = false;
	REFUSED("gpu-mem-base-pa is missing though nvidia,gpu-mem-size is 0x17c0000000");
	for (size_t i = 0; i < 2; i++) {
		set_up();
		properties[i].no_number = true;
		REFUSED(i ? "gpu-mem-size is not a 64-bit integer"
			  : "gpu-mem-base-pa is not a 64-bit integer");
	}
}

static void I15_memory_that_cannot_be_is_refused(void)
{
	set_up();
	firmware_says(1, 0);
	REFUSED("nvidia,gpu-mem-base-pa 0x2000000000, nvidia,gpu-mem-size 0: size is 0");
	set_up();
	firmware_says(0, (1ULL << MAX_PHYSMEM_BITS) - SIZE + SZ_64K);
	REFUSED("width");
	/* All of it, an end of it, and RAM that lies within. */
	set_up();
	ram = BASE - SZ_1G;
	ram_size = SIZE + 2ULL * SZ_1G;
	REFUSED("overlaps System RAM");
	set_up();
	ram = BASE + SIZE - SZ_64K;
	REFUSED("overlaps System RAM");
	set_up();
	ram = BASE + SZ_1G;
	REFUSED("overlaps System RAM");
}

static void nodes_are_passed_on_when_both_numbers_are_there(void)
{
	struct nvgrace_aperture ap;

	set_up();
	firmware_says(2, 7);
	firmware_says(3, 8);
	CHECK(!read_aperture(&ap) && ap.pxm_start == 7 && ap.pxm_count == 8, "%s", said);
	for (size_t i = 2; i < 4; i++) {
		set_up();
		firmware_says(2, 7);
		firmware_says(3, 8);
		properties[i].there = false;
		CHECK(!read_aperture(&ap) && !ap.pxm_count && !said[0], "without %s",
		      properties[i].name);
	}
}

static void egm_is_passed_on_when_all_of_it_is_there(void)
{
	struct nvgrace_aperture ap;

	for (size_t i = 3; i < NR_PROPERTIES; i++) {
		set_up();
		for (size_t egm = 4; egm < NR_PROPERTIES; egm++)
			firmware_says(egm, egm * SZ_1G);
		properties[i].there = i == 3;
		CHECK(!read_aperture(&ap) && !said[0], "%s", said);
		CHECK(ap.egm_size == (i == 3 ? 5ULL * SZ_1G : 0), "without %s", properties[i].name);
		CHECK(i != 3 || (ap.egm_base == 4ULL * SZ_1G && ap.egm_pxm == 6ULL * SZ_1G),
		      "another's");
	}
}

static void I22_the_dvsec_says_whether_all_may_be_cached(void)
{
	struct nvgrace_aperture ap;

	for (caps = 0; caps < 4; caps++) {
		u16 said_caps = caps;

		set_up();
		caps = said_caps;
		CHECK(!read_aperture(&ap) && !ap.all_cacheable, "a part without it");
		dvsec = DVSEC;
		CHECK(!read_aperture(&ap) && ap.all_cacheable == (caps & 1), "%#x", caps);
	}
}

static void I15_memory_is_this_drivers_alone(void)
{
	const struct nvgrace_aperture ap = { .base = BASE, .size = SIZE };

	set_up();
	CHECK(!nvgrace_aperture_claim(&pdev, &ap) && !said[0], "%s", said);
	CHECK(claimed.base == BASE && claimed.size == SIZE && !strcmp(claimed.name, KBUILD_MODNAME),
	      "another");
	set_up();
	claim_fails = true;
	CHECK(nvgrace_aperture_claim(&pdev, &ap) == -ENOMEM && !said[0], "%s", said);
	for (other_owner = REGION_INTERSECTS; other_owner <= REGION_MIXED; other_owner += 2) {
		CHECK(nvgrace_aperture_claim(&pdev, &ap) == -EBUSY, "somebody else has it");
		CHECK(strstr(said, "another owner's memory"), "%s", said);
	}
}

int main(void)
{
	CLAIM(I15_memory_that_can_be_is_taken);
	CLAIM(I16_no_properties_are_an_ordinary_gpu);
	CLAIM(I15_half_of_the_pair_is_refused);
	CLAIM(I15_memory_that_cannot_be_is_refused);
	CLAIM(nodes_are_passed_on_when_both_numbers_are_there);
	CLAIM(egm_is_passed_on_when_all_of_it_is_there);
	CLAIM(I22_the_dvsec_says_whether_all_may_be_cached);
	CLAIM(I15_memory_is_this_drivers_alone);
	return unit_end();
}
