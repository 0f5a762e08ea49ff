// SPDX-License-Identifier: GPL-2.0-only
/* What does `nvgrace libvirt` answer? */
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "domain.h"
#include "print.h"
#include "virsh.h"

static char *to_text(xmlDoc *doc)
{
	xmlChar *text;
	int size;

	xmlDocDumpFormatMemory(doc, &text, &size, 1);
	return (char *)text;
}

/* Without the line that says it is XML. */
static void print_domain(xmlDoc *doc)
{
	char *text = to_text(doc), *start = text ? strchr(text, '\n') : NULL;

	if (start)
		fputs(start + 1, stdout);
	xmlFree(text);
}

static xmlDoc *parse(const char *xml)
{
	return xmlReadMemory(xml, strlen(xml), NULL, NULL,
			     XML_PARSE_NONET | XML_PARSE_NOBLANKS |
			     XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

/* The domain with the GPUs added, as text; NULL after a complaint. */
static char *with_gpus(struct call *call, const char *xml, enum dialect dialect)
{
	xmlDoc *doc = parse(xml);
	const char *why = "virsh's answer is no XML";
	char *text = NULL;

	if (doc)
		why = domain_add_gpus(doc, &call->gpus, &call->guest, dialect);
	if (why)
		complain(call->define, "%s: %s", call->verb, why);
	else
		text = to_text(doc);
	xmlFreeDoc(doc);
	return text;
}

/* Did libvirt take it all? What it said when not goes to *said. */
static bool define(struct call *call, const char *xml, char **said)
{
	char *kept;
	xmlDoc *doc;
	bool ok;

	*said = virsh_define(xml);
	if (*said)
		return false;
	kept = virsh_dump(call->define);
	doc = kept ? parse(kept) : NULL;
	ok = doc && domain_keeps_nodes(doc, &call->gpus);
	xmlFreeDoc(doc);
	free(kept);
	return ok;
}

static enum exit_code give_up(struct call *call, char *said)
{
	char *line = said ?: "libvirt dropped part of the domain";

	for (line = strtok(line, "\n"); line; line = strtok(NULL, "\n"))
		complain(call->define, "%s: %s", call->verb, line);
	return FAILED;
}

/* First in words that a new libvirt knows, then in those that any knows. */
static enum exit_code define_with_gpus(struct call *call)
{
	char *before = virsh_dump(call->define), *after, *said = NULL;
	enum exit_code code = FAILED;

	if (!before) {
		complain(call->define, "%s: virsh dumpxml failed, for the reason above",
			 call->verb);
		return FAILED;
	}
	after = with_gpus(call, before, NATIVE);
	if (after && define(call, after, &said)) {
		code = DONE;
	} else if (after) {
		xmlFree(after);
		free(said);
		after = with_gpus(call, before, COMMANDLINE);
		said = after ? virsh_define(after) : NULL;
		code = after && !said ? DONE : give_up(call, said);
		if (code == FAILED)
			free(virsh_define(before));
	}
	if (code == DONE)
		printf("%s: defined with %zu GPU%s\n", call->define,
		       call->gpus.nr, call->gpus.nr > 1 ? "s" : "");
	xmlFree(after);
	free(said);
	free(before);
	return code;
}

enum exit_code verb_libvirt(struct call *call)
{
	enum exit_code code = look_for_obstacles(call);
	xmlDoc *doc;

	if (code == DONE && call->define) {
		code = define_with_gpus(call);
	} else if (code == DONE) {
		doc = domain_new(&call->guest);
		domain_add_gpus(doc, &call->gpus, &call->guest, call->commandline ?
				COMMANDLINE : NATIVE);
		print_domain(doc);
		xmlFreeDoc(doc);
	}
	xmlCleanupParser();
	return code;
}
