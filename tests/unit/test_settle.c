/* SPDX-License-Identifier: MIT */
/* Settling: every refusal in its words, and every decision, on a host that a twist has changed. */
#include "core/settle.h"

#include <string.h>

#include "reading.h"
#include "unit.h"
#include "world.h"

typedef void twist(struct r2_host *host);

/* ---- twists ----------------------------------------------------------------------------- */

static struct r2_route *push_route(struct r2_host *host, const char *dst, const char *gateway,
				   uint32_t link, uint8_t protocol)
{
	struct r2_route route = world_route(dst, gateway, NULL, link, protocol);
	assert_true(r2_list_push(&host->routes, &route));
	return &host->routes.at[host->routes.n - 1];
}

static struct r2_link *link_of(struct r2_host *host, uint32_t index)
{
	r2_each (struct r2_link, link, &host->links) {
		if (link->index == index)
			return link;
	}
	fail_msg("no link %u", index);
	return NULL;
}

static void flag_addr(struct r2_host *host, const char *address, uint32_t flags)
{
	struct r2_ip wanted = ip(address);
	r2_each (struct r2_addr, addr, &host->addrs) {
		if (r2_ip_equal(&addr->ip, &wanted))
			addr->flags = flags;
	}
}

static void as_it_is(struct r2_host *host)
{
	(void)host;
}

static void e1_down(struct r2_host *host)
{
	link_of(host, E1)->flags = 0;
}

static void e0_noarp(struct r2_host *host)
{
	link_of(host, E0)->flags |= R2_LINK_NOARP;
}

static void e0_tunnel(struct r2_host *host)
{
	link_of(host, E0)->flags |= R2_LINK_NOARP | R2_LINK_POINTOPOINT;
}

static void no_ipv4(struct r2_host *host)
{
	size_t kept = 0;
	r2_each (struct r2_addr, addr, &host->addrs) {
		if (addr->ip.family != R2_IPV4)
			host->addrs.at[kept++] = *addr;
	}
	host->addrs.n = kept;
}

static void e1_bare(struct r2_host *host)
{
	struct r2_ip gone = ip("6.5.4.2");
	size_t kept = 0;
	r2_each (struct r2_addr, addr, &host->addrs) {
		if (!r2_ip_equal(&addr->ip, &gone))
			host->addrs.at[kept++] = *addr;
	}
	host->addrs.n = kept;
}

static void dadfailed(struct r2_host *host)
{
	flag_addr(host, "2001:db8:3::3", R2_ADDR_DADFAILED | R2_ADDR_TENTATIVE);
}

static void tentative(struct r2_host *host)
{
	flag_addr(host, "2001:db8:3::3", R2_ADDR_TENTATIVE);
}

static void deprecated(struct r2_host *host)
{
	flag_addr(host, "2001:db8:3::3", R2_ADDR_DEPRECATED);
}

static void second_default(struct r2_host *host)
{
	push_route(host, "0.0.0.0/0", "4.3.2.9", E0, 4)->metric = 5;
}

static void same_default_again(struct r2_host *host)
{
	push_route(host, "0.0.0.0/0", "4.3.2.1", E0, 4)->metric = 5;
	push_route(host, "0.0.0.0/0", "4.3.2.9", E0, R2_PROTOCOL)->metric = 6;
	push_route(host, "0.0.0.0/0", "6.5.4.1", E1, 4)->metric = 7;
}

static void opaque_default(struct r2_host *host)
{
	push_route(host, "0.0.0.0/0", "4.3.2.1", E0, 4)->flags = R2_ROUTE_OPAQUE;
}

static void no_default(struct r2_host *host)
{
	size_t kept = 0;
	r2_each (struct r2_route, route, &host->routes) {
		if (route->dst.len)
			host->routes.at[kept++] = *route;
	}
	host->routes.n = kept;
}

static void onlink_by_e1(struct r2_host *host)
{
	push_route(host, "4.3.2.0/28", NULL, E1, 4);
}

static void onlink_by_both(struct r2_host *host)
{
	push_route(host, "5.5.5.0/24", NULL, E1, 4)->metric = 9;
	push_route(host, "5.5.5.0/24", NULL, E0, 4)->metric = 5;
}

