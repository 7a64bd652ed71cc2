/* SPDX-License-Identifier: MIT */
/*
 * Keeping: the walk of apply for all wanted lines, by another thread, whenever the host may have
 * changed, and once a minute. Lines that cannot be now are left out, and tried again.
 */
#include <stdlib.h>
#include <string.h>

#include "core/describe.h"
#include "os/recall.h"
#include "watch/state.h"

#define SOON_MS     30 /* changes come in bursts */
#define AUDIT_MS    60000
#define RETRY_MS    2000 /* what waits is tried again; later if that takes long */
#define CALM        (60 * R2_SEC)
#define FIGHT       5 /* runs in which routes had to be put back, within CALM */
#define WAITING_MAX 100
#define BUSY_SHARE  20 /* an apply may take a twentieth of the time */
#define TRIES       2
#define TRY_MS      200
#define LOCK_MS     30000
#define ROUNDS      4

/* ---- by the other thread ---- */

static bool is_current(void *ctx)
{
	const struct job *job = ctx;

	return atomic_load(job->stamp_now) == job->stamp;
}

static void say_waiting(void *ctx, const struct r2_item *item, const struct r2_error *err)
{
	struct job *job = ctx;
	struct waiting one = {.number = item->line};

	if (job->waiting.n == WAITING_MAX)
		return;
	/* Its shape may be settled already: the number of the line tells which. */
	r2_error_format(err, one.why, sizeof(one.why));
	(void)r2_list_push(&job->waiting, &one);
}

/* What stands on the key of a line that cannot be now is better than nothing. */
static bool spares(void *ctx, const struct r2_route *route)
{
	const struct job *job = ctx;

	r2_each (const struct r2_route, one, &job->spared.routes) {
		if (r2_route_same(one, route))
			return true;
	}
	r2_each (const struct waiting, one, &job->waiting) {
		if (r2_prefix_equal(&one->line.dst, &route->dst) &&
		    one->line.table == route->table &&
		    r2_intent_metric(&one->line, job->os->system) == route->metric)
			return true;
	}
	return false;
}

/* The lines of @job->file again, without those that wait; apply has made its own of the last copy.
 */
static bool copy_lines(const struct job *job, struct r2_file *ret)
{
	uint32_t number = 0;

	r2_each (const struct r2_intent, intent, &job->file.intents) {
		if (!r2_list_push(&ret->intents, intent))
			return false;
	}
	r2_each (const struct r2_item, item, &job->file.items) {
		struct r2_item one = *item;
		bool waits = false;

		one.line = ++number;
		one.mark = 0;
		r2_each (const struct waiting, other, &job->waiting)
			waits |= other->number == number;
		if (!waits && !r2_list_push(&ret->items, &one))
			return false;
	}
	return true;
}

static void free_whole(struct job *job)
{
	r2_host_free(&job->whole.host);
	r2_list_free(&job->whole.hops);
	job->whole = (struct r2_whole){0};
}

static void apply_once(struct job *job)
{
	const struct r2_whole_options options = {.change = {.replace = true,
							    .tries = TRIES,
							    .timeout_ms = TRY_MS,
							    .wait_ms = LOCK_MS},
						 .locked = is_current,
						 .spares = spares,
						 .contested = &job->contested,
						 .say_bad = say_waiting,
						 .ctx = job};
	struct r2_file copy = {0};

	free_whole(job);
	job->ok = copy_lines(job, &copy)
			  ? r2_whole_apply(job->os, &copy, &options, &job->whole, &job->err)
			  : r2_error_set(&job->err, R2_FAILED, "out of memory");
	r2_file_free(&copy);
}

/* Numbers of lines become lines. */
static void name_waiting(struct job *job, size_t begun)
{
	for (size_t i = begun; i < job->waiting.n; i++) {
		struct waiting *one = &job->waiting.at[i];

		const struct r2_item *item = &job->file.items.at[one->number - 1];

		if (!one->number || one->number > job->file.items.n)
			continue;
		one->line = r2_file_intent(&job->file, item);
		one->of_file = item->mark & WANTED_OF_FILE;
	}
}

/* ---- taking in what stands ---- */

struct adopting {
	struct job *job;
	struct r2_book book;
	bool book_read, no_memory;
};

/* The book stands in a table that is dumped with the others: so two passes. */
static bool adopt(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	struct adopting *adopting = ctx;
	struct r2_line line;

	if (route->table == R2_BOOK_TABLE || !r2_route_is_ours(route))
		return false;
	r2_describe(host, &adopting->book, route, &line);
	if (line.lost)
		adopting->no_memory |= !r2_list_push(&adopting->job->spared.routes, route);
	else
		adopting->no_memory |= !r2_file_add(&adopting->job->adopted, &line.intent, 0);
	return false;
}

