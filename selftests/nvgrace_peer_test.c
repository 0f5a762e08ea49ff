// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is this memory where it was mapped for another GPU, for as long as it is?
 *
 * Of type1 the other GPU's engine tells. What iommufd maps of a dma-buf, it maps
 * as MMIO, which QEMU's virtio-iommu keeps from the GPUs behind it: there
 * the kernel tells which addresses it gave the IOMMU.
 */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "nvg_dma.h"
#include "nvg_facts.h"
#include "nvg_harness.h"

#define LEAF	(2 * NVG_MIB)
#define IOVA	(4 * NVG_GIB)
#define FROM	(3 * LEAF)	/* offset in the memory of what is mapped */
#define LEN	(4 * LEAF)
#define NR	3
#define TRACING	"/sys/kernel/tracing/"

/* Places in it: the first bytes, the last, and a page of any size that no leaf begins with. */
static const uint64_t place[NR] = {
	0, LEAF + 5 * 64 * NVG_KIB + NVG_ENGINE_BYTES, LEN - NVG_ENGINE_BYTES,
};

FIXTURE(peer) {
	struct nvg_gpu owner, peer;
	struct nvg_ioas ioas;	/* of the peer */
	uint8_t *map;		/* the owner's memory from FROM on */
};

static const char *open_peer(struct nvg_gpu *peer)
{
	const char *bdf = getenv("NVGRACE_BDF2") ?: "0000:00:04.0";
	char driver[64];

	if (!nvg_driver(bdf, driver, sizeof(driver)) || strcmp(driver, NVG_DRIVER))
		nvg_bind(bdf, NVG_DRIVER);
	return nvg_open_bdf(peer, bdf);
}

FIXTURE_SETUP(peer)
{
	const char *why;

	self->peer.fd = -1;
	why = nvg_open_with_memory(&self->owner) ?: open_peer(&self->peer);
	if (!why && !nvg_find_ioas(&self->peer, &self->ioas))
		why = "QEMU's virtio-iommu keeps what iommufd maps of a dma-buf from the GPUs";
	if (!why)
		why = nvg_need_knobs(&self->peer) ?: nvg_engine_start(&self->peer);
	if (why)
		SKIP(return, "%s", why);
	self->map = nvg_map(&self->owner, FROM, LEN, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	ASSERT_EQ(0, nvg_dma_map(&self->peer, self->map, IOVA, LEN));
}

FIXTURE_TEARDOWN(peer)
{
	nvg_close(&self->peer);
	nvg_close(&self->owner);
}

TEST_F(peer, I10_engine_of_another_reads_what_the_cpu_wrote)
{
	uint8_t sent[NVG_ENGINE_BYTES], got[NVG_ENGINE_BYTES];

	for (int i = 0; i < NR; i++) {
		nvg_fill(sent, sizeof(sent), place[i]);
		memcpy(self->map + place[i], sent, sizeof(sent));
	}
	for (int i = 0; i < NR; i++) {
		nvg_fill(sent, sizeof(sent), place[i]);
		ASSERT_EQ(0, nvg_engine_read(&self->peer, IOVA + place[i], got));
		EXPECT_EQ(0, memcmp(sent, got, sizeof(got))) TH_LOG("place %d", i);
	}
}

TEST_F(peer, I10_cpu_reads_what_the_engine_of_another_wrote)
{
	uint8_t sent[NVG_ENGINE_BYTES], got[NVG_ENGINE_BYTES];

	for (int i = 0; i < NR; i++) {
		nvg_fill(sent, sizeof(sent), ~place[i]);
		ASSERT_EQ(0, nvg_engine_write(&self->peer, IOVA + place[i], sent));
	}
	for (int i = 0; i < NR; i++) {
		nvg_fill(sent, sizeof(sent), ~place[i]);
		EXPECT_EQ(0, memcmp(sent, self->map + place[i], sizeof(sent)))
			TH_LOG("place %d", i);
		EXPECT_EQ(sizeof(got), nvg_read(&self->owner, FROM + place[i], got,
						sizeof(got)));
		EXPECT_EQ(0, memcmp(sent, got, sizeof(got))) TH_LOG("place %d", i);
	}
}

TEST_F(peer, I10_engine_finds_nothing_beside_the_mapping_and_after_it)
{
	uint8_t got[NVG_ENGINE_BYTES];

	EXPECT_EQ(-EFAULT, nvg_engine_read(&self->peer, IOVA - sizeof(got), got));
	EXPECT_EQ(-EFAULT, nvg_engine_read(&self->peer, IOVA + LEN, got));
	EXPECT_EQ(0, nvg_engine_read(&self->peer, IOVA, got));
	ASSERT_EQ(0, nvg_dma_unmap(&self->peer, IOVA, LEN));
	EXPECT_EQ(-EFAULT, nvg_engine_read(&self->peer, IOVA, got));
}

FIXTURE(file) {
	struct nvg_gpu owner, peer;
	struct nvg_ioas ioas;	/* of the peer */
	uint64_t phys;		/* of the owner's memory */
};

static bool tracing(const char *name, const char *text)
{
	char path[96];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), TRACING "%s", name);
	fd = open(path, O_WRONLY | O_TRUNC);
	ok = fd >= 0 && write(fd, text, strlen(text)) > 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

