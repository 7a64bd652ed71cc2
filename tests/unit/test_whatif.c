/* SPDX-License-Identifier: MIT */
/* What if: lines tried on a host in memory, by the rules of Linux and of Windows. */
#include "core/whatif.h"

#include <string.h>

#include "reading.h"
#include "unit.h"
#include "world.h"

static struct r2_whatif try_line(const struct r2_host *host, enum r2_rules rules, const char *line)
{
	struct r2_intent intent = must_read(line);
	struct r2_notes notes = {0};
	r2_steps steps = {0};
	struct r2_whatif whatif, silent;
	char a[R2_WHATIF_TEXT], b[R2_WHATIF_TEXT];

	assert_true(r2_whatif(host, rules, &intent, &intent.dst.addr, &notes, &steps, &whatif));
	/* It comes out the same with nobody listening. */
	assert_true(r2_whatif(host, rules, &intent, &intent.dst.addr, NULL, NULL, &silent));
	assert_int_equal(whatif.possible, silent.possible);
	assert_string_equal(whatif.why_not.what, silent.why_not.what);
	if (whatif.possible)
		assert_string_equal(r2_whatif_command(&whatif, NULL, NULL, a),
				    r2_whatif_command(&silent, NULL, NULL, b));
	r2_list_free(&steps);
	return whatif;
}

/* ---- the command ------------------------------------------------------------------------ */

static void the_command_does_it(void **state)
{
	static const struct {
		enum r2_rules rules;
		const char *line, *command;
		enum r2_method method;
	} table[] = {
		{R2_RULES_LINUX, "1.2.3.4 src 3.3.3.3",
		 "route2 add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3", R2_NATIVE},
		{R2_RULES_LINUX, "1.2.3.4 via 4.3.2.1 src 6.5.4.2",
		 "route2 add 1.2.3.4/32 via 4.3.2.1 src 6.5.4.2", R2_NATIVE},
		{R2_RULES_LINUX, "1.2.3.4 via 4.3.2.1 src 4.3.2.2 method plain",
		 "route2 add 1.2.3.4/32 via 4.3.2.1 src 4.3.2.2 method plain", R2_PLAIN},
		{R2_RULES_LINUX, "1.2.3.0/24 via 4.3.2.1 backup 4.3.2.9 src 3.3.3.3",
		 "route2 add 1.2.3.0/24 via 4.3.2.1 backup 4.3.2.9 src 3.3.3.3", R2_PHANTOM},
		{R2_RULES_LINUX, "2001:db8:5::4 src 2001:db8:3::3",
		 "route2 add 2001:db8:5::4/128 via 2001:db8:4::1 src 2001:db8:3::3", R2_NATIVE},
		{R2_RULES_LINUX, "4.3.2.64/28 src 3.3.3.3 dev e0",
		 "route2 add 4.3.2.64/28 src 3.3.3.3 dev e0", R2_NATIVE},
		{R2_RULES_WINDOWS, "1.2.3.4 via 4.3.2.1 src 3.3.3.3",
		 "route2 add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom phantom 3.3.3.2",
		 R2_PHANTOM},
		{R2_RULES_WINDOWS, "1.2.3.4 via 4.3.2.1 src 4.3.2.2",
		 "route2 add 1.2.3.4/32 via 4.3.2.1 src 4.3.2.2 method plain", R2_PLAIN},
		{R2_RULES_WINDOWS_XP, "1.2.3.4 via 4.3.2.1 src 3.3.3.3",
		 "route2 add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom phantom 3.3.3.2",
		 R2_PHANTOM},
		{R2_RULES_WINDOWS_XP, "1.2.3.4 via 4.3.2.1 src 4.3.2.2",
		 "route2 add 1.2.3.4/32 via 4.3.2.1 src 4.3.2.2 method plain", R2_PLAIN},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		char text[R2_WHATIF_TEXT];
		struct r2_whatif got;
		struct r2_host host;

		world(&host);
		got = try_line(&host, table[i].rules, table[i].line);
		if (!got.possible)
			fail_msg("%s: %s", table[i].line, got.why_not.what);
		assert_string_equal(r2_whatif_command(&got, NULL, NULL, text), table[i].command);
		assert_int_equal(got.method, table[i].method);
		assert_int_equal(got.phantom.family != R2_NONE, got.method == R2_PHANTOM);
		assert_false(got.blocked_by.family);
		r2_host_free(&host);
	}
}

