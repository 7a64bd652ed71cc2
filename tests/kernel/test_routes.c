/* SPDX-License-Identifier: MIT */
/* Each operation on a route, twice, its inverse, and what it does beside another's routes. */
#include "kernel.h"

#include <errno.h>
#include <string.h>

static struct r2_op op_of(enum r2_op_kind kind, struct r2_route one)
{
	return (struct r2_op){.kind = kind, .route = one};
}

/* Apply twice, look, undo twice, look again. */
static void there_and_back(const struct lab *lab, struct r2_op op)
{
	struct r2_op undo = r2_op_inverse(&op);
	bool adds = op.kind != R2_OP_ROUTE_DEL;

	assert_int_equal(count_routes(lab, &op.route), !adds);
	apply(lab, &op);
	apply(lab, &op);
	assert_int_equal(count_routes(lab, &op.route), adds);
	apply(lab, &undo);
	apply(lab, &undo);
	assert_int_equal(count_routes(lab, &op.route), !adds);
}

static void add_and_delete(void **state)
{
	const struct lab *lab = *state;
	struct r2_route cases[] = {
		route(lab, "10.1.0.0/16", "192.0.2.1", "192.0.2.2", 0),
		route(lab, "10.1.0.0/16", "192.0.2.1", NULL, 7),
		route(lab, "10.1.0.0/16", NULL, "192.0.2.2", 0),
		route(lab, "10.1.0.0/16", NULL, NULL, 9),
		route(lab, "10.1.0.0/16", "fe80::1", "192.0.2.2", 0), /* RTA_VIA */
		route(lab, "0.0.0.0/0", "192.0.2.1", NULL, 0),
		route(lab, "10.1.2.3/32", "192.0.2.1", NULL, UINT32_MAX),
		route(lab, "2001:db8:1::/48", "2001:db8::1", "2001:db8::2", 0),
		route(lab, "2001:db8:1::/48", "fe80::1", "2001:db8::2", 5),
		route(lab, "2001:db8:1::/48", NULL, NULL, 5),
		route(lab, "::/0", "fe80::1", NULL, 0),
		route(lab, "2001:db8:1::1/128", "fe80::1", NULL, UINT32_MAX),
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		there_and_back(lab, op_of(R2_OP_ROUTE_ADD, cases[i]));
		cases[i].table = 70000;
		there_and_back(lab, op_of(R2_OP_ROUTE_ADD, cases[i]));
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct r2_op add = op_of(R2_OP_ROUTE_ADD, cases[i]);

		apply(lab, &add);
		there_and_back(lab, op_of(R2_OP_ROUTE_DEL, cases[i]));
		apply(lab, &(struct r2_op){.kind = R2_OP_ROUTE_DEL, .route = cases[i]});
	}
}

/* The book: onlink, in a table of its own, the same gateway in many lists. */
static void book(void **state)
{
	const struct lab *lab = *state;
	struct r2_route first = route(lab, "192.0.2.1/32", "169.254.255.1", NULL, 257);
	struct r2_route second = route(lab, "192.0.2.1/32", "169.254.255.2", NULL, 513);
	struct r2_route third = route(lab, "fe80::1/128", "fe80::7232:1", NULL, 257);
	struct r2_op one, two, three;

	first.table = second.table = third.table = R2_BOOK_TABLE;
	first.flags = second.flags = third.flags = R2_ROUTE_ONLINK;
	one = op_of(R2_OP_ROUTE_ADD, first);
	two = op_of(R2_OP_ROUTE_ADD, second);
	three = op_of(R2_OP_ROUTE_ADD, third);
	apply(lab, &one);
	there_and_back(lab, two);
	there_and_back(lab, three);
	assert_int_equal(count_routes(lab, &first), 1);
}

