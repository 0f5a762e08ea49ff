// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the GPU answer any sequence of operations as the invariants say?
 *
 * One thread of random operations on every door, each checked against
 * lib/shadow.h. NVGRACE_SEED repeats a run, NVGRACE_SECONDS is its length.
 */
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <linux/pci_regs.h>

#include "nvg_harness.h"
#include "guarded.h"
#include "shadow.h"

#define PIECES		8
#define SLOT		(32 * NVG_MIB)	/* address space of one piece, twice */
#define ARENAS		4
#define ARENA		NVG_MIB		/* then as much that is not there */
#define LONGEST		(300 * NVG_KIB)
#define HISTORY		12
#define HEADER		0x40
#define FLR_MS		100	/* until the kernel comes back from one */

/* A mapping of the memory that is one VMA; len 0: none. */
struct piece {
	uint8_t *addr;
	uint64_t off;
	size_t len;
	bool writable;
	bool moved;	/* lies in the slot's upper half */
};

/* A user buffer whose first good bytes are there. */
struct buffer {
	uint8_t *at;
	size_t len;
	size_t good;
};

static struct {
	struct nvg_gpu gpu;
	struct nvg_shadow shadow;
	struct piece piece[PIECES];
	uint8_t *slots;
	uint8_t *arena[ARENAS];
	uint8_t want[LONGEST * ARENAS];
	uint64_t nr;
	int since_reset;	/* how many operations of the next are to follow it up */
	char what[HISTORY][200];
	char why[256];
} fuzz;

/* Says what this operation is, for the report of a mismatch. */
static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(fuzz.what[fuzz.nr % HISTORY], sizeof(fuzz.what[0]), fmt, args);
	va_end(args);
}

/* Returns false, so that an operation may end with it. */
static bool mismatch(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(fuzz.why, sizeof(fuzz.why), fmt, args);
	va_end(args);
	return false;
}

static bool same(const char *what, long want, long got)
{
	if (want == got)
		return true;
	return mismatch("%s: expected %ld, got %ld", what, want, got);
}

static bool same_bytes(const uint8_t *want, const uint8_t *got, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (want[i] != got[i])
			return mismatch("byte %zu of %zu: expected %#x, got %#x",
					i, len, want[i], got[i]);
	return true;
}

static bool one_in(uint64_t n)
{
	return !nvg_rand(n);
}

/* As often a few bytes as a few hundred KiB; at least 1. */
static size_t some_length(size_t most)
{
	size_t len = 1 + nvg_rand(1ul << nvg_rand(20));

	return len < most ? len : 1 + nvg_rand(most);
}

/* A byte of a window that is in a page which the model scrambles, if it has one. */
static uint64_t scrambled(uint64_t window)
{
	uint64_t page = fuzz.gpu.mem_size - 4096;

	if (window + NVG_WINDOW < fuzz.gpu.mem_size)
		page = (window + NVG_WINDOW - 1) & ~(NVG_EMU_SCRAMBLE_STEP - 1);
	return (page < window ? window : page) + nvg_rand(4096);
}

/* Where an access of at most @most bytes may go, and how many stay there. */
static uint64_t some_offset(size_t most, size_t *len)
{
	uint64_t window = fuzz.shadow.window_off[nvg_rand(NVG_WINDOWS)];
	uint64_t at = nvg_rand(NVG_WINDOW);

	*len = some_length(most);
	if (one_in(12)) {	/* the padding and beyond */
		at = fuzz.gpu.mem_size + nvg_rand(2 * NVG_MIB);
		return one_in(3) ? fuzz.gpu.bar_size - 4096 + nvg_rand(8192) : at;
	}
	if (one_in(6))
		at = scrambled(window) - window;
	if (one_in(8))		/* over the memory's end, or its window's */
		at = NVG_WINDOW - 1 - nvg_rand(*len);
	if (window + NVG_WINDOW < fuzz.gpu.mem_size && *len > NVG_WINDOW - at)
		*len = NVG_WINDOW - at;
	return window + at;
}

static struct buffer some_buffer(int arena, size_t len)
{
	struct buffer buffer = { .len = len, .good = len };

	if (one_in(4))
		buffer.good = nvg_rand(len + 1);
	buffer.at = fuzz.arena[arena] + ARENA - buffer.good;
	if (buffer.good == len)
		buffer.at -= nvg_rand(4096);
	return buffer;
}

