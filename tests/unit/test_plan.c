/* SPDX-License-Identifier: MIT */
/*
 * The planner's laws, held against random hosts with a history: foreign routes come and go, our
 * commands run, and some of them are killed half-way. R2_SEED repeats a run.
 */
#include "core/plan.h"

#include <stdio.h>

#include "os/fake/fake.h"
#include "unit.h"
#include "world.h"

#define HISTORIES 400
#define STEPS     12

/* ---- what may happen -------------------------------------------------------------------- */

struct words {
	const char *dst[3], *gateway[3], *src[2], *other_gateway, *other_src;
};

static const struct words WORDS[] = {
	{{"1.2.3.4/32", "9.9.9.0/24", "0.0.0.0/0"},
	 {"4.3.2.1", "4.3.2.11", "4.3.2.12"},
	 {"3.3.3.3", "4.3.2.2"},
	 "6.5.4.1",
	 "6.5.4.2"},
	{{"2001:db8:5::4/128", "2001:db8:9::/48", "::/0"},
	 {"2001:db8:4::1", "2001:db8:4::11", "2001:db8:4::12"},
	 {"2001:db8:3::3", "2001:db8:4::2"},
	 "2001:db8:6::1",
	 "2001:db8:6::2"},
};

static void chance_key(const struct words *words, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", words->dst[chance(3)], chance(3) ? "" : " metric 600",
		 chance(4) ? "" : " table 77");
}

/* A line of the grammar, of all methods, by one to three gateways. */
static void chance_line(char *buf, size_t size)
{
	const struct words *words = &WORDS[chance(2)];
	const char *src = words->src[chance(2)];
	char key[80];
	uint32_t first = chance(3), kind = chance(8);

	chance_key(words, key, sizeof(key));
	if (kind == 0)
		snprintf(buf, size, "%s via %s src %s", key, words->other_gateway,
			 words->other_src);
	else if (kind == 1) /* plain: by a gateway in the source's subnet */
		snprintf(buf, size, "%s via %s src %s method plain", key, words->gateway[first],
			 words->src[1]);
	else if (kind == 2)
		snprintf(buf, size, "%s via %s src %s method phantom", key, words->gateway[first],
			 src);
	else if (kind < 6)
		snprintf(buf, size, "%s via %s backup %s src %s", key, words->gateway[first],
			 words->gateway[(first + 1) % 3], src);
	else
		snprintf(buf, size, "%s via %s src %s", key, words->gateway[first], src);
}

/*
 * Another tool makes or takes away a route. Never a second of a key: in IPv6 the two would become
 * one; in IPv4 ours may then stand between them, where no undoing can put it again (nor need it:
 * it does not serve there).
 */
static void foreign_step(struct r2_host *host)
{
	const struct words *words = &WORDS[chance(2)];
	struct r2_op op = {.route = world_route(words->dst[chance(3)], words->gateway[chance(3)],
						NULL, E0, 4)};
	bool ipv6 = op.route.dst.addr.family == R2_IPV6, ours = false;
	struct r2_route *standing = NULL;

	if (!chance(3))
		op.route.metric = 600;
	r2_each (struct r2_route, route, &host->routes) {
		if (r2_route_same_key(route, &op.route) && route->protocol != R2_PROTOCOL)
			standing = route;
		ours |= r2_route_same_key(route, &op.route) && route->protocol == R2_PROTOCOL;
	}
	op.kind = chance(2) ? R2_OP_ROUTE_PREPEND : R2_OP_ROUTE_APPEND;
	if (standing) {
		op.kind = R2_OP_ROUTE_DEL;
		op.route = *standing;
	} else if (ipv6) {
		op.kind = R2_OP_ROUTE_ADD;
	}
	if (standing || !ours || !ipv6)
		apply_ops(host, &(r2_ops){.at = &op, .n = 1}, 1);
}

/* ---- the laws --------------------------------------------------------------------------- */

