/* SPDX-License-Identifier: MIT */
/*
 * Proving: what `check` does, every so often, by another thread with a handle of its own. Of very
 * many routes some of each kind are tried.
 */
#include <stdio.h>
#include <string.h>

#include "watch/state.h"

#define SOON_MS   200
#define MANY      64 /* so many are proved one by one; of more, some of each kind */
#define TRIES     2
#define ANSWER_MS 1000

/* ---- by the other thread ---- */

static bool keep(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	struct proof_job *job = ctx;

	if (route->table == R2_BOOK_TABLE)
		return true;
	if (!r2_route_is_ours(route))
		return false;
	job->routes++;
	return r2_prove_picks(host, route, job->routes, MANY);
}

static bool gather(struct proof_job *job, struct r2_os *os)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_RULES |
					  R2_PART_NEIGHS | R2_PART_ROUTES,
				 .protocol = R2_PROTOCOL,
				 .keep = keep,
				 .ctx = job};
	struct r2_book book = {0};
	bool ok;

	if (!os->ops->snapshot(os, &query, &job->host, &job->err))
		return false;
	ok = r2_book_read(&job->host, &book);
	r2_each (const struct r2_route, route, &job->host.routes) {
		struct r2_subject subject;

		if (!r2_route_is_ours(route))
			continue;
		subject = r2_subject_of_route(&job->host, &book, route);
		ok = ok && r2_list_push(&job->subjects, &subject);
	}
	r2_book_free(&book);
	return ok || r2_error_set(&job->err, R2_FAILED, "out of memory");
}

static bool is_ended(void *ctx, size_t done, size_t all)
{
	struct proof_job *job = ctx;

	(void)done, (void)all;
	return atomic_load(&job->end);
}

static void work(uv_work_t *work)
{
	struct proof_job *job = work->data;
	const struct r2_prove_options options = {.by = job->how.by,
						 .port = job->how.port,
						 .tries = TRIES,
						 .timeout_ms = ANSWER_MS,
						 .progress = is_ended,
						 .ctx = job};
	struct r2_os *os = r2_system_open(NULL, &job->err);

	if (!os)
		return;
	job->ok = r2_prove_possible(os, &job->err) && gather(job, os) &&
		  r2_prove(os, &job->host, job->subjects.at, job->subjects.n, &options, &job->err);
	os->ops->close(os);
}

/* ---- by the loop ---- */

static void on_timer(uv_timer_t *timer);

static void free_job(struct proof_job *job)
{
	r2_list_free(&job->subjects);
	r2_host_free(&job->host);
}

static struct proven *find(struct watch *watch, const struct r2_subject *subject)
{
	r2_each (struct proven, one, &watch->proven) {
		if (r2_prefix_equal(&one->dst, &subject->dst) &&
		    r2_ip_equal(&one->src, &subject->wanted) &&
		    one->table == subject->route.table && one->metric == subject->route.metric)
			return one;
	}
	return NULL;
}

static void announce(struct watch *watch, const struct proven *one, bool works)
{
	const struct r2_mac none = {0};
	char dst[R2_PREFIX_TEXT], src[R2_IP_TEXT], text[300];

	snprintf(text, sizeof(text), "%s from %s: %s: %.180s", r2_prefix_name(&one->dst, dst),
		 r2_ip_format(&one->src, src), r2_proof_word(one->proof), one->sentence);
	watch_log(watch, works ? R2_LOG_NOTICE : R2_LOG_WARNING, works ? "works" : "broken", "%s%s",
		  works ? "works again: " : "broken: ", text);
	hooks_run(watch, works ? R2_EVENT_WORKS : R2_EVENT_BROKEN, NULL, &none, text);
}

/* What is broken stays so until it is seen to work: silence for all is no news. */
static struct proven judge(struct watch *watch, const struct r2_subject *subject)
{
	const struct proven *old = find(watch, subject);
	enum r2_error_class class = r2_proof_class(subject->proof);
	struct proven one = {.dst = subject->dst,
			     .src = subject->wanted,
			     .table = subject->route.table,
			     .metric = subject->route.metric,
			     .proof = subject->proof};

	memcpy(one.sentence, subject->sentence, sizeof(one.sentence));
	one.broken = class == R2_FAILED || (class == R2_UNKNOWN && old && old->broken);
	if (one.broken != (old && old->broken))
		announce(watch, &one, !one.broken);
	return one;
}

static void take_results(struct watch *watch, const struct proof_job *job)
{
	R2_LIST(struct proven) fresh = {0};

	r2_each (const struct r2_subject, subject, &job->subjects) {
		struct proven one = judge(watch, subject);

		(void)r2_list_push(&fresh, &one);
	}
	r2_list_free(&watch->proven);
	watch->proven.at = fresh.at;
	watch->proven.n = fresh.n;
	watch->proven.room = fresh.room;
	watch->proofs.routes = job->routes;
}

static void take_trouble(struct watch *watch, const struct r2_error *err)
{
	char text[R2_ERROR_TEXT];

	r2_error_format(err, text, sizeof(text));
	if (strncmp(watch->proofs.trouble, text, sizeof(watch->proofs.trouble) - 1) != 0)
		watch_log(watch, R2_LOG_WARNING, "trouble", "prove: %s", text);
	snprintf(watch->proofs.trouble, sizeof(watch->proofs.trouble), "%.299s", text);
}

static void done(uv_work_t *work, int status)
{
	struct proof_job *job = work->data;
	struct watch *watch = work->loop->data;

	(void)status;
	watch->proof_runs = false;
	if (watch->stopping) {
		free_job(job);
		return;
	}
	watch->proofs.runs++;
	watch->proofs.at = watch_now();
	if (job->ok) {
		watch->proofs.trouble[0] = '\0';
		take_results(watch, job);
	} else {
		take_trouble(watch, &job->err);
	}
	free_job(job);
	if (watch->monitors.proving.every_us)
		uv_timer_start(&watch->prove_timer, on_timer,
			       watch->monitors.proving.every_us / 1000, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct watch *watch = timer->data;
	struct proof_job *job = &watch->proof_job;

	if (watch->proof_runs || watch->stopping)
		return;
	*job = (struct proof_job){.how = watch->monitors.proving};
	job->work.data = job;
	watch->proof_runs = uv_queue_work(&watch->loop, &job->work, work, done) == 0;
}

void proving_soon(struct watch *watch)
{
	if (watch->stopping)
		return;
	if (watch->monitors.proving.every_us) {
		uv_timer_start(&watch->prove_timer, on_timer, SOON_MS, 0);
		return;
	}
	uv_timer_stop(&watch->prove_timer);
	r2_list_free(&watch->proven);
}

void proving_stop(struct watch *watch)
{
	atomic_store(&watch->proof_job.end, true);
}

void proving_free(struct watch *watch)
{
	r2_list_free(&watch->proven);
}
