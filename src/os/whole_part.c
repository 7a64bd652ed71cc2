/* SPDX-License-Identifier: MIT */
/* Of apply: routes that go, and have another tool's beside them. */
#include "os/whole_walk.h"

typedef R2_LIST(struct r2_route) routes;

/* @going: ours that were read whole and go; @keys: one route of each key that is to be parted. */
struct part {
	struct r2_whole_walk *walk;
	routes going, keys;
	bool no_memory;
};

static bool has_key(const routes *list, const struct r2_route *route)
{
	r2_each (const struct r2_route, one, list) {
		if (r2_route_same_key(one, route))
			return true;
	}
	return false;
}

/* Another tool's route at a key that ours goes from. */
static bool mark_rivals(void *ctx, const struct r2_host *unused, const struct r2_route *route)
{
	struct part *part = ctx;
	struct r2_lot *have = &part->walk->have;
	struct r2_item *item, *end = have->items.at + have->items.n;

	(void)unused;
	if (r2_route_is_ours(route) || route->table == R2_BOOK_TABLE ||
	    r2_lot_find(&part->walk->want, route) || has_key(&part->keys, route))
		return false;
	item = r2_lot_find(have, route);
	if (item ? item->mark != R2_MARK_NONE : !has_key(&part->going, route))
		return false;
	for (struct r2_item *one = item;
	     one && one < end && r2_lot_compare(have, item, have, one) == 0; one++) {
		one->mark = R2_MARK_SINGLE;
		part->walk->whole->deleted--;
	}
	part->no_memory |= !r2_list_push(&part->keys, route);
	return false;
}

static bool keep_parted(void *ctx, const struct r2_host *unused, const struct r2_route *route)
{
	const struct part *part = ctx;

	(void)unused;
	return has_key(&part->keys, route);
}

/* What was read of these keys before is not in their order. */
static bool take_over(struct part *part, const struct r2_host *parted)
{
	struct r2_whole_walk *walk = part->walk;
	struct r2_host *host = &walk->whole->host;
	size_t n = 0, stood = walk->stood_routes;

	for (size_t i = 0; i < host->routes.n; i++) {
		if (has_key(&part->keys, &host->routes.at[i]))
			walk->stood_routes -= i < stood;
		else
			host->routes.at[n++] = host->routes.at[i];
	}
	host->routes.n = n;
	r2_each (const struct r2_route, route, &parted->routes)
		part->no_memory |= !r2_list_push(&host->routes, route);
	return !part->no_memory;
}

/* Ours that were read whole, for they are plain or of several hops, and go. */
static void collect_going(struct part *part)
{
	r2_each (const struct r2_route, route, &part->walk->whole->host.routes) {
		if (r2_route_is_ours(route) && !r2_lot_find(&part->walk->want, route))
			part->no_memory |= !r2_list_push(&part->going, route);
	}
}

/* Of what was read before, if it was few enough to be held; else of all that stands. */
static bool find_rivals(struct part *part)
{
	struct r2_whole_walk *walk = part->walk;
	struct r2_query query = {.parts = R2_PART_ROUTES, .keep = mark_rivals, .ctx = part};
	struct r2_host nothing = {0};
	bool ok;

	if (walk->foreign_seen == walk->foreign.n) {
		r2_each (const struct r2_route, route, &walk->foreign)
			mark_rivals(part, NULL, route);
		return true;
	}
	ok = walk->os->ops->snapshot(walk->os, &query, &nothing, walk->err);
	r2_host_free(&nothing);
	return ok;
}

bool r2_whole_part(struct r2_whole_walk *walk)
{
	struct part part = {.walk = walk};
	struct r2_query query = {.parts = R2_PART_ROUTES, .keep = keep_parted, .ctx = &part};
	struct r2_host parted = {0};
	bool ok = true;

	collect_going(&part);
	if (walk->whole->deleted || part.going.n)
		ok = find_rivals(&part);
	if (ok && part.keys.n)
		ok = walk->os->ops->snapshot(walk->os, &query, &parted, walk->err) &&
		     take_over(&part, &parted);
	r2_host_free(&parted);
	r2_list_free(&part.going);
	r2_list_free(&part.keys);
	return ok && (!part.no_memory || r2_error_set(walk->err, R2_FAILED, "out of memory"));
}
