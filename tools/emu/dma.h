/* SPDX-License-Identifier: GPL-2.0-only */
/* What do others ask of memory: the GPU's own, and the client's? */
#ifndef NVGRACE_EMU_DMA_H
#define NVGRACE_EMU_DMA_H

#include "base.h"

struct dma {
	void *maps;		/* tree of struct dma_map */
	size_t nr;
	struct dma_file *files;
	size_t nr_files;
};

struct memory {
	const char *path;
	int fd;
	u64 size;
};

/* dma.c */
int dma_map(struct dma *dma, u64 iova, u64 size, u64 offset, u32 flags, int *fd);
int dma_unmap(struct dma *dma, u64 iova, u64 size, u64 *unmapped);
void dma_unmap_all(struct dma *dma);
int dma_read(const struct dma *dma, u64 iova, void *buf, u32 count);
int dma_write(const struct dma *dma, u64 iova, const void *buf, u32 count);

/* memory.c */
int memory_open(struct memory *mem, const char *path, u64 size);
void memory_close(const struct memory *mem);
int memory_clear(const struct memory *mem);
int memory_scramble(const struct memory *mem);
int memory_read(const struct memory *mem, u64 off, void *buf, u32 count);
int memory_write(const struct memory *mem, u64 off, const void *buf, u32 count);

#endif
