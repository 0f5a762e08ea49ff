/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do all rooms of the emulated GPU stand on?
 *
 * Everything runs in one thread: no locks. Times are CLOCK_MONOTONIC
 * nanoseconds, offsets and sizes are bytes, errors are positive errno values
 * where the protocol wants them (request_handle()) and -1 elsewhere.
 */
#ifndef NVGRACE_EMU_BASE_H
#define NVGRACE_EMU_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nvgrace_emu_regs.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_USEC	1000ULL
#define TIME_NEVER	UINT64_MAX

/* main.c */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
u64 now_ns(void);

#endif
