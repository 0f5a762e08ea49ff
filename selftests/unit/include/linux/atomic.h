/* SPDX-License-Identifier: GPL-2.0-only */
/* Where is what atomic.h has in the kernel? */
#include <linux/kernel_stand_in.h>
