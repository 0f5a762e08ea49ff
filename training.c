// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has the hardware trained its memory, by its own word?
 *
 * Grace Hopper and Grace Blackwell say so in two words of BAR0, their
 * successors in the CXL device DVSEC of config space. Asking is a register
 * read or two; when to ask and what follows is ready.c's.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/pci.h>

#include "nvgrace_gpu.h"

/* BAR0 registers of Grace Hopper and Grace Blackwell, and when each is done. */
#define NVGRACE_C2C_LINK	0x1498
#define NVGRACE_HBM_TRAINING	0x200bc
#define NVGRACE_TRAINED		0xff

/* Both end within this after a reset, says NVIDIA. */
#define NVGRACE_BAR0_TIMEOUT_MS	30000

/* CXL 3.1, 8.1.3: DVSEC for CXL devices, and the low half of range 1's size. */
#define CXL_VENDOR_ID		0x1e98
#define CXL_DEVICE_DVSEC	0
#define CXL_RANGE1_SIZE_LOW	0x1c
#define CXL_MEM_INFO_VALID	BIT(0)
#define CXL_MEM_ACTIVE		BIT(1)
#define CXL_MEM_ACTIVE_TIMEOUT	GENMASK(15, 13)

/* The specification gives a device one second to make its range valid. */
#define CXL_INFO_VALID_MS	1000

/* What a read returns when nothing answers on the bus. */
#define NVGRACE_NOBODY		0xffffffff

/* PCIe gives a function a second after a reset until it has to answer. */
#define NVGRACE_ANSWER_MS	1000

/**
 * nvgrace_training_source() - find where a GPU tells of its training
 * @pdev: the GPU
 *
 * Return: what to pass to nvgrace_training_ask().
 */
struct nvgrace_training_source
nvgrace_training_source(struct pci_dev *pdev)
{
	return (struct nvgrace_training_source) {
		.pdev = pdev,
		.cxl = pci_find_dvsec_capability(pdev, CXL_VENDOR_ID,
						 CXL_DEVICE_DVSEC),
	};
}

/*
 * All ones: is the device gone? Then config space reads ones too, as the PCI core
 * does not come back from a reset before it answers there. A device that does
 * answer there may be late with the rest, a single look at which tells nothing.
 * After error recovery has reset the link its memory space is off until the user
 * turns it on.
 */
static int why_nobody(struct pci_dev *pdev, struct nvgrace_training *t)
{
	u16 command = U16_MAX;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	if (PCI_POSSIBLE_ERROR(command))
		return -ENODEV;
	if (!(command & PCI_COMMAND_MEMORY))
		return -EIO;
	t->timeout_ms = NVGRACE_ANSWER_MS;
	t->verdict = -ENODEV;
	return -EAGAIN;
}

static int ask_bar0(struct pci_dev *pdev, void __iomem *bar0,
		    struct nvgrace_training *t)
{
	t->timeout_ms = NVGRACE_BAR0_TIMEOUT_MS;
	t->verdict = -ETIMEDOUT;
	t->hbm = 0;
	t->link = ioread32(bar0 + NVGRACE_C2C_LINK);
	if (t->link == NVGRACE_NOBODY)
		return why_nobody(pdev, t);
	if (t->link != NVGRACE_TRAINED)
		return -EAGAIN;

	t->hbm = ioread32(bar0 + NVGRACE_HBM_TRAINING);
	if (t->hbm == NVGRACE_NOBODY)
		return why_nobody(pdev, t);
	return t->hbm == NVGRACE_TRAINED ? 0 : -EAGAIN;
}

/* Milliseconds from a reset to an active range, at the longest. */
static unsigned int cxl_timeout_ms(u32 size_low)
{
	unsigned int code = FIELD_GET(CXL_MEM_ACTIVE_TIMEOUT, size_low);

	if (!(size_low & CXL_MEM_INFO_VALID))
		return CXL_INFO_VALID_MS;
	/* 1, 4, 16, 64 and 256 s; larger codes are reserved. */
	return MSEC_PER_SEC << (2 * min(code, 4));
}

