// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a domain of libvirt's get its GPUs?
 *
 * libvirt drops what it does not know without a word. So a domain is read back:
 * whatever is missing in it then was dropped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "define.h"
#include "domain.h"
#include "print.h"
#include "virsh.h"

/* What became of a domain. */
struct outcome {
	bool defined;		/* libvirt has another one than before */
	bool good;		/* which has all that was asked for */
	char *why;		/* why not, to be freed; NULL: that has been said */
};

/* Another GPU's window and nodes count too: none may be at their cost. */
void take_gpus_of(struct call *call, xmlDoc *doc)
{
	struct gpus *others = &call->others;

	for (size_t i = 0; i < others->nr;) {
		if (!domain_names(doc, others->one[i].bdf)) {
			i++;
			continue;
		}
		call->gpus.one[call->gpus.nr++] = others->one[i];
		others->nr--;
		memmove(&others->one[i], &others->one[i + 1],
			(others->nr - i) * sizeof(*others->one));
	}
}

static struct edit edit_for(const struct call *call, enum dialect dialect)
{
	return (struct edit){
		.dialect = dialect,
		.iommufd = call->guest.iommufd,
		.swaps_address = call->guest.swaps_address,
	};
}

/* What the domain lacks, and the domain with it; NULL: edit->why. */
static char *complete(struct call *call, const char *xml, struct edit *edit)
{
	xmlDoc *doc = domain_parse(xml);
	char *text = NULL;

	if (!doc) {
		refuse(edit, "virsh's answer is no domain: does virsh dumpxml show it?");
		return NULL;
	}
	domain_complete(doc, &call->gpus, edit);
	if (!edit->why)
		text = domain_text(doc);
	xmlFreeDoc(doc);
	return text;
}

static char *joined(const struct notes *notes)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	for (size_t i = 0; i < notes->nr; i++)
		fprintf(out, "%s%s", i ? ", " : "", notes->text[i]);
	fclose(out);
	return all;
}

/* What of it is not there any more, to be freed; NULL: nothing. */
static char *dropped(struct call *call, enum dialect dialect)
{
	struct edit edit = edit_for(call, dialect);
	char *kept = virsh_dump(call->define), *after, *lacks, *why = NULL;

	after = kept ? complete(call, kept, &edit) : NULL;
	if (!kept) {
		why = text("it cannot be read back, for the reason above");
	} else if (edit.why) {
		why = text("read back, %s", edit.why);
	} else if (edit.added.nr) {
		lacks = joined(&edit.added);
		why = text("this libvirt drops what it does not know: %s; a newer one is needed for that",
			   lacks);
		free(lacks);
	}
	notes_free(&edit.added);
	xmlFree(after);
	free(kept);
	return why;
}

/* Of what virsh says the last line has the reason. */
static char *virshs_reason(char *said)
{
	char *last = NULL, *why;

	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
		last = line;
	if (last && !strncmp(last, "error: ", 7))
		last += 7;
	why = text("libvirt refuses the domain with its GPUs: %s", last ?: "it does not say why");
	free(said);
	return why;
}

static struct outcome define_in(struct call *call, const char *before, enum dialect dialect)
{
	struct edit edit = edit_for(call, dialect);
	char *after = complete(call, before, &edit), *said = NULL;
	struct outcome outcome = {};

	if (!after) {
		outcome.why = strdup(edit.why);
	} else if (!edit.added.nr) {
		outcome.good = true;
	} else {
		said = virsh_define(after);
		outcome.defined = !said;
		outcome.why = said ? virshs_reason(said) : dropped(call, dialect);
		outcome.good = !outcome.why;
	}
	notes_free(&edit.added);
	xmlFree(after);
	return outcome;
}

/* First in words that a new libvirt knows, then in those that any knows. */
static struct outcome define_in_any(struct call *call, const char *before)
{
	struct outcome first = {}, last;

	if (!call->commandline) {
		first = define_in(call, before, NATIVE);
		if (first.good)
			return first;
	}
	free(first.why);
	last = define_in(call, before, COMMANDLINE);
	last.defined |= first.defined;
	return last;
}

#define NOT_TAKEN_BACK	"NOT as it was, and libvirt does not take it back: look at it with virsh edit"

static enum exit_code give_up(struct call *call, const char *before, struct outcome *outcome)
{
	char *said = outcome->defined ? virsh_define(before) : NULL;

	complain(call->define, "%s: %s; the domain is %s", call->verb, outcome->why,
		 said ? NOT_TAKEN_BACK : "as it was");
	free(said);
	free(outcome->why);
	return FAILED;
}

static enum exit_code define(struct call *call, const char *before)
{
	struct outcome outcome = define_in_any(call, before);

	if (!outcome.good)
		return give_up(call, before, &outcome);
	printf("%s: %s %zu GPU%s\n", call->define,
	       outcome.defined ? "defined with" : "has already all that is needed for",
	       call->gpus.nr, call->gpus.nr > 1 ? "s" : "");
	return DONE;
}

enum exit_code define_with_gpus(struct call *call)
{
	enum exit_code code = need_names(call);
	char *before;
	xmlDoc *doc;

	if (code != DONE)
		return code;
	before = virsh_dump(call->define);
	if (!before) {
		complain(call->define, "%s: virsh dumpxml failed, for the reason above",
			 call->verb);
		return FAILED;
	}
	doc = domain_parse(before);
	if (doc)
		take_gpus_of(call, doc);
	xmlFreeDoc(doc);
	code = look_for_obstacles(call);
	if (code == DONE)
		code = define(call, before);
	free(before);
	return code;
}
