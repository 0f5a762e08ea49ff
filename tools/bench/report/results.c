// SPDX-License-Identifier: GPL-2.0-only
/*
 * What did the benchmark tell?
 *
 * A file of JSON objects, one after the other, or an array of them. They are
 * kept until the program ends.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ?
		       json_object_get_string(value) : NULL;
}

static uint64_t number_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ?
		       json_object_get_uint64(value) : 0;
}

/* False: this is no result. */
static bool take(struct results *r, struct json_object *object)
{
	struct result result = {
		.driver = text_of(object, "driver"),
		.row = text_of(object, "row"),
		.unit = text_of(object, "unit"),
		.aperture = number_of(object, "aperture_gib"),
		.value = number_of(object, "value"),
	};

	if (text_of(object, "kernel")) {
		r->kernel = text_of(object, "kernel");
		return true;
	}
	if (!result.driver || !result.row || !result.unit)
		return false;
	r->list = realloc(r->list, (r->nr + 1) * sizeof(*r->list));
	if (!r->list)
		abort();
	r->list[r->nr++] = result;
	return true;
}

static bool take_all(struct results *r, struct json_object *object)
{
	bool ok = true;

	if (!json_object_is_type(object, json_type_array))
		return take(r, object);
	for (size_t i = 0; i < json_object_array_length(object); i++)
		ok &= take(r, json_object_array_get_idx(object, i));
	return ok;
}

static int not_results(const char *path, const char *why)
{
	fprintf(stderr, "report: %s: %s; run make bench again\n", path, why);
	return -1;
}

/* Returns 0, or -1 with a line on standard error. */
int results_read(struct results *r, const char *path)
{
	struct json_object *object;
	struct json_tokener *tokener = json_tokener_new();
	FILE *file = fopen(path, "r");
	char text[4096];
	size_t len;

	memset(r, 0, sizeof(*r));
	if (!file)
		return not_results(path, "cannot be read");
	while ((len = fread(text, 1, sizeof(text), file)) > 0) {
		for (size_t at = 0; at < len;
		     at += json_tokener_get_parse_end(tokener)) {
			object = json_tokener_parse_ex(tokener, text + at, len - at);
			if (!object && json_tokener_get_error(tokener) != json_tokener_continue)
				return not_results(path, "is not JSON");
			if (object && !take_all(r, object))
				return not_results(path, "has an object that is no result");
		}
	}
	fclose(file);
	json_tokener_free(tokener);
	return r->nr ? 0 : not_results(path, "is empty");
}

/* The one with the largest aperture; NULL: it was not measured. */
const struct result *results_find(const struct results *r, const char *driver,
				  const char *row, const char *unit)
{
	const struct result *found = NULL;

	for (size_t i = 0; i < r->nr; i++) {
		const struct result *one = &r->list[i];

		if (!strcmp(one->driver, driver) && !strcmp(one->row, row) &&
		    !strcmp(one->unit, unit) &&
		    (!found || one->aperture > found->aperture))
			found = one;
	}
	return found;
}

/* As an array, a line for each, so that a difference shows what changed. */
void results_print(const struct results *r)
{
	printf("[\n{\"kernel\":\"%s\"}", r->kernel ?: "unknown");
	for (size_t i = 0; i < r->nr; i++) {
		const struct result *one = &r->list[i];

		printf(",\n{\"driver\":\"%s\",\"aperture_gib\":%u,\"row\":\"%s\",\"unit\":\"%s\",\"value\":%llu}",
		       one->driver, one->aperture, one->row, one->unit,
		       (unsigned long long)one->value);
	}
	printf("\n]\n");
}
