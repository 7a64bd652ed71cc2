/* SPDX-License-Identifier: MIT */
/*
 * Of apply: the stages in order, each of which leaves every destination its route; on failure, or a
 * signal, back the same way.
 *
 *   prepare   phantoms and their neighbours
 *   add       new routes, and new ones before old ones of their key
 *   singles   what is planned one by one
 *   delete    what goes, the longest prefixes first
 *   late      single ones that go, and what nobody needs any more
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "os/whole_walk.h"

enum stage { PREPARE, ADD, SINGLES, DELETE, LATE, STAGES };

/* ---- the operations of a stage, one by one ---- */

struct cursor {
	struct r2_sieve sieve;
	size_t at;
};

static struct cursor begin(struct r2_whole_walk *walk, enum stage stage)
{
	return (struct cursor){.sieve = r2_sieve_begin(stage == DELETE ? &walk->have : &walk->want,
						       stage == DELETE)};
}

static struct r2_route wanted_route(const struct r2_whole_walk *walk, const struct r2_item *item)
{
	struct r2_route route = walk->targets.at[item->shape].route;

	route.dst = r2_item_dst(item);
	return route;
}

/*
 * A changed route of IPv4 is appended, and serves when the old one before it goes: taking away the
 * last one of a key makes the kernel look through its neighbours in the trie (node_pull_suffix()),
 * which is thirty times as slow.
 */
static bool next_add(struct r2_whole_walk *walk, struct cursor *cursor, struct r2_op *ret)
{
	const struct r2_item *want, *have;

	while ((want = r2_sieve_next(&cursor->sieve))) {
		if (want->mark != R2_MARK_NONE && want->mark != R2_MARK_CHANGED)
			continue;
		*ret = (struct r2_op){.kind = R2_OP_ROUTE_ADD, .route = wanted_route(walk, want)};
		if (want->mark == R2_MARK_NONE)
			return true;
		ret->kind = want->family == R2_IPV4 ? R2_OP_ROUTE_APPEND : R2_OP_ROUTE_REPLACE;
		have = r2_lot_find(&walk->have, &ret->route);
		if (have)
			ret->old = r2_item_route(have, &walk->shapes);
		return true;
	}
	return false;
}

static bool next_delete(struct r2_whole_walk *walk, struct cursor *cursor, struct r2_op *ret)
{
	const struct r2_item *have;

	while ((have = r2_sieve_next(&cursor->sieve))) {
		bool changed = have->mark == R2_MARK_CHANGED && have->family == R2_IPV4;

		if (have->mark != R2_MARK_NONE && !changed)
			continue;
		*ret = (struct r2_op){.kind = R2_OP_ROUTE_DEL,
				      .route = r2_item_route(have, &walk->shapes)};
		return true;
	}
	return false;
}

static bool next_of(const r2_ops *ops, struct cursor *cursor, struct r2_op *ret)
{
	if (cursor->at >= ops->n)
		return false;
	*ret = ops->at[cursor->at++];
	return true;
}

/* Behind all of @late. */
static bool next_swept(const struct r2_whole_walk *walk, struct cursor *cursor, struct r2_op *ret)
{
	size_t at = cursor->at - walk->late.n;

	if (at >= walk->sweep.n)
		return false;
	*ret = walk->sweep.at[at];
	cursor->at++;
	return true;
}

static bool next(struct r2_whole_walk *walk, enum stage stage, struct cursor *cursor,
		 struct r2_op *ret)
{
	switch (stage) {
	case PREPARE:
		return next_of(&walk->prepare, cursor, ret);
	case ADD:
		return next_add(walk, cursor, ret);
	case SINGLES:
		return next_of(&walk->singles, cursor, ret);
	case DELETE:
		return next_delete(walk, cursor, ret);
	case LATE:
		return next_of(&walk->late, cursor, ret) || next_swept(walk, cursor, ret);
	case STAGES:
		break;
	}
	return false;
}

/* ---- forward ---- */

static void say(const struct r2_whole_walk *walk, const struct r2_op *op, bool undoing)
{
	const struct r2_trace *trace = &walk->options->change.trace;

	if (trace->say)
		trace->say(trace->ctx, op, undoing);
}

static bool apply(struct r2_whole_walk *walk, const struct r2_op *ops, size_t n,
		  struct r2_error *err)
{
	if (walk->os->ops->many)
		return walk->os->ops->many(walk->os, ops, n, err);
	for (size_t i = 0; i < n; i++) {
		if (!walk->os->ops->apply(walk->os, &ops[i], err))
			return false;
	}
	return true;
}

/*
 * Another tool has put a route at a key that was free when we looked: as if it had stood there, in
 * IPv4 ours goes before it. What is there already is as good as added.
 */