static bool has(const struct r2_host *host, const struct r2_route *like)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (route->table == like->table && r2_prefix_equal(&route->dst, &like->dst))
			return true;
	}
	return false;
}

/* Make before break: what is covered before and after is covered in between. */
static void assert_covered(const struct r2_host *before, const struct r2_host *now,
			   const struct r2_host *after)
{
	r2_each (const struct r2_route, route, &before->routes) {
		if (route->table != R2_BOOK_TABLE && has(after, route))
			assert_true(has(now, route));
	}
}

/* At every moment each route by a phantom has what it needs. */
static void assert_supported(const struct r2_host *now, const struct r2_book *all)
{
	struct r2_book book = {0};
	assert_true(r2_book_read(now, &book));
	r2_each (const struct r2_route, route, &now->routes) {
		if (!r2_route_is_ours(route) ||
		    !r2_book_by_phantom(all, &route->gateway, route->link))
			continue;
		const struct r2_entry *entry =
			r2_book_by_phantom(&book, &route->gateway, route->link);
		const struct r2_neigh *neigh = r2_host_neigh(now, &route->gateway, route->link);
		assert_non_null(entry);
		assert_false(entry->torn);
		assert_non_null(neigh);
		assert_true(neigh->state & R2_NUD_PERMANENT);
	}
	r2_book_free(&book);
}

static void assert_foreign_kept(const struct r2_host *before, const struct r2_host *now)
{
	struct r2_host a = copy_of(before), b = copy_of(now);
	struct r2_host *hosts[] = {&a, &b};
	for (size_t i = 0; i < COUNT(hosts); i++) {
		size_t kept = 0;
		r2_each (const struct r2_route, route, &hosts[i]->routes) {
			if (route->protocol != R2_PROTOCOL)
				hosts[i]->routes.at[kept++] = *route;
		}
		hosts[i]->routes.n = kept;
		hosts[i]->neighs.n = 0;
	}
	assert_same(&a, &b, "what is foreign");
	r2_host_free(&a);
	r2_host_free(&b);
}

static void assert_nothing_foreign_named(const r2_ops *ops)
{
	r2_each (const struct r2_op, op, ops) {
		if (op->kind <= R2_OP_ROUTE_DEL)
			assert_int_equal(op->route.protocol, R2_PROTOCOL);
		else
			assert_int_equal(op->neigh.protocol, R2_PROTOCOL);
		if (op->kind == R2_OP_ROUTE_REPLACE)
			assert_int_equal(op->old.protocol, R2_PROTOCOL);
	}
}

static void assert_never_doubled(const struct r2_host *host)
{
	struct r2_book book = {0};
	assert_true(r2_book_read(host, &book));
	r2_each (const struct r2_entry, a, &book.entries) {
		r2_each (const struct r2_entry, b, &book.entries) {
			if (a == b)
				continue;
			assert_false(a->link == b->link &&
				     r2_gateways_equal(&a->gateways, &b->gateways));
			assert_false(r2_ip_equal(&a->phantom, &b->phantom));
			assert_int_not_equal(a->number, b->number);
		}
	}
	r2_book_free(&book);
}

/* What is in no use is gone: tidying finds nothing. */
static void assert_tidy(const struct r2_host *host)
{
	struct r2_host copy = copy_of(host);
	struct r2_error err;
	r2_ops ops = {0};
	assert_true(r2_plan_tidy(&copy, &ops, &err));
	assert_int_equal(ops.n, 0);
	r2_list_free(&ops);
	r2_host_free(&copy);
}

/* Our route of that key is taken away: the host as it would be had it never been there. */
static struct r2_host after_del(const struct r2_host *host, const struct r2_route *key)
{
	struct r2_host copy = copy_of(host);
	struct decision del = decide_del(host, key);
	apply_ops(&copy, &del.ops, del.ops.n);
	r2_list_free(&del.ops);
	return copy;
}

