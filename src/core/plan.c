/* SPDX-License-Identifier: MIT */
/* The planner: prepare, switch over, release, sweep. */
#include "core/plan.h"
#include "core/describe.h"
#include "core/phantom.h"
#include "core/skip.h"
#include "core/sweep.h"

#include <string.h>

/** struct planner - one plan in the making; every step returns false only if memory ran out */
struct planner {
	const struct r2_host *host;
	const struct r2_book *book;
	const struct r2_target *target;
	struct r2_route route; /* as it shall stand */
	struct r2_notes *notes;
	struct r2_error *err;
	r2_ops ops;
};

static bool push(struct planner *plan, enum r2_op_kind kind, const struct r2_route *route)
{
	struct r2_op op = {.kind = kind, .route = *route};

	return r2_list_push(&plan->ops, &op);
}

static bool push_replace(struct planner *plan, const struct r2_route *old)
{
	struct r2_op op = {.kind = R2_OP_ROUTE_REPLACE, .route = plan->route, .old = *old};

	return r2_list_push(&plan->ops, &op);
}

static bool out_of_memory(struct planner *plan)
{
	r2_list_free(&plan->ops);
	return r2_error_set(plan->err, R2_FAILED, "out of memory");
}

/* ---- prepare: what the route will need ---- */

bool r2_plan_by_phantom(const struct r2_target *target)
{
	return target->method == R2_PHANTOM || target->phantom.family;
}

const struct r2_entry *r2_plan_phantom(const struct r2_book *book, const struct r2_target *target)
{
	if (!r2_plan_by_phantom(target))
		return NULL;
	return r2_book_by_list(book, target->route.link, &target->steers, &target->gateways);
}

static const struct r2_neigh *phantom_neigh(const struct r2_host *host, const struct r2_ip *phantom,
					    uint32_t link)
{
	const struct r2_neigh *neigh = r2_host_neigh(host, phantom, link);
	bool stands = neigh && neigh->protocol == R2_PROTOCOL && neigh->mac.len &&
		      (neigh->state & R2_NUD_PERMANENT);

	return stands ? neigh : NULL;
}

static bool prepare_neighbour(struct planner *plan, const struct r2_entry *entry,
			      const struct r2_mac *mac)
{
	const struct r2_neigh *stands = phantom_neigh(plan->host, &entry->phantom, entry->link);
	struct r2_op op = {.kind = R2_OP_NEIGH_ADD,
			   .neigh = {.ip = entry->phantom,
				     .link = entry->link,
				     .mac = *mac,
				     .state = R2_NUD_PERMANENT,
				     .protocol = R2_PROTOCOL}};
	char text[R2_MAC_TEXT], given[R2_MAC_TEXT], phantom[R2_IP_TEXT];

	if (stands && (!mac->len || r2_mac_equal(&stands->mac, mac)))
		return true;
	if (stands) {
		op.kind = R2_OP_NEIGH_SET;
		op.old_mac = stands->mac;
		r2_note(plan->notes, "nobody answers at %s any more: phantom %s is given to %s",
			r2_mac_format(&stands->mac, text), r2_ip_format(&entry->phantom, phantom),
			r2_mac_format(mac, given));
	}
	return r2_list_push(&plan->ops, &op);
}

static bool prepare_phantom(struct planner *plan, const struct r2_choice *choice)
{
	const struct r2_target *target = plan->target;
	const struct r2_entry *known = r2_plan_phantom(plan->book, target);
	struct r2_entry entry = {.phantom = choice->phantom,
				 .link = target->route.link,
				 .number = r2_book_free_number(plan->book),
				 .steers = target->steers,
				 .gateways = target->gateways};

	if (known)
		entry = *known;
	plan->route.gateway = entry.phantom;
	plan->route.flags |= R2_ROUTE_ONLINK;
	for (size_t i = 0; !known && i < entry.gateways.n; i++) {
		struct r2_route row = r2_book_row(&entry, i);

		if (!push(plan, R2_OP_ROUTE_ADD, &row))
			return false;
	}
	return prepare_neighbour(plan, &entry, &choice->mac);
}

