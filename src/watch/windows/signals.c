/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C, Ctrl-Break and a closed console end the watch. The service control manager speaks to a
 * thread of its own; what it says is handed on to the loop.
 */
#include <signal.h>

#include "watch/state.h"

static SRWLOCK lock = SRWLOCK_INIT;
static uv_async_t *running; /* the watch of this process */
static unsigned said;       /* enum r2_watch_call, a set */

static void on_signal(uv_signal_t *signal, int number)
{
	(void)number;
	watch_stop(signal->data);
}

static void on_told(uv_async_t *told)
{
	unsigned what;

	AcquireSRWLockExclusive(&lock);
	what = said;
	said = 0;
	ReleaseSRWLockExclusive(&lock);
	if (what & R2_WATCH_STOP)
		watch_stop(told->data);
	else if (what & R2_WATCH_RELOAD)
		watch_read_again(told->data);
}

void r2_watch_call(enum r2_watch_call what)
{
	AcquireSRWLockExclusive(&lock);
	said |= (unsigned)what;
	if (running)
		uv_async_send(running);
	ReleaseSRWLockExclusive(&lock);
}

void signals_begin(struct watch *watch)
{
	static const int numbers[] = {SIGINT, SIGBREAK, SIGHUP};

	for (size_t i = 0; i < 3; i++) {
		uv_signal_init(&watch->loop, &watch->signals[i]);
		watch->signals[i].data = watch;
		uv_signal_start(&watch->signals[i], on_signal, numbers[i]);
	}
	uv_async_init(&watch->loop, &watch->told, on_told);
	watch->told.data = watch;
	AcquireSRWLockExclusive(&lock);
	running = &watch->told;
	if (said) /* before we were ready to hear it */
		uv_async_send(running);
	ReleaseSRWLockExclusive(&lock);
}

void signals_end(struct watch *watch)
{
	(void)watch;
	AcquireSRWLockExclusive(&lock);
	running = NULL;
	ReleaseSRWLockExclusive(&lock);
}
