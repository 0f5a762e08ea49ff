// SPDX-License-Identifier: GPL-2.0-only
/* How is memory laid out, mapped and touched when faults are part of the test? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "guarded.h"
#include "nvg.h"

/* Reads a byte; returns 0, or the signal that the access raised. */
int nvg_touch(const volatile uint8_t *where, uint8_t *val)
{
	return nvg_guarded_copy(val, where, 1, 1);
}

int nvg_poke(volatile uint8_t *where, uint8_t val)
{
	return nvg_guarded_copy(where, &val, 1, 1);
}

/*
 * Maps [off, off + len) of the memory BAR at an address that is off plus skew
 * modulo 1 GiB, so that leaves may (skew 0) or may not be large. MAP_FAILED
 * with errno as mmap() gives it.
 */
uint8_t *nvg_map(struct nvg_gpu *gpu, uint64_t off, size_t len, size_t skew)
{
	size_t room = len + 2 * NVG_GIB;
	uintptr_t start, want;
	void *map;

	start = (uintptr_t)mmap(NULL, room, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				-1, 0);
	if ((void *)start == MAP_FAILED)
		return MAP_FAILED;
	want = ((start + NVG_GIB - 1) & ~(NVG_GIB - 1)) +
	       ((off + skew) & (NVG_GIB - 1));
	map = mmap((void *)want, len, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED, gpu->fd,
		   gpu->region[gpu->mem].offset + off);
	return map;
}

/* A buffer of which only the first good bytes are there; NULL: no memory. */
void *nvg_buffer_with_hole(size_t good, size_t total)
{
	size_t page = nvg_page();
	size_t there = (good + page - 1) / page * page;
	size_t whole = (total + 2 * page - 1) / page * page + there;
	uint8_t *map = mmap(NULL, whole, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	memset(map, 0, there);
	if (mprotect(map + there, whole - there, PROT_NONE))
		return NULL;
	return map + there - good;
}

/* Of either kind: mm counts a fault that had to wait for training as a major one. */
long nvg_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

/* Of this process; ~0: the kernel does not say. */
uint64_t nvg_page_table_kib(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	uint64_t kib = ~0ull;
	char line[128];

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "VmPTE: %lu", &kib) == 1)
			break;
	if (status)
		fclose(status);
	return kib;
}

/* Copies the smaps line of the VMA at addr that starts with field. */
static bool vma_line(const void *addr, const char *field, char *line,
		     size_t len)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	unsigned long start, end;
	bool inside = false, found = false;

	if (!smaps)
		return false;
	while (!found && fgets(line, len, smaps)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
			inside = (uintptr_t)addr >= start &&
				 (uintptr_t)addr < end;
			found = inside && !field;
		} else {
			found = inside && field &&
				!strncmp(line, field, strlen(field));
		}
	}
	fclose(smaps);
	return found;
}

/* In KiB, as smaps counts; ~0: no such line. */
uint64_t nvg_vma_field(const void *addr, const char *field)
{
	char line[512];

	if (!vma_line(addr, field, line, sizeof(line)))
		return ~0ull;
	return strtoull(line + strlen(field) + 1, NULL, 10);
}

/* flag is one of the two-letter words of VmFlags. */
bool nvg_vma_flag(const void *addr, const char *flag)
{
	char line[512], word[8];

	if (!vma_line(addr, "VmFlags:", line, sizeof(line)))
		return false;
	snprintf(word, sizeof(word), " %s ", flag);
	line[strcspn(line, "\n")] = ' ';
	return strstr(line, word);
}

/* File offset of the VMA's first byte; ~0: not mapped. */
uint64_t nvg_vma_offset(const void *addr)
{
	unsigned long start, end;
	unsigned long long off;
	char line[512], perms[8];

	if (!vma_line(addr, NULL, line, sizeof(line)))
		return ~0ull;
	if (sscanf(line, "%lx-%lx %7s %llx", &start, &end, perms, &off) != 4)
		return ~0ull;
	return off;
}
