/* SPDX-License-Identifier: MIT */
/* Permanent neighbours: ours, another's, and those that are nobody's yet. */
#include "kernel.h"

#include <errno.h>
#include <string.h>

static struct r2_op neigh_op(const struct lab *lab, enum r2_op_kind kind, const char *to,
			     const char *lladdr)
{
	return (struct r2_op){
		.kind = kind,
		.neigh = {.ip = ip(to),
			  .link = lab->e0,
			  .state = R2_NUD_PERMANENT,
			  .protocol = R2_PROTOCOL,
			  .mac = mac(lladdr)},
	};
}

static void assert_neigh(const struct lab *lab, const char *to, const char *lladdr)
{
	struct r2_neigh neigh = find_neigh(lab, to);
	char text[R2_MAC_TEXT];

	if (!lladdr) {
		assert_int_equal(neigh.state, 0);
		return;
	}
	assert_int_equal(neigh.state, R2_NUD_PERMANENT);
	assert_int_equal(neigh.protocol, R2_PROTOCOL);
	assert_string_equal(r2_mac_format(&neigh.mac, text), lladdr);
}

static void there_and_back(void **state)
{
	static const char *const phantoms[] = {"169.254.255.1", "fe80::7232:1", "192.0.2.77"};
	const struct lab *lab = *state;

	for (size_t i = 0; i < COUNT(phantoms); i++) {
		const char *to = phantoms[i];
		struct r2_op add = neigh_op(lab, R2_OP_NEIGH_ADD, to, "02:00:00:00:01:01");
		struct r2_op set = neigh_op(lab, R2_OP_NEIGH_SET, to, "02:00:00:00:01:02");
		struct r2_op unset, del = r2_op_inverse(&add);

		set.old_mac = add.neigh.mac;
		unset = r2_op_inverse(&set);
		apply(lab, &del);
		for (int twice = 0; twice < 2; twice++) {
			apply(lab, &add);
			assert_neigh(lab, to, "02:00:00:00:01:01");
		}
		for (int twice = 0; twice < 2; twice++) {
			apply(lab, &set);
			assert_neigh(lab, to, "02:00:00:00:01:02");
		}
		apply(lab, &unset);
		assert_neigh(lab, to, "02:00:00:00:01:01");
		for (int twice = 0; twice < 2; twice++) {
			apply(lab, &del);
			assert_neigh(lab, to, NULL);
		}
		apply(lab, &set); /* of an entry that is gone: it comes back */
		assert_neigh(lab, to, "02:00:00:00:01:02");
	}
}

static void foreign(void **state)
{
	static const char *const states[] = {"permanent", "reachable", "stale", "noarp"};
	const struct lab *lab = *state;
	const enum r2_op_kind kinds[] = {R2_OP_NEIGH_ADD, R2_OP_NEIGH_SET};
	struct r2_op del = neigh_op(lab, R2_OP_NEIGH_DEL, "192.0.2.9", "02:00:00:00:01:01");

	for (size_t i = 0; i < COUNT(states); i++) {
		run("ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:99 nud %s dev " E0,
		    states[i]);
		for (size_t j = 0; j < COUNT(kinds); j++) {
			struct r2_op op = neigh_op(lab, kinds[j], "192.0.2.9", "02:00:00:00:01:01");
			struct r2_error err;

			assert_false(lab->os->ops->apply(lab->os, &op, &err));
			assert_int_equal(err.kind, R2_FAILED);
			assert_int_equal(err.native, EEXIST);
			assert_string_equal(err.what, "192.0.2.9 is in use by a neighbour with "
						      "MAC 02:00:00:00:00:99 on " E0);
		}
		apply(lab, &del); /* ours is not there: done, and theirs stays */
		assert_int_equal(find_neigh(lab, "192.0.2.9").mac.bytes[5], 0x99);
	}
	/* Ours, but another MAC: an add is not a set. */
	run("ip neigh replace 192.0.2.10 lladdr 02:00:00:00:00:99 dev " E0 " protocol 114");
	struct r2_op add = neigh_op(lab, R2_OP_NEIGH_ADD, "192.0.2.10", "02:00:00:00:01:01");
	char text[R2_ERROR_TEXT];

	refused(lab, &add, text);
}

/* An entry that is being resolved, or could not be, is nobody's. */
static void unresolved(void **state)
{
	static const char *const addresses[] = {"192.0.2.99", "2001:db8::99"};
	const struct lab *lab = *state;

	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct r2_op add =
			neigh_op(lab, R2_OP_NEIGH_ADD, addresses[i], "02:00:00:00:01:01");

		/* NTF_USE makes the kernel resolve it, which cannot succeed. */
		run("ip neigh add %s dev " E0 " use", addresses[i]);
		assert_true(find_neigh(lab, addresses[i]).state &
			    (R2_NUD_INCOMPLETE | R2_NUD_FAILED));
		apply(lab, &add);
		assert_neigh(lab, addresses[i], "02:00:00:00:01:01");
	}
	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct r2_op del =
			neigh_op(lab, R2_OP_NEIGH_DEL, addresses[i], "02:00:00:00:01:01");
		struct r2_op set =
			neigh_op(lab, R2_OP_NEIGH_SET, addresses[i], "02:00:00:00:01:02");

		apply(lab, &del);
		run("ip neigh add %s dev " E0 " use", addresses[i]);
		apply(lab, &set);
		assert_neigh(lab, addresses[i], "02:00:00:00:01:02");
	}
}

static void interface_gone(void **state)
{
	const struct lab *lab = *state;
	struct r2_op add = neigh_op(lab, R2_OP_NEIGH_ADD, "192.0.2.9", "02:00:00:00:01:01");
	struct r2_op del = r2_op_inverse(&add);
	char text[R2_ERROR_TEXT];

	run("ip link delete " E0);
	refused(lab, &add, text);
	apply(lab, &del);
}

/* Packets to the phantom go to the gateway: one update moves them to another. */
static void failover(void **state)
{
	const struct lab *lab = *state;
	struct r2_op add = neigh_op(lab, R2_OP_NEIGH_ADD, "169.254.255.1", "02:00:00:00:01:01");
	struct r2_op road = {.kind = R2_OP_ROUTE_ADD,
			     .route =
				     route(lab, "203.0.113.5/32", "169.254.255.1", "192.0.2.2", 0)};

	road.route.flags = R2_ROUTE_ONLINK;
	run_there(lab, "ip address add 203.0.113.5/32 dev lo");
	apply(lab, &add);
	apply(lab, &road);
	run("ping -c 1 -W 5 203.0.113.5");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		CASE(there_and_back), CASE(foreign),  CASE(unresolved),
		CASE(interface_gone), CASE(failover),
	};

	if (!lab_enter())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
