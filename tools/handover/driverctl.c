// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do driverctl and QEMU, called as nvgrace says, give two GPUs to one guest, and
 * are they back afterwards?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handover.h"

#define CONSOLE		"/tmp/guest.console"
#define UEFI		"if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd"
#define APPEND		"console=ttyAMA0 quiet panic=-1 NVGRACE_MEMORY=3221225472"
#define SAVED		"/etc/driverctl.d/pci-"

static bool bound_to(const char *bdf, const char *driver)
{
	char now[64] = "";

	if (!binding_driver(bdf, now, sizeof(now)))
		snprintf(now, sizeof(now), "none");
	if (!strcmp(now, driver))
		return true;
	note("%s has driver %s, wanted %s", bdf, now, driver);
	return false;
}

static bool set_override(const char *bdf)
{
	return !COMMAND("driverctl", "set-override", bdf, DRIVER) &&
	       bound_to(bdf, DRIVER);
}

/* Probing again, as it does by itself, is an error when no other driver takes the GPU. */
static bool unset_override(const char *bdf)
{
	return !COMMAND("driverctl", "--noprobe", "unset-override", bdf) && bound_to(bdf, "none");
}

/* A boot: the kernel has forgotten, driverctl@.service calls driverctl so. */
static bool load_override(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", GPU);
	if (file_write("/sys/bus/pci/drivers/" DRIVER "/unbind", GPU) ||
	    file_write(path, "\n"))
		return false;
	return !COMMAND("driverctl", "load-override", "pci/" GPU) &&
	       bound_to(GPU, DRIVER);
}

static bool save_forgotten(void)
{
	return access(SAVED GPU, F_OK) && access(SAVED SECOND_GPU, F_OK);
}

/* What nvgrace prints, pasted into a shell, with what any guest has beside it. */
static bool start_guest(void)
{
	char *arguments = shell("/payload/nvgrace qemu --memory 512M --cpus 1 " GPU " " SECOND_GPU);
	char *line = NULL;
	int failed = 1;

	if (arguments && asprintf(&line, "exec qemu-system-aarch64 %.*s \"$@\"",
				  (int)strlen(arguments) - 1, arguments) > 0)
		failed = COMMAND("sh", "-c", line, "sh", "-nodefaults", "-no-reboot",
				 "-display", "none", "-serial", "file:" CONSOLE,
				 "-drive", UEFI, "-kernel", "/payload/guest-kernel",
				 "-initrd", "/payload/handover.cpio", "-append", APPEND);
	note("%s", line ?: "nvgrace qemu has failed");
	free(line);
	free(arguments);
	return !failed;
}

/* A kernel whose CONFIG_NODES_SHIFT is 4, as Debian's, has no number for the 17th node. */
static bool second_has_nodes(void)
{
	return guest_said(CONSOLE, "domains of 10de:2345: 9-16, nodes 9-15, none has memory") ||
	       guest_said(CONSOLE, "domains of 10de:2345: 9-16, nodes 9-16, none has memory");
}

void handover_driverctl(void)
{
	struct given before = given_now(GPU), second = given_now(SECOND_GPU);
	bool ran;

	claims_plan(8);
	claim(machine_install_driver() && machine_prepare(),
	      "driver_is_installed_but_not_loaded");
	claim(set_override(GPU) && set_override(SECOND_GPU),
	      "driverctl_loads_the_driver_and_binds_two_gpus");
	claim(load_override(), "driverctl_binds_again_after_a_boot");
	ran = start_guest();
	guest_repeat(CONSOLE);
	claim(ran && guest_said(CONSOLE, "PASS"),
	      "guest_of_nvgrace_qemu_uses_the_bars_of_two_gpus");
	claim(guest_said(CONSOLE, "domains of 10de:2342: 1-8, nodes 1-8, none has memory"),
	      "guest_has_eight_memoryless_nodes_tied_to_the_first_gpu");
	claim(second_has_nodes(),
	      "guest_has_eight_memoryless_nodes_tied_to_the_second_gpu");
	claim(unset_override(GPU) && unset_override(SECOND_GPU) && save_forgotten(),
	      "driverctl_forgets_both");
	ran = given_back(GPU, &before);
	claim(given_back(SECOND_GPU, &second) && ran, "driverctl_gives_both_gpus_back");
}
