// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which word belongs at which place of the GPU's memory?
 */
#include <linux/compiler.h>

#include "nvgrace_guest.h"

/* Odd, so that a step of one word never comes round within 2^64 words. */
#define NVG_PATTERN_STEP	0x9e3779b97f4a7c15ULL

u64 nvg_pattern_word(u64 offset, u64 seed)
{
	return seed + (offset / sizeof(u64)) * NVG_PATTERN_STEP;
}

void nvg_pattern_fill(u64 *words, u64 size, u64 offset, u64 seed)
{
	u64 word = nvg_pattern_word(offset, seed);
	u64 i;

	for (i = 0; i < size / sizeof(u64); i++, word += NVG_PATTERN_STEP)
		WRITE_ONCE(words[i], word);
}

u64 nvg_pattern_check(const u64 *words, u64 size, u64 offset, u64 seed)
{
	u64 word = nvg_pattern_word(offset, seed);
	u64 i;

	for (i = 0; i < size / sizeof(u64); i++, word += NVG_PATTERN_STEP) {
		if (READ_ONCE(words[i]) != word)
			break;
	}
	return i;
}