/* Checks the bytes of a read that gave ret, over several buffers. */
static bool check_read(uint64_t off, const struct buffer *buffers, ssize_t ret)
{
	size_t at = 0;

	if (ret <= 0)
		return true;
	nvg_shadow_read(&fuzz.shadow, off, fuzz.want, ret);
	for (; (ssize_t)at < ret; buffers++) {
		size_t len = buffers->len < ret - at ? buffers->len : ret - at;

		if (!same_bytes(fuzz.want + at, buffers->at, len))
			return false;
		at += len;
	}
	return true;
}

static void take_write(uint64_t off, const struct buffer *buffers, ssize_t ret)
{
	for (ssize_t at = 0; at < ret; buffers++) {
		size_t len = buffers->len < (size_t)(ret - at) ? buffers->len : ret - at;

		nvg_shadow_write(&fuzz.shadow, off + at, buffers->at, len);
		at += len;
	}
}

static bool op_read(void)
{
	size_t len;
	uint64_t off = some_offset(LONGEST, &len);
	struct buffer buffer = some_buffer(0, one_in(50) ? 0 : len);
	ssize_t ret, want;

	say("read %zu bytes at %#lx, %zu of the buffer are there", buffer.len,
	    off, buffer.good);
	memset(buffer.at, 0xa5, buffer.good);
	want = nvg_shadow_count(&fuzz.shadow, off, buffer.len, buffer.good, false);
	ret = nvg_read(&fuzz.gpu, off, buffer.at, buffer.len);
	return same("result", want, ret) && check_read(off, &buffer, ret);
}

static bool op_write(void)
{
	size_t len;
	uint64_t off = some_offset(LONGEST, &len);
	struct buffer buffer = some_buffer(0, one_in(50) ? 0 : len);
	ssize_t ret, want;

	say("write %zu bytes at %#lx, %zu of the buffer are there", buffer.len,
	    off, buffer.good);
	nvg_fill(buffer.at, buffer.good, fuzz.nr);
	want = nvg_shadow_count(&fuzz.shadow, off, buffer.len, buffer.good, true);
	ret = nvg_write(&fuzz.gpu, off, buffer.at, buffer.len);
	if (!same("result", want, ret))
		return false;
	take_write(off, &buffer, ret);
	return true;
}

/* What the sum of smaller ones gives: it ends at the first that is short. */
static ssize_t vector_count(uint64_t off, const struct buffer *buffers, int nr,
			    bool write)
{
	ssize_t done = 0, ret;

	for (int i = 0; i < nr; i++) {
		ret = nvg_shadow_count(&fuzz.shadow, off + done, buffers[i].len,
				       buffers[i].good, write);
		if (ret < 0)
			return done ?: ret;
		done += ret;
		if (ret != (ssize_t)buffers[i].len)
			break;
	}
	return done;
}

static bool op_vector(void)
{
	struct buffer buffers[ARENAS];
	struct iovec iov[ARENAS];
	int nr = 1 + nvg_rand(ARENAS);
	bool write = one_in(2);
	uint64_t off, base = fuzz.gpu.region[fuzz.gpu.mem].offset;
	size_t len, left;
	ssize_t ret, want;

	off = some_offset(LONGEST, &left);
	say("%s of %d segments, %zu bytes at %#lx", write ? "pwritev" : "preadv",
	    nr, left, off);
	for (int i = 0; i < nr; i++) {
		len = i == nr - 1 ? left : nvg_rand(left + 1);
		left -= len;
		buffers[i] = some_buffer(i, len);
		nvg_fill(buffers[i].at, buffers[i].good, fuzz.nr + i);
		iov[i] = (struct iovec) { buffers[i].at, len };
	}
	want = vector_count(off, buffers, nr, write);
	ret = write ? pwritev(fuzz.gpu.fd, iov, nr, base + off) :
		      preadv(fuzz.gpu.fd, iov, nr, base + off);
	if (!same("result", want, ret < 0 ? -errno : ret))
		return false;
	if (write)
		take_write(off, buffers, ret);
	return write || check_read(off, buffers, ret);
}

static struct piece *some_piece(void)
{
	struct piece *piece = &fuzz.piece[nvg_rand(PIECES)];

	return piece->len ? piece : NULL;
}

