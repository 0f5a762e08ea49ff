// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the GPU work inside the guest that owns it?
 *
 * The guest's init, and all of its user space: loads the test module, runs its
 * steps, prints what each saw and how long it took, and powers off. Its last
 * line is PASS or FAIL. From the kernel's command line: NVGRACE_BAR, which of the
 * GPU's BARs is memory; NVGRACE_MEMORY, how many bytes; NVGRACE_ONLINE, how many of
 * them become memory of this guest, in the node of proximity domain
 * NVGRACE_DOMAIN.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#include "guest.h"

static const char * const steps[] = {
	"bar", "ram", "spread", "contiguous", "padding", "interrupt", "engine",
};

int fail(const char *what)
{
	printf("FAIL %s: %s\n", what, strerror(errno));
	return -1;
}

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		printf("FAIL no %s=… on the kernel's command line\n", name);
	return value;
}

static int load_test(void)
{
	const char *memory = setting("NVGRACE_MEMORY");
	const char *online = setting("NVGRACE_ONLINE");
	const char *bar = setting("NVGRACE_BAR");
	char params[128];

	if (!memory || !online || !bar)
		return -1;
	snprintf(params, sizeof(params), "memory=%s online=%s bar=%s", memory, online, bar);
	if (module_insert("/virtio-iommu.ko", "") ||
	    module_insert("/nvgrace-guest.ko", params))
		return fail("cannot load the guest's modules");
	return 0;
}

/* The folder of the one GPU that the test module took. */
static int find_gpu(char *folder, size_t size)
{
	glob_t found;
	int count;

	if (glob("/sys/bus/pci/drivers/nvgrace-guest/*:*", 0, NULL, &found))
		found.gl_pathc = 0;
	count = found.gl_pathc;
	if (count == 1)
		snprintf(folder, size, "%s", found.gl_pathv[0]);
	else
		printf("FAIL the test module found %d GPUs, wanted 1\n", count);
	globfree(&found);
	return count == 1 ? 0 : -1;
}

int run_step(const char *folder, const char *step)
{
	char path[256], text[512];
	double start = seconds();

	snprintf(path, sizeof(path), "%s/%s", folder, step);
	if (file_read(path, text, sizeof(text)))
		return fail(path);
	printf("%s (%.1f s)\n", text, seconds() - start);
	return strncmp(text, "ok ", 3) ? -1 : 0;
}

static int run_steps(void)
{
	const char *bar = setting("NVGRACE_BAR"), *domain = setting("NVGRACE_DOMAIN");
	char folder[128];
	int failed = 0;
	size_t i;

	if (!bar || !domain || find_gpu(folder, sizeof(folder)))
		return -1;
	for (i = 0; i < ARRAY_SIZE(steps) && !failed; i++)
		failed = run_step(folder, steps[i]);
	return failed ? -1 : node_check(folder, bar, atoi(domain));
}

int main(void)
{
	struct kmsg log;
	const char *unmounted;
	int failed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	unmounted = mount_all();
	failed = unmounted ? fail(unmounted) : 0;
	if (!failed) {
		kmsg_open(&log);
		failed = load_test() || run_steps();
		failed |= kmsg_look(&log, NULL);
	}
	printf("%s\n", failed ? "FAIL" : "PASS");
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	return 1;
}
