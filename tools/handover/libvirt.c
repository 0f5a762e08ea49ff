// SPDX-License-Identifier: GPL-2.0-only
/* Does libvirt find the driver, give the GPU to a guest, and take it back, by itself? */
#include <string.h>
#include <unistd.h>

#include "handover.h"

#define CONSOLE	"/var/log/libvirt/qemu/grace.serial"
#define SOCKET	"/run/libvirt/libvirt-sock"
/* There while the domain runs. */
#define PID	"/run/libvirt/qemu/grace.pid"

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
 * asks QEMU what it can do, several times: its first command takes long here.
 */
static bool define_domain(void)
{
	return !COMMAND("virsh", "-q", "define", "/payload/domain.xml") &&
	       !COMMAND("/payload/nvgrace", "bind", GPU) &&
	       !COMMAND("/payload/nvgrace", "libvirt", "--define", "grace", GPU) &&
	       !COMMAND("/payload/nvgrace", "unbind", GPU) && machine_unload_driver();
}

void handover_libvirt(void)
{
	struct given before = given_now(GPU);
	bool ended;

	claims_plan(7);
	claim(machine_install_driver() && machine_prepare() && start_daemons(),
	      "libvirtd_starts");
	claim(define_domain() && given_back(GPU, &before),
	      "libvirt_takes_what_nvgrace_defines_and_the_driver_is_unloaded_again");
	claim(!COMMAND("virsh", "-q", "start", "grace"),
	      "libvirt_starts_a_guest_with_a_managed_gpu");
	claim(driver_is_ours(), "libvirt_picks_our_driver_by_its_aliases");
	ended = guest_wait(PID);
	guest_repeat(CONSOLE);
	claim(ended && guest_said(CONSOLE, "PASS"),
	      "guest_of_libvirt_uses_the_bar");
	claim(guest_said(CONSOLE, "domains of 10de:2342: 1-8, nodes 1-8, none has memory"),
	      "guest_of_libvirt_has_eight_memoryless_nodes_tied_to_the_gpu");
	claim(given_back(GPU, &before), "libvirt_gives_the_gpu_back");
}
