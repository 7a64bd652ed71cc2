/* SPDX-License-Identifier: MIT */
/* The service control manager hears from struct r2_watch_options, @begun, and when it ends. */
#include "watch/state.h"

void notify_begin(struct watch *watch)
{
	uv_timer_init(&watch->loop, &watch->watchdog);
}

void notify_ready(struct watch *watch)
{
	(void)watch;
}

void notify_reloading(struct watch *watch)
{
	(void)watch;
}

void notify_reloaded(struct watch *watch)
{
	(void)watch;
}

void notify_stopping(struct watch *watch)
{
	(void)watch;
}
