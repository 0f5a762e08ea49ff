// SPDX-License-Identifier: GPL-2.0-only
/* Do the made-up BAR's registers behave like a 64-bit BAR's, at every width? */
#include <sys/uio.h>
#include <linux/pci_regs.h>

#include "nvg_harness.h"

#define HEADER	64	/* bytes of the standard header */
#define TYPE	(PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH)

NVG_FIXTURE(config, nvg_open_with_memory)

static uint32_t low(struct nvg_gpu *gpu)
{
	return PCI_BASE_ADDRESS_0 + 4 * gpu->mem;
}

static uint64_t get64(struct nvg_gpu *gpu)
{
	return nvg_cfg_get(gpu, low(gpu), 4) |
	       (uint64_t)nvg_cfg_get(gpu, low(gpu) + 4, 4) << 32;
}

/* What the register reads when addr was written to it. */
static uint64_t shown(struct nvg_gpu *gpu, uint64_t addr)
{
	return (addr & ~(gpu->bar_size - 1)) | TYPE;
}

static void set64(struct nvg_gpu *gpu, uint64_t addr)
{
	nvg_cfg_set(gpu, low(gpu), 4, addr);
	nvg_cfg_set(gpu, low(gpu) + 4, 4, addr >> 32);
}

FIXTURE(width) {
	struct nvg_gpu gpu;
};

FIXTURE_VARIANT(width) {
	size_t bytes;
};

FIXTURE_VARIANT_ADD(width, one) { .bytes = 1 };
FIXTURE_VARIANT_ADD(width, two) { .bytes = 2 };
FIXTURE_VARIANT_ADD(width, three) { .bytes = 3 };
FIXTURE_VARIANT_ADD(width, four) { .bytes = 4 };
FIXTURE_VARIANT_ADD(width, eight) { .bytes = 8 };

FIXTURE_SETUP(width)
{
	const char *why = nvg_open_with_memory(&self->gpu);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(width)
{
	nvg_close(&self->gpu);
}

/* Moves all eight bytes in pieces of the given width, the last one shorter. */
static ssize_t move(struct nvg_gpu *gpu, void *buf, size_t width, bool out)
{
	ssize_t done = 0;

	while (done < 8) {
		size_t len = 8 - done < (ssize_t)width ? 8 - done : width;
		ssize_t ret = out ?
			nvg_cfg_write(gpu, low(gpu) + done, buf + done, len) :
			nvg_cfg_read(gpu, low(gpu) + done, buf + done, len);

		if (ret != (ssize_t)len)
			return ret;
		done += ret;
	}
	return done;
}

TEST_F(width, I2_sizing_works)
{
	uint64_t ones = ~0ull, zero = 0, seen = 0;

	ASSERT_EQ(8, move(&self->gpu, &ones, variant->bytes, true));
	ASSERT_EQ(8, move(&self->gpu, &seen, variant->bytes, false));
	EXPECT_EQ(shown(&self->gpu, ~0ull), seen);
	ASSERT_EQ(8, move(&self->gpu, &zero, variant->bytes, true));
	ASSERT_EQ(8, move(&self->gpu, &seen, variant->bytes, false));
	EXPECT_EQ(TYPE, seen);
}

TEST_F(width, I2_address_written_reads_back_at_every_width)
{
	uint64_t addr = 0x123456789abcdef0ull, seen = 0;
	size_t widths[] = { 1, 2, 3, 4, 8 };

	ASSERT_EQ(8, move(&self->gpu, &addr, variant->bytes, true));
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		ASSERT_EQ(8, move(&self->gpu, &seen, widths[i], false));
		EXPECT_EQ(shown(&self->gpu, addr), seen)
			TH_LOG("read %zu bytes at a time", widths[i]);
	}
}

TEST_F(config, I2_flags_are_64_bit_prefetchable_memory)
{
	EXPECT_EQ(TYPE, nvg_cfg_get(&self->gpu, low(&self->gpu), 1) & 0xf);
	nvg_cfg_set(&self->gpu, low(&self->gpu), 1, 0xf3);
	EXPECT_EQ(TYPE, nvg_cfg_get(&self->gpu, low(&self->gpu), 1) & 0xf);
}

TEST_F(config, I2_address_is_as_the_guest_left_it_not_the_hosts)
{
	set64(&self->gpu, 0x7000000000000000ull);
	EXPECT_EQ(shown(&self->gpu, 0x7000000000000000ull),
		  get64(&self->gpu));
}

