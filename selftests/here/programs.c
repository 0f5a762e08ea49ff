// SPDX-License-Identifier: GPL-2.0-only
/* Which programs are for a GPU that has to work afterwards, and how did they end? */
#include <stdlib.h>

#include "here.h"

/*
 * What only looks comes first, what binds again and again last,
 * and last of these what may leave another layout behind.
 */
static const char * const safe[] = {
	"./nvgrace_aperture_test", "./nvgrace_config_test", "./nvgrace_rw_test",
	"./nvgrace_mmap_test", "./nvgrace_dmabuf_test", "./nvgrace_uffd_test",
	"./nvgrace_signal_test", "./nvgrace_ready_test", "./nvgrace_wait_test",
	"./nvgrace_cxl_test", "./nvgrace_guest_test", "./nvgrace_power_test",
	"./nvgrace_sleep_test", "./nvgrace_parity_test", "./nvgrace_bind_test",
	"./nvgrace_discover_test", "./nvgrace_layout_test",
};

static const struct {
	const char *programs;
	const char *why;
} left_out[] = {
	{ "nvgrace_ras_test, nvgrace_retire_test, nvgrace_limit_test",
	  "they retire pages of the memory, for as long as the driver is loaded" },
	{ "nvgrace_firmware_test, nvgrace_vmm_test, nvgrace_told_test",
	  "they have firmware report memory errors" },
	{ "nvgrace_aer_test",
	  "it injects errors of the link into the port, which resets all below it" },
	{ "nvgrace_hotreset_test", "it resets the bus, and with it whatever else is there" },
	{ "nvgrace_pair_test, nvgrace_peer_test, nvgrace_neighbour_test",
	  "they take a second GPU, which nobody has named" },
	{ "nvgrace_failnth_test", "it makes allocations of this kernel fail" },
	{ "nvgrace_fuzz_test, nvgrace_stress_test",
	  "they reset and write registers at random, for which a real part was not asked" },
	{ "nvgrace_tenant_test",
	  "it changes how the part is reset, and what the driver does with all GPUs" },
	{ "nvgrace_layout_param_test", "it loads the driver again, which other GPUs may need" },
	{ "nvgrace_trace_test", "it empties the trace of this kernel, which may be somebody's" },
	{ "nvgrace_hidden_test", "it needs a part of which a knob changes a DVSEC" },
	{ "nvgrace_here_test", "it tests this program, in the emulated host" },
};

#define NR_SAFE	(sizeof(safe) / sizeof(*safe))

/* Nothing of it comes from whoever called us, but for how chance and doors are chosen. */
static void environment(void)
{
	setenv("NVGRACE_SILICON", "1", 1);
	unsetenv("NVGRACE_MODULE");
	unsetenv("NVGRACE_REFUSE");
	unsetenv("NVGRACE_RUIN_MEMORY");
	unsetenv("NVGRACE_EAGER_MAP");
	unsetenv("NVGRACE_MEM_BAR");
}

void programs_write(FILE *report, const char *bdf)
{
	char *argv[8 + NR_SAFE] = { "./runner", "-d", "none", "-s", "*", "-b",
				    (char *)bdf };
	int argc = 7, code;

	fprintf(report, "\n== left out\n");
	for (size_t i = 0; i < sizeof(left_out) / sizeof(*left_out); i++)
		fprintf(report, "%s: %s\n", left_out[i].programs, left_out[i].why);
	fprintf(report, "\n== tests, and what the kernel said meanwhile\n");
	fflush(report);
	for (size_t i = 0; i < NR_SAFE; i++)
		argv[argc++] = (char *)safe[i];
	environment();
	code = child_run(argv, fileno(report));
	if (child_stop)
		fprintf(report, "# ended before the end, as somebody asked for it\n");
	else if (code < 0 || code > 1)
		fprintf(report, "not ok - runner ends by itself\n");
}
