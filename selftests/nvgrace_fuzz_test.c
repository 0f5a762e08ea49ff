// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the GPU answer any sequence of operations as the invariants say?
 *
 * One thread of random operations on every door, each checked against
 * lib/shadow.h. NVGRACE_SEED repeats a run, NVGRACE_SECONDS is its length.
 */
#include <sys/mman.h>

#include "fuzz/fuzz.h"
#include "nvg_harness.h"

static bool op_info(void)
{
	unsigned int index = nvg_rand(VFIO_PCI_NUM_REGIONS);
	struct nvg_region now, *then = &fuzz.gpu.region[index];

	say("region info of %u", index);
	if (index == VFIO_PCI_VGA_REGION_INDEX)
		return true;
	return same("result", 0, nvg_query_region(fuzz.gpu.fd, index, &now)) &&
	       (!memcmp(&now, then, sizeof(now)) || mismatch("it changed"));
}

static bool op_upper_half(void)
{
	uint64_t off = fuzz.gpu.region[fuzz.gpu.mem + 1].offset + nvg_rand(1 << 20);
	uint8_t byte;

	say("access to the upper half of the BAR");
	if (pread(fuzz.gpu.fd, &byte, 1, off) >= 0 || errno != EINVAL ||
	    pwrite(fuzz.gpu.fd, &byte, 1, off) >= 0 || errno != EINVAL)
		return mismatch("expected EINVAL");
	return true;
}

static const struct {
	bool (*run)(void);
	unsigned int weight;
} ops[] = {
	{ op_read, 40 },
	{ op_interrupted_read, 10 },
	{ op_write, 40 },
	{ op_vector, 20 },
	{ op_self, 10 },
	{ op_access, 60 },
	{ op_map, 30 },
	{ op_move, 8 },
	{ op_map_refused, 4 },
	{ op_config_read, 20 },
	{ op_config_write, 20 },
	{ op_command, 8 },
	{ op_power, 3 },
	{ op_reset_ioctl, 1 },
	{ op_reset_other, 1 },
	{ op_low_power, 1 },
	{ op_train, 2 },
	{ op_info, 2 },
	{ op_upper_half, 2 },
	{ op_reopen, 1 },
};

static bool run_one(void)
{
	unsigned int all = 0, pick;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		all += ops[i].weight;
	/* Most of what there is to see needs the memory: do not stay away. */
	if (fuzz.shadow.d3 && one_in(6))
		return op_power();
	if (!nvg_shadow_enabled(&fuzz.shadow) && one_in(6))
		return op_command();
	/* A mapping that a reset left behind shows at once, or never. */
	if (fuzz.since_reset && fuzz.since_reset-- && !one_in(4))
		return one_in(4) ? op_interrupted_read() : op_access();
	pick = nvg_rand(all);
	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	return ops[i].run();
}

static void report(void)
{
	printf("# NVGRACE_SEED=%lu operation %lu: %s: %s\n", nvg_seed(), fuzz.nr,
	       fuzz.what[fuzz.nr % HISTORY], fuzz.why);
	for (uint64_t nr = fuzz.nr < HISTORY ? 0 : fuzz.nr - HISTORY + 1;
	     nr < fuzz.nr; nr++)
		printf("# %lu: %s\n", nr, fuzz.what[nr % HISTORY]);
}

FIXTURE(fuzz) {};

FIXTURE_SETUP(fuzz)
{
	const char *why = nvg_open_with_memory(&fuzz.gpu);

	if (!why)
		why = nvg_need_knobs(&fuzz.gpu);
	if (!why && fuzz.gpu.mem_size < 2 * NVG_GIB)
		why = "less than 2 GiB of memory";
	if (why)
		SKIP(return, "%s", why);
	ASSERT_TRUE(make_arenas());
	ASSERT_TRUE(nvg_shadow_open(&fuzz.shadow, &fuzz.gpu));
}

FIXTURE_TEARDOWN(fuzz)
{
	if (fuzz.gpu.fd < 0)
		return;
	nvg_power(&fuzz.gpu, 0);
	nvg_mem_enable(&fuzz.gpu, true);
	nvg_set_knob(&fuzz.gpu, NVG_EMU_TRAIN_MS, 0);
	nvg_close(&fuzz.gpu);
}

/* No limit of the harness: NVGRACE_SECONDS may be any. */
TEST_F_TIMEOUT(fuzz, I20_any_sequence_of_operations_is_answered_as_the_shadow_says, -1)
{
	uint64_t start = nvg_us(), length = nvg_env("NVGRACE_SECONDS", 120) * 1000000;
	uint64_t stop_at = nvg_env("NVGRACE_OPERATIONS", ~0ull), told = start;

	printf("# NVGRACE_SEED=%lu\n", nvg_seed());
	for (; nvg_us() - start < length && fuzz.nr < stop_at; fuzz.nr++) {
		if (!run_one()) {
			report();
			ASSERT_TRUE(false);
		}
		if (nvg_us() - told > 10000000) {
			told = nvg_us();
			printf("# %lu operations in %lu s\n", fuzz.nr,
			       (told - start) / 1000000);
		}
	}
	printf("# %lu operations\n", fuzz.nr);
	EXPECT_GT(fuzz.nr, 0);
}

NVG_HARNESS_MAIN