static bool adopt_standing(struct job *job)
{
	struct adopting adopting = {.job = job};
	struct r2_query query = {
		.parts = R2_PART_ROUTES, .protocol = R2_PROTOCOL, .table = R2_BOOK_TABLE};
	struct r2_host host = {0}, rest = {0};
	bool ok = job->os->ops->snapshot(job->os, &query, &host, &job->err);

	if (ok && !r2_book_read(&host, &adopting.book))
		ok = r2_error_set(&job->err, R2_FAILED, "out of memory");
	query = (struct r2_query){.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_NEIGHS |
					   R2_PART_ROUTES,
				  .protocol = R2_PROTOCOL,
				  .keep = adopt,
				  .ctx = &adopting};
	ok = ok && job->os->ops->snapshot(job->os, &query, &rest, &job->err) &&
	     r2_recall_lines(job->os, &job->adopted, &job->err);
	r2_book_free(&adopting.book);
	r2_host_free(&host);
	r2_host_free(&rest);
	return ok && (!adopting.no_memory || r2_error_set(&job->err, R2_FAILED, "out of memory"));
}

static void work(uv_work_t *work)
{
	struct job *job = work->data;

	job->ok = false;
	if (job->adopt) {
		job->ok = adopt_standing(job);
		cache_read(&job->cached);
		return;
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		size_t begun = job->waiting.n;

		apply_once(job);
		name_waiting(job, begun);
		/* Of some it turns out only when the others are settled. */
		if (job->ok || job->waiting.n == begun)
			break;
	}
	job->left = !is_current(job);
	if (job->ok && !job->left)
		cache_write(job);
}

/* ---- by the loop ---- */

static void start(struct watch *watch);

static void schedule(struct watch *watch, uint64_t ms)
{
	if (!watch->stopping)
		uv_timer_start(&watch->keep_timer, keep_timer, ms, 0);
}

void keep_soon(struct watch *watch)
{
	uint64_t now = watch_now(), pause = watch->job_took * BUSY_SHARE / 1000;
	uint64_t since = (now - watch->job_began) / 1000, wait = SOON_MS;

	if (watch->job_runs) {
		watch->keep_again = true;
		return;
	}
	if (pause > since && watch->put_back >= FIGHT)
		wait = pause - since;
	if (watch->put_back >= FIGHT)
		wait = r2_later(wait, RETRY_MS);
	if (uv_is_active((uv_handle_t *)&watch->keep_timer) &&
	    uv_timer_get_due_in(&watch->keep_timer) <= wait)
		return;
	schedule(watch, wait);
}

static void free_job(struct job *job)
{
	r2_file_free(&job->file);
	r2_file_free(&job->adopted);
	r2_file_free(&job->cached);
	r2_list_free(&job->withdrawn);
	r2_host_free(&job->spared);
	r2_list_free(&job->waiting);
	r2_list_free(&job->contested);
	free_whole(job);
}

static void take_waiting(struct watch *watch, struct job *job)
{
	char line[R2_INTENT_TEXT];

	r2_each (const struct waiting, one, &job->waiting) {
		bool told = false;

		r2_each (const struct waiting, old, &watch->waiting)
			told |= r2_prefix_equal(&old->line.dst, &one->line.dst) &&
				strcmp(old->why, one->why) == 0;
		if (!told)
			watch_log(watch, R2_LOG_WARNING, "waiting", "waiting: %s: %s",
				  r2_intent_format(&one->line, NULL, line), one->why);
	}
	r2_list_free(&watch->waiting);
	watch->waiting.at = job->waiting.at;
	watch->waiting.n = job->waiting.n;
	watch->waiting.room = job->waiting.room;
	job->waiting.at = NULL;
	job->waiting.n = job->waiting.room = 0;
}

/* Native next hops only: a phantom is nobody's address. */
static void take_hops(struct watch *watch, const struct r2_whole *whole)
{
	r2_list_free(&watch->natives);
	r2_each (const struct r2_next_hop, hop, &whole->hops) {
		bool known = false;

		r2_each (const struct carrier, carrier, &watch->carriers)
			known |= carrier->entry.link == hop->link &&
				 r2_ip_equal(&carrier->entry.phantom, &hop->ip);
		r2_each (const struct r2_next_hop, other, &watch->natives)
			known |= other->link == hop->link && r2_ip_equal(&other->ip, &hop->ip);
		if (!known)
			(void)r2_list_push(&watch->natives, hop);
	}
}

static void say_kept(struct watch *watch, const struct r2_whole *whole)
{
	size_t back = whole->added + whole->replaced;

	watch->kept.routes = whole->kept + back;
	if (!r2_whole_changes(whole))
		return;
	watch_log(watch, R2_LOG_NOTICE, "kept",
		  "routes: %zu added, %zu replaced, %zu deleted, %zu kept", whole->added,
		  whole->replaced, whole->deleted, whole->kept);
	if (!watch->ready)
		return;
	watch->kept.put_back += back;
	if (watch_now() > watch->calm_at) {
		watch->calm_at = watch_now() + CALM;
		watch->put_back = 0;
	}
	if (back && ++watch->put_back == FIGHT)
		watch_log(watch, R2_LOG_ERROR, "fight",
			  "another program keeps changing our routes: they are put back less often "
			  "now; is it systemd-networkd? then set ManageForeignRoutes=no");
}

