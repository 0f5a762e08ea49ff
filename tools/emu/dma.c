// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which host memory is behind an I/O virtual address?
 *
 * The client gives each mapping as a part of a file. A guest behind a virtual
 * IOMMU makes thousands of mappings of one file: a file is kept open once, and
 * read and written with system calls, so that one cut short cannot kill us.
 * A mapping without a regular file takes its place but cannot be reached.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu.h"

#define MAX_MAPS	65535
#define MAX_FILES	256
#define NO_FILE		-1

struct dma_map {
	u64 iova;
	u64 size;
	u64 offset;	/* in the file */
	u32 flags;	/* VFIO_DMA_MAP_FLAG_* */
	int file;
};

struct dma_file {
	dev_t dev;
	ino_t ino;
	int mode;	/* O_ACCMODE */
	int fd;
	u32 refs;	/* 0: free */
};

/* Index of the first mapping that ends after @iova. */
static size_t lookup(const struct dma *dma, u64 iova)
{
	size_t lo = 0, hi = dma->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (dma->map[mid].iova + (dma->map[mid].size - 1) < iova)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int add_file(struct dma *dma, const struct stat *st, int mode, int fd)
{
	size_t i;

	for (i = 0; i < dma->nr_files && dma->files[i].refs; i++)
		;
	if (i == MAX_FILES)
		return -ENOSPC;
	if (i == dma->nr_files) {
		struct dma_file *files = realloc(dma->files, (i + 1) * sizeof(*files));

		if (!files)
			return -ENOMEM;
		dma->files = files;
		dma->nr_files++;
	}
	dma->files[i] = (struct dma_file){ st->st_dev, st->st_ino, mode, fd, 1 };
	return i;
}

/* Returns an index, NO_FILE or -errno below it; takes over *@fd if it keeps it. */
static int get_file(struct dma *dma, int *fd)
{
	struct stat st;
	int mode, ret;

	if (*fd < 0 || fstat(*fd, &st) || !S_ISREG(st.st_mode))
		return NO_FILE;
	mode = fcntl(*fd, F_GETFL) & O_ACCMODE;
	for (size_t i = 0; i < dma->nr_files; i++) {
		struct dma_file *f = &dma->files[i];

		if (f->refs && f->dev == st.st_dev && f->ino == st.st_ino && f->mode == mode) {
			f->refs++;
			return i;
		}
	}
	ret = add_file(dma, &st, mode, *fd);
	if (ret >= 0)
		*fd = -1;
	return ret;
}

static void put_file(struct dma *dma, int file)
{
	if (file >= 0 && !--dma->files[file].refs)
		close(dma->files[file].fd);
}

static int make_room(struct dma *dma)
{
	size_t room = dma->room ? 2 * dma->room : 64;
	struct dma_map *map;

	if (dma->nr == MAX_MAPS)
		return ENOSPC;
	if (dma->nr < dma->room)
		return 0;
	map = realloc(dma->map, room * sizeof(*map));
	if (!map)
		return ENOMEM;
	dma->map = map;
	dma->room = room;
	return 0;
}

static bool valid(u64 iova, u64 size, u64 offset, u32 flags)
{
	const u32 rw = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;

	return size && iova <= UINT64_MAX - (size - 1) && !(flags & ~rw) &&
	       offset <= INT64_MAX && size <= INT64_MAX - offset;
}

/* Takes over *@fd, and sets it to -1, if it keeps it. */
int dma_map(struct dma *dma, u64 iova, u64 size, u64 offset, u32 flags, int *fd)
{
	size_t i = lookup(dma, iova);
	int file, err;

	if (!valid(iova, size, offset, flags))
		return EINVAL;
	if (i < dma->nr && dma->map[i].iova <= iova + (size - 1))
		return EEXIST;
	err = make_room(dma);
	if (err)
		return err;
	file = get_file(dma, fd);
	if (file < NO_FILE)
		return -file;
	memmove(&dma->map[i + 1], &dma->map[i], (dma->nr - i) * sizeof(*dma->map));
	dma->map[i] = (struct dma_map){ iova, size, offset, flags, file };
	dma->nr++;
	return 0;
}

/* Takes away what lies in the range, as type1 does; a cut mapping is an error. */
int dma_unmap(struct dma *dma, u64 iova, u64 size, u64 *unmapped)
{
	size_t first = lookup(dma, iova), end = first;
	u64 last = iova + (size - 1);

	*unmapped = 0;
	if (!size || last < iova)
		return EINVAL;
	for (; end < dma->nr && dma->map[end].iova <= last; end++)
		if (dma->map[end].iova < iova ||
		    dma->map[end].iova + (dma->map[end].size - 1) > last)
			return EINVAL;
	if (first == end)
		return 0;
	for (size_t i = first; i < end; i++) {
		*unmapped += dma->map[i].size;
		put_file(dma, dma->map[i].file);
	}
	memmove(&dma->map[first], &dma->map[end], (dma->nr - end) * sizeof(*dma->map));
	dma->nr -= end - first;
	return 0;
}

void dma_unmap_all(struct dma *dma)
{
	for (size_t i = 0; i < dma->nr; i++)
		put_file(dma, dma->map[i].file);
	free(dma->map);
	free(dma->files);
	*dma = (struct dma){};
}

/* The file and the offset in it behind [@iova, @iova + @count), or -1. */
static int translate(const struct dma *dma, u64 iova, u32 count, u32 flag, u64 *offset)
{
	size_t i = lookup(dma, iova);
	const struct dma_map *m = &dma->map[i];

	if (i == dma->nr || m->iova > iova || iova - m->iova > m->size - count ||
	    m->size < count || !(m->flags & flag) || m->file == NO_FILE)
		return -1;
	*offset = m->offset + (iova - m->iova);
	return dma->files[m->file].fd;
}

int dma_read(const struct dma *dma, u64 iova, void *buf, u32 count)
{
	u64 offset;
	int fd = translate(dma, iova, count, VFIO_DMA_MAP_FLAG_READ, &offset);

	return fd >= 0 && pread(fd, buf, count, offset) == count ? 0 : -1;
}

int dma_write(const struct dma *dma, u64 iova, const void *buf, u32 count)
{
	u64 offset;
	int fd = translate(dma, iova, count, VFIO_DMA_MAP_FLAG_WRITE, &offset);

	return fd >= 0 && pwrite(fd, buf, count, offset) == count ? 0 : -1;
}
