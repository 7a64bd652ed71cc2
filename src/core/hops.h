/* SPDX-License-Identifier: MIT */
/* The next hops of a route, however they are written: one, several, or a next-hop object. */
#ifndef R2_CORE_HOPS_H
#define R2_CORE_HOPS_H

#include "core/host.h"

#define R2_HOPS_MAX 64 /* of one route; the kernel's groups may have more, which are left out */

/**
 * struct r2_hops
 * @n: 0 for a route that leads nowhere (blackhole and the like)
 * @blackhole: a next-hop object that drops
 * @not_modelled: NULL, or what stands in the way of an answer
 */
struct r2_hops {
	size_t n;
	bool blackhole;
	const char *not_modelled;
	struct r2_hop at[R2_HOPS_MAX];
};

/**
 * r2_hops_of() - collect them
 *
 * An object that the snapshot does not hold is taken as the route tells it (the kernel writes its
 * gateway and interface besides the number).
 */
void r2_hops_of(const struct r2_host *host, const struct r2_route *route, struct r2_hops *ret);

#endif
