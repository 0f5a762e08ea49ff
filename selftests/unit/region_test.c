// SPDX-License-Identifier: GPL-2.0-only
/* Does region.c's arithmetic hold for every size, offset and count? */
#include "../../region.c"

#include "check.h"

#define KIB	1024ULL
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)
#define TIB	(1024 * GIB)
#define BASE	0x2000000000ULL
#define PHYS	48

static void with_each_size(void (*test)(u64 size))
{
	static const u64 sizes[] = { 95 * GIB, 96 * GIB, 97280 * MIB, 144 * GIB,
				     144 * GIB - PAGE_SIZE, 186 * GIB };

	for (u64 pages = 1; pages <= 5000; pages++)
		test(pages << PAGE_SHIFT);
	for (int bit = PAGE_SHIFT; bit <= 40; bit++) {
		test(BIT_ULL(bit));
		if (bit > PAGE_SHIFT)
			test(BIT_ULL(bit) - PAGE_SIZE);
		if (bit < 40)
			test(BIT_ULL(bit) + PAGE_SIZE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		test(sizes[i]);
}

static struct nvgrace_region region_of(u64 size)
{
	struct nvgrace_region region;

	nvgrace_region_init(&region, 2, BASE, size, true);
	return region;
}

static void bar_of(u64 size)
{
	struct nvgrace_region r = region_of(size);

	CHECK(r.bar == 2 && r.phys == BASE && r.mem_size == size, "%#lx", size);
	CHECK(r.bar_size >= size, "%#lx", size);
	CHECK(!(r.bar_size & (r.bar_size - 1)), "%#lx", size);
	CHECK(r.bar_size / 2 < size, "%#lx", size);
	CHECK(r.bar_size <= TIB, "%#lx", size);
}

static void bar_is_the_next_power_of_two(void)
{
	with_each_size(bar_of);
}

static void accept(u64 size)
{
	const char *why = nvgrace_aperture_fault(BASE, size, PHYS);

	CHECK(!why, "%#lx: %s", size, why);
}

static void I15_every_size_up_to_1_tib_is_accepted(void)
{
	with_each_size(accept);
}

static bool refuses(u64 base, u64 size, unsigned int bits, const char *word)
{
	const char *why = nvgrace_aperture_fault(base, size, bits);

	return why && strstr(why, word);
}

static void I15_impossible_apertures_are_refused_with_the_reason(void)
{
	u64 top = BIT_ULL(PHYS), page = PAGE_SIZE;

	CHECK(refuses(BASE, 0, PHYS, "C2C"), "size 0");
	CHECK(refuses(0, 0, PHYS, "C2C"), "nothing");
	CHECK(refuses(BASE + 1, page, PHYS, "base"), "odd base");
	CHECK(refuses(BASE + page / 2, page, PHYS, "base"), "half a page");
	CHECK(refuses(BASE, page + 1, PHYS, "size"), "odd size");
	CHECK(refuses(BASE, page / 2, PHYS, "size"), "half a page");
	CHECK(refuses(-page, 2 * page, 63, "overflow"), "wraps");
	CHECK(refuses(-page, -page, 63, "overflow"), "wraps far");
	CHECK(refuses(top, page, PHYS, "width"), "above");
	CHECK(refuses(top - page, 2 * page, PHYS, "width"), "over the edge");
	CHECK(refuses(BASE, BASE, 37, "width"), "narrow CPU");
	CHECK(refuses(BASE, TIB + page, PHYS, "larger"), "over 1 TiB");
	CHECK(!nvgrace_aperture_fault(top - page, page, PHYS), "last page");
	CHECK(!nvgrace_aperture_fault(0, page, PHYS), "first page");
	CHECK(!nvgrace_aperture_fault(BASE, TIB, PHYS), "1 TiB");
}

static void clip(const struct nvgrace_region *r, u64 off, u64 count)
{
	struct nvgrace_span s = nvgrace_region_clip(r, off, count);
	u64 left = off < r->bar_size ? r->bar_size - off : 0;
	u64 mem_left = off < r->mem_size ? r->mem_size - off : 0;
	u64 want = count < left ? count : left;

	CHECK(s.mem == (want < mem_left ? want : mem_left),
	      "size %#lx: %#lx + %#lx", r->mem_size, off, count);
	CHECK(s.mem + s.pad == want, "size %#lx: %#lx + %#lx", r->mem_size,
	      off, count);
}

static void clip_at(u64 size)
{
	struct nvgrace_region r = region_of(size);
	const u64 off[] = { 0, 1, size / 2, size - 1, size, size + 1,
			    r.bar_size - 1, r.bar_size, r.bar_size + 1, TIB,
			    ~0ULL };
	const u64 count[] = { 0, 1, 7, PAGE_SIZE, size - 1, size, size + 1,
			      r.bar_size, 2 * r.bar_size, ~0ULL };

	for (size_t i = 0; i < ARRAY_SIZE(off); i++)
		for (size_t j = 0; j < ARRAY_SIZE(count); j++)
			clip(&r, off[i], count[j]);
}

static void I3_access_is_cut_at_the_memorys_and_the_bars_end(void)
{
	with_each_size(clip_at);
}

/* I1: the parts of a piecewise access add up to those of the whole. */
static void I1_cut_access_meets_the_same_memory(void)
{
	struct nvgrace_region r = region_of(3 * PAGE_SIZE);

	for (u64 off = 0; off < r.bar_size + 8; off += 5) {
		for (u64 cut = 1; cut < 2 * PAGE_SIZE; cut += 101) {
			u64 count = 2 * PAGE_SIZE;
			struct nvgrace_span all, a, b;

			all = nvgrace_region_clip(&r, off, count);
			a = nvgrace_region_clip(&r, off, cut);
			b = nvgrace_region_clip(&r, off + cut, count - cut);
			CHECK(a.mem + b.mem == all.mem &&
			      a.pad + b.pad == all.pad, "%#lx, %#lx", off, cut);
		}
	}
}

static void map_at(u64 size)
{
	struct nvgrace_region r = region_of(size);
	u64 pages = size >> PAGE_SHIFT;

	CHECK(nvgrace_region_mappable(&r, 0, pages), "%#lx", size);
	CHECK(nvgrace_region_mappable(&r, pages - 1, 1), "%#lx", size);
	CHECK(!nvgrace_region_mappable(&r, 0, pages + 1), "%#lx", size);
	CHECK(!nvgrace_region_mappable(&r, pages, 1), "%#lx", size);
	CHECK(!nvgrace_region_mappable(&r, pages - 1, 2), "%#lx", size);
	CHECK(!nvgrace_region_mappable(&r, ~0ULL, 1), "%#lx", size);
	CHECK(!nvgrace_region_mappable(&r, ~0ULL, 2), "%#lx", size);
	CHECK(!nvgrace_region_mappable(&r, 1, ~0ULL), "%#lx", size);
	CHECK(nvgrace_region_pfn(&r, pages - 1) ==
	      ((BASE + size) >> PAGE_SHIFT) - 1, "%#lx", size);
}

static void I10_memory_can_be_mapped_and_the_padding_cannot(void)
{
	with_each_size(map_at);
}

static void page_at(u64 size)
{
	struct nvgrace_region r = region_of(size);
	u64 first = BASE >> PAGE_SHIFT, pages = size >> PAGE_SHIFT, pgoff;

	CHECK(nvgrace_region_page(&r, first, &pgoff) && !pgoff, "%#lx", size);
	CHECK(nvgrace_region_page(&r, first + pages - 1, &pgoff) &&
	      pgoff == pages - 1, "%#lx", size);
	CHECK(!nvgrace_region_page(&r, first - 1, &pgoff), "%#lx", size);
	CHECK(!nvgrace_region_page(&r, first + pages, &pgoff), "%#lx", size);
	CHECK(!nvgrace_region_page(&r, 0, &pgoff), "%#lx", size);
	CHECK(!nvgrace_region_page(&r, ~0ULL, &pgoff), "%#lx", size);
}

static void I17_page_frame_is_the_regions_or_nobodys(void)
{
	with_each_size(page_at);
}

static void split(u64 size)
{
	u64 usable = nvgrace_usable_size(size);

	CHECK(IS_ALIGNED(usable, 512 * MIB), "%#lx", size);
	CHECK(!usable || size - usable >= GIB, "%#lx", size);
	CHECK(!usable || size - usable < GIB + 512 * MIB, "%#lx", size);
	CHECK(!!usable == (size >= GIB + 512 * MIB), "%#lx", size);
}

static void split_leaves_at_least_1_gib_after_whole_512_mib(void)
{
	CHECK(!nvgrace_usable_size(0) && !nvgrace_usable_size(GIB - 1), "less than 1 GiB");
	with_each_size(split);
}

static void window(const struct nvgrace_region *r, u64 off)
{
	u64 start, size, at = r->phys + off;

	nvgrace_region_window(r, off, &start, &size);
	CHECK(start <= at && at < start + size, "%#lx", off);
	CHECK(start >= r->phys, "%#lx", off);
	CHECK(start + size <= r->phys + r->mem_size, "%#lx", off);
	CHECK(size <= SZ_2M && IS_ALIGNED(size, PAGE_SIZE), "%#lx", off);
	CHECK(ALIGN_DOWN(start, SZ_2M) == ALIGN_DOWN(start + size - 1, SZ_2M),
	      "%#lx", off);
}

static void window_at(u64 size)
{
	u64 skew[] = { 0, PAGE_SIZE, SZ_2M - PAGE_SIZE };

	for (size_t i = 0; i < ARRAY_SIZE(skew); i++) {
		struct nvgrace_region r;

		nvgrace_region_init(&r, 4, BASE + skew[i], size, true);
		window(&r, 0);
		window(&r, size / 2);
		window(&r, size - 1);
	}
}

static void window_holds_the_byte_and_nobody_elses_memory(void)
{
	with_each_size(window_at);
}

static void value_at(u64 size)
{
	struct nvgrace_region r = region_of(size);
	u64 sized = nvgrace_bar_value(&r, ~0ULL);

	CHECK((sized & 0xf) == 0xc, "%#lx", size);
	CHECK(~(sized & ~0xfULL) + 1 == r.bar_size, "%#lx", size);
	CHECK(nvgrace_bar_value(&r, 0) == 0xc, "%#lx", size);
	CHECK(nvgrace_bar_value(&r, 5 * r.bar_size + 3) ==
	      ((5 * r.bar_size) | 0xc), "%#lx", size);
}

static void I2_sizing_shows_the_bars_size_and_flags(void)
{
	with_each_size(value_at);
}

static void I2_bytes_merge_into_the_register_where_they_were_written(void)
{
	u64 old = 0x8877665544332211, val = 0xf8f7f6f5f4f3f2f1;

	for (unsigned int shift = 0; shift < 8; shift++) {
		for (unsigned int width = 1; width <= 8 - shift; width++) {
			u64 got = nvgrace_bar_merge(old, val, shift, width);
			u64 want = old;

			memcpy((u8 *)&want + shift, &val, width);
			CHECK(got == want, "%u bytes at %u", width, shift);
		}
	}
}

static void region_is_found_by_its_index_only(void)
{
	struct nvgrace_device nvg = { .nr_regions = 1 };

	nvgrace_region_init(&nvg.regions[0], 2, BASE, GIB, true);
	for (unsigned int i = 0; i < 16; i++) {
		CHECK(nvgrace_region_of(&nvg, i) ==
		      (i == 2 ? &nvg.regions[0] : NULL), "%u", i);
		CHECK(nvgrace_region_is_empty(&nvg, i) == (i == 3), "%u", i);
	}
	CHECK(!nvgrace_region_of(&nvg, ~0u), "~0");
	CHECK(!nvgrace_region_is_empty(&nvg, ~0u), "~0");
	nvg.nr_regions = 0;
	CHECK(!nvgrace_region_of(&nvg, 2), "no region");
	CHECK(!nvgrace_region_is_empty(&nvg, 3), "no region");
}

/* The memory in BAR2 of a part that has a BAR4, of 64 bits, too. */
static void I22_hidden_bar_is_empty_in_both_halves(void)
{
	struct nvgrace_device nvg = { .nr_regions = 1, .blank_bars = 0x30 };

	nvgrace_region_init(&nvg.regions[0], 2, BASE, GIB, true);
	for (unsigned int i = 0; i < 70; i++) {
		bool blank = i == 4 || i == 5;

		CHECK(nvgrace_region_is_blank(&nvg, i) == blank, "%u", i);
		CHECK(nvgrace_region_is_empty(&nvg, i) == (blank || i == 3),
		      "%u", i);
	}
	CHECK(!nvgrace_region_is_empty(&nvg, ~0u), "~0");
	nvg.blank_bars = ~0u;
	CHECK(nvgrace_region_is_blank(&nvg, 5) && !nvgrace_region_is_blank(&nvg, 6), "no BAR");
}

int main(void)
{
	CLAIM(bar_is_the_next_power_of_two);
	CLAIM(I15_every_size_up_to_1_tib_is_accepted);
	CLAIM(I15_impossible_apertures_are_refused_with_the_reason);
	CLAIM(I3_access_is_cut_at_the_memorys_and_the_bars_end);
	CLAIM(I1_cut_access_meets_the_same_memory);
	CLAIM(I10_memory_can_be_mapped_and_the_padding_cannot);
	CLAIM(I17_page_frame_is_the_regions_or_nobodys);
	CLAIM(split_leaves_at_least_1_gib_after_whole_512_mib);
	CLAIM(window_holds_the_byte_and_nobody_elses_memory);
	CLAIM(I2_sizing_shows_the_bars_size_and_flags);
	CLAIM(I2_bytes_merge_into_the_register_where_they_were_written);
	CLAIM(region_is_found_by_its_index_only);
	CLAIM(I22_hidden_bar_is_empty_in_both_halves);
	return unit_end();
}
