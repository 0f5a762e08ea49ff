// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the server outlive whatever a client sends, and serve the next?
 *
 * Random messages come from a seed that a failure prints; NVG_EMU_SEED repeats it,
 * NVG_EMU_ROUNDS makes it longer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

static u64 rnd_state;

static u32 rnd(void)
{
	rnd_state = rnd_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return rnd_state >> 33;
}

static u64 env_number(const char *name, u64 otherwise)
{
	const char *val = getenv(name);

	return val ? strtoull(val, NULL, 10) : otherwise;
}

static u32 seed(void)
{
	u64 seed = env_number("NVG_EMU_SEED", time(NULL));

	rnd_state = seed;
	printf("# NVG_EMU_SEED=%llu\n", (unsigned long long)seed);
	return env_number("NVG_EMU_ROUNDS", 3000);
}

static void expect_alive(struct server *s)
{
	client_connect(s);
	assert_int_equal(cfg_read(s, 0, 2), 0x10de);
	client_leave(s);
}

static void bad_headers(void **state)
{
	static const struct vu_header bad[] = {
		{ 1, VU_DEVICE_RESET, 0, 0, 0 },
		{ 1, VU_DEVICE_RESET, 15, 0, 0 },
		{ 1, VU_DEVICE_RESET, 0xffffffff, 0, 0 },
		{ 1, VU_REGION_WRITE, 0x40000000, 0, 0 },
		{ 1, VU_REGION_WRITE, 2 * MiB, 0, 0 },
		{ 1, VU_DEVICE_RESET, 16, VU_REPLY, 0 },
		{ 1, VU_DEVICE_RESET, 16, 0xf, 0 },
	};
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		client_connect(&s);
		send_raw(s.sock, &bad[i], sizeof(bad[i]), NULL, 0);
		assert_true(hung_up(s.sock));
		client_leave(&s);
		expect_alive(&s);
	}
	assert_int_equal(control_get(&s, "resets"), 0);
}

static void truncated(void **state)
{
	struct {
		struct vu_header hdr;
		struct vu_region_rw rw;
		u8 data[8];
	} msg = { { 1, VU_REGION_WRITE, sizeof(msg), 0, 0 }, { 4, CONFIG, 8 }, { 6 } };
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	for (size_t len = 0; len < sizeof(msg); len++) {
		client_connect(&s);
		send_raw(s.sock, &msg, len, NULL, 0);
		client_leave(&s);
	}
	client_connect(&s);
	assert_int_equal(cfg_read(&s, 4, 2), 0);
	assert_int_equal(region_write(&s, CONFIG, 4, msg.data, sizeof(msg.data)), 0);
	assert_int_equal(cfg_read(&s, 4, 2), 6);
}

static void short_bodies(void **state)
{
	static const u16 commands[] = {
		VU_DMA_MAP, VU_DMA_UNMAP, VU_DEVICE_GET_INFO, VU_DEVICE_GET_REGION_INFO,
		VU_DEVICE_GET_IRQ_INFO, VU_DEVICE_SET_IRQS, VU_REGION_READ, VU_REGION_WRITE,
	};
	u8 body[8] = {}, reply[64];
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		for (size_t len = 0; len <= sizeof(body); len++)
			assert_int_equal(call(&s, commands[i], body, len, reply, 64), EINVAL);
	assert_int_equal(call(&s, VU_REGION_WRITE_MULTI, body, 7, reply, 64), EINVAL);
}

static void wrong_counts(void **state)
{
	struct {
		struct vu_region_rw rw;
		u8 data[8];
	} msg = { { 0, CONFIG, 0 }, {} };
	static const u32 counts[] = { 0, 7, 9, 0x100000, 0xffffffff };
	u8 reply[64];
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		msg.rw.count = counts[i];
		assert_int_equal(call(&s, VU_REGION_WRITE, &msg, sizeof(msg), reply, 64), EINVAL);
	}
	msg.rw.count = 0xffffffff;
	assert_int_equal(call(&s, VU_REGION_READ, &msg.rw, sizeof(msg.rw), reply, 64), EINVAL);
}

static void byte_by_byte(void **state)
{
	struct {
		struct vu_header hdr;
		struct vu_region_rw rw;
	} msg = { { 7, VU_REGION_READ, sizeof(msg), 0, 0 }, { 0, CONFIG, 2 } };
	u8 reply[34];
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	for (size_t i = 0; i < sizeof(msg); i++) {
		send_raw(s.sock, (u8 *)&msg + i, 1, NULL, 0);
		sleep_ms(2);
	}
	assert_int_equal(recv(s.sock, reply, sizeof(reply), MSG_WAITALL), sizeof(reply));
	assert_memory_equal(reply + 32, "\xde\x10", 2);
}

