// SPDX-License-Identifier: GPL-2.0-only
/* Are the pure parts of nvgrace right where no recorded host leads? */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../findings.h"
#include "../guest.h"
#include "../plan.h"
#include "../property.h"

static void numbers_are_whole_and_fit(void **state)
{
	static const char * const bad[] = {
		"", " 1", "1 ", "+1", "-1", "0x", "0xg", "1k", "1.5",
		"18446744073709551616", "0x10000000000000000",
	};
	uint64_t value;

	assert_true(parse_number("18446744073709551615", &value));
	assert_int_equal(value, UINT64_MAX);
	assert_true(parse_number("0x2000000000", &value));
	assert_int_equal(value, 0x2000000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(parse_number(bad[i], &value));
}

static void sizes_of_a_person_have_units_and_fit(void **state)
{
	uint64_t value;

	assert_true(parse_size("16G", &value));
	assert_int_equal(value, 16 * GIB);
	assert_true(parse_size("0x1000", &value));
	assert_int_equal(value, 4096);
	assert_false(parse_size("0", &value));
	assert_false(parse_size("16GB", &value));
	assert_false(parse_size("16777216T", &value));
}

static void addresses_are_written_in_one_way(void **state)
{
	char bdf[BDF_SIZE];

	assert_true(parse_bdf("09:1f.7", bdf));
	assert_string_equal(bdf, "0000:09:1f.7");
	assert_true(parse_bdf("10000:E1:00.0", bdf));
	assert_string_equal(bdf, "10000:e1:00.0");
	assert_false(parse_bdf("0000:00:20.0", bdf));
	assert_false(parse_bdf("0000:00:03.8", bdf));
	assert_false(parse_bdf("0000:00:03.0/../..", bdf));
	assert_false(parse_bdf("000:00:03.0", bdf));
}

static void regions_take_fields_that_come_later(void **state)
{
	struct region *regions;
	size_t nr;

	assert_true(parse_regions("BAR4 0x1000 4096 8192 cacheable more 7\nBAR2 0x2000 1 1 uncached",
				  &regions, &nr));
	assert_int_equal(nr, 2);
	assert_int_equal(regions[0].bar, 4);
	assert_true(regions[0].cacheable);
	assert_false(regions[1].cacheable);
	free(regions);
	assert_false(parse_regions("BAR2 0x1000 4096 8192 cacheables", &regions, &nr));
	assert_false(parse_regions("BAR6 0x1000 4096 8192 cacheable", &regions, &nr));
	assert_false(parse_regions("BAR2 0x1000 8193 8192 cacheable", &regions, &nr));
	assert_false(parse_regions("BAR2 0x1000 4096 6144 cacheable", &regions, &nr));
}

static struct gpu gpu_with(struct region *region)
{
	struct gpu gpu = { .bdf = "0000:01:00.0", .driver = DRIVER };

	gpu.memory.present = true;
	gpu.memory.regions = region;
	gpu.memory.nr_regions = 1;
	gpu.bars[0] = (struct bar) { .size = 16 * MIB, .is_64bit = true };
	gpu.bars[1].is_upper = true;
	return gpu;
}

static void window_holds_all_gpus_and_other_devices(void **state)
{
	struct region region = { .bar = 2, .memory = 95 * GIB, .size = 128 * GIB };
	struct gpu four[4];
	struct gpus gpus = { four, 4 };

	for (size_t i = 0; i < 4; i++)
		four[i] = gpu_with(&region);
	assert_int_equal(guest_reserve(&four[0]), 256 * GIB);
	assert_int_equal(guest_window(&gpus), 2048 * GIB);
	gpus.nr = 1;
	assert_int_equal(guest_window(&gpus), 512 * GIB);
	region.size = 512 * GIB;
	assert_int_equal(guest_window(&gpus), 2048 * GIB);
}

static void hidden_bar_takes_no_room_in_a_guest(void **state)
{
	struct region region = { .bar = 2, .memory = 95 * GIB, .size = 128 * GIB };
	struct gpu gpu = gpu_with(&region);

	gpu.bars[2] = (struct bar) { .size = 512 * GIB, .is_64bit = true };
	assert_int_equal(guest_reserve(&gpu), 256 * GIB);
	gpu.bars[4] = (struct bar) { .size = 256 * GIB, .is_64bit = true };
	assert_int_equal(guest_reserve(&gpu), 512 * GIB);
}

static void nodes_are_firmwares_within_reason(void **state)
{
	struct region region = { .bar = 2, .memory = GIB, .size = GIB };
	struct gpu gpu = gpu_with(&region);

	assert_int_equal(guest_nodes(&gpu), 8);
	gpu.memory.pxm_count = (struct number) { true, 4 };
	assert_int_equal(guest_nodes(&gpu), 4);
	gpu.memory.pxm_count.value = UINT64_MAX;
	assert_int_equal(guest_nodes(&gpu), 8);
	gpu.memory.present = false;
	assert_int_equal(guest_nodes(&gpu), 0);
}

static void known_part_without_memory_is_no_guests(void **state)
{
	struct region region = { .bar = 2, .memory = GIB, .size = GIB };
	struct gpu gpu = gpu_with(&region);

	assert_null(guest_obstacle(&gpu, false));
	assert_non_null(strstr(guest_obstacle(&gpu, true), "character device"));
	strcpy(gpu.cdev, "vfio0");
	assert_null(guest_obstacle(&gpu, true));
	gpu.memory.present = false;
	assert_non_null(strstr(guest_obstacle(&gpu, false), "coherent_memory"));
}

static void override_comes_before_unbind(void **state)
{
	struct gpu gpu = { .bdf = "0000:01:00.0", .driver = "nvidia" };
	struct state now = { .loaded = true };
	struct plan plan;

	plan_bind(&plan, &gpu, &now);
	assert_int_equal(plan.nr, 3);
	assert_non_null(strstr(plan.steps[0].path, "driver_override"));
	assert_non_null(strstr(plan.steps[1].path, "driver/unbind"));
	assert_non_null(strstr(plan.steps[2].path, "drivers_probe"));
}

static void nothing_is_done_to_what_is_done(void **state)
{
	struct gpu gpu = { .driver = DRIVER, .driver_override = DRIVER };
	struct state now = { .loaded = true };
	struct plan plan;

	plan_bind(&plan, &gpu, &now);
	assert_int_equal(plan.nr, 0);
	strcpy(gpu.driver, "vfio-pci");
	strcpy(gpu.driver_override, "vfio-pci");
	plan_unbind(&plan, &gpu, &now);
	assert_int_equal(plan.nr, 0);
}

/* The verdict of check_host() on one thing. */
static enum verdict host_verdict(const struct machine *machine, const char *check)
{
	struct findings findings = {};
	enum verdict verdict = OK;
	bool found = false;

	check_host(&findings, machine);
	for (size_t i = 0; i < findings.nr; i++) {
		if (strcmp(findings.one[i].check, check))
			continue;
		verdict = findings.one[i].verdict;
		found = true;
	}
	findings_free(&findings);
	assert_true(found);
	return verdict;
}

static void kvm_is_fit_only_if_it_says_so(void **state)
{
	struct machine machine = { .kvm_asked = true, .kvm_cacheable = true };

	assert_int_equal(host_verdict(&machine, "kvm"), OK);
	machine.kvm_cacheable = false;
	assert_int_equal(host_verdict(&machine, "kvm"), FAIL);
	machine.kvm_error = EACCES;
	assert_int_equal(host_verdict(&machine, "kvm"), WARN);
	machine.kvm_error = ENOENT;
	assert_int_equal(host_verdict(&machine, "kvm"), FAIL);
}

/* What check_host() says of KVM. */
static bool kvm_line_has(const struct machine *machine, const char *words)
{
	struct findings findings = {};
	bool has = false;

	check_host(&findings, machine);
	for (size_t i = 0; i < findings.nr; i++)
		has |= !strcmp(findings.one[i].check, "kvm") &&
		       strstr(findings.one[i].why, words);
	findings_free(&findings);
	return has;
}

/* An older KVM refuses nothing, and that is worse: the guest starts. */
static void kvm_without_cacheable_maps_may_give_device_memory(void **state)
{
	const char *words = "before Linux 6.17, gives it to guests as device memory";
	struct machine machine = { .kvm_asked = true };

	assert_true(kvm_line_has(&machine, words));
	machine.fwb = (struct number) { true, 1 };
	machine.dic = (struct number) { true, 0 };
	assert_true(kvm_line_has(&machine, words));
	machine.kvm_cacheable = true;
	assert_false(kvm_line_has(&machine, "device memory"));
}

static void cpus_that_lack_one_of_two_are_told(void **state)
{
	struct machine machine = {
		.kvm_asked = true, .dic = { true, 1 }, .fwb = { true, 0 },
	};

	assert_true(kvm_line_has(&machine, "DIC but not FWB"));
	machine.dic.value = 0;
	machine.fwb.value = 1;
	assert_true(kvm_line_has(&machine, "FWB but not DIC"));
	machine.dic.value = 1;
	assert_false(kvm_line_has(&machine, "but not"));
	/* The log has forgotten. */
	machine.fwb = (struct number) {};
	assert_false(kvm_line_has(&machine, "but not"));
}

static void layouts_are_chosen_as_the_driver_does(void **state)
{
	const char *bdf = "0000:00:03.0";

	assert_string_equal(layout_chosen("", bdf), "bar2");
	assert_string_equal(layout_chosen("bar2,split\n", bdf), "split");
	assert_string_equal(layout_chosen("0000:00:03.0=split,bar2", bdf), "split");
	assert_string_equal(layout_chosen("split,0000:00:03.0=bar2", bdf), "bar2");
	assert_string_equal(layout_chosen("0000:00:03.0=bar2,0000:00:03.0=split", bdf), "split");
	assert_string_equal(layout_chosen("0000:00:03.00=split,10000:00:03.0=split", bdf), "bar2");
}

static void list_of_layouts_is_whole_or_refused(void **state)
{
	char list[LAYOUTS_SIZE] = "", to[LAYOUTS_SIZE], bdf[16];
	int nr;

	for (nr = 0; nr < 32; nr++) {
		snprintf(bdf, sizeof(bdf), "%04x:01:00.0", nr);
		if (!layout_change(to, list, bdf, "split"))
			break;
		strcpy(list, to);
	}
	/* 19 bytes each, with a comma or the NUL. */
	assert_int_equal(nr, LAYOUTS_SIZE / 19);
	assert_true(layout_change(to, list, "0000:01:00.0", NULL));
	assert_null(strstr(to, "0000:01:00.0"));
	assert_int_equal(strlen(to), strlen(list) - 19);
}

static void guest_driver_is_a_version(void **state)
{
	static const char * const bad[] = {
		"", "550", "550.", "550.x", "newest", "550.163.01.2", "550.163.01 ", "1.2.3"
	};
	struct guest guest;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(guest_driver_set(&guest, bad[i]));
	assert_null(guest_driver_set(&guest, "550.40.07"));
	assert_true(guest.swaps_address);
	assert_null(guest_driver_set(&guest, "570.86.15"));
	assert_true(guest.swaps_address);
	assert_null(guest_driver_set(&guest, "570.124.04"));
	assert_false(guest.swaps_address);
	assert_null(guest_driver_set(&guest, "595.45.04"));
	assert_false(guest.swaps_address);
}

/* Bus and devfn are the same byte, of function 0, and no two root buses overlap. */
static void places_differ(void **state)
{
	size_t nr;

	for (nr = 0; guest_place(nr); nr++) {
		assert_int_equal(guest_place(nr) & 7, 0);
		assert_in_range(guest_place(nr), 1, 255);
		assert_int_equal(guest_place(nr), guest_place(0) + 8 * nr);
		assert_int_equal(guest_place_root(guest_place(nr)), guest_place(nr) - 2);
	}
	assert_int_equal(nr, 16);
}

static void limits_and_page_size_are_judged(void **state)
{
	struct machine machine = {
		.page_size = { true, 4 * KIB },
		.memory_lock = { true, UINT64_MAX },
	};

	assert_int_equal(host_verdict(&machine, "page-size"), OK);
	assert_int_equal(host_verdict(&machine, "memory-lock"), OK);
	machine.page_size.value = 16 * KIB;
	assert_int_equal(host_verdict(&machine, "page-size"), OK);
	machine.page_size.value = 64 * KIB;
	assert_int_equal(host_verdict(&machine, "page-size"), OK);
	machine.memory_lock.value = 8 * MIB;
	assert_int_equal(host_verdict(&machine, "memory-lock"), WARN);
	assert_int_equal(host_verdict(&machine, "iommu"), FAIL);
	machine.iommu_groups = 1;
	assert_int_equal(host_verdict(&machine, "iommu"), OK);
}

static void window_must_fit_a_guests_addresses(void **state)
{
	struct region region = { .bar = 2, .memory = 95 * GIB, .size = 128 * GIB };
	struct gpu gpu = gpu_with(&region);
	struct gpus gpus = { &gpu, 1 };
	struct machine machine = { .kvm_asked = true, .kvm_address_bits = 40 };
	struct findings findings = {};

	check_together(&findings, &machine, &gpus, 1);
	assert_int_equal(findings_worst(&findings), OK);
	findings_free(&findings);
	machine.kvm_address_bits = 39;
	check_together(&findings, &machine, &gpus, 1);
	assert_int_equal(findings_worst(&findings), FAIL);
	findings_free(&findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_whole_and_fit),
		cmocka_unit_test(sizes_of_a_person_have_units_and_fit),
		cmocka_unit_test(addresses_are_written_in_one_way),
		cmocka_unit_test(regions_take_fields_that_come_later),
		cmocka_unit_test(window_holds_all_gpus_and_other_devices),
		cmocka_unit_test(hidden_bar_takes_no_room_in_a_guest),
		cmocka_unit_test(nodes_are_firmwares_within_reason),
		cmocka_unit_test(known_part_without_memory_is_no_guests),
		cmocka_unit_test(override_comes_before_unbind),
		cmocka_unit_test(nothing_is_done_to_what_is_done),
		cmocka_unit_test(kvm_is_fit_only_if_it_says_so),
		cmocka_unit_test(cpus_that_lack_one_of_two_are_told),
		cmocka_unit_test(kvm_without_cacheable_maps_may_give_device_memory),
		cmocka_unit_test(layouts_are_chosen_as_the_driver_does),
		cmocka_unit_test(list_of_layouts_is_whole_or_refused),
		cmocka_unit_test(guest_driver_is_a_version),
		cmocka_unit_test(places_differ),
		cmocka_unit_test(limits_and_page_size_are_judged),
		cmocka_unit_test(window_must_fit_a_guests_addresses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
