// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the GPU's own DMA engine copy the guest's memory into the GPU's, and
 * back?
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>
#include <linux/sizes.h>
#include <linux/string_helpers.h>

#include "engine_regs.h"
#include "nvgrace_guest.h"

#define NVG_COPY_SIZE	SZ_64K
#define NVG_IN_SEED	0x496e000000000007ULL
#define NVG_OUT_SEED	0x4f75740000000009ULL
#define NVG_POLL_US	5000000

static u32 nvg_read(struct nvg_guest *gpu, u32 reg)
{
	return readl(gpu->regs + reg);
}

static void nvg_write(struct nvg_guest *gpu, u32 reg, u32 value)
{
	writel(value, gpu->regs + reg);
}

static int nvg_poll(struct nvg_guest *gpu, u32 reg, u32 mask, u32 want)
{
	u32 value;

	return readl_poll_timeout(gpu->regs + reg, value, (value & mask) == want,
				  100, NVG_POLL_US);
}

/* The firmware's answer to a message of type @type: 0, or what is wrong. */
static int nvg_fsp_answer(struct nvg_guest *gpu, u32 type)
{
	u32 answer[5], head, value;
	int i, err;

	err = readl_poll_timeout(gpu->regs + FSP_MSG_TAIL, value,
				 value != nvg_read(gpu, FSP_MSG_HEAD), 100,
				 NVG_POLL_US);
	if (err)
		return err;
	head = nvg_read(gpu, FSP_MSG_HEAD);
	if (value - head < sizeof(answer) - sizeof(u32))
		return -EPROTO;
	nvg_write(gpu, FSP_EMEM_CTRL, FSP_EMEM_CHANNEL | FSP_EMEM_INC);
	for (i = 0; i < ARRAY_SIZE(answer); i++)
		answer[i] = nvg_read(gpu, FSP_EMEM_DATA);
	nvg_write(gpu, FSP_MSG_TAIL, head);
	if (answer[1] >> 24 != NVDM_RESPONSE || answer[3] != type || answer[4])
		return -EPROTO;
	return 0;
}

/* Asks the firmware to let the engine reach memory. */
static int nvg_fsp_enable_dma(struct nvg_guest *gpu)
{
	const u32 request[] = {
		MCTP_ONE_PACKET,
		NVDM_NVIDIA | NVDM_TYPE(NVDM_FBDMA),
		NVDM_FBDMA_ENABLE,
	};
	int i;

	nvg_write(gpu, FSP_EMEM_CTRL, FSP_EMEM_CHANNEL | FSP_EMEM_INC);
	for (i = 0; i < ARRAY_SIZE(request); i++)
		nvg_write(gpu, FSP_EMEM_DATA, request[i]);
	/* The tail is the last word's place; writing the head hands over. */
	nvg_write(gpu, FSP_CMD_TAIL,
		  FSP_EMEM_CHANNEL + sizeof(request) - sizeof(u32));
	nvg_write(gpu, FSP_CMD_HEAD, FSP_EMEM_CHANNEL);
	return nvg_fsp_answer(gpu, NVDM_FBDMA);
}

int nvg_engine_start(struct nvg_guest *gpu, char *say)
{
	int err;

	err = nvg_poll(gpu, FSP_BOOT, ~0, FSP_BOOT_DONE);
	if (!err)
		err = nvg_poll(gpu, MEM_CLEAR, ~0, MEM_CLEAR_DONE);
	if (err) {
		scnprintf(say, NVG_SAY, "the GPU's firmware is not up (%#x, memory clear %#x)",
			  nvg_read(gpu, FSP_BOOT), nvg_read(gpu, MEM_CLEAR));
		return err;
	}
	err = nvg_fsp_enable_dma(gpu);
	if (err) {
		scnprintf(say, NVG_SAY, "the GPU's firmware does not enable DMA (%d)", err);
		return err;
	}
	nvg_write(gpu, DMEM_CTRL, 0);
	nvg_write(gpu, FBIF_CTL2, 1);
	nvg_write(gpu, FBIF_CTL, nvg_read(gpu, FBIF_CTL) | FBIF_CTL_PHYSICAL);
	nvg_write(gpu, FALCON_DMACTL,
		  nvg_read(gpu, FALCON_DMACTL) & ~FALCON_DMACTL_SCRUBBING);
	return 0;
}