FIXTURE_SETUP(file)
{
	const char *why;
	struct nvg_facts facts;

	self->peer.fd = -1;
	why = nvg_open_with_memory(&self->owner) ?: open_peer(&self->peer);
	if (!why)
		why = nvg_find_ioas(&self->peer, &self->ioas) ?:
		      nvg_read_facts(self->owner.bdf, &facts);
	if (!why && !(tracing("events/iommu/map/enable", "1") &&
		      tracing("events/iommu/unmap/enable", "1")))
		why = "this kernel does not trace the IOMMU's mappings";
	if (why)
		SKIP(return, "%s", why);
	self->phys = facts.base;
}

FIXTURE_TEARDOWN(file)
{
	tracing("events/iommu/enable", "0");
	nvg_close(&self->peer);
	nvg_close(&self->owner);
}

/* One line of the trace: is it of the mapping, and of which bytes? */
static bool mapped(const char *line, uint64_t *iova, uint64_t *phys, uint64_t *len)
{
	const char *at = strstr(line, " map: ");

	return at && sscanf(at, " map: IOMMU: iova=%lx - %*x paddr=%lx size=%lu",
			    iova, phys, len) == 3;
}

static bool unmapped(const char *line, uint64_t *iova, uint64_t *phys, uint64_t *len)
{
	const char *at = strstr(line, " unmap: ");

	*phys = 0;
	return at && sscanf(at, " unmap: IOMMU: iova=%lx - %*x size=%lu", iova, len) == 2;
}

/*
 * How many bytes between IOVA and IOVA + LEN were so since the last call? -1 when
 * one of them was mapped to another place than @phys has for it.
 */
static int64_t told(bool (*parse)(const char *line, uint64_t *iova,
				  uint64_t *phys, uint64_t *len), uint64_t phys)
{
	FILE *trace = fopen(TRACING "trace", "r");
	uint64_t iova, at, len;
	bool wrong = false;
	int64_t sum = 0;
	char line[256];

	while (trace && fgets(line, sizeof(line), trace)) {
		if (!parse(line, &iova, &at, &len) || iova - IOVA >= LEN)
			continue;
		wrong |= at && at != phys + FROM + (iova - IOVA);
		sum += len;
	}
	if (trace)
		fclose(trace);
	tracing("trace", "\n");
	return wrong ? -1 : sum;
}

TEST_F(file, I10_iommufd_maps_the_memorys_own_addresses)
{
	int fd = nvg_export(&self->owner, self->owner.mem, FROM, LEN);

	ASSERT_LE(0, fd);
	told(mapped, 0);
	ASSERT_EQ(0, nvg_map_file(&self->ioas, fd, 0, IOVA, LEN));
	EXPECT_EQ((int64_t)LEN, told(mapped, self->phys));
	EXPECT_EQ((int64_t)LEN, nvg_unmap_file(&self->ioas, IOVA, LEN));
	EXPECT_EQ((int64_t)LEN, told(unmapped, 0));
	close(fd);
}

TEST_F(file, I10_memory_space_off_takes_it_from_the_iommu)
{
	int fd = nvg_export(&self->owner, self->owner.mem, FROM, LEN);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, nvg_map_file(&self->ioas, fd, 0, IOVA, LEN));
	told(unmapped, 0);
	ASSERT_EQ(0, nvg_mem_enable(&self->owner, false));
	EXPECT_EQ((int64_t)LEN, told(unmapped, 0));
	close(fd);
}

TEST_F(file, I11_reset_takes_it_from_the_iommu)
{
	int fd = nvg_export(&self->owner, self->owner.mem, FROM, LEN);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, nvg_map_file(&self->ioas, fd, 0, IOVA, LEN));
	told(unmapped, 0);
	ASSERT_EQ(0, ioctl(self->owner.fd, VFIO_DEVICE_RESET));
	EXPECT_EQ((int64_t)LEN, told(unmapped, 0));
	close(fd);
}

NVG_HARNESS_MAIN