static void check_prefix(const struct r2_host *before, const struct r2_host *after,
			 const struct decision *decision, size_t n)
{
	struct r2_host now = copy_of(before), never, del;
	struct r2_book all = {0};
	struct r2_host both = copy_of(before);

	r2_each (const struct r2_route, route, &after->routes)
		assert_true(r2_list_push(&both.routes, route));
	assert_true(r2_book_read(&both, &all));
	apply_ops(&now, &decision->ops, n);
	assert_covered(before, &now, after);
	assert_supported(&now, &all);
	assert_foreign_kept(before, &now);
	/* Killed here, a del leaves what it would have left without all this. */
	del = after_del(&now, &decision->route);
	never = after_del(before, &decision->route);
	assert_same(&never, &del, "after a kill and a del");
	assert_tidy(&del);
	undo_ops(&now, &decision->ops, n);
	assert_same(before, &now, "undone");
	r2_book_free(&all);
	r2_host_free(&both);
	r2_host_free(&del);
	r2_host_free(&never);
	r2_host_free(&now);
}

/* The same line again, after a kill at any point, leads where it would have led. */
static void check_resumed(const struct r2_host *before, const struct r2_host *after,
			  const struct decision *decision, const char *line, size_t n)
{
	struct r2_host now = copy_of(before);
	apply_ops(&now, &decision->ops, n);

	struct decision again = decide_add(&now, line, true);
	assert_true(again.ok);
	apply_ops(&now, &again.ops, again.ops.n);
	assert_tidy(&now);
	assert_never_doubled(&now);
	assert_foreign_kept(after, &now);
	assert_true(has(&now, &decision->route));
	r2_list_free(&again.ops);
	r2_host_free(&now);
}

static void check_idempotent(const struct r2_host *after, const char *line)
{
	struct decision replace = decide_add(after, line, true),
			add = decide_add(after, line, false);
	assert_true(replace.ok);
	assert_int_equal(replace.ops.n, 0);
	assert_true(add.ok);
	assert_int_equal(add.ops.n, 0);
	r2_list_free(&add.ops);
	r2_list_free(&replace.ops);
}

static void check(const struct r2_host *before, const struct decision *decision, const char *line)
{
	struct r2_host after = copy_of(before);

	apply_ops(&after, &decision->ops, decision->ops.n);
	assert_nothing_foreign_named(&decision->ops);
	assert_never_doubled(&after);
	assert_tidy(&after);
	for (size_t n = 0; n <= decision->ops.n; n++) {
		check_prefix(before, &after, decision, n);
		if (line)
			check_resumed(before, &after, decision, line, n);
	}
	if (line)
		check_idempotent(&after, line);
	r2_host_free(&after);
}

/* ---- histories -------------------------------------------------------------------------- */

/* The one under test, to be told if a law is broken. */
static struct {
	struct r2_host host;
	struct decision decision;
	char line[300];
	bool replace, broken;
} told;

static void decide(void)
{
	r2_list_free(&told.decision.ops);
	if (chance(5)) {
		chance_line(told.line, sizeof(told.line));
		told.replace = chance(2);
		told.decision = decide_add(&told.host, told.line, told.replace);
		return;
	}
	*told.line = '\0';
	told.decision = (struct decision){0};
	for (size_t i = 0, from = chance((uint32_t)told.host.routes.n); i < told.host.routes.n;
	     i++) {
		struct r2_route *route = &told.host.routes.at[(i + from) % told.host.routes.n];
		if (r2_route_is_ours(route)) {
			told.decision = decide_del(&told.host, route);
			return;
		}
	}
}

