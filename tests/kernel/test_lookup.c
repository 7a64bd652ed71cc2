/* SPDX-License-Identifier: MIT */
/* What the kernel would do with a packet, asked through the seam. */
#include "kernel.h"

#include <errno.h>

static struct r2_answer look_up(const struct lab *lab, const char *text)
{
	struct r2_ip dst = ip(text);
	struct r2_answer answer;
	struct r2_error err;
	char words[R2_ERROR_TEXT];

	if (!lab->os->ops->lookup(lab->os, &dst, NULL, &answer, &err))
		fail_msg("%s", r2_error_format(&err, words, sizeof(words)));
	return answer;
}

static void assert_ip(const struct r2_ip *got, const char *want)
{
	char text[R2_IP_TEXT];

	assert_string_equal(r2_ip_format(got, text), want ? want : "none");
}

static void by_gateway(void **state)
{
	static const struct {
		const char *command, *dst, *source, *gateway, *match;
		uint32_t metric;
	} cases[] = {
		{"ip route add 10.1.0.0/16 via 192.0.2.1 src 192.0.2.3 metric 7 proto 114",
		 "10.1.2.3", "192.0.2.3", "192.0.2.1", "10.1.0.0/16", 7},
		{"ip route add 10.2.0.0/16 via inet6 fe80::1 dev e0 src 192.0.2.2 proto 114",
		 "10.2.0.1", "192.0.2.2", "fe80::1", "10.2.0.0/16", 0},
		{"ip route add default via 192.0.2.11 proto 114", "8.8.8.8", "192.0.2.2",
		 "192.0.2.11", "0.0.0.0/0", 0},
		{"ip route add 2001:db8:1::/48 via fe80::1 dev e0 src 2001:db8::3 proto 114",
		 "2001:db8:1::5", "2001:db8::3", "fe80::1", "2001:db8:1::/48", 1024},
		{"ip route add default via 2001:db8::1 metric 3 src 2001:db8::2 proto 114",
		 "2001:db8:ffff::1", "2001:db8::2", "2001:db8::1", "::/0", 3},
	};
	const struct lab *lab = *state;
	char text[R2_PREFIX_TEXT];

	run("ip address add 192.0.2.3/24 dev e0");
	run("ip address add 2001:db8::3/64 nodad dev e0");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct r2_answer answer;

		run("%s", cases[i].command);
		answer = look_up(lab, cases[i].dst);
		assert_int_equal(answer.error, 0);
		assert_int_equal(answer.type, R2_TYPE_UNICAST);
		assert_ip(&answer.source, cases[i].source);
		assert_ip(&answer.gateway, cases[i].gateway);
		assert_int_equal(answer.link, lab->e0);
		assert_int_equal(answer.table, R2_MAIN_TABLE);
		assert_string_equal(r2_prefix_format(&answer.match.dst, text), cases[i].match);
		assert_int_equal(answer.match.metric, cases[i].metric);
		assert_int_equal(answer.match.protocol, R2_PROTOCOL);
		assert_int_equal(answer.match.table, R2_MAIN_TABLE);
	}
}

static void near(void **state)
{
	const struct lab *lab = *state;
	struct r2_answer answer = look_up(lab, "192.0.2.77");

	assert_ip(&answer.gateway, NULL);
	assert_ip(&answer.source, "192.0.2.2");
	assert_int_equal(answer.match.protocol, R2_PROTO_KERNEL);
	answer = look_up(lab, "2001:db8::77");
	assert_ip(&answer.gateway, NULL);
	assert_ip(&answer.source, "2001:db8::2");
	assert_int_equal(answer.match.dst.len, 64);
}

static void types(void **state)
{
	const struct lab *lab = *state;

	run("ip address add 10.5.0.1/24 brd + dev e0");
	assert_int_equal(look_up(lab, "192.0.2.2").type, R2_TYPE_LOCAL);
	assert_int_equal(look_up(lab, "127.0.0.1").type, R2_TYPE_LOCAL);
	assert_int_equal(look_up(lab, "2001:db8::2").type, R2_TYPE_LOCAL);
	assert_int_equal(look_up(lab, "10.5.0.255").type, R2_TYPE_BROADCAST);
}

static void other_table(void **state)
{
	const struct lab *lab = *state;
	struct r2_answer answer;

	run("ip route add default via 192.0.2.1 src 192.0.2.2 table 70000 proto 114");
	run("ip route add default via 2001:db8::1 src 2001:db8::2 table 70000 proto 114");
	assert_int_equal(look_up(lab, "8.8.8.8").error, ENETUNREACH);
	run("ip rule add to 8.8.8.0/24 table 70000");
	run("ip -6 rule add table 70000");
	answer = look_up(lab, "8.8.8.8");
	assert_int_equal(answer.error, 0);
	assert_int_equal(answer.table, 70000);
	assert_int_equal(answer.match.table, 70000);
	answer = look_up(lab, "2001:db8:77::8");
	assert_int_equal(answer.table, 70000);
	assert_int_equal(answer.match.table, 70000);
}

static void errors(void **state)
{
	static const struct {
		const char *type;
		int error;
	} cases[] = {
		{"unreachable", EHOSTUNREACH},
		{"prohibit", EACCES},
		{"blackhole", EINVAL},
		{"throw", ENETUNREACH},
	};
	const struct lab *lab = *state;

	assert_int_equal(look_up(lab, "8.8.8.8").error, ENETUNREACH);
	assert_int_equal(look_up(lab, "2001:db8:77::1").error, ENETUNREACH);
	for (size_t i = 0; i < COUNT(cases); i++) {
		run("ip route replace %s 8.8.8.0/24", cases[i].type);
		assert_int_equal(look_up(lab, "8.8.8.8").error, cases[i].error);
	}
	run("ip route add unreachable 2001:db8:77::/64");
	assert_int_equal(look_up(lab, "2001:db8:77::1").error, EHOSTUNREACH);
	run("ip route add prohibit 2001:db8:78::/64");
	assert_int_equal(look_up(lab, "2001:db8:78::1").error, EACCES);
	run("ip route add blackhole 2001:db8:79::/64");
	assert_int_equal(look_up(lab, "2001:db8:79::1").error, EINVAL);
	run("ip rule add to 9.9.9.9 prohibit");
	assert_int_equal(look_up(lab, "9.9.9.9").error, EACCES);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		CASE(by_gateway), CASE(near), CASE(types), CASE(other_table), CASE(errors),
	};

	if (!lab_enter())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
