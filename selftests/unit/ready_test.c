// SPDX-License-Identifier: GPL-2.0-only
/* Does one caller learn in time what is known of the memory, and no more often? */
#include "unit_gpu.h"

static void unit_meanwhile(void)
{
}

static void unit_blocked(void)
{
}

static void reset_and_wait(void)
{
	reset_begin();
	hw_reset();
	reset_end();
	nvgrace_ready_wait_after_reset(&nvg);
}

static u64 ms_since(u64 start_us)
{
	return (unit_now_us - start_us) / 1000;
}

static void I12_reset_of_memory_in_use_ends_when_it_is_trained(void)
{
	u64 start;

	set_up(TRAIN_US);
	start = unit_now_us;
	reset_and_wait();
	CHECK(ms_since(start) == 0, "nobody had used it, waited %lu ms", ms_since(start));
	CHECK(!use_memory(), "lost");
	for (int i = 0; i < 2; i++) {
		reset_and_wait();
		CHECK(trained(), "back too early, reset %d", i);
		CHECK(nvg.ready.usable != nvg.ready.generation, "taken for an access");
	}
	nvgrace_ready_forget(&nvg);
	reset_and_wait();
	CHECK(!trained(), "waited for a new user, who has not used it");
}

static void I13_reset_of_memory_that_is_lost_waits_once(void)
{
	u64 start;

	set_up(0);
	CHECK(!use_memory(), "lost");
	gpu.train_us = NEVER;
	reset_and_wait();
	start = unit_now_us;
	CHECK(use_memory() == -ETIMEDOUT && unit_now_us == start, "not told at once");
	reset_and_wait();
	CHECK(unit_now_us == start, "waited again, %lu ms", ms_since(start));
}

static void I13_signal_ends_the_waits_that_can_take_it(void)
{
	u64 start;

	set_up(TRAIN_US);
	unit_signal = TASK_INTERRUPTIBLE;
	CHECK(nvgrace_ready_wait(&nvg, TASK_INTERRUPTIBLE) == -ERESTARTSYS, "deaf");
	CHECK(!trained(), "waited all the same");
	CHECK(!nvgrace_ready_wait(&nvg, TASK_KILLABLE), "ended by a signal it cannot take");
	unit_signal = 0;
	CHECK(!use_memory(), "lost");
	unit_signal = TASK_INTERRUPTIBLE;
	start = unit_now_us;
	reset_and_wait();
	CHECK(ms_since(start) < 2, "%lu ms", ms_since(start));
	hw_reset();
	nvgrace_reset_happened(&nvg);
	unit_signal = TASK_KILLABLE;
	CHECK(nvgrace_ready_wait(&nvg, TASK_KILLABLE) == -ERESTARTSYS, "not to be killed");
}

static void I13_timeout_counts_from_the_first_question(void)
{
	u64 start;

	set_up(NEVER);
	minute();
	start = unit_now_us;
	CHECK(use_memory() == -ETIMEDOUT, "not lost");
	CHECK(ms_since(start) > TIMEOUT_MS && ms_since(start) < TIMEOUT_MS * 105 / 100,
	      "%lu ms", ms_since(start));
	CHECK(lines == 1, "%u lines", lines);
	start = unit_now_us;
	CHECK(use_memory() == -ETIMEDOUT && unit_now_us == start, "not at once");
	reset_and_wait();
	CHECK(unit_now_us == start, "a reset waits for lost memory");
}

static void I13_power_writes_from_d0_to_d0_buy_no_time_and_no_line(void)
{
	u64 start;

	set_up(NEVER);
	CHECK(use_memory() == -ETIMEDOUT, "not lost");
	start = unit_now_us;
	for (int i = 0; i < 5; i++) {
		power_begin();
		power_end();
		CHECK(use_memory() == -ETIMEDOUT, "write %d", i);
	}
	CHECK(unit_now_us == start, "%lu ms", ms_since(start));
	CHECK(lines == 1, "%u lines", lines);
	gpu.train_us = TRAIN_US;
	power_begin();
	to_d3();
	power_end();
	to_d0();
	CHECK(!use_memory(), "D3 is no new start");
}

static void I13_recovery_without_end_is_not_waited_for_forever(void)
{
	u64 start;

	set_up(0);
	recovery_begin();
	start = unit_now_us;
	CHECK(use_memory() == -ETIMEDOUT, "no error");
	CHECK(ms_since(start) > NVGRACE_CHANGE_MS && ms_since(start) <
	      NVGRACE_CHANGE_MS * 105 / 100, "%lu ms", ms_since(start));
	CHECK(lines == 1, "%u lines", lines);
	recovery_end();
	CHECK(!use_memory(), "not back after its end");
}

static void I14_pulled_out_gpu_is_enodev_at_once(void)
{
	u64 start;

	set_up(TRAIN_US);
	recovery_begin();
	pull_out();
	start = unit_now_us;
	CHECK(use_memory() == -ENODEV && unit_now_us == start, "%lu ms", ms_since(start));
}

