/* SPDX-License-Identifier: MIT */
/* What was configured with ip(8) is what the snapshot says. */
#include "kernel.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct r2_addr *addr_of(const struct r2_host *host, const char *text)
{
	struct r2_ip wanted = ip(text);
	const struct r2_addr *addr = r2_host_addr(host, &wanted, 0);

	if (!addr)
		fail_msg("no address %s", text);
	return addr;
}

/* The only route to @dst in @table. */
static const struct r2_route *route_to(const struct r2_host *host, const char *dst, uint32_t table)
{
	const struct r2_route *found = NULL;
	struct r2_prefix wanted = prefix(dst);

	r2_each (const struct r2_route, one, &host->routes) {
		if (one->table == table && r2_prefix_equal(&one->dst, &wanted)) {
			assert_null(found);
			found = one;
		}
	}
	if (!found)
		fail_msg("no route to %s in table %u", dst, table);
	return found;
}

static void assert_ip(const struct r2_ip *got, const char *want)
{
	char text[R2_IP_TEXT];

	assert_string_equal(r2_ip_format(got, text), want ? want : "none");
}

static void links(void **state)
{
	const struct lab *lab = *state;
	struct r2_host host;
	const struct r2_link *link;
	char text[R2_MAC_TEXT];

	run("ip link set " E1 " down");
	run("ip link add br0 type bridge");
	host = read_host(lab, R2_PART_LINKS);
	link = r2_host_link_named(&host, E0);
	assert_non_null(link);
	assert_int_equal(link->index, lab->e0);
	assert_int_equal(link->flags, R2_LINK_UP | R2_LINK_CARRIER);
	assert_string_equal(r2_mac_format(&link->mac, text), "02:00:00:00:00:01");
	assert_int_equal(r2_host_link_named(&host, E1)->flags, 0);
	link = r2_host_link_named(&host, "lo");
	assert_int_equal(link->flags, R2_LINK_UP | R2_LINK_CARRIER | R2_LINK_LOOPBACK);
	assert_int_equal(link->mac.len, 0);
	assert_non_null(r2_host_link_named(&host, "br0"));
	assert_int_equal(host.addrs.n + host.routes.n + host.rules.n + host.neighs.n, 0);
	r2_host_free(&host);
}

static void addresses(void **state)
{
	const struct lab *lab = *state;
	struct r2_host host;
	const struct r2_addr *addr;
	char text[R2_PREFIX_TEXT];

	run("ip address add 192.0.2.3/24 brd + dev " E0);
	run("ip address add 10.9.0.1 peer 10.9.0.2/30 dev " E0);
	run("ip address add 198.51.100.7/25 scope link dev " E0);
	run("ip address add 203.0.113.9/32 dev lo");
	run("ip address add 192.0.2.4/24 preferred_lft 0 dev " E0);
	run("ip address add 2001:db8::3/64 nodad preferred_lft 0 dev " E0);
	run("ip address add 2001:db8:9::1 peer 2001:db8:9::2/127 nodad dev " E0);
	host = read_host(lab, R2_PART_ADDRS);

	addr = addr_of(&host, "192.0.2.2");
	assert_int_equal(addr->flags, 0);
	assert_int_equal(addr->link, lab->e0);
	assert_int_equal(addr->scope, R2_SCOPE_GLOBAL);
	assert_ip(&addr->broadcast, NULL);
	assert_string_equal(r2_prefix_format(&addr->subnet, text), "192.0.2.2/24");

	addr = addr_of(&host, "192.0.2.3");
	assert_int_equal(addr->flags, R2_ADDR_SECONDARY);
	assert_ip(&addr->broadcast, "192.0.2.255");

	addr = addr_of(&host, "10.9.0.1");
	assert_string_equal(r2_prefix_format(&addr->subnet, text), "10.9.0.2/30");
	assert_int_equal(addr_of(&host, "198.51.100.7")->scope, R2_SCOPE_LINK);
	assert_string_equal(r2_prefix_format(&addr_of(&host, "203.0.113.9")->subnet, text),
			    "203.0.113.9/32");
	assert_int_equal(addr_of(&host, "127.0.0.1")->scope, R2_SCOPE_HOST);
	assert_int_equal(addr_of(&host, "192.0.2.4")->flags,
			 R2_ADDR_SECONDARY | R2_ADDR_DEPRECATED);

	assert_int_equal(addr_of(&host, "2001:db8::2")->flags, 0);
	assert_int_equal(addr_of(&host, "2001:db8::3")->flags, R2_ADDR_DEPRECATED);
	addr = addr_of(&host, "2001:db8:9::1");
	assert_string_equal(r2_prefix_format(&addr->subnet, text), "2001:db8:9::2/127");
	assert_int_equal(addr_of(&host, "fe80::2")->scope, R2_SCOPE_LINK);
	r2_host_free(&host);
}

