// SPDX-License-Identifier: GPL-2.0-only
/* What does `nvgrace qemu` answer, and when can nothing be said of a guest? */
#include <string.h>

#include "call.h"
#include "print.h"

static void warn_of_layout(const struct call *call, const struct gpu *gpu)
{
	if (gpu->generation == HOPPER && !strcmp(gpu->memory.layout, "bar2"))
		complain(gpu->bdf, "%s: layout bar2: NVIDIA's driver finds no memory in the guest, any other user does; for that driver: nvgrace bind --layout split %s",
			 call->verb, gpu->bdf);
}

enum exit_code need_names(const struct call *call)
{
	if (call->named)
		return DONE;
	complain("", "%s: name the GPUs that the guest is to have: nvgrace list shows them",
		 call->verb);
	return USAGE;
}

/* A guest cannot be described with some of its GPUs. */
enum exit_code look_for_obstacles(const struct call *call)
{
	enum exit_code code = call->edit ? DONE : need_names(call);

	if (call->guest.swaps_address && call->gpus.nr &&
	    !guest_place(call->gpus.nr - 1)) {
		complain("", "%s: that driver finds the nodes of 16 GPUs at most: give the guest fewer, or a newer driver",
			 call->verb);
		return FAILED;
	}
	for (size_t i = 0; i < call->gpus.nr && code != USAGE; i++) {
		const char *why = guest_obstacle(&call->gpus.one[i],
						 call->guest.iommufd);

		if (!why) {
			warn_of_layout(call, &call->gpus.one[i]);
			continue;
		}
		complain(call->gpus.one[i].bdf, "%s: %s", call->verb, why);
		code = FAILED;
	}
	return code;
}

enum exit_code verb_qemu(struct call *call)
{
	enum exit_code code = look_for_obstacles(call);

	if (code == DONE)
		qemu_print(&call->gpus, &call->guest, call->json);
	return code;
}
