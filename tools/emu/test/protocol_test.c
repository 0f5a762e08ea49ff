// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the server speak vfio-user as QEMU expects it?
 */
#include <errno.h>
#include <json-c/json.h>
#include <linux/vfio.h>
#include <string.h>

#include "client.h"

static int hello(struct server *s, u16 major, u16 minor, const char *caps, char *reply,
		 size_t room)
{
	char msg[256];
	size_t len = strlen(caps) + 1;

	s->sock = raw_connect(s->socket);
	memcpy(msg, &major, 2);
	memcpy(msg + 2, &minor, 2);
	memcpy(msg + 4, caps, len);
	return call(s, VU_VERSION, msg, 4 + len, reply, room);
}

static int capability(struct json_object *top, const char *name)
{
	struct json_object *caps, *val;

	assert_true(json_object_object_get_ex(top, "capabilities", &caps));
	assert_true(json_object_object_get_ex(caps, name, &val));
	return json_object_get_int(val);
}

static void handshake(void **state)
{
	struct json_object *top;
	static struct server s;
	char reply[512];

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	assert_int_equal(hello(&s, 0, 0, "{}", reply, sizeof(reply)), 0);
	assert_memory_equal(reply, "\0\0\0\0", 4);
	assert_int_equal(reply[s.reply_len - 1], 0);
	top = json_tokener_parse(reply + 4);
	assert_non_null(top);
	assert_in_range(capability(top, "max_msg_fds"), 8, 16);
	assert_int_equal(capability(top, "max_data_xfer_size"), MiB);
	assert_int_equal(capability(top, "write_multiple"), 1);
	json_object_put(top);
}

static void newer_minor(void **state)
{
	static struct server s;
	char reply[512];

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	assert_int_equal(hello(&s, 0, 7, "{}", reply, sizeof(reply)), 0);
	assert_memory_equal(reply, "\0\0\0\0", 4);
}

static void other_major(void **state)
{
	static struct server s;
	char reply[512];

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	assert_int_equal(hello(&s, 1, 0, "{}", reply, sizeof(reply)), ENOTSUP);
	assert_true(hung_up(s.sock));
}

static void bad_capabilities(void **state)
{
	static const char * const bad[] = { "", "{", "[]", "7", "{\"capabilities\":" };
	static struct server s;
	char reply[512];

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(hello(&s, 0, 0, bad[i], reply, sizeof(reply)), EINVAL);
		assert_true(hung_up(s.sock));
		client_leave(&s);
	}
}

static void version_first(void **state)
{
	static struct server s;
	char reply[64];

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	s.sock = raw_connect(s.socket);
	assert_int_equal(call(&s, VU_DEVICE_RESET, NULL, 0, reply, sizeof(reply)), EINVAL);
	assert_true(hung_up(s.sock));
	assert_int_equal(control_get(&s, "resets"), 0);
}

static void device_info(void **state)
{
	struct vu_device_info info = { .argsz = sizeof(info) };
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	assert_int_equal(call(&s, VU_DEVICE_GET_INFO, &info, sizeof(info), &info, sizeof(info)), 0);
	assert_int_equal(info.flags, VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI);
	assert_int_equal(info.num_regions, VFIO_PCI_NUM_REGIONS);
	assert_int_equal(info.num_irqs, VFIO_PCI_NUM_IRQS);
	info.argsz = 8;
	assert_int_equal(call(&s, VU_DEVICE_GET_INFO, &info, sizeof(info), &info, sizeof(info)),
			 EINVAL);
}

static void check_regions(const char *profile, const char *hw_bars, const u64 *sizes)
{
	static struct server s;

	server_start(&s, profile, "1M", hw_bars, NULL);
	client_connect(&s);
	for (u32 i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		struct vfio_region_info info = { .argsz = sizeof(info), .index = i };

		assert_int_equal(call(&s, VU_DEVICE_GET_REGION_INFO, &info, sizeof(info), &info,
				      sizeof(info)), 0);
		assert_int_equal(info.index, i);
		assert_int_equal(info.size, sizes[i]);
		assert_int_equal(info.flags, sizes[i] ? VFIO_REGION_INFO_FLAG_READ |
						       VFIO_REGION_INFO_FLAG_WRITE : 0);
	}
	assert_int_equal(server_stop(&s), 0);
}