/* No field of the route names its source: then the book does. */
static bool prepare_wish(struct planner *plan)
{
	struct r2_route row =
		r2_book_wish_row(&plan->route, &plan->target->src, plan->target->method,
				 r2_book_free_number(plan->book));
	uint32_t used = 0;

	if (r2_book_wishes(plan->book, &plan->route, &plan->target->src, plan->target->method))
		return r2_skip_plan(plan->host, plan->target, &plan->ops);
	/* A new phantom of this very plan has taken the first free number. */
	r2_each (const struct r2_op, op, &plan->ops) {
		used |= op->route.table == R2_BOOK_TABLE &&
			op->route.metric / R2_BOOK_ORDERS == row.metric / R2_BOOK_ORDERS;
	}
	row.metric += used * R2_BOOK_ORDERS;
	return push(plan, R2_OP_ROUTE_ADD, &row) &&
	       r2_skip_plan(plan->host, plan->target, &plan->ops);
}

/* ---- switch over: the route itself ---- */

bool r2_plan_meets(const struct r2_book *book, const struct r2_target *target,
		   const struct r2_route *planned, const struct r2_route *route)
{
	const struct r2_entry *entry;

	if (r2_route_same(route, planned))
		return target->route.prefsrc.family ||
		       r2_book_wishes(book, route, &target->src, target->method);
	if (!target->any_method || !r2_ip_equal(&route->prefsrc, &target->src) ||
	    route->link != target->route.link)
		return false;
	entry = r2_book_by_phantom(book, &route->gateway, route->link);
	if (entry)
		return !entry->taken && r2_gateways_equal(&entry->gateways, &target->gateways);
	return target->gateways.n == 1 && r2_ip_equal(&route->gateway, &target->gateways.at[0]);
}

static bool meets(const struct planner *plan, const struct r2_route *route)
{
	return r2_plan_meets(plan->book, plan->target, &plan->route, route);
}

/* IPv6 drops a preferred source with its address: then the line may be said again. */
static bool only_lost_source(const struct planner *plan, const struct r2_route *route)
{
	struct r2_route repaired = *route;

	repaired.prefsrc = plan->route.prefsrc;
	return !route->prefsrc.family && !r2_book_wish(plan->book, route) &&
	       r2_route_same(&repaired, &plan->route);
}

static uint32_t free_metric(const struct planner *plan, uint32_t taken)
{
	uint32_t metric = taken;
	bool clash = true;

	while (clash && metric > 1) {
		clash = false;
		metric--;
		r2_each (const struct r2_route, route, &plan->host->routes) {
			clash |= route->table == plan->route.table && route->metric == metric &&
				 r2_prefix_equal(&route->dst, &plan->route.dst);
		}
	}
	return metric;
}

static bool refuse_taken(struct planner *plan, const struct r2_route *foreign)
{
	char text[R2_PREFIX_TEXT], who[R2_PROTOCOL_TEXT];

	r2_error_set(plan->err, R2_FAILED, "metric %u of %s is taken by a route of protocol %s",
		     foreign->metric, r2_prefix_name(&plan->route.dst, text),
		     r2_protocol_name(foreign->protocol, who));
	return r2_error_hint(plan->err, "metric %u is free and goes before it",
			     free_metric(plan, foreign->metric));
}

static bool refuse_change(struct planner *plan, const struct r2_route *ours)
{
	char line[R2_INTENT_TEXT];
	struct r2_line is;

	r2_describe(plan->host, plan->book, ours, &is);
	r2_error_set(plan->err, R2_FAILED, "it is there already, but as: %.260s",
		     r2_intent_format(&is.intent, NULL, line));
	return r2_error_hint(plan->err, "to change it say `replace`");
}

/* RTN_* of linux/rtnetlink.h that lead nowhere */
static const char *dead_end(const struct r2_route *route)
{
	static const char *const NAMES[] = {
		[6] = "a blackhole", [7] = "unreachable", [8] = "prohibited", [9] = "a throw"};

	return route->type < sizeof(NAMES) / sizeof(*NAMES) ? NAMES[route->type] : NULL;
}

static void note_foreign(struct planner *plan, const struct r2_route *foreign)
{
	char text[R2_PREFIX_TEXT], where[R2_IP_TEXT], who[R2_PROTOCOL_TEXT];
	const char *preposition = "on";
	const char *hop = r2_host_link_name(plan->host, foreign->link);

	if (foreign->gateway.family) {
		preposition = "via";
		hop = r2_ip_format(&foreign->gateway, where);
	} else if (dead_end(foreign)) {
		preposition = "it is";
		hop = dead_end(foreign);
	}
	r2_note(plan->notes,
		"%s has a route of protocol %s at the same metric (%s %s): ours goes before it, "
		"and "
		"del undoes that",
		r2_prefix_name(&plan->route.dst, text), r2_protocol_name(foreign->protocol, who),
		preposition, hop);
}

struct standing {
	const struct r2_route *ours;    /* the first of ours with the key, which serves */
	const struct r2_route *foreign; /* the first of another's with the key */
	bool foreign_first;
};

