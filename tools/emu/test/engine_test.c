// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the DMA engine copy what, where and when a driver of real hardware expects?
 */
#include <string.h>
#include <unistd.h>

#include "engine.h"

static void fill(u8 *buf, size_t len, u32 seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		buf[i] = seed >> 24;
	}
}

static void fsp_answers(void **state)
{
	static struct machine m;

	(void)state;
	machine_boot(&m, NULL, NULL);
	assert_int_equal(fsp_call(&m.s, 0x22, 1), 0);
	assert_int_not_equal(fsp_call(&m.s, 0x22, 2), 0);
	assert_int_not_equal(fsp_call(&m.s, 0x13, 1), 0);
	assert_int_equal(fsp_call(&m.s, 0x22, 1), 0);
	machine_end(&m);
}

static void fsp_boots_late(void **state)
{
	const u32 msg[] = { 0xc0000000, 0x2210de7e, 1 };
	static struct machine m;

	(void)state;
	machine_boot(&m, "--train-ms", "200");
	fsp_send(&m.s, msg, 3);
	assert_int_equal(bar_read(&m.s, MSG_HEAD), bar_read(&m.s, MSG_TAIL));
	sleep_ms(250);
	assert_int_not_equal(bar_read(&m.s, MSG_HEAD), bar_read(&m.s, MSG_TAIL));
	assert_int_equal(bar_read(&m.s, QUEUE_HEAD), bar_read(&m.s, QUEUE_TAIL));
	machine_end(&m);
}

static void fsp_garbage(void **state)
{
	const u32 msg[] = { 1, 2 };
	static struct machine m;

	(void)state;
	machine_boot(&m, NULL, NULL);
	bar_write(&m.s, QUEUE_TAIL, 0xfffffffc);
	bar_write(&m.s, QUEUE_HEAD, 0x800);
	bar_write(&m.s, QUEUE_TAIL, 0);
	bar_write(&m.s, QUEUE_HEAD, 0xffffffff);
	bar_write(&m.s, EMEM_CTRL, 0xffffffff);
	for (int i = 0; i < 3000; i++)
		bar_read(&m.s, EMEM_DATA);
	fsp_send(&m.s, msg, 2);
	assert_int_not_equal(bar_read(&m.s, MSG_HEAD), bar_read(&m.s, MSG_TAIL));
	assert_int_equal(fsp_call(&m.s, 0x22, 1), 0);
	machine_end(&m);
}

static void host_to_host(void **state)
{
	static struct machine m;
	u8 expect[256];

	(void)state;
	machine_start(&m);
	fill(expect, 256, 1);
	memcpy(m.ram + 0x1000, expect, 256);
	assert_true(dma(&m.s, SYSTEM, IOVA + 0x1000, 0, 256, 0));
	assert_true(dma(&m.s, SYSTEM, IOVA + 0x2000, 0, 256, TO_MEMORY));
	assert_memory_equal(m.ram + 0x2000, expect, 256);
	assert_memory_equal(m.ram + 0x1000, expect, 256);
	for (int i = 0; i < 256; i++) {
		assert_int_equal(m.ram[0x1f00 + i], 0);
		assert_int_equal(m.ram[0x2100 + i], 0);
	}
	machine_end(&m);
}

static void through_gpu_memory(void **state)
{
	static struct machine m;
	u8 got[256];

	(void)state;
	machine_start(&m);
	fill(m.ram, 256, 2);
	assert_true(dma(&m.s, SYSTEM, IOVA, 0, 256, 0));
	assert_true(dma(&m.s, LOCAL, GiB - 256, 0, 256, TO_MEMORY));
	aperture_read(&m.s, GiB - 256, got, 256);
	assert_memory_equal(got, m.ram, 256);
	aperture_write(&m.s, 0x7000, "from the other side of the link", 32);
	assert_true(dma(&m.s, LOCAL, 0x7000, 0x100, 32, 0));
	assert_true(dma(&m.s, SYSTEM, IOVA + 0x300, 0x100, 32, TO_MEMORY));
	assert_string_equal((char *)m.ram + 0x300, "from the other side of the link");
	machine_end(&m);
}

static void sizes(void **state)
{
	static struct machine m;

	(void)state;
	machine_start(&m);
	for (u32 size = 4; size <= 256; size *= 2) {
		u8 *from = m.ram + 0x4000 + size, *to = m.ram + 0x5000 + size;

		memset(m.ram + 0x5000, 0xee, 0x400);
		fill(from, size, size);
		assert_true(dma(&m.s, SYSTEM, IOVA + 0x4000 + size, 0x40, size, 0));
		assert_true(dma(&m.s, SYSTEM, IOVA + 0x5000 + size, 0x40, size, TO_MEMORY));
		assert_memory_equal(to, from, size);
		assert_int_equal(to[-1], 0xee);
		assert_int_equal(to[size], 0xee);
	}
	machine_end(&m);
}

