/* SPDX-License-Identifier: MIT */
/* The phantom: the ranges, and what makes an address of them unfit. */
#include "core/phantom.h"
#include "core/onlink.h"

struct range {
	struct r2_prefix prefix;
	uint32_t first, last; /* host parts to try, in this order */
};

static const struct range RANGES[] = {
	{{{R2_IPV4, {169, 254, 255, 0}}, 24}, 1, 254},
	{{{R2_IPV4, {169, 254, 0, 0}}, 24}, 1, 254},
	{{{R2_IPV6, {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x72, 0x32, 0, 0}}, 112}, 1, 65535},
};
#define N_RANGES (sizeof(RANGES) / sizeof(*RANGES))

bool r2_phantom_in_ranges(const struct r2_ip *phantom)
{
	for (size_t i = 0; i < N_RANGES; i++) {
		if (r2_prefix_contains(&RANGES[i].prefix, phantom))
			return true;
	}
	return false;
}

bool r2_phantom_in_subnet(const struct r2_host *host, uint32_t link, const struct r2_ip *phantom)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->link == link && r2_prefix_contains(&addr->subnet, phantom))
			return true;
	}
	return r2_onlink_holds(host, link, phantom);
}

/* 255.255.255.255, RFC 919 section 7 */
static bool is_limited_broadcast(const struct r2_ip *ip)
{
	struct r2_ip all = r2_ip_fill(ip, 0);

	return ip->family == R2_IPV4 && r2_ip_equal(ip, &all);
}

/* A subnet's two ends: RFC 919 section 7 broadcast, RFC 1812 section 4.2.3.1 old broadcast. */
static const struct r2_addr *subnet_end(const struct r2_host *host, const struct r2_ip *ip)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		struct r2_ip first = r2_ip_mask(&addr->subnet.addr, addr->subnet.len);
		struct r2_ip last = r2_ip_fill(&addr->subnet.addr, addr->subnet.len);

		if (r2_ip_equal(&addr->broadcast, ip) && ip->family)
			return addr;
		if (ip->family == R2_IPV4 && addr->subnet.len <= 30 &&
		    (r2_ip_equal(&first, ip) || r2_ip_equal(&last, ip)))
			return addr;
	}
	return NULL;
}

static const struct r2_route *foreign_next_hop(const struct r2_host *host, const struct r2_ip *ip)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (route->protocol != R2_PROTOCOL && r2_ip_equal(&route->gateway, ip))
			return route;
	}
	return NULL;
}

/* An entry that could not be resolved holds nobody's address. */
static const struct r2_neigh *taken_by_neighbour(const struct r2_host *host, uint32_t link,
						 const struct r2_ip *ip)
{
	const struct r2_neigh *neigh = r2_host_neigh(host, ip, link);

	return neigh && r2_neigh_has_mac(neigh) ? neigh : NULL;
}

bool r2_phantom_usable(const struct r2_host *host, const struct r2_book *book, uint32_t link,
		       const struct r2_ip *phantom, struct r2_error *err)
{
	char text[R2_IP_TEXT], more[R2_PREFIX_TEXT], mac[R2_MAC_TEXT];
	const struct r2_entry *other = r2_book_by_phantom(book, phantom, 0);
	const struct r2_addr *ours, *end;
	const struct r2_neigh *neigh;
	const struct r2_route *route;

	r2_ip_format(phantom, text);
	if (other)
		return r2_error_set(err, R2_FAILED, "phantom %s on %s already stands for %s%s",
				    text, r2_host_link_name(host, other->link),
				    r2_ip_format(&other->gateways.at[0], more),
				    other->gateways.n > 1 ? " and its backups" : "");
	if (r2_ip_is_multicast(phantom) || r2_ip_is_unspecified(phantom) ||
	    r2_ip_is_loopback(phantom) || is_limited_broadcast(phantom))
		return r2_error_set(err, R2_FAILED, "phantom %s is no unicast address", text);
	ours = r2_host_addr(host, phantom, 0);
	if (ours)
		return r2_error_set(err, R2_FAILED, "phantom %s is this host's own address on %s",
				    text, r2_host_link_name(host, ours->link));
	end = subnet_end(host, phantom);
	if (end)
		return r2_error_set(err, R2_FAILED,
				    "phantom %s is the network or broadcast address of %s", text,
				    r2_prefix_name(&end->subnet, more));
	neigh = taken_by_neighbour(host, link, phantom);
	if (neigh)
		return r2_error_set(err, R2_FAILED, "phantom %s belongs to the neighbour %s", text,
				    r2_mac_format(&neigh->mac, mac));
	route = foreign_next_hop(host, phantom);
	if (route)
		return r2_error_set(err, R2_FAILED, "phantom %s is the next hop of the route to %s",
				    text, r2_prefix_name(&route->dst, more));
	return true;
}

static bool is_among(const r2_ips *ips, const struct r2_ip *ip)
{
	if (!ips)
		return false;
	r2_each (const struct r2_ip, one, ips) {
		if (r2_ip_equal(one, ip))
			return true;
	}
	return false;
}

bool r2_phantom_choose(const struct r2_host *host, const struct r2_book *book, uint32_t link,
		       enum r2_family family, const r2_ips *answering, struct r2_ip *ret_phantom)
{
	for (size_t i = 0; i < N_RANGES; i++) {
		const struct range *range = &RANGES[i];

		if (family == R2_IPV6 && range->prefix.addr.family == R2_IPV4)
			continue;
		for (uint32_t n = range->first; n <= range->last; n++) {
			struct r2_ip ip = r2_ip_add(&range->prefix.addr, n);
			struct r2_error unused;

			if (is_among(answering, &ip) ||
			    !r2_phantom_usable(host, book, link, &ip, &unused))
				continue;
			*ret_phantom = ip;
			return true;
		}
	}
	return false;
}
