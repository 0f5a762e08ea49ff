// SPDX-License-Identifier: GPL-2.0-only
/* Does libvirt find the driver, give the GPU to a guest, and take it back, by itself? */
#include <string.h>
#include <unistd.h>

#include "handover.h"

#define CONSOLE	"/var/log/libvirt/qemu/grace.serial"
#define SOCKET	"/run/libvirt/libvirt-sock"
/* There while the domain runs. */
#define PID	"/run/libvirt/qemu/grace.pid"
#define COMMAND_LINE	"/proc/$(cat " PID ")/cmdline"

/* Does a shell's command print that? */
#define SAYS(word, line) (!COMMAND("sh", "-c", line " | grep -F -- \"" word "\""))

static bool start_daemons(void)
{
	if (COMMAND("virtlogd", "-d") || COMMAND("libvirtd", "-d"))
		return false;
	for (int i = 0; i < 60 && access(SOCKET, F_OK); i++)
		sleep(1);
	return !access(SOCKET, F_OK);
}

static bool driver_is_ours(void)
{
	char driver[64];

	if (!binding_driver(GPU, driver, sizeof(driver)))
		return false;
	note("libvirt has bound " GPU " to %s", driver);
	return !strcmp(driver, DRIVER);
}

/*
 * What a guest needs for the GPU only the driver knows: it is bound for so long. libvirt
 * asks QEMU what it can do, several times: its first command takes long here. What is
 * defined for the second time has all it needs.
 */
static bool define_domain(const char *xml)
{
	return !COMMAND("virsh", "-q", "define", xml) &&
	       !COMMAND("/payload/nvgrace", "bind", GPU) &&
	       !COMMAND("/payload/nvgrace", "libvirt", "--define", "grace", GPU) &&
	       SAYS("has already all", "/payload/nvgrace libvirt --define grace " GPU) &&
	       !COMMAND("/payload/nvgrace", "unbind", GPU) && machine_unload_driver();
}

/* What libvirt has of it, and starts QEMU with. */
static bool is_native(void)
{
	return SAYS("<acpi nodeset='2-9'/>", "virsh dumpxml --inactive grace") &&
	       SAYS("<ras state='on'/>", "virsh dumpxml --inactive grace") &&
	       !SAYS("qemu:commandline", "virsh dumpxml --inactive grace");
}

/* 256 GiB, which the domain has, are not enough. libvirt writes KiB. */
static bool has_window(void)
{
	return SAYS("highmem-mmio-size=536870912K", "tr '\\0,' '\\n\\n' <" COMMAND_LINE);
}

static void start(const char *xml, struct given *before)
{
	claim(machine_install_driver() && machine_prepare() && start_daemons(),
	      "libvirtd_starts");
	claim(define_domain(xml) && given_back(GPU, before),
	      "libvirt_takes_what_nvgrace_defines_and_the_driver_is_unloaded_again");
	claim(!COMMAND("virsh", "-q", "start", "grace"),
	      "libvirt_starts_a_guest_with_a_managed_gpu");
	claim(driver_is_ours(), "libvirt_picks_our_driver_by_its_aliases");
}

static void wait_for_guest(void)
{
	bool ended = guest_wait(PID);

	guest_repeat(CONSOLE);
	claim(ended && guest_said(CONSOLE, "PASS"),
	      "guest_of_libvirt_uses_the_bar");
}

void handover_libvirt(void)
{
	struct given before = given_now(GPU);

	claims_plan(7);
	start("/payload/domain.xml", &before);
	wait_for_guest();
	claim(guest_said(CONSOLE, "domains of 10de:2342: 1-8, nodes 1-8, none has memory"),
	      "guest_of_libvirt_has_eight_memoryless_nodes_tied_to_the_gpu");
	claim(given_back(GPU, &before), "libvirt_gives_the_gpu_back");
}

void handover_libvirt_next(void)
{
	struct given before = given_now(GPU);

	claims_plan(10);
	start("/payload/sockets.xml", &before);
	claim(is_native(), "libvirt_keeps_nodes_and_ras_in_its_own_words");
	claim(has_window(), "libvirt_gives_qemu_the_window_that_grew");
	wait_for_guest();
	claim(guest_said(CONSOLE, "domains of 10de:2342: 2-9, nodes 2-9, none has memory"),
	      "guest_of_libvirt_has_eight_memoryless_nodes_tied_to_the_gpu");
	claim(guest_said(CONSOLE, "distances from node 0: 10 40 254 254 254 254 254 254 254 254"),
	      "nodes_of_the_gpu_are_farther_than_the_other_socket");
	claim(given_back(GPU, &before), "libvirt_gives_the_gpu_back");
}
