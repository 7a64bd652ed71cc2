/* SPDX-License-Identifier: MIT */
/*
 * The control pipe: a thread waits for those who ask, one after the other, and hands each request
 * to the loop, which never waits for it.
 */
#include <process.h>
#include <stdlib.h>

#include "os/windows/pipe.h"
#include "watch/state.h"

#define PATIENCE_MS 2000 /* a client that says or reads nothing keeps the others out no longer */

struct control {
	struct watch *watch;
	struct r2_pipe pipe;
	HANDLE thread, stop, answered;
	volatile LONG handed; /* @request is the loop's */
	char request[CONTROL_REQUEST];
	char *answer;
};

/* By the loop. The thread waits meanwhile. */
static void on_asked(uv_async_t *asked)
{
	struct watch *watch = asked->data;
	struct control *control = watch->control;

	if (!control || !InterlockedExchange(&control->handed, 0))
		return;
	control->answer = control_answer(watch, control->request);
	SetEvent(control->answered);
}

static bool ask_loop(struct control *control)
{
	HANDLE events[2] = {control->answered, control->stop};

	InterlockedExchange(&control->handed, 1);
	uv_async_send(&control->watch->asked);
	return WaitForMultipleObjects(2, events, FALSE, INFINITE) == WAIT_OBJECT_0;
}

static void serve_one(struct control *control)
{
	if (r2_pipe_line(&control->pipe, control->request, sizeof(control->request), PATIENCE_MS) &&
	    ask_loop(control) && control->answer &&
	    r2_pipe_say(&control->pipe, control->answer, PATIENCE_MS))
		r2_pipe_part(&control->pipe, PATIENCE_MS);
	else
		r2_pipe_part(&control->pipe, 0);
	free(control->answer);
	control->answer = NULL;
}

static unsigned __stdcall serve(void *arg)
{
	struct control *control = arg;

	while (WaitForSingleObject(control->stop, 0) != WAIT_OBJECT_0) {
		if (r2_pipe_accept(&control->pipe))
			serve_one(control);
	}
	return 0;
}

static void free_control(struct control *control)
{
	r2_pipe_close(&control->pipe);
	if (control->stop)
		CloseHandle(control->stop);
	if (control->answered)
		CloseHandle(control->answered);
	free(control);
}

bool control_open(struct watch *watch, struct r2_error *err)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return r2_error_set(err, R2_FAILED, "out of memory");
	control->watch = watch;
	control->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
	control->answered = CreateEventW(NULL, FALSE, FALSE, NULL);
	if (!r2_pipe_listen(control->stop, &control->pipe, err)) {
		free_control(control);
		return false;
	}
	uv_async_init(&watch->loop, &watch->asked, on_asked);
	watch->asked.data = watch;
	watch->control = control;
	control->thread = (HANDLE)_beginthreadex(NULL, 0, serve, control, 0, NULL);
	if (control->thread)
		return true;
	watch->control = NULL;
	free_control(control);
	return r2_error_set(err, R2_FAILED,
			    "there is no thread for the pipe that the watch is spoken to by");
}

void control_close(struct watch *watch)
{
	struct control *control = watch->control;

	if (!control)
		return;
	SetEvent(control->stop);
	WaitForSingleObject(control->thread, INFINITE);
	CloseHandle(control->thread);
	watch->control = NULL;
	free_control(control);
}
