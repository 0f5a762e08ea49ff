/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What does <linux/memory-failure.h> lack? Older kernels have no such file: mm
 * knows nothing of memory without struct page, and only firmware's reports are
 * heard.
 */
#ifndef COMPAT_LINUX_MEMORY_FAILURE_H
#define COMPAT_LINUX_MEMORY_FAILURE_H

#if COMPAT_HAS_PFN_ADDRESS_SPACE
#include_next <linux/memory-failure.h>
#else
#include <linux/interval_tree.h>
#include <linux/mm_types.h>

struct pfn_address_space {
	struct interval_tree_node node;
	struct address_space *mapping;
	int (*pfn_to_vma_pgoff)(struct vm_area_struct *vma, unsigned long pfn,
				pgoff_t *pgoff);
};

static inline int register_pfn_address_space(struct pfn_address_space *space)
{
	return -EOPNOTSUPP;
}

static inline void unregister_pfn_address_space(struct pfn_address_space *space)
{
}
#endif

#endif
