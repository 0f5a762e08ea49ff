// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are host mappings kept as the protocol says?
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"

#define RW	(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

static int map(struct server *s, u64 iova, u64 size, u64 offset, u32 flags, int fd)
{
	struct vu_dma_map m = { sizeof(m), flags, offset, iova, size };

	return call_fds(s, VU_DMA_MAP, &m, sizeof(m), NULL, 0, &fd, fd >= 0);
}

/* Returns the errno value; what was unmapped goes to @size. */
static int unmap(struct server *s, u64 iova, u64 *size, u32 flags)
{
	struct vu_dma_unmap m = { sizeof(m), flags, iova, *size };
	int err = call(s, VU_DMA_UNMAP, &m, sizeof(m), &m, sizeof(m));

	*size = m.size;
	return err;
}

static int start(struct server *s)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, MiB), 0);
	server_start(s, "gh200-120", "1M", NULL);
	client_connect(s);
	return fd;
}

static void overlaps(void **state)
{
	static struct server s;
	int fd = start(&s);

	(void)state;
	assert_int_equal(map(&s, 0x10000, 0x4000, 0, RW, fd), 0);
	assert_int_equal(map(&s, 0x10000, 0x4000, 0, RW, fd), EEXIST);
	assert_int_equal(map(&s, 0x13000, 0x1000, 0, RW, fd), EEXIST);
	assert_int_equal(map(&s, 0xf000, 0x2000, 0, RW, fd), EEXIST);
	assert_int_equal(map(&s, 0x0, 0x100000, 0, RW, fd), EEXIST);
	assert_int_equal(map(&s, 0x14000, 0x1000, 0, RW, fd), 0);
	assert_int_equal(map(&s, 0xf000, 0x1000, 0, RW, fd), 0);
	assert_int_equal(map(&s, -0x1000ULL, 0x1000, 0, RW, fd), 0);
	assert_int_equal(control_get(&s, "dma_maps"), 4);
	close(fd);
}

static void refused(void **state)
{
	unsigned int before;
	static struct server s;
	int fd = start(&s), two[2] = { fd, fd };
	struct vu_dma_map m = { sizeof(m), RW, 0, 0, 0x1000 };

	(void)state;
	before = server_fds(&s);
	assert_int_equal(map(&s, 0x1000, 0, 0, RW, fd), EINVAL);
	assert_int_equal(map(&s, -0x1000ULL, 0x2000, 0, RW, fd), EINVAL);
	assert_int_equal(map(&s, 0x1000, 0x1000, 1ULL << 63, RW, fd), EINVAL);
	assert_int_equal(map(&s, 0x1000, 0x1000, INT64_MAX, RW, fd), EINVAL);
	assert_int_equal(map(&s, 0x1000, 0x1000, 0, 0x8, fd), EINVAL);
	assert_int_equal(call_fds(&s, VU_DMA_MAP, &m, sizeof(m), NULL, 0, two, 2), EINVAL);
	assert_int_equal(call(&s, VU_DMA_MAP, &m, sizeof(m) - 1, NULL, 0), EINVAL);
	assert_int_equal(control_get(&s, "dma_maps"), 0);
	assert_int_equal(server_fds(&s), before + 1 /* the control connection */);
	close(fd);
}

static void unmaps(void **state)
{
	static struct server s;
	int fd = start(&s);
	u64 size;

	(void)state;
	size = 0x1000;
	assert_int_equal(unmap(&s, 0x1000, &size, 0), 0);
	assert_int_equal(size, 0);
	for (u64 i = 0; i < 8; i++)
		assert_int_equal(map(&s, i * 0x2000, 0x2000, i * 0x2000, RW, fd), 0);
	size = 0x1000;
	assert_int_equal(unmap(&s, 0x2000, &size, 0), EINVAL);
	size = 0x2000;
	assert_int_equal(unmap(&s, 0x1000, &size, 0), EINVAL);
	assert_int_equal(control_get(&s, "dma_maps"), 8);
	size = 0x2000;
	assert_int_equal(unmap(&s, 0x2000, &size, 0), 0);
	assert_int_equal(size, 0x2000);
	size = 0x2000;
	assert_int_equal(unmap(&s, 0x2000, &size, 0), 0);
	assert_int_equal(size, 0);
	size = 0x6000;
	assert_int_equal(unmap(&s, 0x0, &size, 0), 0);
	assert_int_equal(size, 0x4000);
	assert_int_equal(control_get(&s, "dma_maps"), 5);
	size = 0;
	assert_int_equal(unmap(&s, 0, &size, 0), EINVAL);
	size = 0x2000;
	assert_int_equal(unmap(&s, -0x1000ULL, &size, 0), EINVAL);
	size = 0;
	assert_int_equal(unmap(&s, 0, &size, VFIO_DMA_UNMAP_FLAG_ALL), 0);
	assert_int_equal(control_get(&s, "dma_maps"), 0);
	close(fd);
}

