/* SPDX-License-Identifier: GPL-2.0-only */
/* What do all kselftest programs of this directory begin and end with? */
#ifndef NVGRACE_SELFTESTS_NVG_HARNESS_H
#define NVGRACE_SELFTESTS_NVG_HARNESS_H

#define TH_LOG_STREAM stdout
#include "kselftest_harness.h"

#include "nvg.h"

/* A GPU opened for each test; opener gives the reason to skip, if any. */
#define NVG_FIXTURE(name, opener)	NVG_FIXTURE_CLOSED_BY(name, opener, nvg_close)

#define NVG_FIXTURE_CLOSED_BY(name, opener, closer)			\
	FIXTURE(name) {							\
		struct nvg_gpu gpu;					\
	};								\
	FIXTURE_SETUP(name)						\
	{								\
		const char *why = opener(&self->gpu);			\
									\
		if (why)						\
			SKIP(return, "%s", why);			\
	}								\
	FIXTURE_TEARDOWN(name)						\
	{								\
		closer(&self->gpu);					\
	}

#define NVG_HARNESS_MAIN						\
	int main(int argc, char **argv)					\
	{								\
		nvg_args(argc, argv);					\
		setvbuf(stdout, NULL, _IOLBF, 0);			\
		return test_harness_run(argc, argv);			\
	}

#endif
