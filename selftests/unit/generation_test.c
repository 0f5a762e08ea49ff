// SPDX-License-Identifier: GPL-2.0-only
/* Is every id of the generation that NVIDIA's ranges say? */
#include "kernel_stand_in.h"

#include "../../generation.c"

#include "check.h"

static bool is_hopper(unsigned int id)
{
	return (id & 0xffc0) == 0x2340;
}

static bool is_blackwell(unsigned int id)
{
	return (id & 0xffc0) == 0x2940 || (id & 0xffc0) == 0x31c0 ||
	       id == 0x31a1;
}

static void every_id_is_of_its_ranges_generation(void)
{
	for (unsigned int id = 0; id <= 0xffff; id++) {
		enum nvgrace_generation want = is_hopper(id) ? NVGRACE_HOPPER :
			is_blackwell(id) ? NVGRACE_BLACKWELL : NVGRACE_NEWER;

		CHECK(nvgrace_generation(id) == want, "%04x", id);
	}
}

static void parts_of_the_table_are_of_a_known_generation(void)
{
	static const u16 hopper[] = { 0x2342, 0x2345, 0x2348 };
	static const u16 blackwell[] = { 0x2941, 0x31c2, 0x31c3 };

	for (size_t i = 0; i < ARRAY_SIZE(hopper); i++) {
		CHECK(nvgrace_generation(hopper[i]) == NVGRACE_HOPPER, "%04x",
		      hopper[i]);
		CHECK(nvgrace_generation(blackwell[i]) == NVGRACE_BLACKWELL,
		      "%04x", blackwell[i]);
	}
}

int main(void)
{
	CLAIM(every_id_is_of_its_ranges_generation);
	CLAIM(parts_of_the_table_are_of_a_known_generation);
	return unit_end();
}