static void the_command_names_the_namespace(void **state)
{
	char text[R2_WHATIF_TEXT];
	struct r2_whatif got;
	struct r2_host host;
	(void)state;

	world(&host);
	got = try_line(&host, R2_RULES_LINUX, "1.2.3.4 via 4.3.2.1 src 3.3.3.3");
	assert_string_equal(r2_whatif_command(&got, NULL, "a b", text),
			    "route2 -n 'a b' add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3");
	r2_host_free(&host);
}

/* `dev` is in the command only if the gateway does not tell it. */
static void the_command_names_the_interface(void **state)
{
	char text[R2_WHATIF_TEXT];
	struct r2_route route = world_route("::/0", "fe80::1", NULL, E1, 9);
	struct r2_whatif got;
	struct r2_host host;
	(void)state;

	world(&host);
	assert_true(r2_list_push(&host.routes, &route));
	got = try_line(&host, R2_RULES_LINUX, "2001:db8:5::4 src 2001:db8:6::2");
	assert_true(got.possible);
	assert_non_null(strstr(r2_whatif_command(&got, NULL, NULL, text), "via fe80::1"));
	/* What it prints has one meaning: the same target. */
	got = try_line(&host, R2_RULES_LINUX, text + strlen("route2 add "));
	assert_true(got.possible);
	assert_int_equal(got.target.route.link, E1);
	r2_host_free(&host);
}

/* ---- what stands there ------------------------------------------------------------------ */

static void ours_gives_way(void **state)
{
	struct r2_route ours = world_route("1.2.3.4/32", "4.3.2.1", "4.3.2.2", E0, R2_PROTOCOL);
	struct r2_whatif got;
	struct r2_host host;
	(void)state;

	world(&host);
	assert_true(r2_list_push(&host.routes, &ours));
	got = try_line(&host, R2_RULES_LINUX, "1.2.3.4 via 4.3.2.1 src 3.3.3.3");
	assert_true(got.possible);
	assert_true(got.replace);
	got = try_line(&host, R2_RULES_LINUX, "1.2.3.4 via 4.3.2.1 src 4.3.2.2");
	assert_true(got.possible);
	assert_false(got.replace);
	r2_host_free(&host);
}