static void high_addresses(void **state)
{
	static const u64 iovas[] = { 1ULL << 39, 1ULL << 40, 1ULL << 47, 0xdeadbeef12340000 };
	static struct machine m;

	(void)state;
	machine_start(&m);
	for (size_t i = 0; i < ARRAY_SIZE(iovas); i++) {
		u8 *at = m.ram + i * 0x1000;

		machine_map(&m, iovas[i], 0x1000, i * 0x1000, RW);
		fill(at + 0xf00, 256, i);
		assert_true(dma(&m.s, SYSTEM, iovas[i] + 0xf00, 0, 256, 0));
		assert_true(dma(&m.s, SYSTEM, iovas[i], 0, 256, TO_MEMORY));
		assert_memory_equal(at, at + 0xf00, 256);
	}
	machine_end(&m);
}

static void dmem_port(void **state)
{
	static struct machine m;
	u32 word;

	(void)state;
	machine_start(&m);
	bar_write(&m.s, FALCON + 0x1c0, 0x200 | AUTO);
	for (u32 i = 0; i < 8; i++)
		bar_write(&m.s, FALCON + 0x1c4, 0x1000 + i);
	assert_int_equal(bar_read(&m.s, FALCON + 0x1c0), 0x220 | AUTO);
	assert_true(dma(&m.s, SYSTEM, IOVA, 0x200, 32, TO_MEMORY));
	for (u32 i = 0; i < 8; i++) {
		memcpy(&word, m.ram + 4 * i, 4);
		assert_int_equal(word, 0x1000 + i);
	}
	bar_write(&m.s, FALCON + 0x1c0, 0x204);
	assert_int_equal(bar_read(&m.s, FALCON + 0x1c4), 0x1001);
	assert_int_equal(bar_read(&m.s, FALCON + 0x1c4), 0x1001);
	machine_end(&m);
}

static void not_enabled(void **state)
{
	static struct machine m;

	(void)state;
	machine_boot(&m, NULL, NULL);
	machine_map(&m, IOVA, RAM_SIZE, 0, RW);
	dma_refused(&m.s, SYSTEM, IOVA, 0, 256, 0, NVG_EMU_DMA_NOT_ENABLED);
	assert_int_equal(fsp_call(&m.s, 0x22, 1), 0);
	assert_true(dma(&m.s, SYSTEM, IOVA, 0, 256, 0));
	flr(&m.s);
	cfg_write(&m.s, 4, 2, 0x6);
	dma_refused(&m.s, SYSTEM, IOVA, 0, 256, 0, NVG_EMU_DMA_NOT_ENABLED);
	machine_end(&m);
}

static void no_master(void **state)
{
	static struct machine m;

	(void)state;
	machine_start(&m);
	memory_on(&m.s);
	dma_refused(&m.s, SYSTEM, IOVA, 0, 256, TO_MEMORY, NVG_EMU_DMA_NO_MASTER);
	assert_true(dma(&m.s, LOCAL, 0, 0, 256, TO_MEMORY));
	machine_end(&m);
}

static void bad_commands(void **state)
{
	static struct machine m;

	(void)state;
	machine_start(&m);
	dma_refused(&m.s, SYSTEM, IOVA, 0, 512, 0, NVG_EMU_DMA_BAD_COMMAND);
	dma_refused(&m.s, SYSTEM, IOVA + 4, 0, 8, 0, NVG_EMU_DMA_BAD_COMMAND);
	dma_refused(&m.s, SYSTEM, IOVA + 0x80, 0, 256, 0, NVG_EMU_DMA_BAD_COMMAND);
	dma_refused(&m.s, 3, IOVA, 0, 256, 0, NVG_EMU_DMA_BAD_COMMAND);
	dma_refused(&m.s, SYSTEM, IOVA, 0xff04, 256, 0, NVG_EMU_DMA_BAD_COMMAND);
	dma_refused(&m.s, SYSTEM, IOVA, ~0u, 4, TO_MEMORY, NVG_EMU_DMA_BAD_COMMAND);
	assert_true(dma(&m.s, SYSTEM, IOVA, 0xff00, 256, 0));
	machine_end(&m);
}

