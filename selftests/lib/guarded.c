// SPDX-License-Identifier: GPL-2.0-only
/* How does a copy of many bytes end when a load or store of it faults? */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>

#include "guarded.h"

static __thread sigjmp_buf escape;
static __thread volatile sig_atomic_t guarded;

static void on_fault(int sig)
{
	if (!guarded) {
		signal(sig, SIG_DFL);
		return;
	}
	siglongjmp(escape, sig);
}

#define COPY_BY(type)							\
	for (size_t i = 0; i < len / sizeof(type); i++)			\
		((volatile type *)to)[i] = ((const volatile type *)from)[i]

static void copy(volatile void *to, const volatile void *from, size_t len,
		 size_t width)
{
	switch (width) {
	case 8:
		COPY_BY(uint64_t);
		break;
	case 4:
		COPY_BY(uint32_t);
		break;
	case 2:
		COPY_BY(uint16_t);
		break;
	default:
		COPY_BY(uint8_t);
	}
}

int nvg_guarded_copy(volatile void *to, const volatile void *from, size_t len,
		     size_t width)
{
	struct sigaction action = { .sa_handler = on_fault };
	int sig;

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sig = sigsetjmp(escape, 1);
	if (!sig) {
		guarded = 1;
		copy(to, from, len, width);
	}
	guarded = 0;
	return sig;
}