static void onlink_in_77(struct r2_host *host)
{
	push_route(host, "5.5.5.0/24", NULL, E0, 4)->table = 77;
}

static void onlink_of_ours(struct r2_host *host)
{
	push_route(host, "5.5.5.0/24", NULL, E0, R2_PROTOCOL);
}

static void default_by_e1(struct r2_host *host)
{
	push_route(host, "0.0.0.0/0", NULL, E1, 4)->metric = 9;
}

static void next_hop_on_e0(struct r2_host *host)
{
	push_route(host, "8.8.8.0/24", "5.5.5.5", E0, 4);
}

static void link_local_on_e1(struct r2_host *host)
{
	push_route(host, "2001:db8:77::/64", "fe80::1", E1, 4);
}

static void src_on_lo(struct r2_host *host)
{
	struct r2_addr addr = {
		.link = LO, .ip = ip("2001:db8:7::7"), .subnet = prefix("2001:db8:7::7/128")};
	assert_true(r2_list_push(&host->addrs, &addr));
}

/* ---- refusals --------------------------------------------------------------------------- */

static void what_cannot_be_is_refused(void **state)
{
	static const struct {
		twist *twist;
		const char *line;
		const char *said; /* the whole */
	} table[] = {
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 dev nosuch",
		 "there is no interface nosuch; this host has lo, e0, e1"},
		{e1_down, "1.2.3.4 via 6.5.4.1 src 6.5.4.2 dev e1",
		 "interface e1 is down; bring it up with: ip link set e1 up"},
		{e1_down, "1.2.3.4 src 6.5.4.2",
		 "interface e1 is down; bring it up with: ip link set e1 up"},
		{e1_down, "1.2.3.4 via 6.5.4.1 src 6.5.4.2",
		 "gateway 6.5.4.1 is not on the link of any interface that is up; if it is a "
		 "neighbour all the same, name the interface with dev IFACE, and it will be asked"},
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 9.9.9.9 dev e1",
		 "source 9.9.9.9 is not an address of this host; e1 has 6.5.4.2"},
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 9.9.9.9",
		 "source 9.9.9.9 is not an address of this host; e0 has 4.3.2.2, 3.3.3.3"},
		{as_it_is, "1.2.3.4 src 9.9.9.9",
		 "source 9.9.9.9 is not an address of this host; it has 4.3.2.2, 3.3.3.3, "
		 "6.5.4.2"},
		{as_it_is, "1.2.3.4 src 9.9.9.9 dev lo",
		 "source 9.9.9.9 is not an address of this host; it has 4.3.2.2, 3.3.3.3, "
		 "6.5.4.2"},
		{no_ipv4, "1.2.3.4 src 9.9.9.9",
		 "source 9.9.9.9 is not an address of this host; it has no IPv4 address at all"},
		{dadfailed, "2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3",
		 "source 2001:db8:3::3 on e0 has failed duplicate address detection; another "
		 "host uses it"},
		{tentative, "2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3",
		 "source 2001:db8:3::3 on e0 is tentative: duplicate address detection has not "
		 "finished; try again in a second"},
		{as_it_is, "6.5.4.2 via 4.3.2.1 src 3.3.3.3",
		 "destination 6.5.4.2 is this host's own address"},
		{as_it_is, "1.2.3.4 via 6.5.4.2 src 3.3.3.3",
		 "gateway 6.5.4.2 is this host's own address on e1"},
		{as_it_is, "1.2.3.4 via 4.3.2.1 backup 3.3.3.255 src 3.3.3.3",
		 "gateway 3.3.3.255 is the broadcast address of e0"},
		{onlink_of_ours, "1.2.3.4 via 5.5.5.5 src 3.3.3.3",
		 "gateway 5.5.5.5 is not on the link of any interface that is up; if it is a "
		 "neighbour all the same, name the interface with dev IFACE, and it will be asked"},
		{src_on_lo, "2001:db8:5::4 via fe80::1 src 2001:db8:7::7",
		 "gateway fe80::1 is link-local: its interface is not told; name it with dev "
		 "IFACE"},
		{as_it_is, "1.2.3.4 via 4.3.2.1 backup 6.5.4.1 src 3.3.3.3",
		 "gateway 4.3.2.1 is on e0, but 6.5.4.1 is on e1; all gateways of a line are on "
		 "one interface: give a second uplink a line of its own with a higher metric"},
		{second_default, "1.2.3.4 src 3.3.3.3",
		 "e0 has several default gateways: via 4.3.2.1 dev e0, via 4.3.2.9 dev e0; choose "
		 "one with via GATEWAY"},
		{opaque_default, "1.2.3.4 src 3.3.3.3",
		 "the default route of e0 has several next hops or a next-hop object; choose one "
		 "with via GATEWAY"},
		{as_it_is, "1.2.3.4 src 6.5.4.2",
		 "e1 has no default gateway for IPv4; name one; this host has via 4.3.2.1 dev e0"},
		{no_default, "1.2.3.4 src 6.5.4.2",
		 "e1 has no default gateway for IPv4; name one with via GATEWAY"},
		{as_it_is, "4.3.2.64/28 src 3.3.3.3 dev e0 phantom 3.3.3.2",
		 "a phantom needs a gateway, but 4.3.2.64/28 is sent to straight on e0"},
		{as_it_is, "4.3.2.64/28 src 3.3.3.3 dev e0 method phantom",
		 "a phantom needs a gateway, but 4.3.2.64/28 is sent to straight on e0"},
		{e0_noarp, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 phantom 3.3.3.2",
		 "a phantom cannot be on e0: neighbours have no MAC there"},
		{e0_noarp, "1.2.3.4 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3",
		 "a backup cannot be on e0: neighbours have no MAC there"},
		{as_it_is, "1.2.3.4 via 4.3.2.1 backup 4.3.2.11 src 4.3.2.2 method plain",
		 "`method plain` has one next hop and cannot back it up; `method phantom` can"},
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 method plain",
		 "without a preferred source the kernel would pick 4.3.2.2 for next hop 4.3.2.1; "
		 "`method native` gives 3.3.3.3"},
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 4.3.2.2 method plain phantom 3.3.3.2",
		 "without a preferred source the kernel would pick 3.3.3.3 for phantom 3.3.3.2; "
		 "`method phantom` gives 4.3.2.2"},
		{e1_bare, "1.2.3.4 via 6.5.4.1 src 3.3.3.3 method plain",
		 "without a preferred source the kernel would pick 4.3.2.2 for "
		 "next hop 6.5.4.1; `method native` gives 3.3.3.3"},
		{as_it_is, "4.3.2.64/28 dev e0 src 3.3.3.3 method plain",
		 "without a preferred source the kernel would pick 4.3.2.2 for next hop "
		 "4.3.2.64; `method native` gives 3.3.3.3"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_intent intent = must_read(table[i].line);
		char said[R2_ERROR_TEXT];
		struct r2_target target;
		struct r2_error err = {0};
		struct r2_host host;
		world(&host);
		table[i].twist(&host);
		if (r2_settle(&host, &intent, &target, NULL, &err))
			fail_msg("not refused: %s", table[i].line);
		r2_error_format(&err, said, sizeof(said));
		assert_string_equal(said, table[i].said);
		assert_int_equal(err.kind, R2_FAILED);
		r2_host_free(&host);
	}
}

