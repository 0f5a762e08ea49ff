// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a line on the control socket ask for, and what is the answer?
 *
 * {"get": KEY or [KEY…] or true} reads, {"set": {KEY: VALUE…}} turns knobs: all of
 * them or, when one is wrong, none. README.md lists the keys.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bar0.h"
#include "config.h"
#include "control.h"
#include "irq.h"
#include "keys.h"
#include "train.h"

static bool add_value(struct emu *emu, struct json_object *values, struct json_object *name)
{
	const struct key *key = find_key(json_object_get_string(name));

	if (!key || !key->get)
		return false;
	json_object_object_add(values, key->name, key->get(emu));
	return true;
}

static const char *do_get(struct emu *emu, struct json_object *what, struct json_object *values)
{
	if (json_object_is_type(what, json_type_boolean)) {
		for (size_t i = 0; i < nr_keys; i++)
			if (keys[i].get)
				json_object_object_add(values, keys[i].name, keys[i].get(emu));
		return NULL;
	}
	if (!json_object_is_type(what, json_type_array))
		return add_value(emu, values, what) ? NULL : "no such key to get";
	for (size_t i = 0; i < json_object_array_length(what); i++)
		if (!add_value(emu, values, json_object_array_get_idx(what, i)))
			return "no such key to get";
	return NULL;
}

static void apply(struct emu *emu, const struct change *change)
{
	emu->knob = change->knob;
	config_apply_knobs(emu);
	if (change->gone_ms != UNSET)
		knobs_set_gone(emu, change->gone_ms);
	if (change->vector != UNSET)
		irq_fire(emu, change->vector);
}

static const char *do_set(struct emu *emu, struct json_object *what, struct json_object *values)
{
	struct change change = { emu->knob, UNSET, UNSET };

	if (!json_object_is_type(what, json_type_object))
		return "set wants an object";
	json_object_object_foreach(what, name, val) {
		const struct key *key = find_key(name);

		if (!key || !key->set)
			return "no such key to set";
		if (!key->set(&change, val))
			return "value out of range";
	}
	apply(emu, &change);
	json_object_object_foreach(what, done, ignored) {
		const struct key *key = find_key(done);

		(void)ignored;
		if (key->get)
			json_object_object_add(values, key->name, key->get(emu));
	}
	return NULL;
}

static const char *execute(struct emu *emu, struct json_object *obj, struct json_object *values)
{
	struct json_object *what;

	if (!json_object_is_type(obj, json_type_object) || json_object_object_length(obj) != 1)
		return "a line is {\"get\": …} or {\"set\": {…}}";
	train_work(emu);
	if (json_object_object_get_ex(obj, "get", &what))
		return do_get(emu, what, values);
	if (json_object_object_get_ex(obj, "set", &what))
		return do_set(emu, what, values);
	return "a line is {\"get\": …} or {\"set\": {…}}";
}

static struct json_object *parse(const char *line, size_t len)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *obj;

	obj = json_tokener_parse_ex(tok, line, len);
	if (json_tokener_get_error(tok) != json_tokener_success) {
		json_object_put(obj);
		obj = NULL;
	}
	json_tokener_free(tok);
	return obj;
}

/* Returns the answer with its newline; the caller frees it. */
char *command_line(struct emu *emu, const char *line, size_t len)
{
	struct json_object *answer = json_object_new_object();
	struct json_object *values = json_object_new_object();
	struct json_object *obj = parse(line, len);
	const char *error = execute(emu, obj, values);
	char *text;

	json_object_object_add(answer, "ok", json_object_new_boolean(!error));
	if (error) {
		json_object_object_add(answer, "error", json_object_new_string(error));
		json_object_put(values);
	} else {
		json_object_object_add(answer, "values", values);
	}
	if (asprintf(&text, "%s\n",
		     json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN)) < 0)
		abort();
	json_object_put(answer);
	json_object_put(obj);
	return text;
}
