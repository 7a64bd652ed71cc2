/* SPDX-License-Identifier: MIT */
/* Operations: what undoes them, and how iproute2 says them (tried against iproute2 6.1). */
#include "core/op.h"

#include <string.h>

#include "unit.h"

static int begin(void **state)
{
	static struct r2_host host;
	static const struct r2_link links[] = {{.index = 1, .name = "lo"},
					       {.index = 7, .name = "e0"},
					       {.index = 9, .name = "it's"}};
	for (size_t i = 0; i < COUNT(links); i++)
		assert_true(r2_list_push(&host.links, &links[i]));
	*state = &host;
	return 0;
}

static int end(void **state)
{
	r2_host_free(*state);
	return 0;
}

static struct r2_route route(const char *dst, const char *gateway, const char *src)
{
	return (struct r2_route){.dst = prefix(dst),
				 .gateway = ip(gateway),
				 .prefsrc = ip(src),
				 .table = R2_MAIN_TABLE,
				 .link = 7,
				 .protocol = R2_PROTOCOL,
				 .scope = gateway ? R2_SCOPE_GLOBAL : R2_SCOPE_LINK,
				 .type = R2_TYPE_UNICAST};
}

static struct r2_neigh neigh(const char *address, const char *mac_text)
{
	return (struct r2_neigh){.ip = ip(address),
				 .link = 7,
				 .state = R2_NUD_PERMANENT,
				 .protocol = R2_PROTOCOL,
				 .mac = mac(mac_text)};
}

/* ---- inverses --------------------------------------------------------------------------- */

static void a_route_that_came_goes(void **state)
{
	static const enum r2_op_kind kinds[] = {R2_OP_ROUTE_ADD, R2_OP_ROUTE_PREPEND,
						R2_OP_ROUTE_APPEND};
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct r2_op op = {.kind = kinds[i],
				   .route = route("192.0.2.0/24", "10.0.0.9", "10.0.0.1")};
		struct r2_op undo = r2_op_inverse(&op);
		assert_int_equal(undo.kind, R2_OP_ROUTE_DEL);
		assert_true(r2_route_same(&undo.route, &op.route));
		assert_int_equal(undo.last, kinds[i] == R2_OP_ROUTE_APPEND);
	}
}

static void a_route_that_went_comes_where_it_stood(void **state)
{
	struct r2_op op = {.kind = R2_OP_ROUTE_DEL,
			   .route = route("192.0.2.0/24", "10.0.0.9", "10.0.0.1")};
	(void)state;
	assert_int_equal(r2_op_inverse(&op).kind, R2_OP_ROUTE_PREPEND);
	op.last = true;
	assert_int_equal(r2_op_inverse(&op).kind, R2_OP_ROUTE_APPEND);
	op.route = route("2001:db8::/32", "fd00::1", "fd00::3");
	assert_int_equal(r2_op_inverse(&op).kind, R2_OP_ROUTE_ADD);
}

static void a_replaced_route_comes_back(void **state)
{
	struct r2_op op = {.kind = R2_OP_ROUTE_REPLACE,
			   .route = route("2001:db8::/32", "fd00::1", "fd00::3"),
			   .old = route("2001:db8::/32", "fd00::2", "fd00::4")};
	struct r2_op undo = r2_op_inverse(&op), redo = r2_op_inverse(&undo);
	(void)state;
	assert_int_equal(undo.kind, R2_OP_ROUTE_REPLACE);
	assert_true(r2_route_same(&undo.route, &op.old));
	assert_true(r2_route_same(&undo.old, &op.route));
	assert_true(r2_route_same(&redo.route, &op.route));
}

static void a_neighbour_gets_its_mac_back(void **state)
{
	struct r2_op op = {.kind = R2_OP_NEIGH_SET,
			   .neigh = neigh("169.254.255.1", "aa:bb:cc:dd:ee:02"),
			   .old_mac = mac("aa:bb:cc:dd:ee:01")};
	struct r2_op undo = r2_op_inverse(&op);
	(void)state;
	assert_int_equal(undo.kind, R2_OP_NEIGH_SET);
	assert_true(r2_ip_equal(&undo.neigh.ip, &op.neigh.ip));
	assert_true(r2_mac_equal(&undo.neigh.mac, &op.old_mac));
	assert_true(r2_mac_equal(&undo.old_mac, &op.neigh.mac));
}