static void take_result(struct watch *watch, struct job *job)
{
	char text[R2_ERROR_TEXT];

	watch->kept.runs++;
	watch_log(watch, R2_LOG_DEBUG, "audit",
		  "audit: %zu wanted, %zu kept, %zu phantoms taken by others",
		  watch->wanted.items.n, job->whole.kept, job->contested.n);
	watch->kept.trouble[0] = '\0';
	if (job->ok) {
		say_kept(watch, &job->whole);
		carry_sync(watch);
		take_hops(watch, &job->whole);
		gateways_sync(watch);
		take_waiting(watch, job);
	} else {
		watch->kept.failed++;
		r2_error_format(&job->err, text, sizeof(text));
		snprintf(watch->kept.trouble, sizeof(watch->kept.trouble), "%.299s", text);
		watch_log(watch, R2_LOG_WARNING, "trouble", "%s", text);
		carry_sync(watch);
	}
	if (!watch->ready) {
		watch->ready = true;
		notify_ready(watch);
		proving_soon(watch);
	}
}

static void done(uv_work_t *work, int status)
{
	struct job *job = work->data;
	struct watch *watch = work->loop->data;
	bool adopted = job->adopt;
	uint64_t retry;

	(void)status;
	watch->job_runs = false;
	if (watch->stopping) {
		free_job(job);
		return;
	}
	watch->job_took = watch_now() - watch->job_began;
	if (adopted && job->ok && !watch->keep_again) {
		if (watch->adopt_all)
			r2_file_free(&watch->wanted);
		watch->adopt_all = false;
		wanted_join(&watch->wanted, &job->adopted);
		r2_host_free(&watch->spared);
		watch->spared = job->spared;
		job->spared = (struct r2_host){0};
		if (!watch->ready)
			wanted_join(&watch->wanted, &job->cached);
		atomic_fetch_add(&watch->stamp, 1);
	} else if (adopted) {
		watch->adopt_next = true;
	} else if (!job->left) {
		take_result(watch, job);
	}
	retry = r2_later(RETRY_MS, watch->job_took * BUSY_SHARE / 1000);
	if (watch->keep_again || adopted || job->left)
		schedule(watch, SOON_MS);
	else
		schedule(watch, watch->waiting.n || watch->kept.trouble[0] ? retry : AUDIT_MS);
	watch->keep_again = false;
	free_job(job);
}

static bool fill_in(struct watch *watch, struct job *job)
{
	r2_each (const struct r2_route, route, &watch->spared.routes) {
		if (!wanted_has(&watch->wanted, route) && !r2_list_push(&job->spared.routes, route))
			return false;
	}
	r2_each (const struct r2_ip, ip, &watch->contested) {
		if (!r2_list_push(&job->contested, ip))
			return false;
	}
	r2_each (const struct r2_intent, intent, &watch->wanted.intents) {
		if (!r2_list_push(&job->file.intents, intent))
			return false;
	}
	r2_each (const struct r2_item, item, &watch->wanted.items) {
		bool away = carry_withdrawn(watch, &watch->wanted.intents.at[item->shape]);

		if (away ? !r2_list_push(&job->withdrawn, item)
			 : !r2_list_push(&job->file.items, item))
			return false;
	}
	return true;
}

static void start(struct watch *watch)
{
	struct job *job = &watch->job;
	struct r2_os *os = job->os;

	*job = (struct job){.os = os,
			    .stamp_now = &watch->stamp,
			    .stamp = atomic_load(&watch->stamp),
			    .adopt = watch->adopt_next};
	job->work.data = job;
	watch->adopt_next = false;
	watch->job_began = watch_now();
	if ((job->adopt || fill_in(watch, job)) &&
	    uv_queue_work(&watch->loop, &job->work, work, done) == 0) {
		watch->job_runs = true;
		return;
	}
	free_job(job);
	schedule(watch, RETRY_MS);
}

void keep_timer(uv_timer_t *timer)
{
	struct watch *watch = timer->data;

	if (!watch->job_runs && !watch->stopping)
		start(watch);
}

void keep_free(struct watch *watch)
{
	free_job(&watch->job);
	r2_file_free(&watch->wanted);
	r2_monitors_free(&watch->monitors);
	r2_list_free(&watch->natives);
	r2_list_free(&watch->carriers);
	r2_list_free(&watch->waiting);
	r2_list_free(&watch->contested);
	r2_host_free(&watch->spared);
	r2_host_free(&watch->host);
}
