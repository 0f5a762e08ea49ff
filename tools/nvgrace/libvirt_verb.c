// SPDX-License-Identifier: GPL-2.0-only
/* What does `nvgrace libvirt` answer? */
#include <errno.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "define.h"
#include "domain.h"
#include "print.h"

/* Without the line that says it is XML. */
static void print_domain(xmlDoc *doc)
{
	char *text = domain_text(doc), *start = text ? strchr(text, '\n') : NULL;

	if (start)
		fputs(start + 1, stdout);
	xmlFree(text);
}

static enum exit_code complete_and_print(struct call *call, xmlDoc *doc)
{
	struct edit edit = {
		.dialect = call->commandline ? COMMANDLINE : NATIVE,
		.iommufd = call->guest.iommufd,
		.swaps_address = call->guest.swaps_address,
	};

	domain_complete(doc, &call->gpus, &edit);
	notes_free(&edit.added);
	if (edit.why) {
		complain("", "%s: the domain: %s", call->verb, edit.why);
		return FAILED;
	}
	print_domain(doc);
	return DONE;
}

static enum exit_code print_new(struct call *call)
{
	enum exit_code code = look_for_obstacles(call);
	xmlDoc *doc;

	if (code != DONE)
		return code;
	doc = domain_new(&call->guest);
	code = complete_and_print(call, doc);
	xmlFreeDoc(doc);
	return code;
}

/* All of standard input, to be freed. */
static char *read_input(void)
{
	char *text = NULL;
	size_t room = 0;

	if (getdelim(&text, &room, '\0', stdin) > 0)
		return text;
	free(text);
	return NULL;
}

/* A domain without such a GPU needs nothing: hooks are called for all of them. */
static enum exit_code edit_input(struct call *call)
{
	char *text = read_input();
	xmlDoc *doc = text ? domain_parse(text) : NULL;
	enum exit_code code = FAILED;

	free(text);
	if (!doc) {
		complain("", "%s: standard input is no domain of libvirt's: give --edit what virsh dumpxml prints",
			 call->verb);
		return FAILED;
	}
	take_gpus_of(call, doc);
	if (!call->gpus.nr) {
		print_domain(doc);
		code = DONE;
	} else if (look_for_obstacles(call) == DONE) {
		code = complete_and_print(call, doc);
	}
	xmlFreeDoc(doc);
	return code;
}

enum exit_code verb_libvirt(struct call *call)
{
	enum exit_code code;

	if (call->edit)
		code = edit_input(call);
	else if (call->define)
		code = define_with_gpus(call);
	else
		code = print_new(call);
	xmlCleanupParser();
	return code;
}
