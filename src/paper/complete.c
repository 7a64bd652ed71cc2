/* SPDX-License-Identifier: MIT */
/* The parts of a Linux host that the kernel itself makes, where nobody gave them. */
#include "paper/complete.h"

static bool has_rules(const struct r2_host *host, enum r2_family family)
{
	r2_each (const struct r2_rule, rule, &host->rules) {
		if (rule->family == family)
			return true;
	}
	return false;
}

/* fib_default_rules_init(), fib6_rules_net_init(): IPv6 has no table default. */
static bool add_rules(struct r2_host *host, enum r2_family family)
{
	static const struct {
		uint32_t priority, table;
	} usual[] = {{0, R2_LOCAL_TABLE}, {32766, R2_MAIN_TABLE}, {32767, R2_DEFAULT_TABLE}};

	for (size_t i = 0; i < (family == R2_IPV4 ? 3 : 2); i++) {
		struct r2_rule rule = {.family = (uint8_t)family,
				       .priority = usual[i].priority,
				       .table = usual[i].table,
				       .action = R2_ACTION_TO_TABLE,
				       .flags = R2_RULE_TO_TABLE,
				       .suppress_length = -1,
				       .suppress_group = -1};

		if (!r2_list_push(&host->rules, &rule))
			return false;
	}
	return true;
}

static bool has_local(const struct r2_host *host, enum r2_family family)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (route->table == R2_LOCAL_TABLE && route->dst.addr.family == family)
			return true;
	}
	return false;
}

static bool has_addresses(const struct r2_host *host, enum r2_family family)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->ip.family == family)
			return true;
	}
	return false;
}

/* __inet_insert_ifa(): of the same subnet, the first is primary. */
static const struct r2_ip *primary_of(const struct r2_host *host, const struct r2_addr *addr)
{
	r2_each (const struct r2_addr, one, &host->addrs) {
		if (one->link == addr->link && !(one->flags & R2_ADDR_SECONDARY) &&
		    one->subnet.len == addr->subnet.len &&
		    r2_prefix_contains(&one->subnet, &addr->ip))
			return &one->ip;
	}
	return &addr->ip;
}

static bool add_route(struct r2_host *host, struct r2_route route, struct r2_prefix dst)
{
	route.dst = dst;
	route.dst.addr = r2_ip_mask(&dst.addr, dst.len);
	return r2_list_push(&host->routes, &route);
}

/* fib_add_ifaddr() (net/ipv4/fib_frontend.c). */
static bool add_local4(struct r2_host *host, const struct r2_addr *addr)
{
	struct r2_route route = {.table = R2_LOCAL_TABLE,
				 .protocol = R2_PROTO_KERNEL,
				 .type = R2_TYPE_LOCAL,
				 .scope = R2_SCOPE_HOST,
				 .link = addr->link,
				 .prefsrc = *primary_of(host, addr)};
	struct r2_prefix subnet = addr->subnet;
	struct r2_ip last = r2_ip_fill(&subnet.addr, subnet.len);

	if (!add_route(host, route, r2_prefix_host(&addr->ip)))
		return false;
	if (r2_ip_is_loopback(&addr->ip) && subnet.len < 32 && !add_route(host, route, subnet))
		return false;
	route.type = R2_TYPE_BROADCAST;
	route.scope = R2_SCOPE_LINK;
	return subnet.len >= 31 || add_route(host, route, r2_prefix_host(&last));
}

/* addrconf_f6i_alloc() (net/ipv6/addrconf.c). */
static bool add_local6(struct r2_host *host, const struct r2_addr *addr)
{
	struct r2_route route = {.table = R2_LOCAL_TABLE,
				 .protocol = R2_PROTO_KERNEL,
				 .type = R2_TYPE_LOCAL,
				 .link = addr->link};

	return (addr->flags & (R2_ADDR_TENTATIVE | R2_ADDR_DADFAILED)) ||
	       add_route(host, route, r2_prefix_host(&addr->ip));
}

/* addrconf_add_mroute(): every interface that is up. */
static bool add_multicast6(struct r2_host *host)
{
	struct r2_route route = {.table = R2_LOCAL_TABLE,
				 .protocol = R2_PROTO_KERNEL,
				 .type = R2_TYPE_MULTICAST,
				 .metric = 256};
	struct r2_prefix all = {.addr = {.family = R2_IPV6, .bytes = {0xff}}, .len = 8};

	r2_each (const struct r2_link, link, &host->links) {
		const uint32_t no = R2_LINK_LOOPBACK | R2_LINK_NO_IPV6;

		route.link = link->index;
		if ((link->flags & R2_LINK_UP) && !(link->flags & no) &&
		    !add_route(host, route, all))
			return false;
	}
	return true;
}

static bool add_local(struct r2_host *host, enum r2_family family)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->ip.family == family &&
		    !(family == R2_IPV4 ? add_local4(host, addr) : add_local6(host, addr)))
			return false;
	}
	return family == R2_IPV4 || add_multicast6(host);
}

static bool complete_family(struct r2_host *host, enum r2_family family, struct r2_notes *notes)
{
	const int version = family == R2_IPV4 ? 4 : 6;

	if (!has_addresses(host, family))
		return has_rules(host, family) || add_rules(host, family);
	if (!has_rules(host, family)) {
		r2_note(notes,
			"no policy rules of IPv%d given (ip -%d -j rule): the usual ones are "
			"taken to hold",
			version, version);
		if (!add_rules(host, family))
			return false;
	}
	if (has_local(host, family))
		return true;
	r2_note(notes,
		"no routes of IPv%d's table local given (ip -%d -j route show table all): "
		"made from the addresses",
		version, version);
	return add_local(host, family);
}

bool r2_paper_complete(struct r2_host *host, struct r2_notes *notes)
{
	if (host->system != R2_SYSTEM_LINUX)
		host->flags |= R2_HOST_NO_RULES; /* should it be asked by Linux' rules */
	if (host->flags & R2_HOST_NO_RULES)
		return true;
	return complete_family(host, R2_IPV4, notes) && complete_family(host, R2_IPV6, notes);
}