/* What is done to the memory comes after the look at the registers, whoever looked. */
static void I11_what_was_found_is_published_and_seen_in_order(void)
{
	set_up(0);
	unit_released = unit_acquired = NULL;
	CHECK(!use_memory() && unit_released == &nvg.ready.usable, "not published");
	unit_acquired = NULL;
	CHECK(!use_memory() && unit_acquired == &nvg.ready.usable, "not seen");
	set_up(NEVER);
	unit_released = unit_acquired = NULL;
	CHECK(use_memory() == -ETIMEDOUT && unit_released == &nvg.ready.failed, "loss not published");
	unit_acquired = NULL;
	CHECK(use_memory() == -ETIMEDOUT && unit_acquired == &nvg.ready.failed, "loss not seen");
}

/* Two who ask at the same time: what the first says stands. */
static void I13_first_who_finds_it_lost_says_so_for_everyone(void)
{
	struct nvgrace_training t = {};

	set_up(NEVER);
	CHECK(use_memory() == -ETIMEDOUT && lines == 1, "%u lines", lines);
	nvg.ready.told = false;
	lose(&nvg, &t, -ENODEV);
	CHECK(lines == 1 && try_memory(TASK_KILLABLE) == -ETIMEDOUT, "the second");
}

static void I13_time_starts_with_the_first_not_yet(void)
{
	struct nvgrace_training t = { .timeout_ms = 1000, .verdict = -ENODEV };

	set_up(NEVER);
	CHECK(in_time(&nvg.ready, &t) == -EAGAIN, "first");
	unit_now_us += 1000000;
	CHECK(in_time(&nvg.ready, &t) == -EAGAIN, "all of it");
	unit_now_us += 1000;
	CHECK(in_time(&nvg.ready, &t) == -ENODEV, "more");
}

static void I13_line_says_what_has_not_ended(void)
{
	set_up(NEVER);
	CHECK(use_memory() == -ETIMEDOUT && !strcmp(said, "training -110"), "%s", said);
	set_up(0);
	recovery_begin();
	CHECK(use_memory() == -ETIMEDOUT && strstr(said, "has not ended after 90000 ms"), "%s",
	      said);
	pull_out();
	recovery_end();
	CHECK(use_memory() == -ENODEV && !strcmp(said, "training -19"), "%s", said);
	set_up(0);
	recovery_begin();
	pull_out();
	CHECK(use_memory() == -ENODEV && !strcmp(said, "training -19"), "%s", said);
}

static void lose_memory_at(u64 us)
{
	unit_now_us = us;
	nvgrace_reset_happened(&nvg);
	use_memory();
}

/* A user who resets a GPU that is gone again and again. */
static void log_gets_ten_lines_a_minute_and_none_about_those_left_out(void)
{
	set_up(0);
	pdev.error_state = pci_channel_io_perm_failure;
	for (u64 i = 0; i < 12; i++)
		lose_memory_at(1000000 + i * 1000000);
	CHECK(lines == 10, "%u lines", lines);
	lose_memory_at(1000000 + 59999999);
	CHECK(lines == 10, "%u lines before the minute is over", lines);
	lose_memory_at(1000000 + 60000000);
	CHECK(lines == 11, "%u lines after it", lines);
}

static void I13_signal_ends_the_wait_for_a_lock_that_can_take_it(void)
{
	set_up(0);
	unit_lock_signal = TASK_INTERRUPTIBLE;
	CHECK(try_memory(TASK_INTERRUPTIBLE) == -ERESTARTSYS, "deaf");
	CHECK(!try_memory(TASK_KILLABLE), "ended by a signal it cannot take");
	unit_lock_signal = TASK_KILLABLE;
	CHECK(try_memory(TASK_KILLABLE) == -ERESTARTSYS, "not to be killed");
	CHECK(try_memory(TASK_INTERRUPTIBLE) == -ERESTARTSYS, "not to be killed");
}

/* I5: without a line, and without a verdict. */
static void I5_memory_space_that_is_off_is_eio_until_it_is_on(void)
{
	set_up(0);
	gpu.space_off = true;
	CHECK(try_memory(TASK_KILLABLE) == -EIO && !lines, "in hardware: %u lines", lines);
	gpu.space_off = false;
	gpu.no_bar0 = true;
	CHECK(try_memory(TASK_KILLABLE) == -EIO && !lines, "no BAR0: %u lines", lines);
	gpu.no_bar0 = false;
	memory_enabled = false;
	CHECK(try_memory(TASK_KILLABLE) == -EIO, "by the user");
	memory_enabled = true;
	nvg.core.pm_runtime_engaged = true;
	CHECK(try_memory(TASK_KILLABLE) == -EIO, "in low power");
	nvg.core.pm_runtime_engaged = false;
	CHECK(!try_memory(TASK_KILLABLE), "on again");
}

