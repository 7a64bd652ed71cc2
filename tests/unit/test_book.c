/* SPDX-License-Identifier: MIT */
/* The book: lines in any order become phantoms and wishes, and what nobody uses is swept. */
#include "core/book.h"

#include "core/sweep.h"
#include "unit.h"
#include "world.h"

struct row {
	const char *dst, *gateway, *src;
	uint32_t link, table, metric;
	uint8_t protocol;
};

static struct r2_route route_of(const struct row *row)
{
	struct r2_route route =
		world_route(row->dst, row->gateway, row->src, row->link, row->protocol);
	route.table = row->table;
	route.metric = row->metric;
	return route;
}

static void push_rows(struct r2_host *host, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct r2_route route = route_of(&rows[i]);
		assert_true(r2_list_push(&host->routes, &route));
	}
}

#define PHANTOM "169.254.255.1"
#define BOOK    R2_BOOK_TABLE

/* ---- reading ---------------------------------------------------------------------------- */

static void gateways_are_read_in_their_order(void **state)
{
	static const struct {
		const char *what;
		struct row rows[4];
		size_t n, entries, wishes;
		const char *first; /* gateways of the first entry */
		size_t gateways;
		bool torn;
	} table[] = {
		{"nothing", {{0}}, 0, 0, 0, NULL, 0, false},
		{"one gateway",
		 {{"4.3.2.1/32", PHANTOM, NULL, E0, BOOK, 257, 114}},
		 1,
		 1,
		 0,
		 "4.3.2.1",
		 1,
		 false},
		{"as the kernel dumps them",
		 {{"4.3.2.1/32", PHANTOM, NULL, E0, BOOK, 258, 114},
		  {"4.3.2.11/32", PHANTOM, NULL, E0, BOOK, 257, 114}},
		 2,
		 1,
		 0,
		 "4.3.2.11",
		 2,
		 false},
		{"half written",
		 {{"4.3.2.11/32", PHANTOM, NULL, E0, BOOK, 258, 114}},
		 1,
		 1,
		 0,
		 NULL,
		 2,
		 true},
		{"more than a list holds",
		 {{"4.3.2.1/32", PHANTOM, NULL, E0, BOOK, 257, 114},
		  {"4.3.2.11/32", PHANTOM, NULL, E0, BOOK, 256 + 1 + R2_GATEWAYS_MAX, 114}},
		 2,
		 1,
		 0,
		 "4.3.2.1",
		 1,
		 true},
		{"two phantoms",
		 {{"4.3.2.1/32", PHANTOM, NULL, E0, BOOK, 257, 114},
		  {"4.3.2.1/32", "169.254.255.2", NULL, E0, BOOK, 513, 114}},
		 2,
		 2,
		 0,
		 "4.3.2.1",
		 1,
		 false},
		{"one number on two interfaces",
		 {{"4.3.2.1/32", PHANTOM, NULL, E0, BOOK, 257, 114},
		  {"4.3.2.11/32", PHANTOM, NULL, E1, BOOK, 258, 114}},
		 2,
		 2,
		 0,
		 "4.3.2.1",
		 1,
		 false},
		{"a wish",
		 {{"1.2.3.0/24", "4.3.2.1", "4.3.2.2", E0, BOOK, 512, 114}},
		 1,
		 0,
		 1,
		 NULL,
		 0,
		 false},
		{"another's line in that table",
		 {{"4.3.2.1/32", PHANTOM, NULL, E0, BOOK, 257, 4}},
		 1,
		 0,
		 0,
		 NULL,
		 0,
		 false},
		{"a line of ours in another table",
		 {{"4.3.2.1/32", PHANTOM, NULL, E0, 254, 257, 114}},
		 1,
		 0,
		 0,
		 NULL,
		 0,
		 false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip first = ip(table[i].first);
		struct r2_book book;
		struct r2_host host = {0};
		push_rows(&host, table[i].rows, table[i].n);
		assert_true(r2_book_read(&host, &book));
		if (book.entries.n != table[i].entries || book.wishes.n != table[i].wishes)
			fail_msg("%s: %zu, %zu", table[i].what, book.entries.n, book.wishes.n);
		if (book.entries.n &&
		    (book.entries.at[0].torn != table[i].torn ||
		     book.entries.at[0].gateways.n != table[i].gateways ||
		     (first.family && !r2_ip_equal(&book.entries.at[0].gateways.at[0], &first))))
			fail_msg("%s", table[i].what);
		r2_book_free(&book);
		r2_host_free(&host);
	}
}

static const struct row ROWS[] = {
	{"4.3.2.1/32", PHANTOM, NULL, E0, BOOK, 257, 114},
	{"4.3.2.11/32", PHANTOM, NULL, E0, BOOK, 258, 114},
	{"6.5.4.1/32", "169.254.255.2", NULL, E1, BOOK, 1025, 114},
	{"4.3.2.12/32", "169.254.255.3", NULL, E0, BOOK, 1282, 114}, /* torn */
	{"1.2.3.0/24", "4.3.2.1", "4.3.2.2", E0, BOOK, 512, 114},
};

static void an_entry_is_found(void **state)
{
	static const struct {
		const char *gateways[2];
		uint32_t link;
		const char *phantom;
	} table[] = {
		{{"4.3.2.1", "4.3.2.11"}, E0, PHANTOM}, {{"4.3.2.11", "4.3.2.1"}, E0, NULL},
		{{"4.3.2.1", "4.3.2.11"}, E1, NULL},    {{"4.3.2.1"}, E0, NULL},
		{{"6.5.4.1"}, E1, "169.254.255.2"},     {{"4.3.2.12"}, E0, NULL},
	};
	struct r2_ip phantom = ip("169.254.255.2"), other = ip("169.254.255.9");
	struct r2_host host = {0};
	struct r2_book book;
	(void)state;
	push_rows(&host, ROWS, COUNT(ROWS));
	assert_true(r2_book_read(&host, &book));
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_gateways gateways = {.n = table[i].gateways[1] ? 2 : 1};
		struct r2_ip wanted = ip(table[i].phantom);
		const struct r2_entry *got;
		for (size_t j = 0; j < gateways.n; j++)
			gateways.at[j] = ip(table[i].gateways[j]);
		got = r2_book_by_list(&book, table[i].link, &(struct r2_ip){0}, &gateways);
		if (wanted.family ? !got || !r2_ip_equal(&got->phantom, &wanted) : got != NULL)
			fail_msg("%zu", i);
	}
	assert_non_null(r2_book_by_phantom(&book, &phantom, E1));
	assert_non_null(r2_book_by_phantom(&book, &phantom, 0));
	assert_null(r2_book_by_phantom(&book, &phantom, E0));
	assert_null(r2_book_by_phantom(&book, &other, 0));
	r2_book_free(&book);
	r2_host_free(&host);
}

