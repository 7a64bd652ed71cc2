/* SPDX-License-Identifier: MIT */
/* On the link: read from the host's routes as the kernel's own check of a next hop would. */
#include "core/onlink.h"

#include <stdio.h>
#include <string.h>

static bool is_usable_link(const struct r2_host *host, uint32_t index, uint32_t wanted)
{
	const struct r2_link *link = r2_host_link(host, index);

	if (wanted && index != wanted)
		return false;
	return link && (link->flags & R2_LINK_UP) && !(link->flags & R2_LINK_LOOPBACK);
}

/* A route that says "these addresses are neighbours": unicast, by an interface, no gateway. */
static bool is_onlink_route(const struct r2_route *route)
{
	return route->type == R2_TYPE_UNICAST && route->link && !route->gateway.family &&
	       !(route->flags & R2_ROUTE_OPAQUE) && route->table != R2_BOOK_TABLE &&
	       route->protocol != R2_PROTOCOL;
}

static bool beats(const struct r2_route *a, const struct r2_route *b)
{
	if (!b)
		return true;
	if (a->dst.len != b->dst.len)
		return a->dst.len > b->dst.len;
	return a->metric < b->metric;
}

static const struct r2_route *onlink_route(const struct r2_host *host, const struct r2_ip *gateway,
					   uint32_t wanted)
{
	const struct r2_route *best = NULL;

	r2_each (const struct r2_route, route, &host->routes) {
		/* `default dev tun0` holds every address, but says nothing of a router. */
		if (!wanted && route->dst.len == 0)
			continue;
		if (is_onlink_route(route) && is_usable_link(host, route->link, wanted) &&
		    r2_prefix_contains(&route->dst, gateway) && beats(route, best))
			best = route;
	}
	return best;
}

static const struct r2_route *next_hop_route(const struct r2_host *host,
					     const struct r2_ip *gateway, uint32_t wanted)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (route->table != R2_BOOK_TABLE && r2_ip_equal(&route->gateway, gateway) &&
		    is_usable_link(host, route->link, wanted))
			return route;
	}
	return NULL;
}

/* Every interface has fe80::/64, so for a link-local gateway the longest prefix tells nothing. */
static uint32_t link_local_scope(const struct r2_host *host, const struct r2_ip *gateway,
				 const struct r2_ip *src)
{
	const struct r2_route *user = next_hop_route(host, gateway, 0);
	const struct r2_addr *addr = r2_host_addr(host, src, 0);

	if (user)
		return user->link;
	if (addr && is_usable_link(host, addr->link, 0))
		return addr->link;
	return 0;
}

static bool not_on_link(const struct r2_host *host, const struct r2_ip *gateway, uint32_t wanted,
			struct r2_error *err)
{
	char text[R2_IP_TEXT];

	r2_ip_format(gateway, text);
	if (gateway->family == R2_IPV6 && r2_ip_is_link_local(gateway)) {
		r2_error_set(err, R2_FAILED, "gateway %s is link-local: its interface is not told",
			     text);
		return r2_error_hint(err, "name it with dev IFACE");
	}
	r2_error_set(err, R2_FAILED, "gateway %s is not on the link of %s", text,
		     wanted ? r2_host_link_name(host, wanted) : "any interface that is up");
	return r2_error_hint(err, "if it is a neighbour all the same, name the interface with dev "
				  "IFACE, and it will be asked");
}

bool r2_onlink_find(const struct r2_host *host, const struct r2_ip *gateway, uint32_t wanted,
		    const struct r2_ip *src, struct r2_onlink *ret_onlink, struct r2_error *err)
{
	const struct r2_route *route;
	uint32_t dev = wanted;

	if (!wanted && gateway->family == R2_IPV6 && r2_ip_is_link_local(gateway)) {
		wanted = link_local_scope(host, gateway, src);
		if (!wanted)
			return not_on_link(host, gateway, 0, err);
	}
	route = onlink_route(host, gateway, wanted);
	if (route) {
		*ret_onlink = (struct r2_onlink){.link = route->link, .table = route->table};
		return true;
	}
	route = next_hop_route(host, gateway, wanted);
	if (route) {
		*ret_onlink = (struct r2_onlink){.link = route->link, .by_next_hop = true};
		return true;
	}
	if (!dev)
		return not_on_link(host, gateway, wanted, err);
	*ret_onlink = (struct r2_onlink){.link = dev, .unproven = true};
	return true;
}