static bool add_beside(struct r2_whole_walk *walk, struct r2_op *ops, size_t n)
{
	char text[R2_PREFIX_TEXT];

	for (size_t i = 0; i < n; i++) {
		if (walk->os->ops->apply(walk->os, &ops[i], walk->err))
			continue;
		if (walk->err->native != EEXIST || ops[i].kind != R2_OP_ROUTE_ADD ||
		    ops[i].route.dst.addr.family != R2_IPV4)
			return false;
		ops[i].kind = R2_OP_ROUTE_PREPEND;
		if (!walk->os->ops->apply(walk->os, &ops[i], walk->err))
			return false;
		r2_note(&walk->whole->notes,
			"another program has just made a route to %s: ours goes before it",
			r2_prefix_name(&ops[i].route.dst, text));
	}
	return true;
}

static bool is_interrupted(struct r2_whole_walk *walk)
{
	if (!walk->os->ops->interrupted || !walk->os->ops->interrupted(walk->os))
		return false;
	r2_error_set(walk->err, R2_FAILED, "interrupted by a signal");
	r2_error_hint(walk->err, "all is as it was");
	return true;
}

/* How much there is to do, and was. */
struct work {
	size_t done, all;
};

static bool run_stage(struct r2_whole_walk *walk, enum stage stage, struct work *work)
{
	static struct r2_op ops[R2_MANY_MAX];
	struct cursor cursor = begin(walk, stage);
	/* Where the order counts, what was not done may not be undone either. */
	const size_t most = stage == ADD || stage == DELETE ? R2_MANY_MAX : 1;
	bool more = true;

	while (more) {
		size_t n = 0;

		while (n < most && (more = next(walk, stage, &cursor, &ops[n])))
			say(walk, &ops[n++], false);
		if (!n)
			break;
		if (is_interrupted(walk))
			return false;
		walk->done[stage] += n; /* whatever becomes of it: some may have been applied */
		if (!apply(walk, ops, n, walk->err) &&
		    (walk->err->native != EEXIST || !add_beside(walk, ops, n)))
			return false;
		work->done += n;
		if (walk->options->progress)
			walk->options->progress(walk->options->ctx, work->done, work->all);
	}
	return true;
}

/* ---- back ---- */

#define UNDO_TRIES 3

static void undo_batch(struct r2_whole_walk *walk, struct r2_op *ops, size_t n)
{
	char text[R2_ERROR_TEXT];
	struct r2_error failure;

	for (size_t i = 0; i < n; i++) {
		ops[i] = r2_op_inverse(&ops[i]);
		say(walk, &ops[i], true);
	}
	for (int try = 0; try < UNDO_TRIES; try++) {
		if (apply(walk, ops, n, &failure))
			return;
	}
	for (size_t i = 0; i < n; i++) {
		if (!walk->os->ops->apply(walk->os, &ops[i], &failure))
			r2_error_hint(walk->err, "undoing failed too: %.200s",
				      r2_error_format(&failure, text, sizeof(text)));
	}
}

static void reverse(struct r2_op *ops, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct r2_op op = ops[i];

		ops[i] = ops[n - 1 - i];
		ops[n - 1 - i] = op;
	}
}

/*
 * Of adding and deleting, the keys are independent, and the order is no matter. Of the others it
 * is: they are few enough to be held.
 */
static void undo_stage(struct r2_whole_walk *walk, enum stage stage)
{
	static struct r2_op ops[R2_MANY_MAX];
	struct cursor cursor = begin(walk, stage);
	size_t left = walk->done[stage];
	const r2_ops *held[STAGES] = {[PREPARE] = &walk->prepare, [SINGLES] = &walk->singles};

	if (held[stage]) {
		while (left > 0) {
			ops[0] = held[stage]->at[--left];
			undo_batch(walk, ops, 1);
		}
		return;
	}
	while (left > 0) {
		size_t n = 0;

		while (n < R2_MANY_MAX && left > 0 && next(walk, stage, &cursor, &ops[n])) {
			n++;
			left--;
		}
		if (!n)
			return;
		if (stage == LATE)
			reverse(ops, n);
		undo_batch(walk, ops, n);
	}
}

static void undo(struct r2_whole_walk *walk)
{
	for (int stage = STAGES; stage-- > 0;)
		undo_stage(walk, (enum stage)stage);
}

/* ---- the truth ---- */

enum { SEEN = 1 << 8 };

/* @near: where the next one is looked for first, as the dump and the list have one order. */
struct looking {
	struct r2_whole_walk *walk;
	size_t near;
	struct r2_met last;
	bool no_memory;
};

static bool is_as_planned(struct looking *looking, const struct r2_item *want,
			  const struct r2_route *route)
{
	struct r2_whole_walk *walk = looking->walk;
	uint32_t shape;

	if (!walk->targets.at[want->shape].target.route.prefsrc.family)
		return r2_route_alike(route, &walk->targets.at[want->shape].route);
	shape = r2_shape_of(&walk->shapes, route);
	looking->no_memory |= shape == R2_SHAPE_NONE;
	return shape != R2_SHAPE_NONE && r2_whole_meets(walk, want->shape, shape, &looking->last);
}

