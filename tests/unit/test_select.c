/* SPDX-License-Identifier: MIT */
/* Choosing as Linux does: sources, rules, what is on the link, and which routes matter at all. */
#include "core/onlink.h"
#include "core/rules.h"
#include "core/settle.h"
#include "core/source4.h"
#include "reading.h"
#include "unit.h"
#include "world.h"

#include <string.h>

/* ---- sources ---------------------------------------------------------------------------- */

static void the_source_of_an_ipv4_route(void **state)
{
	static const struct {
		const char *what, *addr;
		uint32_t flags;
		uint8_t addr_scope;
		uint32_t link;
		const char *next_hop;
		uint8_t scope;
		const char *source;
	} table[] = {
		{"the one whose subnet holds it", NULL, 0, 0, E0, "3.3.3.1", 0, "3.3.3.3"},
		{"the first of the interface", NULL, 0, 0, E0, "9.9.9.9", 0, "4.3.2.2"},
		{"never another interface's", NULL, 0, 0, E0, "6.5.4.1", 0, "4.3.2.2"},
		{"an interface without any borrows", NULL, 0, 0, LO, "9.9.9.9", 0, "4.3.2.2"},
		{"no interface", NULL, 0, 0, 99, "9.9.9.9", 0, "4.3.2.2"},
		{"one more", "5.5.5.5/24", 0, R2_SCOPE_GLOBAL, E0, "5.5.5.1", 0, "5.5.5.5"},
		{"not a secondary", "5.5.5.5/24", R2_ADDR_SECONDARY, R2_SCOPE_GLOBAL, E0, "5.5.5.1",
		 0, "4.3.2.2"},
		{"a deprecated one all the same", "5.5.5.5/24", R2_ADDR_DEPRECATED, R2_SCOPE_GLOBAL,
		 E0, "5.5.5.1", 0, "5.5.5.5"},
		{"not of the link's scope by a gateway", "5.5.5.5/24", 0, R2_SCOPE_LINK, E0,
		 "5.5.5.1", R2_SCOPE_GLOBAL, "4.3.2.2"},
		{"of the link's scope on the link", "5.5.5.5/24", 0, R2_SCOPE_LINK, E0, "5.5.5.1",
		 R2_SCOPE_LINK, "5.5.5.5"},
		{"never of the host's scope", "5.5.5.5/24", 0, R2_SCOPE_HOST, E0, "5.5.5.1",
		 R2_SCOPE_LINK, "4.3.2.2"},
		{"not an IPv6 one", "2001:db8:9::9/64", 0, R2_SCOPE_GLOBAL, LO, "9.9.9.9", 0,
		 "4.3.2.2"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip next_hop = ip(table[i].next_hop), wanted = ip(table[i].source);
		const struct r2_addr *got;
		struct r2_host host;
		world(&host);
		if (table[i].addr) {
			struct r2_addr addr = {.link = table[i].link,
					       .flags = table[i].flags,
					       .scope = table[i].addr_scope};
			bool ipv6 = strchr(table[i].addr, ':') != NULL;
			addr.ip = ip(ipv6 ? "2001:db8:9::9" : "5.5.5.5");
			addr.subnet = prefix(ipv6 ? "2001:db8:9::/64" : "5.5.5.0/24");
			assert_true(r2_list_push(&host.addrs, &addr));
		}
		got = r2_source4(&host, table[i].link, &next_hop, table[i].scope, NULL);
		if (wanted.family ? !got || !r2_ip_equal(&got->ip, &wanted) : got != NULL)
			fail_msg("%s", table[i].what);
		r2_host_free(&host);
	}
}

/* ---- rules ------------------------------------------------------------------------------ */

static void which_rules_lead(void **state)
{
	static const struct {
		const char *what;
		uint32_t table, flags;
		enum r2_family family;
		const char *to;
		bool leads;
	} table[] = {
		{"all packets", 77, R2_RULE_TO_TABLE, R2_IPV4, NULL, true},
		{"another table", 78, R2_RULE_TO_TABLE, R2_IPV4, NULL, false},
		{"another family", 77, R2_RULE_TO_TABLE, R2_IPV6, NULL, false},
		{"under a condition", 77, R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL, R2_IPV4, NULL,
		 false},
		{"to no table", 77, 0, R2_IPV4, NULL, false},
		{"to this prefix", 77, R2_RULE_TO_TABLE, R2_IPV4, "1.2.3.0/24", true},
		{"to a wider one", 77, R2_RULE_TO_TABLE, R2_IPV4, "1.0.0.0/8", true},
		{"to a part", 77, R2_RULE_TO_TABLE, R2_IPV4, "1.2.3.0/25", false},
		{"to another prefix", 77, R2_RULE_TO_TABLE, R2_IPV4, "9.9.9.0/24", false},
	};
	struct r2_prefix dst = prefix("1.2.3.0/24");
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_rule rule = {.table = table[i].table,
				       .flags = table[i].flags,
				       .family = (uint8_t)table[i].family};
		struct r2_host host;
		world(&host);
		if (table[i].to)
			rule.to = prefix(table[i].to);
		assert_true(r2_list_push(&host.rules, &rule));
		assert_true(r2_rules_lead(&host, R2_MAIN_TABLE, &dst));
		if (r2_rules_lead(&host, 77, &dst) != table[i].leads)
			fail_msg("%s", table[i].what);
		r2_host_free(&host);
	}
}

