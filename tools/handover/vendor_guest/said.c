// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does NVIDIA's module say of the GPU's memory, in the log and in /proc?
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vendor_guest.h"

static int kmsg = -1;

void said_start(void)
{
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	lseek(kmsg, 0, SEEK_END);
}

/* The number after @words, in @line; false: it does not have them. */
static bool number(const char *line, const char *words, int base, uint64_t *value)
{
	const char *at = strstr(line, words);

	if (at)
		*value = strtoull(at + strlen(words), NULL, base);
	return at;
}

static void take_line(struct said *said, const char *line)
{
	uint64_t node;

	said->not_called |= !!strstr(line, "NVIDIA probe routine was not called");
	said->no_link |= !!strstr(line, "Cannot get coherent link info");
	said->no_firmware |= !!strstr(line, "No firmware image found");
	number(line, "GPU memory PA:", 16, &said->memory);
	number(line, "GPU reserved memory PA:", 16, &said->reserved);
	if (number(line, "GPU memory NUMA node:", 10, &node) && node < 64)
		said->nodes |= UINT64_C(1) << node;
}

void said_take(struct said *said)
{
	char record[8192], *text;
	ssize_t got;

	while ((got = read(kmsg, record, sizeof(record) - 1)) > 0) {
		record[got] = '\0';
		text = strchr(record, ';');
		text = text ? text + 1 : record;
		text[strcspn(text, "\n")] = '\0';
		if (strcasestr(text, "nv"))
			printf("kernel: %s\n", text);
		take_line(said, text);
	}
}

void said_status(struct said *said, const char *bdf)
{
	char path[80], text[512] = "";
	uint64_t node;

	snprintf(path, sizeof(path), "/proc/driver/nvidia/gpus/%s/numa_status", bdf);
	if (file_bytes(path, text, sizeof(text) - 1) < 0)
		printf("there is no %s\n", path);
	else
		printf("numa_status:\n%s", text);
	if (number(text, "Node:", 10, &node))
		said->status_node = node;
}