static void one_fd(void **state)
{
	unsigned int before;
	static struct server s;
	int fd = start(&s), other = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	u64 size;

	(void)state;
	control_get(&s, "dma_maps");
	before = server_fds(&s);
	for (u64 i = 0; i < 32; i++)
		assert_int_equal(map(&s, i * 0x1000, 0x1000, 0, RW, fd), 0);
	assert_int_equal(server_fds(&s), before + 1);
	assert_int_equal(map(&s, 0x100000, 0x1000, 0, RW, other), 0);
	assert_int_equal(server_fds(&s), before + 2);
	size = 0x20000;
	assert_int_equal(unmap(&s, 0, &size, 0), 0);
	assert_int_equal(server_fds(&s), before + 1);
	close(fd);
	close(other);
}

static void gone_with_client(void **state)
{
	unsigned int before;
	static struct server s;
	int fd = start(&s);
	u64 end = now_ms() + 2000;

	(void)state;
	control_get(&s, "dma_maps");
	before = server_fds(&s);
	assert_int_equal(map(&s, 0, 0x1000, 0, RW, fd), 0);
	client_leave(&s);
	while (control_get(&s, "dma_maps") && now_ms() < end)
		sleep_ms(5);
	client_connect(&s);
	assert_int_equal(control_get(&s, "dma_maps"), 0);
	assert_int_equal(server_fds(&s), before);
	close(fd);
}

/* Maps pages [@first, @first + @nr) at once, and asks for no answers. */
static void map_pages(struct server *s, u64 first, u64 nr)
{
	static struct {
		struct vu_header hdr;
		struct vu_dma_map map;
	} __attribute__((packed)) msg[1024];

	assert_true(nr <= ARRAY_SIZE(msg));
	for (u64 i = 0; i < nr; i++) {
		msg[i].hdr = (struct vu_header){ 0, VU_DMA_MAP, sizeof(*msg), VU_NO_REPLY, 0 };
		msg[i].map = (struct vu_dma_map){
			sizeof(msg->map), RW, 0, (first + i) << 12, 0x1000,
		};
	}
	send_raw(s->sock, msg, nr * sizeof(*msg), NULL, 0);
}

static void table_full(void **state)
{
	const u64 nr = 2 * GiB >> 12;
	static struct server s;
	int fd = start(&s);
	u64 size = 2 * GiB;

	(void)state;
	for (u64 page = 0; page < nr; page += 1024)
		map_pages(&s, page, 1024);
	assert_int_equal(map(&s, nr << 12, 0x1000, 0, RW, fd), ENOSPC);
	assert_int_equal(control_get(&s, "dma_maps"), nr);
	assert_int_equal(unmap(&s, 0, &size, 0), 0);
	assert_int_equal(size, 2 * GiB);
	assert_int_equal(control_get(&s, "dma_maps"), 0);
	close(fd);
}

static void too_many_files(void **state)
{
	static struct server s;
	int fd = start(&s);
	int err = 0;

	(void)state;
	for (u64 i = 0; i < 300 && !err; i++) {
		int file = memfd_create("another", MFD_CLOEXEC);

		err = map(&s, i << 13, 0x1000, 0, RW, file);
		close(file);
	}
	assert_int_equal(err, ENOSPC);
	assert_int_equal(cfg_read(&s, 0, 2), 0x10de);
	close(fd);
}

static const struct CMUnitTest tests[] = {
	CLAIM("a mapping over another is refused, one beside it is not", overlaps),
	CLAIM("a wrong mapping is refused and leaks nothing", refused),
	CLAIM("unmapping takes whole mappings and says how much", unmaps),
	CLAIM("mappings of one file cost one file descriptor", one_fd),
	CLAIM("mappings go with their client", gone_with_client),
	CLAIM("2 GiB fit page by page, one page more is refused", table_full),
	CLAIM("mappings of too many files are refused", too_many_files),
};

const struct table dma_tests = { tests, ARRAY_SIZE(tests) };
