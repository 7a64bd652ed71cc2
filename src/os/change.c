/* SPDX-License-Identifier: MIT */
/* The walk of add, replace and del. */
#include "os/change.h"
#include "core/plan.h"
#include "core/skip.h"
#include "os/asking.h"
#include "os/narrow.h"
#include "os/truth.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EVERYTHING (R2_PART_LINKS | R2_PART_ADDRS | R2_PART_RULES | R2_PART_NEIGHS | R2_PART_ROUTES)

static bool keep_needed(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	return r2_settle_needs(ctx, host, route);
}

static bool read_host(struct r2_os *os, const struct r2_intent *intent, struct r2_host *ret_host,
		      struct r2_error *err)
{
	struct r2_intent filter = *intent;
	/* Both families: an IPv4 route's phantom may be an IPv6 address. */
	struct r2_query query = {.parts = EVERYTHING, .keep = keep_needed, .ctx = &filter};

	return os->ops->snapshot(os, &query, ret_host, err);
}

static bool append(r2_ops *ops, const r2_ops *more, struct r2_error *err)
{
	r2_each (const struct r2_op, op, more) {
		if (!r2_list_push(ops, op))
			return r2_error_set(err, R2_FAILED, "out of memory");
	}
	return true;
}

/* What an unbound socket would send from: for the report only, so a failure is no failure. */
static struct r2_ip source_now(struct r2_os *os, const struct r2_ip *dst)
{
	struct r2_answer answer = {0};
	struct r2_error unused;

	if (!os->ops->lookup(os, dst, NULL, &answer, &unused) || answer.error)
		return (struct r2_ip){0};
	return answer.source;
}

/* ---- add and replace ---- */

static void line_of(const struct r2_target *target, const struct r2_route *route,
		    const struct r2_host *host, const struct r2_book *book, struct r2_line *line)
{
	struct r2_intent *intent;

	r2_describe(host, book, route, line);
	intent = &line->intent;
	*line->problem = '\0';
	line->lost = false;
	if (!target->any_method || route->gateway.family == R2_NONE ||
	    !r2_ip_equal(&route->gateway, &target->gateways.at[0]))
		intent->gateways = target->gateways;
	intent->src = target->src;
	intent->given |= R2_WORD_SRC | (target->gateways.n ? R2_WORD_VIA : 0u) |
			 (target->gateways.n > 1 ? R2_WORD_BACKUP : 0u);
	if (r2_plan_by_phantom(target)) {
		intent->method = target->method;
		intent->phantom = route->gateway;
		intent->given |= R2_WORD_PHANTOM;
	} else {
		intent->method = target->method;
	}
}

struct walk {
	struct r2_os *os;
	const struct r2_change_options *options;
	struct r2_change *change;
	struct r2_error *err;
	struct r2_book book;
	struct r2_target target;
	struct r2_choice choice;
	struct r2_route route; /* as planned */
	r2_ops ops;
	bool narrow; /* planned on a narrow snapshot */
	bool whole;  /* a narrow one will not do */
};

/* Of lines that stand, those to the destination but from another source will not. */
static bool stays(void *ctx, const struct r2_host *host, const struct r2_route *row)
{
	const struct r2_intent *intent = ctx;

	(void)host;
	return !r2_book_is_wish(row) || !r2_prefix_equal(&row->dst, &intent->dst) ||
	       r2_ip_equal(&row->prefsrc, &intent->src);
}

/* Read the host and hold the intent against it. */
static bool look_and_settle(struct walk *walk, const struct r2_intent *intent)
{
	struct r2_change *change = walk->change;
	struct r2_host *host = &change->host;
	struct r2_intent wanted = *intent;

	walk->narrow = !walk->whole && r2_narrow_read(walk->os, intent, host);
	if (!walk->narrow && !read_host(walk->os, intent, host, walk->err))
		return false;
	if (!r2_plan_tidy(host, &walk->ops, walk->err))
		return false;
	if (!r2_book_read(host, &walk->book))
		return r2_error_set(walk->err, R2_FAILED, "out of memory");
	r2_skip_foresee(host, stays, &wanted);
	return r2_asking_settle(walk->os, host, intent, &walk->target, &change->notes, walk->err);
}

/* Something stands there that a narrow snapshot did not show. */
static void start_over(struct walk *walk)
{
	r2_host_free(&walk->change->host);
	r2_book_free(&walk->book);
	r2_list_free(&walk->ops);
	walk->change->notes.n = 0;
	walk->whole = true;
}

/* Decide everything: what there is to do is in walk->ops then, and nothing has been touched. */
static bool decide_add(struct walk *walk, const struct r2_intent *intent)
{
	struct r2_change *change = walk->change;
	const struct r2_host *host = &change->host;
	bool ok = look_and_settle(walk, intent);
	r2_ops more = {0};

	/* A narrow snapshot is for doing things fast; refusing them takes the whole one. */
	if (!ok && walk->narrow) {
		start_over(walk);
		ok = look_and_settle(walk, intent);
	}
	if (!ok ||
	    !r2_asking_gateways(walk->os, host, &walk->book, &walk->target, walk->options,
				&walk->choice.mac, &change->notes, walk->err) ||
	    !r2_asking_phantom(walk->os, host, &walk->book, &walk->target, &walk->choice.phantom,
			       walk->err))
		return false;
	ok = r2_plan_add(host, &walk->book, &walk->target, &walk->choice, walk->options->replace,
			 &more, &walk->route, &change->notes, walk->err) &&
	     append(&walk->ops, &more, walk->err);
	r2_list_free(&more);
	return ok;
}

