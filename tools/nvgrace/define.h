/* SPDX-License-Identifier: GPL-2.0-only */
/* How does a domain that is there get its GPUs? */
#ifndef NVGRACE_DEFINE_H
#define NVGRACE_DEFINE_H

#include "call.h"

struct _xmlDoc;

/* GPUs that the domain has already come to those that were named. */
void take_gpus_of(struct call *call, struct _xmlDoc *doc);
enum exit_code define_with_gpus(struct call *call);

#endif