/*
 * The order within a link decides (inet_select_addr()). It is not that of the numbers: the
 * narrower scope comes first (__inet_insert_ifa()), then who came first.
 */
static void address_order(void **state)
{
	static const char *const order[] = {"198.51.100.1", "192.0.2.2", "10.0.0.200",
					    "10.0.0.100"};
	const struct lab *lab = *state;
	struct r2_host host;
	size_t n = 0;

	run("ip address add 198.51.100.1/24 scope link dev " E0);
	run("ip address add 10.0.0.200/8 dev " E0);
	run("ip address add 10.0.0.100/8 dev " E0);
	host = read_host(lab, R2_PART_ADDRS);
	r2_each (const struct r2_addr, addr, &host.addrs) {
		if (addr->link != lab->e0 || addr->ip.family != R2_IPV4)
			continue;
		assert_true(n < COUNT(order));
		assert_ip(&addr->ip, order[n++]);
	}
	assert_int_equal(n, COUNT(order));
	r2_host_free(&host);
}

static void tentative(void **state)
{
	const struct lab *lab = *state;
	struct r2_host host;
	/* CONFIG_IPV6_OPTIMISTIC_DAD */
	bool optimistic = !access("/proc/sys/net/ipv6/conf/" E0 "/optimistic_dad", W_OK);

	/* Ten minutes' worth of probes, so that it stays so while we look. */
	run("sysctl -q net.ipv6.conf." E0 ".dad_transmits=600");
	run("ip address add 2001:db8::77/64 dev " E0);
	if (optimistic) {
		run("sysctl -q net.ipv6.conf." E0 ".optimistic_dad=1");
		run("ip address add 2001:db8::78/64 optimistic dev " E0);
	}
	host = read_host(lab, R2_PART_ADDRS);
	assert_int_equal(addr_of(&host, "2001:db8::77")->flags, R2_ADDR_TENTATIVE);
	if (optimistic)
		assert_int_equal(addr_of(&host, "2001:db8::78")->flags, R2_ADDR_OPTIMISTIC);
	r2_host_free(&host);
}

