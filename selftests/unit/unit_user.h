/* SPDX-License-Identifier: GPL-2.0-only */
/* How does a unit test see locks, and user memory that is not all there? */
#ifndef NVGRACE_UNIT_USER_H
#define NVGRACE_UNIT_USER_H

#include "check.h"
#include "kernel_stand_in.h"

static int unit_locks_held;
static unsigned int unit_locks_taken;

static inline struct mutex *unit_lock(struct mutex *lock)
{
	CHECK(!lock->held++, "locked twice");
	unit_locks_held++;
	unit_locks_taken++;
	return lock;
}

static inline void unit_unlock(struct mutex **lock)
{
	(*lock)->held--;
	unit_locks_held--;
}

#define unit_guarded	__attribute__((cleanup(unit_unlock), unused))
#define unit_guard_mutex(lock)						\
	unit_guarded struct mutex *unit_guard = unit_lock(lock)
#define guard(kind)	unit_guard_##kind
#define scoped_guard(kind, lock)					\
	for (struct mutex *scope unit_guarded = unit_lock(lock),	\
	     *once = scope; once; once = NULL)

/* What may not be held while user memory is touched. */
static const struct mutex *unit_watched;

/* First byte of user memory that is not there. */
static const u8 *unit_hole;

static inline size_t unit_there(const void *user, size_t len)
{
	size_t left = (const u8 *)user < unit_hole ?
		      unit_hole - (const u8 *)user : 0;

	return left < len ? left : len;
}

/* Both return how many bytes were not copied, as the kernel's do. */
static inline unsigned long copy_to_user(void *to, const void *from, size_t len)
{
	size_t there = unit_there(to, len);

	CHECK(!unit_watched || !unit_watched->held,
	      "held over user memory");
	memcpy(to, from, there);
	return len - there;
}

static inline unsigned long copy_from_user(void *to, const void *from,
					   size_t len)
{
	size_t there = unit_there(from, len);

	CHECK(!unit_watched || !unit_watched->held,
	      "held over user memory");
	memcpy(to, from, there);
	memset((u8 *)to + there, 0, len - there);
	return len - there;
}

static unsigned int unit_pagefaults_off;

static inline void pagefault_disable(void)
{
	unit_pagefaults_off++;
}

static inline void pagefault_enable(void)
{
	unit_pagefaults_off--;
}

static inline size_t fault_in_readable(const void *user, size_t len)
{
	return len - unit_there(user, len);
}

#endif
