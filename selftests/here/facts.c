// SPDX-License-Identifier: GPL-2.0-only
/* Which GPU is it, in which machine? */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/pci_regs.h>

#include "here.h"

#define CONFIG_SIZE	4096

static uint32_t get(const uint8_t *config, uint32_t pos)
{
	uint32_t val;

	memcpy(&val, config + pos, sizeof(val));
	return val;
}

/* Not the name of the machine, and not who built the kernel. */
static void machine(FILE *report)
{
	struct utsname name;

	uname(&name);
	fprintf(report, "\n== machine\nkernel %s, %s, pages of %ld KiB, %ld CPUs\n",
		name.release, name.machine, nvg_page() / 1024,
		sysconf(_SC_NPROCESSORS_ONLN));
}

/* Of part and properties nvgrace knows all; it has to be bound for some. */
static void gpu(FILE *report, const char *bdf)
{
	char *argv[] = { "./nvgrace", "list", "--json", (char *)bdf, NULL };

	fprintf(report, "\n== GPU: ids, BARs, and what firmware says (nvgrace list --json)\n");
	fflush(report);
	if (child_run(argv, fileno(report)))
		fprintf(report, "nvgrace list did not answer\n");
}

static void dvsec(FILE *report, const uint8_t *config, uint32_t at)
{
	uint32_t header = get(config, at + PCI_DVSEC_HEADER1);
	uint32_t len = PCI_DVSEC_HEADER1_LEN(header);

	fprintf(report, "DVSEC at %#x: vendor %04x, id %x, revision %u:", at,
		PCI_DVSEC_HEADER1_VID(header),
		get(config, at + PCI_DVSEC_HEADER2) & 0xffff,
		PCI_DVSEC_HEADER1_REV(header));
	for (uint32_t i = 0; i < len && at + i + 4 <= CONFIG_SIZE; i += 4)
		fprintf(report, " %08x", get(config, at + i));
	fprintf(report, "\n");
}

/* Only DVSECs: another of these capabilities is a serial number. */
static void config(FILE *report, const char *bdf)
{
	uint8_t config[CONFIG_SIZE] = {};
	uint32_t at = PCI_CFG_SPACE_SIZE, most = CONFIG_SIZE / 8;

	nvg_sysfs_config(bdf, 0, config, sizeof(config));
	fprintf(report, "\n== configuration space\nid %08x, class and revision %08x, subsystem %08x\n",
		get(config, PCI_VENDOR_ID), get(config, PCI_CLASS_REVISION),
		get(config, PCI_SUBSYSTEM_VENDOR_ID));
	while (at >= PCI_CFG_SPACE_SIZE && at < CONFIG_SIZE - 8 && most--) {
		if (PCI_EXT_CAP_ID(get(config, at)) == PCI_EXT_CAP_ID_DVSEC)
			dvsec(report, config, at);
		at = PCI_EXT_CAP_NEXT(get(config, at));
	}
}

void facts_write(FILE *report, const char *bdf)
{
	machine(report);
	gpu(report, bdf);
	config(report, bdf);
}