static void region_info(void **state)
{
	static const u64 bare[9] = { [0] = 16 * MiB, [7] = 4 * KiB };
	static const u64 gb[9] = { [0] = 16 * MiB, [2] = 64 * MiB, [7] = 4 * KiB };
	static const u64 all[9] = {
		[0] = 16 * MiB, [2] = 64 * MiB, [4] = 32 * MiB, [7] = 4 * KiB,
	};

	(void)state;
	check_regions("gh200-120", NULL, bare);
	check_regions("gh200-480", NULL, bare);
	check_regions("gb200", NULL, gb);
	check_regions("gb300", NULL, gb);
	check_regions("gh200-120", "--hw-bars", all);
	check_regions("gb200", "--hw-bars", all);
}

static void irq_info(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	for (u32 i = 0; i < VFIO_PCI_NUM_IRQS; i++) {
		struct vfio_irq_info info = { .argsz = sizeof(info), .index = i };

		assert_int_equal(call(&s, VU_DEVICE_GET_IRQ_INFO, &info, sizeof(info), &info,
				      sizeof(info)), 0);
		assert_int_equal(info.count, i == MSI || i == MSIX ? VECTORS : 0);
	}
}

static void unknown_command(void **state)
{
	static const u16 unknown[] = { 0, 6, 11, 12, 14, 16, 17, 18, 0xffff };
	static struct server s;
	char reply[64];

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_int_equal(call(&s, unknown[i], "x", 1, reply, sizeof(reply)), ENOTSUP);
	assert_int_equal(cfg_read(&s, 0, 2), 0x10de);
}

/* A posted write is carried out before the read that follows it on the wire. */
static void no_reply(void **state)
{
	struct {
		struct vu_header hdr;
		struct vu_region_rw rw;
		u8 val;
	} __attribute__((packed)) msg = {
		.hdr = { 1, VU_REGION_WRITE, sizeof(msg), VU_NO_REPLY, 0 },
		.rw = { 0x3c, CONFIG, 1 },
		.val = 0x5a,
	};
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	send_raw(s.sock, &msg, sizeof(msg), NULL, 0);
	assert_int_equal(cfg_read(&s, 0x3c, 1), 0x5a);
}

static void write_multi(void **state)
{
	struct {
		u64 count;
		struct vu_write_one one[2];
	} msg = { 2, { { 0x4, CONFIG, 2, { 0x2 } }, { NVG_EMU_TRAIN_MS, BAR0, 4, { 9 } } } };
	static struct server s;
	char reply[64];

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	assert_int_equal(call(&s, VU_REGION_WRITE_MULTI, &msg, sizeof(msg), reply, 64), 0);
	assert_int_equal(bar_read(&s, NVG_EMU_TRAIN_MS), 9);
	msg.count = 3;
	assert_int_equal(call(&s, VU_REGION_WRITE_MULTI, &msg, sizeof(msg), reply, 64), EINVAL);
	msg.count = 1;
	msg.one[0].count = 9;
	assert_int_equal(call(&s, VU_REGION_WRITE_MULTI, &msg, sizeof(msg), reply, 64), EINVAL);
}

static void two_clients(void **state)
{
	static struct server s;

	(void)state;
	server_start(&s, "gh200-120", "1M", NULL);
	client_connect(&s);
	cfg_write(&s, 0x3c, 1, 0x77);
	client_leave(&s);
	client_connect(&s);
	assert_int_equal(cfg_read(&s, 0x3c, 1), 0x77);
}

static const struct CMUnitTest tests[] = {
	CLAIM("the handshake answers 0.0 and the server's capabilities", handshake),
	CLAIM("a client with a newer minor version is answered 0.0", newer_minor),
	CLAIM("a client with another major version is refused and cut off", other_major),
	CLAIM("capabilities that are no JSON object are refused", bad_capabilities),
	CLAIM("a request before VERSION is refused and not carried out", version_first),
	CLAIM("device info shows a PCI device that can be reset", device_info),
	CLAIM("region info shows the BARs of each profile", region_info),
	CLAIM("interrupt info shows the vectors of MSI and MSI-X and nothing else", irq_info),
	CLAIM("an unknown command is refused and the connection lives", unknown_command),
	CLAIM("a request that wants no reply is carried out and gets none", no_reply),
	CLAIM("WRITE_MULTI carries out each write and refuses wrong counts", write_multi),
	CLAIM("a second client finds the device as the first left it", two_clients),
};

const struct table protocol_tests = { tests, ARRAY_SIZE(tests) };