static void a_wish_is_found(void **state)
{
	static const struct {
		struct row route;
		bool found;
	} table[] = {
		{{"1.2.3.0/24", "4.3.2.1", NULL, E0, 254, 0, 114}, true},
		{{"1.2.3.0/24", "4.3.2.1", NULL, E0, 77, 5, 114}, true},
		{{"1.2.3.0/24", "4.3.2.1", NULL, E1, 254, 0, 114}, false},
		{{"1.2.3.0/24", "4.3.2.11", NULL, E0, 254, 0, 114}, false},
		{{"1.2.3.0/25", "4.3.2.1", NULL, E0, 254, 0, 114}, false},
	};
	struct r2_host host = {0};
	struct r2_book book;
	(void)state;
	push_rows(&host, ROWS, COUNT(ROWS));
	assert_true(r2_book_read(&host, &book));
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_route route = route_of(&table[i].route);
		const struct r2_wish *wish = r2_book_wish(&book, &route);
		struct r2_ip src = ip("4.3.2.2");
		assert_int_equal(wish != NULL, table[i].found);
		assert_true(!wish || r2_ip_equal(&wish->row.prefsrc, &src));
	}
	r2_book_free(&book);
	r2_host_free(&host);
}

/* Numbers of phantoms and of wishes are the same numbers. */
static void a_free_number_is_free(void **state)
{
	static const uint32_t free_after[] = {1, 2, 2, 2, 2, 3};
	(void)state;
	for (size_t n = 0; n <= COUNT(ROWS); n++) {
		struct r2_host host = {0};
		struct r2_book book;
		push_rows(&host, ROWS, n);
		assert_true(r2_book_read(&host, &book));
		assert_int_equal(r2_book_free_number(&book), free_after[n]);
		r2_book_free(&book);
		r2_host_free(&host);
	}
}