/* QEMU sizes 32 bits at a time and reads before it writes the other half. */
TEST_F(config, I2_halves_are_sized_one_after_the_other)
{
	uint64_t mask = shown(&self->gpu, ~0ull);

	set64(&self->gpu, 0);
	nvg_cfg_set(&self->gpu, low(&self->gpu), 4, ~0u);
	EXPECT_EQ((uint32_t)mask, nvg_cfg_get(&self->gpu, low(&self->gpu), 4));
	EXPECT_EQ(0, nvg_cfg_get(&self->gpu, low(&self->gpu) + 4, 4));
	nvg_cfg_set(&self->gpu, low(&self->gpu), 4, 0);
	nvg_cfg_set(&self->gpu, low(&self->gpu) + 4, 4, ~0u);
	EXPECT_EQ(mask >> 32, nvg_cfg_get(&self->gpu, low(&self->gpu) + 4, 4));
	EXPECT_EQ(TYPE, nvg_cfg_get(&self->gpu, low(&self->gpu), 4));
}

TEST_F(config, I1_unaligned_and_straddling_reads_agree_with_the_bytes)
{
	uint8_t whole[HEADER], part[HEADER];

	set64(&self->gpu, 0x55aa33cc0ff0ull << 16);
	for (int i = 0; i < HEADER; i++)
		whole[i] = nvg_cfg_get(&self->gpu, i, 1);
	for (int at = 0; at < HEADER; at++) {
		for (int len = 1; at + len <= HEADER; len++) {
			ASSERT_EQ(len, nvg_cfg_read(&self->gpu, at, part, len));
			ASSERT_EQ(0, memcmp(whole + at, part, len))
				TH_LOG("%d bytes at 0x%x", len, at);
		}
	}
}

/* Writes in pieces of random length; returns what one write would. */
static ssize_t write_cut(struct nvg_gpu *gpu, uint32_t at, const uint8_t *buf,
			 size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t piece = 1 + nvg_rand(len - done);
		ssize_t ret = nvg_cfg_write(gpu, at + done, buf + done, piece);

		if (ret != (ssize_t)piece)
			return ret;
		done += piece;
	}
	return done;
}

/* Any window over the six BARs: nothing there but address registers. */
TEST_F(config, I1_a_write_cut_at_random_has_the_effect_of_the_whole)
{
	uint8_t data[24], clear[24] = {}, whole[HEADER], cut[HEADER];

	TH_LOG("NVGRACE_SEED=%lu", nvg_seed());
	for (int round = 0; round < 300; round++) {
		size_t at = nvg_rand(24), len = 1 + nvg_rand(24 - at);

		nvg_fill(data, sizeof(data), round);
		at += PCI_BASE_ADDRESS_0;
		nvg_cfg_write(&self->gpu, PCI_BASE_ADDRESS_0, clear, 24);
		ASSERT_EQ(len, nvg_cfg_write(&self->gpu, at, data, len));
		ASSERT_EQ(HEADER, nvg_cfg_read(&self->gpu, 0, whole, HEADER));
		nvg_cfg_write(&self->gpu, PCI_BASE_ADDRESS_0, clear, 24);
		ASSERT_EQ(len, write_cut(&self->gpu, at, data, len));
		ASSERT_EQ(HEADER, nvg_cfg_read(&self->gpu, 0, cut, HEADER));
		ASSERT_EQ(0, memcmp(whole, cut, HEADER))
			TH_LOG("round %d: %zu bytes at 0x%zx", round, len, at);
	}
}

/* One write over the whole header: the BAR is ours, the rest is the device's. */
TEST_F(config, I1_bulk_write_reaches_what_lies_around_the_bar)
{
	uint8_t header[HEADER];
	uint16_t cmd = nvg_cfg_get(&self->gpu, PCI_COMMAND, 2);
	uint64_t ones = ~0ull;

	ASSERT_EQ(HEADER, nvg_cfg_read(&self->gpu, 0, header, HEADER));
	memcpy(header + low(&self->gpu), &ones, 8);
	cmd |= PCI_COMMAND_MASTER;
	memcpy(header + PCI_COMMAND, &cmd, 2);
	header[PCI_INTERRUPT_LINE] = 0x5a;
	ASSERT_EQ(HEADER, nvg_cfg_write(&self->gpu, 0, header, HEADER));
	EXPECT_EQ(shown(&self->gpu, ~0ull), get64(&self->gpu));
	EXPECT_EQ(0x5a, nvg_cfg_get(&self->gpu, PCI_INTERRUPT_LINE, 1));
	EXPECT_EQ(cmd, nvg_cfg_get(&self->gpu, PCI_COMMAND, 2));
	ASSERT_EQ(2, nvg_sysfs_config(self->gpu.bdf, PCI_COMMAND, &cmd, 2));
	EXPECT_NE(0, cmd & PCI_COMMAND_MASTER);
}