static void routes(void **state)
{
	const struct lab *lab = *state;
	struct r2_host host;
	const struct r2_route *one;

	run("ip route add 10.1.0.0/16 via 192.0.2.1 src 192.0.2.2 metric 7 proto 114");
	run("ip route add 10.2.0.0/16 via 169.254.255.1 dev " E0 " onlink table 29234");
	run("ip route add 10.3.0.0/16 via inet6 fe80::1 dev " E0);
	run("ip route add 10.4.0.0/16 dev " E0 " tos 0x10 proto static");
	run("ip route add unreachable 10.5.0.0/16 metric 4096");
	run("ip route add 10.6.0.0/16 nexthop via 192.0.2.1 nexthop via 192.0.2.11");
	run("ip route add 2001:db8:1::/48 via fe80::1 dev " E0 " src 2001:db8::2 proto 114");
	run("ip route add default via 2001:db8::1 dev " E0 " metric 5 table 300");
	run("ip route add 2001:db8:6::/48 nexthop via 2001:db8::1 nexthop via 2001:db8::11");
	run("ip nexthop add id 7 via 192.0.2.12 dev " E0);
	run("ip route add 10.7.0.0/16 nhid 7");
	host = read_host(lab, R2_PART_ROUTES);

	one = route_to(&host, "10.1.0.0/16", R2_MAIN_TABLE);
	assert_ip(&one->gateway, "192.0.2.1");
	assert_ip(&one->prefsrc, "192.0.2.2");
	assert_int_equal(one->metric, 7);
	assert_int_equal(one->protocol, R2_PROTOCOL);
	assert_int_equal(one->link, lab->e0);
	assert_int_equal(one->flags, 0);
	assert_int_equal(route_to(&host, "10.2.0.0/16", R2_BOOK_TABLE)->flags, R2_ROUTE_ONLINK);
	assert_ip(&route_to(&host, "10.3.0.0/16", R2_MAIN_TABLE)->gateway, "fe80::1");
	one = route_to(&host, "10.4.0.0/16", R2_MAIN_TABLE);
	assert_ip(&one->gateway, NULL);
	assert_int_equal(one->scope, R2_SCOPE_LINK);
	assert_int_equal(one->tos, 0x10);
	one = route_to(&host, "10.5.0.0/16", R2_MAIN_TABLE);
	assert_int_equal(one->type, 7); /* RTN_UNREACHABLE */
	assert_int_equal(one->link, 0);
	assert_int_equal(route_to(&host, "10.6.0.0/16", R2_MAIN_TABLE)->flags, R2_ROUTE_OPAQUE);
	one = route_to(&host, "10.7.0.0/16", R2_MAIN_TABLE);
	assert_int_equal(one->flags, R2_ROUTE_OPAQUE);
	assert_ip(&one->gateway, "192.0.2.12");
	one = route_to(&host, "2001:db8:1::/48", R2_MAIN_TABLE);
	assert_ip(&one->gateway, "fe80::1");
	assert_ip(&one->prefsrc, "2001:db8::2");
	assert_int_equal(one->metric, 1024);
	assert_ip(&route_to(&host, "::/0", 300)->gateway, "2001:db8::1");
	assert_int_equal(route_to(&host, "2001:db8:6::/48", R2_MAIN_TABLE)->flags, R2_ROUTE_OPAQUE);
	assert_int_equal(route_to(&host, "127.0.0.0/8", R2_LOCAL_TABLE)->type, R2_TYPE_LOCAL);
	r2_host_free(&host);
}

static void carrier_lost(void **state)
{
	const struct lab *lab = *state;
	struct r2_host host;
	uint32_t linkdown = 0;

	run("ip route add 10.1.0.0/16 via 192.0.2.1");
	run_there(lab, "ip link set g0 down");
	/* The kernel tells its routes a moment later (linkwatch_event()). */
	for (struct wait wait = wait_begin(); linkdown == 0; wait_more(&wait)) {
		host = read_host(lab, R2_PART_LINKS | R2_PART_ROUTES);
		linkdown = route_to(&host, "10.1.0.0/16", R2_MAIN_TABLE)->flags;
		assert_int_equal(r2_host_link_named(&host, E0)->flags, R2_LINK_UP);
		r2_host_free(&host);
	}
	assert_int_equal(linkdown, R2_ROUTE_LINKDOWN);
}

/* Routes of one key come in the kernel's order: the first serves. */
static void order_of_equals(void **state)
{
	static const char *const order[] = {"192.0.2.12", "192.0.2.1", "192.0.2.11"};
	const struct lab *lab = *state;
	struct r2_prefix wanted = prefix("10.1.0.0/16");
	struct r2_host host;
	size_t n = 0;

	run("ip route add 10.1.0.0/16 via 192.0.2.1");
	run("ip route append 10.1.0.0/16 via 192.0.2.11");
	run("ip route prepend 10.1.0.0/16 via 192.0.2.12");
	host = read_host(lab, R2_PART_ROUTES);
	r2_each (const struct r2_route, one, &host.routes) {
		if (r2_prefix_equal(&one->dst, &wanted))
			assert_ip(&one->gateway, order[n++]);
	}
	assert_int_equal(n, COUNT(order));
	r2_host_free(&host);
}

struct seen {
	size_t n;
	bool complete;
};

static bool count(void *ctx, const struct r2_host *host, const struct r2_route *one)
{
	struct seen *seen = ctx;

	seen->n++;
	seen->complete = host->links.n > 0 && host->addrs.n > 0 && host->rules.n > 0;
	return one->dst.addr.family == R2_IPV6;
}

