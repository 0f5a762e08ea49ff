// SPDX-License-Identifier: GPL-2.0-only
/* What does `nvgrace check` answer? */
#include "bind.h"
#include "call.h"
#include "findings.h"
#include "print.h"

enum exit_code verb_check(struct call *call)
{
	struct findings findings = {};
	struct machine machine;
	enum verdict worst;

	machine_read(&call->host, &machine);
	check_host(&findings, &machine);
	for (size_t i = 0; i < call->gpus.nr; i++) {
		const struct gpu *gpu = &call->gpus.one[i];
		struct training training;

		training_read(&call->host, gpu, &training);
		check_gpu(&findings, gpu, &training,
			  driver_indexed(&call->host, gpu));
	}
	check_together(&findings, &machine, &call->gpus, call->on_host);
	if (call->json)
		findings_json(&findings);
	else
		findings_table(&findings);
	worst = findings_worst(&findings);
	findings_free(&findings);
	return worst == FAIL ? FAILED : DONE;
}
