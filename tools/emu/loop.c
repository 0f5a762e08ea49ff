// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is served next?
 *
 * One thread. vfio-user clients come one after another: while one is connected
 * the next waits to be accepted. Control clients are served beside it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bar0.h"
#include "control.h"
#include "emu.h"
#include "train.h"
#include "wire.h"

#define NSEC_PER_SEC	1000000000ULL

enum { SIGNALS, LISTENER, CLIENT, CONTROL, FIRST_CTL, NR_FDS = FIRST_CTL + CONTROL_CLIENTS };

static void accept_client(struct emu *emu, struct conn **client, int listener)
{
	int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (sock < 0)
		return;
	*client = conn_new(sock);
	if (*client)
		emu->client = true;
	else
		close(sock);
}

static void drop_client(struct emu *emu, struct conn **client)
{
	conn_free(*client);
	*client = NULL;
	device_client_gone(emu);
}

/* Sleeps until there is something to do, or training ends. */
static int wait_for_work(const struct emu *emu, struct pollfd *fds)
{
	u64 deadline = train_deadline(emu), now = now_ns();
	u64 left = deadline > now ? deadline - now : 0;
	struct timespec ts = { left / NSEC_PER_SEC, left % NSEC_PER_SEC };

	return ppoll(fds, NR_FDS, deadline == TIME_NEVER ? NULL : &ts, NULL);
}

static void fill(struct pollfd *fds, const struct conn *client, int listener,
		 const struct control *ctl)
{
	fds[LISTENER].fd = client ? -1 : listener;
	fds[CLIENT].fd = client ? conn_fd(client) : -1;
	fds[CLIENT].events = client ? conn_events(client) : 0;
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		fds[FIRST_CTL + i].fd = ctl[i].fd;
}

static void serve(struct emu *emu, struct pollfd *fds, struct conn **client,
		  struct control *ctl)
{
	train_work(emu);
	fsp_work(emu);
	if (fds[CLIENT].revents && conn_work(emu, *client))
		drop_client(emu, client);
	if (fds[LISTENER].revents)
		accept_client(emu, client, fds[LISTENER].fd);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		if (fds[FIRST_CTL + i].revents)
			control_work(emu, &ctl[i]);
	if (fds[CONTROL].revents)
		control_accept(ctl, fds[CONTROL].fd);
}

static int signals_fd(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Returns when a signal asks for the end. @control is -1 without control socket. */
int loop_run(struct emu *emu, int listener, int control)
{
	struct control ctl[CONTROL_CLIENTS];
	struct pollfd fds[NR_FDS];
	struct conn *client = NULL;

	for (int i = 0; i < NR_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[SIGNALS].fd = signals_fd();
	fds[CONTROL].fd = control;
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		ctl[i].fd = -1;
	puts("nvgrace-emu: ready");
	fflush(stdout);
	do {
		fill(fds, client, listener, ctl);
		if (wait_for_work(emu, fds) < 0 && errno != EINTR) {
			note("cannot wait for clients: %s", strerror(errno));
			break;
		}
		serve(emu, fds, &client, ctl);
	} while (!fds[SIGNALS].revents);
	if (client)
		drop_client(emu, &client);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		control_close(&ctl[i]);
	close(fds[SIGNALS].fd);
	return fds[SIGNALS].revents ? 0 : 1;
}
