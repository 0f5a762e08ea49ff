// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which claims about the emulated GPU are checked?
 *
 * Usage: nvgrace-emu-test SERVER-BINARY [GLOB]; GLOB chooses claims. TAP on standard output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

#define MAX_TESTS	256

static const struct table * const tables[] = {
	&options_tests, &protocol_tests, &config_tests, &bar0_tests, &reset_tests,
	&gone_tests, &irq_tests,
	&dma_tests, &engine_tests, &control_tests, &aer_tests, &cxl_tests, &garbage_tests,
};

/* Where somebody traces us, leaks cannot be looked for: who starts us has the last word. */
static void set_asan_options(void)
{
	const char *callers = getenv("ASAN_OPTIONS");
	char options[256];

	snprintf(options, sizeof(options), "detect_leaks=1:exitcode=99:%s", callers ? callers : "");
	setenv("ASAN_OPTIONS", options, 1);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[MAX_TESTS];
	size_t nr = 0;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: %s SERVER-BINARY [GLOB-OF-CLAIMS]\n", argv[0]);
		return 2;
	}
	server_binary = argv[1];
	set_asan_options();
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		memcpy(&tests[nr], tables[i]->tests, tables[i]->nr * sizeof(*tests));
		nr += tables[i]->nr;
	}
	if (argc == 3)
		cmocka_set_test_filter(argv[2]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return _cmocka_run_group_tests("nvgrace-emu", tests, nr, NULL, NULL) ? 1 : 0;
}