/* ---- decisions -------------------------------------------------------------------------- */

enum { ONLINK = 1, UNPROVEN = 2, ANY = 4, SRC = 8, LINK_SCOPE = 16 };

static unsigned told(const struct r2_target *target)
{
	return (target->route.flags & R2_ROUTE_ONLINK ? ONLINK : 0u) |
	       (target->unproven ? UNPROVEN : 0u) | (target->any_method ? ANY : 0u) |
	       (target->route.prefsrc.family ? SRC : 0u) |
	       (target->route.scope == R2_SCOPE_LINK ? LINK_SCOPE : 0u);
}

static void what_is_left_open_is_filled_in(void **state)
{
	static const struct {
		twist *twist;
		const char *line, *gateway;
		uint32_t link, metric;
		enum r2_method method;
		unsigned told;
		const char *note; /* a part of the only one */
	} table[] = {
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 3.3.3.3", "4.3.2.1", E0, 0, R2_NATIVE,
		 ANY | SRC, NULL},
		{as_it_is, "2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3", "2001:db8:4::1", E0,
		 1024, R2_NATIVE, ANY | SRC, NULL},
		{deprecated, "2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3 metric 7",
		 "2001:db8:4::1", E0, 7, R2_NATIVE, ANY | SRC, "is deprecated"},
		/* the source may be another interface's */
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 6.5.4.2", "4.3.2.1", E0, 0, R2_NATIVE,
		 ANY | SRC, NULL},
		/* methods */
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 method native", "4.3.2.1", E0, 0,
		 R2_NATIVE, SRC, NULL},
		{as_it_is, "1.2.3.4 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3", "4.3.2.1", E0, 0,
		 R2_PHANTOM, ANY | SRC, NULL},
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 phantom 3.3.3.2", "4.3.2.1", E0, 0,
		 R2_PHANTOM, SRC, NULL},
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 method plain phantom 3.3.3.2",
		 "4.3.2.1", E0, 0, R2_PLAIN, 0, NULL},
		{as_it_is, "1.2.3.4 via 4.3.2.1 src 4.3.2.2 method plain", "4.3.2.1", E0, 0,
		 R2_PLAIN, 0, NULL},
		/* where a gateway is */
		{onlink_by_e1, "1.2.3.4 via 4.3.2.1 src 3.3.3.3", "4.3.2.1", E1, 0, R2_NATIVE,
		 ANY | SRC, NULL},
		{onlink_by_e1, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 dev e0", "4.3.2.1", E0, 0,
		 R2_NATIVE, ANY | SRC, NULL},
		{onlink_by_both, "1.2.3.4 via 5.5.5.5 src 3.3.3.3", "5.5.5.5", E0, 0, R2_NATIVE,
		 ANY | SRC, NULL},
		{default_by_e1, "1.2.3.4 via 4.3.2.1 src 3.3.3.3", "4.3.2.1", E0, 0, R2_NATIVE,
		 ANY | SRC, NULL},
		{default_by_e1, "1.2.3.4 via 5.5.5.5 src 3.3.3.3 dev e1", "5.5.5.5", E1, 0,
		 R2_NATIVE, ANY | SRC, NULL},
		{onlink_in_77, "1.2.3.4 via 5.5.5.5 src 3.3.3.3", "5.5.5.5", E0, 0, R2_NATIVE,
		 ANY | SRC | ONLINK, NULL},
		{onlink_in_77, "1.2.3.4 via 5.5.5.5 src 3.3.3.3 table 77", "5.5.5.5", E0, 0,
		 R2_NATIVE, ANY | SRC, NULL},
		{next_hop_on_e0, "1.2.3.4 via 5.5.5.5 src 3.3.3.3", "5.5.5.5", E0, 0, R2_NATIVE,
		 ANY | SRC | ONLINK, NULL},
		{as_it_is, "1.2.3.4 via 5.5.5.5 src 3.3.3.3 dev e1", "5.5.5.5", E1, 0, R2_NATIVE,
		 ANY | SRC | ONLINK | UNPROVEN, NULL},
		{onlink_of_ours, "1.2.3.4 via 5.5.5.5 src 3.3.3.3 dev e0", "5.5.5.5", E0, 0,
		 R2_NATIVE, ANY | SRC | ONLINK | UNPROVEN, NULL},
		{link_local_on_e1, "2001:db8:5::4 via fe80::1 src 2001:db8:3::3", "fe80::1", E1,
		 1024, R2_NATIVE, ANY | SRC | ONLINK, NULL},
		{e1_down, "1.2.3.4 via 4.3.2.1 src 3.3.3.3", "4.3.2.1", E0, 0, R2_NATIVE, ANY | SRC,
		 NULL},
		/* without `via` */
		{as_it_is, "1.2.3.4 src 3.3.3.3", "4.3.2.1", E0, 0, R2_NATIVE, ANY | SRC,
		 "no `via`: by the default gateway 4.3.2.1 of e0"},
		{same_default_again, "1.2.3.4 src 3.3.3.3", "4.3.2.1", E0, 0, R2_NATIVE, ANY | SRC,
		 "no `via`: by the default gateway 4.3.2.1 of e0"},
		{as_it_is, "1.2.3.4 src 6.5.4.2 dev e0", "4.3.2.1", E0, 0, R2_NATIVE, ANY | SRC,
		 "no `via`: by the default gateway 4.3.2.1 of e0"},
		{opaque_default, "2001:db8:5::4 src 2001:db8:3::3", "2001:db8:4::1", E0, 1024,
		 R2_NATIVE, ANY | SRC, "no `via`"},
		{as_it_is, "4.3.2.64/28 src 3.3.3.3 dev e0", NULL, E0, 0, R2_NATIVE,
		 ANY | SRC | LINK_SCOPE, NULL},
		{as_it_is, "2001:db8:4::/80 src 2001:db8:3::3 dev e0", NULL, E0, 1024, R2_NATIVE,
		 ANY | SRC, NULL},
		{e0_tunnel, "1.2.3.4 src 3.3.3.3 dev e0", NULL, E0, 0, R2_NATIVE,
		 ANY | SRC | LINK_SCOPE, NULL},
		{e0_tunnel, "1.2.3.4 via 4.3.2.1 src 3.3.3.3", "4.3.2.1", E0, 0, R2_NATIVE,
		 ANY | SRC, NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_intent intent = must_read(table[i].line);
		struct r2_ip gateway = ip(table[i].gateway);
		struct r2_notes notes = {0};
		char said[R2_ERROR_TEXT];
		struct r2_target target;
		struct r2_error err = {0};
		struct r2_host host;
		world(&host);
		table[i].twist(&host);
		if (!r2_settle(&host, &intent, &target, &notes, &err))
			fail_msg("%s: %s", table[i].line,
				 r2_error_format(&err, said, sizeof(said)));
		if (target.route.link != table[i].link || target.method != table[i].method ||
		    target.route.metric != table[i].metric || told(&target) != table[i].told ||
		    !r2_ip_equal(&target.route.gateway, &gateway))
			fail_msg("%s: link %u, method %d, metric %u, told %u", table[i].line,
				 target.route.link, (int)target.method, target.route.metric,
				 told(&target));
		assert_true(r2_gateways_equal(&target.gateways, &intent.gateways) ||
			    !intent.gateways.n);
		assert_true(r2_ip_equal(&target.src, &intent.src));
		assert_int_equal(target.route.table, intent.table);
		assert_int_equal(target.route.protocol, R2_PROTOCOL);
		assert_int_equal(notes.n, table[i].note ? 1 : 0);
		if (table[i].note && !strstr(notes.text[0], table[i].note))
			fail_msg("%s: %s", table[i].line, notes.text[0]);
		r2_host_free(&host);
	}
}