static void what_goes_before(void **state)
{
	static const struct {
		const char *what, *dst, *gateway;
		uint32_t metric, table;
		const char *line;
		bool possible;
		const char *way;
	} table[] = {
		{"the same metric gives way", "1.2.3.4/32", "4.3.2.9", 0, R2_MAIN_TABLE,
		 "1.2.3.4 via 4.3.2.1 src 3.3.3.3", true, NULL},
		{"a higher metric gives way", "1.2.3.4/32", "4.3.2.9", 7, R2_MAIN_TABLE,
		 "1.2.3.4 via 4.3.2.1 src 3.3.3.3 metric 5", true, NULL},
		{"a lower metric does not", "1.2.3.4/32", "4.3.2.9", 3, R2_MAIN_TABLE,
		 "1.2.3.4 via 4.3.2.1 src 3.3.3.3 metric 5", false, "metric 3 goes before 5"},
		{"a shorter prefix gives way", "1.2.0.0/16", "4.3.2.9", 0, R2_MAIN_TABLE,
		 "1.2.3.4 via 4.3.2.1 src 3.3.3.3", true, NULL},
		{"a longer one does not", "1.2.3.0/25", "4.3.2.9", 0, R2_MAIN_TABLE,
		 "1.2.3.0/24 via 4.3.2.1 src 3.3.3.3", false, "1.2.3.0/25 is more specific"},
		{"another table that no rule leads to", "1.2.3.4/32", "4.3.2.9", 0, 77,
		 "1.2.3.4 via 4.3.2.1 src 3.3.3.3", true, NULL},
		{"a table that no rule leads to", "9.9.9.9/32", "4.3.2.9", 0, 77,
		 "1.2.3.4 via 4.3.2.1 src 3.3.3.3 table 77", false, "leads to table main first"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_route route = world_route(table[i].dst, table[i].gateway, NULL, E0, 3);
		struct r2_whatif got;
		struct r2_host host;

		world(&host);
		route.metric = table[i].metric;
		route.table = table[i].table;
		assert_true(r2_list_push(&host.routes, &route));
		got = try_line(&host, R2_RULES_LINUX, table[i].line);
		if (got.possible != table[i].possible)
			fail_msg("%s: %s", table[i].what, got.why_not.what);
		if (table[i].way && !strstr(got.ways.text[0], table[i].way))
			fail_msg("%s: %s", table[i].what, got.ways.text[0]);
		if (table[i].way) {
			struct r2_ip usual = ip("4.3.2.2");
			assert_true(r2_ip_equal(&got.blocked_by, &usual));
		}
		r2_host_free(&host);
	}
}

/* A rule `from` the source takes the packet once connect(2) has chosen it. */
static void a_rule_from_the_source(void **state)
{
	struct r2_rule rule = {.priority = 5,
			       .table = 77,
			       .flags = R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL,
			       .family = R2_IPV4,
			       .action = R2_ACTION_TO_TABLE,
			       .from = prefix("3.3.3.3/32"),
			       .suppress_length = -1,
			       .suppress_group = -1};
	struct r2_route route = world_route("0.0.0.0/0", "6.5.4.1", NULL, E1, 3);
	struct r2_host host;
	struct r2_whatif got;
	(void)state;

	world(&host);
	route.table = 77;
	assert_true(r2_list_push(&host.routes, &route));
	assert_true(r2_list_push(&host.rules, &rule));
	host.rules.at[host.rules.n - 1] = host.rules.at[0]; /* by priority */
	host.rules.at[0] = rule;
	got = try_line(&host, R2_RULES_LINUX, "1.2.3.4 via 4.3.2.1 src 3.3.3.3");
	assert_false(got.possible);
	assert_non_null(strstr(got.why_not.what, "a rule `from` it"));
	r2_host_free(&host);
}

/* ---- refused ---------------------------------------------------------------------------- */

static void what_cannot_be(void **state)
{
	static const struct {
		enum r2_rules rules;
		const char *line, *why, *blocked_by;
	} table[] = {
		{R2_RULES_LINUX, "1.2.3.4 src 9.9.9.9", "is not an address of this host", NULL},
		{R2_RULES_LINUX, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 method plain",
		 "would pick 4.3.2.2", "4.3.2.2"},
		{R2_RULES_LINUX, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 phantom 6.5.4.2",
		 "this host's own address", NULL},
		{R2_RULES_WINDOWS, "1.2.3.4 src 9.9.9.9", "is not an address of this host", NULL},
		{R2_RULES_WINDOWS, "1.2.3.4 via 4.3.2.1 src 3.3.3.3 method native",
		 "which only `add` can try", NULL},
		{R2_RULES_WINDOWS, "1.2.3.4 via 4.3.2.1 src 6.5.4.2", "on another interface", NULL},
		{R2_RULES_WINDOWS, "2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3", "IPv6",
		 NULL},
		{R2_RULES_WINDOWS_XP, "1.2.3.4 via 4.3.2.1 src 6.5.4.2", "on another interface",
		 NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip blocked_by = ip(table[i].blocked_by);
		struct r2_whatif got;
		struct r2_host host;

		world(&host);
		got = try_line(&host, table[i].rules, table[i].line);
		assert_false(got.possible);
		if (!strstr(got.why_not.what, table[i].why))
			fail_msg("%s: %s", table[i].line, got.why_not.what);
		assert_true(r2_ip_equal(&got.blocked_by, &blocked_by));
		r2_host_free(&host);
	}
}

/* XP: an address of the same subnet that comes first is always picked. */
static void the_same_segment_on_xp(void **state)
{
	struct r2_addr twin = {.link = E0, .ip = ip("3.3.3.77")};
	struct r2_ip first = ip("3.3.3.3");
	struct r2_whatif got;
	struct r2_host host;
	(void)state;

	world(&host);
	twin.subnet = (struct r2_prefix){twin.ip, 24};
	assert_true(r2_list_push(&host.addrs, &twin));
	got = try_line(&host, R2_RULES_WINDOWS_XP, "1.2.3.4 via 4.3.2.1 src 3.3.3.77");
	assert_false(got.possible);
	assert_true(r2_ip_equal(&got.blocked_by, &first));
	assert_non_null(strstr(got.why_not.what, "3.3.3.3 comes before 3.3.3.77"));
	assert_int_equal(got.ways.n, 2); /* no SkipAsSource there */
	host.addrs.at[host.addrs.n - 1].subnet.len =
		16; /* wider: outside of the other's there is room */
	got = try_line(&host, R2_RULES_WINDOWS_XP, "1.2.3.4 via 4.3.2.1 src 3.3.3.77");
	assert_true(got.possible);
	assert_int_equal(got.phantom.bytes[2], 2);
	r2_host_free(&host);
}

/* s XOR 1 is ours: no next hop helps, and the ways out are said with their price. */
static void the_neighbour_in_the_way(void **state)
{
	struct r2_addr twin = {.link = E0, .ip = ip("3.3.3.2")};
	struct r2_whatif got;
	struct r2_host host;
	(void)state;

	world(&host);
	twin.subnet = (struct r2_prefix){twin.ip, 24};
	assert_true(r2_list_push(&host.addrs, &twin));
	got = try_line(&host, R2_RULES_WINDOWS, "1.2.3.4 via 4.3.2.1 src 3.3.3.3");
	assert_false(got.possible);
	assert_true(r2_ip_equal(&got.blocked_by, &twin.ip));
	assert_int_equal(got.ways.n, 4);
	assert_non_null(strstr(got.ways.text[0], "set gl routepolicies=enabled"));
	assert_non_null(strstr(got.ways.text[2], "SkipAsSource on 3.3.3.2; the price"));
	/* And indeed: */
	host.addrs.at[host.addrs.n - 1].flags |= R2_ADDR_SKIP_AS_SOURCE;
	assert_true(try_line(&host, R2_RULES_WINDOWS, "1.2.3.4 via 4.3.2.1 src 3.3.3.3").possible);
	r2_host_free(&host);
}

static void the_host_stays_as_it_is(void **state)
{
	struct r2_host host, before;
	(void)state;

	world(&host);
	before = copy_of(&host);
	try_line(&host, R2_RULES_LINUX, "1.2.3.0/24 via 4.3.2.1 backup 4.3.2.9 src 3.3.3.3");
	try_line(&host, R2_RULES_WINDOWS, "1.2.3.4 via 4.3.2.1 src 3.3.3.3");
	assert_same(&before, &host, "what if");
	r2_host_free(&before);
	r2_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_command_does_it),
		cmocka_unit_test(the_command_names_the_namespace),
		cmocka_unit_test(the_command_names_the_interface),
		cmocka_unit_test(ours_gives_way),
		cmocka_unit_test(what_goes_before),
		cmocka_unit_test(a_rule_from_the_source),
		cmocka_unit_test(what_cannot_be),
		cmocka_unit_test(the_same_segment_on_xp),
		cmocka_unit_test(the_neighbour_in_the_way),
		cmocka_unit_test(the_host_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