static size_t read_some(const struct lab *lab, struct r2_query query)
{
	struct r2_host host = {0};
	struct r2_error err;
	size_t n;

	assert_true(lab->os->ops->snapshot(lab->os, &query, &host, &err));
	n = host.routes.n;
	r2_host_free(&host);
	return n;
}

static void filters(void **state)
{
	const struct lab *lab = *state;
	struct seen seen = {0};
	struct r2_query query = {.parts = R2_PART_ROUTES, .protocol = R2_PROTOCOL};

	run("ip route add 10.1.0.0/16 via 192.0.2.1 proto 114");
	run("ip route add 10.1.0.0/16 via 192.0.2.1 proto 114 table 300");
	run("ip route add 10.2.0.0/16 via 192.0.2.1 proto static");
	run("ip route add 2001:db8:1::/48 via 2001:db8::1 proto 114");
	assert_int_equal(read_some(lab, query), 3);
	query.family = R2_IPV4;
	assert_int_equal(read_some(lab, query), 2);
	query.table = 300;
	assert_int_equal(read_some(lab, query), 1);
	query.table = 4711; /* there is no such table: nothing is in it */
	query.family = R2_NONE;
	assert_int_equal(read_some(lab, query), 0);
	query = (struct r2_query){.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_RULES |
					   R2_PART_ROUTES,
				  .protocol = R2_PROTOCOL,
				  .keep = count,
				  .ctx = &seen};
	assert_int_equal(read_some(lab, query), 1);
	assert_int_equal(seen.n, 3);
	assert_true(seen.complete);
}

/* Change the addresses of lo, some thousand times a second, until killed. */
static void churn(uint32_t link)
{
	struct r2_error err;
	struct r2_nl nl;

	if (!r2_nl_open(&nl, &err))
		_exit(1);
	for (unsigned i = 0;; i++) {
		const uint8_t address[4] = {10, 99, 0, 1};
		struct r2_nl_request req;
		struct ifaddrmsg *ifa = r2_nl_begin(&req, i % 2 ? RTM_DELADDR : RTM_NEWADDR,
						    i % 2 ? 0 : NLM_F_CREATE, sizeof(*ifa));

		ifa->ifa_family = AF_INET;
		ifa->ifa_prefixlen = 32;
		ifa->ifa_index = link;
		r2_nl_put(&req, IFA_LOCAL, address, sizeof(address));
		r2_nl_call(&nl, &req, NULL, NULL);
		poll(NULL, 0, 1);
	}
}