static void I12_who_resets_asks_only_memory_that_was_in_use_and_is_awake(void)
{
	set_up(TRAIN_US);
	CHECK(nvgrace_memory_ask(&nvg) == 0 && !traced.answers, "not in use");
	CHECK(!use_memory(), "lost");
	reset_begin();
	hw_reset();
	reset_end();
	nvg.core.pm_runtime_engaged = true;
	CHECK(nvgrace_memory_ask(&nvg) == -EIO, "in low power");
	nvg.core.pm_runtime_engaged = false;
	pdev.current_state = PCI_D3hot;
	CHECK(nvgrace_memory_ask(&nvg) == -EIO, "in D3");
	pdev.current_state = PCI_D0;
	CHECK(nvgrace_memory_ask(&nvg) == -EAGAIN && !unit_locks, "not trained yet");
	unit_now_us += TRAIN_US;
	CHECK(nvgrace_memory_ask(&nvg) == 0 && !unit_locks, "trained");
}

static void answers_are_traced_once_with_their_time(void)
{
	set_up(TRAIN_US);
	CHECK(!use_memory() && traced.answers == 1 && !traced.result, "%u answers", traced.answers);
	CHECK(traced.us >= TRAIN_US && traced.us < TRAIN_US + 40000, "%lu us", traced.us);
	CHECK(!use_memory() && traced.answers == 1, "known, and %u answers", traced.answers);
	set_up(NEVER);
	CHECK(use_memory() == -ETIMEDOUT && traced.answers == 1 && traced.result == -ETIMEDOUT,
	      "%u answers", traced.answers);
}

static void readiness_has_a_name(void)
{
	set_up(0);
	nvgrace_ready_name(&nvg);
	CHECK(unit_acquired_locks == 1, "a reset may come in between");

	set_up(0);
	CHECK(!strcmp(nvgrace_ready_name(&nvg), "unknown"), "at first");
	CHECK(!use_memory() && !strcmp(nvgrace_ready_name(&nvg), "ready"), "in use");
	nvgrace_ready_forget(&nvg);
	CHECK(!strcmp(nvgrace_ready_name(&nvg), "unknown"), "closed");
	set_up(NEVER);
	use_memory();
	CHECK(!strcmp(nvgrace_ready_name(&nvg), "failed"), "lost");
}

static void I13_poll_interval_stays_below_5_percent_or_20_ms(void)
{
	for (u64 us = 0; us < 300000000; us += 997) {
		u64 interval = nvgrace_poll_interval_us(us);

		CHECK(interval >= 1000, "%lu at %lu", interval, us);
		CHECK(interval < max(20000, us / 20), "%lu at %lu", interval, us);
	}
}

static void probe_waits_and_says_why_not(void)
{
	struct nvgrace_training_source source = { .pdev = &pdev };
	u64 start;

	set_up(TRAIN_US);
	CHECK(!nvgrace_ready_wait_unbound(&source) && trained(), "bound too early");
	set_up(NEVER);
	start = unit_now_us;
	CHECK(nvgrace_ready_wait_unbound(&source) == -ETIMEDOUT && lines == 1, "%u lines", lines);
	CHECK(ms_since(start) < TIMEOUT_MS * 105 / 100, "%lu ms", ms_since(start));
	set_up(NEVER);
	unit_signal = TASK_KILLABLE;
	CHECK(nvgrace_ready_wait_unbound(&source) == -EINTR && !lines, "not to be killed");
}

int main(void)
{
	CLAIM(I12_reset_of_memory_in_use_ends_when_it_is_trained);
	CLAIM(I13_reset_of_memory_that_is_lost_waits_once);
	CLAIM(I13_signal_ends_the_waits_that_can_take_it);
	CLAIM(I13_timeout_counts_from_the_first_question);
	CLAIM(I13_power_writes_from_d0_to_d0_buy_no_time_and_no_line);
	CLAIM(I13_recovery_without_end_is_not_waited_for_forever);
	CLAIM(I13_poll_interval_stays_below_5_percent_or_20_ms);
	CLAIM(I14_pulled_out_gpu_is_enodev_at_once);
	CLAIM(I11_what_was_found_is_published_and_seen_in_order);
	CLAIM(I13_first_who_finds_it_lost_says_so_for_everyone);
	CLAIM(I13_time_starts_with_the_first_not_yet);
	CLAIM(I13_line_says_what_has_not_ended);
	CLAIM(log_gets_ten_lines_a_minute_and_none_about_those_left_out);
	CLAIM(I13_signal_ends_the_wait_for_a_lock_that_can_take_it);
	CLAIM(I5_memory_space_that_is_off_is_eio_until_it_is_on);
	CLAIM(I12_who_resets_asks_only_memory_that_was_in_use_and_is_awake);
	CLAIM(answers_are_traced_once_with_their_time);
	CLAIM(readiness_has_a_name);
	CLAIM(probe_waits_and_says_why_not);
	return unit_end();
}
