/* SPDX-License-Identifier: MIT */
/* Looking things up in a snapshot, and what makes two routes the same. */
#include "core/host.h"

#include <stdio.h>
#include <string.h>

void r2_host_free(struct r2_host *host)
{
	r2_list_free(&host->links);
	r2_list_free(&host->addrs);
	r2_list_free(&host->routes);
	r2_list_free(&host->hops);
	r2_list_free(&host->nexthops);
	r2_list_free(&host->members);
	r2_list_free(&host->rules);
	r2_list_free(&host->neighs);
	r2_list_free(&host->labels);
	host->system = R2_SYSTEM_LINUX;
	host->flags = 0;
}

bool r2_host_copy(const struct r2_host *host, struct r2_host *ret)
{
	struct r2_host copy = {.system = host->system, .flags = host->flags};

	if (!r2_list_join(&copy.links, &host->links) || !r2_list_join(&copy.addrs, &host->addrs) ||
	    !r2_list_join(&copy.routes, &host->routes) || !r2_list_join(&copy.hops, &host->hops) ||
	    !r2_list_join(&copy.nexthops, &host->nexthops) ||
	    !r2_list_join(&copy.members, &host->members) ||
	    !r2_list_join(&copy.rules, &host->rules) ||
	    !r2_list_join(&copy.neighs, &host->neighs) ||
	    !r2_list_join(&copy.labels, &host->labels)) {
		r2_host_free(&copy);
		return false;
	}
	*ret = copy;
	return true;
}

const struct r2_link *r2_host_link(const struct r2_host *host, uint32_t index)
{
	r2_each (const struct r2_link, link, &host->links) {
		if (link->index == index)
			return link;
	}
	return NULL;
}

const struct r2_link *r2_host_link_named(const struct r2_host *host, const char *name)
{
	r2_each (const struct r2_link, link, &host->links) {
		if (strcmp(link->name, name) == 0)
			return link;
	}
	return NULL;
}

const char *r2_host_link_name(const struct r2_host *host, uint32_t index)
{
	const struct r2_link *link = r2_host_link(host, index);
	return link ? link->name : "?";
}

const struct r2_addr *r2_host_addr(const struct r2_host *host, const struct r2_ip *ip,
				   uint32_t link)
{
	const struct r2_addr *elsewhere = NULL;
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (!r2_ip_equal(&addr->ip, ip))
			continue;
		if (!link || addr->link == link)
			return addr;
		if (!elsewhere)
			elsewhere = addr;
	}
	return elsewhere;
}

const struct r2_neigh *r2_host_neigh(const struct r2_host *host, const struct r2_ip *ip,
				     uint32_t link)
{
	r2_each (const struct r2_neigh, neigh, &host->neighs) {
		if (neigh->link == link && r2_ip_equal(&neigh->ip, ip))
			return neigh;
	}
	return NULL;
}

bool r2_route_is_ours(const struct r2_route *route)
{
	return route->protocol == R2_PROTOCOL && route->table != R2_BOOK_TABLE;
}

bool r2_route_same_key(const struct r2_route *a, const struct r2_route *b)
{
	return a->table == b->table && a->metric == b->metric && a->tos == b->tos &&
	       r2_prefix_equal(&a->dst, &b->dst);
}

bool r2_route_alike(const struct r2_route *a, const struct r2_route *b)
{
	bool opaque = a->flags & R2_ROUTE_OPAQUE;
	return opaque == (bool)(b->flags & R2_ROUTE_OPAQUE) && a->table == b->table &&
	       a->metric == b->metric && a->tos == b->tos && a->protocol == b->protocol &&
	       a->type == b->type && a->link == b->link && r2_ip_equal(&a->gateway, &b->gateway) &&
	       r2_ip_equal(&a->prefsrc, &b->prefsrc);
}

bool r2_route_same(const struct r2_route *a, const struct r2_route *b)
{
	return r2_prefix_equal(&a->dst, &b->dst) && r2_route_alike(a, b);
}

bool r2_neigh_has_mac(const struct r2_neigh *neigh)
{
	const unsigned usable =
		R2_NUD_REACHABLE | R2_NUD_STALE | R2_NUD_DELAY | R2_NUD_PROBE | R2_NUD_PERMANENT;
	return neigh->mac.len && (neigh->state & usable);
}

bool r2_rule_is_conditional(const struct r2_rule *rule)
{
	const uint32_t conditions = R2_SELECT_INVERT | R2_SELECT_UID | R2_SELECT_L3MDEV |
				    R2_SELECT_TUNNEL | R2_SELECT_UNKNOWN | R2_SELECT_DSCP;

	/* iif lo is how a rule says: packets of this host. */
	return (rule->select & conditions) || rule->from.len || rule->tos || rule->mask ||
	       rule->mark || rule->oif[0] || (rule->iif[0] && strcmp(rule->iif, "lo") != 0) ||
	       rule->ip_proto || rule->sport[1] || rule->dport[1] || rule->suppress_length >= 0 ||
	       rule->suppress_group >= 0;
}