/* A dump that the kernel calls torn is begun again, and nothing of the first try is left. */
static void torn(void **state)
{
	const struct lab *lab = *state;
	pid_t child;

	for (unsigned i = 0; i < 600; i++)
		run("ip address add 10.98.%u.%u/32 dev lo", i / 250, i % 250);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		churn(if_nametoindex("lo"));
	for (unsigned round = 0; round < 300; round++) {
		struct r2_host host = read_host(lab, R2_PART_ADDRS);
		size_t n = 0;

		r2_each (const struct r2_addr, addr, &host.addrs) {
			n += addr->ip.bytes[0] == 10 && addr->ip.bytes[1] == 98;
		}
		assert_int_equal(n, 600);
		r2_host_free(&host);
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Far more than one read of 32 KiB holds. */
static void many(void **state)
{
	const struct lab *lab = *state;
	struct r2_query query = {.parts = R2_PART_ROUTES, .protocol = R2_PROTOCOL};
	struct r2_op op = {.kind = R2_OP_ROUTE_ADD,
			   .route = route(lab, "10.0.0.0/32", "192.0.2.1", NULL, 0)};

	for (unsigned i = 0; i < 5000; i++) {
		apply(lab, &op);
		op.route.dst.addr = r2_ip_add(&op.route.dst.addr, 1);
	}
	assert_int_equal(read_some(lab, query), 5000);
}

static const struct r2_rule *rule_at(const struct r2_host *host, unsigned family, uint32_t priority)
{
	r2_each (const struct r2_rule, rule, &host->rules) {
		if (rule->family == family && rule->priority == priority)
			return rule;
	}
	fail_msg("no rule %u", priority);
	return NULL;
}

static void rules(void **state)
{
	static const struct {
		const char *words;
		uint32_t flags;
	} cases[] = {
		{"table 300", R2_RULE_TO_TABLE},
		{"iif lo table 300", R2_RULE_TO_TABLE},
		{"to 10.0.0.0/8 table 300", R2_RULE_TO_TABLE},
		{"from 192.0.2.2 table 300", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"iif e0 table 300", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"oif e0 table 300", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"fwmark 1 table 300", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"tos 0x10 table 300", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"uidrange 0-0 table 300", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"ipproto tcp dport 80 table 300", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"sport 80 table 300", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"table 300 suppress_prefixlength 0", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"not to 10.0.0.0/8 table 300", R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL},
		{"unreachable", 0},
	};
	const struct lab *lab = *state;
	struct r2_host host;
	char text[R2_PREFIX_TEXT];

	for (unsigned i = 0; i < COUNT(cases); i++)
		run("ip rule add %s priority %u", cases[i].words, 100 + i);
	run("ip -6 rule add to 2001:db8::/32 table 77777 priority 100");
	host = read_host(lab, R2_PART_RULES);
	for (unsigned i = 0; i < COUNT(cases); i++)
		assert_int_equal(rule_at(&host, R2_IPV4, 100 + i)->flags, cases[i].flags);
	assert_string_equal(r2_prefix_format(&rule_at(&host, R2_IPV4, 102)->to, text),
			    "10.0.0.0/8");
	assert_int_equal(rule_at(&host, R2_IPV4, 100)->to.addr.family, R2_NONE);
	assert_int_equal(rule_at(&host, R2_IPV6, 100)->table, 77777);
	assert_int_equal(rule_at(&host, R2_IPV4, 32766)->table, R2_MAIN_TABLE);
	assert_int_equal(rule_at(&host, R2_IPV6, 0)->table, R2_LOCAL_TABLE);
	r2_host_free(&host);
}

static void neighbours(void **state)
{
	const struct lab *lab = *state;
	struct r2_neigh neigh;

	run("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev " E0 " protocol 114");
	run("ip neigh add proxy 192.0.2.10 dev " E0);
	run("ip neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 nud stale dev " E0);
	neigh = find_neigh(lab, "192.0.2.9");
	assert_int_equal(neigh.state, R2_NUD_PERMANENT);
	assert_int_equal(neigh.protocol, R2_PROTOCOL);
	assert_int_equal(find_neigh(lab, "192.0.2.10").state, 0);
	neigh = find_neigh(lab, "2001:db8::9");
	assert_int_equal(neigh.state, R2_NUD_STALE);
	assert_int_equal(neigh.protocol, 0);
	assert_int_equal(neigh.mac.len, 6);
}

/* The names of tables, from /etc or built in. */
static void tables(void **state)
{
	const struct lab *lab = *state;
	struct r2_table_name line;
	uint32_t number = 0;

	assert_true(lab->os->ops->table(lab->os, "main", &number));
	assert_int_equal(number, R2_MAIN_TABLE);
	assert_string_equal(lab->os->ops->table_name(lab->os, R2_LOCAL_TABLE), "local");
	assert_false(lab->os->ops->table(lab->os, "no such table", &number));
	assert_null(lab->os->ops->table_name(lab->os, 987654321));

	assert_true(r2_tables_line("0x1F\tuplink # the second\n", &line));
	assert_int_equal(line.number, 31);
	assert_string_equal(line.name, "uplink");
	assert_true(r2_tables_line(" 010 ten", &line));
	assert_int_equal(line.number, 10);
	assert_false(r2_tables_line("# 1 one\n", &line));
	assert_false(r2_tables_line("-1 minus\n", &line));
	assert_false(r2_tables_line("4294967296 big\n", &line));
	assert_false(r2_tables_line("12\n", &line));
	assert_false(r2_tables_line("12 \n", &line));
	assert_false(r2_tables_line("twelve 12\n", &line));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		CASE(links),  CASE(addresses),    CASE(address_order),   CASE(tentative),
		CASE(routes), CASE(carrier_lost), CASE(order_of_equals), CASE(filters),
		CASE(torn),   CASE(many),         CASE(rules),           CASE(neighbours),
		CASE(tables),
	};

	if (!lab_enter())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
