// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a GPU's own engine read and write at a DMA address?
 *
 * The falcon moves 256 bytes between that address and its own memory (DMEM),
 * which a port in BAR0 shows.
 */
#include <errno.h>
#include <string.h>
#include <linux/pci_regs.h>

#include "nvg_dma.h"

typedef uint32_t u32;
#include "../../tools/demo/guest_module/engine_regs.h"

#define DMEM_DATA	(DMEM_CTRL + 4)
#define DMEM_INC	0x03000000
#define PATIENCE_MS	5000

static bool becomes(struct nvg_gpu *gpu, uint32_t reg, uint32_t mask,
		    uint32_t want)
{
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if ((nvg_knob(gpu, reg) & mask) == want)
			return true;
		nvg_sleep_ms(1);
	}
	return false;
}

/* Asks the GPU's firmware to let the engine reach memory. */
static bool enable_dma(struct nvg_gpu *gpu)
{
	const uint32_t request[] = {
		MCTP_ONE_PACKET, NVDM_NVIDIA | NVDM_TYPE(NVDM_FBDMA),
		NVDM_FBDMA_ENABLE,
	};
	const uint32_t words = sizeof(request) / sizeof(*request);
	uint32_t answer[5], i;

	nvg_set_knob(gpu, FSP_EMEM_CTRL, FSP_EMEM_CHANNEL | FSP_EMEM_INC);
	for (i = 0; i < words; i++)
		nvg_set_knob(gpu, FSP_EMEM_DATA, request[i]);
	nvg_set_knob(gpu, FSP_CMD_TAIL, FSP_EMEM_CHANNEL + 4 * (words - 1));
	nvg_set_knob(gpu, FSP_CMD_HEAD, FSP_EMEM_CHANNEL);
	for (int ms = 0; ms < PATIENCE_MS &&
	     nvg_knob(gpu, FSP_MSG_TAIL) == nvg_knob(gpu, FSP_MSG_HEAD); ms++)
		nvg_sleep_ms(1);
	nvg_set_knob(gpu, FSP_EMEM_CTRL, FSP_EMEM_CHANNEL | FSP_EMEM_INC);
	for (i = 0; i < 5; i++)
		answer[i] = nvg_knob(gpu, FSP_EMEM_DATA);
	nvg_set_knob(gpu, FSP_MSG_TAIL, nvg_knob(gpu, FSP_MSG_HEAD));
	return answer[1] >> 24 == NVDM_RESPONSE && answer[3] == NVDM_FBDMA &&
	       !answer[4];
}

const char *nvg_engine_start(struct nvg_gpu *gpu)
{
	uint32_t command = nvg_cfg_get(gpu, PCI_COMMAND, 2);

	nvg_cfg_set(gpu, PCI_COMMAND, 2, command | PCI_COMMAND_MASTER);
	if (!becomes(gpu, FSP_BOOT, ~0u, FSP_BOOT_DONE) ||
	    !becomes(gpu, MEM_CLEAR, ~0u, MEM_CLEAR_DONE))
		return "the GPU's firmware does not come up";
	if (!enable_dma(gpu))
		return "the GPU's firmware does not enable DMA";
	nvg_set_knob(gpu, FBIF_CTL2, 1);
	nvg_set_knob(gpu, FBIF_CTL, nvg_knob(gpu, FBIF_CTL) | FBIF_CTL_PHYSICAL);
	nvg_set_knob(gpu, FALCON_DMACTL,
		     nvg_knob(gpu, FALCON_DMACTL) & ~FALCON_DMACTL_SCRUBBING);
	return NULL;
}

/* Returns 0, or -EFAULT when the engine finds nothing at that address. */
static int transfer(struct nvg_gpu *gpu, uint64_t iova, uint32_t direction)
{
	nvg_set_knob(gpu, FBIF_TRANSCFG, FBIF_TARGET_SYSTEM | FBIF_PHYSICAL);
	nvg_set_knob(gpu, DMA_ADDR_TOP, iova >> 47 & 0x1ffff);
	nvg_set_knob(gpu, DMA_ADDR_HIGH, iova >> 40 & 0x7f);
	nvg_set_knob(gpu, DMA_ADDR_LOW, iova >> 8);
	nvg_set_knob(gpu, DMA_BLOCK, iova & 0xff);
	nvg_set_knob(gpu, DMA_DMEM_OFFSET, 0);
	nvg_set_knob(gpu, DMA_CMD, DMA_CMD_256_BYTES | direction);
	if (nvg_knob(gpu, DMA_CMD) & DMA_CMD_DONE)
		return 0;
	if (nvg_knob(gpu, NVG_EMU_DMA_ERROR) == NVG_EMU_DMA_UNMAPPED)
		return -EFAULT;
	return becomes(gpu, DMA_CMD, DMA_CMD_DONE, DMA_CMD_DONE) ? 0 : -EIO;
}

int nvg_engine_read(struct nvg_gpu *gpu, uint64_t iova, void *bytes)
{
	uint32_t word;
	int ret = transfer(gpu, iova, 0);

	nvg_set_knob(gpu, DMEM_CTRL, DMEM_INC);
	for (int i = 0; !ret && i < NVG_ENGINE_BYTES; i += sizeof(word)) {
		word = nvg_knob(gpu, DMEM_DATA);
		memcpy((char *)bytes + i, &word, sizeof(word));
	}
	return ret;
}

int nvg_engine_write(struct nvg_gpu *gpu, uint64_t iova, const void *bytes)
{
	uint32_t word;

	nvg_set_knob(gpu, DMEM_CTRL, DMEM_INC);
	for (int i = 0; i < NVG_ENGINE_BYTES; i += sizeof(word)) {
		memcpy(&word, (const char *)bytes + i, sizeof(word));
		nvg_set_knob(gpu, DMEM_DATA, word);
	}
	return transfer(gpu, iova, DMA_CMD_WRITE);
}
