/* SPDX-License-Identifier: MIT */
/* Snapshots: lists that grow, finding things, and when two routes are the same. */
#include "core/host.h"

#include <string.h>

#include "unit.h"

/* ---- lists ------------------------------------------------------------------------------ */

static void lists_keep_what_is_pushed(void **state)
{
	R2_LIST(uint32_t) list = {0};
	uint32_t expected = 0;
	(void)state;
	r2_each (uint32_t, none, &list)
		fail_msg("an empty list holds %u", *none);
	for (uint32_t i = 0; i < 10000; i++)
		assert_true(r2_list_push(&list, &i));
	assert_int_equal(list.n, 10000);
	assert_true(list.room >= list.n);
	r2_each (uint32_t, one, &list)
		assert_int_equal(*one, expected++);
	assert_int_equal(expected, 10000);
	r2_list_free(&list);
	assert_null(list.at);
	assert_int_equal(list.n + list.room, 0);
	assert_true(r2_list_push(&list, &expected));
	assert_int_equal(list.at[0], 10000);
	r2_list_free(&list);
	r2_list_free(&list);
}

static void a_list_of_impossible_size_is_refused(void **state)
{
	void *at = NULL;
	size_t room = SIZE_MAX / 4;
	(void)state;
	assert_false(r2_list_grow(&at, &room, 8));
	assert_null(at);
	assert_int_equal(room, SIZE_MAX / 4);
}

/* ---- finding ---------------------------------------------------------------------------- */

static void add_link(struct r2_host *host, uint32_t index, const char *name)
{
	struct r2_link link = {.index = index};
	memcpy(link.name, name, strlen(name) + 1);
	assert_true(r2_list_push(&host->links, &link));
}

static void add_addr(struct r2_host *host, uint32_t link, const char *text)
{
	struct r2_addr addr = {.link = link, .ip = ip(text)};
	assert_true(r2_list_push(&host->addrs, &addr));
}

static void add_neigh(struct r2_host *host, uint32_t link, const char *text)
{
	struct r2_neigh neigh = {.link = link, .ip = ip(text)};
	assert_true(r2_list_push(&host->neighs, &neigh));
}

static int begin(void **state)
{
	static struct r2_host host;
	add_link(&host, 1, "lo");
	add_link(&host, 7, "e0");
	add_link(&host, 9, "e1");
	add_addr(&host, 7, "10.0.0.1");
	add_addr(&host, 9, "10.0.0.2");
	add_addr(&host, 7, "fe80::1");
	add_addr(&host, 9, "fe80::1");
	add_neigh(&host, 7, "10.0.0.9");
	add_neigh(&host, 9, "10.0.0.9");
	*state = &host;
	return 0;
}

static int end(void **state)
{
	r2_host_free(*state);
	return 0;
}

static void links_are_found(void **state)
{
	const struct r2_host *host = *state;
	assert_string_equal(r2_host_link(host, 7)->name, "e0");
	assert_null(r2_host_link(host, 2));
	assert_int_equal(r2_host_link_named(host, "e1")->index, 9);
	assert_null(r2_host_link_named(host, "e"));
	assert_null(r2_host_link_named(host, ""));
	assert_string_equal(r2_host_link_name(host, 9), "e1");
	assert_string_equal(r2_host_link_name(host, 2), "?");
}

static void addresses_prefer_their_link(void **state)
{
	const struct r2_host *host = *state;
	struct r2_ip both = ip("fe80::1"), one = ip("10.0.0.2"), foreign = ip("10.0.0.3");
	assert_int_equal(r2_host_addr(host, &both, 0)->link, 7);
	assert_int_equal(r2_host_addr(host, &both, 7)->link, 7);
	assert_int_equal(r2_host_addr(host, &both, 9)->link, 9);
	assert_int_equal(r2_host_addr(host, &both, 1)->link, 7);
	assert_int_equal(r2_host_addr(host, &one, 7)->link, 9);
	assert_null(r2_host_addr(host, &foreign, 0));
}

static void neighbours_belong_to_a_link(void **state)
{
	const struct r2_host *host = *state;
	struct r2_ip known = ip("10.0.0.9"), unknown = ip("10.0.0.8");
	assert_ptr_equal(r2_host_neigh(host, &known, 7), &host->neighs.at[0]);
	assert_ptr_equal(r2_host_neigh(host, &known, 9), &host->neighs.at[1]);
	assert_null(r2_host_neigh(host, &known, 1));
	assert_null(r2_host_neigh(host, &unknown, 7));
}

