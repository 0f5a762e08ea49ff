// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do all GPUs of this guest work, and which NUMA nodes are theirs?
 *
 * The guest's init, and all of its user space: loads the demo's test module, which
 * takes every GPU, runs its steps on each, says which nodes firmware ties to it, and
 * powers off. Its last line is PASS or FAIL. NVGRACE_MEMORY, from the kernel's
 * command line: bytes of memory behind each GPU's BAR2.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#include "guest.h"

static const char * const steps[] = {
	"bar", "ram", "spread", "padding", "interrupt", "engine",
};

static bool load_module(void)
{
	char params[64];

	snprintf(params, sizeof(params), "memory=%s bar=2",
		 getenv("NVGRACE_MEMORY") ?: "missing");
	if (!module_insert("/nvgrace-guest.ko", params))
		return true;
	perror("FAIL cannot load the test module");
	return false;
}

static bool run_step(const char *folder, const char *step)
{
	char path[256], text[512] = "FAIL it cannot be read";

	snprintf(path, sizeof(path), "%s/%s", folder, step);
	file_read(path, text, sizeof(text));
	printf("%s: %s\n", step, text);
	return !strncmp(text, "ok ", 3);
}

/* "0x10de" and "0x2342" in sysfs are 10de:2342 here. */
static void identify(struct guest_gpu *gpu, const char *folder)
{
	char path[256], vendor[16] = "", device[16] = "";

	snprintf(path, sizeof(path), "%s/vendor", folder);
	file_read(path, vendor, sizeof(vendor));
	snprintf(path, sizeof(path), "%s/device", folder);
	file_read(path, device, sizeof(device));
	snprintf(gpu->id, sizeof(gpu->id), "%.4s:%.4s", vendor + 2, device + 2);
	gpu->bdf = strrchr(folder, '/') + 1;
}

static bool check_gpu(const char *folder)
{
	struct guest_gpu gpu;
	bool good = true;

	identify(&gpu, folder);
	printf("GPU %s is %s\n", gpu.id, gpu.bdf);
	for (size_t i = 0; i < ARRAY_SIZE(steps) && good; i++)
		good = run_step(folder, steps[i]);
	return nodes_print(&gpu) && good;
}

static bool check_all(void)
{
	glob_t found;
	bool good;

	if (glob("/sys/bus/pci/drivers/nvgrace-guest/*:*", 0, NULL, &found)) {
		printf("FAIL the test module has found no GPU\n");
		return false;
	}
	good = true;
	for (size_t i = 0; i < found.gl_pathc; i++)
		good &= check_gpu(found.gl_pathv[i]);
	globfree(&found);
	return good;
}

int main(void)
{
	struct kmsg log;
	bool good;

	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_all();
	kmsg_open(&log);
	good = load_module() && check_all();
	distances_print();
	good &= !kmsg_look(&log, NULL);
	printf("%s\n", good ? "PASS" : "FAIL");
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	return 1;
}