/* A key that another holds: EXCL refuses, with the key in the words. */
static void foreign_key(void **state)
{
	const struct lab *lab = *state;
	struct r2_op add =
		op_of(R2_OP_ROUTE_ADD, route(lab, "10.1.0.0/16", "192.0.2.1", "192.0.2.2", 5));
	struct r2_op add6 = op_of(R2_OP_ROUTE_ADD,
				  route(lab, "2001:db8:1::/48", "2001:db8::1", "2001:db8::2", 0));
	struct r2_error err;
	char text[R2_ERROR_TEXT];

	run("ip route add 10.1.0.0/16 via 192.0.2.11 metric 5 proto static");
	run("ip route add 2001:db8:1::/48 via 2001:db8::11 proto static");
	assert_false(lab->os->ops->apply(lab->os, &add, &err));
	assert_int_equal(err.kind, R2_FAILED);
	assert_int_equal(err.native, EEXIST);
	assert_string_equal(err.call, "RTM_NEWROUTE");
	assert_string_equal(err.what, "cannot add 10.1.0.0/16 via 192.0.2.1");
	assert_non_null(strstr(err.hint, "metric 5"));
	assert_non_null(strstr(refused(lab, &add6, text), "2001:db8:1::/48 via 2001:db8::1"));
	assert_int_equal(count_key(lab, &add.route), 1);
	assert_int_equal(count_key(lab, &add6.route), 1);

	/* Ours goes away from there, the other's never. */
	add.kind = add6.kind = R2_OP_ROUTE_DEL;
	apply(lab, &add);
	apply(lab, &add6);
	assert_int_equal(count_key(lab, &add.route), 1);
	assert_int_equal(count_key(lab, &add6.route), 1);
}

/* The same gateway, source and metric, but another's: it is not taken for ours. */
static void twin(void **state)
{
	const struct lab *lab = *state;
	struct r2_op add =
		op_of(R2_OP_ROUTE_ADD, route(lab, "10.1.0.0/16", "192.0.2.1", "192.0.2.2", 5));
	struct r2_op del = r2_op_inverse(&add);
	char text[R2_ERROR_TEXT];

	run("ip route add 10.1.0.0/16 via 192.0.2.1 src 192.0.2.2 metric 5 proto static");
	refused(lab, &add, text);
	apply(lab, &del);
	assert_int_equal(count_key(lab, &add.route), 1);
}

static struct r2_ip serving(const struct lab *lab, const char *dst)
{
	struct r2_answer answer;
	struct r2_error err;
	struct r2_ip to = ip(dst);

	assert_true(lab->os->ops->lookup(lab->os, &to, NULL, &answer, &err));
	return answer.gateway;
}

static void assert_serves(const struct lab *lab, const char *gateway)
{
	struct r2_ip now = serving(lab, "10.1.2.3");
	char text[R2_IP_TEXT];

	assert_string_equal(r2_ip_format(&now, text), gateway);
}

static void prepend_and_append(void **state)
{
	const struct lab *lab = *state;
	struct r2_route ours = route(lab, "10.1.0.0/16", "192.0.2.1", "192.0.2.2", 0);
	struct r2_op prepend = op_of(R2_OP_ROUTE_PREPEND, ours);
	struct r2_op append = op_of(R2_OP_ROUTE_APPEND, ours);
	struct r2_op del = op_of(R2_OP_ROUTE_DEL, ours);

	run("ip route add 10.1.0.0/16 via 192.0.2.11 proto static");
	there_and_back(lab, prepend);
	there_and_back(lab, append);
	assert_serves(lab, "192.0.2.11");
	apply(lab, &prepend);
	assert_serves(lab, "192.0.2.1");
	assert_int_equal(count_key(lab, &ours), 2);
	apply(lab, &del);
	assert_serves(lab, "192.0.2.11");
	apply(lab, &append);
	assert_serves(lab, "192.0.2.11");
	apply(lab, &prepend); /* it stands, but behind: it moves */
	assert_serves(lab, "192.0.2.1");
	assert_int_equal(count_key(lab, &ours), 2);
	apply(lab, &del);
	assert_int_equal(count_key(lab, &ours), 1);
}

static void prepend_not_in_ipv6(void **state)
{
	const struct lab *lab = *state;
	struct r2_route ours = route(lab, "2001:db8:1::/48", "2001:db8::1", NULL, 5);
	struct r2_op prepend = op_of(R2_OP_ROUTE_PREPEND, ours);
	struct r2_op append = op_of(R2_OP_ROUTE_APPEND, ours);
	char text[R2_ERROR_TEXT];

	refused(lab, &prepend, text);
	refused(lab, &append, text);
	assert_int_equal(count_key(lab, &ours), 0);
}

/*
 * A delete whose words also fit a near relation: a metric of 0, no source, no gateway mean "any"
 * to the kernel. The relation must stand afterwards.
 */