/* One step between the engine's DMEM and @addr of @target. */
static int nvg_engine_step(struct nvg_guest *gpu, u32 target, u64 addr, u32 write)
{
	nvg_write(gpu, FBIF_TRANSCFG, target | FBIF_PHYSICAL);
	nvg_write(gpu, DMA_ADDR_TOP, addr >> 47 & 0x1ffff);
	nvg_write(gpu, DMA_ADDR_HIGH, addr >> 40 & 0x7f);
	nvg_write(gpu, DMA_ADDR_LOW, lower_32_bits(addr >> 8));
	nvg_write(gpu, DMA_BLOCK, addr & 0xff);
	nvg_write(gpu, DMA_DMEM_OFFSET, 0);
	nvg_write(gpu, DMA_CMD, DMA_CMD_256_BYTES | write);
	return nvg_poll(gpu, DMA_CMD, DMA_CMD_DONE, DMA_CMD_DONE);
}

int nvg_engine_copy(struct nvg_guest *gpu, dma_addr_t dma, u64 local, u64 size,
		    bool in, char *say)
{
	u32 from = in ? FBIF_TARGET_SYSTEM : FBIF_TARGET_LOCAL;
	u32 to = in ? FBIF_TARGET_LOCAL : FBIF_TARGET_SYSTEM;
	u64 done;
	int err;

	for (done = 0; done < size; done += NVG_ENGINE_STEP) {
		err = nvg_engine_step(gpu, from, (in ? dma : local) + done, 0);
		if (!err)
			err = nvg_engine_step(gpu, to, (in ? local : dma) + done,
					      DMA_CMD_WRITE);
		if (err) {
			scnprintf(say, NVG_SAY, "the engine stopped after %llu bytes %s the GPU's memory (%d)",
				  done, in ? "into" : "out of", err);
			return err;
		}
	}
	return 0;
}

/* Guest memory -> engine -> GPU's memory -> processor, through the BAR. */
static int nvg_engine_in(struct nvg_guest *gpu, u64 *buffer, dma_addr_t dma,
			 u64 local, char *say)
{
	int err;

	nvg_pattern_fill(buffer, NVG_COPY_SIZE, local, NVG_IN_SEED);
	err = nvg_engine_copy(gpu, dma, local, NVG_COPY_SIZE, true, say);
	if (err)
		return err;
	return nvg_aperture_check(gpu, local, NVG_COPY_SIZE, NVG_IN_SEED, say);
}

/* Processor, through the BAR -> GPU's memory -> engine -> guest memory. */
static int nvg_engine_out(struct nvg_guest *gpu, u64 *buffer, dma_addr_t dma,
			  u64 local, char *say)
{
	u64 bad;
	int err;

	err = nvg_aperture_fill(gpu, local, NVG_COPY_SIZE, NVG_OUT_SEED);
	if (!err)
		err = nvg_engine_copy(gpu, dma, local, NVG_COPY_SIZE, false,
				      say);
	if (err)
		return err;
	bad = nvg_pattern_check(buffer, NVG_COPY_SIZE, local, NVG_OUT_SEED);
	if (bad == NVG_COPY_SIZE / sizeof(u64))
		return 0;
	scnprintf(say, NVG_SAY, "byte %#llx of the copy to guest memory: wanted %016llx, found %016llx",
		  bad * sizeof(u64),
		  nvg_pattern_word(local + bad * sizeof(u64), NVG_OUT_SEED),
		  buffer[bad]);
	return -EIO;
}

int nvg_engine(struct nvg_guest *gpu, char *say)
{
	/* The far end: an address that needs every register of the engine's. */
	u64 local = gpu->mem_size - NVG_COPY_SIZE;
	dma_addr_t dma;
	u64 *buffer;
	int err;

	err = nvg_engine_start(gpu, say);
	if (err)
		return err;
	buffer = dma_alloc_coherent(&gpu->pdev->dev, NVG_COPY_SIZE, &dma, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	err = nvg_engine_in(gpu, buffer, dma, local, say);
	if (!err)
		err = nvg_engine_out(gpu, buffer, dma, local, say);
	if (!err)
		scnprintf(say, NVG_SAY, "64 KiB of guest memory into the GPU's at %#llx and back, %d bytes a step, all equal",
			  local, NVG_ENGINE_STEP);
	dma_free_coherent(&gpu->pdev->dev, NVG_COPY_SIZE, buffer, dma);
	return err;
}
