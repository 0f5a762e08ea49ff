// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a command under proot see files, end and get signals as it does without?
 *
 * usage: under_proot PROOT OPTION... under_proot --inside CMD ARG...
 *
 * The second under_proot is started by proot, as the first program that it traces, and starts CMD.
 * It tells the first one CMD's process id and how it ended: proot itself ignores signals, and its
 * exit code is that of whichever process ended last.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_OF(array) (sizeof(array) / sizeof(*(array)))

/* As the scripts: we failed, not the command. */
#define WE_FAILED 125
/* As a shell: it was not there. */
#define NOT_FOUND 127
/* The environment variable with the descriptor that the second tells the first through. */
#define REPORT "NVGRACE_UNDER_PROOT"

/*
 * All calls that take a path and that proot 5.1 does not know: it lets them pass, and they see the
 * container's own root. The C library and programs do with older calls where the kernel has none of
 * these.
 */
static const unsigned int unknown_to_proot[] = {
	/* stat() of coreutils and python, access() of shells, open() of a few: on every path */
	__NR_statx, __NR_faccessat2, __NR_openat2,
	/* mv, ln and install -b; chmod -h */
	__NR_renameat2, __NR_fchmodat2,
	/* fexecve(); with a path, too */
	__NR_execveat,
	/* no path, but proot does not see there that threads share their working directory */
	__NR_clone3,
	/* extended attributes and inode flags by path: cp -a, tar, lsattr */
	__NR_setxattrat, __NR_getxattrat, __NR_listxattrat, __NR_removexattrat,
	__NR_file_getattr, __NR_file_setattr,
	/* nobody may mount here, but some of these open a path without that */
	__NR_open_tree, __NR_open_tree_attr, __NR_move_mount, __NR_fspick, __NR_mount_setattr,
};

/*
 * What proot translates: paths and names of sockets. Not brk(), which it can do, too: the heap that
 * it makes up is now and then that of the process which spawned this one; the kernel's is right.
 */
static const unsigned int known_to_proot[] = {
	__NR_acct, __NR_bind, __NR_chdir, __NR_chroot, __NR_connect, __NR_accept, __NR_accept4,
	__NR_execve, __NR_faccessat, __NR_fchdir, __NR_fchmodat, __NR_fchownat, __NR_getcwd,
	__NR_getpeername, __NR_getsockname, __NR_getxattr, __NR_inotify_add_watch,
	__NR_lgetxattr, __NR_linkat, __NR_listxattr, __NR_llistxattr, __NR_lremovexattr,
	__NR_lsetxattr, __NR_mkdirat, __NR_mknodat, __NR_mount, __NR_name_to_handle_at,
	__NR_newfstatat, __NR_openat, __NR_pivot_root, __NR_readlinkat, __NR_removexattr,
	__NR_renameat, __NR_setxattr, __NR_statfs, __NR_swapoff, __NR_swapon, __NR_symlinkat,
	__NR_truncate, __NR_umount2, __NR_unlinkat, __NR_utimensat, __NR_ptrace,
#ifdef __NR_open	/* arm64 has none of them */
	__NR_access, __NR_chmod, __NR_chown, __NR_creat, __NR_futimesat, __NR_lchown,
	__NR_link, __NR_lstat, __NR_mkdir, __NR_mknod, __NR_open, __NR_readlink, __NR_rename,
	__NR_rmdir, __NR_stat, __NR_symlink, __NR_unlink, __NR_uselib, __NR_utime, __NR_utimes,
#endif
};

static pid_t command;	/* whom signals are for; set before there is a handler */

static void die(const char *what)
{
	fprintf(stderr, "under_proot: %s: %s\n", what, strerror(errno));
	exit(WE_FAILED);
}

/* answer: what the kernel does from now on for these calls of ours and of all that we start. */
static void answer(const unsigned int *calls, unsigned char nr, unsigned int action)
{
	struct sock_filter filter[256];
	struct sock_fprog program = { nr + 3, filter };

	filter[0] = (struct sock_filter){
		.code = BPF_LD | BPF_W | BPF_ABS, .k = offsetof(struct seccomp_data, nr)
	};
	for (unsigned char i = 0; i < nr; i++)
		filter[1 + i] = (struct sock_filter){
			BPF_JMP | BPF_JEQ | BPF_K, nr - i, 0, calls[i]
		};
	filter[nr + 1] = (struct sock_filter){ .code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW };
	filter[nr + 2] = (struct sock_filter){ .code = BPF_RET | BPF_K, .k = action };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("no_new_privs");
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		die("no seccomp filter, which proot is useless without");
}

/* What a terminal sends reaches the command without us: its process group is ours. */
static void pass_on(int number, siginfo_t *info, void *context)
{
	int error = errno;

	(void)context;
	if (info->si_code <= 0)
		kill(command, number);
	errno = error;
}

static void pass_signals_on(void)
{
	struct sigaction action = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART };
	static const int passed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < N_OF(passed); i++)
		sigaction(passed[i], &action, NULL);
}

static int told(int report)
{
	int value;

	if (read(report, &value, sizeof(value)) != sizeof(value)) {
		fprintf(stderr,
			"under_proot: proot ended before its command; the reason may stand above: may ptrace(2) be used here?\n");
		exit(WE_FAILED);
	}
	return value;
}

static void tell(int report, int value)
{
	if (write(report, &value, sizeof(value)) != sizeof(value))
		die("cannot tell how the command ended");
}

/* As a shell says it. */
static int exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int outside(char **proot)
{
	int report[2], status;
	char number[16];
	pid_t pid;

	answer(unknown_to_proot, N_OF(unknown_to_proot), SECCOMP_RET_ERRNO | ENOSYS);
	if (pipe(report))
		die("pipe");
	snprintf(number, sizeof(number), "%d", report[1]);
	setenv(REPORT, number, 1);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(report[0]);
		/* It ends all that it traces: nothing is left behind by us when we are killed. */
		prctl(PR_SET_PDEATHSIG, SIGQUIT);
		execv(proot[0], proot);
		die(proot[0]);
	}
	close(report[1]);
	command = told(report[0]);
	pass_signals_on();
	status = told(report[0]);
	/* What the command left running may still have something to say. */
	waitpid(pid, NULL, 0);
	return exit_code(status);
}

static int inside(char **cmd)
{
	int report, status;
	sigset_t all, before;
	pid_t pid;

	if (!getenv(REPORT))
		exit(WE_FAILED);
	report = atoi(getenv(REPORT));
	unsetenv(REPORT);
	/* For proot_stops.c. From here on: who is not traced by proot cannot make these calls. */
	answer(known_to_proot, N_OF(known_to_proot), SECCOMP_RET_TRACE);
	/* A signal for the process group is the command's to answer. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		close(report);
		execvp(cmd[0], cmd);
		fprintf(stderr, "under_proot: %s: %s\n", cmd[0], strerror(errno));
		exit(NOT_FOUND);
	}
	tell(report, pid);
	waitpid(pid, &status, 0);
	tell(report, status);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "--inside"))
		return inside(argv + 2);
	if (argc < 2)
		return WE_FAILED;
	return outside(argv + 1);
}
