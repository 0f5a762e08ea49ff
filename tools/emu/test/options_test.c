// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a wrong command line end in one line that says what is wrong?
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

/* Of this process alone: tests of two checkouts may run at a time. */
static char sock[64], mem[64], stale[64];

#define GOOD	"--profile", "gh200-120", "--socket", sock, "--memory", mem, "--size", "1M"

static void choose_names(void)
{
	snprintf(sock, sizeof(sock), "/tmp/nvgrace-emu.%d.sock", getpid());
	snprintf(mem, sizeof(mem), "/tmp/nvgrace-emu.%d.mem", getpid());
	snprintf(stale, sizeof(stale), "/tmp/nvgrace-emu.%d.stale", getpid());
}

static void check(char *const *args, size_t nr, int code, const char *says)
{
	char *argv[32] = { (char *)server_binary };
	char err[1024];

	memcpy(argv + 1, args, nr * sizeof(*args));
	assert_int_equal(server_exit_code(argv, err, sizeof(err)), code);
	assert_non_null(strstr(err, says));
	assert_ptr_equal(strchr(err, '\n'), err + strlen(err) - 1);
}

#define CHECK(code, says, ...) do {				\
	char *args[] = { __VA_ARGS__ };				\
	check(args, ARRAY_SIZE(args), code, says);		\
} while (0)

static void bad_values(void **state)
{
	(void)state;
	choose_names();
	CHECK(2, "no profile h100; use gh200-120", "--profile", "h100");
	CHECK(2, "--size 0 is no size", GOOD, "--size", "0");
	CHECK(2, "--size 5000 is no size", GOOD, "--size", "5000");
	CHECK(2, "--size -4096 is no size", GOOD, "--size", "-4096");
	CHECK(2, "is no size", GOOD, "--size", "-18446744073709547520");
	CHECK(2, "--size 95GB is no size", GOOD, "--size", "95GB");
	CHECK(2, "--size 9999999999G is no size", GOOD, "--size", "9999999999G");
	CHECK(2, "--train-ms soon is no time", GOOD, "--train-ms", "soon");
	CHECK(2, "--train-ms -1 is no time", GOOD, "--train-ms", "-1");
	CHECK(2, "--mig-ok yes is neither 0 nor 1", GOOD, "--mig-ok", "yes");
	CHECK(2, "--fail pcie names no link", GOOD, "--fail", "pcie");
	CHECK(2, "--cxl 8 is no timeout code", GOOD, "--cxl", "8");
	CHECK(2, "--device-id 23g0 is no PCI device id", GOOD, "--device-id", "23g0");
	CHECK(2, "--device-id 0x2350 is no PCI device id", GOOD, "--device-id", "0x2350");
	CHECK(2, "--device-id 0000 is no PCI device id", GOOD, "--device-id", "0000");
	CHECK(2, "more is no option", GOOD, "more");
}

static void missing_values(void **state)
{
	(void)state;
	choose_names();
	CHECK(2, "are needed; see --help", "--profile", "gb200", "--socket", "s", "--memory", "m");
	CHECK(2, "are needed; see --help", "--profile", "gb200", "--socket", "s", "--size", "1M");
	CHECK(2, "are needed; see --help", "--profile", "gb200", "--memory", "m", "--size", "1M");
	CHECK(2, "are needed; see --help", "--socket", "s", "--memory", "m", "--size", "1M");
}

static void bad_files(void **state)
{
	(void)state;
	choose_names();
	CHECK(1, "cannot make /nonexistent/mem a link", GOOD, "--memory", "/nonexistent/mem");
	CHECK(1, "cannot make /dev/null a link", GOOD, "--memory", "/dev/null");
	CHECK(1, "cannot listen on /nonexistent/sock", GOOD, "--socket", "/nonexistent/sock");
	CHECK(1, "is too long", GOOD, "--socket",
	      "/tmp/0123456789012345678901234567890123456789012345678901234567890123456789"
	      "0123456789012345678901234567890123456789");
	assert_int_equal(access(mem, F_OK), -1);
}

static void live_socket_kept(void **state)
{
	static struct server s;

	(void)state;
	choose_names();
	server_start(&s, "gh200-120", "1M", NULL);
	CHECK(1, "cannot listen on", GOOD, "--socket", s.socket);
	CHECK(1, "a link to the memory: File exists", GOOD, "--memory", s.memory);
	client_connect(&s);
	assert_int_equal(server_stop(&s), 0);
}

static void stale_memory_replaced(void **state)
{
	static struct server s;

	(void)state;
	choose_names();
	assert_int_equal(symlink("/proc/self/fd/9999", mem), 0);
	server_start(&s, "gh200-120", "1M", "--memory", mem, NULL);
	assert_int_equal(access(mem, R_OK | W_OK), 0);
	assert_int_equal(server_stop(&s), 0);
	assert_int_equal(unlink(mem), -1);
}

static void stale_socket_replaced(void **state)
{
	static struct server s, t;

	(void)state;
	choose_names();
	server_start(&s, "gh200-120", "1M", NULL);
	/* A socket file whose server is dead: the name outlives the first server. */
	assert_int_equal(link(s.socket, stale), 0);
	assert_int_equal(server_stop(&s), 0);
	server_start(&t, "gh200-120", "1M", "--socket", stale, NULL);
	t.sock = raw_connect(stale);
	assert_int_equal(server_stop(&t), 0);
	assert_int_equal(access(stale, F_OK), -1);
}

static const struct CMUnitTest tests[] = {
	CLAIM("a wrong value on the command line ends in one line about it", bad_values),
	CLAIM("a missing option ends in one line about it", missing_values),
	CLAIM("a file that cannot be used ends in one line about it", bad_files),
	CLAIM("a second server steals neither socket nor memory of the first", live_socket_kept),
	CLAIM("the link of a dead server to its memory is replaced", stale_memory_replaced),
	CLAIM("the socket of a dead server is replaced", stale_socket_replaced),
};

const struct table options_tests = { tests, ARRAY_SIZE(tests) };
