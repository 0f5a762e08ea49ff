// SPDX-License-Identifier: GPL-2.0-only
/*
 * How large is the leaf that maps an address, on a kernel that does not say?
 */
#include <linux/mm.h>

#if !COMPAT_HAS_PFNMAP_ADDR_MASK
#undef follow_pfnmap_args
#undef follow_pfnmap_start
#undef follow_pfnmap_end

/* A walk that ended above the pages' table has no entry of it; a PMD is the least it may be. */
int compat_follow_pfnmap_start(struct compat_follow_pfnmap_args *args)
{
	struct follow_pfnmap_args *core = (struct follow_pfnmap_args *)args;
	int ret = follow_pfnmap_start(core);

	args->addr_mask = !ret && core->ptep ? PAGE_MASK : PMD_MASK;
	return ret;
}

void compat_follow_pfnmap_end(struct compat_follow_pfnmap_args *args)
{
	follow_pfnmap_end((struct follow_pfnmap_args *)args);
}
#endif
