/* SPDX-License-Identifier: MIT */
/* The walk of apply: what stands is read, and the file held against it. */
#include "os/whole.h"

#include <string.h>

#include "os/recall.h"
#include "os/whole_walk.h"

/* ---- keys ---- */

static struct r2_key key_of_shape(const void *ctx, uint32_t shape)
{
	const struct r2_shapes *shapes = ctx;
	const struct r2_route *route = &shapes->routes.at[shape];

	return (struct r2_key){route->table, route->metric, route->tos};
}

static struct r2_key key_of_line(const void *ctx, uint32_t shape)
{
	const struct r2_whole_walk *walk = ctx;
	const struct r2_intent *intent;

	if (walk->settled) {
		const struct r2_route *route = &walk->targets.at[shape].route;

		return (struct r2_key){route->table, route->metric, 0};
	}
	intent = &walk->file->intents.at[shape];
	return (struct r2_key){intent->table, r2_intent_metric(intent, walk->os->system), 0};
}

/* ---- what the file speaks for ---- */

static bool is_within(const struct r2_within *within, const struct r2_host *host,
		      const struct r2_route *route)
{
	const struct r2_link *link = *within->dev ? r2_host_link(host, route->link) : NULL;

	if (within->table && route->table != within->table)
		return false;
	if (within->prefix.addr.family && !r2_prefix_covers(&within->prefix, &route->dst))
		return false;
	return !*within->dev || (link && strcmp(link->name, within->dev) == 0);
}

static bool speaks_for(const struct r2_whole_walk *walk, const struct r2_host *host,
		       const struct r2_route *route)
{
	const struct r2_whole_options *options = walk->options;

	return is_within(&options->within, host, route) &&
	       (!options->spares || !options->spares(options->ctx, route));
}

bool r2_whole_speaks_for(const struct r2_whole_walk *walk, const struct r2_route *route)
{
	return speaks_for(walk, &walk->whole->host, route);
}

/* ---- reading ---- */

/* Ours that a single line may need as it stands, whole and in the kernel's order. */
static bool is_whole(struct r2_whole_walk *walk, const struct r2_route *route)
{
	const struct r2_item *wanted;

	if (!route->prefsrc.family || (route->flags & R2_ROUTE_OPAQUE))
		return true;
	wanted = walk->has_singles ? r2_lot_find(&walk->want, route) : NULL;
	return wanted && wanted->mark == R2_MARK_SINGLE;
}

/* A few are held, so that deleting beside them need not read all once more. */
static void note_foreign(struct r2_whole_walk *walk, const struct r2_route *route)
{
	if (walk->foreign_seen++ < R2_FOREIGN_HELD)
		walk->no_memory |= !r2_list_push(&walk->foreign, route);
}

static bool keep(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	static const struct r2_intent none;
	struct r2_whole_walk *walk = ctx;
	struct r2_item *wanted;

	if (route->table == R2_BOOK_TABLE)
		return true;
	if (!r2_route_is_ours(route)) {
		wanted = r2_lot_find(&walk->want, route);
		if (wanted) {
			wanted->mark = R2_MARK_SINGLE;
			walk->has_singles = true;
		} else {
			note_foreign(walk, route);
		}
		return wanted || r2_settle_needs(&none, host, route);
	}
	if (!is_whole(walk, route)) {
		uint32_t shape = r2_shape_of(&walk->shapes, route);
		struct r2_item item = r2_item_make(&route->dst, shape, 0);

		if (!speaks_for(walk, host, route))
			item.mark = R2_MARK_OUTSIDE;
		walk->no_memory |=
			shape == R2_SHAPE_NONE || !r2_list_push(&walk->have.items, &item);
		return false;
	}
	return true;
}

static bool no_memory(struct r2_whole_walk *walk)
{
	return r2_error_set(walk->err, R2_FAILED, "out of memory");
}

/* A dump that began again has shown routes twice. Return: do different ones share a key. */
static bool drop_twins(struct r2_lot *have)
{
	bool share = false;
	size_t n = 0;

	for (size_t i = 0; i < have->items.n; i++) {
		const struct r2_item *item = &have->items.at[i];

		if (n && r2_lot_compare(have, &have->items.at[n - 1], have, item) == 0) {
			if (item->shape == have->items.at[n - 1].shape)
				continue;
			share = true;
		}
		have->items.at[n++] = *item;
	}
	have->items.n = n;
	return share;
}

