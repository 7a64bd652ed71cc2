/* SPDX-License-Identifier: MIT */
/*
 * Of apply: the phantoms that its lines need. One that stands for the very list is shared; one
 * whose list nobody wants any more gets the list that most of its routes are to have, so that
 * these stay as they are; else a new one is made.
 */
#include <stdlib.h>

#include "core/relist.h"
#include "core/skip.h"
#include "os/asking.h"
#include "os/whole_walk.h"

static bool no_memory(struct r2_error *err)
{
	return r2_error_set(err, R2_FAILED, "out of memory");
}

/* ---- the host as it will be ---- */

static bool take_away(struct r2_whole_walk *walk, const struct r2_route *row)
{
	struct r2_host *host = &walk->whole->host;
	bool ok = true;
	size_t n = 0, stood = walk->stood_routes;

	for (size_t i = 0; i < host->routes.n; i++) {
		struct r2_route route = host->routes.at[i];

		if (!r2_route_same(&route, row)) {
			host->routes.at[n++] = route;
			continue;
		}
		walk->stood_routes -= i < stood;
		ok = ok && (i >= stood || r2_list_push(&walk->gone, &route));
	}
	host->routes.n = n;
	return ok;
}

static void set_mac(struct r2_host *host, const struct r2_neigh *with)
{
	r2_each (struct r2_neigh, neigh, &host->neighs) {
		if (neigh->link == with->link && r2_ip_equal(&neigh->ip, &with->ip))
			neigh->mac = with->mac;
	}
}

/* What operations will have done to book and neighbours, so that later ones see it. */
bool r2_whole_absorb(struct r2_whole_walk *walk, const r2_ops *ops)
{
	struct r2_host *host = &walk->whole->host;
	bool ok = true;

	if (!ops->n)
		return true;
	r2_each (const struct r2_op, op, ops) {
		bool row = op->route.table == R2_BOOK_TABLE;

		if (op->kind == R2_OP_ROUTE_ADD && row)
			ok = ok && r2_list_push(&host->routes, &op->route);
		else if (op->kind == R2_OP_ROUTE_DEL && row)
			ok = ok && take_away(walk, &op->route);
		else if (op->kind == R2_OP_NEIGH_ADD)
			ok = ok && r2_list_push(&host->neighs, &op->neigh);
		else if (op->kind == R2_OP_NEIGH_SET)
			set_mac(host, &op->neigh);
		else
			r2_skip_done(host, op);
	}
	r2_book_free(&walk->book);
	ok = r2_book_read(host, &walk->book) && ok;
	r2_whole_mark_contested(walk, &walk->book);
	return ok;
}

/* ---- who follows whom ---- */

/* So many routes stand by @entry (of the book as it stood) and are to have @target. */
struct bond {
	size_t target, entry, routes;
};

struct bonds {
	R2_LIST(struct bond) list;
	size_t latest;
	bool *closed; /* of an entry: some line wants its list, or others use it too */
	bool no_memory;
};

static bool lacks_phantom(const struct r2_whole_walk *walk, const struct r2_whole_target *one)
{
	return r2_plan_by_phantom(&one->target) && one->target.method == R2_PHANTOM &&
	       !r2_plan_phantom(&walk->book, &one->target);
}

static void close_entry(struct bonds *bonds, const struct r2_book *book,
			const struct r2_entry *entry)
{
	if (entry)
		bonds->closed[entry - book->entries.at] = true;
}

/* Entries that must stay what they are. */
static void close_entries(struct r2_whole_walk *walk, struct bonds *bonds)
{
	const struct r2_book *book = &walk->stood_book;

	r2_each (const struct r2_whole_target, one, &walk->targets)
		close_entry(bonds, book, r2_plan_phantom(book, &one->target));
	r2_each (const struct r2_item, item, &walk->have.items) {
		const struct r2_route *route = &walk->shapes.routes.at[item->shape];

		if (item->mark == R2_MARK_OUTSIDE)
			close_entry(bonds, book,
				    r2_book_by_phantom(book, &route->gateway, route->link));
	}
	r2_each (const struct r2_route, route, &walk->whole->host.routes) {
		if (r2_route_is_ours(route) && !r2_whole_speaks_for(walk, route))
			close_entry(bonds, book,
				    r2_book_by_phantom(book, &route->gateway, route->link));
	}
}

static bool could_follow(const struct r2_target *target, const struct r2_entry *entry)
{
	const struct r2_gateways *stood = &entry->gateways;

	return entry->link == target->route.link && stood->n && !entry->taken &&
	       stood->at[stood->n - 1].family == target->gateways.at[0].family &&
	       (!target->phantom.family || r2_ip_equal(&target->phantom, &entry->phantom));
}

static void count(struct bonds *bonds, size_t target, size_t entry)
{
	struct bond fresh = {target, entry, 1};

	for (size_t i = 0; i < bonds->list.n; i++) {
		struct bond *bond = &bonds->list.at[(bonds->latest + i) % bonds->list.n];

		if (bond->target == target && bond->entry == entry) {
			bonds->latest = (size_t)(bond - bonds->list.at);
			bond->routes++;
			return;
		}
	}
	bonds->no_memory |= !r2_list_push(&bonds->list, &fresh);
}

