/* SPDX-License-Identifier: MIT */
/*
 * Idea: two hosts are alike if each key has the same routes in the same order, in both. The kernel
 * can put a route before or behind all others of its key only: so where another tool's stand among
 * them, an undone deletion may come back at another place, and only the first, which serves,
 * counts.
 */
#include <stdio.h>

#include "os/fake/fake.h"

/* The @nth route with the key of @route, NULL if there are not so many. */
static const struct r2_route *nth_of_key(const struct r2_host *host, const struct r2_route *route,
					 size_t nth)
{
	r2_each (const struct r2_route, one, &host->routes) {
		if (r2_route_same_key(one, route) && nth-- == 0)
			return one;
	}
	return NULL;
}

static bool is_among_foreign(const struct r2_host *a, const struct r2_host *b,
			     const struct r2_route *route)
{
	bool foreign = false;

	r2_each (const struct r2_route, one, &a->routes)
		foreign |= r2_route_same_key(one, route) && !r2_route_is_ours(one);
	for (size_t nth = 1; foreign; nth++) {
		const struct r2_route *other = nth_of_key(b, route, nth);

		if (!other)
			return false;
		if (r2_route_same(other, route))
			return true;
	}
	return false;
}

/* Is every route of @a in @b, at the same place among those of its key? */
static bool lacks_route(const struct r2_host *a, const struct r2_host *b, const char *which,
			char *ret_why, size_t size)
{
	char dst[R2_PREFIX_TEXT], via[R2_IP_TEXT], src[R2_IP_TEXT];
	for (size_t i = 0; i < a->routes.n; i++) {
		const struct r2_route *route = &a->routes.at[i];
		size_t nth = 0;
		for (size_t j = 0; j < i; j++)
			nth += r2_route_same_key(&a->routes.at[j], route);
		const struct r2_route *other = nth_of_key(b, route, nth);
		if ((other && r2_route_same(other, route)) ||
		    (nth > 0 && is_among_foreign(a, b, route)))
			continue;
		snprintf(ret_why, size, "%s: %s via %s src %s table %u metric %u protocol %u",
			 which, r2_prefix_format(&route->dst, dst),
			 r2_ip_format(&route->gateway, via), r2_ip_format(&route->prefsrc, src),
			 route->table, route->metric, route->protocol);
		return true;
	}
	return false;
}

static bool lacks_neigh(const struct r2_host *a, const struct r2_host *b, const char *which,
			char *ret_why, size_t size)
{
	char ip[R2_IP_TEXT], mac[R2_MAC_TEXT];
	r2_each (const struct r2_neigh, neigh, &a->neighs) {
		const struct r2_neigh *other = r2_host_neigh(b, &neigh->ip, neigh->link);
		if (other && r2_mac_equal(&other->mac, &neigh->mac) &&
		    other->state == neigh->state && other->protocol == neigh->protocol)
			continue;
		snprintf(ret_why, size, "%s: neighbour %s lladdr %s state %#x protocol %u", which,
			 r2_ip_format(&neigh->ip, ip), r2_mac_format(&neigh->mac, mac),
			 neigh->state, neigh->protocol);
		return true;
	}
	return false;
}

static bool differ_in_skips(const struct r2_host *a, const struct r2_host *b, char *ret_why,
			    size_t size)
{
	const uint32_t skips = R2_ADDR_SKIP_AS_SOURCE | R2_ADDR_SKIP_IS_OURS;
	char ip[R2_IP_TEXT];

	r2_each (const struct r2_addr, addr, &a->addrs) {
		const struct r2_addr *other = r2_host_addr(b, &addr->ip, addr->link);

		if (!other || (other->flags & skips) == (addr->flags & skips))
			continue;
		snprintf(ret_why, size, "SkipAsSource of %s", r2_ip_format(&addr->ip, ip));
		return true;
	}
	return false;
}

bool r2_fake_differ(const struct r2_host *a, const struct r2_host *b, char *ret_why, size_t size)
{
	static const char first[] = "only the first has it so", second[] = "only the second";
	return lacks_route(a, b, first, ret_why, size) ||
	       lacks_route(b, a, second, ret_why, size) ||
	       lacks_neigh(a, b, first, ret_why, size) ||
	       lacks_neigh(b, a, second, ret_why, size) || differ_in_skips(a, b, ret_why, size);
}
