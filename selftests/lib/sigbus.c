// SPDX-License-Identifier: GPL-2.0-only
/* Which SIGBUS comes, of which kind, and for which address? */
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>

#include "nvg.h"

volatile struct nvg_sigbus nvg_sigbus;

static sigjmp_buf escape;
static volatile sig_atomic_t guarded;

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	nvg_sigbus.hits++;
	nvg_sigbus.code = info->si_code;
	nvg_sigbus.at = (uintptr_t)info->si_addr;
	if (guarded)
		siglongjmp(escape, 1);
}

/* From now on: nothing has come yet. */
void nvg_watch_sigbus(void)
{
	struct sigaction action = {
		.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO,
	};

	sigaction(SIGBUS, &action, NULL);
	nvg_sigbus.hits = 0;
	nvg_sigbus.code = 0;
}

static int guard(volatile uint8_t *where, bool write)
{
	nvg_watch_sigbus();
	guarded = 1;
	if (!sigsetjmp(escape, 1)) {
		if (write)
			*where = 0x55;
		else
			(void)*where;
	}
	guarded = 0;
	return nvg_sigbus.code;
}

/* The si_code of the SIGBUS that reading a byte raises; 0: none. */
int nvg_peek_code(const volatile uint8_t *where)
{
	return guard((volatile uint8_t *)where, false);
}

/* The same of writing one. */
int nvg_poke_code(volatile uint8_t *where)
{
	return guard(where, true);
}

/* As a VMM does: it wants to know at once. */
void nvg_ask_for_early_kill(void)
{
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
}

/* Or two seconds, if none comes. */
void nvg_wait_for_sigbus(void)
{
	for (int i = 0; i < 100 && !nvg_sigbus.hits; i++)
		nvg_sleep_ms(20);
}