/* ---- writing ---------------------------------------------------------------------------- */

static void what_is_written_is_read_again(void **state)
{
	struct r2_entry entry = {.phantom = ip("fe80::7232:1"),
				 .link = E1,
				 .number = 7,
				 .gateways = {.n = R2_GATEWAYS_MAX}};
	struct r2_route plain = world_route("1.2.3.0/24", "4.3.2.1", NULL, E0, R2_PROTOCOL);
	struct r2_route straight = world_route("4.3.2.64/28", NULL, NULL, E0, R2_PROTOCOL);
	struct r2_ip src = ip("4.3.2.2");
	struct r2_host host = {0};
	struct r2_book book;
	struct r2_route row;
	(void)state;
	for (size_t i = R2_GATEWAYS_MAX; i-- > 0;) {
		struct r2_ip first = ip("4.3.2.1");
		entry.gateways.at[i] = r2_ip_add(&first, (uint32_t)i);
		row = r2_book_row(&entry, i);
		assert_int_equal(row.flags, R2_ROUTE_ONLINK);
		assert_true(r2_list_push(&host.routes, &row));
	}
	row = r2_book_wish_row(&plain, &src, R2_PLAIN, 8);
	assert_int_equal(row.flags, R2_ROUTE_ONLINK);
	assert_true(r2_list_push(&host.routes, &row));
	row = r2_book_wish_row(&straight, &src, R2_PLAIN, 9);
	assert_int_equal(row.flags, 0);
	assert_true(r2_list_push(&host.routes, &row));
	assert_true(r2_book_read(&host, &book));
	assert_int_equal(book.entries.n, 1);
	assert_false(book.entries.at[0].torn);
	assert_int_equal(book.entries.at[0].number, 7);
	assert_int_equal(book.entries.at[0].link, E1);
	assert_true(r2_ip_equal(&book.entries.at[0].phantom, &entry.phantom));
	assert_true(r2_gateways_equal(&book.entries.at[0].gateways, &entry.gateways));
	assert_non_null(r2_book_wish(&book, &plain));
	assert_non_null(r2_book_wish(&book, &straight));
	assert_int_equal(r2_book_free_number(&book), 1);
	r2_book_free(&book);
	r2_host_free(&host);
}

/* ---- sweeping --------------------------------------------------------------------------- */

static struct r2_neigh neigh_of(const char *address, uint32_t link, uint8_t protocol, uint16_t nud)
{
	return (struct r2_neigh){.ip = ip(address),
				 .link = link,
				 .state = nud,
				 .protocol = protocol,
				 .mac = mac("02:00:00:00:00:01")};
}

static const struct row USER = {"1.2.3.4/32", PHANTOM, "3.3.3.3", E0, 254, 0, 114};
static const struct row PLAIN = {"1.2.3.0/24", "4.3.2.1", NULL, E0, 254, 0, 114};
static const struct row WISH = {"1.2.3.0/24", "4.3.2.1", "4.3.2.2", E0, BOOK, 512, 114};
static const struct row OTHER_WISH = {"1.2.3.0/24", "4.3.2.1", "3.3.3.3", E0, BOOK, 768, 114};
static const struct row GATEWAY = {"4.3.2.1/32", PHANTOM, NULL, E0, BOOK, 257, 114};
static const struct row FAR_USER = {"1.2.3.4/32", PHANTOM, "3.3.3.3", E1, 254, 0, 114};
static const struct row THEIRS = {"1.2.3.4/32", PHANTOM, NULL, E0, 254, 0, 4};
static const struct row IN_77 = {"9.9.9.0/24", PHANTOM, "3.3.3.3", E0, 77, 5, 114};
static const struct row THEIR_ROW = {"4.3.2.1/32", PHANTOM, NULL, E0, BOOK, 257, 4};

