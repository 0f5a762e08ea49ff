// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do the GPU's MSI-X interrupts arrive, each at its own handler?
 */
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/io.h>

#include "nvgrace_emu_regs.h"
#include "nvgrace_guest.h"

#define NVG_VECTORS	4

struct nvg_vector {
	struct completion fired;
	int irq;		/* 0: not requested */
};

static irqreturn_t nvg_vector_fired(int irq, void *data)
{
	struct nvg_vector *vector = data;

	complete(&vector->fired);
	return IRQ_HANDLED;
}

static int nvg_vectors_request(struct nvg_guest *gpu, struct nvg_vector *vectors,
			       int count)
{
	int i, irq, err;

	for (i = 0; i < count; i++) {
		init_completion(&vectors[i].fired);
		irq = pci_irq_vector(gpu->pdev, i);
		err = request_irq(irq, nvg_vector_fired, 0, "nvgrace-guest",
				  &vectors[i]);
		if (err)
			return err;
		vectors[i].irq = irq;
	}
	return 0;
}

static void nvg_vectors_free(struct nvg_vector *vectors, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (vectors[i].irq)
			free_irq(vectors[i].irq, &vectors[i]);
	}
}

/* Vector @i fires, and no other does. */
static int nvg_vector_try(struct nvg_guest *gpu, struct nvg_vector *vectors,
			  int count, int i, char *say)
{
	int other;

	writel(i, gpu->regs + NVG_EMU_MSIX);
	if (!wait_for_completion_timeout(&vectors[i].fired, 5 * HZ)) {
		scnprintf(say, NVG_SAY, "MSI-X vector %d of %d did not arrive within 5 s",
			  i, count);
		return -ETIMEDOUT;
	}
	for (other = 0; other < count; other++) {
		if (try_wait_for_completion(&vectors[other].fired)) {
			scnprintf(say, NVG_SAY, "MSI-X vector %d fired, vector %d arrived as well",
				  i, other);
			return -EIO;
		}
	}
	return 0;
}

int nvg_interrupt(struct nvg_guest *gpu, char *say)
{
	struct nvg_vector vectors[NVG_VECTORS] = {};
	int i, count, err = 0;

	if (readl(gpu->regs + NVG_EMU_ID) != NVG_EMU_ID_VALUE) {
		scnprintf(say, NVG_SAY, "BAR0 has no knobs: not the emulated GPU, nothing fires on demand");
		return -ENODEV;
	}
	count = pci_alloc_irq_vectors(gpu->pdev, 1, NVG_VECTORS, PCI_IRQ_MSIX);
	if (count < 0) {
		scnprintf(say, NVG_SAY, "no MSI-X vectors (%d)", count);
		return count;
	}
	err = nvg_vectors_request(gpu, vectors, count);
	if (err)
		scnprintf(say, NVG_SAY, "cannot request an MSI-X vector (%d)", err);
	for (i = 0; i < count && !err; i++)
		err = nvg_vector_try(gpu, vectors, count, i, say);
	nvg_vectors_free(vectors, count);
	pci_free_irq_vectors(gpu->pdev);
	if (!err)
		scnprintf(say, NVG_SAY, "MSI-X vectors 0 to %d arrived, each at its own handler",
			  count - 1);
	return err;
}
