/* SPDX-License-Identifier: MIT */
/* Phantoms: which addresses may be one, in which order they are taken, and where hosts may be. */
#include "core/phantom.h"

#include "unit.h"
#include "world.h"

static void push_entry(struct r2_book *book, const char *phantom, uint8_t gateways)
{
	struct r2_entry entry = {
		.phantom = ip(phantom),
		.link = E0,
		.number = (uint32_t)book->entries.n + 1,
		.gateways = {.n = gateways, .at = {ip("4.3.2.1"), ip("4.3.2.11")}}};
	assert_true(r2_list_push(&book->entries, &entry));
}

static void push_neigh(struct r2_host *host, const char *address, uint32_t link, uint16_t nud)
{
	struct r2_neigh neigh = {
		.ip = ip(address), .link = link, .state = nud, .mac = mac("02:00:00:00:00:42")};
	assert_true(r2_list_push(&host->neighs, &neigh));
}

static void push_route(struct r2_host *host, const char *dst, const char *gateway, uint8_t protocol)
{
	struct r2_route route = world_route(dst, gateway, NULL, E0, protocol);
	assert_true(r2_list_push(&host->routes, &route));
}

/* A host where much is taken, and a book of two phantoms. */
static void crowded(struct r2_host *ret_host, struct r2_book *ret_book)
{
	struct r2_book book = {0};
	world(ret_host);
	push_entry(&book, "3.3.3.9", 1);
	push_entry(&book, "3.3.3.10", 2);
	push_neigh(ret_host, "3.3.3.20", E0, R2_NUD_REACHABLE);
	push_neigh(ret_host, "3.3.3.21", E0, R2_NUD_STALE);
	push_neigh(ret_host, "3.3.3.22", E0, R2_NUD_FAILED);
	push_neigh(ret_host, "3.3.3.23", E0, R2_NUD_INCOMPLETE);
	push_neigh(ret_host, "3.3.3.24", E1, R2_NUD_REACHABLE);
	push_route(ret_host, "9.9.9.0/24", "3.3.3.30", 4);
	push_route(ret_host, "9.9.8.0/24", "3.3.3.31", R2_PROTOCOL);
	*ret_book = book;
}

static void what_may_be_a_phantom(void **state)
{
	static const struct {
		const char *phantom, *said; /* NULL: it may */
	} table[] = {
		{"3.3.3.2", NULL},
		{"9.9.9.9", NULL},
		{"169.254.255.1", NULL},
		{"fe80::7232:1", NULL},
		{"2001:db8:3::99", NULL},
		{"2001:db8:3::", NULL}, /* IPv6 has no network address */
		{"3.3.3.9", "phantom 3.3.3.9 on e0 already stands for 4.3.2.1"},
		{"3.3.3.10", "phantom 3.3.3.10 on e0 already stands for 4.3.2.1 and its backups"},
		{"224.0.0.1", "phantom 224.0.0.1 is no unicast address"},
		{"ff02::1", "phantom ff02::1 is no unicast address"},
		{"0.0.0.0", "phantom 0.0.0.0 is no unicast address"},
		{"::", "phantom :: is no unicast address"},
		{"127.0.0.9", "phantom 127.0.0.9 is no unicast address"},
		{"::1", "phantom ::1 is no unicast address"},
		{"255.255.255.255", "phantom 255.255.255.255 is no unicast address"},
		{"3.3.3.3", "phantom 3.3.3.3 is this host's own address on e0"},
		{"6.5.4.2", "phantom 6.5.4.2 is this host's own address on e1"},
		{"2001:db8:6::2", "phantom 2001:db8:6::2 is this host's own address on e1"},
		{"3.3.3.0", "phantom 3.3.3.0 is the network or broadcast address of 3.3.3.3/24"},
		{"3.3.3.255",
		 "phantom 3.3.3.255 is the network or broadcast address of 3.3.3.3/24"},
		{"6.5.4.255",
		 "phantom 6.5.4.255 is the network or broadcast address of 6.5.4.2/24"},
		{"3.3.3.20", "phantom 3.3.3.20 belongs to the neighbour 02:00:00:00:00:42"},
		{"3.3.3.21", "phantom 3.3.3.21 belongs to the neighbour 02:00:00:00:00:42"},
		{"3.3.3.22", NULL}, /* nobody answered */
		{"3.3.3.23", NULL},
		{"3.3.3.24", NULL}, /* on another link */
		{"4.3.2.1", "phantom 4.3.2.1 is the next hop of the route to default"},
		{"3.3.3.30", "phantom 3.3.3.30 is the next hop of the route to 9.9.9.0/24"},
		{"3.3.3.31", NULL}, /* of a route of ours: the book says whether it is taken */
	};
	struct r2_host host;
	struct r2_book book;
	(void)state;
	crowded(&host, &book);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip phantom = ip(table[i].phantom);
		char said[R2_ERROR_TEXT];
		struct r2_error err = {0};
		bool usable = r2_phantom_usable(&host, &book, E0, &phantom, &err);
		r2_error_format(&err, said, sizeof(said));
		if (usable != !table[i].said)
			fail_msg("%s: %s", table[i].phantom, said);
		if (table[i].said)
			assert_string_equal(said, table[i].said);
	}
	r2_book_free(&book);
	r2_host_free(&host);
}

