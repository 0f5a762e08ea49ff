/* SPDX-License-Identifier: GPL-2.0-only */
/* How is a recorded tree unpacked? */
#ifndef NVGRACE_TREE_H
#define NVGRACE_TREE_H

int tree_unpack(const char *file, const char *directory);
int tree_remove(const char *directory);

#endif
