// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a line from the emulated host ask for, and what is the answer?
 *
 * {"address": N, "valid": false, "mask": N, "corrected": true}, each of them
 * optional, has a memory error reported. The answer is {"ok": true} once
 * firmware has it, else {"ok": false, "error": "why"}.
 */
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>

#include "ras.h"

static const char *take_key(struct memory_error *error, const char *key,
			    struct json_object *value)
{
	bool number = json_object_is_type(value, json_type_int);
	bool yes_or_no = json_object_is_type(value, json_type_boolean);

	if (!strcmp(key, "address") && number) {
		error->address = json_object_get_uint64(value);
	} else if (!strcmp(key, "mask") && number) {
		error->has_mask = true;
		error->mask = json_object_get_uint64(value);
	} else if (!strcmp(key, "valid") && yes_or_no) {
		error->valid = json_object_get_boolean(value);
	} else if (!strcmp(key, "corrected") && yes_or_no) {
		error->corrected = json_object_get_boolean(value);
	} else {
		return "keys are address, mask (numbers), valid, corrected (true or false)";
	}
	return NULL;
}

static const char *parse(const char *line, struct memory_error *error)
{
	struct json_object *object = json_tokener_parse(line);
	const char *why = NULL;

	if (!json_object_is_type(object, json_type_object))
		why = "a line is a JSON object";
	if (!why) {
		json_object_object_foreach(object, key, value) {
			why = why ?: take_key(error, key, value);
		}
	}
	json_object_put(object);
	return why;
}

const char *request_serve(const char *line)
{
	static struct json_object *answer;
	struct memory_error error = { .valid = true };
	const char *why = parse(line, &error);

	if (!why) {
		char *cper = cper_encode(&error);

		why = qmp_inject(cper);
		free(cper);
	}
	json_object_put(answer);
	answer = json_object_new_object();
	json_object_object_add(answer, "ok", json_object_new_boolean(!why));
	if (why)
		json_object_object_add(answer, "error", json_object_new_string(why));
	return json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN);
}
