// SPDX-License-Identifier: GPL-2.0-only
/* How are counters shown to somebody who watches? */
#include <inttypes.h>
#include <stdio.h>

#include "print.h"
#include "watch.h"

static const char * const heads[] = {
	"GPU", "READY", "RETIRED", "FAULTS PTE", "PMD", "PUD", "REFUSED",
	"READ", "WRITTEN", "RESETS", "WAITS", NULL
};

void watch_table(const struct gpus *gpus)
{
	struct table table = { .heads = heads };

	for (size_t i = 0; i < gpus->nr; i++) {
		const struct gpu *gpu = &gpus->one[i];
		char **row = table_row(&table);

		row[0] = text("%s", gpu->bdf);
		row[1] = text("%s", gpu->memory.ready);
		if (gpu->memory.retired_known)
			row[2] = text("%zu", gpu->memory.nr_retired);
		for (size_t n = 0; n < NR_COUNTERS; n++) {
			const struct number *counter = &gpu->counters[n];

			if (!counter->known)
				continue;
			row[3 + n] = n == BYTES_READ || n == BYTES_WRITTEN ?
				size_text(counter->value) :
				text("%" PRIu64, counter->value);
		}
	}
	table_print(&table);
	table_free(&table);
	fflush(stdout);
}

/* One object a line; @when in seconds since 1970. */
void watch_json(const struct gpu *gpu, double when)
{
	struct json_object *object = json_object_new_object();
	char seconds[32];

	snprintf(seconds, sizeof(seconds), "%.3f", when);
	json_object_object_add(object, "time",
			       json_object_new_double_s(when, seconds));
	json_object_object_add(object, "bdf", json_text(gpu->bdf));
	json_object_object_add(object, "ready", json_text(gpu->memory.ready));
	json_object_object_add(object, "retired_pages", gpu->memory.retired_known ?
			       json_object_new_uint64(gpu->memory.nr_retired) : NULL);
	for (size_t n = 0; n < NR_COUNTERS; n++)
		json_object_object_add(object, counter_names[n],
				       json_number(&gpu->counters[n]));
	json_print(object, true);
}