/* RFC 3021: a /31 has neither network nor broadcast address; nor has a /32. */
static void small_subnets_have_no_ends(void **state)
{
	static const struct {
		uint8_t len;
		bool usable;
	} table[] = {{32, true}, {31, true}, {30, false}};
	struct r2_book book = {0};
	struct r2_host host;
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_addr addr = {.link = E0, .ip = ip("5.5.5.5")};
		struct r2_ip phantom = ip("5.5.5.4");
		struct r2_error err;
		addr.subnet = (struct r2_prefix){addr.ip, table[i].len};
		world(&host);
		assert_true(r2_list_push(&host.addrs, &addr));
		assert_int_equal(r2_phantom_usable(&host, &book, E0, &phantom, &err),
				 table[i].usable);
		r2_host_free(&host);
	}
}

/* ---- choosing --------------------------------------------------------------------------- */

static struct r2_ip chosen(const struct r2_host *host, const struct r2_book *book,
			   enum r2_family family, const r2_ips *answering)
{
	struct r2_ip phantom = {0};
	if (!r2_phantom_choose(host, book, E0, family, answering, &phantom))
		phantom.family = R2_NONE;
	return phantom;
}

static void the_first_free_one_is_taken(void **state)
{
	static const struct {
		enum r2_family family;
		size_t taken; /* by the book */
		const char *wanted;
	} table[] = {
		{R2_IPV4, 0, "169.254.255.1"},     {R2_IPV4, 1, "169.254.255.2"},
		{R2_IPV4, 253, "169.254.255.254"}, {R2_IPV4, 254, "169.254.0.1"},
		{R2_IPV4, 507, "169.254.0.254"},   {R2_IPV4, 508, "fe80::7232:1"},
		{R2_IPV6, 0, "fe80::7232:1"},      {R2_IPV6, 3, "fe80::7232:4"},
	};
	struct r2_host host;
	(void)state;
	world(&host);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip wanted = ip(table[i].wanted), got;
		struct r2_book book = {0};
		for (size_t n = 0; n < table[i].taken; n++) {
			struct r2_entry entry = {.link = E1, .gateways.n = 1};
			entry.phantom = chosen(&host, &book, table[i].family, NULL);
			assert_true(r2_list_push(&book.entries, &entry));
		}
		got = chosen(&host, &book, table[i].family, NULL);
		if (!r2_ip_equal(&got, &wanted))
			fail_msg("not %s", table[i].wanted);
		assert_true(r2_phantom_in_ranges(&got));
		r2_book_free(&book);
	}
	r2_host_free(&host);
}

static void what_answers_or_is_taken_is_passed_over(void **state)
{
	struct r2_ip answering[] = {ip("169.254.255.1"), ip("169.254.255.2")};
	r2_ips ips = {.at = answering, .n = COUNT(answering)};
	struct r2_ip wanted = ip("169.254.255.5"), got;
	struct r2_book book = {0};
	struct r2_host host;
	(void)state;
	world(&host);
	push_neigh(&host, "169.254.255.3", E0, R2_NUD_REACHABLE);
	push_route(&host, "9.9.9.0/24", "169.254.255.4", 4);
	got = chosen(&host, &book, R2_IPV4, &ips);
	assert_true(r2_ip_equal(&got, &wanted));
	r2_host_free(&host);
}

/* ---- where hosts may be ----------------------------------------------------------------- */

static void where_a_host_may_have_it(void **state)
{
	static const struct {
		const char *phantom;
		uint32_t link;
		bool in_subnet, in_ranges;
	} table[] = {
		{"3.3.3.2", E0, true, false},
		{"3.3.3.2", E1, false, false},
		{"2001:db8:3::99", E0, true, false},
		{"169.254.255.7", E0, false, true},
		{"169.254.0.7", E0, false, true},
		{"169.254.1.7", E0, false, false},
		{"fe80::7232:7", E0, false, true},
		{"fe80::7233:7", E0, false, false},
		{"5.5.5.5", E0, true, false}, /* by a route without gateway */
		{"5.5.5.5", E1, false, false},
		{"5.5.6.5", E0, false, false}, /* by one of ours */
	};
	struct r2_host host;
	(void)state;
	world(&host);
	push_route(&host, "5.5.5.0/24", NULL, 4);
	push_route(&host, "5.5.6.0/24", NULL, R2_PROTOCOL);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip phantom = ip(table[i].phantom);
		if (r2_phantom_in_subnet(&host, table[i].link, &phantom) != table[i].in_subnet ||
		    r2_phantom_in_ranges(&phantom) != table[i].in_ranges)
			fail_msg("%s on %u", table[i].phantom, table[i].link);
	}
	r2_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_be_a_phantom),
		cmocka_unit_test(small_subnets_have_no_ends),
		cmocka_unit_test(the_first_free_one_is_taken),
		cmocka_unit_test(what_answers_or_is_taken_is_passed_over),
		cmocka_unit_test(where_a_host_may_have_it),
	};
	return cmocka_run_group_tests_name("phantom", tests, NULL, NULL);
}
