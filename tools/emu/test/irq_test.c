// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does an interrupt reach the client's eventfd, when it should and only then?
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client.h"

#define TRIGGER		VFIO_IRQ_SET_ACTION_TRIGGER
#define MASK		VFIO_IRQ_SET_ACTION_MASK
#define UNMASK		VFIO_IRQ_SET_ACTION_UNMASK
#define NONE		VFIO_IRQ_SET_DATA_NONE
#define BOOL		VFIO_IRQ_SET_DATA_BOOL
#define EVENTFD		VFIO_IRQ_SET_DATA_EVENTFD

static int set_irqs(struct server *s, u32 index, u32 flags, u32 start, u32 count,
		    const int *fds, unsigned int nr)
{
	struct vfio_irq_set set = { sizeof(set), flags, index, start, count };

	return call_fds(s, VU_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0, fds, nr);
}

static u64 fired(int fd)
{
	u64 count = 0;

	return read(fd, &count, sizeof(count)) < 0 ? 0 : count;
}

static void msix_control(struct server *s, u32 bits)
{
	cfg_write(s, cfg_find_cap(s, 0x11) + 2, 2, bits);
}

static u32 pending(struct server *s)
{
	return bar_read(s, cfg_read(s, cfg_find_cap(s, 0x11) + 8, 4) & ~7u);
}

/* Eventfds on all vectors, MSI-X on. */
static void start(struct server *s, int *fds)
{
	for (int v = 0; v < VECTORS; v++)
		fds[v] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	server_start(s, "gh200-120", "1M", NULL);
	client_connect(s);
	memory_on(s);
	assert_int_equal(set_irqs(s, MSIX, EVENTFD | TRIGGER, 0, VECTORS, fds, VECTORS), 0);
	msix_control(s, 0x8000);
}

static void end(int *fds)
{
	for (int v = 0; v < VECTORS; v++)
		close(fds[v]);
}

static void each_vector(void **state)
{
	int fds[VECTORS];
	static struct server s;

	(void)state;
	start(&s, fds);
	for (int v = 0; v < VECTORS; v++) {
		bar_write(&s, NVG_EMU_MSIX, v);
		for (int i = 0; i < VECTORS; i++)
			assert_int_equal(fired(fds[i]), i == v);
	}
	bar_write(&s, NVG_EMU_MSIX, VECTORS);
	bar_write(&s, NVG_EMU_MSIX, ~0u);
	for (int i = 0; i < VECTORS; i++)
		assert_int_equal(fired(fds[i]), 0);
	end(fds);
}

static void disabled(void **state)
{
	int fds[VECTORS];
	static struct server s;

	(void)state;
	start(&s, fds);
	msix_control(&s, 0);
	bar_write(&s, NVG_EMU_MSIX, 3);
	assert_int_equal(fired(fds[3]), 0);
	msix_control(&s, 0x8000);
	assert_int_equal(fired(fds[3]), 0);
	end(fds);
}

static void function_mask(void **state)
{
	int fds[VECTORS];
	static struct server s;

	(void)state;
	start(&s, fds);
	msix_control(&s, 0xc000);
	bar_write(&s, NVG_EMU_MSIX, 3);
	bar_write(&s, NVG_EMU_MSIX, 3);
	assert_int_equal(fired(fds[3]), 0);
	assert_int_equal(pending(&s), 1 << 3);
	msix_control(&s, 0x8000);
	assert_int_equal(fired(fds[3]), 1);
	assert_int_equal(pending(&s), 0);
	end(fds);
}

static void client_mask(void **state)
{
	int fds[VECTORS];
	static struct server s;

	(void)state;
	start(&s, fds);
	assert_int_equal(set_irqs(&s, MSIX, NONE | MASK, 2, 1, NULL, 0), 0);
	bar_write(&s, NVG_EMU_MSIX, 2);
	bar_write(&s, NVG_EMU_MSIX, 3);
	assert_int_equal(fired(fds[2]), 0);
	assert_int_equal(fired(fds[3]), 1);
	assert_int_equal(pending(&s), 1 << 2);
	assert_int_equal(set_irqs(&s, MSIX, NONE | UNMASK, 2, 1, NULL, 0), 0);
	assert_int_equal(fired(fds[2]), 1);
	assert_int_equal(pending(&s), 0);
	end(fds);
}

