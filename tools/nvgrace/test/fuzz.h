/* SPDX-License-Identifier: GPL-2.0-only */
/* What does libFuzzer call? */
#ifndef NVGRACE_FUZZ_H
#define NVGRACE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