/* Into the host, before what stands there: it was seen first. */
static bool bring_back(struct r2_whole_walk *walk, struct r2_item *item)
{
	struct r2_host *host = &walk->whole->host;
	struct r2_route route = r2_item_route(item, &walk->shapes);

	item->mark = R2_MARK_SINGLE;
	if (!r2_list_push(&host->routes, &route))
		return false;
	memmove(host->routes.at + 1, host->routes.at,
		(host->routes.n - 1) * sizeof(*host->routes.at));
	host->routes.at[0] = route;
	return true;
}

/* Several of ours at one key (@share), or another tool's there: planned one by one. */
static bool part_singles(struct r2_whole_walk *walk, bool share)
{
	struct r2_lot *have = &walk->have;

	r2_each (const struct r2_route, route, &walk->whole->host.routes) {
		struct r2_item *wanted =
			r2_route_is_ours(route) ? r2_lot_find(&walk->want, route) : NULL;

		if (wanted) {
			wanted->mark = R2_MARK_SINGLE;
			walk->has_singles = true;
		}
	}
	for (size_t i = share || walk->has_singles ? have->items.n : 0; i-- > 0;) {
		struct r2_item *item = &have->items.at[i];
		bool twice =
			(i > 0 && r2_lot_compare(have, item - 1, have, item) == 0) ||
			(i + 1 < have->items.n && r2_lot_compare(have, item, have, item + 1) == 0);
		struct r2_route route;
		struct r2_item *wanted;

		if (item->mark == R2_MARK_OUTSIDE || item->mark == R2_MARK_SINGLE ||
		    (!twice && !walk->has_singles))
			continue;
		route = r2_item_route(item, &walk->shapes);
		wanted = r2_lot_find(&walk->want, &route);
		if (wanted && twice)
			wanted->mark = R2_MARK_SINGLE;
		if (wanted && wanted->mark == R2_MARK_SINGLE && !bring_back(walk, item))
			return false;
	}
	return true;
}

bool r2_whole_single_wishes(struct r2_whole_walk *walk)
{
	bool found = false;

	r2_each (struct r2_item, item, &walk->want.items) {
		const struct r2_target *target = &walk->targets.at[item->shape].target;

		if (target->route.prefsrc.family || item->mark != R2_MARK_NONE)
			continue;
		item->mark = R2_MARK_SINGLE;
		walk->has_singles = found = true;
	}
	if (!found)
		return true;
	if (!part_singles(walk, false))
		return false;
	walk->stood_routes = walk->whole->host.routes.n;
	return true;
}

void r2_whole_mark_contested(const struct r2_whole_walk *walk, struct r2_book *book)
{
	const r2_ips *contested = walk->options->contested;

	r2_each (struct r2_entry, entry, &book->entries) {
		for (size_t i = 0; contested && i < contested->n; i++)
			entry->taken |= r2_ip_equal(&contested->at[i], &entry->phantom);
	}
}

bool r2_whole_read(struct r2_whole_walk *walk)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_RULES |
					  R2_PART_NEIGHS | R2_PART_ROUTES,
				 .keep = keep,
				 .ctx = walk};
	bool share;

	if (!walk->os->ops->snapshot(walk->os, &query, &walk->whole->host, walk->err))
		return false;
	r2_lot_sort(&walk->have);
	share = drop_twins(&walk->have);
	if (walk->no_memory || !part_singles(walk, share) ||
	    !r2_book_read(&walk->whole->host, &walk->stood_book) ||
	    !r2_book_read(&walk->whole->host, &walk->book))
		return no_memory(walk);
	r2_whole_mark_contested(walk, &walk->stood_book);
	r2_whole_mark_contested(walk, &walk->book);
	walk->stood_routes = walk->whole->host.routes.n;
	walk->stood_neighs = walk->whole->host.neighs.n;
	return true;
}

/* ---- the whole ---- */

static void say_clash(struct r2_whole_walk *walk, const struct r2_item *before,
		      const struct r2_item *item)
{
	struct r2_error err;
	unsigned long line;
	const char *name = r2_file_place(walk->file, before->line, &line);

	r2_error_set(&err, R2_USAGE,
		     "another route to the same destination, metric and table stands at %s:%lu",
		     name, line);
	walk->options->say_bad(walk->options->ctx, item, &err);
	walk->whole->bad++;
}

