// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can the guest use its large BAR?
 *
 * The guest's init, and all of its user space: finds the largest BAR of any
 * PCI device, reads a page of each GiB of it, says BENCH_MAPPED, and stays.
 * BENCH_GIB, from the kernel's command line: how many there are.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define GIB	(1ull << 30)

static int enable(const char *bar)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "%.*s/enable", (int)(strrchr(bar, '/') - bar),
		 bar);
	fd = open(path, O_WRONLY);
	ret = write(fd, "1", 1);
	close(fd);
	return ret == 1 ? 0 : -1;
}

/* The file of the largest BAR, of a device that is now enabled. */
static int find_bar(char *path, size_t len)
{
	struct stat st;
	off_t largest = 0;
	glob_t found;

	if (glob("/sys/bus/pci/devices/*/resource?", 0, NULL, &found))
		return -1;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (stat(found.gl_pathv[i], &st) || st.st_size <= largest)
			continue;
		largest = st.st_size;
		snprintf(path, len, "%s", found.gl_pathv[i]);
	}
	globfree(&found);
	return largest ? enable(path) : -1;
}

static int touch(const char *path, unsigned int gib)
{
	int fd = open(path, O_RDWR);

	for (unsigned int i = 0; i < gib; i++) {
		volatile char *page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ,
					   MAP_SHARED, fd, i * GIB);

		if (page == MAP_FAILED)
			return -1;
		(void)*page;
	}
	return 0;
}

int main(void)
{
	const char *gib = getenv("BENCH_GIB");
	char path[256];

	mkdir("/sys", 0755);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) || !gib ||
	    find_bar(path, sizeof(path)) || touch(path, atoi(gib)))
		perror("BENCH_FAILED");
	else
		printf("BENCH_MAPPED %s GiB of %s\n", gib, path);
	fflush(stdout);
	for (;;)
		pause();
}