static void delete_exactly(void **state)
{
	const struct lab *lab = *state;
	const struct {
		struct r2_route gone, stays;
	} cases[] = {
		{route(lab, "10.1.0.0/16", "192.0.2.1", NULL, 0),
		 route(lab, "10.1.0.0/16", "192.0.2.1", NULL, 100)},
		{route(lab, "10.2.0.0/16", "192.0.2.1", NULL, 5),
		 route(lab, "10.2.0.0/16", "192.0.2.1", "192.0.2.2", 5)},
		{route(lab, "10.3.0.0/16", NULL, NULL, 5),
		 route(lab, "10.3.0.0/16", "192.0.2.1", NULL, 5)},
		{route(lab, "2001:db8:1::/48", "2001:db8::1", "2001:db8::2", 5),
		 route(lab, "2001:db8:1::/48", "2001:db8::1", NULL, 5)},
		{route(lab, "2001:db8:2::/48", "2001:db8::1", NULL, 0),
		 route(lab, "2001:db8:2::/48", "2001:db8::1", NULL, 5)},
		{route(lab, "2001:db8:3::/48", NULL, NULL, 5),
		 route(lab, "2001:db8:3::/48", "2001:db8::1", NULL, 5)},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct r2_op add = op_of(R2_OP_ROUTE_ADD, cases[i].stays);
		struct r2_op del = op_of(R2_OP_ROUTE_DEL, cases[i].gone);

		apply(lab, &add);
		apply(lab, &del);
		assert_int_equal(count_routes(lab, &cases[i].stays), 1);
	}
}

/* Both stand, and the relation is the first that the kernel would meet. */
static void delete_the_second(void **state)
{
	const struct lab *lab = *state;
	struct r2_route gone = route(lab, "10.2.0.0/16", "192.0.2.1", NULL, 5);
	struct r2_route stays = route(lab, "10.2.0.0/16", "192.0.2.1", "192.0.2.2", 5);
	struct r2_op add = op_of(R2_OP_ROUTE_ADD, gone);
	struct r2_op prepend = op_of(R2_OP_ROUTE_PREPEND, stays);
	struct r2_op del = op_of(R2_OP_ROUTE_DEL, gone);

	apply(lab, &add);
	apply(lab, &prepend);
	apply(lab, &del);
	assert_int_equal(count_routes(lab, &gone), 0);
	assert_int_equal(count_routes(lab, &stays), 1);
}

/* One hop of an ECMP route of IPv6: ours goes, the sibling stays. */
static void delete_sibling(void **state)
{
	const struct lab *lab = *state;
	struct r2_route ours = route(lab, "2001:db8:1::/48", "2001:db8::1", NULL, 5);
	struct r2_route theirs = route(lab, "2001:db8:1::/48", "2001:db8::11", NULL, 5);
	struct r2_op add = op_of(R2_OP_ROUTE_ADD, ours);
	struct r2_op del = op_of(R2_OP_ROUTE_DEL, ours);

	theirs.protocol = 4;
	apply(lab, &add);
	run("ip route append 2001:db8:1::/48 via 2001:db8::11 metric 5 proto static");
	apply(lab, &del);
	assert_int_equal(count_key(lab, &ours), 1);
	assert_int_equal(count_routes(lab, &theirs), 1);
}

static void delete_after_the_interface(void **state)
{
	const struct lab *lab = *state;
	struct r2_route one = route(lab, "10.1.0.0/16", "192.0.2.1", NULL, 0);
	struct r2_route two = route(lab, "2001:db8:1::/48", "fe80::1", NULL, 0);
	struct r2_op del = op_of(R2_OP_ROUTE_DEL, one), del6 = op_of(R2_OP_ROUTE_DEL, two);

	run("ip link delete " E0);
	apply(lab, &del);
	apply(lab, &del6);
}

/* The kernel's own words reach the user. */
static void words(void **state)
{
	const struct lab *lab = *state;
	struct r2_op far = op_of(R2_OP_ROUTE_ADD, route(lab, "10.1.0.0/16", "172.31.0.1", NULL, 0));
	struct r2_op alien =
		op_of(R2_OP_ROUTE_ADD, route(lab, "10.1.0.0/16", "192.0.2.1", "192.0.2.99", 0));
	struct r2_error err;

	assert_false(lab->os->ops->apply(lab->os, &far, &err));
	assert_string_equal(err.kernel, "Nexthop has invalid gateway");
	assert_int_equal(err.native, ENETUNREACH);
	assert_false(lab->os->ops->apply(lab->os, &alien, &err));
	assert_string_equal(err.kernel, "Invalid prefsrc address");
	assert_int_equal(err.native, EINVAL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		CASE(add_and_delete),
		CASE(book),
		CASE(foreign_key),
		CASE(twin),
		CASE(prepend_and_append),
		CASE(prepend_not_in_ipv6),
		CASE(delete_exactly),
		CASE(delete_the_second),
		CASE(delete_sibling),
		CASE(delete_after_the_interface),
		CASE(words),
	};

	if (!lab_enter())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