static void late_eventfd(void **state)
{
	int fds[VECTORS];
	static struct server s;

	(void)state;
	start(&s, fds);
	assert_int_equal(set_irqs(&s, MSIX, EVENTFD | TRIGGER, 5, 1, NULL, 0), 0);
	bar_write(&s, NVG_EMU_MSIX, 5);
	assert_int_equal(fired(fds[5]), 0);
	assert_int_equal(set_irqs(&s, MSIX, EVENTFD | TRIGGER, 5, 1, &fds[5], 1), 0);
	assert_int_equal(fired(fds[5]), 1);
	end(fds);
}

static void client_triggers(void **state)
{
	struct {
		u32 argsz, flags, index, start, count;
		u8 bools[3];
	} __attribute__((packed)) msg = {
		sizeof(msg), BOOL | TRIGGER, MSIX, 1, 3, { 1, 0, 1 },
	};
	int fds[VECTORS];
	static struct server s;

	(void)state;
	start(&s, fds);
	assert_int_equal(set_irqs(&s, MSIX, NONE | TRIGGER, 6, 2, NULL, 0), 0);
	assert_int_equal(fired(fds[6]), 1);
	assert_int_equal(fired(fds[7]), 1);
	assert_int_equal(call(&s, VU_DEVICE_SET_IRQS, &msg, sizeof(msg), NULL, 0), 0);
	assert_int_equal(fired(fds[1]), 1);
	assert_int_equal(fired(fds[2]), 0);
	assert_int_equal(fired(fds[3]), 1);
	assert_int_equal(call(&s, VU_DEVICE_SET_IRQS, &msg, sizeof(msg) - 1, NULL, 0), EINVAL);
	end(fds);
}

static void all_off(void **state)
{
	int fds[VECTORS];
	unsigned int before;
	static struct server s;

	(void)state;
	start(&s, fds);
	before = server_fds(&s);
	assert_int_equal(set_irqs(&s, MSIX, NONE | TRIGGER, 0, 0, NULL, 0), 0);
	bar_write(&s, NVG_EMU_MSIX, 0);
	assert_int_equal(fired(fds[0]), 0);
	assert_int_equal(server_fds(&s), before - VECTORS);
	end(fds);
}

/* The client does not know of a reset that software made in config space. */
static void survives_flr(void **state)
{
	int fds[VECTORS];
	static struct server s;

	(void)state;
	start(&s, fds);
	flr(&s);
	memory_on(&s);
	bar_write(&s, NVG_EMU_MSIX, 1);
	assert_int_equal(fired(fds[1]), 0);
	msix_control(&s, 0x8000);
	bar_write(&s, NVG_EMU_MSIX, 1);
	assert_int_equal(fired(fds[1]), 1);
	end(fds);
}

static void refused(void **state)
{
	static const struct {
		u32 index, flags, start, count;
		unsigned int nr_fds;
	} bad[] = {
		{ MSIX, EVENTFD | TRIGGER, 0, 2, 1 },
		{ MSIX, EVENTFD | TRIGGER, 0, 1, 2 },
		{ MSIX, EVENTFD | TRIGGER, 7, 2, 2 },
		{ MSIX, EVENTFD | TRIGGER, 8, 1, 1 },
		{ MSIX, EVENTFD | TRIGGER, ~0u, 2, 2 },
		{ MSIX, NONE | TRIGGER, 1, ~0u, 0 },
		{ MSIX, NONE | EVENTFD | TRIGGER, 0, 1, 1 },
		{ MSIX, NONE | TRIGGER | MASK, 0, 1, 0 },
		{ MSIX, NONE, 0, 1, 0 },
		{ MSIX, TRIGGER, 0, 1, 0 },
		{ MSIX, NONE | TRIGGER | 0x100, 0, 1, 0 },
		{ 0, EVENTFD | TRIGGER, 0, 1, 1 },
		{ 5, NONE | TRIGGER, 0, 0, 0 },
	};
	unsigned int before;
	int fds[VECTORS];
	static struct server s;

	(void)state;
	start(&s, fds);
	before = server_fds(&s);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(set_irqs(&s, bad[i].index, bad[i].flags, bad[i].start,
					  bad[i].count, fds, bad[i].nr_fds), EINVAL);
	assert_int_equal(set_irqs(&s, MSIX, EVENTFD | MASK, 0, 1, fds, 1), ENOTSUP);
	assert_int_equal(server_fds(&s), before);
	bar_write(&s, NVG_EMU_MSIX, 0);
	assert_int_equal(fired(fds[0]), 1);
	end(fds);
}