static struct standing look(const struct r2_host *host, const struct r2_route *key)
{
	struct standing found = {0};

	r2_each (const struct r2_route, route, &host->routes) {
		if (!r2_route_same_key(route, key))
			continue;
		if (r2_route_is_ours(route)) {
			if (!found.ours) {
				found.ours = route;
				found.foreign_first = found.foreign != NULL;
			}
		} else if (!found.foreign) {
			found.foreign = route;
		}
	}
	return found;
}

static bool push_del(struct planner *plan, const struct r2_route *route, bool last)
{
	struct r2_op op = {.kind = R2_OP_ROUTE_DEL, .route = *route, .last = last};

	return r2_list_push(&plan->ops, &op);
}

/*
 * Take out all of ours with the key but @keep, those before @end. Undo can put a route only before
 * or behind all others of its key: so those before the wall (@keep, or the first foreign one) go
 * from the front, to come back to the front in reverse, and those behind it from the back.
 */
static bool remove_all_but(struct planner *plan, const struct r2_route *keep, size_t end)
{
	const struct r2_route *routes = plan->host->routes.at;
	size_t n = plan->host->routes.n, wall = 0;

	if (!routes)
		return true;
	while (wall < n && (!r2_route_same_key(&routes[wall], &plan->route) ||
			    (&routes[wall] != keep && r2_route_is_ours(&routes[wall]))))
		wall++;
	for (size_t i = 0; i < wall; i++) {
		if (r2_route_same_key(&routes[i], &plan->route) &&
		    !push_del(plan, &routes[i], false))
			return false;
	}
	for (size_t i = end < n ? end : n; i-- > wall;) {
		if (&routes[i] != keep && r2_route_is_ours(&routes[i]) &&
		    r2_route_same_key(&routes[i], &plan->route) &&
		    !push_del(plan, &routes[i], true))
			return false;
	}
	return true;
}

/*
 * IPv4 keeps routes of one key in a list whose first serves. Prepending the new and deleting the
 * old exactly needs no NLM_F_REPLACE, which would take whatever stands first by then. What stands
 * further back already cannot be prepended (the kernel has it): it comes to the front as those
 * before it go, or, behind a foreign one, is taken out first.
 */
static bool switch_over4(struct planner *plan)
{
	const struct r2_route *routes = plan->host->routes.at, *twin = NULL, *foreign = NULL;
	size_t end = plan->host->routes.n;

	r2_each (const struct r2_route, route, &plan->host->routes) {
		if (twin || !r2_route_same_key(route, &plan->route))
			continue;
		if (r2_route_same(route, &plan->route))
			twin = route;
		else if (!r2_route_is_ours(route))
			foreign = route;
	}
	if (twin && !foreign)
		return remove_all_but(plan, twin, end);
	/* What stands behind the twin goes before it, so that undo brings them back in order. */
	while (twin && end > (size_t)(twin - routes)) {
		const struct r2_route *route = &routes[--end];

		if (r2_route_is_ours(route) && r2_route_same_key(route, &plan->route) &&
		    !push_del(plan, route, true))
			return false;
	}
	return push(plan, R2_OP_ROUTE_PREPEND, &plan->route) && remove_all_but(plan, twin, end);
}

static bool switch_over(struct planner *plan, const struct standing *found)
{
	bool ipv4 = plan->route.dst.addr.family == R2_IPV4;

	if (!found->ours && !found->foreign)
		return push(plan, R2_OP_ROUTE_ADD, &plan->route);
	if (ipv4)
		return switch_over4(plan);
	if (!found->ours)
		return true; /* a foreign one alone: refused before */
	return push_replace(plan, found->ours);
}

static bool check_standing(struct planner *plan, const struct standing *found, bool replace,
			   const struct r2_route **ret_stands)
{
	bool ipv6 = plan->route.dst.addr.family == R2_IPV6;

	*ret_stands = NULL;
	if (found->ours && !found->foreign_first && meets(plan, found->ours)) {
		*ret_stands = found->ours;
		return true;
	}
	if (ipv6 && found->foreign)
		return refuse_taken(plan, found->foreign);
	if (found->ours && !replace && !meets(plan, found->ours) &&
	    !only_lost_source(plan, found->ours))
		return refuse_change(plan, found->ours);
	if (found->foreign)
		note_foreign(plan, found->foreign);
	return true;
}

/* ---- the plans ---- */

