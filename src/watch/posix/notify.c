/* SPDX-License-Identifier: MIT */
/* What systemd is told: the protocol of sd_notify(3), a datagram of lines. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "watch/state.h"

static void R2_PRINTF(1, 2) say(const char *fmt, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[400];
	va_list args;
	size_t n;
	int fd;

	if (!path || (path[0] != '/' && path[0] != '@') || !path[1])
		return;
	n = strlen(path);
	if (n >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, n);
	if (path[0] == '@')
		address.sun_path[0] = '\0'; /* an abstract name */
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
		     (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

static void on_watchdog(uv_timer_t *timer)
{
	const struct watch *watch = timer->data;
	size_t up = 0;

	r2_each (struct peer *, at, &watch->peers)
		up += r2_gateway_is_up(&(*at)->gateway);
	say("WATCHDOG=1\nSTATUS=%zu of %zu gateways up, %zu routes, %zu waiting", up,
	    watch->peers.n, watch->kept.routes, watch->waiting.n);
}

void notify_begin(struct watch *watch)
{
	const char *text = getenv("WATCHDOG_USEC");
	unsigned long long us = text ? strtoull(text, NULL, 10) : 0;
	uint64_t every = us ? (uint64_t)us / 2000 : 10000;

	uv_timer_init(&watch->loop, &watch->watchdog);
	watch->watchdog.data = watch;
	if (getenv("NOTIFY_SOCKET"))
		uv_timer_start(&watch->watchdog, on_watchdog, every ? every : 1, every ? every : 1);
}

void notify_ready(struct watch *watch)
{
	say("READY=1\nSTATUS=watching %zu gateways", watch->peers.n);
}

void notify_reloading(struct watch *watch)
{
	(void)watch;
	say("RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)watch_now());
}

void notify_reloaded(struct watch *watch)
{
	(void)watch;
	say("READY=1");
}

void notify_stopping(struct watch *watch)
{
	(void)watch;
	say("STOPPING=1");
}
