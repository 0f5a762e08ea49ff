// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a program run without transparent huge pages?
 *
 * usage: nvgrace-smallpages CMD ARG...
 * GPU memory that is only read shall cost this machine nothing: a page of zeros
 * serves all of it. QEMU asks for huge pages, and kernels without a huge page of
 * zeros then give it 2 MiB for each byte that is looked at, all memory soon.
 * Exit code: CMD's; 127 when it cannot be started.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: nvgrace-smallpages CMD ARG...\n");
		return 127;
	}
	/* Kept across exec. A kernel without it has no such pages. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	execvp(argv[1], argv + 1);
	fprintf(stderr, "nvgrace-smallpages: cannot run %s: %s\n", argv[1],
		strerror(errno));
	return 127;
}