bool r2_onlink_two_links(const struct r2_host *host, const struct r2_ip *a, uint32_t link_a,
			 const struct r2_ip *b, uint32_t link_b, struct r2_error *err)
{
	char text_a[R2_IP_TEXT], text_b[R2_IP_TEXT];

	r2_error_set(err, R2_FAILED, "gateway %s is on %s, but %s is on %s",
		     r2_ip_format(a, text_a), r2_host_link_name(host, link_a),
		     r2_ip_format(b, text_b), r2_host_link_name(host, link_b));
	return r2_error_hint(err, "all gateways of a line are on one interface: give a second "
				  "uplink a line of its own with a higher metric");
}

bool r2_onlink_holds(const struct r2_host *host, uint32_t link, const struct r2_ip *ip)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (is_onlink_route(route) && route->link == link &&
		    r2_prefix_contains(&route->dst, ip))
			return true;
	}
	return false;
}

bool r2_onlink_straight(const struct r2_host *host, uint32_t link, const struct r2_prefix *dst)
{
	const struct r2_link *one = r2_host_link(host, link);

	if (one && (one->flags & (R2_LINK_POINTOPOINT | R2_LINK_NOARP)))
		return true;
	r2_each (const struct r2_route, route, &host->routes) {
		if (is_onlink_route(route) && route->link == link && route->dst.len > 0 &&
		    r2_prefix_covers(&route->dst, dst))
			return true;
	}
	return false;
}

/* ---- the default gateway ---- */

#define CANDIDATES_MAX 8

struct candidate {
	struct r2_ip gateway;
	uint32_t link;
};

static size_t default_gateways(const struct r2_host *host, uint32_t link, enum r2_family family,
			       struct candidate found[CANDIDATES_MAX])
{
	size_t n = 0;

	r2_each (const struct r2_route, route, &host->routes) {
		bool known = false;

		if (route->dst.len || route->dst.addr.family != family ||
		    route->gateway.family != family || (link && route->link != link) ||
		    route->table == R2_BOOK_TABLE || route->protocol == R2_PROTOCOL)
			continue;
		for (size_t i = 0; i < n; i++)
			known |= r2_ip_equal(&found[i].gateway, &route->gateway) &&
				 found[i].link == route->link;
		if (!known && n < CANDIDATES_MAX)
			found[n++] = (struct candidate){route->gateway, route->link};
	}
	return n;
}

static void list_candidates(const struct r2_host *host, const struct candidate *found, size_t n,
			    char *buf, size_t size)
{
	char text[R2_IP_TEXT];

	buf[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t used = strlen(buf);

		snprintf(buf + used, size - used, "%svia %s dev %s", i ? ", " : "",
			 r2_ip_format(&found[i].gateway, text),
			 r2_host_link_name(host, found[i].link));
	}
}

/* Several next hops, or an object that may stand for several: which one is not ours to guess. */
static bool is_opaque(const struct r2_host *host, uint32_t link, const struct r2_prefix *dst)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (!route->dst.len && route->dst.addr.family == dst->addr.family &&
		    route->link == link && (route->flags & R2_ROUTE_OPAQUE))
			return true;
	}
	return false;
}

static bool refuse_opaque(const char *name, struct r2_error *err)
{
	r2_error_set(err, R2_FAILED,
		     "the default route of %s has several next hops or a next-hop object", name);
	return r2_error_hint(err, "choose one with via GATEWAY");
}

bool r2_onlink_default_gateway(const struct r2_host *host, uint32_t link,
			       const struct r2_prefix *dst, struct r2_ip *ret_gateway,
			       struct r2_error *err)
{
	enum r2_family family = (enum r2_family)dst->addr.family;
	struct candidate found[CANDIDATES_MAX];
	size_t n = default_gateways(host, link, family, found);
	const char *name = r2_host_link_name(host, link);
	char list[260];

	if (n == 1) {
		*ret_gateway = found[0].gateway;
		return !is_opaque(host, link, dst) || refuse_opaque(name, err);
	}
	list_candidates(host, found, n, list, sizeof(list));
	if (n > 1) {
		r2_error_set(err, R2_FAILED, "%s has several default gateways: %s", name, list);
		return r2_error_hint(err, "choose one with via GATEWAY");
	}
	n = default_gateways(host, 0, family, found);
	list_candidates(host, found, n, list, sizeof(list));
	r2_error_set(err, R2_FAILED, "%s has no default gateway for IPv%d", name, family);
	if (n)
		return r2_error_hint(err, "name one; this host has %s", list);
	return r2_error_hint(err, "name one with via GATEWAY");
}
