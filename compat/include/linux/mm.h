/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What does <linux/mm.h> lack?
 */
#ifndef COMPAT_LINUX_MM_H
#define COMPAT_LINUX_MM_H

#include_next <linux/mm.h>

#if !COMPAT_HAS_PFNMAP_ADDR_MASK
/* The kernel's, and the size of the leaf. */
struct compat_follow_pfnmap_args {
	struct follow_pfnmap_args;
	unsigned long addr_mask; /* the bits of an address that choose the leaf */
};

int compat_follow_pfnmap_start(struct compat_follow_pfnmap_args *args);
void compat_follow_pfnmap_end(struct compat_follow_pfnmap_args *args);

#define follow_pfnmap_args compat_follow_pfnmap_args
#define follow_pfnmap_start compat_follow_pfnmap_start
#define follow_pfnmap_end compat_follow_pfnmap_end
#endif

#endif
