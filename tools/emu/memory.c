// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in the GPU's memory, and what does a reset leave there?
 *
 * The file is shared with the QEMU that maps it. It is read and written with
 * system calls, not through a mapping: a file cut short by somebody else is then
 * an error and not a SIGBUS.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dma.h"

int memory_clear(const struct memory *mem)
{
	if (!fallocate(mem->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, mem->size))
		return 0;
	note("cannot punch holes in %s: %s; put the file on tmpfs, ext4, xfs or btrfs",
	     mem->path, strerror(errno));
	return -1;
}

int memory_scramble(const struct memory *mem)
{
	u64 page[NVG_EMU_SCRAMBLE_LEN / sizeof(u64)];

	for (size_t i = 0; i < ARRAY_SIZE(page); i++)
		page[i] = NVG_EMU_SCRAMBLE;
	for (u64 off = 0; off < mem->size; off += NVG_EMU_SCRAMBLE_STEP)
		if (memory_write(mem, off, page, sizeof(page)))
			return -1;
	return memory_write(mem, mem->size - NVG_EMU_SCRAMBLE_LEN, page, sizeof(page));
}

int memory_read(const struct memory *mem, u64 off, void *buf, u32 count)
{
	if (off > mem->size || count > mem->size - off)
		return -1;
	return pread(mem->fd, buf, count, off) == count ? 0 : -1;
}

int memory_write(const struct memory *mem, u64 off, const void *buf, u32 count)
{
	if (off > mem->size || count > mem->size - off)
		return -1;
	return pwrite(mem->fd, buf, count, off) == count ? 0 : -1;
}

int memory_open(struct memory *mem, const char *path, u64 size)
{
	struct stat st;

	mem->path = path;
	mem->size = size;
	mem->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (mem->fd < 0 || fstat(mem->fd, &st)) {
		note("cannot open memory file %s: %s; name a file in a directory you may write to",
		     path, strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		note("memory file %s is not a regular file; name one that is or does not exist",
		     path);
		return -1;
	}
	if ((u64)st.st_size != size && ftruncate(mem->fd, size)) {
		note("cannot make %s %llu bytes long: %s; use a file system with large sparse files",
		     path, (unsigned long long)size, strerror(errno));
		return -1;
	}
	return memory_clear(mem);
}
