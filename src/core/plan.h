/* SPDX-License-Identifier: MIT */
/*
 * The planner: a target and a host in, ordered operations out.
 *
 * Order, so that a kill between any two operations loses nothing (the laws that the tests hold it
 * to): what a route needs (book, neighbour) before the route; the new route before the old one
 * goes; what nobody needs any more last. Remnants of an interrupted change (a phantom, a neighbour
 * or a line of the book without a route) are swept before the next one; a second route of one key
 * when that key is next touched.
 */
#ifndef R2_CORE_PLAN_H
#define R2_CORE_PLAN_H

#include "core/book.h"
#include "core/op.h"
#include "core/settle.h"

/**
 * struct r2_choice - what had to be asked of the network before planning
 * @mac: of the gateway that shall carry, for a phantom that has no neighbour entry yet or one that
 *       leads nowhere; none: what stands is right
 * @phantom: the one chosen or given; none if not needed
 */
struct r2_choice {
	struct r2_mac mac;
	struct r2_ip phantom;
};

/** r2_plan_phantom() - the phantom that already stands for the target's gateways, or NULL */
const struct r2_entry *r2_plan_phantom(const struct r2_book *book, const struct r2_target *target);

/** r2_plan_by_phantom() - is the target's next hop a phantom */
bool r2_plan_by_phantom(const struct r2_target *target);

/**
 * r2_plan_add() - make the host meet @target
 * @replace: an existing route of ours to the same (prefix, table, metric) may be changed
 * @ret_ops: empty if the host meets it already; the caller frees it
 * @ret_route: the route as installed, phantom included
 *
 * Return: false with R2_FAILED: another source stands there and @replace is false; a foreign IPv6
 * route has the metric; the phantom cannot be used; memory ran out.
 */
bool r2_plan_add(const struct r2_host *host, const struct r2_book *book,
		 const struct r2_target *target, const struct r2_choice *choice, bool replace,
		 r2_ops *ret_ops, struct r2_route *ret_route, struct r2_notes *notes,
		 struct r2_error *err);

/**
 * r2_plan_prepare() - only what the route will need: its phantom, or the line that wishes its
 * source
 * @ret_route: as it shall stand, phantom included
 */
bool r2_plan_prepare(const struct r2_host *host, const struct r2_book *book,
		     const struct r2_target *target, const struct r2_choice *choice,
		     r2_ops *ret_ops, struct r2_route *ret_route, struct r2_notes *notes,
		     struct r2_error *err);

/** r2_plan_route(), r2_plan_remove() - r2_plan_add() and r2_plan_del() without sweeping: where many
 * routes change, that is done once, at the end */
bool r2_plan_route(const struct r2_host *host, const struct r2_book *book,
		   const struct r2_target *target, const struct r2_choice *choice, bool replace,
		   r2_ops *ret_ops, struct r2_route *ret_route, struct r2_notes *notes,
		   struct r2_error *err);
bool r2_plan_remove(const struct r2_host *host, const struct r2_route *route, r2_ops *ret_ops,
		    struct r2_error *err);

/** r2_plan_meets() - would @route, which stands, do for @target, of which @planned is the route */
bool r2_plan_meets(const struct r2_book *book, const struct r2_target *target,
		   const struct r2_route *planned, const struct r2_route *route);

/**
 * r2_plan_del() - take away one route of ours (and its doubles of the same key), and what only it
 * needed
 */
bool r2_plan_del(const struct r2_host *host, const struct r2_route *route, r2_ops *ret_ops,
		 struct r2_error *err);

/**
 * r2_plan_tidy() - sweep the remnants of interrupted changes and nothing else
 * @host: is left as it will be then, so that further planning does not meet them
 */
bool r2_plan_tidy(struct r2_host *host, r2_ops *ret_ops, struct r2_error *err);

#endif