static bool check_phantom(struct planner *plan, const struct r2_choice *choice)
{
	const struct r2_entry *known = r2_plan_phantom(plan->book, plan->target);
	char have[R2_IP_TEXT];

	if (!r2_plan_by_phantom(plan->target))
		return true;
	if (known && choice->phantom.family && !r2_ip_equal(&known->phantom, &choice->phantom)) {
		r2_error_set(plan->err, R2_FAILED,
			     "phantom %s already stands for these gateways on %s",
			     r2_ip_format(&known->phantom, have),
			     r2_host_link_name(plan->host, known->link));
		return r2_error_hint(plan->err, "leave `phantom` out to share it");
	}
	return known || r2_phantom_usable(plan->host, plan->book, plan->target->route.link,
					  &choice->phantom, plan->err);
}

static bool prepare(struct planner *plan, const struct r2_choice *choice)
{
	bool ok = true;

	if (!check_phantom(plan, choice))
		return false;
	if (r2_plan_by_phantom(plan->target))
		ok = prepare_phantom(plan, choice);
	if (ok && !plan->target->route.prefsrc.family)
		ok = prepare_wish(plan);
	return ok || out_of_memory(plan);
}

bool r2_plan_prepare(const struct r2_host *host, const struct r2_book *book,
		     const struct r2_target *target, const struct r2_choice *choice,
		     r2_ops *ret_ops, struct r2_route *ret_route, struct r2_notes *notes,
		     struct r2_error *err)
{
	struct planner plan = {.host = host,
			       .book = book,
			       .target = target,
			       .route = target->route,
			       .notes = notes,
			       .err = err};

	if (!prepare(&plan, choice))
		return false;
	*ret_ops = plan.ops;
	*ret_route = plan.route;
	return true;
}

bool r2_plan_route(const struct r2_host *host, const struct r2_book *book,
		   const struct r2_target *target, const struct r2_choice *choice, bool replace,
		   r2_ops *ret_ops, struct r2_route *ret_route, struct r2_notes *notes,
		   struct r2_error *err)
{
	struct planner plan = {.host = host,
			       .book = book,
			       .target = target,
			       .route = target->route,
			       .notes = notes,
			       .err = err};
	struct standing found = look(host, &target->route);
	const struct r2_route *stands = NULL;
	bool ok;

	if (!prepare(&plan, choice))
		return false;
	if (!check_standing(&plan, &found, replace, &stands)) {
		r2_list_free(&plan.ops);
		return false;
	}
	if (stands && !r2_route_same(stands, &plan.route)) {
		/* `auto` is content with the method that stands: nothing is to be prepared. */
		r2_list_free(&plan.ops);
		plan.route = *stands;
	}
	ok = stands ? remove_all_but(&plan, stands, SIZE_MAX) : switch_over(&plan, &found);
	if (!ok)
		return out_of_memory(&plan);
	*ret_ops = plan.ops;
	*ret_route = plan.route;
	return true;
}

bool r2_plan_add(const struct r2_host *host, const struct r2_book *book,
		 const struct r2_target *target, const struct r2_choice *choice, bool replace,
		 r2_ops *ret_ops, struct r2_route *ret_route, struct r2_notes *notes,
		 struct r2_error *err)
{
	struct planner plan = {.err = err};

	if (!r2_plan_route(host, book, target, choice, replace, &plan.ops, ret_route, notes, err))
		return false;
	if (!r2_sweep(host, &plan.ops))
		return out_of_memory(&plan);
	*ret_ops = plan.ops;
	return true;
}

bool r2_plan_remove(const struct r2_host *host, const struct r2_route *route, r2_ops *ret_ops,
		    struct r2_error *err)
{
	struct planner plan = {.host = host, .route = *route, .err = err};

	if (!remove_all_but(&plan, NULL, SIZE_MAX))
		return out_of_memory(&plan);
	*ret_ops = plan.ops;
	return true;
}

bool r2_plan_del(const struct r2_host *host, const struct r2_route *route, r2_ops *ret_ops,
		 struct r2_error *err)
{
	struct planner plan = {.err = err};

	if (!r2_plan_remove(host, route, &plan.ops, err))
		return false;
	if (!r2_sweep(host, &plan.ops))
		return out_of_memory(&plan);
	*ret_ops = plan.ops;
	return true;
}

bool r2_plan_tidy(struct r2_host *host, r2_ops *ret_ops, struct r2_error *err)
{
	struct planner plan = {.err = err};

	if (!r2_sweep(host, &plan.ops))
		return out_of_memory(&plan);
	r2_swept(host, &plan.ops);
	*ret_ops = plan.ops;
	return true;
}
