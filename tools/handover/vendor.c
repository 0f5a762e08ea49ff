// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does NVIDIA's own driver, in a guest of nvgrace qemu, find the memory where the
 * layout has it, and nothing else in its place?
 *
 * The guest has NVIDIA's open kernel module as Debian packages it; tools/vm/vendor-module
 * makes it. Where that cannot be had, /payload/why-no-vendor says why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handover.h"

#define CONSOLE		"/tmp/vendor.console"
#define LAYOUT		"/sys/module/" DRIVER "/parameters/layout"
#define UEFI		"if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd"
#define APPEND		"console=ttyAMA0 quiet panic=-1 cma_pernuma=0"
#define WHY_NOT		"/payload/why-no-vendor"

static const char * const finds_memory[] = {
	"memory_is_bar4", "reserved_memory_is_bar2", "nodes_are_those_of_the_arguments",
	"numa_status_names_one_of_them", NULL,
};

static const char * const finds_none[] = {
	"memory_is_one_bar2", "nodes_are_there_to_be_found", "coherent_link_is_not_found",
	"nothing_else_is_taken_for_memory", NULL,
};

static const char * const always[] = {
	"probe_is_not_called_before_the_iommu_has_its_driver",
	"it_ends_where_it_wants_its_firmware", "device_stays_bound", NULL,
};

static const struct {
	const char *bdf;
	const char *id;
	const char *layout;
	const char *finds;
	const char * const *says;
} guests[] = {
	{ GPU, "2342", "split", "memory", finds_memory },
	{ SECOND_GPU, "2348", "split", "memory", finds_memory },
	{ GPU, "2342", "bar2", "none", finds_none },
};

#define CLAIMS_PER_GUEST	8	/* its start, three that hold always, four of its layout */

static bool bind(const char *bdf, const char *layout)
{
	return !file_write(LAYOUT, layout) && !binding_change(bdf, DRIVER);
}

static unsigned int count(const char *text, const char *word)
{
	unsigned int times = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		times++;
	}
	return times;
}

/* What nvgrace prints for the version in /payload/vendor-version, as a person would paste it. */
static char *arguments_for(const char *bdf)
{
	char version[32] = "", call[160], *arguments;

	file_read("/payload/vendor-version", version, sizeof(version));
	snprintf(call, sizeof(call), "/payload/nvgrace qemu --memory 384M --cpus 1 --guest-driver %s %s",
		 version, bdf);
	arguments = shell(call);
	if (arguments)
		arguments[strlen(arguments) - 1] = '\0';
	return arguments;
}

/* The arguments, after what any guest has. */
static bool run_guest(const char *bdf, const char *finds)
{
	char *arguments = arguments_for(bdf), *line = NULL;
	double start = seconds();
	int failed = 1;

	if (arguments && asprintf(&line, "exec qemu-system-aarch64 \"$@\" -append '" APPEND
				  " NVGRACE_FINDS=%s NVGRACE_NODES=%u' %s", finds,
				  count(arguments, "acpi-generic-initiator,"), arguments) > 0)
		failed = COMMAND("sh", "-c", line, "sh", "-nodefaults", "-no-reboot",
				 "-display", "none", "-serial", "file:" CONSOLE,
				 "-device", "virtio-iommu-pci,boot-bypass=off", "-drive", UEFI,
				 "-kernel", "/payload/vendor-kernel", "-initrd", "/payload/vendor.cpio");
	note("%s", line ?: "nvgrace qemu has failed");
	note("the guest ran for %.1f s", seconds() - start);
	free(line);
	free(arguments);
	return !failed;
}

static void claim_said(size_t guest, const char * const *names)
{
	char line[96], name[128];

	for (; *names; names++) {
		snprintf(line, sizeof(line), "ok %s", *names);
		snprintf(name, sizeof(name), "I22_%s_%s_%s", guests[guest].id,
			 guests[guest].layout, *names);
		claim(guest_said(CONSOLE, line), name);
	}
}

static void hand_over(size_t guest)
{
	char name[96];
	bool ran;

	unlink(CONSOLE);
	snprintf(name, sizeof(name), "I22_%s_%s_guest_runs_to_its_end", guests[guest].id,
		 guests[guest].layout);
	ran = bind(guests[guest].bdf, guests[guest].layout) &&
	      run_guest(guests[guest].bdf, guests[guest].finds);
	guest_repeat(CONSOLE);
	claim(ran && guest_said(CONSOLE, "PASS"), name);
	claim_said(guest, guests[guest].says);
	claim_said(guest, always);
}

void handover_vendor(void)
{
	char why[256];

	if (!file_read(WHY_NOT, why, sizeof(why))) {
		claims_plan(1);
		printf("ok 1 I22_nvidias_driver_finds_the_memory # SKIP %s\n", why);
		return;
	}
	claims_plan(1 + ARRAY_SIZE(guests) * CLAIMS_PER_GUEST);
	claim(machine_install_driver() && machine_prepare() && !COMMAND("modprobe", DRIVER),
	      "driver_is_installed_and_loaded");
	for (size_t i = 0; i < ARRAY_SIZE(guests); i++)
		hand_over(i);
}