/* More than a message may carry, and more than any command wants. */
static void stray_fds(void **state)
{
	struct vu_header hdr = { 1, VU_DEVICE_RESET, sizeof(hdr), 0, 0 };
	unsigned int before;
	static struct server s;
	int fds[20];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = eventfd(0, EFD_CLOEXEC);
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	before = server_fds(&s);
	for (int i = 0; i < 50; i++)
		assert_int_equal(call_fds(&s, VU_DEVICE_RESET, NULL, 0, NULL, 0, fds, 16), 0);
	assert_int_equal(server_fds(&s), before);
	send_raw(s.sock, &hdr, sizeof(hdr), fds, 20);
	assert_true(hung_up(s.sock));
	client_leave(&s);
	client_connect(&s);
	assert_int_equal(server_fds(&s), before);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

static size_t random_message(u8 *buf, size_t room)
{
	struct vu_header hdr = { rnd(), rnd() % 18, 0, rnd() % 4 ? 0 : VU_NO_REPLY, rnd() };
	size_t body = rnd() % 3 ? rnd() % 64 : rnd() % (room - sizeof(hdr));

	/* VERSION would end the connection each time; one in 20 is enough. */
	if (hdr.command == VU_VERSION && rnd() % 20)
		hdr.command = VU_REGION_READ;
	hdr.size = sizeof(hdr) + body;
	for (size_t i = 0; i < body; i++)
		buf[sizeof(hdr) + i] = rnd() % 3 ? 0 : rnd();
	/* Half of the accesses go to a region that exists, with a sane count. */
	if (body >= 16 && rnd() % 2) {
		struct vu_region_rw rw = { rnd() % BAR0_SIZE, rnd() % 9, (body - 16) % 4096 };

		memcpy(buf + sizeof(hdr), &rw, sizeof(rw));
	}
	memcpy(buf, &hdr, sizeof(hdr));
	return hdr.size;
}

/* Reads away what came; false when the server hung up. */
static bool drain(int sock)
{
	static char sink[65536];
	ssize_t n;

	while ((n = recv(sock, sink, sizeof(sink), MSG_DONTWAIT)) > 0)
		;
	return n < 0;
}

static void random_messages(void **state)
{
	static u8 buf[8192];
	static struct server s;
	int fds[4];
	u32 rounds;

	(void)state;
	rounds = seed();
	fds[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fds[1] = memfd_create("junk", MFD_CLOEXEC);
	fds[2] = fds[1];
	fds[3] = fds[0];
	server_start(&s, "gb200", "64M", "--hw-bars", NULL);
	client_connect(&s);
	memory_on(&s);
	for (u32 i = 0; i < rounds; i++) {
		size_t len = random_message(buf, sizeof(buf));

		send_raw(s.sock, buf, len, fds, rnd() % 4 ? 0 : rnd() % 5);
		if (drain(s.sock))
			continue;
		client_leave(&s);
		client_connect(&s);
	}
	client_leave(&s);
	control(&s, "{\"set\":{\"gone_ms\":0}}");
	expect_alive(&s);
	close(fds[0]);
	close(fds[1]);
}

static void random_bytes(void **state)
{
	static u8 buf[4096];
	static struct server s;
	u32 rounds;

	(void)state;
	rounds = seed();
	server_start(&s, "gh200-120", "1M", NULL);
	for (u32 i = 0; i < rounds; i++) {
		client_connect(&s);
		for (size_t j = 0; j < sizeof(buf); j++)
			buf[j] = rnd() % 4 ? 0 : rnd() % 32;
		send_raw(s.sock, buf, rnd() % sizeof(buf), NULL, 0);
		client_leave(&s);
	}
	expect_alive(&s);
}

/* Asks for more than the socket holds, reads nothing: stops nobody but itself. */
static void deaf(void **state)
{
	struct {
		struct vu_header hdr;
		struct vu_region_rw rw;
	} msg = { { 1, VU_REGION_READ, sizeof(msg), 0, 0 }, { 0, BAR0, MiB } };
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	for (int i = 0; i < 64; i++)
		send_raw(s.sock, &msg, sizeof(msg), NULL, 0);
	assert_int_equal(control_get(&s, "resets"), 0);
	client_leave(&s);
	expect_alive(&s);
}

static const struct CMUnitTest tests[] = {
	CLAIM("a header that makes no sense ends the connection", bad_headers),
	CLAIM("a message cut short anywhere is not carried out", truncated),
	CLAIM("a body too short for its command is refused", short_bodies),
	CLAIM("a count that does not fit the message is refused", wrong_counts),
	CLAIM("a message may come byte by byte", byte_by_byte),
	CLAIM("file descriptors nobody asked for are closed", stray_fds),
	CLAIM("random messages neither crash, hang nor leak", random_messages),
	CLAIM("random bytes neither crash, hang nor leak", random_bytes),
	CLAIM("a client that does not read its replies blocks nobody", deaf),
};

const struct table garbage_tests = { tests, ARRAY_SIZE(tests) };