static bool look(void *ctx, const struct r2_host *unused, const struct r2_route *route)
{
	struct looking *looking = ctx;
	struct r2_item *want = NULL;

	(void)unused;
	if (r2_route_is_ours(route))
		want = r2_lot_find_near(&looking->walk->want, route, &looking->near);
	if (want && is_as_planned(looking, want, route))
		want->mark |= SEEN;
	return false;
}

static bool not_there(struct r2_whole_walk *walk, const struct r2_item *item, size_t n)
{
	struct r2_prefix dst = r2_item_dst(item);
	char text[R2_PREFIX_TEXT];
	unsigned long line;
	const char *name = r2_file_place(walk->file, item->line, &line);

	r2_error_set(walk->err, R2_FAILED,
		     "%zu route%s did not stand when all was done, the first to %s (%s:%lu)", n,
		     n == 1 ? "" : "s", r2_prefix_name(&dst, text), name, line);
	return r2_error_hint(walk->err, "did an address or interface go away, or another program "
					"delete it? All was brought back");
}

/* The table that all wanted routes are in, 0 if they are in several: one alone is read faster. */
static uint32_t common_table(const struct r2_whole_walk *walk)
{
	uint32_t table = walk->targets.n ? walk->targets.at[0].route.table : 0;

	r2_each (const struct r2_whole_target, one, &walk->targets) {
		if (one->route.table != table)
			return 0;
	}
	return table;
}

/* One dump, compared. */
static bool check_standing(struct r2_whole_walk *walk)
{
	struct looking looking = {.walk = walk};
	struct r2_query query = {.parts = R2_PART_ROUTES,
				 .protocol = R2_PROTOCOL,
				 .table = common_table(walk),
				 .keep = look,
				 .ctx = &looking};
	struct r2_host nothing = {0};
	const struct r2_item *first = NULL;
	size_t missing = 0;
	bool read = walk->os->ops->snapshot(walk->os, &query, &nothing, walk->err);

	r2_host_free(&nothing);
	r2_each (struct r2_item, item, &walk->want.items) {
		bool seen = item->mark & SEEN;

		item->mark &= (uint16_t)~SEEN;
		missing += !seen;
		if (!seen && !first)
			first = item;
	}
	if (read && looking.no_memory)
		return r2_error_set(walk->err, R2_FAILED, "out of memory");
	return read && (!missing || not_there(walk, first, missing));
}

/* The kernel is asked once for each kind of line what it sends from. */
static bool check_sample(struct r2_whole_walk *walk, const struct r2_item *item)
{
	const struct r2_whole_target *one = &walk->targets.at[item->shape];
	struct r2_prefix dst = r2_item_dst(item);
	struct r2_answer answer = {0};
	char text[R2_IP_TEXT], got[R2_IP_TEXT], want[R2_IP_TEXT];

	if (!walk->os->ops->lookup(walk->os, &dst.addr, NULL, &answer, walk->err))
		return false;
	if (answer.error || !r2_prefix_equal(&answer.match.dst, &dst) ||
	    answer.match.protocol != R2_PROTOCOL || answer.match.table != one->route.table ||
	    answer.match.metric != one->route.metric ||
	    r2_ip_equal(&answer.source, &one->target.src))
		return true; /* something more specific, or a rule, goes before it */
	return r2_error_set(walk->err, R2_FAILED, "%s would be sent to from %s, not %s",
			    r2_ip_format(&dst.addr, text), r2_ip_format(&answer.source, got),
			    r2_ip_format(&one->target.src, want));
}

static bool check_samples(struct r2_whole_walk *walk)
{
	uint32_t asked = R2_SHAPE_NONE;

	r2_each (const struct r2_item, item, &walk->want.items) {
		if (item->shape == asked || item->mark == R2_MARK_KEPT)
			continue;
		asked = item->shape;
		if (!check_sample(walk, item))
			return false;
	}
	return true;
}

bool r2_whole_run(struct r2_whole_walk *walk)
{
	struct r2_os *os = walk->os;
	const struct r2_whole *whole = walk->whole;
	size_t changes = whole->added + whole->replaced + whole->deleted;
	struct work work = {.all = whole->added + 2 * whole->replaced + whole->deleted +
				   walk->prepare.n + walk->sweep.n};
	bool ok = true;

	if (!changes && !walk->prepare.n && !walk->singles.n && !walk->late.n && !walk->sweep.n)
		return true;
	if (os->ops->shield)
		os->ops->shield(os, true);
	for (int stage = PREPARE; ok && stage < STAGES; stage++)
		ok = run_stage(walk, (enum stage)stage, &work);
	if (ok && !walk->options->change.dry_run)
		ok = check_standing(walk) && check_samples(walk) && r2_whole_prove(walk);
	if (!ok)
		undo(walk);
	if (os->ops->shield)
		os->ops->shield(os, false);
	return ok;
}