static void shield(struct r2_os *os, bool on)
{
	if (os->ops->shield)
		os->ops->shield(os, on);
}

static bool prove(struct walk *walk)
{
	struct r2_change *change = walk->change;
	struct r2_subject subject = r2_subject_of_target(&walk->target);
	bool ok;

	if (!walk->options->prove)
		return true;
	subject.route = walk->route;
	subject.ours = true;
	subject.by_hand = false;
	ok = r2_proven(walk->os, &subject, 1, walk->options->prove, &change->notes, walk->err);
	change->proof = subject.proof;
	memcpy(change->sentence, subject.sentence, sizeof(change->sentence));
	return ok;
}

/* All operations, and the kernel then does what was asked, and the wire; or none. */
static bool transact_truly(struct walk *walk)
{
	const struct r2_trace *trace = &walk->options->trace;

	if (!r2_transact(walk->os, &walk->ops, trace, walk->err))
		return false;
	if (r2_truth_check(walk->os, &walk->change->host, &walk->route, &walk->target.src,
			   &walk->change->notes, walk->err)) {
		if (prove(walk))
			return true;
	} else if (walk->target.method == R2_PLAIN && !walk->err->native && !*walk->err->hint)
		r2_error_hint(walk->err, "`method native` sets the source");
	r2_transact_undo(walk->os, &walk->ops, trace, walk->err);
	return false;
}

static bool do_add(struct walk *walk)
{
	struct r2_change *change = walk->change;
	struct r2_ip samples[R2_SAMPLES_MAX];
	bool ok;

	change->changed = walk->ops.n > 0;
	line_of(&walk->target, &walk->route, &change->host, &walk->book, &change->line);
	r2_verify_samples(&change->host, &walk->route, samples);
	change->sample = samples[0];
	if (walk->options->dry_run)
		return r2_transact(walk->os, &walk->ops, &walk->options->trace, walk->err);
	change->before = source_now(walk->os, &change->sample);
	shield(walk->os, true);
	ok = transact_truly(walk);
	shield(walk->os, false);
	if (ok)
		change->after = source_now(walk->os, &change->sample);
	return ok;
}

static bool begin(struct r2_os *os, const struct r2_change_options *options, struct r2_error *err)
{
	return os->ops->begin(os, options->wait_ms, options->waiting, options->ctx, err);
}

static void tell_watch(const struct walk *walk, const char *verb)
{
	char line[R2_INTENT_TEXT], request[R2_INTENT_TEXT + 8];

	if (!walk->os->ops->tell || walk->options->dry_run || !walk->change->changed)
		return;
	snprintf(request, sizeof(request), "%s %s\n", verb,
		 r2_intent_format(&walk->change->line.intent, NULL, line));
	walk->os->ops->tell(walk->os, request);
}

bool r2_change_add(struct r2_os *os, const struct r2_intent *intent,
		   const struct r2_change_options *options, struct r2_change *change,
		   struct r2_error *err)
{
	struct walk walk = {.os = os,
			    .options = options,
			    .change = change,
			    .err = err,
			    .whole = options->dry_run};
	bool ok;

	if (!begin(os, options, err))
		return false;
	ok = decide_add(&walk, intent) && do_add(&walk);
	if (!ok && walk.narrow && err->native == EEXIST) {
		start_over(&walk);
		ok = decide_add(&walk, intent) && do_add(&walk);
	}
	if (ok)
		tell_watch(&walk, "add");
	os->ops->end(os);
	r2_book_free(&walk.book);
	r2_list_free(&walk.ops);
	return ok;
}

/* ---- del ---- */

static bool is_known_key(const struct r2_change *change, const struct r2_route *route)
{
	r2_each (const struct r2_line, line, &change->matches) {
		if (r2_route_same_key(&line->route, route))
			return true;
	}
	return false;
}

static bool select_routes(struct walk *walk, const struct r2_intent *selector)
{
	struct r2_host *host = &walk->change->host;

	r2_each (const struct r2_route, route, &host->routes) {
		struct r2_line line;

		if (!r2_route_is_ours(route) || is_known_key(walk->change, route))
			continue;
		r2_describe(host, &walk->book, route, &line);
		if (r2_line_matches(&line, selector) &&
		    !r2_list_push(&walk->change->matches, &line))
			return r2_error_set(walk->err, R2_FAILED, "out of memory");
	}
	return true;
}

/* An interface that is not there selects nothing, and is more likely a slip of the finger. */
static bool check_dev(const struct r2_host *host, const struct r2_intent *selector,
		      struct r2_error *err)
{
	uint32_t unused;

