// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a guest do with the GPU's memory, told over its serial line?
 *
 * All of the guest's user space. "load OFFSET" and "store OFFSET VALUE" are of 8
 * bytes of the memory's BAR, whose index is NVGRACE_BAR on the kernel's command
 * line; "off" ends it. Each is answered by one line that begins with "guest:"; a
 * load that the kernel answers with SIGBUS says that the guest was told.
 */
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define BYTES_MAPPED	(2UL << 30)

static bool is_nvidia(const char *folder)
{
	char path[128], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/vendor", folder);
	fd = open(path, O_RDONLY);
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return !strcmp(text, "0x10de\n");
}

/* A file of the GPU's folder, opened; -1: there is none. */
static int open_gpu(const char *name, int flags)
{
	char path[128];
	glob_t found;
	int fd = -1;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &found))
		return -1;
	for (size_t i = 0; i < found.gl_pathc && fd < 0; i++) {
		if (!is_nvidia(found.gl_pathv[i]))
			continue;
		snprintf(path, sizeof(path), "%s/%s", found.gl_pathv[i], name);
		fd = open(path, flags);
	}
	globfree(&found);
	return fd;
}

static char *map_memory(void)
{
	const char *bar = getenv("NVGRACE_BAR");
	int enable = open_gpu("enable", O_WRONLY);
	char name[32];

	if (!bar || write(enable, "1", 1) != 1)
		return MAP_FAILED;
	snprintf(name, sizeof(name), "resource%s", bar);
	return mmap(NULL, BYTES_MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED,
		    open_gpu(name, O_RDWR), 0);
}

static void make_raw(void)
{
	struct termios tty;

	tcgetattr(STDIN_FILENO, &tty);
	cfmakeraw(&tty);
	tcsetattr(STDIN_FILENO, TCSANOW, &tty);
}

static sigjmp_buf before;

static void go_back(int signal)
{
	siglongjmp(before, 1);
}

static void load(const char *memory, uint64_t offset)
{
	if (sigsetjmp(before, 1))
		printf("guest: told of bad memory at %#" PRIx64 "\n", offset);
	else
		printf("guest: loaded %#" PRIx64 "\n", *(volatile uint64_t *)(memory + offset));
}

static void obey(char *memory)
{
	uint64_t offset, value;
	char line[128];

	while (fgets(line, sizeof(line), stdin) && strcmp(line, "off\n")) {
		if (sscanf(line, "load %" SCNi64, &offset) == 1) {
			load(memory, offset);
		} else if (sscanf(line, "store %" SCNi64 " %" SCNi64, &offset,
				  &value) == 2) {
			*(volatile uint64_t *)(memory + offset) = value;
			printf("guest: stored\n");
		} else {
			printf("guest: what?\n");
		}
	}
}

int main(void)
{
	char *memory;

	setvbuf(stdout, NULL, _IOLBF, 0);
	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	make_raw();
	signal(SIGBUS, go_back);
	memory = map_memory();
	if (memory == MAP_FAILED) {
		printf("guest: cannot map the GPU's memory\n");
	} else {
		printf("guest: ready\n");
		obey(memory);
	}
	reboot(RB_POWER_OFF);
	return 1;
}
