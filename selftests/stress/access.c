// SPDX-License-Identifier: GPL-2.0-only
/* Is what a user sees of the GPU right, whatever happens to it meanwhile? */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/pci_regs.h>

#include "guarded.h"
#include "nvg_facts.h"
#include "stress.h"

/* I11: are these bytes, which begin at a multiple of 8, ever the model's scramble? */
static bool clean(struct worker *me, const uint8_t *buf, size_t len, uint64_t off)
{
	const uint64_t *word = (const uint64_t *)buf;

	for (size_t i = 0; i < len / 8; i++)
		if (word[i] == NVG_EMU_SCRAMBLE)
			return fail(me, "untrained memory seen at %#lx",
				    off + 8 * i);
	return true;
}

/* Where the model scrambles, and between. */
static uint64_t some_offset(struct worker *me, size_t len)
{
	uint64_t size = me->gpu.mem_size, off;

	switch (roll(me, 3)) {
	case 0:
		off = roll(me, size / NVG_EMU_SCRAMBLE_STEP + 1) * NVG_EMU_SCRAMBLE_STEP;
		break;
	case 1:
		off = size - len;
		break;
	default:
		off = roll(me, size / 8) * 8;
	}
	return off + len > size ? (size - len) & ~7ul : off;
}

/* Nothing was moved: memory space is off, or a signal came. */
static bool closed(ssize_t ret)
{
	return ret == -EIO || ret == -EINTR;
}

bool read_once(struct worker *me)
{
	size_t len = 8 << roll(me, 16);
	uint64_t off;
	ssize_t ret;

	if (len > BUFFER)
		len = BUFFER;
	off = some_offset(me, len);
	beat(me, "reading");
	ret = nvg_read(&me->gpu, off, me->buffer, len);
	if (closed(ret))
		return true;
	if (ret <= 0)
		return fail(me, "%zu bytes at %#lx give %zd", len, off, ret);
	return clean(me, me->buffer, ret, off);
}

/* A write before the end of training is lost, though nothing was reset since. */
bool write_once(struct worker *me)
{
	uint64_t off = some_offset(me, 8), seen = 0, word = roll(me, 1ull << 62);
	uint32_t resets = nvg_knob(&me->gpu, NVG_EMU_RESETS);
	ssize_t wrote, got;

	beat(me, "writing");
	wrote = nvg_write(&me->gpu, off, &word, 8);
	beat(me, "reading back");
	got = nvg_read(&me->gpu, off, &seen, 8);
	if ((wrote != 8 && !closed(wrote)) || (got != 8 && !closed(got)))
		return fail(me, "8 bytes at %#lx: write %zd, read %zd", off,
			    wrote, got);
	if (got == 8 && !clean(me, (uint8_t *)&seen, 8, off))
		return false;
	beat(me, "counting resets");
	if (wrote != 8 || got != 8 || seen == word || resets == ~0u ||
	    resets != nvg_knob(&me->gpu, NVG_EMU_RESETS))
		return true;
	return fail(me, "write at %#lx is lost without a reset: %#lx, not %#lx",
		    off, seen, word);
}

/* Loads and stores, then another mapping. */
static bool map_once(struct worker *me, unsigned int touches, size_t most)
{
	size_t len = nvg_page() << roll(me, 11), at;
	uint64_t off, word;
	uint8_t *map;
	int sig = 0;

	len = len < most ? len : most;
	off = some_offset(me, len) & ~(nvg_page() - 1ul);
	beat(me, "mmap");
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, me->gpu.fd,
		   me->gpu.region[me->gpu.mem].offset + off);
	if (map == MAP_FAILED)
		return fail(me, "%zu bytes at %#lx: errno %d", len, off, errno);
	for (unsigned int i = 0; i < touches && !stopped(); i++) {
		at = roll(me, len / nvg_page()) * nvg_page() + roll(me, 512) * 8;
		beat(me, "load");
		sig = nvg_guarded_copy(&word, map + at, 8, 8);
		if (!sig && !clean(me, (uint8_t *)&word, 8, off + at))
			break;
		word = roll(me, 1ull << 62);
		beat(me, "store");
		sig = sig ?: nvg_guarded_copy(map + at, &word, 8, 8);
		if (sig && sig != SIGBUS)
			fail(me, "signal %d at %#lx", sig, off + at);
	}
	beat(me, "munmap");
	munmap(map, len);
	return !stopped();
}

bool fault_once(struct worker *me)
{
	return map_once(me, 1, 8 * NVG_MIB);
}

bool touch_once(struct worker *me)
{
	return map_once(me, 200, 64 * NVG_KIB);
}

/* Nobody else writes the BAR: it reads what was written, whatever goes on. */
bool config_once(struct worker *me)
{
	uint32_t pos = PCI_BASE_ADDRESS_0 + 4 * me->gpu.mem;
	uint64_t val = roll(me, ~0ull), seen = 0;
	struct nvg_region region;
	ssize_t ret;
	int fd;

	beat(me, "BAR register");
	if (nvg_cfg_write(&me->gpu, pos, &val, 8) != 8 ||
	    nvg_cfg_read(&me->gpu, pos, &seen, 8) != 8 ||
	    seen != ((val & ~(me->gpu.bar_size - 1)) | 0xc))
		return fail(me, "wrote %#lx, read %#lx", val, seen);
	beat(me, "config space");
	ret = nvg_cfg_read(&me->gpu, 0, me->buffer, 4096);
	if (ret != 4096)
		return fail(me, "%zd", ret);
	beat(me, "region info");
	if (nvg_query_region(me->gpu.fd, me->gpu.mem, &region) ||
	    region.area_size != me->gpu.mem_size)
		return fail(me, "it changed");
	beat(me, "dma-buf");
	fd = nvg_export(&me->gpu, me->gpu.mem, 0, NVG_MIB);
	if (fd >= 0)
		close(fd);
	else if (fd != -ENOTTY)
		return fail(me, "%d", fd);
	return true;
}
