/* SPDX-License-Identifier: GPL-2.0-only */
/* What is the core to a unit test of config.c, and how is config space accessed? */
#ifndef NVGRACE_UNIT_CONFIG_H
#define NVGRACE_UNIT_CONFIG_H

#include "unit_user.h"

/* The core, as far as config.c may use it: aligned pieces of one register. */
static u8 hardware[4096];
static unsigned int power_writes;
static unsigned int power_changes;	/* begun and not ended */
static unsigned int pages_lost;		/* how often the buffer goes away between */

static unsigned int pieces;	/* of hardware's registers */

static inline bool piece_is_allowed(loff_t pos, size_t count)
{
	return (pos >> VFIO_PCI_OFFSET_SHIFT) == VFIO_PCI_CONFIG_REGION_INDEX &&
	       (count == 1 || count == 2 || count == 4) && !(pos % count);
}

static ssize_t vfio_pci_core_read(struct vfio_device *vdev, char *buf,
				  size_t count, loff_t *ppos)
{
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;

	CHECK(piece_is_allowed(*ppos, count), "%zu at %#lx", count, *ppos);
	if (pos + count > sizeof(hardware) ||
	    copy_to_user(buf, hardware + pos, count))
		return -EFAULT;
	*ppos += count;
	return count;
}

static ssize_t vfio_pci_core_write(struct vfio_device *vdev, const char *buf,
				   size_t count, loff_t *ppos)
{
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;
	u8 piece[4];

	pieces++;

	CHECK(piece_is_allowed(*ppos, count), "%zu at %#lx", count, *ppos);
	CHECK(power_changes == unit_pagefaults_off,
	      "user memory is waited for during a power change");
	if (power_changes && pages_lost && pages_lost--)
		return -EFAULT;
	if (pos + count > sizeof(hardware) || copy_from_user(piece, buf, count))
		return -EFAULT;
	memcpy(hardware + pos, piece, count);
	*ppos += count;
	return count;
}

#include "../../region.c"

void nvgrace_power_begin(struct nvgrace_device *nvg)
{
	power_changes++;
	power_writes++;
}

void nvgrace_power_end(struct nvgrace_device *nvg)
{
	power_changes--;
}

#include "../../config.c"

#define GIB	(1ULL << 30)
#define BAR2	PCI_BASE_ADDRESS_2
#define BAR4	PCI_BASE_ADDRESS_4
#define HEADER	64
#define BASE	VFIO_PCI_INDEX_TO_OFFSET(VFIO_PCI_CONFIG_REGION_INDEX)

static struct pci_dev pdev = { .pm_cap = 0x60 };
static struct nvgrace_device nvg;

/* The split layout of 95 GiB: two made-up BARs, side by side. */
static inline void set_up(void)
{
	memset(&nvg, 0, sizeof(nvg));
	nvg.core.pdev = &pdev;
	nvg.nr_regions = 2;
	nvgrace_region_init(&nvg.regions[0], 4, 0, 94 * GIB, true);
	nvgrace_region_init(&nvg.regions[1], 2, 94 * GIB, GIB, false);
	for (size_t i = 0; i < sizeof(hardware); i++)
		hardware[i] = i * 7;
	power_writes = 0;
	pages_lost = 0;
	unit_watched = &nvg.config_lock;
}

/* An access of which the user's buffer has only the first good bytes. */
static inline ssize_t access_at(u32 pos, u8 *buf, size_t len, size_t good, bool write)
{
	loff_t ppos = BASE + pos;
	ssize_t ret;

	unit_hole = buf + good;
	ret = nvgrace_config_rw(&nvg, (char *)buf, len, &ppos, write);
	CHECK(ppos == (loff_t)(BASE + pos + (ret > 0 ? ret : 0)),
	      "position moved by %lld for %zd", (long long)(ppos - BASE - pos),
	      ret);
	CHECK(!unit_locks_held, "a lock is left");
	CHECK(!power_changes, "a power change has no end");
	return ret;
}

static inline void snapshot(u8 *header)
{
	for (u32 i = 0; i < HEADER; i++)
		access_at(i, header + i, 1, 1, false);
}

static inline u64 bar_at(const u8 *header, u32 at)
{
	u64 val;

	memcpy(&val, header + at, sizeof(val));
	return val;
}

#endif