/* Lines that can be held against each other before the host is known. */
static bool check_lines(struct r2_whole_walk *walk)
{
	struct r2_lot *want = &walk->want;
	struct r2_item *items;
	size_t n = 0;

	r2_lot_sort(want);
	items = want->items.at;
	if (!items)
		return true;
	for (size_t i = 0; i < want->items.n; i++) {
		const struct r2_item *item = &items[i], *before = n ? &items[n - 1] : NULL;

		if (!before || r2_lot_compare(want, before, want, item) != 0)
			items[n++] = *item;
		else if (before->shape != item->shape) /* else said twice: no harm */
			say_clash(walk, before, item);
	}
	want->items.n = n;
	r2_each (struct r2_item, item, &want->items) {
		if (walk->file->intents.at[item->shape].method != R2_PLAIN)
			continue;
		item->mark = R2_MARK_SINGLE;
		walk->has_singles = true;
	}
	return true;
}

static bool refuse_bad(struct r2_whole_walk *walk)
{
	if (!walk->whole->bad)
		return true;
	r2_error_set(walk->err, R2_USAGE, "%zu line%s cannot be", walk->whole->bad,
		     walk->whole->bad == 1 ? "" : "s");
	return r2_error_hint(walk->err, "nothing was changed");
}

static bool decide(struct r2_whole_walk *walk)
{
	return check_lines(walk) && refuse_bad(walk) && r2_whole_read(walk) &&
	       r2_whole_settle(walk) && refuse_bad(walk) && r2_whole_compare(walk) &&
	       refuse_bad(walk);
}

static void free_walk(struct r2_whole_walk *walk)
{
	walk->file->items = walk->want.items;
	r2_book_free(&walk->stood_book);
	r2_book_free(&walk->book);
	r2_list_free(&walk->gone);
	r2_shapes_free(&walk->shapes);
	r2_list_free(&walk->targets);
	r2_list_free(&walk->have.items);
	r2_list_free(&walk->foreign);
	r2_list_free(&walk->prepare);
	r2_list_free(&walk->singles);
	r2_list_free(&walk->late);
	r2_list_free(&walk->sweep);
}

/* As plain as it can be: one for each kind of line, however often. */
static bool list_hops(struct r2_whole_walk *walk)
{
	r2_each (const struct r2_whole_target, one, &walk->targets) {
		struct r2_next_hop hop = {one->route.gateway, one->route.link};

		if (hop.ip.family && !r2_list_push(&walk->whole->hops, &hop))
			return no_memory(walk);
	}
	return true;
}

bool r2_whole_changes(const struct r2_whole *whole)
{
	return whole->added || whole->replaced || whole->deleted || whole->phantoms;
}

static bool is_wanted(void *ctx, const struct r2_route *route)
{
	struct r2_whole_walk *walk = ctx;

	return r2_lot_find(&walk->want, route) != NULL;
}

/* What a file that speaks for all does not say is not to come back after a restart either. */
static void forget_others(struct r2_whole_walk *walk)
{
	const struct r2_whole_options *options = walk->options;

	if (!options->check && !options->change.dry_run && !options->spares &&
	    !options->within.table && !options->within.prefix.addr.family && !*options->within.dev)
		r2_recall_forget(walk->os, is_wanted, walk);
}

bool r2_whole_apply(struct r2_os *os, struct r2_file *file, const struct r2_whole_options *options,
		    struct r2_whole *whole, struct r2_error *err)
{
	const struct r2_change_options *change = &options->change;
	struct r2_whole_walk walk = {
		.os = os, .file = file, .options = options, .whole = whole, .err = err};
	bool ok;

	walk.want = (struct r2_lot){file->items, key_of_line, &walk};
	walk.have = (struct r2_lot){{0}, key_of_shape, &walk.shapes};
	if (!options->check &&
	    !os->ops->begin(os, change->wait_ms, change->waiting, change->ctx, err))
		return false;
	if (options->locked && !options->locked(options->ctx))
		ok = r2_error_set(err, R2_FAILED, "left");
	else
		ok = decide(&walk) && list_hops(&walk);
	whole->phantoms = walk.prepare.n + walk.sweep.n;
	ok = ok && (options->check || r2_whole_run(&walk));
	if (ok)
		forget_others(&walk);
	if (ok && options->tell && os->ops->tell && !options->check && r2_whole_changes(whole))
		os->ops->tell(os, "adopt\n");
	if (!options->check)
		os->ops->end(os);
	free_walk(&walk);
	return ok;
}
