// SPDX-License-Identifier: GPL-2.0-only
/* What should the GPU answer to what was done to it so far? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/pci_regs.h>

#include "shadow.h"

#define BARS_END	(PCI_BASE_ADDRESS_5 + 4)

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* At both ends, over a page of scramble in the middle, and anywhere. */
static void place_windows(struct nvg_shadow *shadow)
{
	uint64_t size = shadow->gpu->mem_size;

	shadow->window_off[0] = 0;
	shadow->window_off[1] = NVG_GIB - NVG_WINDOW / 2;
	shadow->window_off[2] = size - NVG_WINDOW;
	shadow->window_off[3] = NVG_GIB + NVG_WINDOW +
		nvg_rand((size - NVG_GIB - 3 * NVG_WINDOW) / NVG_MIB) * NVG_MIB;
}

static void forget_memory(struct nvg_shadow *shadow)
{
	for (int i = 0; i < NVG_WINDOWS; i++)
		memset(shadow->window[i], 0, NVG_WINDOW);
}

bool nvg_shadow_open(struct nvg_shadow *shadow, struct nvg_gpu *gpu)
{
	shadow->gpu = gpu;
	shadow->d3 = false;
	for (int i = 0; i < NVG_WINDOWS; i++) {
		if (!shadow->window[i])
			shadow->window[i] = malloc(NVG_WINDOW);
		if (!shadow->window[i])
			return false;
	}
	if (!shadow->window_off[1])
		place_windows(shadow);
	forget_memory(shadow);
	if (nvg_cfg_read(gpu, 0, shadow->config, NVG_CONFIG) != NVG_CONFIG)
		return false;
	for (int i = 0; i < 6; i++)
		memcpy(&shadow->bar[i], shadow->config + PCI_BASE_ADDRESS_0 + 4 * i,
		       i < 5 ? 8 : 4);
	return true;
}

void nvg_shadow_reset(struct nvg_shadow *shadow)
{
	shadow->d3 = false;
	forget_memory(shadow);
}

bool nvg_shadow_enabled(const struct nvg_shadow *shadow)
{
	return !shadow->d3 && shadow->config[PCI_COMMAND] & PCI_COMMAND_MEMORY;
}

int nvg_shadow_window(const struct nvg_shadow *shadow, uint64_t off, size_t len)
{
	for (int i = 0; i < NVG_WINDOWS; i++) {
		uint64_t start = shadow->window_off[i];

		if (off >= start && off + len <= start + NVG_WINDOW)
			return i;
	}
	return -1;
}

/* The bytes must all be in one window. */
static uint8_t *at(const struct nvg_shadow *shadow, uint64_t off, size_t len)
{
	int i = nvg_shadow_window(shadow, off, len);

	return shadow->window[i] + (off - shadow->window_off[i]);
}

/* How many of these bytes are memory? */
static size_t in_memory(const struct nvg_shadow *shadow, uint64_t off, size_t len)
{
	uint64_t size = shadow->gpu->mem_size;

	return off < size ? min_of(len, size - off) : 0;
}

ssize_t nvg_shadow_count(const struct nvg_shadow *shadow, uint64_t off,
			 size_t len, size_t good, bool write)
{
	size_t reach;

	if (!len)
		return 0;
	if (off >= shadow->gpu->bar_size)
		return -EINVAL;
	if (!nvg_shadow_enabled(shadow))
		return -EIO;
	reach = min_of(len, shadow->gpu->bar_size - off);
	/* What is written to padding vanishes unread. */
	if (!write || good < in_memory(shadow, off, reach))
		reach = min_of(reach, good);
	return reach ? (ssize_t)reach : -EFAULT;
}

void nvg_shadow_read(struct nvg_shadow *shadow, uint64_t off, uint8_t *buf,
		     size_t len)
{
	size_t mem = in_memory(shadow, off, len);

	if (mem)
		memcpy(buf, at(shadow, off, mem), mem);
	memset(buf + mem, 0xff, len - mem);
}

void nvg_shadow_write(struct nvg_shadow *shadow, uint64_t off,
		      const uint8_t *buf, size_t len)
{
	size_t mem = in_memory(shadow, off, len);

	if (mem)
		memcpy(at(shadow, off, mem), buf, mem);
}

/* The BAR that a byte of config space belongs to; -1: none is implemented. */
static int bar_of(const struct nvg_shadow *shadow, uint32_t pos)
{
	int bar = (pos - PCI_BASE_ADDRESS_0) / 4;

	if (shadow->gpu->region[bar].size)
		return bar;
	if (bar && shadow->gpu->region[bar - 1].size)
		return bar - 1;
	return -1;
}

static uint8_t bar_byte(const struct nvg_shadow *shadow, uint32_t pos)
{
	int bar = bar_of(shadow, pos);
	uint8_t flags;
	uint64_t val;

	if (bar < 0)
		return 0;
	flags = shadow->config[PCI_BASE_ADDRESS_0 + 4 * bar] & 0xf;
	val = shadow->bar[bar] & ~(shadow->gpu->region[bar].size - 1) & ~0xfull;
	return (val | flags) >> 8 * (pos - PCI_BASE_ADDRESS_0 - 4 * bar);
}

static void write_bar_byte(struct nvg_shadow *shadow, uint32_t pos, uint8_t val)
{
	int bar = bar_of(shadow, pos);

	if (bar >= 0)
		((uint8_t *)&shadow->bar[bar])[pos - PCI_BASE_ADDRESS_0 - 4 * bar] = val;
}

static bool is_bar(uint32_t pos)
{
	return pos >= PCI_BASE_ADDRESS_0 && pos < BARS_END;
}

void nvg_shadow_config_read(const struct nvg_shadow *shadow, uint32_t pos,
			    uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = is_bar(pos + i) ? bar_byte(shadow, pos + i) :
			 shadow->config[pos + i];
}

/* Which bits of the header's bytes can be written; BARs apart? */
static uint8_t writable(uint32_t pos)
{
	switch (pos) {
	case PCI_COMMAND:
		return PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY;
	case PCI_COMMAND + 1:
		return (PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE) >> 8;
	case PCI_CACHE_LINE_SIZE:
	case PCI_INTERRUPT_LINE:
		return 0xff;
	default:
		return 0;
	}
}

void nvg_shadow_config_write(struct nvg_shadow *shadow, uint32_t pos,
			     const uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t mask = writable(pos + i);
		uint8_t *reg = &shadow->config[pos + i];

		if (is_bar(pos + i))
			write_bar_byte(shadow, pos + i, buf[i]);
		else
			*reg = (*reg & ~mask) | (buf[i] & mask);
	}
}
