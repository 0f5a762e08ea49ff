// SPDX-License-Identifier: GPL-2.0-only
/* Can the memory be mapped, moved and unmapped piece by piece, and no more than it? */
#include <sys/mman.h>

#include "fuzz.h"

static uint8_t *slot_of(const struct piece *piece, bool moved)
{
	return fuzz.slots + (2 * (piece - fuzz.piece) + moved) * SLOT;
}

/* Gives address space back to its slot, so that nobody else gets it. */
static void reserve(void *addr, size_t len)
{
	mmap(addr, len, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/* An address in the slot that lets leaves of @off be large, or just not. */
static uint8_t *place(const struct piece *piece, bool moved, uint64_t off)
{
	size_t skew = one_in(2) ? 0 : nvg_rand(512) * nvg_page();

	return slot_of(piece, moved) + (off + skew) % (2 * NVG_MIB);
}

static bool map_piece(struct piece *piece)
{
	size_t page = nvg_page(), len;
	uint64_t window = fuzz.shadow.window_off[nvg_rand(NVG_WINDOWS)];
	uint64_t off = window + nvg_rand(NVG_WINDOW / page) * page;
	bool whole = one_in(4);
	void *map;

	if (whole)
		off = window;
	len = whole ? NVG_WINDOW : page * (1 + nvg_rand(64));
	piece->writable = !one_in(4);
	piece->moved = false;
	piece->off = off;
	piece->addr = place(piece, false, off);
	if (off + len > window + NVG_WINDOW)
		len = window + NVG_WINDOW - off;
	say("mmap %zu bytes of %#lx %s", len, off,
	    piece->writable ? "writable" : "read-only");
	map = mmap(piece->addr, len,
		   PROT_READ | (piece->writable ? PROT_WRITE : 0),
		   MAP_SHARED | MAP_FIXED, fuzz.gpu.fd,
		   fuzz.gpu.region[fuzz.gpu.mem].offset + off);
	if (map == MAP_FAILED)
		return mismatch("expected a mapping, got errno %d", errno);
	piece->len = len;
	return true;
}

/* All of it, or some pages of either end. */
static bool unmap_piece(struct piece *piece)
{
	size_t page = nvg_page();
	size_t len = one_in(2) ? piece->len :
		     page * (1 + nvg_rand(piece->len / page));
	bool head = one_in(2);
	uint8_t *at = head ? piece->addr : piece->addr + piece->len - len;

	say("munmap %zu bytes at the %s of those mapped at %#lx", len,
	    head ? "head" : "tail", piece->off);
	if (munmap(at, len))
		return mismatch("errno %d", errno);
	reserve(at, len);
	piece->len -= len;
	if (head) {
		piece->addr += len;
		piece->off += len;
	}
	return true;
}

bool op_map(void)
{
	struct piece *piece = &fuzz.piece[nvg_rand(PIECES)];

	return piece->len ? unmap_piece(piece) : map_piece(piece);
}

bool op_move(void)
{
	struct piece *piece = some_piece();
	uint8_t *from, *to;

	if (!piece)
		return true;
	say("mremap of %zu bytes of %#lx", piece->len, piece->off);
	if (mremap(piece->addr, piece->len, piece->len + nvg_page(),
		   MREMAP_MAYMOVE) != MAP_FAILED || errno != EFAULT)
		return mismatch("expected EFAULT for a larger one");
	from = piece->addr;
	to = place(piece, !piece->moved, piece->off);
	if (mremap(from, piece->len, piece->len, MREMAP_MAYMOVE | MREMAP_FIXED,
		   to) != to)
		return mismatch("errno %d", errno);
	reserve(from, piece->len);
	piece->addr = to;
	piece->moved = !piece->moved;
	return true;
}

/* Mappings that nobody may have. */
bool op_map_refused(void)
{
	uint64_t base = fuzz.gpu.region[fuzz.gpu.mem].offset;
	size_t page = nvg_page();
	uint64_t pages = 1 + nvg_rand(32);
	uint64_t off = fuzz.gpu.mem_size + page * (1 + nvg_rand(32)) - pages * page;
	int flags = MAP_SHARED, fd = fuzz.gpu.fd;

	if (one_in(3))
		flags = MAP_PRIVATE, off = 0;
	else if (one_in(3))
		off = 1ull << 40;	/* the index of the BAR's upper half */
	say("mmap %lu pages of %#lx%s", pages, off,
	    flags == MAP_PRIVATE ? ", private" : "");
	if (mmap(NULL, pages * page, PROT_READ, flags, fd, base + off) == MAP_FAILED)
		return same("errno", EINVAL, errno);
	return mismatch("expected EINVAL, got a mapping");
}

/* Nothing is mapped any more. */
void forget_pieces(void)
{
	for (int i = 0; i < PIECES; i++) {
		fuzz.piece[i].len = 0;
		reserve(slot_of(&fuzz.piece[i], false), 2 * SLOT);
	}
}
