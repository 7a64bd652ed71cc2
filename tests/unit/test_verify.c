/* SPDX-License-Identifier: MIT */
/* Verification: which addresses are asked for, and what an answer means. */
#include "core/verify.h"

#include <string.h>

#include "unit.h"
#include "world.h"

static struct r2_route wanted_route(const char *dst)
{
	return world_route(dst, "4.3.2.1", "3.3.3.3", E0, R2_PROTOCOL);
}

static void push_route(struct r2_host *host, const char *dst, uint32_t table)
{
	struct r2_route route = world_route(dst, "4.3.2.9", NULL, E0, 4);
	route.table = table;
	assert_true(r2_list_push(&host->routes, &route));
}

/* ---- samples ---------------------------------------------------------------------------- */

static bool is_in(const struct r2_ip *samples, size_t n, const char *text)
{
	struct r2_ip wanted = ip(text);
	for (size_t i = 0; i < n; i++) {
		if (r2_ip_equal(&samples[i], &wanted))
			return true;
	}
	return false;
}

static void samples_lie_inside(void **state)
{
	static const struct {
		const char *dst;
		size_t n;
		const char *has[2], *lacks[2];
	} table[] = {
		{"1.2.3.4/32", 1, {"1.2.3.4"}, {0}},
		{"2001:db8:5::4/128", 1, {"2001:db8:5::4"}, {0}},
		{"1.2.3.4/31", 2, {"1.2.3.4", "1.2.3.5"}, {0}},
		{"1.2.3.0/24", 8, {"1.2.3.1", "1.2.3.254"}, {"1.2.3.0", "1.2.3.255"}},
		{"10.0.0.0/8", 8, {"10.0.0.1", "10.255.255.254"}, {"10.0.0.0", "10.255.255.255"}},
		{"2001:db8::/32",
		 8,
		 {"2001:db8::1", "2001:db8:ffff:ffff:ffff:ffff:ffff:fffe"},
		 {"2001:db8::"}},
		{"239.0.0.0/8", 8, {"239.0.0.1", "239.255.255.254"}, {0}},
	};
	struct r2_host host = {0};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_route route = wanted_route(table[i].dst);
		struct r2_ip samples[R2_SAMPLES_MAX], again[R2_SAMPLES_MAX];
		size_t n = r2_verify_samples(&host, &route, samples);
		if (n != table[i].n)
			fail_msg("%s: %zu samples", table[i].dst, n);
		assert_int_equal(r2_verify_samples(&host, &route, again), n);
		for (size_t j = 0; j < n; j++) {
			assert_true(r2_prefix_contains(&route.dst, &samples[j]));
			assert_true(r2_ip_equal(&samples[j], &again[j]));
			for (size_t k = 0; k < j; k++)
				assert_false(r2_ip_equal(&samples[j], &samples[k]));
		}
		for (size_t j = 0; j < 2; j++) {
			if ((table[i].has[j] && !is_in(samples, n, table[i].has[j])) ||
			    (table[i].lacks[j] && is_in(samples, n, table[i].lacks[j])))
				fail_msg("%s: %s, %s", table[i].dst, table[i].has[j],
					 table[i].lacks[j]);
		}
	}
}

/* Of a default route only where packets may go: global unicast, no multicast, no loopback. */
static void samples_of_everything(void **state)
{
	struct r2_route routes[] = {wanted_route("0.0.0.0/0"),
				    world_route("::/0", "2001:db8:4::1", NULL, E0, 114)};
	struct r2_ip samples[R2_SAMPLES_MAX];
	struct r2_host host = {0};
	(void)state;
	for (size_t i = 0; i < COUNT(routes); i++) {
		size_t n = r2_verify_samples(&host, &routes[i], samples);
		assert_true(n >= 3);
		for (size_t j = 0; j < n; j++) {
			assert_false(r2_ip_is_multicast(&samples[j]));
			assert_false(r2_ip_is_loopback(&samples[j]));
			assert_false(r2_ip_is_unspecified(&samples[j]));
			if (i == 0)
				assert_in_range(samples[j].bytes[0], 1, 239);
			else
				assert_in_range(samples[j].bytes[0], 0x20, 0x3f);
		}
	}
}

