/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the operations of the fuzz test have in common?
 *
 * Each is done to the one open GPU and to its shadow, and returns false when
 * the two disagree.
 */
#ifndef NVGRACE_SELFTESTS_FUZZ_H
#define NVGRACE_SELFTESTS_FUZZ_H

#include <errno.h>

#include "nvg.h"
#include "shadow.h"

#define PIECES		8
#define SLOT		(32 * NVG_MIB)	/* address space of one piece, twice */
#define ARENAS		4
#define ARENA		NVG_MIB		/* then as much that is not there */
#define LONGEST		(300 * NVG_KIB)
#define HISTORY		12

/* A mapping of the memory that is one VMA; len 0: none. */
struct piece {
	uint8_t *addr;
	uint64_t off;
	size_t len;
	bool writable;
	bool moved;	/* lies in the slot's upper half */
};

/* A user buffer whose first good bytes are there. */
struct buffer {
	uint8_t *at;
	size_t len;
	size_t good;
};

struct fuzz {
	struct nvg_gpu gpu;
	struct nvg_shadow shadow;
	struct piece piece[PIECES];
	uint8_t *slots;
	uint8_t *arena[ARENAS];
	uint8_t want[LONGEST * ARENAS];
	uint64_t nr;
	int since_reset;	/* how many operations of the next are to follow it up */
	char what[HISTORY][200];
	char why[256];
};

extern struct fuzz fuzz;

/* tell.c: what is done, and what came of it */
__attribute__((format(printf, 1, 2))) void say(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) bool mismatch(const char *fmt, ...);
bool same(const char *what, long want, long got);
bool same_bytes(const uint8_t *want, const uint8_t *got, size_t len);

/* dice.c: where, how much, and with which buffer */
bool make_arenas(void);
bool one_in(uint64_t n);
uint64_t scrambled(uint64_t window);
uint64_t some_offset(size_t most, size_t *len);
struct buffer some_buffer(int arena, size_t len);
struct piece *some_piece(void);

/* access.c: bytes in and out of the memory */
bool op_read(void);
bool op_interrupted_read(void);
bool op_write(void);
bool op_vector(void);
bool op_self(void);
bool op_access(void);

/* map.c: mappings of it */
bool op_map(void);
bool op_move(void);
bool op_map_refused(void);
void forget_pieces(void);

/* config.c: config space */
bool op_config_read(void);
bool op_config_write(void);
bool op_command(void);

/* reset.c: what it takes to lose the memory, and to get it back */
bool op_power(void);
bool op_reset_ioctl(void);
bool op_reset_other(void);
bool op_low_power(void);
bool op_train(void);
bool op_reopen(void);

#endif
