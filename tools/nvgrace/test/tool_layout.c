// SPDX-License-Identifier: GPL-2.0-only
/* Does a GPU get the layout that nvgrace was asked for, now and when the driver is loaded again? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define OPTIONS	"/etc/modprobe.d/nvgrace-gpu.conf"
#define SAVED	"/etc/modprobe.d/nvgrace-gpu-layout.conf"

static bool has_layout(const char *bdf, const char *layout)
{
	const char *now = attribute(bdf, "coherent_memory/layout");

	if (!strcmp(now, layout))
		return true;
	printf("# %s has layout '%s', not %s\n", bdf, now, layout);
	return false;
}

/* The first GPU has one, all others the other. */
static bool have_layouts(const char *first, const char *others)
{
	bool ok = has_layout(gpus[0], first);

	for (int i = 1; i < nr_gpus; i++)
		ok = has_layout(gpus[i], others) && ok;
	return ok;
}

/* As a boot does: modprobe, then what is bound by its override. */
static void load_again(void)
{
	int code;

	free(shell(&code, "rmmod " DRIVER " && modprobe " DRIVER));
	for (int i = 0; i < nr_gpus; i++)
		free(shell(&code, "echo %s >/sys/bus/pci/drivers_probe", gpus[i]));
}

/* The packages' file has split, nvgrace's own bar2 for the first GPU: modprobe hands over both. */
static void test_two_files(void)
{
	int code;

	free(shell(&code, "echo 'options " DRIVER " layout=split' >" OPTIONS));
	load_again();
	result(have_layouts("split", "split"), "file_of_modprobe_gives_all_a_layout",
	       "see above");
	result(says(0, "bound to", "bind --layout bar2 --persist %s", gpus[0]) &&
	       have_layouts("bar2", "split"), "layout_is_for_the_gpu_named",
	       "see above");
	load_again();
	result(have_layouts("bar2", "split"), "saved_layout_and_the_others_add_up",
	       "see above");
	result(says(0, "not bound", "unbind --persist %s", gpus[0]) &&
	       access(SAVED, F_OK) && says(0, "bound to", "bind --all"),
	       "unbind_takes_the_saved_layout_back", "see above");
	load_again();
	result(have_layouts("split", "split"), "nothing_is_left_of_it_after_a_boot",
	       "see above");
	unlink(OPTIONS);
}

void test_layout(void)
{
	result(says(0, "bound to", "bind --layout split %s", gpus[0]) &&
	       have_layouts("split", "bar2"), "bound_gpu_is_bound_again_for_a_layout",
	       "see above");
	test_two_files();
	result(says(0, "bound to", "bind --layout bar2 --all") &&
	       have_layouts("bar2", "bar2"), "all_gpus_get_a_layout", "see above");
}
