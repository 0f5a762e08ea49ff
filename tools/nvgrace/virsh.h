/* SPDX-License-Identifier: GPL-2.0-only */
/* How is libvirt spoken to? */
#ifndef NVGRACE_VIRSH_H
#define NVGRACE_VIRSH_H

char *virsh_dump(const char *name);
char *virsh_define(const char *xml);

#endif
