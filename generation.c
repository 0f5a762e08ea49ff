// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of which generation is a part?
 *
 * NVIDIA gives ids to self-hosted parts by ranges, and its own driver decides
 * by them: what is in a range is of that generation, whether or not the table
 * of ids has heard of it. Pure, so that all ids are tried on the build machine.
 */
#include <linux/array_size.h>
#include <linux/types.h>

#include "nvgrace_gpu.h"

static const struct {
	u16 first;
	u16 last;
	enum nvgrace_generation generation;
} ranges[] = {
	{ 0x2340, 0x237f, NVGRACE_HOPPER },
	{ 0x2940, 0x297f, NVGRACE_BLACKWELL },
	{ 0x31a1, 0x31a1, NVGRACE_BLACKWELL },
	{ 0x31c0, 0x31ff, NVGRACE_BLACKWELL },
};

/**
 * nvgrace_generation() - tell a part's generation by its id
 * @device: PCI device id, any value
 *
 * Return: the generation, NVGRACE_NEWER for an id of no range.
 */
enum nvgrace_generation nvgrace_generation(u16 device)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (device >= ranges[i].first && device <= ranges[i].last)
			return ranges[i].generation;
	return NVGRACE_NEWER;
}