static void an_empty_host_has_nothing(void **state)
{
	struct r2_host host = {0};
	struct r2_ip any = ip("10.0.0.9");
	(void)state;
	assert_null(r2_host_link(&host, 1));
	assert_null(r2_host_addr(&host, &any, 0));
	assert_null(r2_host_neigh(&host, &any, 1));
	r2_host_free(&host);
	r2_host_free(&host);
}

/* ---- sameness --------------------------------------------------------------------------- */

static struct r2_route a_route(void)
{
	return (struct r2_route){.dst = prefix("192.0.2.0/24"),
				 .gateway = ip("10.0.0.9"),
				 .prefsrc = ip("10.0.0.1"),
				 .table = R2_MAIN_TABLE,
				 .metric = 5,
				 .link = 7,
				 .protocol = R2_PROTOCOL,
				 .type = R2_TYPE_UNICAST};
}

static void routes_are_ours_but_for_the_book(void **state)
{
	struct r2_route route = a_route();
	(void)state;
	assert_true(r2_route_is_ours(&route));
	route.table = R2_BOOK_TABLE;
	assert_false(r2_route_is_ours(&route));
	route.table = 100;
	assert_true(r2_route_is_ours(&route));
	route.protocol = R2_PROTO_KERNEL;
	assert_false(r2_route_is_ours(&route));
}

static void keys_are_four_things(void **state)
{
	struct r2_route route = a_route(), other = a_route();
	(void)state;
	other.gateway = ip("10.0.0.8");
	other.prefsrc = ip("10.0.0.2");
	other.protocol = R2_PROTO_KERNEL;
	other.link = 9;
	assert_true(r2_route_same_key(&route, &other));
	other.metric++;
	assert_false(r2_route_same_key(&route, &other));
	other = a_route();
	other.tos = 16;
	assert_false(r2_route_same_key(&route, &other));
	other = a_route();
	other.table = 100;
	assert_false(r2_route_same_key(&route, &other));
	other = a_route();
	other.dst = prefix("192.0.2.0/25");
	assert_false(r2_route_same_key(&route, &other));
}

static void sameness_needs_every_part(void **state)
{
	struct r2_route route = a_route(), other = a_route();
	(void)state;
	other.flags = R2_ROUTE_ONLINK | R2_ROUTE_LINKDOWN; /* a state, no part of it */
	assert_true(r2_route_same(&route, &other));
	other = a_route();
	other.flags = R2_ROUTE_OPAQUE;
	assert_false(r2_route_same(&route, &other));
	other = a_route();
	other.gateway = ip(NULL);
	assert_false(r2_route_same(&route, &other));
	other = a_route();
	other.prefsrc = ip(NULL);
	assert_false(r2_route_same(&route, &other));
	other = a_route();
	other.protocol = R2_PROTO_KERNEL;
	assert_false(r2_route_same(&route, &other));
	other = a_route();
	other.type = R2_TYPE_LOCAL;
	assert_false(r2_route_same(&route, &other));
	other = a_route();
	other.link = 9;
	assert_false(r2_route_same(&route, &other));
	other = a_route();
	other.metric = 6;
	assert_false(r2_route_same(&route, &other));
}

static void only_resolved_neighbours_have_a_mac(void **state)
{
	static const struct {
		uint16_t nud;
		bool usable;
	} table[] = {
		{0, false},
		{R2_NUD_INCOMPLETE, false},
		{R2_NUD_REACHABLE, true},
		{R2_NUD_STALE, true},
		{R2_NUD_DELAY, true},
		{R2_NUD_PROBE, true},
		{R2_NUD_FAILED, false},
		{R2_NUD_NOARP, false},
		{R2_NUD_PERMANENT, true},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_neigh neigh = {.state = table[i].nud};
		assert_false(r2_neigh_has_mac(&neigh));
		neigh.mac = mac("aa:bb:cc:dd:ee:01");
		assert_int_equal(r2_neigh_has_mac(&neigh), table[i].usable);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_keep_what_is_pushed),
		cmocka_unit_test(a_list_of_impossible_size_is_refused),
		cmocka_unit_test(links_are_found),
		cmocka_unit_test(addresses_prefer_their_link),
		cmocka_unit_test(neighbours_belong_to_a_link),
		cmocka_unit_test(an_empty_host_has_nothing),
		cmocka_unit_test(routes_are_ours_but_for_the_book),
		cmocka_unit_test(keys_are_four_things),
		cmocka_unit_test(sameness_needs_every_part),
		cmocka_unit_test(only_resolved_neighbours_have_a_mac),
	};
	return cmocka_run_group_tests_name("host", tests, begin, end);
}
