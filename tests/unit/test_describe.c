/* SPDX-License-Identifier: MIT */
/* Routes as lines: what `show` says of each, sound or gone bad, and which a selector means. */
#include "core/describe.h"

#include "reading.h"
#include "unit.h"
#include "world.h"

typedef void twist(struct r2_host *host);

#define MAC1 "02:00:00:00:00:01"
#define MAC2 "02:00:00:00:00:02"

/* ---- twists ----------------------------------------------------------------------------- */

static void push_neigh(struct r2_host *host, const char *address, const char *mac_text,
		       uint16_t nud)
{
	struct r2_neigh neigh = {.ip = ip(address), .link = E0, .state = nud};
	if (mac_text)
		neigh.mac = mac(mac_text);
	assert_true(r2_list_push(&host->neighs, &neigh));
}

static void as_it_is(struct r2_host *host)
{
	push_neigh(host, "169.254.255.1", MAC1, R2_NUD_PERMANENT);
	push_neigh(host, "169.254.255.2", MAC1, R2_NUD_PERMANENT);
}

static void gone_src(struct r2_host *host)
{
	as_it_is(host);
	host->addrs.n = 1; /* 4.3.2.2 */
}

static void no_neighbours(struct r2_host *host)
{
	(void)host;
}

static void stale_phantom(struct r2_host *host)
{
	push_neigh(host, "169.254.255.2", MAC1, R2_NUD_STALE);
}

static void failed_gateway(struct r2_host *host)
{
	as_it_is(host);
	push_neigh(host, "4.3.2.1", NULL, R2_NUD_FAILED);
}

static void failed_carrier(struct r2_host *host)
{
	as_it_is(host);
	push_neigh(host, "4.3.2.1", MAC1, R2_NUD_FAILED);
}

static void failed_backup(struct r2_host *host)
{
	as_it_is(host);
	push_neigh(host, "4.3.2.11", NULL, R2_NUD_FAILED);
}

static void new_mac(struct r2_host *host)
{
	as_it_is(host);
	push_neigh(host, "4.3.2.1", MAC2, R2_NUD_REACHABLE);
}

static void old_mac(struct r2_host *host)
{
	as_it_is(host);
	push_neigh(host, "4.3.2.1", MAC2, R2_NUD_STALE);
}

static void backup_carries(struct r2_host *host)
{
	as_it_is(host);
	push_neigh(host, "4.3.2.1", MAC2, R2_NUD_REACHABLE);
	push_neigh(host, "4.3.2.11", MAC1, R2_NUD_REACHABLE);
}

static void first_carries(struct r2_host *host)
{
	as_it_is(host);
	push_neigh(host, "4.3.2.1", MAC1, R2_NUD_REACHABLE);
}

/* ---- lines ------------------------------------------------------------------------------ */

/* 169.254.255.1 stands for 4.3.2.1; .2 for that and 4.3.2.11; .3 is torn; a wish for 9.9.9.0/24 */
static void read_book(struct r2_book *ret_book)
{
	static const struct {
		const char *dst, *gateway, *src;
		uint32_t metric;
	} rows[] = {
		{"4.3.2.1/32", "169.254.255.1", NULL, 257},
		{"4.3.2.1/32", "169.254.255.2", NULL, 513},
		{"4.3.2.11/32", "169.254.255.2", NULL, 514},
		{"4.3.2.12/32", "169.254.255.3", NULL, 771},
		{"9.9.9.0/24", "4.3.2.1", "4.3.2.2", 1024},
		{"9.9.8.0/24", "4.3.2.1", "3.3.3.3", 1280},
	};
	struct r2_host host = {0};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct r2_route row =
			world_route(rows[i].dst, rows[i].gateway, rows[i].src, E0, R2_PROTOCOL);
		row.table = R2_BOOK_TABLE;
		row.metric = rows[i].metric;
		assert_true(r2_list_push(&host.routes, &row));
	}
	assert_true(r2_book_read(&host, ret_book));
	r2_host_free(&host);
}

