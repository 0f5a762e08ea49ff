// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a driver of real hardware make the DMA engine copy?
 *
 * FSP message first, then the OFA falcon's DMEM, FBIF and DMA registers.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "engine.h"

#define TRANSCFG	(FALCON + 0x400)
#define DONE		0x2

void fsp_send(struct server *s, const u32 *msg, u32 words)
{
	bar_write(s, EMEM_CTRL, EMEM_BASE | AUTO);
	for (u32 i = 0; i < words; i++)
		bar_write(s, EMEM_DATA, msg[i]);
	bar_write(s, QUEUE_TAIL, EMEM_BASE + (words - 1) * 4);
	bar_write(s, QUEUE_HEAD, EMEM_BASE);
}

static u32 fsp_receive(struct server *s, u32 *msg)
{
	u32 words = (bar_read(s, MSG_TAIL) - bar_read(s, MSG_HEAD)) / 4 + 1;

	bar_write(s, EMEM_CTRL, EMEM_BASE | AUTO);
	for (u32 i = 0; i < words; i++)
		msg[i] = bar_read(s, EMEM_DATA);
	bar_write(s, MSG_TAIL, bar_read(s, MSG_HEAD));
	return words;
}

u32 fsp_call(struct server *s, u32 type, u32 subcommand)
{
	u32 msg[256] = { 0xc0000000, 0x0010de7e | type << 24, subcommand };

	fsp_send(s, msg, 3);
	assert_int_equal(bar_read(s, QUEUE_HEAD), bar_read(s, QUEUE_TAIL));
	assert_int_not_equal(bar_read(s, MSG_HEAD), bar_read(s, MSG_TAIL));
	assert_int_equal(fsp_receive(s, msg), 5);
	assert_int_equal(msg[1] >> 24, 0x15);
	assert_int_equal(msg[3], type);
	return msg[4];
}

void machine_boot(struct machine *m, const char *opt, const char *val)
{
	m->fd = memfd_create("ram", MFD_CLOEXEC);
	assert_int_equal(ftruncate(m->fd, RAM_SIZE), 0);
	m->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	server_start(&m->s, "gh200-120", "1G", opt, val, NULL);
	client_connect(&m->s);
	cfg_write(&m->s, 4, 2, 0x6);
}

void machine_map(struct machine *m, u64 iova, u64 size, u64 offset, u32 flags)
{
	struct vu_dma_map map = { sizeof(map), flags, offset, iova, size };

	assert_int_equal(call_fds(&m->s, VU_DMA_MAP, &map, sizeof(map), NULL, 0, &m->fd, 1), 0);
}

void machine_start(struct machine *m)
{
	machine_boot(m, NULL, NULL);
	machine_map(m, IOVA, RAM_SIZE, 0, RW);
	assert_int_equal(fsp_call(&m->s, 0x22, 1), 0);
}

void machine_end(struct machine *m)
{
	munmap(m->ram, RAM_SIZE);
	close(m->fd);
}

/* One transfer between DMEM and memory; returns whether it got done. */
bool dma(struct server *s, u32 target, u64 addr, u32 dmem, u32 size, u32 direction)
{
	u32 log = __builtin_ctz(size) - 2, cmd;

	bar_write(s, TRANSCFG, target);
	bar_write(s, 0x100f04, addr >> 47);
	bar_write(s, FALCON + 0x128, addr >> 40 & 0x7f);
	bar_write(s, FALCON + 0x110, addr >> 8);
	bar_write(s, FALCON + 0x11c, addr & 0xff);
	bar_write(s, FALCON + 0x114, dmem);
	bar_write(s, FALCON + 0x118, log << 8 | direction);
	cmd = bar_read(s, FALCON + 0x118);
	assert_int_equal(!!(cmd & DONE), bar_read(s, NVG_EMU_DMA_ERROR) == NVG_EMU_DMA_OK);
	return cmd & DONE;
}

void dma_refused(struct server *s, u32 target, u64 addr, u32 dmem, u32 size, u32 direction,
		 u32 why)
{
	assert_false(dma(s, target, addr, dmem, size, direction));
	assert_int_equal(bar_read(s, NVG_EMU_DMA_ERROR), why);
}