/* ---- on the link ------------------------------------------------------------------------ */

static void what_a_route_says_to_be_on_the_link(void **state)
{
	static const struct {
		const char *what, *dst, *gateway;
		uint32_t table, link, flags;
		uint8_t protocol, type;
		bool holds; /* 5.5.5.5 on e0, and 5.5.5.0/25 needs no gateway there */
	} table[] = {
		{"a route", "5.5.5.0/24", NULL, 254, E0, 0, 4, R2_TYPE_UNICAST, true},
		{"of another table", "5.5.5.0/24", NULL, 77, E0, 0, 4, R2_TYPE_UNICAST, true},
		{"of another interface", "5.5.5.0/24", NULL, 254, E1, 0, 4, R2_TYPE_UNICAST, false},
		{"by a gateway", "5.5.5.0/24", "4.3.2.1", 254, E0, 0, 4, R2_TYPE_UNICAST, false},
		{"that is ours", "5.5.5.0/24", NULL, 254, E0, 0, R2_PROTOCOL, R2_TYPE_UNICAST,
		 false},
		{"in the book", "5.5.5.0/24", NULL, R2_BOOK_TABLE, E0, 0, 4, R2_TYPE_UNICAST,
		 false},
		{"of several next hops", "5.5.5.0/24", NULL, 254, E0, R2_ROUTE_OPAQUE, 4,
		 R2_TYPE_UNICAST, false},
		{"a blackhole", "5.5.5.0/24", NULL, 254, 0, 0, 4, 6, false},
		{"a broadcast address", "5.5.5.0/24", NULL, 254, E0, 0, 2, R2_TYPE_BROADCAST,
		 false},
		{"beside it", "5.5.6.0/24", NULL, 254, E0, 0, 4, R2_TYPE_UNICAST, false},
	};
	struct r2_prefix part = prefix("5.5.5.0/25");
	struct r2_ip inside = ip("5.5.5.5");
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_route route = world_route(table[i].dst, table[i].gateway, NULL,
						    table[i].link, table[i].protocol);
		struct r2_host host;
		world(&host);
		route.table = table[i].table;
		route.flags = table[i].flags;
		route.type = table[i].type;
		assert_true(r2_list_push(&host.routes, &route));
		if (r2_onlink_holds(&host, E0, &inside) != table[i].holds ||
		    r2_onlink_straight(&host, E0, &part) != table[i].holds)
			fail_msg("%s", table[i].what);
		r2_host_free(&host);
	}
}

static void what_needs_no_gateway(void **state)
{
	static const uint32_t tunnels[] = {R2_LINK_POINTOPOINT, R2_LINK_NOARP};
	struct r2_prefix far = prefix("1.2.3.0/24"), near = prefix("4.3.2.0/25"),
			 wider = prefix("4.3.0.0/16");
	struct r2_route all = world_route("0.0.0.0/0", NULL, NULL, E1, 4);
	struct r2_host host;
	(void)state;
	world(&host);
	assert_true(r2_onlink_straight(&host, E0, &near));
	assert_false(r2_onlink_straight(&host, E1, &near));
	assert_false(r2_onlink_straight(&host, E0, &far));
	assert_false(r2_onlink_straight(&host, E0, &wider));
	/* A default route without a gateway makes nobody a neighbour. */
	assert_true(r2_list_push(&host.routes, &all));
	assert_false(r2_onlink_straight(&host, E1, &far));
	for (size_t i = 0; i < COUNT(tunnels); i++) {
		host.links.at[1].flags = R2_LINK_UP | tunnels[i];
		assert_true(r2_onlink_straight(&host, E0, &far));
	}
	r2_host_free(&host);
}

