// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is proot kept from stopping a command twice at every system call?
 *
 * A library that is loaded into proot before its own. Debian's proot asks for a stop at each entry
 * to the kernel and at each exit. Once the seccomp filter of under_proot is there, which tells of
 * the calls that proot translates, proot gets stops for those only, and cannot tell the difference:
 * neither entry nor exit of any other call is shown to it.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define PID_MAX		(1 << 22)	/* the kernel's own limit */
#define SYSCALL_STOP	(SIGTRAP | 0x80)
#define SECCOMP_STOP	(SIGTRAP | PTRACE_EVENT_SECCOMP << 8)

static bool in_call[PID_MAX];	/* proot has seen the entry, and waits for the exit */
static bool options_set;	/* until then a system call's stop is a plain SIGTRAP */
static bool filtered;		/* the filter is there: it has told of a call */

static long raw_ptrace(long request, pid_t pid, void *addr, void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}

/* As the C library has it: what PTRACE_PEEK* read is the result; the kernel gives it elsewhere. */
long ptrace(enum __ptrace_request request, ...)
{
	void *addr, *data, *peeked = NULL;
	va_list args;
	pid_t pid;

	va_start(args, request);
	pid = va_arg(args, pid_t);
	addr = va_arg(args, void *);
	data = va_arg(args, void *);
	va_end(args);

	switch ((int)request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSER:
		return raw_ptrace(request, pid, addr, &peeked) < 0 ? -1 : (long)peeked;
	case PTRACE_SETOPTIONS:
		options_set = true;
		data = (void *)((long)data | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL);
		break;
	case PTRACE_SYSCALL:
		if (filtered && !in_call[pid])
			return raw_ptrace(PTRACE_CONT, pid, addr, data);
	}
	return raw_ptrace(request, pid, addr, data);
}

/* shown: is this stop for proot? It becomes one that proot knows. */
static bool shown(pid_t pid, int *status)
{
	int stop = *status >> 8;

	if (!WIFSTOPPED(*status)) {
		in_call[pid] = false;
	} else if (stop == SYSCALL_STOP || (stop == SIGTRAP && !options_set)) {
		in_call[pid] = !in_call[pid];
	} else if (stop == SECCOMP_STOP) {
		filtered = true;
		/* The filter has just been loaded, and the entry was shown without it. */
		if (in_call[pid]) {
			raw_ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
			return false;
		}
		in_call[pid] = true;
		*status = SYSCALL_STOP << 8 | (*status & 0xff);
	}
	return true;
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	int own = 0;
	pid_t done;

	do {
		done = syscall(SYS_wait4, pid, &own, options, NULL);
	} while (done > 0 && !shown(done, &own));
	if (status)
		*status = own;
	return done;
}
