// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does the emulated GPU start and end?
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "emu.h"
#include "part.h"
#include "wire.h"

static struct emu emu;

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("nvgrace-emu: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int serve(const struct options *opt)
{
	int listener, control = -1, ret = 1;

	listener = listen_on(opt->socket);
	if (listener < 0)
		return 1;
	if (opt->control)
		control = listen_on(opt->control);
	if (!opt->control || control >= 0)
		ret = loop_run(&emu, listener, control);

	unlink(opt->socket);
	close(listener);
	if (control >= 0) {
		unlink(opt->control);
		close(control);
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct options opt;
	int ret;

	signal(SIGPIPE, SIG_IGN);
	if (options_parse(&opt, argc, argv))
		return 2;
	if (device_init(&emu, &opt))
		return 1;
	ret = serve(&opt);
	device_exit(&emu);
	return ret;
}
