/* SPDX-License-Identifier: GPL-2.0-only */
/* How are counters shown? */
#ifndef NVGRACE_WATCH_H
#define NVGRACE_WATCH_H

#include "facts.h"

void watch_table(const struct gpus *gpus);
void watch_json(const struct gpu *gpu, double when);
void metrics_print(const struct gpus *gpus);

#endif
