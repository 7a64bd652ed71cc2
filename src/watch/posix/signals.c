/* SPDX-License-Identifier: MIT */
/* Signals: SIGINT and SIGTERM end the watch, SIGHUP makes it read its file anew. */
#include <signal.h>

#include "watch/state.h"

static void on_signal(uv_signal_t *signal, int number)
{
	if (number == SIGHUP)
		watch_read_again(signal->data);
	else
		watch_stop(signal->data);
}

void signals_begin(struct watch *watch)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < 3; i++) {
		uv_signal_init(&watch->loop, &watch->signals[i]);
		watch->signals[i].data = watch;
		uv_signal_start(&watch->signals[i], on_signal, numbers[i]);
	}
}

void signals_end(struct watch *watch)
{
	(void)watch; /* as any handle of the loop */
}
