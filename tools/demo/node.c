// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can programs of this guest use the GPU's memory, in the NUMA node that firmware
 * set aside for it, and does the GPU see the same bytes?
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define MEMORY_DIR	"/sys/devices/system/memory"
#define NODE_DIR	"/sys/devices/system/node"

/* Which nodes have memory that programs can get? */
static int nodes_with_memory(const char *wanted)
{
	char nodes[64];

	if (file_read(NODE_DIR "/has_memory", nodes, sizeof(nodes)))
		return fail(NODE_DIR "/has_memory");
	if (!strcmp(nodes, wanted))
		return 0;
	printf("FAIL nodes with memory: %s, wanted %s\n", nodes, wanted);
	return -1;
}

/* As the kernel lists node 0 and @node. */
static int nodes_with_gpu(int node)
{
	char wanted[32];

	snprintf(wanted, sizeof(wanted), "0%c%d", node > 1 ? ',' : '-', node);
	return nodes_with_memory(wanted);
}

/* Line number @bar of a PCI device's file "resource": first address, last address, flags. */
static int bar_start(const char *folder, const char *bar, char *start, size_t size)
{
	char path[256], line[128] = "";
	FILE *resource;
	int i;

	snprintf(path, sizeof(path), "%s/resource", folder);
	resource = fopen(path, "r");
	if (!resource)
		return fail(path);
	for (i = 0; i <= atoi(bar); i++) {
		if (!fgets(line, sizeof(line), resource))
			line[0] = '\0';
	}
	fclose(resource);
	line[strcspn(line, " ")] = '\0';
	snprintf(start, size, "%s", line);
	return 0;
}

/* The test of a program's memory, in a process that numactl bound to @node. */
static int memory_test(const char *folder, const char *bar, int node)
{
	char bind[32], number[16], engine[256], start[32];
	int status;
	pid_t pid;

	if (bar_start(folder, bar, start, sizeof(start)))
		return -1;
	snprintf(number, sizeof(number), "%d", node);
	snprintf(bind, sizeof(bind), "--membind=%d", node);
	snprintf(engine, sizeof(engine), "%s/engine_memory", folder);
	printf("numactl %s memory-test %s …\n", bind, number);
	pid = fork();
	if (!pid) {
		execl("/bin/numactl", "numactl", bind, "/bin/memory-test", number,
		      engine, start, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return fail("cannot run numactl");
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		printf("FAIL numactl or what it ran ended with status %#x\n", status);
		return -1;
	}
	return 0;
}

/* The module takes the memory from the kernel before it goes. */
static int give_back(void)
{
	double start = seconds();

	if (syscall(SYS_delete_module, "nvgrace_guest", O_NONBLOCK))
		return fail("cannot remove the test module");
	if (nodes_with_memory("0"))
		return -1;
	printf("ok the test module is gone, and took the GPU's memory from the kernel (%.1f s)\n",
	       seconds() - start);
	return 0;
}

int node_check(const char *folder, const char *bar, uint32_t domain)
{
	int node = domain_node(domain);

	if (node < 0 || run_step(folder, "firmware") || nodes_with_memory("0"))
		return -1;
	/* Nothing of the kernel's own goes there, or it could not be taken back. */
	if (file_write(MEMORY_DIR "/auto_online_blocks", "online_movable"))
		return fail(MEMORY_DIR "/auto_online_blocks");
	if (run_step(folder, "online") || nodes_with_gpu(node))
		return -1;
	return memory_test(folder, bar, node) || give_back() ? -1 : 0;
}
