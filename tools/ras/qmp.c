// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is QEMU told to have its firmware report an error?
 *
 * QEMU keeps one record at a time: while the host's kernel has not acknowledged
 * the one before, it refuses, and is asked again a moment later.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <json-c/json.h>

#include "ras.h"

#define TRIES		100
#define TRY_AGAIN_US	50000

static FILE *from_qemu;
static int to_qemu;
static char reason[512];

static const char *fail(const char *what, const char *why)
{
	snprintf(reason, sizeof(reason), "%s: %s", what, why);
	return reason;
}

static struct json_object *read_object(void)
{
	struct json_object *object = NULL;
	char *line = NULL;
	size_t room = 0;

	if (getline(&line, &room, from_qemu) > 0)
		object = json_tokener_parse(line);
	free(line);
	return object;
}

/* QEMU's next answer, which is no event; NULL: there will be none. */
static struct json_object *read_answer(void)
{
	struct json_object *object;

	while ((object = read_object())) {
		if (json_object_object_get_ex(object, "return", NULL) ||
		    json_object_object_get_ex(object, "error", NULL))
			return object;
		json_object_put(object);
	}
	return NULL;
}

static const char *why_refused(struct json_object *error)
{
	struct json_object *desc;

	if (!json_object_object_get_ex(error, "desc", &desc))
		return "no description";
	return json_object_get_string(desc);
}

/* Takes over the arguments, which may be NULL. */
static const char *execute(const char *command, struct json_object *arguments)
{
	struct json_object *request = json_object_new_object(), *answer, *error;
	const char *why = NULL;

	json_object_object_add(request, "execute", json_object_new_string(command));
	if (arguments)
		json_object_object_add(request, "arguments", arguments);
	dprintf(to_qemu, "%s\n", json_object_to_json_string(request));
	json_object_put(request);
	answer = read_answer();
	if (!answer)
		return fail(command, "QEMU does not answer: it has ended");
	if (json_object_object_get_ex(answer, "error", &error))
		why = fail(command, why_refused(error));
	json_object_put(answer);
	return why;
}

const char *qmp_start(int sock)
{
	struct json_object *greeting;

	to_qemu = sock;
	from_qemu = fdopen(sock, "r");
	greeting = from_qemu ? read_object() : NULL;
	if (!greeting)
		return fail("QMP", "QEMU does not greet");
	json_object_put(greeting);
	return execute("qmp_capabilities", NULL);
}

const char *qmp_inject(const char *cper)
{
	const char *why = NULL;

	for (int i = 0; i < TRIES; i++) {
		struct json_object *arguments = json_object_new_object();

		json_object_object_add(arguments, "cper", json_object_new_string(cper));
		why = execute("inject-ghes-v2-error", arguments);
		if (!why || !strstr(why, "acknowledge"))
			return why;
		usleep(TRY_AGAIN_US);
	}
	return why;
}