static int ask_cxl(struct pci_dev *pdev, u16 dvsec, struct nvgrace_training *t)
{
	u32 low = NVGRACE_NOBODY;

	pci_read_config_dword(pdev, dvsec + CXL_RANGE1_SIZE_LOW, &low);
	t->link = low;
	t->hbm = 0;
	t->timeout_ms = cxl_timeout_ms(low);
	t->verdict = -ETIMEDOUT;
	if (low == NVGRACE_NOBODY)
		return why_nobody(pdev, t);
	if (low & CXL_MEM_INFO_VALID && low & CXL_MEM_ACTIVE)
		return 0;
	return -EAGAIN;
}

/**
 * nvgrace_training_ask() - ask the hardware once
 * @source: where to ask
 * @bar0: the GPU's BAR0, mapped
 * @t: set to what it said
 *
 * Context: BAR0 is mapped and the device in D0; does not sleep.
 * Return: 0 when the memory is trained, -EAGAIN when not yet, for how long is in
 * @t; -ENODEV when the device does not answer: all ones, also in config space;
 * -EIO when only its memory space is off.
 */
int nvgrace_training_ask(const struct nvgrace_training_source *source,
			 void __iomem *bar0,
			 struct nvgrace_training *t)
{
	if (source->cxl)
		return ask_cxl(source->pdev, source->cxl, t);
	return ask_bar0(source->pdev, bar0, t);
}

/* A reset of the bus wipes the BARs; then memory space must stay off. */
static bool bar0_is_in_place(struct pci_dev *pdev)
{
	struct pci_bus_region bus;
	u32 low = 0, high = 0;

	pcibios_resource_to_bus(pdev->bus, &bus, &pdev->resource[0]);
	pci_read_config_dword(pdev, PCI_BASE_ADDRESS_0, &low);
	pci_read_config_dword(pdev, PCI_BASE_ADDRESS_1, &high);
	low &= PCI_BASE_ADDRESS_MEM_MASK;
	return bus.start == ((u64)high << 32 | low);
}

/**
 * nvgrace_training_ask_closed() - ask also when the user has memory space off
 * @source: where to ask
 * @bar0: the GPU's BAR0, mapped
 * @t: set to what it said
 *
 * Context: as nvgrace_training_ask(); memory_lock held for write, so that
 * nobody uses memory space or turns it on or off meanwhile.
 * Return: as nvgrace_training_ask().
 */
int nvgrace_training_ask_closed(const struct nvgrace_training_source *source,
				void __iomem *bar0, struct nvgrace_training *t)
{
	struct pci_dev *pdev = source->pdev;
	u8 command = 0;
	int ret;

	pci_read_config_byte(pdev, PCI_COMMAND, &command);
	if (source->cxl || command & PCI_COMMAND_MEMORY)
		return nvgrace_training_ask(source, bar0, t);
	if (!bar0_is_in_place(pdev))
		return -EIO;

	/* The byte only: interrupt handlers write the other one. */
	pci_write_config_byte(pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
	ret = ask_bar0(pdev, bar0, t);
	pci_write_config_byte(pdev, PCI_COMMAND, command);
	return ret;
}

/**
 * nvgrace_training_log() - one line on why the memory is lost
 * @source: where was asked
 * @t: what the hardware said last
 * @error: -ENODEV: it does not answer; else it did not train in time
 */
void nvgrace_training_log(const struct nvgrace_training_source *source,
			  const struct nvgrace_training *t, int error)
{
	struct pci_dev *pdev = source->pdev;

	if (error == -ENODEV)
		pci_err(pdev, "GPU does not answer, reads return all ones: it fell off the bus; reset it to try again\n");
	else if (source->cxl)
		pci_err(pdev, "memory is unusable %u ms after reset: CXL range 1 is not %s (%#x); reset the GPU to try again\n",
			t->timeout_ms,
			t->link & CXL_MEM_INFO_VALID ? "active" : "valid", t->link);
	else if (t->link != NVGRACE_TRAINED)
		pci_err(pdev, "memory is unusable %u ms after reset: C2C link is down (%#x, not %#x); reset the GPU to try again\n",
			t->timeout_ms, t->link, NVGRACE_TRAINED);
	else
		pci_err(pdev, "memory is unusable %u ms after reset: memory training has not ended (%#x, not %#x); reset the GPU to try again\n",
			t->timeout_ms, t->hbm, NVGRACE_TRAINED);
}