TEST_F(config, I2_writes_to_the_bar_never_reach_the_hardware)
{
	uint8_t before[24], after[24];

	ASSERT_EQ(24, nvg_sysfs_config(self->gpu.bdf, PCI_BASE_ADDRESS_0,
				       before, 24));
	set64(&self->gpu, ~0ull);
	set64(&self->gpu, 0x4200000000000000ull);
	ASSERT_EQ(24, nvg_sysfs_config(self->gpu.bdf, PCI_BASE_ADDRESS_0,
				       after, 24));
	EXPECT_EQ(0, memcmp(before, after, 24));
}

TEST_F(config, I1_vectored_access_advances_by_what_it_returns)
{
	uint8_t one[3], two[7], three[54], whole[HEADER];
	struct iovec iov[] = {
		{ one, sizeof(one) }, { two, sizeof(two) },
		{ three, sizeof(three) },
	};
	uint64_t base = self->gpu.region[VFIO_PCI_CONFIG_REGION_INDEX].offset;

	set64(&self->gpu, 0x1122334455667788ull);
	ASSERT_EQ(HEADER, nvg_cfg_read(&self->gpu, 0, whole, HEADER));
	ASSERT_EQ(HEADER, preadv(self->gpu.fd, iov, 3, base));
	EXPECT_EQ(0, memcmp(whole, one, 3));
	EXPECT_EQ(0, memcmp(whole + 3, two, 7));
	EXPECT_EQ(0, memcmp(whole + 10, three, 54));
}

TEST_F(config, I1_vectored_write_cuts_the_bar_where_it_likes)
{
	uint64_t addr = 0xa1b2c3d4e5f60718ull;
	uint8_t *byte = (void *)&addr;
	struct iovec iov[] = {
		{ byte, 1 }, { byte + 1, 4 }, { byte + 5, 2 }, { byte + 7, 1 },
	};
	uint64_t base = self->gpu.region[VFIO_PCI_CONFIG_REGION_INDEX].offset;

	ASSERT_EQ(8, pwritev(self->gpu.fd, iov, 4, base + low(&self->gpu)));
	EXPECT_EQ(shown(&self->gpu, addr), get64(&self->gpu));
}

/* good bytes of the eight are there to be read, the rest is a hole. */
static ssize_t write_into_hole(struct nvg_gpu *gpu, size_t good, uint64_t val)
{
	uint8_t *buf = nvg_buffer_with_hole(good, 8);

	memcpy(buf, &val, good);
	return nvg_cfg_write(gpu, low(gpu), buf, 8);
}

TEST_F(config, I4_failed_write_changes_only_what_it_reports)
{
	uint64_t old = 0x2222222222222222ull, new = 0xcccccccccccccccdull;

	for (size_t good = 0; good < 8; good++) {
		uint64_t mixed = old;
		ssize_t ret;

		set64(&self->gpu, old);
		ret = write_into_hole(&self->gpu, good, new);
		ASSERT_LE(ret, (ssize_t)good);
		if (ret > 0) {
			memcpy(&mixed, &new, ret);
		} else {
			EXPECT_EQ(-EFAULT, ret);
		}
		EXPECT_EQ(shown(&self->gpu, mixed), get64(&self->gpu))
			TH_LOG("%zu good bytes, returned %zd", good, ret);
	}
}

TEST_F(config, I4_failed_read_reports_what_it_copied)
{
	uint64_t want;

	set64(&self->gpu, 0x3333333333333333ull);
	want = get64(&self->gpu);
	for (size_t good = 0; good < 8; good++) {
		uint8_t *buf = nvg_buffer_with_hole(good, 8);
		ssize_t ret = nvg_cfg_read(&self->gpu, low(&self->gpu), buf, 8);

		ASSERT_LE(ret, (ssize_t)good);
		if (ret > 0) {
			EXPECT_EQ(0, memcmp(buf, &want, ret));
		} else {
			EXPECT_EQ(-EFAULT, ret);
		}
	}
}

/* 4 KiB of config space on a PCIe device; what lies past it is refused. */
TEST_F(config, I7_access_past_config_space_is_efault)
{
	uint64_t size = self->gpu.region[VFIO_PCI_CONFIG_REGION_INDEX].size;
	uint32_t val;

	EXPECT_EQ(-EFAULT, nvg_cfg_read(&self->gpu, size, &val, 4));
	EXPECT_EQ(-EFAULT, nvg_cfg_write(&self->gpu, size, &val, 4));
}

TEST_F(config, I2_reset_clears_the_address)
{
	set64(&self->gpu, 0x6600000000000000ull);
	nvg_close(&self->gpu);
	ASSERT_EQ(NULL, nvg_open_with_memory(&self->gpu));
	EXPECT_EQ(TYPE, get64(&self->gpu) & 0xf);
	EXPECT_NE(shown(&self->gpu, 0x6600000000000000ull), get64(&self->gpu));
}

NVG_HARNESS_MAIN
