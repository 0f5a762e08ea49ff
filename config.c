// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do the made-up BARs look like in config space?
 *
 * An access is cut into naturally aligned pieces, each all ours or all the
 * core's, so that any way to cut it gives the same (I1) and a failed copy in
 * the middle is a short count (I4). Ours are the registers of the made-up
 * BARs, whatever hardware implements there, and those of hidden ones, which
 * read zero like a BAR that hardware does not have; all else is the core's.
 */
#include <linux/cleanup.h>
#include <linux/pagemap.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

#include "nvgrace_gpu.h"

/**
 * struct piece - a part of an access that lies in one register
 * @pos: offset in config space
 * @size: bytes, 1, 2, 4 or (in a made-up BAR) 8, a divisor of @pos
 * @region: the made-up BAR it lies in, NULL: none
 * @blank: a hidden BAR's; neither: the core's
 */
struct piece {
	u64 pos;
	size_t size;
	const struct nvgrace_region *region;
	bool blank;
};

static u64 bar_register(const struct nvgrace_region *region)
{
	return PCI_BASE_ADDRESS_0 + 4 * region->bar;
}

/* Whose is the register that a byte of config space is part of? */
static void find_owner(const struct nvgrace_device *nvg, struct piece *piece)
{
	unsigned int bar;

	if (piece->pos < PCI_BASE_ADDRESS_0 ||
	    piece->pos > PCI_BASE_ADDRESS_5 + 3)
		return;

	bar = (piece->pos - PCI_BASE_ADDRESS_0) / 4;
	piece->region = nvgrace_region_of(nvg, bar) ?:
			bar ? nvgrace_region_of(nvg, bar - 1) : NULL;
	piece->blank = nvgrace_region_is_blank(nvg, bar);
}

static struct piece first_piece(const struct nvgrace_device *nvg, u64 pos,
				size_t count)
{
	struct piece piece = { .pos = pos };
	u64 base;

	find_owner(nvg, &piece);
	base = piece.region ? bar_register(piece.region) : pos & ~3ULL;
	for (piece.size = piece.region ? 8 : 4; piece.size > 1; piece.size /= 2)
		if (piece.size <= count && !((pos - base) % piece.size))
			break;
	return piece;
}

static u64 *register_of(struct nvgrace_device *nvg,
			const struct nvgrace_region *region)
{
	return &nvg->bar_reg[region - nvg->regions];
}

static ssize_t read_bar(struct nvgrace_device *nvg, const struct piece *piece,
			char __user *buf)
{
	const struct nvgrace_region *region = piece->region;
	__le64 value;

	scoped_guard(mutex, &nvg->config_lock)
		value = cpu_to_le64(nvgrace_bar_value(region,
						      *register_of(nvg, region)));

	if (copy_to_user(buf, (u8 *)&value + (piece->pos - bar_register(region)),
			 piece->size))
		return -EFAULT;
	return piece->size;
}

static ssize_t write_bar(struct nvgrace_device *nvg, const struct piece *piece,
			 const char __user *buf)
{
	u64 *reg = register_of(nvg, piece->region);
	__le64 value = 0;

	if (copy_from_user(&value, buf, piece->size))
		return -EFAULT;

	guard(mutex)(&nvg->config_lock);
	*reg = nvgrace_bar_merge(*reg, le64_to_cpu(value),
				 piece->pos - bar_register(piece->region),
				 piece->size);
	return piece->size;
}

/* As a BAR that is not there: zero, whatever was written. */
static ssize_t read_blank(const struct piece *piece, char __user *buf)
{
	static const u32 zero;

	return copy_to_user(buf, &zero, piece->size) ? -EFAULT : piece->size;
}

static ssize_t write_blank(const struct piece *piece, const char __user *buf)
{
	u32 dropped;

	return copy_from_user(&dropped, buf, piece->size) ? -EFAULT :
							   piece->size;
}

static ssize_t read_piece(struct nvgrace_device *nvg, const struct piece *piece,
			  char __user *buf)
{
	loff_t pos = VFIO_PCI_INDEX_TO_OFFSET(VFIO_PCI_CONFIG_REGION_INDEX) +
		     piece->pos;

	if (piece->region)
		return read_bar(nvg, piece, buf);
	if (piece->blank)
		return read_blank(piece, buf);
	return vfio_pci_core_read(&nvg->core.vdev, buf, piece->size, &pos);
}

static bool is_power_control(const struct nvgrace_device *nvg,
			     const struct piece *piece)
{
	u64 pmcsr = nvg->core.pdev->pm_cap + PCI_PM_CTRL;

	return nvg->core.pdev->pm_cap && piece->pos < pmcsr + 2 &&
	       pmcsr < piece->pos + piece->size;
}

static ssize_t write_core(struct nvgrace_device *nvg, const struct piece *piece,
			  const char __user *buf)
{
	loff_t pos = VFIO_PCI_INDEX_TO_OFFSET(VFIO_PCI_CONFIG_REGION_INDEX) +
		     piece->pos;

	return vfio_pci_core_write(&nvg->core.vdev, buf, piece->size, &pos);
}

/*
 * The buffer may lie in this very memory, which nobody can use meanwhile: it is
 * faulted in before, and again when it has gone away in between.
 */
static ssize_t write_power_control(struct nvgrace_device *nvg,
				   const struct piece *piece,
				   const char __user *buf)
{
	unsigned int tries = 0;
	ssize_t ret;

	do {
		if (fault_in_readable(buf, piece->size))
			return -EFAULT;
		nvgrace_power_begin(nvg);
		pagefault_disable();
		ret = write_core(nvg, piece, buf);
		pagefault_enable();
		nvgrace_power_end(nvg);
	} while (ret == -EFAULT && ++tries < NVGRACE_FAULT_TRIES);
	return ret;
}

static ssize_t write_piece(struct nvgrace_device *nvg,
			   const struct piece *piece, const char __user *buf)
{
	if (piece->region)
		return write_bar(nvg, piece, buf);
	if (piece->blank)
		return write_blank(piece, buf);
	if (is_power_control(nvg, piece))
		return write_power_control(nvg, piece, buf);
	return write_core(nvg, piece, buf);
}

/**
 * nvgrace_config_rw() - read() or write() on the config region
 * @nvg: an open device
 * @buf: user buffer, only read from when @write
 * @count: bytes asked for, not 0
 * @ppos: VFIO file offset, moved on by what is returned
 * @write: user to device, else device to user
 *
 * Context: process, no lock held; a write may reset the device.
 * Return: bytes done, fewer than @count after an error; with no byte done the
 * error: -EFAULT for a bad buffer or past the end, as vfio-pci has it.
 */
ssize_t nvgrace_config_rw(struct nvgrace_device *nvg, char __user *buf,
			  size_t count, loff_t *ppos, bool write)
{
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;
	size_t done = 0;

	while (done < count) {
		struct piece piece = first_piece(nvg, pos + done, count - done);
		ssize_t ret;

		if (write)
			ret = write_piece(nvg, &piece, buf + done);
		else
			ret = read_piece(nvg, &piece, buf + done);
		if (ret < 0 && !done)
			return ret;
		if (ret < 0)
			break;
		done += ret;
	}
	*ppos += done;
	return done;
}

/**
 * nvgrace_config_reset() - forget what the last user wrote
 * @nvg: the device, being opened
 */
void nvgrace_config_reset(struct nvgrace_device *nvg)
{
	guard(mutex)(&nvg->config_lock);
	memset(nvg->bar_reg, 0, sizeof(nvg->bar_reg));
}
