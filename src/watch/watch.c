/* SPDX-License-Identifier: MIT */
/* The watch: begins, waits for what comes, ends. */
#include "watch/watch.h"

#include <stdlib.h>

#include "watch/state.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

uint64_t watch_now(void)
{
	return uv_hrtime() / 1000;
}

const char *watch_link_name(const struct watch *watch, uint32_t link)
{
	return r2_host_link_name(&watch->host, link);
}

/* ---- timers ---- */

static void on_timer(uv_timer_t *timer)
{
	watch_wake(timer->data);
}

/* All that is due, and then again when the next is. */
void watch_wake(struct watch *watch)
{
	uint64_t now = watch_now(), next;

	next = r2_sooner(gateways_timer(watch, now), carry_timer(watch, now));
	if (next == R2_NEVER || watch->stopping)
		return;
	uv_update_time(&watch->loop);
	now = watch_now();
	/* Rounded up: a timer that comes too soon comes twice. */
	uv_timer_start(&watch->timer, on_timer, next > now ? (next - now + 999) / 1000 : 0, 0);
}

/* ---- the host ---- */

static void on_ear(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	unsigned changes = watch->os->ops->ear_hear(watch->os, watch->ear);

	(void)status;
	(void)events;
	if (changes & R2_CHANGE_LOST) {
		watch->kept.lost++;
		watch_log(watch, R2_LOG_INFO, "lost", "notifications were lost: all is read again");
	}
	/* Phantoms and links at once; routes in a moment. */
	if (changes & (R2_CHANGE_LINKS | R2_CHANGE_ADDRS | R2_CHANGE_NEIGHS | R2_CHANGE_LOST))
		carry_sync(watch);
	if (changes)
		keep_soon(watch);
}

/* ---- the file ---- */

bool watch_reload(struct watch *watch, struct r2_error *err)
{
	struct r2_file fresh = {0};

	if (!watch->options->read)
		return true;
	if (!watch->options->read(watch->options->ctx, &fresh, err)) {
		r2_file_free(&fresh);
		return false;
	}
	if (fresh.bad) {
		r2_error_set(err, R2_USAGE, "%zu bad line%s in %s", fresh.bad,
			     fresh.bad == 1 ? "" : "s", watch->options->name);
		r2_file_free(&fresh);
		return false;
	}
	if (!wanted_reload(&watch->wanted, &fresh)) {
		r2_file_free(&fresh);
		return r2_error_set(err, R2_FAILED, "out of memory");
	}
	r2_monitors_free(&watch->monitors);
	watch->monitors = fresh.monitors;
	fresh.monitors = (struct r2_monitors){0};
	r2_file_free(&fresh);
	atomic_fetch_add(&watch->stamp, 1);
	return true;
}

/* ---- what it is told ---- */

void watch_stop(struct watch *watch)
{
	if (watch->stopping)
		return;
	watch_log(watch, R2_LOG_NOTICE, "stop", "stopping: routes stay as they are");
	watch->stopping = true;
	notify_stopping(watch);
	uv_stop(&watch->loop);
}

void watch_read_again(struct watch *watch)
{
	char text[R2_ERROR_TEXT];
	struct r2_error err;

	notify_reloading(watch);
	if (watch_reload(watch, &err))
		watch_log(watch, R2_LOG_NOTICE, "reload", "%s is read again", watch->options->name);
	else
		watch_log(watch, R2_LOG_ERROR, "reload", "the old lines are kept: %s",
			  r2_error_format(&err, text, sizeof(text)));
	gateways_sync(watch);
	keep_soon(watch);
	proving_soon(watch);
	notify_reloaded(watch);
}

/* ---- beginning and end ---- */

static void close_handle(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static bool begin(struct watch *watch, struct r2_os *worker, struct r2_error *err)
{
	watch->ear = watch->os->ops->ear_open(watch->os, worker, err);
	if (watch->ear < 0)
		return false;
	signals_begin(watch);
	uv_timer_init(&watch->loop, &watch->timer);
	uv_timer_init(&watch->loop, &watch->keep_timer);
	uv_timer_init(&watch->loop, &watch->prove_timer);
	watch->timer.data = watch->keep_timer.data = watch->prove_timer.data = watch;
	notify_begin(watch);
	uv_poll_init_socket(&watch->loop, &watch->ear_poll, (uv_os_sock_t)watch->ear);
	watch->ear_poll.data = watch;
	uv_poll_start(&watch->ear_poll, UV_READABLE, on_ear);
	watch->job.os = worker;
	watch->adopt_next = true;
	carry_sync(watch);
	keep_soon(watch);
	return true;
}

/* The file's routes, or none: as `apply` with what was adopted. */
static void withdraw(struct watch *watch)
{
	struct r2_file rest = {0};
	const struct r2_whole_options options = {.change = {.replace = true, .wait_ms = 30000}};
	struct r2_whole whole = {0};
	char text[R2_ERROR_TEXT];
	struct r2_error err;

	if (!wanted_reload(&watch->wanted, &rest) ||
	    !r2_whole_apply(watch->os, &watch->wanted, &options, &whole, &err))
		watch_log(watch, R2_LOG_ERROR, "trouble", "%s",
			  r2_error_format(&err, text, sizeof(text)));
	r2_host_free(&whole.host);
	r2_list_free(&whole.hops);
}

static void end(struct watch *watch)
{
	proving_stop(watch);
	gateways_close(watch);
	control_close(watch);
	signals_end(watch);
	uv_walk(&watch->loop, close_handle, NULL);
	uv_run(&watch->loop, UV_RUN_DEFAULT);
	if (watch->options->withdraw)
		withdraw(watch);
	if (watch->ear >= 0)
		watch->os->ops->ear_close(watch->os, watch->ear);
	uv_loop_close(&watch->loop);
	keep_free(watch);
	proving_free(watch);
	log_close(watch);
}

/* Better told now than with the first gateway that dies. */
static bool may_change(struct r2_os *os, struct r2_error *err)
{
	bool locked = os->ops->begin(os, 0, NULL, NULL, err);

	os->ops->end(os);
	return locked || err->kind != R2_NOT_PERMITTED;
}

bool r2_watch_run(struct r2_os *os, struct r2_os *worker, const struct r2_watch_options *options,
		  struct r2_error *err)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	bool ok;

	if (!watch || uv_loop_init(&watch->loop)) {
		free(watch);
		return r2_error_set(err, R2_FAILED, "out of memory");
	}
	watch->loop.data = watch;
	watch->options = options;
	watch->os = os;
	watch->wanted.system = os->system;
	watch->ear = -1;
#ifdef __GLIBC__
	/* What a run of apply among a million routes has used goes back to the system. */
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
#endif
	log_open(watch);
	ok = watch_reload(watch, err) && may_change(os, err) && control_open(watch, err) &&
	     begin(watch, worker, err);
	if (ok) {
		watch_log(watch, R2_LOG_INFO, "start", "watching");
		if (options->begun)
			options->begun(options->service);
		uv_run(&watch->loop, UV_RUN_DEFAULT);
	}
	end(watch);
	free(watch);
	return ok;
}