static void unmapped(void **state)
{
	struct vu_dma_unmap all = { sizeof(all), VFIO_DMA_UNMAP_FLAG_ALL, 0, 0 };
	static struct machine m;

	(void)state;
	machine_start(&m);
	dma_refused(&m.s, SYSTEM, IOVA - 256, 0, 256, 0, NVG_EMU_DMA_UNMAPPED);
	dma_refused(&m.s, SYSTEM, IOVA + RAM_SIZE, 0, 256, TO_MEMORY, NVG_EMU_DMA_UNMAPPED);
	machine_map(&m, IOVA + RAM_SIZE, 0x80, 0, RW);
	dma_refused(&m.s, SYSTEM, IOVA + RAM_SIZE, 0, 256, 0, NVG_EMU_DMA_UNMAPPED);
	assert_true(dma(&m.s, SYSTEM, IOVA + RAM_SIZE, 0, 128, 0));
	machine_map(&m, 0x10000, 0x1000, 0, VFIO_DMA_MAP_FLAG_READ);
	assert_true(dma(&m.s, SYSTEM, 0x10000, 0, 256, 0));
	m.ram[0] = 0x77;
	dma_refused(&m.s, SYSTEM, 0x10000, 0, 256, TO_MEMORY, NVG_EMU_DMA_UNMAPPED);
	assert_int_equal(m.ram[0], 0x77);
	assert_int_equal(call(&m.s, VU_DMA_UNMAP, &all, sizeof(all), &all, sizeof(all)), 0);
	dma_refused(&m.s, SYSTEM, IOVA, 0, 256, 0, NVG_EMU_DMA_UNMAPPED);
	machine_end(&m);
}

static void no_file(void **state)
{
	struct vu_dma_map bare = { sizeof(bare), RW, 0, 0x10000, 0x1000 };
	static struct machine m;

	(void)state;
	machine_start(&m);
	assert_int_equal(call(&m.s, VU_DMA_MAP, &bare, sizeof(bare), NULL, 0), 0);
	dma_refused(&m.s, SYSTEM, 0x10000, 0, 256, 0, NVG_EMU_DMA_UNMAPPED);
	assert_int_equal(ftruncate(m.fd, 0), 0);
	dma_refused(&m.s, SYSTEM, IOVA, 0, 256, 0, NVG_EMU_DMA_UNMAPPED);
	assert_int_equal(cfg_read(&m.s, 0, 2), 0x10de);
	machine_end(&m);
}

static void past_memory(void **state)
{
	static struct machine m;

	(void)state;
	machine_start(&m);
	dma_refused(&m.s, LOCAL, GiB, 0, 4, 0, NVG_EMU_DMA_NO_MEMORY);
	dma_refused(&m.s, LOCAL, GiB, 0, 4, TO_MEMORY, NVG_EMU_DMA_NO_MEMORY);
	dma_refused(&m.s, LOCAL, -256ULL, 0, 256, TO_MEMORY, NVG_EMU_DMA_NO_MEMORY);
	assert_true(dma(&m.s, LOCAL, GiB - 4, 0, 4, 0));
	machine_end(&m);
}

static void untrained(void **state)
{
	static struct machine m;

	(void)state;
	machine_boot(&m, "--fail", "c2c");
	machine_map(&m, IOVA, RAM_SIZE, 0, RW);
	assert_int_equal(fsp_call(&m.s, 0x22, 1), 0);
	dma_refused(&m.s, LOCAL, 0, 0, 256, 0, NVG_EMU_DMA_NO_MEMORY);
	assert_true(dma(&m.s, SYSTEM, IOVA, 0, 256, 0));
	machine_end(&m);
}

static const struct CMUnitTest tests[] = {
	CLAIM("the FSP allows DMA and refuses what it does not know", fsp_answers),
	CLAIM("the FSP answers when training has ended, not before", fsp_boots_late),
	CLAIM("garbage in the FSP's queues hurts nobody", fsp_garbage),
	CLAIM("the engine copies host memory to host memory", host_to_host),
	CLAIM("the engine copies host memory through GPU memory and back", through_gpu_memory),
	CLAIM("transfers of 4 to 256 bytes move exactly that", sizes),
	CLAIM("addresses are put together from all four registers", high_addresses),
	CLAIM("the DMEM port advances when told to", dmem_port),
	CLAIM("no DMA before the FSP allowed it since the last reset", not_enabled),
	CLAIM("no DMA to the host without bus mastering", no_master),
	CLAIM("a command out of range is refused", bad_commands),
	CLAIM("DMA goes where a mapping says it may, and nowhere else", unmapped),
	CLAIM("a mapping without a file, or with one cut short, is an error", no_file),
	CLAIM("DMA past the GPU memory's end is refused", past_memory),
	CLAIM("DMA to GPU memory that is not trained is refused", untrained),
};

const struct table engine_tests = { tests, ARRAY_SIZE(tests) };
