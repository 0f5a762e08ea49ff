/* SPDX-License-Identifier: GPL-2.0-only */
/* How does a unit test see time, sleeps, signals and reader-writer locks? */
#ifndef NVGRACE_UNIT_TIME_H
#define NVGRACE_UNIT_TIME_H

#include "check.h"
#include "kernel_stand_in.h"

#define noinline			__attribute__((noinline))
#define HZ				100
#define TASK_INTERRUPTIBLE		1
#define TASK_KILLABLE			2
#define ERESTARTSYS			512
#define HRTIMER_MODE_REL		0
#define NSEC_PER_USEC			1000
#define RATELIMIT_MSG_ON_RELEASE	1
#define IS_ERR(ptr)			((unsigned long)(ptr) >= -4095UL)

static int unit_locks;		/* held by the caller that sleeps */

/* What was last loaded and stored with a barrier. */
#define unit_maybe_unused	__attribute__((unused))
static unit_maybe_unused const void *unit_acquired;
static unit_maybe_unused int unit_acquired_locks;	/* that were held then */
static unit_maybe_unused const void *unit_released;

/* One thread: a barrier pairs with nothing here. */
#define smp_load_acquire(ptr)						\
	(unit_acquired_locks = unit_locks, unit_acquired = (ptr), READ_ONCE(*(ptr)))
/* Nor does this one. */
#define smp_store_release(ptr, val)					\
	(unit_released = (ptr), WRITE_ONCE(*(ptr), val))
#define cmpxchg_relaxed(ptr, old, new)					\
({									\
	__typeof__(*(ptr)) was = *(ptr);				\
									\
	*(ptr) = was == (old) ? (new) : was;				\
	was;								\
})
#define cmpxchg_release(ptr, old, new)					\
	(unit_released = (ptr), cmpxchg_relaxed(ptr, old, new))

/* The test's own clock: only a sleep moves it. */
static u64 unit_now_us;

/* What else happens while somebody sleeps, or between two steps. */
static void unit_meanwhile(void);

/* A lock is wanted for writing that is held for reading: who has it goes on. */
static void unit_blocked(void);

static inline ktime_t ktime_get(void)
{
	return unit_now_us * 1000;
}

static inline s64 ktime_us_delta(ktime_t later, ktime_t earlier)
{
	return (later - earlier) / 1000;
}

static inline s64 ktime_ms_delta(ktime_t later, ktime_t earlier)
{
	return (later - earlier) / 1000000;
}

static inline ktime_t us_to_ktime(u64 us)
{
	return us * 1000;
}

/* One caller sleeps at a time: the other's steps do not. */
static bool unit_sleeps;
static unsigned int unit_sleep_state;
static unsigned int unit_signal;	/* TASK_*: what the pending one ends; 0: none */

static inline void set_current_state(unsigned int state)
{
	unit_sleep_state = state;
}

static inline void schedule_hrtimeout_range(const ktime_t *timeout, u64 delta,
					    int mode)
{
	CHECK(mode == HRTIMER_MODE_REL, "asleep until a time, not for one");
	CHECK(!unit_locks, "asleep with a lock");
	unit_now_us += *timeout / 1000;
	unit_sleeps = true;
	unit_meanwhile();
	unit_sleeps = false;
}

#define current	NULL
static inline bool signal_pending_state(unsigned int state, void *task)
{
	CHECK(state == TASK_INTERRUPTIBLE || state == TASK_KILLABLE, "%u", state);
	CHECK(state == unit_sleep_state, "slept otherwise");
	return unit_signal & (state == TASK_INTERRUPTIBLE ?
			      TASK_INTERRUPTIBLE | TASK_KILLABLE : TASK_KILLABLE);
}

static inline void init_rwsem(struct rw_semaphore *lock)
{
	*lock = (struct rw_semaphore) {};
}

/* TASK_*: what the signal that comes while a lock is waited for ends; 0: none */
static unsigned int unit_lock_signal;

static inline void down_read(struct rw_semaphore *lock)
{
	CHECK(!lock->writers, "would block for ever");
	lock->readers++;
	unit_locks++;
}

static inline int down_read_killable(struct rw_semaphore *lock)
{
	if (unit_lock_signal == TASK_KILLABLE)
		return -EINTR;
	down_read(lock);
	return 0;
}

static inline int down_read_interruptible(struct rw_semaphore *lock)
{
	return unit_lock_signal ? -EINTR : down_read_killable(lock);
}

static inline void up_read(struct rw_semaphore *lock)
{
	lock->readers--;
	unit_locks--;
}

static unsigned int unit_writers;	/* that there have been */

static inline void down_write(struct rw_semaphore *lock)
{
	unit_writers++;
	if (lock->readers)
		unit_blocked();
	CHECK(!lock->writers && !lock->readers, "would block for ever");
	lock->writers++;
	unit_locks++;
}

static inline int down_write_killable(struct rw_semaphore *lock)
{
	if (unit_lock_signal == TASK_KILLABLE)
		return -EINTR;
	down_write(lock);
	return 0;
}

static inline void up_write(struct rw_semaphore *lock)
{
	lock->writers--;
	unit_locks--;
}

static inline struct rw_semaphore *unit_read(struct rw_semaphore *lock)
{
	down_read(lock);
	return lock;
}

static inline struct rw_semaphore *unit_write(struct rw_semaphore *lock)
{
	down_write(lock);
	return lock;
}

static inline void unit_read_end(struct rw_semaphore **lock)
{
	up_read(*lock);
}

static inline void unit_write_end(struct rw_semaphore **lock)
{
	up_write(*lock);
}

#define unit_guard_rwsem_read(lock)					\
	struct rw_semaphore *unit_guard					\
	__attribute__((cleanup(unit_read_end), unused)) = unit_read(lock)
#define unit_guard_rwsem_write(lock)					\
	struct rw_semaphore *unit_guard					\
	__attribute__((cleanup(unit_write_end), unused)) = unit_write(lock)
#define guard(kind)	unit_guard_##kind

#define lockdep_assert_held_read(lock)	CHECK((lock)->readers, "not held")
#define lockdep_assert_held_write(lock)	CHECK((lock)->writers, "not held")
#define lockdep_assert_not_held(lock)	CHECK(!unit_locks, "held")

static inline void ratelimit_state_init(struct ratelimit_state *limit,
					int interval, int burst)
{
	*limit = (struct ratelimit_state) {
		.interval = interval, .burst = burst, .begin = unit_now_us,
	};
}

static inline void ratelimit_set_flags(struct ratelimit_state *limit,
				       unsigned long flags)
{
	limit->flags = flags;
}

/* The kernel has a line about those that were left out, if it is not told otherwise. */
static void unit_left_out(void);

static inline bool __ratelimit(struct ratelimit_state *limit)
{
	if (unit_now_us - limit->begin >= limit->interval * (1000000ull / HZ)) {
		if (limit->missed && !(limit->flags & RATELIMIT_MSG_ON_RELEASE))
			unit_left_out();
		limit->begin = unit_now_us;
		limit->printed = limit->missed = 0;
	}
	if (limit->printed < limit->burst)
		return ++limit->printed;
	limit->missed++;
	return false;
}

#endif