static void what_is_in_no_use_is_swept(void **state)
{
	static const struct {
		const char *what;
		const struct row *rows[3];
		bool neigh;
		uint8_t protocol;
		uint16_t nud;
		const struct row *gone, *come; /* by operations before */
		size_t swept;
	} table[] = {
		{"in use", {&USER, &GATEWAY}, true, 114, R2_NUD_PERMANENT, NULL, NULL, 0},
		{"in use from another table",
		 {&IN_77, &GATEWAY},
		 true,
		 114,
		 R2_NUD_PERMANENT,
		 NULL,
		 NULL,
		 0},
		{"by nobody", {&GATEWAY}, true, 114, R2_NUD_PERMANENT, NULL, NULL, 2},
		{"by a route that goes",
		 {&USER, &GATEWAY},
		 true,
		 114,
		 R2_NUD_PERMANENT,
		 &USER,
		 NULL,
		 2},
		{"by one of two that stays",
		 {&USER, &IN_77, &GATEWAY},
		 true,
		 114,
		 R2_NUD_PERMANENT,
		 &USER,
		 NULL,
		 0},
		{"by a route that comes", {&GATEWAY}, true, 114, R2_NUD_PERMANENT, NULL, &USER, 0},
		{"by one that goes and one that comes",
		 {&USER, &GATEWAY},
		 true,
		 114,
		 R2_NUD_PERMANENT,
		 &USER,
		 &IN_77,
		 0},
		{"on another interface",
		 {&FAR_USER, &GATEWAY},
		 true,
		 114,
		 R2_NUD_PERMANENT,
		 NULL,
		 NULL,
		 2},
		{"by another's route",
		 {&THEIRS, &GATEWAY},
		 true,
		 114,
		 R2_NUD_PERMANENT,
		 NULL,
		 NULL,
		 2},
		{"another's neighbour", {NULL}, true, 0, R2_NUD_PERMANENT, NULL, NULL, 0},
		{"one that is not permanent", {NULL}, true, 114, R2_NUD_STALE, NULL, NULL, 0},
		{"another's line", {&THEIR_ROW}, false, 0, 0, NULL, NULL, 0},
		{"a wish in use", {&PLAIN, &WISH}, false, 0, 0, NULL, NULL, 0},
		{"a wish of nobody", {&WISH}, false, 0, 0, NULL, NULL, 1},
		{"a wish whose route goes", {&PLAIN, &WISH}, false, 0, 0, &PLAIN, NULL, 1},
		{"a wish whose route comes", {&WISH}, false, 0, 0, NULL, &PLAIN, 0},
		{"a wish that another replaces",
		 {&PLAIN, &WISH},
		 false,
		 0,
		 0,
		 NULL,
		 &OTHER_WISH,
		 1},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_neigh neigh = neigh_of(PHANTOM, E0, table[i].protocol, table[i].nud);
		struct r2_host host = {0};
		r2_ops ops = {0}, again = {0};
		size_t before, all;
		for (size_t j = 0; j < 3 && table[i].rows[j]; j++)
			push_rows(&host, table[i].rows[j], 1);
		if (table[i].neigh)
			assert_true(r2_list_push(&host.neighs, &neigh));
		if (table[i].gone) {
			struct r2_op op = {.kind = R2_OP_ROUTE_DEL,
					   .route = route_of(table[i].gone)};
			assert_true(r2_list_push(&ops, &op));
		}
		if (table[i].come) {
			struct r2_op op = {.kind = R2_OP_ROUTE_ADD,
					   .route = route_of(table[i].come)};
			assert_true(r2_list_push(&ops, &op));
		}
		before = ops.n;
		assert_true(r2_sweep(&host, &ops));
		if (ops.n - before != table[i].swept)
			fail_msg("%s: %zu swept", table[i].what, ops.n - before);
		/* What is swept is no longer there, and nothing else of it is. */
		all = host.routes.n + host.neighs.n;
		r2_swept(&host, &ops);
		assert_int_equal(host.routes.n + host.neighs.n,
				 all - table[i].swept - (table[i].gone != NULL));
		if (!table[i].come)
			assert_true(r2_sweep(&host, &again) && again.n == 0);
		r2_list_free(&again);
		r2_list_free(&ops);
		r2_host_free(&host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gateways_are_read_in_their_order),
		cmocka_unit_test(an_entry_is_found),
		cmocka_unit_test(a_wish_is_found),
		cmocka_unit_test(a_free_number_is_free),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(what_is_in_no_use_is_swept),
	};
	return cmocka_run_group_tests_name("book", tests, NULL, NULL);
}
