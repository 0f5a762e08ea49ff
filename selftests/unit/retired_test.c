// SPDX-License-Identifier: GPL-2.0-only
/* Does retired.c remember each memory's bad pages, and no others? */
#include "unit_user.h"

static bool no_memory;
static void (*meanwhile)(void);	/* comes while a reader reads, once */

#undef kzalloc
#define kzalloc(size, flags)	(no_memory ? NULL : calloc(1, size))

static bool read_again(const seqlock_t *lock, unsigned int seq)
{
	void (*comes)(void) = meanwhile;

	meanwhile = NULL;
	if (comes)
		comes();
	return seq % 2 || lock->sequence != seq;
}

#undef read_seqretry
#define read_seqretry(lock, seq)	read_again(lock, seq)

#include "../../retired.c"

#define BASE	0x2000000000ULL
#define FIRST	(BASE >> PAGE_SHIFT)
#define PAGES	10000ULL

/* A GPU of PAGES pages of memory at @base, newly bound. */
static struct nvgrace_device bound(u64 base)
{
	struct nvgrace_device nvg = { .aperture.base = base, .nr_regions = 1 };
	struct nvgrace_region *region = &nvg.regions[0];

	region->phys = base;
	region->mem_size = PAGES << PAGE_SHIFT;
	region->bar_size = region->mem_size;
	CHECK(!nvgrace_recall_bad_pages(&nvg), "out of memory");
	return nvg;
}

static void unload(void)
{
	nvgrace_forget_bad_pages();
	all_memories.next = &all_memories;
}

/* The n-th page to go bad, in no order; every n below PAGES is another one. */
static u64 scattered(u64 n)
{
	return n * 7919 % PAGES;
}

static void ruin(struct nvgrace_device *nvg, u64 nr)
{
	u64 first = nvg->aperture.base >> PAGE_SHIFT;

	for (u64 n = 0; n < nr; n++)
		CHECK(!nvgrace_retire(nvg, first + scattered(n)), "%lu", n);
}

static void I17_page_is_new_once(void)
{
	struct nvgrace_device nvg = bound(BASE);

	ruin(&nvg, 300);
	for (u64 n = 0; n < 300; n++)
		CHECK(nvgrace_retire(&nvg, FIRST + scattered(n)) == -EEXIST,
		      "%lu", n);
	CHECK(!nvgrace_all_is_bad(&nvg), "300 are not too many");
	unload();
}

/* What a map of bits would say. */
static void I17_lookups_agree_with_a_map(void)
{
	struct nvgrace_device nvg = bound(BASE);
	static bool bad[PAGES + 1];
	u64 next = PAGES;

	for (u64 n = 0; n < NVGRACE_MAX_BAD_PAGES; n++) {
		nvgrace_retire(&nvg, FIRST + scattered(n));
		bad[scattered(n)] = true;
	}
	for (u64 page = PAGES; page--;) {
		next = bad[page] ? page : next;
		CHECK(nvgrace_next_retired(&nvg, nvg.regions, page) == next,
		      "%lu", page);
		CHECK(nvgrace_good_pages(&nvg, FIRST + page, PAGES - page) ==
		      next - page, "%lu", page);
		CHECK(nvgrace_good_pages(&nvg, FIRST + page, 1) == !bad[page],
		      "%lu", page);
	}
	CHECK(nvgrace_next_retired(&nvg, nvg.regions, PAGES) == PAGES, "end");
	CHECK(nvgrace_next_retired(&nvg, nvg.regions, ~0ULL) == PAGES, "past it");
	unload();
}

static void I17_bytes_end_at_the_bad_page(void)
{
	struct nvgrace_device nvg = bound(BASE);
	struct nvgrace_region *region = nvg.regions;
	u64 at = 100 << PAGE_SHIFT;

	nvgrace_retire(&nvg, FIRST + 100);
	CHECK(nvgrace_good_bytes(&nvg, region, at - 5, 5) == 5, "before");
	CHECK(nvgrace_good_bytes(&nvg, region, at - 5, 6) == 5, "into");
	CHECK(nvgrace_good_bytes(&nvg, region, at, 1) == 0, "first byte");
	CHECK(nvgrace_good_bytes(&nvg, region, at + PAGE_SIZE - 1, 9) == 0,
	      "last byte");
	CHECK(nvgrace_good_bytes(&nvg, region, at + PAGE_SIZE, 9) == 9, "after");
	CHECK(nvgrace_good_bytes(&nvg, region, 0, region->mem_size) == at, "all");
	CHECK(nvgrace_good_bytes(&nvg, region, at / 2 - 5, 6) == 6, "into a good page");
	unload();
}

