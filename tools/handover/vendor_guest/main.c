// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does NVIDIA's driver make of the GPU's BARs and nodes?
 *
 * A guest's init, and all of its user space: loads NVIDIA's open kernel module,
 * before and after the IOMMU's driver, prints what it says at its most talkative,
 * and compares that with what the kernel says of the GPU. Each claim is a line
 * "ok NAME" or "not ok NAME", the last line PASS or FAIL. NVGRACE_FINDS, from the
 * kernel's command line: memory or none, what the module is expected to find;
 * NVGRACE_NODES: how many nodes QEMU was told to tie to the GPU.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#include "vendor_guest.h"

static int failed;

static void claim(bool holds, const char *name)
{
	printf("%s %s\n", holds ? "ok" : "not ok", name);
	failed += !holds;
}

static bool all_nodes(const struct facts *facts)
{
	return __builtin_popcountll(facts->nodes) == atoi(getenv("NVGRACE_NODES") ?: "0");
}

static void found_memory(const struct facts *facts, const struct said *said)
{
	claim(facts->bar[4] && said->memory == facts->bar[4], "memory_is_bar4");
	claim(facts->bar[2] && said->reserved == facts->bar[2], "reserved_memory_is_bar2");
	claim(all_nodes(facts) && said->nodes == facts->nodes, "nodes_are_those_of_the_arguments");
	claim(said->status_node >= 0 && facts->nodes >> said->status_node & 1,
	      "numa_status_names_one_of_them");
}

static void found_none(const struct facts *facts, const struct said *said)
{
	claim(facts->bar[2] && !facts->bar[4], "memory_is_one_bar2");
	claim(all_nodes(facts), "nodes_are_there_to_be_found");
	claim(said->no_link, "coherent_link_is_not_found");
	claim(!said->memory && !said->reserved, "nothing_else_is_taken_for_memory");
}

static void ask(const char *finds)
{
	struct facts facts;
	struct said said = { .status_node = -1 };

	facts_read(&facts);
	modules_load("/order.gpu", "NVreg_ResmanDebugLevel=0");
	said_take(&said);
	claim(said.not_called, "probe_is_not_called_before_the_iommu_has_its_driver");
	modules_load("/order.iommu", "");
	modules_load("/order.gpu", "NVreg_ResmanDebugLevel=0");
	said_take(&said);
	said_status(&said, facts.bdf);
	if (!strcmp(finds, "memory"))
		found_memory(&facts, &said);
	else
		found_none(&facts, &said);
	gpu_start();
	said_take(&said);
	claim(said.no_firmware, "it_ends_where_it_wants_its_firmware");
	claim(facts_bound(&facts), "device_stays_bound");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_all();
	said_start();
	ask(getenv("NVGRACE_FINDS") ?: "memory");
	printf("%s\n", failed ? "FAIL" : "PASS");
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	return 1;
}
