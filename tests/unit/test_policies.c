/* SPDX-License-Identifier: MIT */
/* Method native of Windows: when it is taken, what it may catch, and what is a witness. */
#include "core/policy.h"

#include <string.h>

#include "core/rules.h"
#include "os/fake/fake.h"
#include "unit.h"
#include "winhost.h"
#include "world.h"

static void native_is_the_last_of_auto(void **state)
{
	struct r2_host host = windows_host(PAIR " 10.0.0.100", GW);
	struct r2_os *os = open_windows(&host, GW);

	(void)state;
	must_refuse(os, "add 1.2.3.4 src 10.0.0.11",
		    "the ways out: a connection policy (`method native`), `method skipassource`");
	must_refuse(os, "add 1.2.3.4 src 10.0.0.11", "netsh int ipv4 set gl routepolicies=enabled");
	must_refuse(os, "add 1.2.3.4 src 10.0.0.11 method native", "are there, but not obeyed");
	r2_fake_obey(os, true);
	must_run(os, "add 1.2.3.4 src 10.0.0.11");
	must_show(os, "1.2.3.4/32", "via 10.0.0.1 src 10.0.0.11 dev e0 method native");
	must_send_from(os, "1.2.3.4", "10.0.0.11");
	/* Where plain or a phantom does it, nobody asks. */
	must_run(os, "add 5.5.5.5 src 10.0.0.100");
	must_show(os, "5.5.5.5/32", "method phantom");
	must_run(os, "replace 5.5.5.5 src 10.0.0.100 method native");
	must_show(os, "5.5.5.5/32", "via 10.0.0.1 src 10.0.0.100 dev e0 method native");
	must_run(os, "replace 1.2.3.4 src 10.0.0.10 method native");
	must_send_from(os, "1.2.3.4", "10.0.0.10");
	must_run(os, "del 1.2.3.4");
	must_run(os, "del 5.5.5.5");
	assert_same(&host, r2_fake_host(os), "all deleted");
	os->ops->close(os);
	r2_host_free(&host);
}

static void a_policy_catches_nothing_else(void **state)
{
	struct r2_host host = windows_host(PAIR " 10.0.0.100", GW);
	struct r2_route other = world_route("20.1.0.0/16", "10.0.0.9", NULL, E0, 4);
	struct r2_os *os;

	(void)state;
	assert_true(r2_list_push(&host.routes, &other));
	os = open_windows(&host, GW);
	r2_fake_obey(os, true);
	must_refuse(os, "add 20.0.0.0/8 src 10.0.0.11 method native",
		    "would catch 20.1.0.0/16 too, which has a route of its own");
	must_refuse(os, "add default via 10.0.0.1 src 10.0.0.11 method native metric 5",
		    "would catch loopback connections too");
	must_refuse(os, "add 8.0.0.0/5 via 10.0.0.1 src 10.0.0.11 method native",
		    "would catch 10.0.0.0/24 too");
	/* A longer prefix by a policy goes before. */
	must_run(os, "add 30.1.0.0/16 src 10.0.0.10 method native");
	must_run(os, "add 30.0.0.0/8 src 10.0.0.11 method native");
	must_send_from(os, "30.1.2.3", "10.0.0.10");
	must_send_from(os, "30.2.2.3", "10.0.0.11");
	/* One without is caught: that is found, and undone. */
	must_refuse(os, "add 30.3.0.0/16 src 10.0.0.100", "from 10.0.0.11, not 10.0.0.100");
	os->ops->close(os);
	r2_host_free(&host);
}

static void a_policy_that_is_not_obeyed_is_undone(void **state)
{
	struct r2_host host = windows_host(PAIR, GW);
	struct r2_os *os;

	(void)state;
	host.flags |= R2_HOST_POLICY; /* so it was said; but the fake obeys none */
	os = open_windows(&host, GW);
	must_refuse(os, "add 1.2.3.4 src 10.0.0.11", "Windows would send to 1.2.3.4 from");
	os->ops->close(os);
	r2_host_free(&host);
}

/* A lookup that fails is no answer: nor is there a rule of Windows that could lead elsewhere. */
static void without_a_witness_all_is_undone(void **state)
{
	struct r2_host host = windows_host(PAIR, GW);
	struct r2_prefix dst = prefix("1.2.3.4/32");

	(void)state;
	assert_true(r2_rules_lead(&host, R2_MAIN_TABLE, &dst));
	assert_false(r2_rules_lead(&host, 77, &dst));
	r2_host_free(&host);
}

