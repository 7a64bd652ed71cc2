/* SPDX-License-Identifier: MIT */
/* The points on Linux. */
#include "selftest/points.h"

/* The preferred source chooses: a phantom need only be free (core/phantom.h). */
const char *const r2_phantoms[2] = {R2_STAGE_PHANTOM4, R2_STAGE_PHANTOM6};

#define BOTH(name, needs, tried, expected, where, run)                                             \
	{name "-ipv4", R2_IPV4, needs, tried, expected, where, run},                               \
	{                                                                                          \
		name "-ipv6", R2_IPV6, needs, tried, expected, where, run                          \
	}

const struct r2_point r2_points[] = {
	BOTH("native", R2_STAGE_HEARS,
	     "a route by the gateway, with each of two addresses as preferred source in turn",
	     "the kernel's lookup and the packet have that source, and the gateway's MAC",
	     "fib_result_prefsrc(), net/ipv4/fib_semantics.c; ip6_route_get_saddr(), "
	     "net/ipv6/route.c",
	     r2_point_native),
	BOTH("phantom", R2_STAGE_HEARS,
	     "a made-up next hop with a permanent entry that has the gateway's MAC, and a route by "
	     "it, with each of two preferred sources in turn",
	     "the packet has that source, and the gateway's MAC",
	     "RTNH_F_ONLINK: fib_check_nh_nongw(), ip6_route_check_nh_onlink()", r2_point_phantom),
	{"via-inet6", R2_IPV4, R2_STAGE_IPV6 | R2_STAGE_HEARS,
	 "the same with an IPv6 phantom for an IPv4 destination",
	 "the packet has that source, and the gateway's MAC", "RTA_VIA, since Linux 5.2",
	 r2_point_via_inet6},
	BOTH("stays", R2_STAGE_HEARS, "packets by a phantom that is in no subnet of ours",
	     "its entry stays permanent, and the route stands",
	     "NUD_PERMANENT, net/core/neighbour.c", r2_point_phantom_stays),
	BOTH("moves", R2_STAGE_HEARS, "the phantom's entry gets another MAC, and the first again",
	     "the very next packet goes to that MAC, from the same source",
	     "neigh_update(), net/core/neighbour.c", r2_point_moves),
	BOTH("deaf", R2_STAGE_HEARS | R2_STAGE_GATEWAY | R2_STAGE_SPEAKS,
	     "the far side claims, unasked, that phantom and gateway have another MAC",
	     "the gateway's ordinary entry follows; the phantom's, which is permanent, does not",
	     "neigh_update(), net/core/neighbour.c", r2_point_deaf),
	BOTH("carrier", R2_STAGE_HEARS | R2_STAGE_CARRIER, "the carrier is lost and comes back",
	     "the phantom's entry and the route outlive it",
	     "neigh_carrier_down(), net/core/neighbour.c; fib_sync_down_dev()", r2_point_carrier),
	BOTH("down", R2_STAGE_DISABLE, "the interface is switched off and on again",
	     "the phantom's entry and the route go together, so that no half is a black hole",
	     "neigh_ifdown(), fib_disable_ip(), rt6_disable_ip()", r2_point_disable),
	{"source-gone-ipv4", R2_IPV4, 0, "the address that a route has as its source is removed",
	 "the kernel removes the route", "fib_sync_down_addr(), net/ipv4/fib_semantics.c",
	 r2_point_source_gone},
	{"source-gone-ipv6", R2_IPV6, 0, "the address that a route has as its source is removed",
	 "the route stays and silently loses its source", "fib6_remove_prefsrc(), net/ipv6/route.c",
	 r2_point_source_gone},
	BOTH("unrelated", 0, "an address that no route names is removed",
	     "the phantom's entry and the route stay",
	     "fib_sync_down_addr(), fib6_remove_prefsrc()", r2_point_unrelated),
	BOTH("current", 0, "lookups right after a route is added, removed, and added again",
	     "each is answered by what stands at that moment", "RTM_GETROUTE, rtnetlink(7)",
	     r2_point_current),
	BOTH("twice", 0, "the same entry and route added twice, then removed twice",
	     "the second time changes nothing and is no failure", "NLM_F_EXCL, netlink(7)",
	     r2_point_twice),
	{"prepend", R2_IPV4, 0, "a route of ours before another tool's with the same key",
	 "ours serves; when it is deleted, theirs does again",
	 "fib_table_insert(), net/ipv4/fib_trie.c", r2_point_prepend},
	{"key-taken", R2_IPV6, 0, "a route of ours beside another tool's with the same key",
	 "it is refused, so that the two do not become one multipath route",
	 "fib6_add_rt2node(), net/ipv6/ip6_fib.c", r2_point_key_taken},
	{"replace", R2_IPV6, R2_STAGE_HEARS, "a route of ours replaced by one with another source",
	 "one route stands, and the packet has the new source",
	 "NLM_F_REPLACE: fib6_add_rt2node(), net/ipv6/ip6_fib.c", r2_point_replace},
	BOTH("owner", 0, "a route and an entry with protocol 114, read back, also after a change",
	     "the kernel keeps the number on both",
	     "rtm_protocol, rtnetlink(7); NDA_PROTOCOL, since Linux 5.0", r2_point_owner),
	BOTH("strict", 0, "a dump of the routes of one protocol in one table",
	     "the kernel sends these and no others",
	     "NETLINK_GET_STRICT_CHK, since Linux 4.20: ip_valid_fib_dump_req()", r2_point_strict),
	BOTH("book", 0, "a route in table 29234, to which no rule leads",
	     "it stands, and no packet goes by it", "fib_rules_lookup(), net/core/fib_rules.c",
	     r2_point_book),
	BOTH("ask", R2_STAGE_GATEWAY, "the gateway and an address that nobody has are asked for",
	     "the gateway answers with its MAC, the other is silent, and the kernel's table is "
	     "untouched",
	     "RFC 826; RFC 4861 section 7.2", r2_point_ask),
	BOTH("model", 0, "the model of `explain` and the kernel, asked for four destinations",
	     "they answer the same", "doc/model-linux.md", r2_point_model),
};
const size_t r2_n_points = sizeof(r2_points) / sizeof(*r2_points);
