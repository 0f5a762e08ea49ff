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
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dma.h"

/* 2 GiB page by page: an iommufd that plays type1's first version makes a mapping of each page. */
#define MAX_MAPS	(1 << 19)
#define MAX_FILES	256
#define NO_FILE		-1

struct dma_map {
	u64 iova;
	u64 last;
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

/*
 * Mappings are disjoint and so in order; two that overlap are equal: looking a
 * range up finds what is in its way.
 */
static int compare(const void *a, const void *b)
{
	const struct dma_map *x = a, *y = b;

	if (x->last < y->iova)
		return -1;
	return x->iova > y->last;
}

/* A mapping that has a byte in [@iova, @last], or NULL. */
static struct dma_map *find(const struct dma *dma, u64 iova, u64 last)
{
	const struct dma_map range = { .iova = iova, .last = last };
	struct dma_map **node = tfind(&range, &dma->maps, compare);

	return node ? *node : NULL;
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

static bool valid(u64 iova, u64 size, u64 offset, u32 flags)
{
	const u32 rw = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;

	return size && iova <= UINT64_MAX - (size - 1) && !(flags & ~rw) &&
	       offset <= INT64_MAX && size <= INT64_MAX - offset;
}

static int insert(struct dma *dma, const struct dma_map *map)
{
	struct dma_map *copy = malloc(sizeof(*copy));

	if (!copy)
		return ENOMEM;
	*copy = *map;
	if (!tsearch(copy, &dma->maps, compare)) {
		free(copy);
		return ENOMEM;
	}
	dma->nr++;
	return 0;
}

/* Takes over *@fd, and sets it to -1, if it keeps it. */
int dma_map(struct dma *dma, u64 iova, u64 size, u64 offset, u32 flags, int *fd)
{
	struct dma_map map = { iova, iova + (size - 1), offset, flags, NO_FILE };
	int err;

	if (!valid(iova, size, offset, flags))
		return EINVAL;
	if (find(dma, map.iova, map.last))
		return EEXIST;
	if (dma->nr == MAX_MAPS)
		return ENOSPC;
	map.file = get_file(dma, fd);
	if (map.file < NO_FILE)
		return -map.file;
	err = insert(dma, &map);
	if (err)
		put_file(dma, map.file);
	return err;
}

static void forget(struct dma *dma, struct dma_map *map)
{
	tdelete(map, &dma->maps, compare);
	put_file(dma, map->file);
	free(map);
	dma->nr--;
}

/* Takes away what lies in the range, as type1 does; a cut mapping is an error. */
int dma_unmap(struct dma *dma, u64 iova, u64 size, u64 *unmapped)
{
	u64 last = iova + (size - 1);
	struct dma_map *map;

	*unmapped = 0;
	if (!size || last < iova)
		return EINVAL;
	map = find(dma, iova, iova);
	if (map && map->iova < iova)
		return EINVAL;
	map = find(dma, last, last);
	if (map && map->last > last)
		return EINVAL;
	while ((map = find(dma, iova, last))) {
		*unmapped += map->last - map->iova + 1;
		forget(dma, map);
	}
	return 0;
}

void dma_unmap_all(struct dma *dma)
{
	tdestroy(dma->maps, free);
	for (size_t i = 0; i < dma->nr_files; i++)
		if (dma->files[i].refs)
			close(dma->files[i].fd);
	free(dma->files);
	*dma = (struct dma){};
}

/* The file and the offset in it behind [@iova, @iova + @count), or -1. */
static int translate(const struct dma *dma, u64 iova, u32 count, u32 flag, u64 *offset)
{
	const struct dma_map *m = find(dma, iova, iova);

	if (!m || !count || m->last - iova < count - 1 || !(m->flags & flag) || m->file == NO_FILE)
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
