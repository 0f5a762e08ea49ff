// SPDX-License-Identifier: GPL-2.0-only
/* Where, how much, and with which buffer, say the dice? */
#include <sys/mman.h>

#include "fuzz.h"

bool one_in(uint64_t n)
{
	return !nvg_rand(n);
}

/* As often a few bytes as a few hundred KiB; at least 1. */
static size_t some_length(size_t most)
{
	size_t len = 1 + nvg_rand(1ul << nvg_rand(20));

	return len < most ? len : 1 + nvg_rand(most);
}

/* A byte of a window that is in a page which the model scrambles, if it has one. */
uint64_t scrambled(uint64_t window)
{
	uint64_t page = fuzz.gpu.mem_size - NVG_EMU_SCRAMBLE_LEN;

	if (window + NVG_WINDOW < fuzz.gpu.mem_size)
		page = (window + NVG_WINDOW - 1) & ~(NVG_EMU_SCRAMBLE_STEP - 1);
	return (page < window ? window : page) + nvg_rand(NVG_EMU_SCRAMBLE_LEN);
}

/* Where an access of at most @most bytes may go, and how many stay there. */
uint64_t some_offset(size_t most, size_t *len)
{
	uint64_t window = fuzz.shadow.window_off[nvg_rand(NVG_WINDOWS)];
	uint64_t at = nvg_rand(NVG_WINDOW);

	*len = some_length(most);
	if (one_in(12)) {	/* the padding and beyond */
		at = fuzz.gpu.mem_size + nvg_rand(2 * NVG_MIB);
		return one_in(3) ? fuzz.gpu.bar_size - nvg_page() + nvg_rand(2 * nvg_page()) : at;
	}
	if (one_in(6))
		at = scrambled(window) - window;
	if (one_in(8))		/* over the memory's end, or its window's */
		at = NVG_WINDOW - 1 - nvg_rand(*len);
	if (window + NVG_WINDOW < fuzz.gpu.mem_size && *len > NVG_WINDOW - at)
		*len = NVG_WINDOW - at;
	return window + at;
}

struct buffer some_buffer(int arena, size_t len)
{
	struct buffer buffer = { .len = len, .good = len };

	if (one_in(4))
		buffer.good = nvg_rand(len + 1);
	buffer.at = fuzz.arena[arena] + ARENA - buffer.good;
	if (buffer.good == len)
		buffer.at -= nvg_rand(nvg_page());
	return buffer;
}

struct piece *some_piece(void)
{
	struct piece *piece = &fuzz.piece[nvg_rand(PIECES)];

	return piece->len ? piece : NULL;
}

bool make_arenas(void)
{
	size_t whole = 2 * PIECES * SLOT;

	for (int i = 0; i < ARENAS; i++) {
		fuzz.arena[i] = nvg_buffer_with_hole(ARENA, ARENA + 2 * LONGEST);
		if (!fuzz.arena[i])
			return false;
	}
	fuzz.slots = mmap(NULL, whole + 2 * NVG_MIB, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	fuzz.slots += -(uintptr_t)fuzz.slots % (2 * NVG_MIB);
	return true;
}