/* By somebody else's policy the source is right, and no promise. */
static void the_two_witnesses_must_agree(void **state)
{
	struct r2_host host = windows_host("192.168.1.14 192.168.1.68", "192.168.1.127");
	struct r2_route route = world_route("1.2.3.4/32", "192.168.1.127", NULL, E0, R2_PROTOCOL);
	struct r2_answer answer = {.type = R2_TYPE_UNICAST,
				   .source = ip("192.168.1.68"),
				   .tabled = ip("192.168.1.14"),
				   .gateway = route.gateway,
				   .link = E0,
				   .table = R2_MAIN_TABLE,
				   .match = route};
	struct r2_ip src = ip("192.168.1.68"), to = ip("1.2.3.4");
	struct r2_error err;

	(void)state;
	assert_int_equal(r2_verify_judge(&host, &route, &src, &to, &answer, &err), R2_UNTRUE);
	assert_non_null(strstr(err.what, "the routing table says 192.168.1.14"));
	route.flags |= R2_ROUTE_POLICY;
	assert_int_equal(r2_verify_judge(&host, &route, &src, &to, &answer, &err), R2_TRUE);
	r2_host_free(&host);
}

/* Nothing says that the bits of an IPv6 next hop count: plain, a policy, or a refusal. */
static void in_ipv6_there_is_no_phantom(void **state)
{
	static const char *const addrs[] = {"2001:db8:4::10", "2001:db8:4::11"};
	struct r2_host host = windows_host(PAIR, GW);
	struct r2_route by_default = world_route("::/0", "2001:db8:4::1", NULL, E0, 4);
	struct r2_os *os;

	(void)state;
	by_default.metric = 0;
	assert_true(r2_list_push(&host.routes, &by_default));
	for (size_t i = 0; i < COUNT(addrs); i++) {
		struct r2_addr addr = {.link = E0, .ip = ip(addrs[i])};

		addr.subnet = (struct r2_prefix){addr.ip, 64};
		assert_true(r2_list_push(&host.addrs, &addr));
	}
	os = open_windows(&host, "2001:db8:4::1");
	must_refuse(os, "add 2001:db8:5::5 src 2001:db8:4::11", "IPv6");
	must_refuse(os, "add 2001:db8:5::5 src 2001:db8:4::11 method phantom", "IPv6");
	must_refuse(os, "add 2001:db8:5::5 src 2001:db8:4::11 method skipassource", "IPv4");
	r2_fake_obey(os, true);
	must_run(os, "add 2001:db8:5::5 src 2001:db8:4::11");
	must_show(os, "2001:db8:5::5/128", "src 2001:db8:4::11 dev e0 method native");
	must_send_from(os, "2001:db8:5::5", "2001:db8:4::11");
	must_run(os, "del 2001:db8:5::5");
	assert_same(&host, r2_fake_host(os), "deleted");
	os->ops->close(os);
	r2_host_free(&host);
}

/* The same line has the same name always; another line, another. */
static void policies_have_names(void **state)
{
	struct r2_route route = world_route("1.2.3.0/24", "10.0.0.1", "10.0.0.11", E0, R2_PROTOCOL);
	struct r2_ledger_row rows[5];
	uint8_t guids[COUNT(rows)][16], again[16];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		rows[i] = r2_ledger_row_of(&route, i == 1 ? 6 : 5);
	rows[2].dst.len = 25;
	rows[3].src = ip("10.0.0.10");
	rows[4].hop = ip("10.0.0.2");
	for (size_t i = 0; i < COUNT(rows); i++) {
		r2_policy_guid(&rows[i], guids[i]);
		r2_policy_guid(&rows[i], again);
		assert_memory_equal(guids[i], again, 16);
		assert_int_equal(guids[i][6] >> 4, 8); /* RFC 9562: version and variant */
		assert_int_equal(guids[i][8] >> 6, 2);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(guids[i], guids[j], 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native_is_the_last_of_auto),
		cmocka_unit_test(a_policy_catches_nothing_else),
		cmocka_unit_test(a_policy_that_is_not_obeyed_is_undone),
		cmocka_unit_test(without_a_witness_all_is_undone),
		cmocka_unit_test(the_two_witnesses_must_agree),
		cmocka_unit_test(in_ipv6_there_is_no_phantom),
		cmocka_unit_test(policies_have_names),
	};

	return cmocka_run_group_tests_name("policies", tests, NULL, NULL);
}