/* From one window of the memory to a mapping of another, or back. */
static bool op_self(void)
{
	struct piece *piece = some_piece();
	size_t len, most, at;
	bool write = one_in(2);
	ssize_t ret, want;
	uint64_t off;

	if (!piece)
		return true;
	at = nvg_rand(piece->len);
	most = piece->len - at;
	off = some_offset(most < LONGEST ? most : LONGEST, &len);
	if (off < piece->off + at + len && piece->off + at < off + len)
		return true;
	say("%s %zu bytes at %#lx, the buffer is the memory at %#lx, mapped %s",
	    write ? "write" : "read", len, off, piece->off + at,
	    piece->writable ? "writable" : "read-only");
	want = nvg_shadow_count(&fuzz.shadow, off, len,
				write || piece->writable ? len : 0, write);
	ret = write ? nvg_write(&fuzz.gpu, off, piece->addr + at, len) :
		      nvg_read(&fuzz.gpu, off, piece->addr + at, len);
	if (!same("result", want, ret))
		return false;
	if (ret > 0) {
		nvg_shadow_read(&fuzz.shadow, write ? piece->off + at : off,
				fuzz.want, ret);
		nvg_shadow_write(&fuzz.shadow, write ? off : piece->off + at,
				 fuzz.want, ret);
	}
	return true;
}

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

static bool op_map(void)
{
	struct piece *piece = &fuzz.piece[nvg_rand(PIECES)];

	return piece->len ? unmap_piece(piece) : map_piece(piece);
}

static bool op_move(void)
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
static bool op_map_refused(void)
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

static bool check_access(struct piece *piece, size_t at, size_t len, bool store,
			 int sig)
{
	int want = nvg_shadow_enabled(&fuzz.shadow) ? 0 : SIGBUS;

	if (store && !piece->writable)
		want = SIGSEGV;
	if (!same("signal", want, sig))
		return false;
	if (!sig && store)
		nvg_shadow_write(&fuzz.shadow, piece->off + at, fuzz.arena[0], len);
	if (sig || store)
		return true;
	nvg_shadow_read(&fuzz.shadow, piece->off + at, fuzz.want, len);
	return same_bytes(fuzz.want, fuzz.arena[0], len);
}

static bool op_access(void)
{
	size_t width = 1ul << nvg_rand(4), at, len;
	struct piece *piece = some_piece();
	bool store = one_in(2);
	uint64_t window, off;
	int sig;

	if (!piece)
		return true;
	at = nvg_rand(piece->len / width) * width;
	window = fuzz.shadow.window_off[nvg_shadow_window(&fuzz.shadow, piece->off, 1)];
	off = scrambled(window);
	if (one_in(3) && off >= piece->off && off < piece->off + piece->len)
		at = (off - piece->off) / width * width;
	len = (1 + nvg_rand(1ul << nvg_rand(14))) * width;
	if (len > piece->len - at)
		len = piece->len - at;
	say("%s of %zu bytes by %zu at %#lx", store ? "store" : "load", len,
	    width, piece->off + at);
	nvg_fill(fuzz.arena[0], len, fuzz.nr);
	sig = store ? nvg_guarded_copy(piece->addr + at, fuzz.arena[0], len, width) :
		      nvg_guarded_copy(fuzz.arena[0], piece->addr + at, len, width);
	return check_access(piece, at, len, store, sig);
}

/* How far a config access got: less than good bytes only for want of them. */
static bool check_config_count(const struct buffer *buffer, uint32_t pos,
			       ssize_t ret)
{
	ssize_t most = pos < NVG_CONFIG ? NVG_CONFIG - pos : 0;

	if (most > (ssize_t)buffer->len)
		most = buffer->len;
	if (buffer->good >= (size_t)most)
		return same("result", most || !buffer->len ? most : -EFAULT, ret);
	if (ret == -EFAULT || (ret > 0 && ret <= (ssize_t)buffer->good))
		return true;
	return mismatch("expected 1 to %zu or %d, got %zd", buffer->good, -EFAULT, ret);
}

static bool op_config_read(void)
{
	uint32_t pos = one_in(2) ? nvg_rand(HEADER) : nvg_rand(NVG_CONFIG + 8);
	struct buffer buffer = some_buffer(0, nvg_rand(one_in(20) ? 5000 : 40));
	ssize_t ret;

	say("config read of %zu bytes at %#x, %zu of the buffer are there",
	    buffer.len, pos, buffer.good);
	ret = nvg_cfg_read(&fuzz.gpu, pos, buffer.at, buffer.len);
	if (!check_config_count(&buffer, pos, ret))
		return false;
	if (ret <= 0)
		return true;
	nvg_shadow_config_read(&fuzz.shadow, pos, fuzz.want, ret);
	return same_bytes(fuzz.want, buffer.at, ret);
}

/*
 * In the header alone, where a random write harms nothing; in D3 only the
 * BARs, as vfio-pci puts back what it saved of the rest on the way there.
 */
