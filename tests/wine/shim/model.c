/* SPDX-License-Identifier: MIT */
/* Idea: all candidates stand; each rule in its turn sends away those that are not the best by it.
 */
#include "model.h"

#include <string.h>

enum { MOST = 256 };

struct race {
	const struct world *world;
	const struct route *route;
	struct ip dst, hop;
	const struct addr *in[MOST];
	size_t n;
};

bool same_ip(const struct ip *a, const struct ip *b)
{
	return a->family && a->family == b->family && !memcmp(a->b, b->b, bits_of(a) / 8);
}

unsigned shared_bits(const struct ip *a, const struct ip *b)
{
	unsigned n = 0, most = bits_of(a);

	while (n < most && !(((unsigned)(a->b[n / 8] ^ b->b[n / 8]) >> (7 - n % 8)) & 1U))
		n++;
	return n;
}

bool inside(const struct ip *ip, const struct ip *dst, unsigned len)
{
	return ip->family == dst->family && shared_bits(ip, dst) >= len;
}

static const struct link *link_of(const struct world *world, uint32_t index)
{
	for (size_t i = 0; i < world->links.n; i++) {
		if (world->links.at[i].index == index)
			return &world->links.at[i];
	}
	return NULL;
}

/* MIB_IPFORWARD_ROW2: the route's metric is an offset to its interface's. */
static uint64_t cost(const struct world *world, const struct route *route)
{
	const struct link *link = link_of(world, route->index);

	return (uint64_t)route->metric + (link ? link->metric[route->dst.family == 6] : 0);
}

const struct route *model_route(const struct world *world, const struct ip *dst, uint32_t index)
{
	const struct route *best = NULL;

	for (size_t i = 0; i < world->routes.n; i++) {
		const struct route *route = &world->routes.at[i];
		const struct link *link = link_of(world, route->index);

		if (!link || !(link->flags & LINK_UP) || (index && index != route->index) ||
		    !inside(dst, &route->dst, route->len))
			continue;
		if (!best || route->len > best->len ||
		    (route->len == best->len && cost(world, route) < cost(world, best)))
			best = route;
	}
	return best;
}

/* ---- the rules: a higher score is better ---- */

static bool begins(const struct ip *ip, const char *bytes, unsigned len)
{
	struct ip prefix = {.family = ip->family};

	memcpy(prefix.b, bytes, (len + 7) / 8);
	return shared_bits(ip, &prefix) >= len;
}

static int scope_of(const struct ip *ip)
{
	if (ip->family == 4)
		return begins(ip, "\xa9\xfe", 16) || ip->b[0] == 127 ? 2 : 14;
	if (ip->b[0] == 0xff)
		return ip->b[1] & 15;
	if (begins(ip, "\xfe\x80", 10) || begins(ip, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 128))
		return 2;
	return begins(ip, "\xfe\xc0", 10) ? 5 : 14;
}

/* RFC 6724 section 2.1, the default of Windows 10. */
static int label_of(const struct ip *ip)
{
	if (begins(ip, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 128))
		return 0;
	if (begins(ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 96))
		return 4;
	if (begins(ip, "\0\0\0\0\0\0\0\0\0\0\0\0", 96))
		return 3;
	if (begins(ip, "\x20\x01\0\0", 32))
		return 5;
	if (begins(ip, "\x20\x02", 16))
		return 2;
	if (begins(ip, "\x3f\xfe", 16))
		return 12;
	if (begins(ip, "\xfe\xc0", 10))
		return 11;
	return begins(ip, "\xfc", 7) ? 13 : 1;
}

static int by_same(const struct race *race, const struct addr *addr)
{
	return same_ip(&addr->ip, &race->dst);
}

static int by_scope(const struct race *race, const struct addr *addr)
{
	int own = scope_of(&addr->ip), wanted = scope_of(&race->dst);

	return own < wanted ? own - 100 : -own;
}

static int by_age(const struct race *race, const struct addr *addr)
{
	(void)race;
	return !(addr->flags & ADDR_DEPRECATED);
}

static int by_link(const struct race *race, const struct addr *addr)
{
	return addr->index == race->route->index;
}

static int by_label(const struct race *race, const struct addr *addr)
{
	return race->dst.family == 6 && label_of(&addr->ip) == label_of(&race->dst);
}

static int by_privacy(const struct race *race, const struct addr *addr)
{
	return race->dst.family == 6 && addr->flags & ADDR_TEMPORARY;
}

static int by_hop(const struct race *race, const struct addr *addr)
{
	return race->dst.family == 4 ? (int)shared_bits(&addr->ip, &race->hop) : 0;
}

static int by_destination(const struct race *race, const struct addr *addr)
{
	return (int)shared_bits(&addr->ip, &race->dst);
}

static void run(struct race *race, int (*score)(const struct race *, const struct addr *))
{
	int best = -1000;
	size_t kept = 0;

	for (size_t i = 0; i < race->n; i++) {
		int own = score(race, race->in[i]);

		if (own > best) {
			best = own;
			kept = 0;
		}
		if (own == best)
			race->in[kept++] = race->in[i];
	}
	race->n = kept;
}

/* The strong host model: only the sending interface's, unless it is told to be weak. */
static void enter(struct race *race)
{
	const struct link *out = link_of(race->world, race->route->index);
	bool weak = out && out->weak[race->dst.family == 6];

	for (size_t i = 0; i < race->world->addrs.n && race->n < MOST; i++) {
		const struct addr *addr = &race->world->addrs.at[i];

		if (addr->ip.family == race->dst.family && !addr->skip &&
		    !(addr->flags & (ADDR_TENTATIVE | ADDR_FAILED)) &&
		    (weak || addr->index == race->route->index))
			race->in[race->n++] = addr;
	}
}

const struct addr *model_source(const struct world *world, const struct route *route,
				const struct ip *dst, bool *ret_tie)
{
	struct race race = {.world = world, .route = route, .dst = *dst};

	race.hop = route->hop.family ? route->hop : *dst;
	enter(&race);
	run(&race, by_same);
	run(&race, by_scope);
	run(&race, by_age);
	run(&race, by_link);
	run(&race, by_label);
	run(&race, by_privacy);
	run(&race, by_hop);
	run(&race, by_destination);
	if (ret_tie)
		*ret_tie = race.n > 1;
	return race.n ? race.in[race.n - 1] : NULL;
}
