/* SPDX-License-Identifier: MIT */
/* The next hops of a route. */
#include "core/hops.h"

static const struct r2_nexthop *object(const struct r2_host *host, uint32_t id)
{
	r2_each (const struct r2_nexthop, nexthop, &host->nexthops) {
		if (nexthop->id == id)
			return nexthop;
	}
	return NULL;
}

static void add_object(const struct r2_nexthop *nexthop, struct r2_hops *ret)
{
	if (nexthop->flags & R2_NEXTHOP_OPAQUE)
		ret->not_modelled = "next-hop object with an encapsulation";
	if (nexthop->flags & R2_NEXTHOP_BLACKHOLE)
		ret->blackhole = true;
	else if (ret->n < R2_HOPS_MAX)
		ret->at[ret->n++] = nexthop->hop;
}

static void add_group(const struct r2_host *host, const struct r2_nexthop *group,
		      struct r2_hops *ret)
{
	for (uint32_t i = 0; i < group->members; i++) {
		uint32_t at = group->first_member + i;
		const struct r2_nexthop *member =
			at < host->members.n ? object(host, host->members.at[at].id) : NULL;

		if (member)
			add_object(member, ret);
	}
}

void r2_hops_of(const struct r2_host *host, const struct r2_route *route, struct r2_hops *ret)
{
	const struct r2_nexthop *nexthop = route->nhid ? object(host, route->nhid) : NULL;

	ret->n = 0;
	ret->blackhole = false;
	ret->not_modelled = route->flags & R2_ROUTE_ENCAP ? "encapsulation" : NULL;
	if (nexthop && (nexthop->flags & R2_NEXTHOP_GROUP)) {
		add_group(host, nexthop, ret);
	} else if (nexthop) {
		add_object(nexthop, ret);
	} else if (route->hops) {
		for (uint32_t i = 0; i < route->hops && ret->n < R2_HOPS_MAX; i++) {
			if (route->first_hop + i < host->hops.n)
				ret->at[ret->n++] = host->hops.at[route->first_hop + i];
		}
	} else if (route->link) {
		ret->at[ret->n++] = (struct r2_hop){.gateway = route->gateway,
						    .link = route->link,
						    .flags = route->flags,
						    .weight = 1};
	}
}