static void I18_one_too_many_makes_all_of_this_memory_bad(void)
{
	struct nvgrace_device nvg = bound(BASE), other = bound(2 * BASE);
	u64 page = 0, listed = 0;

	ruin(&nvg, NVGRACE_MAX_BAD_PAGES);
	CHECK(nvgrace_retire(&nvg, FIRST + scattered(3)) == -EEXIST, "known");
	CHECK(!nvgrace_all_is_bad(&nvg), "as many as fit");
	CHECK(nvgrace_retire(&nvg, FIRST + PAGES - 1) == -ENOSPC, "one more");
	CHECK(nvgrace_retire(&nvg, FIRST + PAGES - 2) == -EEXIST, "told once");
	CHECK(nvgrace_all_is_bad(&nvg), "too many");
	CHECK(!nvgrace_good_pages(&nvg, FIRST + PAGES - 2, 1), "a page");
	CHECK(!nvgrace_good_bytes(&nvg, nvg.regions, 12345, 1), "a byte");
	while ((page = nvgrace_next_retired(&nvg, nvg.regions, page)) < PAGES) {
		page++;
		listed++;
	}
	CHECK(listed == NVGRACE_MAX_BAD_PAGES, "%lu", listed);
	CHECK(!nvgrace_all_is_bad(&other), "another's");
	CHECK(nvgrace_good_pages(&other, 2 * FIRST, PAGES) == PAGES, "another's");
	unload();
}

static void I17_unbinding_forgets_nothing_and_unloading_all(void)
{
	struct nvgrace_device nvg = bound(BASE), other;

	ruin(&nvg, 3);
	other = bound(2 * BASE);
	nvg = bound(BASE);
	CHECK(nvgrace_retire(&nvg, FIRST + scattered(1)) == -EEXIST, "known");
	CHECK(!nvgrace_retire(&other, 2 * FIRST + scattered(1)), "another's");
	unload();
	nvg = bound(BASE);
	CHECK(nvgrace_good_pages(&nvg, FIRST, PAGES) == PAGES, "unloaded");
	unload();
}

static struct nvgrace_device raced;

static void page_5_goes_bad(void)
{
	nvgrace_retire(&raced, FIRST + 5);
}

static void I17_page_that_goes_bad_during_a_lookup_is_found(void)
{
	raced = bound(BASE);
	CHECK(raced.bad_pages->lock.initialised, "a lock that nobody made");
	meanwhile = page_5_goes_bad;
	CHECK(nvgrace_good_pages(&raced, FIRST, PAGES) == 5, "not found");
	CHECK(raced.bad_pages->lock.sequence == 2, "one writer, %u",
	      raced.bad_pages->lock.sequence);
	unload();
}

static void list_of_memories_has_one_reader_or_writer(void)
{
	struct nvgrace_device nvg;

	unit_locks_taken = 0;
	nvg = bound(BASE);
	CHECK(unit_locks_taken == 1 && nvg.bad_pages, "%u locks", unit_locks_taken);
	unload();
}

static void no_memory_for_the_list_is_told(void)
{
	struct nvgrace_device nvg = { .aperture.base = BASE };

	no_memory = true;
	CHECK(nvgrace_recall_bad_pages(&nvg) == -ENOMEM, "not told");
	no_memory = false;
}

/* The memory's first and last page, and those that a list is searched between. */
static void I17_bad_page_at_either_end_is_found(void)
{
	struct nvgrace_device nvg = bound(BASE);
	struct nvgrace_region *region = nvg.regions;

	CHECK(!nvgrace_retire(&nvg, FIRST), "first");
	CHECK(!nvgrace_retire(&nvg, FIRST + PAGES - 1), "last");
	CHECK(nvgrace_next_retired(&nvg, region, 0) == 0, "first");
	CHECK(nvgrace_next_retired(&nvg, region, 1) == PAGES - 1, "last");
	CHECK(!nvgrace_good_bytes(&nvg, region, 0, 1), "first byte");
	CHECK(!nvgrace_good_bytes(&nvg, region, region->mem_size - 1, 1), "last byte");
	CHECK(nvgrace_good_bytes(&nvg, region, PAGE_SIZE, region->mem_size - PAGE_SIZE) ==
	      region->mem_size - 2 * PAGE_SIZE, "between");
	unload();
}

int main(void)
{
	CLAIM(I17_page_is_new_once);
	CLAIM(I17_lookups_agree_with_a_map);
	CLAIM(I17_bytes_end_at_the_bad_page);
	CLAIM(I18_one_too_many_makes_all_of_this_memory_bad);
	CLAIM(I17_unbinding_forgets_nothing_and_unloading_all);
	CLAIM(I17_page_that_goes_bad_during_a_lookup_is_found);
	CLAIM(I17_bad_page_at_either_end_is_found);
	CLAIM(list_of_memories_has_one_reader_or_writer);
	CLAIM(no_memory_for_the_list_is_told);
	return unit_end();
}
