/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What does <linux/ktime.h> lack?
 */
#ifndef COMPAT_LINUX_KTIME_H
#define COMPAT_LINUX_KTIME_H

#include_next <linux/ktime.h>

#if !COMPAT_HAS_US_TO_KTIME
static inline ktime_t us_to_ktime(u64 us)
{
	return us * NSEC_PER_USEC;
}
#endif

#endif