	return !*selector->dev || r2_settle_link(host, selector->dev, &unused, err);
}

static bool none_found(const struct r2_host *host, const struct r2_intent *selector,
		       struct r2_error *err)
{
	char text[R2_PREFIX_TEXT], who[R2_PROTOCOL_TEXT];

	r2_prefix_name(&selector->dst, text);
	r2_error_set(err, R2_FAILED, "route2 has no such route to %s", text);
	r2_each (const struct r2_route, route, &host->routes) {
		if (r2_route_is_ours(route) && r2_prefix_equal(&route->dst, &selector->dst))
			return r2_error_hint(err, "see: route2 show %s", text);
		if (r2_prefix_equal(&route->dst, &selector->dst) && route->table != R2_BOOK_TABLE &&
		    route->protocol != R2_PROTOCOL)
			return r2_error_hint(err,
					     "there is one of protocol %s, but route2 touches only "
					     "its own",
					     r2_protocol_name(route->protocol, who));
	}
	return false;
}

/* What does not stand since a restart of the system is remembered: `del` makes that forgotten. */
static bool select_recalled(struct walk *walk, const struct r2_intent *selector)
{
	struct r2_change *change = walk->change;
	struct r2_host standing = change->host;
	struct r2_error unused;

	if (!walk->os->ops->recall || !walk->os->ops->recall(walk->os, &change->host, &unused))
		return none_found(&change->host, selector, walk->err);
	r2_book_free(&walk->book);
	if (!r2_book_read(&change->host, &walk->book) || !select_routes(walk, selector)) {
		r2_host_free(&standing);
		return r2_error_set(walk->err, R2_FAILED, "out of memory");
	}
	if (change->matches.n == 0) {
		r2_host_free(&change->host);
		change->host = standing;
		return none_found(&change->host, selector, walk->err);
	}
	r2_host_free(&standing);
	r2_note(&change->notes,
		"it did not stand since the system was started anew; now it will not "
		"come back");
	return true;
}

static bool decide_del(struct walk *walk, const struct r2_intent *selector)
{
	struct r2_change *change = walk->change;
	r2_ops more = {0};
	bool ok;

	if (!read_host(walk->os, selector, &change->host, walk->err) ||
	    !r2_plan_tidy(&change->host, &walk->ops, walk->err))
		return false;
	if (!r2_book_read(&change->host, &walk->book))
		return r2_error_set(walk->err, R2_FAILED, "out of memory");
	if (!check_dev(&change->host, selector, walk->err) || !select_routes(walk, selector))
		return false;
	if (change->matches.n == 0 && !select_recalled(walk, selector))
		return false;
	if (change->matches.n > 1)
		return r2_error_set(walk->err, R2_FAILED,
				    "%zu routes match; say which one by src, dev, metric or table",
				    change->matches.n);
	change->line = change->matches.at[0];
	ok = r2_plan_del(&change->host, &change->line.route, &more, walk->err) &&
	     append(&walk->ops, &more, walk->err);
	r2_list_free(&more);
	return ok;
}

static bool do_del(struct walk *walk)
{
	struct r2_change *change = walk->change;
	const struct r2_trace *trace = &walk->options->trace;
	struct r2_ip samples[R2_SAMPLES_MAX];
	bool ok;

	r2_verify_samples(&change->host, &change->line.route, samples);
	change->sample = samples[0];
	change->changed = true;
	if (walk->options->dry_run)
		return r2_transact(walk->os, &walk->ops, trace, walk->err);
	change->before = source_now(walk->os, &change->sample);
	shield(walk->os, true);
	ok = r2_transact(walk->os, &walk->ops, trace, walk->err);
	shield(walk->os, false);
	change->after = source_now(walk->os, &change->sample);
	if (ok && (change->line.route.flags & R2_ROUTE_OPAQUE))
		ok = r2_truth_is_gone(walk->os, &change->line.route, walk->err);
	return ok;
}

static void sweep(struct walk *walk)
{
	struct r2_error unused;

	shield(walk->os, true);
	r2_transact(walk->os, &walk->ops, &walk->options->trace, &unused);
	shield(walk->os, false);
}

bool r2_change_del(struct r2_os *os, const struct r2_intent *selector,
		   const struct r2_change_options *options, struct r2_change *change,
		   struct r2_error *err)
{
	struct walk walk = {.os = os, .options = options, .change = change, .err = err};
	bool ok;

	if (!begin(os, options, err))
		return false;
	ok = decide_del(&walk, selector);
	if (ok)
		ok = do_del(&walk);
	else if (change->matches.n == 0 && walk.ops.n)
		/* No such route, but remnants of an interrupted change: those go all the same. */
		sweep(&walk);
	if (ok)
		tell_watch(&walk, "del");
	os->ops->end(os);
	r2_book_free(&walk.book);
	r2_list_free(&walk.ops);
	return ok;
}

void r2_change_free(struct r2_change *change)
{
	r2_list_free(&change->matches);
	r2_host_free(&change->host);
}
