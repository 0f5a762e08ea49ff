// SPDX-License-Identifier: GPL-2.0-only
/* Is the memory waited for as long as it may take, and is it said why not? */
#include "unit_gpu.h"

static void unit_meanwhile(void)
{
}

static void unit_blocked(void)
{
}

static struct nvgrace_training_source source = { .pdev = &pdev };

static u64 us_of_wait(int (*wait)(void), int expected)
{
	u64 start = unit_now_us;
	int ret = wait();

	CHECK(ret == expected, "%d, not %d", ret, expected);
	return unit_now_us - start;
}

static int bind(void)
{
	int ret = nvgrace_ready_wait_unbound(&source);

	CHECK(!gpu.mapped && !gpu.enabled, "BAR0 is left mapped, or the device enabled");
	return ret;
}

static int access(void)
{
	return nvgrace_ready_wait(&nvg, TASK_KILLABLE);
}

static int (*const waits[])(void) = { bind, access };

/* The questions come 1, 2, 4, 8 ms after the first: a timeout of 4 is over at the fourth. */
static void I13_time_is_over_when_more_than_it_has_passed(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		set_up(NEVER);
		gpu.timeout_ms = 4;
		CHECK(us_of_wait(waits[i], -ETIMEDOUT) == 8000, "wait %zu", i);
		CHECK(lines == 1 && !strcmp(said, "training -110"), "%u: %s", lines, said);
		set_up(NEVER);
		gpu.timeout_ms = 3;
		CHECK(us_of_wait(waits[i], -ETIMEDOUT) == 4000, "wait %zu", i);
	}
}

static void I13_who_is_late_asks_once_more(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		set_up(TIMEOUT_MS * 1000 + 1);
		us_of_wait(waits[i], 0);
		CHECK(trained() && !lines, "wait %zu: %s", i, said);
	}
}

static void I13_questions_come_twice_as_late_until_19_ms_then_at_a_21st(void)
{
	set_up(NEVER);
	CHECK(nvgrace_poll_interval_us(0) == 1000, "first");
	CHECK(nvgrace_poll_interval_us(1500) == 1500, "ramp");
	CHECK(nvgrace_poll_interval_us(100000) == 19000, "flat");
	CHECK(nvgrace_poll_interval_us(21000000) == 1000000, "a 21st");
}

static void waits_are_counted_not_questions(void)
{
	s64 *count = &nvg.counters[NVGRACE_WAITS].counter;

	set_up(TRAIN_US);
	CHECK(!access() && *count == 1, "%ld", *count);
	CHECK(!access() && *count == 2, "%ld", *count);
}

static void I5_wait_ends_at_once_without_memory_space(void)
{
	set_up(TRAIN_US);
	memory_enabled = false;
	CHECK(!us_of_wait(access, -EIO), "waited");
	set_up(TRAIN_US);
	nvg.core.pm_runtime_engaged = true;
	CHECK(!us_of_wait(access, -EIO), "waited in low power");
}

static void I13_bind_is_ended_by_a_fatal_signal_only(void)
{
	set_up(TRAIN_US);
	unit_signal = TASK_INTERRUPTIBLE;
	CHECK(us_of_wait(bind, 0) >= TRAIN_US, "by another");
	set_up(TRAIN_US);
	unit_signal = TASK_KILLABLE;
	CHECK(us_of_wait(bind, -EINTR) < TRAIN_US, "not to be killed");
}

static void bind_says_what_keeps_it_from_asking(void)
{
	set_up(0);
	gpu.no_enable = true;
	CHECK(bind() == -ENXIO && lines == 1 && strstr(said, "cannot enable"), "%s", said);
	set_up(0);
	gpu.no_bar0 = true;
	CHECK(bind() == -ENOMEM && lines == 1 && strstr(said, "cannot map BAR0"), "%s", said);
}

static void I14_bind_of_a_gpu_that_does_not_answer_is_told_at_once(void)
{
	set_up(TRAIN_US);
	gpu.space_off = true;
	CHECK(!us_of_wait(bind, -EIO) && lines == 1, "%u lines", lines);
	CHECK(!strcmp(said, "training -5"), "%s", said);
}

/* I13: a signal ends it; the next access waits on. */
static void I13_signal_ends_a_wait_after_a_reset(void)
{
	set_up(TRAIN_US);
	CHECK(!use_memory(), "lost");
	reset_begin();
	hw_reset();
	reset_end();
	unit_lock_signal = TASK_KILLABLE;
	CHECK(nvgrace_memory_ask(&nvg) == -ERESTARTSYS && !unit_locks, "deaf for the lock");
	unit_lock_signal = 0;
	CHECK(nvgrace_memory_ask(&nvg) == -EAGAIN, "trained");
}

int main(void)
{
	CLAIM(I13_time_is_over_when_more_than_it_has_passed);
	CLAIM(I13_who_is_late_asks_once_more);
	CLAIM(I13_questions_come_twice_as_late_until_19_ms_then_at_a_21st);
	CLAIM(waits_are_counted_not_questions);
	CLAIM(I5_wait_ends_at_once_without_memory_space);
	CLAIM(I13_bind_is_ended_by_a_fatal_signal_only);
	CLAIM(bind_says_what_keeps_it_from_asking);
	CLAIM(I14_bind_of_a_gpu_that_does_not_answer_is_told_at_once);
	CLAIM(I13_signal_ends_a_wait_after_a_reset);
	return unit_end();
}
