// SPDX-License-Identifier: GPL-2.0-only
/* What does `nvgrace list` answer? */
#include "call.h"
#include "print.h"

enum exit_code verb_list(struct call *call)
{
	enum exit_code code = DONE;

	if (call->json)
		list_json(&call->gpus);
	else
		list_table(&call->gpus);
	for (size_t i = 0; i < call->gpus.nr; i++) {
		if (call->gpus.one[i].problems.nr)
			code = FAILED;
	}
	return code;
}
