// SPDX-License-Identifier: GPL-2.0-only
/* Is the slice that window.c maps the right one, and gone when it may not be there? */
#include "unit_user.h"

#define MEMREMAP_WB	1
#define MEMREMAP_WC	4
#define BASE		0x2000000000ULL
#define FIRST		(3 * SZ_2M + SZ_64K)
#define SECOND		SZ_64K

static struct {
	u64 phys;
	u64 size;
	unsigned long flags;
	unsigned int maps;	/* that are there now */
	unsigned int made;
	bool fails;
} mapped;

/* An address is the physical one and something. */
#define VA(phys)	((void *)((phys) + 0x500000000000))

static void *memremap(u64 phys, size_t size, unsigned long flags)
{
	mapped.phys = phys;
	mapped.size = size;
	mapped.flags = flags;
	if (mapped.fails)
		return NULL;
	mapped.maps++;
	mapped.made++;
	return VA(phys);
}

static void memunmap(void *va)
{
	CHECK(va == VA(mapped.phys), "another one");
	mapped.maps--;
}

#define lockdep_assert_held(lock)	CHECK((lock)->held, "not held")

#include "../../region.c"
#include "../../window.c"

static struct nvgrace_device nvg;

static void set_up(void)
{
	memset(&nvg, 0, sizeof(nvg));
	memset(&mapped, 0, sizeof(mapped));
	nvgrace_region_init(&nvg.regions[0], 4, BASE, FIRST, true);
	nvgrace_region_init(&nvg.regions[1], 2, BASE + FIRST, SECOND, false);
}

static void *at(unsigned int region, u64 offset, u64 *avail)
{
	guard(mutex)(&nvg.window.lock);
	return nvgrace_window_at(&nvg, &nvg.regions[region], offset, avail);
}

static void is_mapped(unsigned int region, u64 offset)
{
	u64 phys = nvg.regions[region].phys + offset, avail = 0;

	CHECK(at(region, offset, &avail) == VA(phys), "%#lx of %u is elsewhere", offset, region);
	CHECK(avail && phys >= mapped.phys && phys + avail == mapped.phys + mapped.size,
	      "%#lx bytes at %#lx", avail, offset);
	CHECK(mapped.maps == 1, "%u are mapped", mapped.maps);
	CHECK(mapped.flags == (region ? MEMREMAP_WC : MEMREMAP_WB), "%lu", mapped.flags);
}

static void I5_any_byte_is_where_it_is_mapped(void)
{
	static const u64 offsets[] = { 0, 1, SZ_2M - 1, SZ_2M, 2 * SZ_2M + 5, FIRST - 1, 7 };

	set_up();
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		is_mapped(0, offsets[i]);
		is_mapped(1, offsets[i] % SECOND);
	}
	/* The last byte of one and the first of the other, either way. */
	is_mapped(0, FIRST - 1);
	is_mapped(1, 0);
	is_mapped(0, FIRST - 1);
}

static void a_slice_that_holds_the_byte_stays(void)
{
	set_up();
	is_mapped(0, SZ_2M + 100);
	is_mapped(0, SZ_2M);
	is_mapped(0, 2 * SZ_2M - 1);
	CHECK(mapped.made == 1, "mapped again");
	is_mapped(0, SZ_2M - 1);
	is_mapped(0, SZ_2M);
	CHECK(mapped.made == 3, "%u", mapped.made);
}

static void I11_nothing_is_mapped_after_a_drop(void)
{
	set_up();
	nvgrace_window_drop(&nvg);
	CHECK(!mapped.made, "it was not there");
	is_mapped(0, 0);
	nvgrace_window_drop(&nvg);
	CHECK(!mapped.maps && !unit_locks_held, "%u", mapped.maps);
	nvgrace_window_drop(&nvg);
	CHECK(!mapped.maps, "dropped twice");
	is_mapped(0, 0);
	CHECK(mapped.made == 2, "taken for mapped");
}

static void I20_without_memory_for_page_tables_nothing_is_mapped(void)
{
	u64 avail;

	set_up();
	is_mapped(0, 0);
	mapped.fails = true;
	CHECK(!at(0, SZ_2M, &avail) && !mapped.maps, "%u", mapped.maps);
	CHECK(!at(0, SZ_2M, &avail), "taken for mapped");
	mapped.fails = false;
	is_mapped(0, SZ_2M);
}

int main(void)
{
	CLAIM(I5_any_byte_is_where_it_is_mapped);
	CLAIM(a_slice_that_holds_the_byte_stays);
	CLAIM(I11_nothing_is_mapped_after_a_drop);
	CLAIM(I20_without_memory_for_page_tables_nothing_is_mapped);
	return unit_end();
}
