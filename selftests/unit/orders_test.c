// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does nobody use untrained memory, in whatever order two callers come?
 *
 * The first caller is a function, the second a list of steps. Wherever the first
 * sleeps, or is between two steps of its own, any number of the second's next
 * steps may come, unless a lock keeps them: all possibilities are tried, one after
 * another.
 */
#include "unit_gpu.h"

static void engage(void) { nvg.core.pm_runtime_engaged = true; }
static void disengage(void)
{
	nvg.core.pm_runtime_engaged = false;
}

static bool other_holds;

static void other_gets(void)
{
	other_holds = !nvgrace_memory_get(&nvg, TASK_KILLABLE);
	window_mapped |= other_holds;
	if (other_holds)
		CHECK(trained(), "used untrained by the other");
}

static void other_puts(void)
{
	if (other_holds)
		nvgrace_memory_put(&nvg);
	other_holds = false;
}

typedef void (*step_fn)(void);
#define STEPS	8	/* of the second caller, with a NULL after the last */
#define SLEEPS	3	/* of the first caller, at which the second may come */

static const struct second {
	const char *name;
	step_fn step[STEPS];
	int ends;	/* how the first may end beside it, 0: always well */
} seconds[] = {
	{ "nobody", {}, 0 },
	{ "a reader", { other_gets, other_puts, other_gets, other_puts }, 0 },
	{ "a reset", { reset_begin, hw_reset, reset_end }, 0 },
	{ "a slow reset", { reset_begin, hw_reset, minute, hw_reset, reset_end },
	  0 },
	{ "two resets", { reset_begin, hw_reset, reset_end,
			  reset_begin, hw_reset, reset_end }, 0 },
	{ "D3 and back", { power_begin, to_d3, power_end,
			   power_begin, to_d0, power_end }, -EIO },
	{ "D3 and a reset refused", { power_begin, to_d3, power_end, to_d0 },
	  -EIO },
	{ "two writes at once", { power_begin, power_begin, to_d3, to_d0,
				  power_end, power_end }, -EIO },
	{ "a reset during a write", { power_begin, to_d3, reset_begin, to_d0,
				      hw_reset, reset_end, power_end },
	  -EIO },
	{ "D0 to D0", { power_begin, power_end, power_begin, power_end }, 0 },
	{ "low power", { engage, happened, to_d3, to_d0, disengage },
	  -EIO },
	{ "an error", { recovery_begin, hw_reset, recovery_end }, 0 },
	{ "removal during recovery", { recovery_begin, hw_reset, abandon },
	  -ENODEV },
	{ "pulled out", { recovery_begin, pull_out }, -ENODEV },
	{ "recovery without end", { recovery_begin }, -ETIMEDOUT },
};

/* All sequences of answers to "does the second's next step come here?" */
static bool choice[64];
static unsigned int choices, chosen;

static bool choose(void)
{
	if (chosen == choices)
		choice[choices++] = false;
	return choice[chosen++];
}

static bool next_sequence(void)
{
	while (choices && choice[choices - 1])
		choices--;
	if (!choices)
		return false;
	choice[choices - 1] = true;
	chosen = 0;
	return true;
}

static const struct second *second;
static unsigned int next_step, sleeps;

/* Steps that take a lock for writing cannot come while a reader has it. */
static bool possible(step_fn step)
{
	bool reads = step == other_gets || step == other_puts || step == minute ||
		     step == pull_out || step == hw_reset;

	return reads || !nvg.access_lock.readers;
}

static step_fn step_to_come(void)
{
	return next_step < STEPS ? second->step[next_step] : NULL;
}

static void take_step(void)
{
	int held = unit_locks;

	unit_locks = 0;
	second->step[next_step++]();
	unit_locks = held;
}

static void unit_meanwhile(void)
{
	bool must = unit_sleeps && ++sleeps >= SLEEPS;

	while (step_to_come() && possible(step_to_come()) && (must || choose()))
		take_step();
}

static void unit_blocked(void)
{
	while (other_holds)
		take_step();
}

static void reset_and_wait(void)
{
	reset_begin();
	unit_meanwhile();
	hw_reset();
	unit_meanwhile();
	reset_end();
	unit_meanwhile();
	nvgrace_ready_wait_after_reset(&nvg);
	unit_meanwhile();
}

/* The core does it with memory_lock held for writing. */
static void under_memory_lock(step_fn step)
{
	down_write_killable(&nvg.core.memory_lock);
	step();
	up_write(&nvg.core.memory_lock);
	unit_meanwhile();
}

static void write_power_state(step_fn step)
{
	power_begin();
	unit_meanwhile();
	under_memory_lock(step);
	power_end();
	unit_meanwhile();
}

static bool ends_well(int ret)
{
	return !ret || ret == second->ends;
}

/* first() beside each second, in every order, and the memory used after it. */
static void every_order(int (*first)(void), const char *what)
{
	unsigned int orders;

	for (second = seconds; second < seconds + ARRAY_SIZE(seconds); second++) {
		choices = 0;
		orders = 0;
		do {
			int ret;

			chosen = 0;
			next_step = sleeps = 0;
			other_holds = false;
			set_up(0);
			gpu.train_us = TRAIN_US;
			ret = first();
			CHECK(ends_well(ret), "%s beside %s: %d", what, second->name, ret);
			while (step_to_come())
				take_step();
			ret = use_memory();
			CHECK(!ret || (second->ends != -EIO && ret == second->ends),
			      "%s after %s: %d", what, second->name, ret);
			CHECK(!unit_locks, "a lock is left");
			CHECK(lines <= (second->ends ? 2 : 0), "%u lines", lines);
			orders++;
		} while (next_sequence());
		printf("# %s beside %s: %u orders\n", what, second->name, orders);
	}
}

static int use_twice(void)
{
	int ret = use_memory();

	unit_meanwhile();
	return ret ?: use_memory();
}

static int use_reset_use(void)
{
	int ret = use_memory();

	reset_and_wait();
	return ret ?: use_memory();
}

static int use_sleep_use(void)
{
	int ret = use_memory();

	write_power_state(to_d3);
	write_power_state(to_d0);
	return ret ?: use_memory();
}

static void I11_reader_never_meets_untrained_memory(void)
{
	every_order(use_twice, "a reader");
}

static void I11_reader_after_a_reset_never_meets_untrained_memory(void)
{
	every_order(use_reset_use, "use, reset, use");
}

static void I11_reader_after_d3_never_meets_untrained_memory(void)
{
	every_order(use_sleep_use, "use, D3, D0, use");
}

int main(void)
{
	CLAIM(I11_reader_never_meets_untrained_memory);
	CLAIM(I11_reader_after_a_reset_never_meets_untrained_memory);
	CLAIM(I11_reader_after_d3_never_meets_untrained_memory);
	return unit_end();
}
