// SPDX-License-Identifier: GPL-2.0-only
/* Do bytes go in and out of the memory as the shadow says? */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "fuzz.h"
#include "guarded.h"

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

bool op_read(void)
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

static volatile sig_atomic_t signalled;

static void on_alarm(int sig)
{
	signalled = 1;
}

/* A signal comes soon, which may be while it waits for training. */
bool op_interrupted_read(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value.tv_usec = 1 + nvg_rand(60000) }, never = {};
	size_t len;
	uint64_t off = some_offset(LONGEST, &len);
	struct buffer buffer = some_buffer(0, len);
	ssize_t ret, want;

	say("read %zu bytes at %#lx, a signal after %ld us", buffer.len, off,
	    soon.it_value.tv_usec);
	want = nvg_shadow_count(&fuzz.shadow, off, buffer.len, buffer.good, false);
	sigaction(SIGALRM, &action, NULL);
	signalled = 0;
	setitimer(ITIMER_REAL, &soon, NULL);
	ret = nvg_read(&fuzz.gpu, off, buffer.at, buffer.len);
	setitimer(ITIMER_REAL, &never, NULL);
	if (!signalled || (ret != -EINTR && (ret <= 0 || ret > want)))
		return same("result", want, ret) && check_read(off, &buffer, ret);
	return check_read(off, &buffer, ret);
}

bool op_write(void)
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

bool op_vector(void)
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

/* From one window of the memory to a mapping of another, or back. */
bool op_self(void)
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

bool op_access(void)
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
