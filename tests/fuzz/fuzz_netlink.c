/* SPDX-License-Identifier: MIT */
/* Any bytes as what a netlink socket delivers: every decoder, and values that may be relied on. */
#include <string.h>

#include "fuzz.h"
#include "os/linux/decode_like.h"
#include "os/linux/netlink.h"

static void check_ip(const struct r2_ip *ip)
{
	static const uint8_t zero[16];
	CHECK(ip->family == R2_NONE || ip->family == R2_IPV4 || ip->family == R2_IPV6);
	CHECK(memcmp(ip->bytes + r2_ip_bytes(ip), zero, 16 - r2_ip_bytes(ip)) == 0);
}

static void check_prefix(const struct r2_prefix *prefix)
{
	check_ip(&prefix->addr);
	CHECK(prefix->len <= r2_ip_bits(&prefix->addr));
}

static void try_link(const struct nlmsghdr *nlh)
{
	struct r2_link link;
	if (!r2_decode_link(nlh, &link))
		return;
	CHECK(link.index > 0 && link.mac.len <= R2_MAC_BYTES);
	CHECK(memchr(link.name, '\0', sizeof(link.name)));
}

static void try_addr(const struct nlmsghdr *nlh)
{
	struct r2_addr addr;
	if (!r2_decode_addr(nlh, &addr))
		return;
	CHECK(addr.link > 0 && addr.ip.family && addr.subnet.addr.family == addr.ip.family);
	check_ip(&addr.ip);
	check_ip(&addr.broadcast);
	check_prefix(&addr.subnet);
}

static void try_rule(const struct nlmsghdr *nlh)
{
	struct r2_rule rule;
	if (!r2_decode_rule(nlh, &rule))
		return;
	CHECK(rule.family == R2_IPV4 || rule.family == R2_IPV6);
	CHECK(!rule.to.addr.family || rule.to.addr.family == rule.family);
	check_prefix(&rule.to);
	check_prefix(&rule.from);
	CHECK(memchr(rule.iif, '\0', sizeof(rule.iif)) && memchr(rule.oif, '\0', sizeof(rule.oif)));
}

static void try_neigh(const struct nlmsghdr *nlh)
{
	struct r2_neigh neigh;
	if (!r2_decode_neigh(nlh, &neigh))
		return;
	CHECK(neigh.link > 0 && neigh.ip.family && neigh.mac.len <= R2_MAC_BYTES);
	check_ip(&neigh.ip);
}

static void try_route(const struct nlmsghdr *nlh)
{
	struct r2_hop hops[4];
	struct r2_route route;
	size_t n = 0;
	int error;
	if (!r2_decode_route(nlh, &route, &error))
		return;
	CHECK(route.dst.addr.family && error >= 0);
	check_prefix(&route.dst);
	check_ip(&route.gateway);
	check_ip(&route.prefsrc);
	CHECK(!r2_decode_hops(nlh, hops, 4, &n) || n <= 4);
	for (size_t i = 0; i < n; i++)
		check_ip(&hops[i].gateway);
}

/* Held beside those before it, a message decodes to what it decodes to alone. */
static void try_route_like(struct r2_likes *likes, const struct nlmsghdr *nlh)
{
	struct r2_route alone, like;
	bool ok = r2_decode_route(nlh, &alone, NULL);
	CHECK(r2_decode_route_like(likes, nlh, &like) == ok);
	CHECK(!ok || (r2_route_same(&alone, &like) && alone.scope == like.scope &&
		      alone.flags == like.flags && alone.nhid == like.nhid));
}

static void try_nexthop(const struct nlmsghdr *nlh)
{
	struct r2_nexthop_member members[4];
	struct r2_nexthop nexthop;
	struct r2_label label;

	if (r2_decode_nexthop(nlh, &nexthop, members, 4)) {
		CHECK(nexthop.members <= 4);
		check_ip(&nexthop.hop.gateway);
	}
	if (r2_decode_label(nlh, &label))
		check_prefix(&label.prefix);
}

static void try_verdict(const struct nlmsghdr *nlh)
{
	char words[R2_NL_WORDS];
	if (nlh->nlmsg_type != NLMSG_ERROR && nlh->nlmsg_type != NLMSG_DONE)
		return;
	CHECK(r2_nl_verdict(nlh, words) >= 0);
	CHECK(memchr(words, '\0', sizeof(words)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1); /* aligned as a receive buffer is */
	const uint8_t *at = exact;
	const struct nlmsghdr *nlh;
	struct r2_likes likes = {0};
	if (!exact)
		return 0;
	if (size)
		memcpy(exact, data, size);
	while ((nlh = r2_nl_message(&at, &size))) {
		try_link(nlh);
		try_addr(nlh);
		try_rule(nlh);
		try_neigh(nlh);
		try_route(nlh);
		try_route_like(&likes, nlh);
		try_nexthop(nlh);
		try_verdict(nlh);
	}
	free(exact);
	return 0;
}
