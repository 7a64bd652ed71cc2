/* SPDX-License-Identifier: MIT */
/* Replacing an IPv6 route: alone, beside another's, and in a race with another. */
#include "kernel.h"

#include <errno.h>
#include <string.h>

#define DST "2001:db8:1::/48"

static struct r2_op replace_op(const struct lab *lab)
{
	return (struct r2_op){
		.kind = R2_OP_ROUTE_REPLACE,
		.old = route(lab, DST, "2001:db8::1", "2001:db8::2", 5),
		.route = route(lab, DST, "2001:db8::11", "2001:db8::2", 5),
	};
}

static void add_old(const struct lab *lab, const struct r2_op *op)
{
	const struct r2_op add = {.kind = R2_OP_ROUTE_ADD, .route = op->old};

	apply(lab, &add);
}

static void alone(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab), undo = r2_op_inverse(&op);

	add_old(lab, &op);
	apply(lab, &op);
	apply(lab, &op);
	assert_int_equal(count_key(lab, &op.old), 1);
	assert_int_equal(count_routes(lab, &op.route), 1);
	apply(lab, &undo);
	apply(lab, &undo);
	assert_int_equal(count_key(lab, &op.old), 1);
	assert_int_equal(count_routes(lab, &op.old), 1);
}

/* Where a lookup cannot show the key, the table is read instead. */
static void unseen(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab), hidden = replace_op(lab), direct = replace_op(lab);
	char text[R2_ERROR_TEXT];

	run("ip route add " DST " via 2001:db8::12 metric 1"); /* this one answers */
	op.old.table = op.route.table = 300;
	add_old(lab, &op);
	apply(lab, &op);
	assert_int_equal(count_routes(lab, &op.route), 1);
	run("ip route append " DST " via 2001:db8::12 metric 5 proto static table 300");
	op = r2_op_inverse(&op);
	refused(lab, &op, text);

	add_old(lab, &hidden);
	apply(lab, &hidden);
	assert_int_equal(count_routes(lab, &hidden.route), 1);

	direct.old = route(lab, DST, NULL, NULL, 9);
	direct.route = route(lab, DST, NULL, "2001:db8::2", 9);
	add_old(lab, &direct);
	apply(lab, &direct);
	assert_int_equal(count_key(lab, &direct.route), 1);
	assert_int_equal(count_routes(lab, &direct.route), 1);
}

static void source_only(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);

	run("ip address add 2001:db8::3/64 nodad dev " E0);
	op.route = op.old;
	op.route.prefsrc = ip("2001:db8::3");
	add_old(lab, &op);
	apply(lab, &op);
	assert_int_equal(count_key(lab, &op.old), 1);
	assert_int_equal(count_routes(lab, &op.route), 1);
}

/* The old one is gone already: what was asked for is the new one. */
static void vacant(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);

	apply(lab, &op);
	assert_int_equal(count_routes(lab, &op.route), 1);
}

static void foreign_sibling(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);
	struct r2_error err;

	add_old(lab, &op);
	run("ip route append " DST " via 2001:db8::12 metric 5 proto static");
	assert_false(lab->os->ops->apply(lab->os, &op, &err));
	assert_int_equal(err.kind, R2_FAILED);
	assert_int_equal(err.native, EEXIST);
	assert_non_null(strstr(err.what, "shares metric 5 with other next hops"));
	run("ip route del " DST " via 2001:db8::12 metric 5 proto static");
	assert_int_equal(count_routes(lab, &op.old), 1);
	assert_int_equal(count_routes(lab, &op.route), 0);
}

static void foreign_instead(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);
	struct r2_route theirs = route(lab, DST, "2001:db8::12", NULL, 5);
	struct r2_error err;

	theirs.protocol = 4;
	run("ip route add " DST " via 2001:db8::12 metric 5 proto static");
	assert_false(lab->os->ops->apply(lab->os, &op, &err));
	assert_non_null(strstr(err.what, "protocol static"));
	assert_int_equal(count_key(lab, &op.old), 1);
	assert_int_equal(count_routes(lab, &theirs), 1);
}

/* Do @command between our look and our replace; the replace must fail and say so. */
static void race(const struct lab *lab, const struct r2_op *op, const char *command,
		 struct r2_error *ret_err)
{
	struct r2_linux *lx = r2_linux_of(lab->os);
	struct r2_replace replace;
	bool done;

	assert_true(r2_replace_prepare(lx, op, &replace, &done, ret_err));
	assert_false(done);
	run("%s", command);
	assert_false(r2_replace_commit(lx, &replace, ret_err));
	assert_int_equal(ret_err->kind, R2_FAILED);
	assert_int_equal(ret_err->native, EBUSY);
	assert_non_null(strstr(ret_err->what, "protocol static made a route with metric 5"));
}

