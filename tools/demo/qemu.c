// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which machine is the guest?
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

#define GIB		(UINT64_C(1) << 30)
#define GUEST_PAGE	4096	/* bytes: Debian's kernel */
#define WORDS		96
/* The GPU's, after node 0, which has the processor and the RAM. */
#define NODES		8
/* The guest's kernel gets so much of the GPU's memory; for 95 GiB it needs 1.5 GiB of RAM. */
#define ONLINE_MAX	(4 * GIB)

/* QEMU's command line, ended by a NULL. */
struct line {
	char *words[WORDS + 1];
	int count;
};

static void add(struct line *line, char *word)
{
	if (!word || line->count == WORDS)
		abort();
	line->words[line->count++] = word;
}

/* @format: of the option's value; NULL: it has none. */
__attribute__((format(printf, 3, 4)))
static void option(struct line *line, const char *name, const char *format, ...)
{
	va_list args;
	char *value;

	add(line, strdup(name));
	if (!format)
		return;
	va_start(args, format);
	if (vasprintf(&value, format, args) < 0)
		abort();
	va_end(args);
	add(line, value);
}

/* 64-bit MMIO window for a BAR of the next power of two, with room to align it. */
static uint64_t window_gib(uint64_t memory)
{
	uint64_t window = 512;

	while (window * GIB < 4 * memory)
		window *= 2;
	return window;
}

/* With UEFI: only from there does an arm64 kernel get ACPI's tables, which name the GPU's nodes. */
static void add_board(struct line *line, uint64_t memory)
{
	option(line, "-accel", "kvm");
	option(line, "-machine", "virt,gic-version=3,highmem-mmio-size=%" PRIu64 "G",
	       window_gib(memory));
	option(line, "-cpu", "host");
	option(line, "-smp", "1");
	option(line, "-m", "512M");
	option(line, "-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd");
	option(line, "-nodefaults", NULL);
	option(line, "-display", "none");
	option(line, "-serial", "stdio");
	option(line, "-no-reboot", NULL);
}

/* cma_pernuma: nodes without memory have none to reserve, and each would be an error in the log. */
static void add_software(struct line *line, const struct gpu *gpu)
{
	uint64_t online = gpu->memory < ONLINE_MAX ? gpu->memory : ONLINE_MAX;
	char sizes[80];

	option(line, "-kernel", "/payload/Image");
	option(line, "-initrd", "/payload/guest.cpio");
	snprintf(sizes, sizeof(sizes), "NVGRACE_MEMORY=%" PRIu64 " NVGRACE_ONLINE=%" PRIu64,
		 gpu->memory, online);
	option(line, "-append", "console=ttyAMA0 quiet panic=-1 cma_pernuma=0 NVGRACE_BAR=%d NVGRACE_DOMAIN=1 %s",
	       gpu->bar, sizes);
}

/*
 * The guest has an IOMMU of its own, which starts out closed. Without one QEMU
 * maps all of the guest into the GPU's, other devices' BARs and this GPU's own
 * aperture included, and type1 unmaps that page by page: 29 s for 95 GiB under
 * TCG, at the very end. With it only what the guest's driver maps is mapped, and
 * the copies below go through two IOMMUs. But type1 maps no less than a page of
 * the host's, and where that is larger the guest can map nothing.
 */
static void add_iommu(struct line *line)
{
	if (sysconf(_SC_PAGESIZE) <= GUEST_PAGE)
		option(line, "-device", "virtio-iommu-pci,boot-bypass=off");
}

static void add_gpu(struct line *line, const char *bdf)
{
	int node;

	add_iommu(line);
	option(line, "-device", "pcie-root-port,id=port0");
	option(line, "-device", "vfio-pci,host=%s,bus=port0,id=gpu0", bdf);
	option(line, "-object", "memory-backend-ram,id=ram,size=512M");
	option(line, "-numa", "node,nodeid=0,cpus=0,memdev=ram");
	for (node = 1; node <= NODES; node++) {
		option(line, "-numa", "node,nodeid=%d", node);
		option(line, "-object", "acpi-generic-initiator,id=gi%d,pci-dev=gpu0,node=%d",
		       node, node);
	}
}

void qemu_exec(const struct gpu *gpu)
{
	struct line line = {};

	option(&line, "qemu-system-aarch64", NULL);
	add_board(&line, gpu->memory);
	add_software(&line, gpu);
	add_gpu(&line, gpu->bdf);
	execvp(line.words[0], line.words);
	printf("cannot start qemu-system-aarch64: %s: boot the host with FULL_ROOT=1\n",
	       strerror(errno));
	fflush(stdout);
	_exit(127);
}
