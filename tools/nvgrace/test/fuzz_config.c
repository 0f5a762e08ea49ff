// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can any config space upset those that read it?
 *
 * The input changes a config space that has all that is looked for: its first
 * byte chooses how much is readable, then each three are an offset and a value.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../host.h"
#include "fuzz.h"

#define BDF	"0000:00:00.0"

static const struct {
	unsigned int offset;
	uint32_t value;
} template[] = {
	{ 0x00, 0x234210de }, { 0x04, 0x00100002 }, { 0x08, 0x030200a1 },
	{ 0x34, 0x00000040 }, { 0x40, 0x00020010 },
	/* NVIDIA's DVSEC, the CXL device's, ACS */
	{ 0x100, 0x14010023 }, { 0x104, 0x00c010de }, { 0x108, 0x00010003 },
	{ 0x140, 0x18010023 }, { 0x144, 0x03801e98 }, { 0x15c, 0x00000003 },
	{ 0x180, 0x0001000d }, { 0x184, 0x001d005f },
};

static char root[] = "/tmp/nvgrace-fuzz.XXXXXX";
static char config_path[PATH_MAX];
static struct host host;

static void clean_up(void)
{
	char command[64];

	host_close(&host);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command))
		perror(root);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char command[128];

	if (!mkdtemp(root))
		return 1;
	snprintf(command, sizeof(command), "mkdir -p %s/sys/bus/pci/devices/%s",
		 root, BDF);
	if (system(command) || host_open(&host, root))
		abort();
	file_path(&host, config_path, sizeof(config_path),
		  "/sys/bus/pci/devices/%s/config", BDF);
	atexit(clean_up);
	return 0;
}

static void put(const uint8_t *bytes, size_t size)
{
	int fd = open(config_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t sizes[] = { 4096, 256, 64, 4095, 1, 0 };
	uint8_t bytes[4096] = {};
	struct config config;
	size_t readable = size ? sizes[*data % 6] : 4096;

	for (size_t i = 0; i < sizeof(template) / sizeof(*template); i++)
		memcpy(bytes + template[i].offset, &template[i].value, 4);
	for (size_t i = 1; i + 2 < size; i += 3)
		bytes[(data[i] | data[i + 1] << 8) % 4096] = data[i + 2];
	put(bytes, readable);
	config_read(&host, BDF, &config);
	if (config.readable > readable ||
	    (config.readable != 4096 && (config.has_acs || config.has_caps_dvsec ||
					 config.has_cxl_range)))
		abort();
	/* Untouched it is all there, or this would fuzz nothing. */
	if (size < 4 && readable == 4096 &&
	    !(config.has_acs && config.all_cacheable && config.cxl_active))
		abort();
	return 0;
}