static bool op_config_write(void)
{
	uint32_t first = fuzz.shadow.d3 || !one_in(3) ? PCI_BASE_ADDRESS_0 : 0;
	uint32_t end = fuzz.shadow.d3 ? PCI_CARDBUS_CIS : HEADER;
	uint32_t pos = first + nvg_rand(end - first);
	struct buffer buffer = some_buffer(0, 1 + nvg_rand(end - pos > 24 ? 24 : end - pos));
	ssize_t ret;

	say("config write of %zu bytes at %#x, %zu of the buffer are there",
	    buffer.len, pos, buffer.good);
	nvg_fill(buffer.at, buffer.good, fuzz.nr);
	if (one_in(3))
		memset(buffer.at, 0xff, buffer.good);
	ret = nvg_cfg_write(&fuzz.gpu, pos, buffer.at, buffer.len);
	if (!check_config_count(&buffer, pos, ret))
		return false;
	if (ret > 0)
		nvg_shadow_config_write(&fuzz.shadow, pos, buffer.at, ret);
	return true;
}

static bool op_command(void)
{
	uint16_t cmd = one_in(3) ? 0 : PCI_COMMAND_MEMORY;
	size_t width = 1 + nvg_rand(2);

	if (fuzz.shadow.d3)
		return true;
	say("command register: %#x by %zu", cmd, width);
	nvg_shadow_config_write(&fuzz.shadow, PCI_COMMAND, (uint8_t *)&cmd, width);
	return same("result", width,
		    nvg_cfg_write(&fuzz.gpu, PCI_COMMAND, &cmd, width));
}

static void was_reset(void)
{
	fuzz.shadow.config[nvg_cap(&fuzz.gpu, PCI_CAP_ID_PM) + PCI_PM_CTRL] = 0;
	nvg_shadow_reset(&fuzz.shadow);
	fuzz.since_reset = 4;
}

static bool op_power(void)
{
	uint32_t pos = nvg_cap(&fuzz.gpu, PCI_CAP_ID_PM) + PCI_PM_CTRL;
	uint32_t state = fuzz.shadow.d3 || one_in(4) ? 0 : 3;
	size_t width = 1ul << nvg_rand(3);

	say("D%u by %zu", state, width);
	if (!same("result", width, nvg_cfg_write(&fuzz.gpu, pos, &state, width)))
		return false;
	if (fuzz.shadow.d3 && !state)
		was_reset();
	fuzz.shadow.d3 = state;
	fuzz.shadow.config[pos] = state;
	return true;
}

static bool op_reset_ioctl(void)
{
	say("reset by ioctl");
	if (ioctl(fuzz.gpu.fd, VFIO_DEVICE_RESET))
		return mismatch("errno %d", errno);
	was_reset();
	return true;
}

/* Not in D3: vfio-pci does not put back what is lost on the way out of it. */
static bool op_reset_other(void)
{
	bool sysfs = one_in(2);

	if (fuzz.shadow.d3)
		return true;
	say("reset by %s", sysfs ? "sysfs" : "config space");
	if (!same("result", 0, sysfs ? nvg_sysfs_write(fuzz.gpu.bdf, "reset", "1") :
			       nvg_flr(&fuzz.gpu)))
		return false;
	was_reset();
	return true;
}

static bool op_train(void)
{
	uint32_t ms = one_in(3) ? 0 : FLR_MS + nvg_rand(60);
	bool enabled = nvg_shadow_enabled(&fuzz.shadow);

	say("the next training takes %u ms", ms);
	return same("result", enabled ? 0 : -EIO,
		    nvg_set_knob(&fuzz.gpu, NVG_EMU_TRAIN_MS, ms));
}

static bool op_info(void)
{
	unsigned int index = nvg_rand(VFIO_PCI_NUM_REGIONS);
	struct nvg_region now, *then = &fuzz.gpu.region[index];

	say("region info of %u", index);
	if (index == VFIO_PCI_VGA_REGION_INDEX)
		return true;
	return same("result", 0, nvg_query_region(fuzz.gpu.fd, index, &now)) &&
	       (!memcmp(&now, then, sizeof(now)) || mismatch("it changed"));
}

static bool op_upper_half(void)
{
	uint64_t off = fuzz.gpu.region[fuzz.gpu.mem + 1].offset + nvg_rand(1 << 20);
	uint8_t byte;

	say("access to the upper half of the BAR");
	if (pread(fuzz.gpu.fd, &byte, 1, off) >= 0 || errno != EINVAL ||
	    pwrite(fuzz.gpu.fd, &byte, 1, off) >= 0 || errno != EINVAL)
		return mismatch("expected EINVAL");
	return true;
}

