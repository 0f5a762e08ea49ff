// SPDX-License-Identifier: GPL-2.0-only
/* How are verdicts shown? */
#include <stdio.h>

#include "findings.h"
#include "print.h"

static const char * const heads[] = { "RESULT", "WHERE", "CHECK", "WHY; WHAT TO DO", NULL };

void findings_table(const struct findings *findings)
{
	struct table table = { .heads = heads };

	for (size_t i = 0; i < findings->nr; i++) {
		const struct finding *one = &findings->one[i];
		char **row = table_row(&table);

		row[0] = text("%s", verdict_names[one->verdict]);
		row[1] = text("%s", *one->where ? one->where : "host");
		row[2] = text("%s", one->check);
		row[3] = text("%s%s%s", one->why, *one->todo ? "; " : "",
			      one->todo);
	}
	table_print(&table);
	table_free(&table);
}

void findings_json(const struct findings *findings)
{
	struct json_object *all = json_object_new_array();
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < findings->nr; i++) {
		const struct finding *one = &findings->one[i];
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "bdf", json_text(one->where));
		json_object_object_add(item, "check", json_text(one->check));
		json_object_object_add(item, "result",
				       json_text(verdict_names[one->verdict]));
		json_object_object_add(item, "why", json_text(one->why));
		json_object_object_add(item, "todo", json_text(one->todo));
		json_object_array_add(all, item);
	}
	json_object_object_add(object, "fit",
			       json_object_new_boolean(findings_worst(findings) != FAIL));
	json_object_object_add(object, "findings", all);
	json_print(object, false);
}