static void samples_avoid_the_more_specific(void **state)
{
	static const struct {
		const char *what, *specific[4];
		uint32_t table;
		size_t n; /* 0: as many as without */
		const char *only;
	} table[] = {
		{"the lower half", {"1.2.3.0/25"}, R2_MAIN_TABLE, 0, NULL},
		{"in another table", {"1.2.3.0/25", "1.2.3.128/25"}, 77, 8, NULL},
		{"our own addresses", {"1.2.3.1/32"}, R2_LOCAL_TABLE, 0, NULL},
		{"all but one",
		 {"1.2.3.128/25", "1.2.3.2/31", "1.2.3.0/31"},
		 R2_MAIN_TABLE,
		 0,
		 NULL},
		{"all", {"1.2.3.0/25", "1.2.3.128/25"}, R2_MAIN_TABLE, 1, "1.2.3.1"},
		{"all but the end",
		 {"1.2.3.0/25", "1.2.3.128/26", "1.2.3.192/27", "1.2.3.224/27"},
		 R2_MAIN_TABLE,
		 1,
		 "1.2.3.1"},
	};
	struct r2_route route = wanted_route("1.2.3.0/24");
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip samples[R2_SAMPLES_MAX];
		struct r2_host host = {0};
		size_t n;
		for (size_t j = 0; j < 4 && table[i].specific[j]; j++)
			push_route(&host, table[i].specific[j], table[i].table);
		n = r2_verify_samples(&host, &route, samples);
		assert_true(n > 0);
		if (table[i].n && n != table[i].n)
			fail_msg("%s: %zu", table[i].what, n);
		if (table[i].only && !is_in(samples, n, table[i].only))
			fail_msg("%s: lacks %s", table[i].what, table[i].only);
		for (size_t j = 0; j < n && !table[i].only && table[i].table != 77; j++) {
			r2_each (const struct r2_route, known, &host.routes)
				assert_false(r2_prefix_contains(&known->dst, &samples[j]));
		}
		r2_host_free(&host);
	}
}

/* ---- the gap ---------------------------------------------------------------------------- */