/* Another's route joined ours as ECMP: both stand again, ours as it was. */
static void race_append(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);
	struct r2_route theirs = route(lab, DST, "2001:db8::12", NULL, 5);
	struct r2_error err;

	theirs.protocol = 4;
	add_old(lab, &op);
	race(lab, &op, "ip route append " DST " via 2001:db8::12 metric 5 proto static mtu 1400",
	     &err);
	run("ip route del " DST " via 2001:db8::1 metric 5 proto 114");
	assert_int_equal(count_key(lab, &theirs), 1);
	assert_int_equal(count_routes(lab, &theirs), 1);
}

/* Two of theirs joined, one after the other: the last message tells of both. */
static void race_two(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);
	struct r2_linux *lx = r2_linux_of(lab->os);
	struct r2_replace replace;
	struct r2_error err;
	bool done;

	run_there(lab, "ip address add 2001:db8::13/64 nodad dev g0");
	add_old(lab, &op);
	assert_true(r2_replace_prepare(lx, &op, &replace, &done, &err));
	run("ip route append " DST " via 2001:db8::12 metric 5 proto static");
	run("ip route append " DST " via 2001:db8::13 metric 5 proto static");
	assert_false(r2_replace_commit(lx, &replace, &err));
	run("ip route del " DST " via 2001:db8::12 metric 5 proto static");
	run("ip route del " DST " via 2001:db8::13 metric 5 proto static");
	assert_int_equal(count_key(lab, &op.old), 1);
	assert_int_equal(count_routes(lab, &op.old), 1);
}

/* Another had replaced ours: theirs is what stands in the end. */
static void race_replace(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);
	struct r2_route theirs = route(lab, DST, "2001:db8::12", NULL, 5);
	struct r2_error err;

	theirs.protocol = 4;
	add_old(lab, &op);
	race(lab, &op, "ip route replace " DST " via 2001:db8::12 metric 5 proto static", &err);
	assert_int_equal(count_key(lab, &theirs), 1);
	assert_int_equal(count_routes(lab, &theirs), 1);
}

/* With our own new next hop: it can go back only after ours is gone. */
static void race_same_hop(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);
	struct r2_route theirs = route(lab, DST, "2001:db8::11", NULL, 5);
	struct r2_error err;

	theirs.protocol = 4;
	add_old(lab, &op);
	race(lab, &op, "ip route append " DST " via 2001:db8::11 metric 5 proto static", &err);
	run("ip route del " DST " via 2001:db8::1 metric 5 proto 114");
	assert_int_equal(count_key(lab, &theirs), 1);
	assert_int_equal(count_routes(lab, &theirs), 1);
}

/* A route by a next-hop object, whose hops the kernel tells but will not take. */
static void race_object(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);
	struct r2_route theirs = route(lab, DST, "2001:db8::12", NULL, 5);
	struct r2_error err;

	theirs.protocol = 4;
	theirs.flags = R2_ROUTE_OPAQUE;
	run("ip nexthop add id 7 via 2001:db8::12 dev " E0);
	add_old(lab, &op);
	race(lab, &op, "ip route replace " DST " nhid 7 metric 5 proto static", &err);
	assert_int_equal(count_key(lab, &theirs), 1);
	assert_int_equal(count_routes(lab, &theirs), 1);
}

/* They came and went again in that moment: nothing is lost, the replace stands. */
static void race_gone(void **state)
{
	const struct lab *lab = *state;
	struct r2_op op = replace_op(lab);
	struct r2_linux *lx = r2_linux_of(lab->os);
	struct r2_replace replace;
	struct r2_error err;
	bool done;

	add_old(lab, &op);
	assert_true(r2_replace_prepare(lx, &op, &replace, &done, &err));
	run("ip route append " DST " via 2001:db8::12 metric 5 proto static");
	run("ip route del " DST " via 2001:db8::12 metric 5 proto static");
	run("ip route add " DST " via 2001:db8::12 metric 6 proto static"); /* another key */
	assert_true(r2_replace_commit(lx, &replace, &err));
	assert_int_equal(count_key(lab, &op.route), 1);
	assert_int_equal(count_routes(lab, &op.route), 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		CASE(alone),           CASE(unseen),          CASE(source_only), CASE(vacant),
		CASE(foreign_sibling), CASE(foreign_instead), CASE(race_append), CASE(race_two),
		CASE(race_replace),    CASE(race_same_hop),   CASE(race_object), CASE(race_gone),
	};

	if (!lab_enter())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