/* ---- what matters ----------------------------------------------------------------------- */

static void which_routes_matter(void **state)
{
	static const struct {
		const char *what, *dst, *gateway, *src;
		uint32_t table, flags;
		uint8_t protocol;
		bool needed;
	} table[] = {
		{"any other", "9.9.9.0/24", "4.3.2.9", NULL, 254, 0, 4, false},
		{"a line of the book", "9.9.9.0/24", "4.3.2.9", NULL, R2_BOOK_TABLE, 0, 114, true},
		{"a default route", "0.0.0.0/0", "4.3.2.9", NULL, 77, 0, 4, true},
		{"one without gateway", "9.9.9.0/24", NULL, NULL, 254, 0, 4, true},
		{"the same prefix", "1.2.3.0/24", "4.3.2.9", NULL, 77, 0, 4, true},
		{"a part of it", "1.2.3.128/25", "4.3.2.9", NULL, 254, 0, 4, true},
		{"a wider one", "1.2.0.0/16", "4.3.2.9", NULL, 254, 0, 4, false},
		{"the first of ours by a next hop", "9.9.9.0/24", "4.3.2.9", "3.3.3.3", 254, 0, 114,
		 true},
		{"the second of ours by it", "9.9.9.0/24", "4.3.2.77", "3.3.3.3", 254, 0, 114,
		 false},
		{"a plain one of ours", "9.9.9.0/24", "4.3.2.77", NULL, 254, 0, 114, true},
		{"a gateway of the line, onlink", "9.9.9.0/24", "4.3.2.1", NULL, 254,
		 R2_ROUTE_ONLINK, 4, true},
		{"a gateway of the line, not onlink", "9.9.9.0/24", "4.3.2.1", NULL, 254, 0, 4,
		 false},
		{"a next hop that could be a phantom", "9.9.9.0/24", "169.254.255.7", NULL, 254, 0,
		 4, true},
		{"the given phantom as a next hop", "9.9.9.0/24", "3.3.3.2", NULL, 254, 0, 4, true},
	};
	struct r2_intent intent = must_read("1.2.3.0/24 via 4.3.2.1 src 3.3.3.3 phantom 3.3.3.2");
	struct r2_route ours = world_route("8.8.8.0/24", "4.3.2.77", "3.3.3.3", E0, R2_PROTOCOL);
	struct r2_host host;
	(void)state;
	world(&host);
	assert_true(r2_list_push(&host.routes, &ours));
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_route route = world_route(table[i].dst, table[i].gateway, table[i].src,
						    E0, table[i].protocol);
		route.table = table[i].table;
		route.flags = table[i].flags;
		if (r2_settle_needs(&intent, &host, &route) != table[i].needed)
			fail_msg("%s", table[i].what);
	}
	r2_host_free(&host);
}

static void not_all_parts_are_kept(void **state)
{
	struct r2_intent intent = must_read("1.2.0.0/16 via 4.3.2.1 src 3.3.3.3");
	struct r2_route part = world_route("1.2.3.4/32", "4.3.2.9", NULL, E0, 4);
	struct r2_host host;
	size_t kept = 0;
	(void)state;
	world(&host);
	for (size_t i = 0; i < 2 * R2_SPECIFICS_MAX; i++) {
		part.dst.addr = r2_ip_add(&part.dst.addr, 1);
		if (r2_settle_needs(&intent, &host, &part)) {
			assert_true(r2_list_push(&host.routes, &part));
			kept++;
		}
	}
	assert_int_equal(kept, R2_SPECIFICS_MAX);
	r2_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_source_of_an_ipv4_route),
		cmocka_unit_test(which_rules_lead),
		cmocka_unit_test(what_a_route_says_to_be_on_the_link),
		cmocka_unit_test(what_needs_no_gateway),
		cmocka_unit_test(which_routes_matter),
		cmocka_unit_test(not_all_parts_are_kept),
	};
	return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