static void the_first_gap_is_found(void **state)
{
	static const struct {
		const char *dst, *covers[5], *gap;
	} table[] = {
		{"1.2.3.0/24", {0}, "1.2.3.0"},
		{"1.2.3.0/24", {"1.2.3.128/25"}, "1.2.3.0"},
		{"1.2.3.0/24", {"1.2.3.0/25"}, "1.2.3.128"},
		{"1.2.3.0/24", {"1.2.3.0/25", "1.2.3.128/25"}, NULL},
		{"1.2.3.0/24", {"1.2.3.128/25", "1.2.3.0/25"}, NULL},
		{"1.2.3.0/24", {"1.2.3.0/25", "1.2.3.0/26", "1.2.3.64/32"}, "1.2.3.128"},
		{"1.2.3.0/24", {"1.2.3.0/25", "1.2.3.192/26"}, "1.2.3.128"},
		{"1.2.3.0/24", {"1.2.3.0/32", "1.2.3.1/32", "1.2.3.3/32"}, "1.2.3.2"},
		/* neither the prefix itself nor what is around or beside it */
		{"1.2.3.0/24", {"1.2.3.0/24", "1.2.0.0/16", "1.2.4.0/25"}, "1.2.3.0"},
		{"1.2.3.4/31", {"1.2.3.4/32"}, "1.2.3.5"},
		{"1.2.3.4/31", {"1.2.3.5/32", "1.2.3.4/32"}, NULL},
		{"255.255.255.0/24", {"255.255.255.0/25", "255.255.255.128/25"}, NULL},
		{"2001:db8::/32", {"2001:db8::/33"}, "2001:db8:8000::"},
		{"2001:db8::/32", {"2001:db8::/33", "2001:db8:8000::/33"}, NULL},
		{"::/0", {"::/1", "8000::/1"}, NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_route route = wanted_route(table[i].dst);
		struct r2_ip gap = {0}, wanted = ip(table[i].gap);
		struct r2_host host = {0};
		for (size_t j = 0; j < 5 && table[i].covers[j]; j++)
			push_route(&host, table[i].covers[j], R2_MAIN_TABLE);
		bool found = r2_verify_gap(&host, &route, &gap);
		if (found != (table[i].gap != NULL) || (found && !r2_ip_equal(&gap, &wanted)))
			fail_msg("%zu: %s", i, table[i].dst);
		r2_host_free(&host);
	}
}

/* ---- the judgement ---------------------------------------------------------------------- */

static void an_answer_is_judged(void **state)
{
	static const struct {
		const char *what;
		int error;
		uint8_t type;
		const char *source, *gateway;
		uint32_t link, table;
		const char *match;
		uint32_t metric;
		uint8_t protocol;
		enum r2_verdict verdict;
		const char *said;
	} table[] = {
		{"as wanted", 0, 1, "3.3.3.3", "4.3.2.1", E0, 254, "1.2.3.0/24", 50, 114, R2_TRUE,
		 NULL},
		{"refused", 101 /* ENETUNREACH */, 0, NULL, NULL, 0, 0, NULL, 0, 0, R2_UNTRUE,
		 "the kernel would refuse packets to 1.2.3.4 (ENETUNREACH); a policy rule or an "
		 "unreachable route goes before: see ip rule"},
		{"an address of ours", 0, R2_TYPE_LOCAL, "3.3.3.3", NULL, LO, 255, "1.2.3.4/32", 0,
		 2, R2_OVERRULED, NULL},
		{"a broadcast address", 0, R2_TYPE_BROADCAST, "3.3.3.3", NULL, E0, 255,
		 "1.2.3.4/32", 0, 2, R2_OVERRULED, NULL},
		{"more specific", 0, 1, "4.3.2.2", "4.3.2.9", E0, 254, "1.2.3.0/25", 0, 4,
		 R2_OVERRULED, NULL},
		{"ours with a lower metric", 0, 1, "6.5.4.2", "6.5.4.1", E1, 254, "1.2.3.0/24", 5,
		 114, R2_STANDBY, NULL},
		{"another's with a lower metric", 0, 1, "4.3.2.2", "4.3.2.9", E0, 254, "1.2.3.0/24",
		 5, 4, R2_UNTRUE,
		 "the kernel would send to 1.2.3.4 from 4.3.2.2, not 3.3.3.3, by 1.2.3.0/24 via "
		 "4.3.2.9 dev e0 table main metric 5 protocol static; its metric 5 goes before 50: "
		 "choose a lower one"},
		{"ours in another table", 0, 1, "4.3.2.2", "4.3.2.9", E0, 77, "1.2.3.0/24", 5, 114,
		 R2_UNTRUE,
		 "the kernel would send to 1.2.3.4 from 4.3.2.2, not 3.3.3.3, by 1.2.3.0/24 via "
		 "4.3.2.9 dev e0 table 77 metric 5 protocol route2; a policy rule leads to table "
		 "77 "
		 "first (ip rule): use that table, or change the rule"},
		{"the same way by another table", 0, 1, "3.3.3.3", "4.3.2.1", E0, 77, "0.0.0.0/0",
		 0, 3, R2_UNTRUE,
		 "the kernel would send to 1.2.3.4 by default via "
		 "4.3.2.1 dev e0 table 77 metric 0 protocol boot; a policy rule leads to table 77 "
		 "first (ip rule): use that table, or change the rule"},
		{"another source", 0, 1, "4.3.2.2", "4.3.2.1", E0, 254, "1.2.3.0/24", 50, 114,
		 R2_UNTRUE,
		 "the kernel would send to 1.2.3.4 from 4.3.2.2, not 3.3.3.3, by 1.2.3.0/24 via "
		 "4.3.2.1 dev e0 table main metric 50 protocol route2"},
		{"another next hop", 0, 1, "3.3.3.3", "4.3.2.9", E0, 254, "1.2.3.0/24", 50, 4,
		 R2_UNTRUE,
		 "the kernel would send to 1.2.3.4 by 1.2.3.0/24 via "
		 "4.3.2.9 dev e0 table main metric 50 protocol static"},
		{"another interface", 0, 1, "3.3.3.3", "4.3.2.1", E1, 254, "1.2.3.0/24", 50, 4,
		 R2_UNTRUE,
		 "the kernel would send to 1.2.3.4 by 1.2.3.0/24 via "
		 "4.3.2.1 dev e1 table main metric 50 protocol static"},
		{"straight", 0, 1, "3.3.3.3", NULL, 99, 254, "1.0.0.0/8", 50, 4, R2_UNTRUE,
		 "the kernel would send to 1.2.3.4 by 1.0.0.0/8 dev ? "
		 "table main metric 50 protocol static"},
	};
	struct r2_route route = wanted_route("1.2.3.0/24");
	struct r2_ip src = ip("3.3.3.3"), sample = ip("1.2.3.4");
	struct r2_host host;
	(void)state;
	world(&host);
	route.metric = 50;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_answer answer = {
			.error = table[i].error,
			.type = table[i].type,
			.source = ip(table[i].source),
			.gateway = ip(table[i].gateway),
			.link = table[i].link,
			.table = table[i].table,
			.match = {.metric = table[i].metric, .protocol = table[i].protocol}};
		char said[R2_ERROR_TEXT];
		struct r2_error err = {0};
		if (table[i].match)
			answer.match.dst = prefix(table[i].match);
		if (r2_verify_judge(&host, &route, &src, &sample, &answer, &err) !=
		    table[i].verdict)
			fail_msg("%s", table[i].what);
		if (table[i].said)
			assert_string_equal(r2_error_format(&err, said, sizeof(said)),
					    table[i].said);
		else
			assert_string_equal(err.what, "");
	}
	r2_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_lie_inside),
		cmocka_unit_test(samples_of_everything),
		cmocka_unit_test(samples_avoid_the_more_specific),
		cmocka_unit_test(the_first_gap_is_found),
		cmocka_unit_test(an_answer_is_judged),
	};
	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