static void the_laws_hold(void **state)
{
	size_t tried = 0, refused = 0, operations = 0;
	(void)state;
	chance_begin();
	told.broken = true;
	for (size_t history = 0; history < HISTORIES; history++) {
		r2_host_free(&told.host);
		world(&told.host);
		for (size_t step = 0; step < STEPS; step++) {
			if (!chance(3))
				foreign_step(&told.host);
			decide();
			if (!told.decision.ok) {
				refused++;
				continue;
			}
			check(&told.host, &told.decision, *told.line ? told.line : NULL);
			size_t n = told.decision.ops.n;
			apply_ops(&told.host, &told.decision.ops,
				  chance(4) ? n : chance((uint32_t)n + 1));
			tried++;
			operations += n;
		}
	}
	print_message("# %zu plans of %zu operations, %zu refusals\n", tried, operations, refused);
	told.broken = false;
	assert_true(tried > HISTORIES);
}

/* What a killed replace has left twice comes back in its order: the first serves. */
static void doubles_are_undone_in_order(void **state)
{
	static const struct {
		const char *what;
		int order[4];     /* which of OURS, or -1: another's; the list ends with 9 */
		const char *line; /* NULL: del */
	} table[] = {
		{"ours alone", {0, 1, 9}, NULL},
		{"three of ours", {0, 1, 2, 9}, NULL},
		{"before another's", {0, 1, -1, 9}, NULL},
		{"behind another's", {-1, 0, 1, 9}, NULL},
		{"around another's", {0, -1, 1, 9}, NULL},
		{"a new one", {0, 1, 9}, "9.9.9.0/24 via 4.3.2.12 src 4.3.2.2"},
		{"a new one before another's",
		 {0, 1, -1, 9},
		 "9.9.9.0/24 via 4.3.2.12 src 4.3.2.2"},
		{"the first again", {0, 1, 2, 9}, "9.9.9.0/24 via 4.3.2.1 src 3.3.3.3"},
		{"the second again", {0, 1, 2, 9}, "9.9.9.0/24 via 4.3.2.11 src 3.3.3.3"},
		{"the last again", {0, 1, 2, 9}, "9.9.9.0/24 via 4.3.2.12 src 3.3.3.3"},
		{"the second, before another's",
		 {0, 1, -1, 9},
		 "9.9.9.0/24 via 4.3.2.11 src 3.3.3.3"},
	};
	static const char *const ours[] = {"4.3.2.1", "4.3.2.11", "4.3.2.12"};
	size_t wrong = 0;
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_host host, now;
		char why[300];
		world(&host);
		for (const int *one = table[i].order; one < table[i].order + 4 && *one != 9;
		     one++) {
			struct r2_route route =
				*one < 0 ? world_route("9.9.9.0/24", "4.3.2.99", NULL, E0, 4)
					 : world_route("9.9.9.0/24", ours[*one], "3.3.3.3", E0,
						       R2_PROTOCOL);
			assert_true(r2_list_push(&host.routes, &route));
		}
		struct r2_route key = world_route("9.9.9.0/24", NULL, NULL, E0, R2_PROTOCOL);
		struct decision decision = table[i].line ? decide_add(&host, table[i].line, true)
							 : decide_del(&host, &key);
		assert_true(decision.ok);
		now = copy_of(&host);
		apply_ops(&now, &decision.ops, decision.ops.n);
		undo_ops(&now, &decision.ops, decision.ops.n);
		if (r2_fake_differ(&host, &now, why, sizeof(why))) {
			print_message("# %s: %s\n", table[i].what, why);
			wrong++;
		}
		r2_list_free(&decision.ops);
		r2_host_free(&now);
		r2_host_free(&host);
	}
	assert_int_equal(wrong, 0);
}

static int tell(void **state)
{
	(void)state;
	if (told.broken) {
		print_message("# on this host:\n");
		print_host(&told.host);
		print_message("# %s %s:\n",
			      !*told.line    ? "del"
			      : told.replace ? "replace"
					     : "add",
			      told.line);
		print_ops(&told.host, &told.decision.ops);
	}
	r2_list_free(&told.decision.ops);
	r2_host_free(&told.host);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_are_undone_in_order),
		cmocka_unit_test_teardown(the_laws_hold, tell),
	};
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
