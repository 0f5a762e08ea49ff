// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the control socket read and turn every knob, and refuse the rest?
 */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "client.h"

static void get(void **state)
{
	static const char * const keys[] = {
		"train_ms", "fail", "gone_ms", "reset_ms", "ones", "mig_ok", "keep_memory",
		"no_soft_reset", "profile", "memory_size", "client",
		"dma_maps", "dma_error", "c2c_ready", "hbm_ready", "resets", "reset_cause",
		"ready_reads", "trained_us", "since_reset_us",
	};
	static struct server s;

	(void)state;
	server_start(&s, "gb200", "5G", "--train-ms", "never", "--fail", "hbm", NULL);
	assert_string_equal(control(&s, "{\"get\":\"profile\"}"),
			    "{\"ok\":true,\"values\":{\"profile\":\"gb200\"}}");
	assert_string_equal(control(&s, "{\"get\":[\"memory_size\",\"train_ms\",\"fail\"]}"),
			    "{\"ok\":true,\"values\":{\"memory_size\":5368709120,"
			    "\"train_ms\":\"never\",\"fail\":[\"hbm\"]}}");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_non_null(strstr(control(&s, "{\"get\":true}"), keys[i]));
	assert_string_equal(control(&s, "{\"get\":[\"c2c_ready\",\"reset_cause\",\"client\"]}"),
			    "{\"ok\":true,\"values\":{\"c2c_ready\":false,"
			    "\"reset_cause\":\"power-on\",\"client\":false}}");
}

static void set(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	memory_on(&s);
	assert_string_equal(control(&s, "{\"set\":{\"train_ms\":250,\"fail\":[\"c2c\"]}}"),
			    "{\"ok\":true,\"values\":{\"train_ms\":250,\"fail\":[\"c2c\"]}}");
	assert_int_equal(bar_read(&s, NVG_EMU_TRAIN_MS), 250);
	assert_int_equal(bar_read(&s, NVG_EMU_FAIL), NVG_EMU_FAIL_C2C);
	control(&s, "{\"set\":{\"train_ms\":\"never\",\"fail\":[]}}");
	assert_int_equal(bar_read(&s, NVG_EMU_TRAIN_MS), NVG_EMU_NEVER);
	assert_int_equal(bar_read(&s, NVG_EMU_FAIL), 0);
	control(&s, "{\"set\":{\"gone_ms\":\"never\"}}");
	assert_int_equal(bar_read(&s, 0), ~0u);
	assert_string_equal(control(&s, "{\"get\":\"gone_ms\"}"),
			    "{\"ok\":true,\"values\":{\"gone_ms\":\"never\"}}");
	control(&s, "{\"set\":{\"gone_ms\":0}}");
	assert_int_equal(bar_read(&s, 0), 0x180000a1);
}

static void msix(void **state)
{
	struct vfio_irq_set irqs = {
		sizeof(irqs), VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, MSIX, 4, 1,
	};
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	static struct server s;
	u64 count = 0;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	assert_int_equal(call_fds(&s, VU_DEVICE_SET_IRQS, &irqs, sizeof(irqs), NULL, 0, &fd, 1),
			 0);
	cfg_write(&s, cfg_find_cap(&s, 0x11) + 2, 2, 0x8000);
	assert_string_equal(control(&s, "{\"set\":{\"msix\":4}}"), "{\"ok\":true,\"values\":{}}");
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1);
	close(fd);
}

static void all_or_nothing(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	assert_non_null(strstr(control(&s, "{\"set\":{\"train_ms\":9,\"mig_ok\":7}}"),
			       "\"ok\":false"));
	assert_int_equal(control_get(&s, "train_ms"), 0);
}