static void count_bonds(struct r2_whole_walk *walk, struct bonds *bonds)
{
	const struct r2_book *book = &walk->stood_book;
	struct r2_merge merge = r2_merge_begin(&walk->want, &walk->have);
	struct r2_item *want, *have;

	while (r2_merge_next(&merge, &want, &have)) {
		const struct r2_whole_target *one;
		const struct r2_route *stands;
		const struct r2_entry *entry;

		if (!want || !have || have->mark == R2_MARK_SINGLE)
			continue;
		one = &walk->targets.at[want->shape];
		stands = &walk->shapes.routes.at[have->shape];
		entry = r2_book_by_phantom(book, &stands->gateway, stands->link);
		if (entry && !bonds->closed[entry - book->entries.at] && lacks_phantom(walk, one) &&
		    could_follow(&one->target, entry))
			count(bonds, one->first, (size_t)(entry - book->entries.at));
	}
}

static int by_routes(const void *a, const void *b)
{
	const struct bond *left = a, *right = b;

	if (left->routes != right->routes)
		return left->routes < right->routes ? 1 : -1;
	return left->target < right->target ? -1 : left->target > right->target;
}

/* The strongest bonds first; each target and each entry has one at most. */
static void bind(struct r2_whole_walk *walk, struct bonds *bonds)
{
	const struct r2_book *book = &walk->stood_book;

	if (bonds->list.n)
		qsort(bonds->list.at, bonds->list.n, sizeof(*bonds->list.at), by_routes);
	r2_each (const struct bond, bond, &bonds->list) {
		struct r2_whole_target *one = &walk->targets.at[bond->target];

		if (bonds->closed[bond->entry] || one->heir_of)
			continue;
		one->heir_of = &book->entries.at[bond->entry];
		bonds->closed[bond->entry] = true;
	}
}

static void find_first(struct r2_whole_walk *walk, struct r2_whole_target *one)
{
	const struct r2_target *target = &one->target;

	for (one->first = 0; one->first < walk->targets.n; one->first++) {
		const struct r2_target *other = &walk->targets.at[one->first].target;

		if (other == target ||
		    (r2_plan_by_phantom(other) && other->route.link == target->route.link &&
		     r2_gateways_equal(&other->gateways, &target->gateways)))
			return;
	}
}

static bool find_heirs(struct r2_whole_walk *walk)
{
	struct bonds bonds = {0};
	bool needed = false, ok = true;

	r2_each (struct r2_whole_target, one, &walk->targets) {
		find_first(walk, one);
		needed |= lacks_phantom(walk, one);
	}
	if (!needed || !walk->stood_book.entries.n)
		return true;
	bonds.closed = calloc(walk->stood_book.entries.n, sizeof(*bonds.closed));
	if (bonds.closed) {
		close_entries(walk, &bonds);
		count_bonds(walk, &bonds);
		bind(walk, &bonds);
	}
	ok = bonds.closed && !bonds.no_memory;
	free(bonds.closed);
	r2_list_free(&bonds.list);
	return ok;
}

/* ---- making them ---- */

/* A phantom that stands, with its neighbour: nobody need be asked. */
static bool is_ready(const struct r2_whole_walk *walk, const struct r2_target *target)
{
	const struct r2_entry *known = r2_plan_phantom(&walk->book, target);
	const struct r2_neigh *neigh =
		known ? r2_host_neigh(&walk->whole->host, &known->phantom, known->link) : NULL;

	return neigh && r2_neigh_has_mac(neigh) && (neigh->state & R2_NUD_PERMANENT);
}

static bool inherit(struct r2_whole_walk *walk, struct r2_whole_target *one,
		    const struct r2_mac *mac, struct r2_error *err)
{
	r2_ops ops = {0};
	bool ok;

	if (!one->heir_of)
		return true;
	ok = r2_relist(&walk->whole->host, one->heir_of, &one->target.gateways, mac, &ops) &&
	     r2_ops_append(&walk->prepare, &ops) && r2_whole_absorb(walk, &ops);
	walk->whole->relisted++;
	r2_list_free(&ops);
	return ok || no_memory(err);
}

/* Its phantom, if it needs one: known, or asked for and prepared. */
static bool prepare(struct r2_whole_walk *walk, struct r2_whole_target *one, struct r2_error *err)
{
	const struct r2_host *host = &walk->whole->host;
	struct r2_choice choice = {0};
	r2_ops ops = {0};
	bool ok;

	if (one->target.method != R2_PHANTOM)
		return true;
	if (!is_ready(walk, &one->target) &&
	    !r2_asking_gateways(walk->os, host, &walk->book, &one->target, &walk->options->change,
				&choice.mac, &walk->whole->notes, err))
		return false;
	if (!inherit(walk, one, &choice.mac, err) ||
	    !r2_asking_phantom(walk->os, host, &walk->book, &one->target, &choice.phantom, err) ||
	    !r2_plan_prepare(host, &walk->book, &one->target, &choice, &ops, &one->route,
			     &walk->whole->notes, err))
		return false;
	ok = r2_ops_append(&walk->prepare, &ops) && r2_whole_absorb(walk, &ops);
	r2_list_free(&ops);
	return ok || no_memory(err);
}

bool r2_whole_phantoms(struct r2_whole_walk *walk)
{
	if (!find_heirs(walk))
		return no_memory(walk->err);
	for (size_t i = 0; i < walk->targets.n; i++) {
		struct r2_error err;

		if (!prepare(walk, &walk->targets.at[i], &err))
			r2_whole_refuse(walk, r2_whole_first_of(walk, i), &err);
	}
	return true;
}