/*
 * Undoing the undoing does the same as the operation. Adding comes back as prepending where the
 * key may have been shared meanwhile, and with the key free the two are one.
 */
static void the_inverse_of_the_inverse_does_the_same(void **state)
{
	static const struct {
		enum r2_op_kind kind, twice;
		const char *dst;
	} table[] = {
		{R2_OP_ROUTE_ADD, R2_OP_ROUTE_PREPEND, "192.0.2.0/24"},
		{R2_OP_ROUTE_ADD, R2_OP_ROUTE_ADD, "2001:db8::/32"},
		{R2_OP_ROUTE_PREPEND, R2_OP_ROUTE_PREPEND, "192.0.2.0/24"},
		{R2_OP_ROUTE_APPEND, R2_OP_ROUTE_APPEND, "192.0.2.0/24"},
		{R2_OP_ROUTE_REPLACE, R2_OP_ROUTE_REPLACE, "2001:db8::/32"},
		{R2_OP_ROUTE_DEL, R2_OP_ROUTE_DEL, "192.0.2.0/24"},
		{R2_OP_ROUTE_DEL, R2_OP_ROUTE_DEL, "2001:db8::/32"},
		{R2_OP_NEIGH_ADD, R2_OP_NEIGH_ADD, "192.0.2.0/24"},
		{R2_OP_NEIGH_SET, R2_OP_NEIGH_SET, "192.0.2.0/24"},
		{R2_OP_NEIGH_DEL, R2_OP_NEIGH_DEL, "192.0.2.0/24"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_op op = {.kind = table[i].kind,
				   .route = route(table[i].dst, NULL, NULL),
				   .old = route(table[i].dst, NULL, NULL),
				   .neigh = neigh("169.254.255.1", "aa:bb:cc:dd:ee:02"),
				   .old_mac = mac("aa:bb:cc:dd:ee:01")};
		struct r2_op undo = r2_op_inverse(&op), twice = r2_op_inverse(&undo);
		assert_int_equal(twice.kind, table[i].twice);
		if (op.kind <= R2_OP_ROUTE_DEL)
			assert_true(r2_route_same(&twice.route, &op.route));
		else
			assert_true(r2_mac_equal(&twice.neigh.mac, &op.neigh.mac));
	}
}

/* ---- commands --------------------------------------------------------------------------- */

static void says(const struct r2_host *host, const struct r2_op *op, const char *command)
{
	char buf[R2_COMMAND_TEXT];
	assert_string_equal(r2_op_command(op, NULL, host, buf, sizeof(buf)), command);
}

static void routes_are_said_as_iproute2_says_them(void **state)
{
	struct r2_op op = {.route = route("1.2.3.4/32", "4.3.2.1", "3.3.3.3")};
	op.kind = R2_OP_ROUTE_ADD;
	says(*state, &op, "ip route add 1.2.3.4/32 via 4.3.2.1 dev e0 src 3.3.3.3 proto 114");
	op.route.flags = R2_ROUTE_ONLINK;
	op.kind = R2_OP_ROUTE_PREPEND;
	says(*state, &op,
	     "ip route prepend 1.2.3.4/32 via 4.3.2.1 dev e0 src 3.3.3.3 proto 114 onlink");
	op.kind = R2_OP_ROUTE_APPEND;
	says(*state, &op,
	     "ip route append 1.2.3.4/32 via 4.3.2.1 dev e0 src 3.3.3.3 proto 114 onlink");
	op.kind = R2_OP_ROUTE_DEL;
	op.route.metric = 4294967295;
	op.route.table = 100;
	says(*state, &op,
	     "ip route del 1.2.3.4/32 via 4.3.2.1 dev e0 src 3.3.3.3 metric 4294967295 table 100 "
	     "proto 114");
	op = (struct r2_op){.kind = R2_OP_ROUTE_REPLACE,
			    .route = route("2001:db8::/32", "fd00::1", "fd00::3")};
	op.route.metric = 1024;
	says(*state, &op,
	     "ip -6 route replace 2001:db8::/32 via fd00::1 dev e0 src fd00::3 metric 1024 "
	     "proto 114");
}

static void rare_routes_are_said_too(void **state)
{
	struct r2_op op = {.kind = R2_OP_ROUTE_ADD,
			   .route = route("1.2.3.4/32", "fe80::7232:1", NULL)};
	op.route.flags = R2_ROUTE_ONLINK;
	op.route.tos = 16;
	says(*state, &op,
	     "ip route add 1.2.3.4/32 tos 0x10 via inet6 fe80::7232:1 dev e0 proto 114 onlink");
	op.route = route("0.0.0.0/0", NULL, "3.3.3.3");
	says(*state, &op, "ip route add 0.0.0.0/0 dev e0 src 3.3.3.3 scope link proto 114");
	op.kind = R2_OP_ROUTE_DEL;
	op.route.scope = R2_SCOPE_HOST;
	says(*state, &op, "ip route del 0.0.0.0/0 dev e0 src 3.3.3.3 scope 254 proto 114");
	op.kind = R2_OP_ROUTE_ADD;
	op.route = route("::/0", NULL, NULL);
	says(*state, &op, "ip -6 route add ::/0 dev e0 proto 114");
	op.route = route("10.0.0.0/8", NULL, NULL);
	op.route.link = 0;
	op.route.type = 6; /* RTN_BLACKHOLE */
	op.route.protocol = 4;
	says(*state, &op, "ip route add blackhole 10.0.0.0/8 table 254 proto 4");
}

static void neighbours_are_said_as_iproute2_says_them(void **state)
{
	struct r2_op op = {.neigh = neigh("169.254.255.1", "aa:bb:cc:dd:ee:02")};
	op.kind = R2_OP_NEIGH_ADD;
	says(*state, &op,
	     "ip neigh add 169.254.255.1 lladdr aa:bb:cc:dd:ee:02 dev e0 nud permanent "
	     "protocol 114");
	op.kind = R2_OP_NEIGH_SET;
	op.neigh.protocol = 0;
	says(*state, &op,
	     "ip neigh replace 169.254.255.1 lladdr aa:bb:cc:dd:ee:02 dev e0 nud permanent");
	op.kind = R2_OP_NEIGH_DEL;
	op.neigh.ip = ip("fe80::7232:1");
	says(*state, &op, "ip neigh del fe80::7232:1 dev e0");
}

static void interfaces_of_any_name_are_reached(void **state)
{
	struct r2_op op = {.kind = R2_OP_NEIGH_DEL,
			   .neigh = neigh("169.254.255.1", "aa:bb:cc:dd:ee:02")};
	op.neigh.link = 9;
	says(*state, &op, "ip neigh del 169.254.255.1 dev 'it'\\''s'");
	op.neigh.link = 12; /* not in the snapshot: iproute2 takes an index so */
	says(*state, &op, "ip neigh del 169.254.255.1 dev if12");
}

static void namespaces_are_entered(void **state)
{
	struct r2_op op = {.kind = R2_OP_ROUTE_DEL, .route = route("2001:db8::/32", NULL, NULL)};
	char buf[R2_COMMAND_TEXT], path[R2_COMMAND_TEXT + 2] = "/";
	assert_string_equal(r2_op_command(&op, "blue", *state, buf, sizeof(buf)),
			    "ip -n blue -6 route del 2001:db8::/32 dev e0 proto 114");
	assert_string_equal(r2_op_command(&op, "a b", *state, buf, sizeof(buf)),
			    "ip -n 'a b' -6 route del 2001:db8::/32 dev e0 proto 114");
	assert_string_equal(r2_op_command(&op, "/proc/7/ns/net", *state, buf, sizeof(buf)),
			    "nsenter --net=/proc/7/ns/net ip -6 route del 2001:db8::/32 dev e0 "
			    "proto 114");
	memset(path + 1, 'x', sizeof(path) - 2);
	assert_string_equal(r2_op_command(&op, path, *state, buf, sizeof(buf)),
			    "# the command is too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_route_that_came_goes),
		cmocka_unit_test(a_route_that_went_comes_where_it_stood),
		cmocka_unit_test(a_replaced_route_comes_back),
		cmocka_unit_test(a_neighbour_gets_its_mac_back),
		cmocka_unit_test(the_inverse_of_the_inverse_does_the_same),
		cmocka_unit_test(routes_are_said_as_iproute2_says_them),
		cmocka_unit_test(rare_routes_are_said_too),
		cmocka_unit_test(neighbours_are_said_as_iproute2_says_them),
		cmocka_unit_test(interfaces_of_any_name_are_reached),
		cmocka_unit_test(namespaces_are_entered),
	};
	return cmocka_run_group_tests_name("op", tests, begin, end);
}