static void refused(void **state)
{
	static const char * const bad[] = {
		"", "get", "{", "[]", "null", "{}", "{\"get\":true,\"set\":{}}", "{\"put\":1}",
		"{\"get\":\"temperature\"}", "{\"get\":[\"fail\",7]}", "{\"get\":null}",
		"{\"get\":\"msix\"}", "{\"set\":7}", "{\"set\":{\"profile\":\"gb200\"}}",
		"{\"set\":{\"train_ms\":-1}}", "{\"set\":{\"train_ms\":4294967296}}",
		"{\"set\":{\"train_ms\":\"soon\"}}", "{\"set\":{\"train_ms\":null}}",
		"{\"set\":{\"fail\":\"c2c\"}}", "{\"set\":{\"fail\":[\"pcie\"]}}",
		"{\"set\":{\"fail\":[null]}}", "{\"set\":{\"msix\":8}}",
		"{\"set\":{\"msix\":\"never\"}}", "{\"set\":{\"gone_ms\":1.5}}",
		"{\"set\":{\"reset_ms\":\"never\"}}", "{\"set\":{\"ones\":-1}}",
	};
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_non_null(strstr(control(&s, bad[i]), "{\"ok\":false,\"error\":\""));
	assert_int_equal(control_get(&s, "train_ms"), 0);
}

static void cut_lines(void **state)
{
	static struct server s;
	char answer[256] = "";
	int len = 0;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	s.ctl = raw_connect(s.control);
	send_raw(s.ctl, "{\"get\":\"mem", 11, NULL, 0);
	sleep_ms(50);
	send_raw(s.ctl, "ory_size\"}\n{\"get\":\"resets\"}\n", 28, NULL, 0);
	while (len < 255 && (!strstr(answer, "memory_size") || !strstr(answer, "resets"))) {
		ssize_t n = recv(s.ctl, answer + len, 255 - len, 0);

		assert_true(n > 0);
		len += n;
	}
	assert_string_equal(answer, "{\"ok\":true,\"values\":{\"memory_size\":1048576}}\n"
				    "{\"ok\":true,\"values\":{\"resets\":0}}\n");
}

static void long_line(void **state)
{
	char junk[5000];
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	memset(junk, ' ', sizeof(junk));
	s.ctl = raw_connect(s.control);
	send_raw(s.ctl, junk, sizeof(junk), NULL, 0);
	assert_true(hung_up(s.ctl));
	close(s.ctl);
	s.ctl = -1;
	assert_int_equal(control_get(&s, "resets"), 0);
}

static void too_many(void **state)
{
	int extra[8];
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	assert_int_equal(control_get(&s, "resets"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(extra); i++)
		extra[i] = raw_connect(s.control);
	assert_true(hung_up(extra[7]));
	assert_int_equal(control_get(&s, "resets"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(extra); i++)
		close(extra[i]);
}

/* Asks for far more than the socket holds and never reads. */
static void deaf(void **state)
{
	static char ask[1000 * 13];
	static struct server s;
	int sock;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	for (int i = 0; i < 1000; i++)
		memcpy(ask + 13 * i, "{\"get\":true}\n", 13);
	sock = raw_connect(s.control);
	for (int i = 0; i < 20; i++)
		send_raw(sock, ask, sizeof(ask), NULL, 0);
	assert_int_equal(control_get(&s, "resets"), 0);
	close(sock);
}

static const struct CMUnitTest tests[] = {
	CLAIM("get returns one key, a list of keys or all", get),
	CLAIM("set turns the knobs that BAR0 shows", set),
	CLAIM("set fires an MSI-X vector", msix),
	CLAIM("a set with one wrong value changes nothing", all_or_nothing),
	CLAIM("a line that makes no sense is answered with an error", refused),
	CLAIM("lines may come in pieces and together", cut_lines),
	CLAIM("a line without end is cut off and the next client served", long_line),
	CLAIM("one control client too many is turned away, the others served", too_many),
	CLAIM("a control client that does not read blocks nobody", deaf),
};

const struct table control_tests = { tests, ARRAY_SIZE(tests) };