static void what_is_said_of_a_route(void **state)
{
	static const struct {
		twist *twist;
		const char *dst, *gateway, *src;
		uint32_t table, metric, link, flags;
		int carrier;
		const char *said;
	} table[] = {
		{as_it_is, "1.2.3.4/32", "4.3.2.1", "3.3.3.3", 254, 0, E0, 0, -1,
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method native"},
		{as_it_is, "0.0.0.0/0", "4.3.2.1", "3.3.3.3", 100, 5, E0, 0, -1,
		 "default via 4.3.2.1 src 3.3.3.3 dev e0 metric 5 table blue method native"},
		{as_it_is, "4.3.2.64/28", NULL, "3.3.3.3", 254, 0, E0, 0, -1,
		 "4.3.2.64/28 src 3.3.3.3 dev e0 method native"},
		{as_it_is, "1.2.3.4/32", "169.254.255.1", "3.3.3.3", 254, 0, E0, 0, 0,
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method phantom phantom 169.254.255.1"},
		{as_it_is, "1.2.3.4/32", "169.254.255.2", "3.3.3.3", 254, 0, E0, 0, -1,
		 "1.2.3.4/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3 dev e0 method phantom phantom "
		 "169.254.255.2"},
		{first_carries, "1.2.3.4/32", "169.254.255.2", "3.3.3.3", 254, 0, E0, 0, 0,
		 "1.2.3.4/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3 dev e0 method phantom phantom "
		 "169.254.255.2"},
		{backup_carries, "1.2.3.4/32", "169.254.255.2", "3.3.3.3", 254, 0, E0, 0, 1,
		 "1.2.3.4/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3 dev e0 method phantom phantom "
		 "169.254.255.2"},
		/* sources */
		{as_it_is, "1.2.3.4/32", "4.3.2.1", NULL, 254, 0, E0, 0, -1,
		 "# 1.2.3.4/32 via 4.3.2.1 dev e0 method native  has lost its source: say it again "
		 "with replace ... src SOURCE"},
		{gone_src, "1.2.3.4/32", "4.3.2.1", "3.3.3.3", 77, 0, E0, 0, -1,
		 "# 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 table 77 method native  its source "
		 "is "
		 "no address of this host any more"},
		{as_it_is, "9.9.9.0/24", "4.3.2.1", NULL, 254, 0, E0, 0, -1,
		 "9.9.9.0/24 via 4.3.2.1 src 4.3.2.2 dev e0 method plain"},
		{as_it_is, "9.9.8.0/24", "4.3.2.1", NULL, 254, 0, E0, 0, -1,
		 "9.9.8.0/24 via 4.3.2.1 src 3.3.3.3 dev e0 method plain  # the kernel picks "
		 "4.3.2.2 now"},
		/* links */
		{as_it_is, "1.2.3.4/32", "4.3.2.1", "3.3.3.3", 254, 0, E0, R2_ROUTE_DEAD, -1,
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method native  # e0 is down"},
		{as_it_is, "1.2.3.4/32", "4.3.2.1", "3.3.3.3", 254, 0, E0, R2_ROUTE_LINKDOWN, -1,
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method native  # e0 has no carrier"},
		{as_it_is, "1.2.3.4/32", "4.3.2.1", "3.3.3.3", 254, 0, 99, 0, -1,
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method native"},
		/* gateways */
		{failed_gateway, "1.2.3.4/32", "4.3.2.1", "3.3.3.3", 254, 0, E0, 0, -1,
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method native  # gateway 4.3.2.1 does "
		 "not answer"},
		{failed_carrier, "1.2.3.4/32", "169.254.255.2", "3.3.3.3", 254, 0, E0, 0, 0,
		 "1.2.3.4/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3 dev e0 method phantom phantom "
		 "169.254.255.2  # gateway 4.3.2.1 does not answer"},
		{failed_gateway, "1.2.3.4/32", "169.254.255.2", "3.3.3.3", 254, 0, E0, 0, -1,
		 "1.2.3.4/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3 dev e0 method phantom phantom "
		 "169.254.255.2  # gateway 4.3.2.1 does not answer"},
		{failed_backup, "1.2.3.4/32", "169.254.255.2", "3.3.3.3", 254, 0, E0, 0, -1,
		 "1.2.3.4/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3 dev e0 method phantom phantom "
		 "169.254.255.2  # gateway 4.3.2.11 does not answer"},
		{new_mac, "1.2.3.4/32", "169.254.255.1", "3.3.3.3", 254, 0, E0, 0, 0,
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method phantom phantom 169.254.255.1  "
		 "# "
		 "gateway 4.3.2.1 has another MAC now"},
		{old_mac, "1.2.3.4/32", "169.254.255.1", "3.3.3.3", 254, 0, E0, 0, 0,
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method phantom phantom 169.254.255.1"},
		/* phantoms */
		{no_neighbours, "1.2.3.4/32", "169.254.255.1", "3.3.3.3", 254, 0, E0, 0, -1,
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method phantom phantom 169.254.255.1  "
		 "# "
		 "phantom 169.254.255.1 has lost its neighbour entry: packets get nowhere"},
		{stale_phantom, "1.2.3.4/32", "169.254.255.2", "3.3.3.3", 254, 0, E0, 0, -1,
		 "1.2.3.4/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3 dev e0 method phantom phantom "
		 "169.254.255.2  # phantom 169.254.255.2 has lost its neighbour entry: packets get "
		 "nowhere"},
		{as_it_is, "1.2.3.4/32", "fe80::7232:1", "3.3.3.3", 254, 0, E0, 0, -1,
		 "1.2.3.4/32 via fe80::7232:1 src 3.3.3.3 dev e0 method native  # phantom "
		 "fe80::7232:1 is not in the book"},
	};
	struct r2_book book;
	(void)state;
	read_book(&book);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_route route = world_route(table[i].dst, table[i].gateway, table[i].src,
						    table[i].link, R2_PROTOCOL);
		char said[R2_LINE_TEXT];
		struct r2_host host;
		struct r2_line line;
		world(&host);
		table[i].twist(&host);
		route.table = table[i].table;
		route.metric = table[i].metric;
		route.flags = table[i].flags;
		r2_describe(&host, &book, &route, &line);
		assert_string_equal(r2_line_format(&line, &names, said), table[i].said);
		assert_int_equal(line.carrier, table[i].carrier);
		assert_int_equal(line.lost, *table[i].said == '#');
		r2_host_free(&host);
	}
	r2_book_free(&book);
}

/* A half-written book is told, and such a line is none that `add` would take. */
static void a_torn_book_is_told(void **state)
{
	struct r2_route route =
		world_route("1.2.3.4/32", "169.254.255.3", "3.3.3.3", E0, R2_PROTOCOL);
	struct r2_book book;
	struct r2_host host;
	struct r2_line line;
	(void)state;
	world(&host);
	read_book(&book);
	r2_describe(&host, &book, &route, &line);
	assert_true(line.lost);
	assert_string_equal(line.problem, "the book of phantom 169.254.255.3 is incomplete");
	r2_describe(&host, NULL, &route, &line);
	assert_false(line.lost);
	assert_int_equal(line.intent.method, R2_NATIVE);
	r2_book_free(&book);
	r2_host_free(&host);
}

/* ---- selectors -------------------------------------------------------------------------- */

static void what_a_selector_means(void **state)
{
	static const struct {
		const char *selector;
		bool matches;
	} table[] = {
		{"1.2.3.4", true},
		{"1.2.3.5", false},
		{"1.2.3.4/31", false},
		{"default", false},
		{"1.2.3.4 src 3.3.3.3 dev e0 metric 5 table 77", true},
		{"1.2.3.4 src 4.3.2.2", false},
		{"1.2.3.4 dev e1", false},
		{"1.2.3.4 metric 6", false},
		{"1.2.3.4 table 78", false},
		{"1.2.3.4 table main", false},
		{"1.2.3.4 via 4.3.2.1 backup 4.3.2.11", true},
		{"1.2.3.4 via 4.3.2.1", false},
		{"1.2.3.4 via 4.3.2.11 backup 4.3.2.1", false},
		{"1.2.3.4 method phantom", true},
		{"1.2.3.4 method auto", true},
		{"1.2.3.4 method native", false},
		{"1.2.3.4 phantom 169.254.255.2", true},
		{"1.2.3.4 phantom 169.254.255.1", false},
	};
	struct r2_route route =
		world_route("1.2.3.4/32", "169.254.255.2", "3.3.3.3", E0, R2_PROTOCOL);
	struct r2_book book;
	struct r2_host host;
	struct r2_line line;
	(void)state;
	world(&host);
	read_book(&book);
	route.table = 77;
	route.metric = 5;
	r2_describe(&host, &book, &route, &line);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_intent selector = must_read(table[i].selector);
		if (r2_line_matches(&line, &selector) != table[i].matches)
			fail_msg("%s", table[i].selector);
	}
	r2_book_free(&book);
	r2_host_free(&host);
}

/* `default` without a family means both; no words at all mean everything. */
static void default_of_either_family(void **state)
{
	struct r2_intent both = must_read("default"), six = read_as("default", ALL, R2_IPV6).intent,
			 all = {0};
	static const char *const dsts[] = {"0.0.0.0/0", "::/0"};
	struct r2_host host;
	(void)state;
	world(&host);
	for (size_t i = 0; i < COUNT(dsts); i++) {
		struct r2_route route = world_route(dsts[i], NULL, NULL, E0, R2_PROTOCOL);
		struct r2_line line;
		r2_describe(&host, NULL, &route, &line);
		assert_true(r2_line_matches(&line, &both));
		assert_true(r2_line_matches(&line, &all));
		assert_int_equal(r2_line_matches(&line, &six), i == 1);
	}
	r2_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_of_a_route),
		cmocka_unit_test(a_torn_book_is_told),
		cmocka_unit_test(what_a_selector_means),
		cmocka_unit_test(default_of_either_family),
	};
	return cmocka_run_group_tests_name("describe", tests, NULL, NULL);
}
