// SPDX-License-Identifier: GPL-2.0-only
/* Who opens and closes the GPU under those who use it? */
#include <stdlib.h>
#include <unistd.h>

#include "stress.h"

#define BATCH		50	/* operations on one file descriptor */

/* The open GPU that threads get their file descriptors of. */
static struct {
	pthread_mutex_t lock;
	struct nvg_gpu gpu;
	bool open;
	int users;
} session = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Closes its own file descriptor first: the last one is closed by any thread. */
bool session_once(struct worker *me)
{
	struct nvg_gpu gpu;
	const char *why;
	int users;

	beat(me, "opening");
	why = nvg_open_with_memory(&gpu);
	if (why) {	/* unbound, or being reset */
		nap(me, 50);
		return true;
	}
	run->opens++;
	pthread_mutex_lock(&session.lock);
	session.gpu = gpu;
	session.open = true;
	pthread_mutex_unlock(&session.lock);
	for (int i = roll(me, 20); i >= 0 && !stopped(); i--)
		nap(me, 100);
	beat(me, "closing");
	pthread_mutex_lock(&session.lock);
	session.open = false;
	pthread_mutex_unlock(&session.lock);
	nvg_close(&gpu);
	do {
		nvg_sleep_ms(2);
		pthread_mutex_lock(&session.lock);
		users = session.users;
		pthread_mutex_unlock(&session.lock);
	} while (users);
	return true;
}

/* A file descriptor of the session's GPU, if there is one. */
static bool join_session(struct worker *me)
{
	bool open;

	pthread_mutex_lock(&session.lock);
	open = session.open;
	if (open) {
		me->gpu = session.gpu;
		me->gpu.fd = dup(session.gpu.fd);
		session.users++;
	}
	pthread_mutex_unlock(&session.lock);
	return open;
}

static void leave_session(struct worker *me)
{
	beat(me, "closing");
	close(me->gpu.fd);
	pthread_mutex_lock(&session.lock);
	session.users--;
	pthread_mutex_unlock(&session.lock);
	beat(me, "closed");
}

void *work_in_sessions(void *arg)
{
	struct worker *me = arg;

	me->tid = gettid();
	me->buffer = malloc(BUFFER);
	__atomic_store_n(&me->startled, true, __ATOMIC_SEQ_CST);
	while (!stopped()) {
		if (!join_session(me)) {
			nap(me, 10);
			continue;
		}
		for (int i = 0; i < BATCH && session.open && !stopped(); i++)
			me->once(me);
		leave_session(me);
	}
	__atomic_store_n(&me->startled, false, __ATOMIC_SEQ_CST);
	free(me->buffer);
	return NULL;
}
