// SPDX-License-Identifier: GPL-2.0-only
/* How do facts become JSON? Keys are stable; what is not known is null. */
#include <stdio.h>

#include "print.h"

struct json_object *json_text(const char *text)
{
	return text && *text ? json_object_new_string(text) : NULL;
}

struct json_object *json_number(const struct number *number)
{
	return number->known ? json_object_new_uint64(number->value) : NULL;
}

struct json_object *json_notes(const struct notes *notes)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < notes->nr; i++)
		json_object_array_add(all, json_object_new_string(notes->text[i]));
	return all;
}

/* Consumes the object. */
void json_print(struct json_object *object, bool one_line)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (!one_line)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	puts(json_object_to_json_string_ext(object, flags));
	fflush(stdout);
	json_object_put(object);
}