/* One kind at a time: MSI's eventfds are taken once those of MSI-X are given up. */
static void msi(void **state)
{
	static struct server s;
	u32 control;
	int fds[VECTORS];

	(void)state;
	start(&s, fds);
	control = cfg_find_cap(&s, 0x05) + 2;
	assert_int_equal(set_irqs(&s, MSI, EVENTFD | TRIGGER, 0, VECTORS, fds, VECTORS), EINVAL);
	msix_control(&s, 0);
	assert_int_equal(set_irqs(&s, MSIX, NONE | TRIGGER, 0, 0, NULL, 0), 0);
	assert_int_equal(set_irqs(&s, MSI, EVENTFD | TRIGGER, 0, VECTORS, fds, VECTORS), 0);
	msix_control(&s, 0x8000);
	bar_write(&s, NVG_EMU_MSIX, 3);
	assert_int_equal(fired(fds[3]), 0);
	msix_control(&s, 0);
	cfg_write(&s, control, 2, 1);
	for (int v = 0; v < VECTORS; v++) {
		bar_write(&s, NVG_EMU_MSIX, v);
		for (int i = 0; i < VECTORS; i++)
			assert_int_equal(fired(fds[i]), i == v);
	}
	cfg_write(&s, control, 2, 0);
	bar_write(&s, NVG_EMU_MSIX, 3);
	assert_int_equal(fired(fds[3]), 0);
	end(fds);
}

static void full_pipe(void **state)
{
	char junk[4096] = {};
	int fds[VECTORS], ends[2];
	static struct server s;

	(void)state;
	start(&s, fds);
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(ends[1], junk, sizeof(junk)) > 0)
		;
	fcntl(ends[1], F_SETFL, 0);
	assert_int_equal(set_irqs(&s, MSIX, EVENTFD | TRIGGER, 0, 1, &ends[1], 1), 0);
	bar_write(&s, NVG_EMU_MSIX, 0);
	assert_int_equal(cfg_read(&s, 0, 2), 0x10de);
	close(ends[0]);
	bar_write(&s, NVG_EMU_MSIX, 0);
	assert_int_equal(cfg_read(&s, 0, 2), 0x10de);
	close(ends[1]);
	end(fds);
}

static const struct CMUnitTest tests[] = {
	CLAIM("each vector signals its own eventfd once", each_vector),
	CLAIM("MSI's vectors fire while it is on and has the eventfds", msi),
	CLAIM("with MSI-X disabled a vector is lost", disabled),
	CLAIM("under the function mask a vector is pending until unmasked", function_mask),
	CLAIM("a vector that the client masked is pending until unmasked", client_mask),
	CLAIM("a vector without eventfd is pending until it gets one", late_eventfd),
	CLAIM("the client can trigger vectors itself", client_triggers),
	CLAIM("the client can take all vectors away", all_off),
	CLAIM("eventfds survive a config-space reset, the enable bit does not", survives_flr),
	CLAIM("a wrong SET_IRQS is refused, changes nothing and leaks nothing", refused),
	CLAIM("a full or broken pipe in place of an eventfd hurts nobody", full_pipe),
};

const struct table irq_tests = { tests, ARRAY_SIZE(tests) };
