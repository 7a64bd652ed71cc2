/* SPDX-License-Identifier: MIT */
/*
 * Of apply: lines by `method skipassource` are settled before all others, which then see the
 * addresses as those will have left them. What only lines need that go is as taken back.
 */
#include "core/skip.h"
#include "os/asking.h"
#include "os/whole_walk.h"

static const struct r2_intent *intent_of(const struct r2_whole_walk *walk,
					 const struct r2_item *item)
{
	return &walk->file->intents.at[item->shape];
}

/* ---- what will be left of what stands ---- */

static bool will_stand(struct r2_whole_walk *walk, const struct r2_route *route,
		       const struct r2_ip *src)
{
	const struct r2_item *wanted = r2_lot_find(&walk->want, route);

	return !r2_whole_speaks_for(walk, route) ||
	       (wanted && r2_ip_equal(&intent_of(walk, wanted)->src, src));
}

static bool is_wish_left(struct r2_whole_walk *walk, const struct r2_host *host,
			 const struct r2_route *row)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (r2_route_is_ours(route) && !route->prefsrc.family && route->link == row->link &&
		    r2_prefix_equal(&route->dst, &row->dst) &&
		    r2_ip_equal(&route->gateway, &row->gateway) &&
		    will_stand(walk, route, &row->prefsrc))
			return true;
	}
	return false;
}

static bool is_phantom_left(const struct r2_whole_walk *walk, const struct r2_route *row)
{
	r2_each (const struct r2_item, item, &walk->have.items) {
		const struct r2_route *route = &walk->shapes.routes.at[item->shape];

		if (item->mark == R2_MARK_OUTSIDE && route->link == row->link &&
		    r2_ip_equal(&route->gateway, &row->gateway))
			return true;
	}
	r2_each (const struct r2_intent, intent, &walk->file->intents) {
		if (r2_ip_equal(&intent->src, &row->prefsrc) && intent->method != R2_SKIPASSOURCE)
			return true;
	}
	return false;
}

static bool stays(void *ctx, const struct r2_host *host, const struct r2_route *row)
{
	struct r2_whole_walk *walk = ctx;

	return r2_book_is_wish(row) ? is_wish_left(walk, host, row) : is_phantom_left(walk, row);
}

/* ---- the lines ---- */

/* The host without the lines of the book that go: nobody sends from an address for their sake. */
static bool without_them(struct r2_whole_walk *walk, struct r2_host *ret)
{
	const struct r2_host *host = &walk->whole->host;
	bool ok = true;

	*ret = *host;
	ret->routes.at = NULL;
	ret->routes.n = ret->routes.room = 0;
	r2_each (const struct r2_route, route, &host->routes)
		ok = ok && ((route->table == R2_BOOK_TABLE && !stays(walk, host, route)) ||
			    r2_list_push(&ret->routes, route));
	return ok;
}

/* One that cannot be is told of when all are settled. */
static bool skip_for(struct r2_whole_walk *walk, struct r2_host *left, const struct r2_item *item)
{
	struct r2_whole *whole = walk->whole;
	struct r2_intent intent = r2_file_intent(walk->file, item);
	size_t noted = whole->notes.n;
	struct r2_target target;
	struct r2_error unused;
	r2_ops ops = {0};
	bool ok;

	if (!r2_asking_settle(walk->os, left, &intent, &target, &whole->notes, &unused)) {
		whole->notes.n = noted;
		return true;
	}
	ok = r2_skip_plan(&whole->host, &target, &ops) && r2_ops_append(&walk->prepare, &ops);
	r2_each (const struct r2_op, op, &ops)
		r2_skip_done(&whole->host, op);
	r2_skip_set(&whole->host, &target);
	r2_list_free(&ops);
	return ok;
}

bool r2_whole_skips(struct r2_whole_walk *walk)
{
	uint32_t last = R2_SHAPE_NONE;
	struct r2_host left = {0};
	bool ok = true, any = false;

	r2_skip_foresee(&walk->whole->host, stays, walk);
	r2_each (const struct r2_intent, intent, &walk->file->intents)
		any |= intent->method == R2_SKIPASSOURCE;
	if (!any)
		return true;
	ok = without_them(walk, &left);
	r2_each (const struct r2_item, item, &walk->want.items) {
		const struct r2_intent *intent = intent_of(walk, item);

		if (!ok || intent->method != R2_SKIPASSOURCE ||
		    (item->shape == last && intent->gateways.n))
			continue;
		last = item->shape;
		ok = skip_for(walk, &left, item);
	}
	r2_list_free(&left.routes);
	return ok;
}