/* On the link without `dev`: by the gateway all the same, and how to have it straight. */
static void straight_is_offered(void **state)
{
	struct r2_intent intent = must_read("4.3.2.64/28 src 3.3.3.3");
	struct r2_notes notes = {0};
	struct r2_target target;
	struct r2_error err;
	struct r2_host host;
	(void)state;
	world(&host);
	assert_true(r2_settle(&host, &intent, &target, &notes, &err));
	assert_int_equal(target.gateways.n, 1);
	assert_int_equal(notes.n, 2);
	assert_string_equal(
		notes.text[0],
		"4.3.2.64/28 is on the link of e0; say `dev e0` to send straight to it");
	r2_host_free(&host);
}

static void a_mac_is_asked_where_there_are_macs(void **state)
{
	struct r2_target target = {.route.link = E0, .gateways.n = 1};
	struct r2_host host;
	(void)state;
	world(&host);
	assert_true(r2_settle_uses_mac(&host, &target));
	target.route.link = LO;
	assert_false(r2_settle_uses_mac(&host, &target));
	target.route.link = 99;
	assert_false(r2_settle_uses_mac(&host, &target));
	target.route.link = E0;
	e0_noarp(&host);
	assert_false(r2_settle_uses_mac(&host, &target));
	target.route.link = E1;
	target.gateways.n = 0;
	assert_false(r2_settle_uses_mac(&host, &target));
	r2_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(what_is_left_open_is_filled_in),
		cmocka_unit_test(straight_is_offered),
		cmocka_unit_test(a_mac_is_asked_where_there_are_macs),
	};
	return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
