// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is measured in this host?
 *
 * usage: nvgrace-bench DRIVER BDF WHAT...
 * DRIVER is the name of the column; BDF gets bound to what it stands for. WHAT:
 *   touch,GIB,aligned  touch,GIB,skewed  dma,GIB  dmabuf,GIB  copy  life  first
 *   notice,TRAIN_MS  boot,GIB  scrub  yardstick  memset  kernel
 * A line of JSON for each number; exit code 0, 1 when something failed, 2 for
 * a wrong call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

/* A real BAR that stands in for the memory: the largest. */
static void take_real_bar(struct bench *b)
{
	struct nvg_gpu *gpu = &b->gpu;

	for (int i = 0; i <= VFIO_PCI_BAR5_REGION_INDEX; i++) {
		if (gpu->region[i].size < NVG_GIB)
			continue;
		gpu->mem = i;
		gpu->mem_size = gpu->region[i].size;
		gpu->bar_size = gpu->region[i].size;
	}
}

static void open_bench(struct bench *b)
{
	const char *why = nvg_open(&b->gpu);

	need(!why, "%s: %s", b->driver, why);
	if (b->gpu.mem < 0)
		take_real_bar(b);
	need(b->gpu.mem >= 0, "%s: no BAR of a GiB or more", b->driver);
	b->aperture = b->gpu.mem_size;
	nvg_mem_enable(&b->gpu, true);
}

/* The column says which driver. */
static int bind_for(const struct bench *b)
{
	const char *want = b->plain ? NVG_PLAIN_DRIVER : NVG_DRIVER;
	char driver[64];

	if (nvg_driver(nvg_bdf(), driver, sizeof(driver)) && !strcmp(driver, want))
		return 0;
	return nvg_bind(nvg_bdf(), want);
}

static bool measure_memory(struct bench *b, const char *what)
{
	char how[16];
	unsigned int n;

	open_bench(b);
	if (sscanf(what, "touch,%u,%15s", &n, how) == 2)
		bench_touch(b, n, !strcmp(how, "skewed"));
	else if (sscanf(what, "dma,%u", &n) == 1)
		bench_dma(b, n);
	else if (sscanf(what, "dmabuf,%u", &n) == 1)
		bench_dmabuf(b, n);
	else if (sscanf(what, "notice,%u", &n) == 1)
		bench_notice(b, n);
	else if (!strcmp(what, "copy"))
		bench_copy(b);
	else if (!strcmp(what, "scrub"))
		bench_scrub(b);
	else if (!strcmp(what, "first"))
		bench_first_read(b);
	else
		return false;
	nvg_close(&b->gpu);
	return true;
}

/* Numbers of one kernel say little of another. */
static void tell_kernel(void)
{
	struct utsname name;

	need(!uname(&name), "uname");
	printf("{\"kernel\":\"%s\"}\n", name.release);
}

static bool measure(struct bench *b, const char *what)
{
	unsigned int gib;

	if (!strcmp(what, "kernel"))
		tell_kernel();
	else if (sscanf(what, "boot,%u", &gib) == 1)
		bench_boot(b, gib);
	else if (!strcmp(what, "life"))
		bench_life(b);
	else if (!strcmp(what, "yardstick"))
		bench_yardstick(b);
	else if (!strcmp(what, "memset"))
		bench_memset(b);
	else
		return measure_memory(b, what);
	return true;
}

int main(int argc, char **argv)
{
	struct bench b = {};

	if (argc < 4) {
		fprintf(stderr, "usage: nvgrace-bench DRIVER BDF WHAT...\n");
		return 2;
	}
	b.driver = argv[1];
	b.plain = !strcmp(b.driver, "vfio-pci");
	nvg_args(argc, argv);
	need(!bind_for(&b), "%s: bind", b.driver);
	for (int i = 3; i < argc; i++) {
		if (measure(&b, argv[i]))
			continue;
		fprintf(stderr, "nvgrace-bench: %s: not a thing to measure, see main.c\n",
			argv[i]);
		return 2;
	}
	return 0;
}
