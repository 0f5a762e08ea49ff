// SPDX-License-Identifier: GPL-2.0-only
/* Does each cause of a reset leave the memory to be asked for again, with all of its time? */
#include "unit_gpu.h"

static void unit_meanwhile(void)
{
}

static void unit_blocked(void)
{
}

/* The power state written while the device sleeps, by two at once. */
static void power_begin_in_d3(void)
{
	power_begin();
	to_d3();
	power_begin();
	to_d0();
}

static void both_power_ends(void)
{
	power_end();
	power_end();
}

static void nothing(void)
{
}

/* A cause that comes as one event ends with it. */
static const struct cause {
	const char *name;
	void (*begin)(void);
	void (*end)(void);
	unsigned int events;
} causes[] = {
	{ "a reset", reset_begin, reset_end, 1 },
	{ "recovery", recovery_begin, recovery_end, 2 },
	{ "low power", happened, nothing, 1 },
	{ "an open", forget, nothing, 1 },
	{ "D3 within a write", power_begin_in_d3, both_power_ends, 2 },
	{ "D0 to D0", power_begin, power_end, 1 },
};

static bool is_new_start(const struct cause *cause)
{
	return cause->begin != power_begin;
}

static void I11_every_cause_untrains_counts_and_is_traced(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		const struct cause *cause = &causes[i];
		s64 *resets = &nvg.counters[NVGRACE_RESETS].counter;
		u64 before;

		set_up(0);
		CHECK(!use_memory(), "%s: lost before", cause->name);
		before = *resets;
		traced.resets = 0;
		cause->begin();
		CHECK(!window_mapped, "%s: the kernel's window is left", cause->name);
		cause->end();
		CHECK(known_state(&nvg.ready) == -EAGAIN, "%s: not asked", cause->name);
		CHECK(*resets - before == cause->events, "%s: counted %lu", cause->name,
		      *resets - before);
		CHECK(traced.resets == cause->events, "%s: traced %u", cause->name,
		      traced.resets);
		CHECK(!use_memory(), "%s: lost", cause->name);
	}
}

static void I13_every_reset_has_all_of_its_time_and_a_line(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		const struct cause *cause = &causes[i];

		if (!is_new_start(cause))
			continue;
		set_up(NEVER);
		CHECK(use_memory() == -ETIMEDOUT && lines == 1, "%s: %u lines", cause->name, lines);
		minute();
		minute();
		cause->begin();
		CHECK(try_memory(TASK_KILLABLE) == -EAGAIN, "%s: late as it begins", cause->name);
		minute();
		cause->end();
		if (cause->end != nothing && cause->end != both_power_ends)
			CHECK(try_memory(TASK_KILLABLE) == -EAGAIN, "%s: late as it ends",
			      cause->name);
		CHECK(use_memory() == -ETIMEDOUT && lines == 2, "%s: %u lines", cause->name, lines);
	}
}

/* A line for what is under way does not stand for what is lost when it has ended. */
static void I13_loss_during_a_reset_and_after_it_are_two_lines(void)
{
	set_up(NEVER);
	reset_begin();
	CHECK(use_memory() == -ETIMEDOUT && strstr(said, "has not ended"), "%s", said);
	reset_end();
	CHECK(use_memory() == -ETIMEDOUT && lines == 2, "%u lines", lines);
	CHECK(!strcmp(said, "training -110"), "%s", said);
	set_up(NEVER);
	recovery_begin();
	CHECK(use_memory() == -ETIMEDOUT && strstr(said, "has not ended"), "%s", said);
	recovery_end();
	CHECK(use_memory() == -ETIMEDOUT && lines == 2, "%u lines", lines);
}

static void I13_sleep_that_is_entered_is_a_new_start(void)
{
	set_up(NEVER);
	CHECK(use_memory() == -ETIMEDOUT && lines == 1, "%u lines", lines);
	power_begin();
	to_d3();
	power_end();
	to_d0();
	CHECK(try_memory(TASK_KILLABLE) == -EAGAIN, "no time");
	CHECK(use_memory() == -ETIMEDOUT && lines == 2, "%u lines", lines);
}

static void I11_change_within_another_ends_with_the_last(void)
{
	set_up(0);
	reset_begin();
	power_begin();
	reset_end();
	CHECK(try_memory(TASK_KILLABLE) == -EAGAIN, "usable before the end of the last");
	power_end();
	CHECK(!try_memory(TASK_KILLABLE), "not usable after it");
}

/* Whatever was found before, a change within a change is another one. */
static void I14_second_reset_during_a_first_is_not_taken_for_it(void)
{
	u64 first, second;

	set_up(0);
	reset_begin();
	first = nvg.ready.generation;
	reset_begin();
	second = nvg.ready.generation;
	CHECK(first & 1 && second & 1 && first != second, "%lu, %lu", first, second);
	reset_end();
	CHECK(nvg.ready.generation == second, "over");
	reset_end();
	CHECK(!(nvg.ready.generation & 1), "not over");
}

static void removal_is_abandonment_only_during_recovery(void)
{
	set_up(0);
	abandon();
	CHECK(!nvg.ready.abandoned && !use_memory(), "without a recovery");
	recovery_begin();
	unit_writers = 0;
	abandon();
	CHECK(unit_writers == 1, "under who uses the memory");
	CHECK(use_memory() == -ENODEV && lines == 1, "%u lines", lines);
	CHECK(strstr(said, "is removed while it recovers"), "%s", said);
}

int main(void)
{
	CLAIM(I11_every_cause_untrains_counts_and_is_traced);
	CLAIM(I13_every_reset_has_all_of_its_time_and_a_line);
	CLAIM(I13_loss_during_a_reset_and_after_it_are_two_lines);
	CLAIM(I13_sleep_that_is_entered_is_a_new_start);
	CLAIM(I11_change_within_another_ends_with_the_last);
	CLAIM(I14_second_reset_during_a_first_is_not_taken_for_it);
	CLAIM(removal_is_abandonment_only_during_recovery);
	return unit_end();
}
