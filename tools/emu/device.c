// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does an access to one of the device's regions meet?
 */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/mman.h>

#include "bar0.h"
#include "config.h"
#include "dma.h"
#include "emu.h"
#include "irq.h"
#include "part.h"
#include "train.h"

/* Memory of a real BAR that nobody has written reads as this byte, plus its index. */
#define UNWRITTEN	0xb0

u64 region_size(const struct emu *emu, u32 region)
{
	if (region < NR_BARS)
		return emu->bar_size[region];
	return region == VFIO_PCI_CONFIG_REGION_INDEX ? CONFIG_SIZE : 0;
}

static void bar_copy(u8 *to, const u8 *from, u32 count, u32 bar)
{
	for (u32 i = 0; i < count; i++)
		to[i] = from[i] ^ (UNWRITTEN + bar);
}

static bool inside(const struct emu *emu, u32 region, u64 off, u32 count)
{
	u64 size = region_size(emu, region);

	return size && off <= size && count <= size - off;
}

/* Whether the device hears what comes over the bus, and how far training is. */
static bool answers(struct emu *emu, u32 region, u64 off, bool write)
{
	train_work(emu);
	fsp_work(emu);
	if (knobs_gone(emu))
		return false;
	if (region == VFIO_PCI_CONFIG_REGION_INDEX || config_memory_on(emu))
		return true;
	config_unsupported(emu, region, off, write);
	return false;
}

int region_read(struct emu *emu, u32 region, u64 off, void *buf, u32 count)
{
	if (!inside(emu, region, off, count))
		return EINVAL;
	if (region == VFIO_PCI_CONFIG_REGION_INDEX)
		cxl_work(emu, off, count);
	if (!answers(emu, region, off, false))
		memset(buf, 0xff, count);
	else if (region == VFIO_PCI_CONFIG_REGION_INDEX)
		config_read(emu, off, buf, count);
	else if (region == VFIO_PCI_BAR0_REGION_INDEX)
		bar0_read(emu, off, buf, count);
	else
		bar_copy(buf, emu->bar_mem[region] + off, count, region);
	return 0;
}

int region_write(struct emu *emu, u32 region, u64 off, const void *buf, u32 count)
{
	if (!inside(emu, region, off, count))
		return EINVAL;
	if (!answers(emu, region, off, true))
		return 0;
	if (region == VFIO_PCI_CONFIG_REGION_INDEX)
		config_write(emu, off, buf, count);
	else if (region == VFIO_PCI_BAR0_REGION_INDEX)
		bar0_write(emu, off, buf, count);
	else
		bar_copy(emu->bar_mem[region] + off, buf, count, region);
	return 0;
}

/* What the client lent us goes with it; the device keeps its state. */
void device_client_gone(struct emu *emu)
{
	emu->client = false;
	irq_release(&emu->irq);
	dma_unmap_all(&emu->dma);
}

static int bars_init(struct emu *emu, bool hw_bars)
{
	for (int i = 0; i < NR_BARS; i++) {
		emu->bar_size[i] = emu->profile->bar_size[i];
		if (hw_bars && !emu->bar_size[i])
			emu->bar_size[i] = emu->profile->hw_bar_size[i];
		if (!i || !emu->bar_size[i])
			continue;
		emu->bar_mem[i] = mmap(NULL, emu->bar_size[i], PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (emu->bar_mem[i] == MAP_FAILED) {
			note("no memory for BAR%d: %s; close other programs", i, strerror(errno));
			return -1;
		}
	}
	return 0;
}

int device_init(struct emu *emu, const struct options *opt)
{
	emu->profile = opt->profile;
	emu->device_id = opt->device_id ? opt->device_id : opt->profile->device_id;
	emu->knob.train_ms = opt->train_ms;
	emu->knob.fail = opt->fail;
	emu->knob.mig_ok = opt->mig_ok;
	emu->cxl = opt->cxl;
	irq_init(&emu->irq);
	if (bars_init(emu, opt->hw_bars) || memory_open(&emu->mem, opt->memory, opt->size))
		return -1;
	config_init(emu);
	reset_device(emu, NVG_EMU_RESET_POWER_ON);
	if (opt->gone)
		knobs_set_gone(emu, NVG_EMU_NEVER);
	return 0;
}

void device_exit(struct emu *emu)
{
	device_client_gone(emu);
	for (int i = 1; i < NR_BARS; i++)
		if (emu->bar_mem[i])
			munmap(emu->bar_mem[i], emu->bar_size[i]);
	memory_close(&emu->mem);
}