static bool op_reopen(void)
{
	const char *why;

	if (!one_in(4))
		return true;
	say("close and open");
	for (int i = 0; i < PIECES; i++) {
		fuzz.piece[i].len = 0;
		reserve(slot_of(&fuzz.piece[i], false), 2 * SLOT);
	}
	nvg_close(&fuzz.gpu);
	why = nvg_open_with_memory(&fuzz.gpu);
	if (why)
		return mismatch("%s", why);
	return nvg_shadow_open(&fuzz.shadow, &fuzz.gpu) || mismatch("no config space");
}

static const struct {
	bool (*run)(void);
	unsigned int weight;
} ops[] = {
	{ op_read, 40 },
	{ op_write, 40 },
	{ op_vector, 20 },
	{ op_self, 10 },
	{ op_access, 60 },
	{ op_map, 30 },
	{ op_move, 8 },
	{ op_map_refused, 4 },
	{ op_config_read, 20 },
	{ op_config_write, 20 },
	{ op_command, 8 },
	{ op_power, 3 },
	{ op_reset_ioctl, 1 },
	{ op_reset_other, 1 },
	{ op_train, 2 },
	{ op_info, 2 },
	{ op_upper_half, 2 },
	{ op_reopen, 1 },
};

static bool run_one(void)
{
	unsigned int all = 0, pick;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		all += ops[i].weight;
	/* Most of what there is to see needs the memory: do not stay away. */
	if (fuzz.shadow.d3 && one_in(6))
		return op_power();
	if (!nvg_shadow_enabled(&fuzz.shadow) && one_in(6))
		return op_command();
	/* A mapping that a reset left behind shows at once, or never. */
	if (fuzz.since_reset && fuzz.since_reset-- && !one_in(4))
		return op_access();
	pick = nvg_rand(all);
	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	return ops[i].run();
}

static void report(void)
{
	printf("# NVGRACE_SEED=%lu operation %lu: %s: %s\n", nvg_seed(), fuzz.nr,
	       fuzz.what[fuzz.nr % HISTORY], fuzz.why);
	for (uint64_t nr = fuzz.nr < HISTORY ? 0 : fuzz.nr - HISTORY + 1;
	     nr < fuzz.nr; nr++)
		printf("# %lu: %s\n", nr, fuzz.what[nr % HISTORY]);
}

static bool make_arenas(void)
{
	size_t whole = 2 * PIECES * SLOT;

	for (int i = 0; i < ARENAS; i++) {
		fuzz.arena[i] = nvg_buffer_with_hole(ARENA, ARENA + 2 * LONGEST);
		if (!fuzz.arena[i])
			return false;
	}
	fuzz.slots = mmap(NULL, whole + 2 * NVG_MIB, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	fuzz.slots += -(uintptr_t)fuzz.slots % (2 * NVG_MIB);
	return true;
}

FIXTURE(fuzz) {};

FIXTURE_SETUP(fuzz)
{
	const char *why = nvg_open_with_memory(&fuzz.gpu);

	if (!why)
		why = nvg_need_knobs(&fuzz.gpu);
	if (!why && fuzz.gpu.mem_size < 2 * NVG_GIB)
		why = "less than 2 GiB of memory";
	if (why)
		SKIP(return, "%s", why);
	ASSERT_TRUE(make_arenas());
	ASSERT_TRUE(nvg_shadow_open(&fuzz.shadow, &fuzz.gpu));
}

FIXTURE_TEARDOWN(fuzz)
{
	if (fuzz.gpu.fd < 0)
		return;
	nvg_power(&fuzz.gpu, 0);
	nvg_mem_enable(&fuzz.gpu, true);
	nvg_set_knob(&fuzz.gpu, NVG_EMU_TRAIN_MS, 0);
	nvg_close(&fuzz.gpu);
}

/* No limit of the harness: NVGRACE_SECONDS may be any. */
TEST_F_TIMEOUT(fuzz, I20_any_sequence_of_operations_is_answered_as_the_shadow_says, -1)
{
	uint64_t start = nvg_us(), length = nvg_env("NVGRACE_SECONDS", 120) * 1000000;
	uint64_t stop_at = nvg_env("NVGRACE_OPERATIONS", ~0ull), told = start;

	printf("# NVGRACE_SEED=%lu\n", nvg_seed());
	for (; nvg_us() - start < length && fuzz.nr < stop_at; fuzz.nr++) {
		if (!run_one()) {
			report();
			ASSERT_TRUE(false);
		}
		if (nvg_us() - told > 10000000) {
			told = nvg_us();
			printf("# %lu operations in %lu s\n", fuzz.nr,
			       (told - start) / 1000000);
		}
	}
	printf("# %lu operations\n", fuzz.nr);
	EXPECT_GT(fuzz.nr, 0);
}

NVG_HARNESS_MAIN
