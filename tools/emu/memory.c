// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in the GPU's memory, and what does a reset leave there?
 *
 * It is shared with the QEMU that maps it, by the name of a link to it. It is read
 * and written with system calls, not through a mapping: memory cut short by
 * somebody else is then an error and not a SIGBUS.
 *
 * A file of a disk's file system would do, but its pages are written to the disk,
 * and QEMU wants huge pages: a read of one byte of a hole fills 2 MiB.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dma.h"

int memory_clear(const struct memory *mem)
{
	if (!fallocate(mem->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, mem->size))
		return 0;
	note("cannot clear %s: %s; this kernel's tmpfs lacks FALLOC_FL_PUNCH_HOLE", mem->path,
	     strerror(errno));
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

/* One that leads nowhere any more is what a model left that was killed. */
static int link_to(int fd, const char *path)
{
	char target[64];
	struct stat st;

	snprintf(target, sizeof(target), "/proc/%d/fd/%d", getpid(), fd);
	if (!lstat(path, &st) && S_ISLNK(st.st_mode) && access(path, F_OK))
		unlink(path);
	return symlink(target, path);
}

int memory_open(struct memory *mem, const char *path, u64 size)
{
	mem->path = path;
	mem->size = size;
	mem->fd = memfd_create("nvgrace-emu", MFD_CLOEXEC);
	if (mem->fd < 0 || ftruncate(mem->fd, size)) {
		note("no %llu bytes for %s: %s; take a smaller --size, or end other programs",
		     (unsigned long long)size, path, strerror(errno));
		return -1;
	}
	if (link_to(mem->fd, path)) {
		note("cannot make %s a link to the memory: %s; name one that does not exist, in a directory you may write to",
		     path, strerror(errno));
		return -1;
	}
	return 0;
}

void memory_close(const struct memory *mem)
{
	unlink(mem->path);
	close(mem->fd);
}
