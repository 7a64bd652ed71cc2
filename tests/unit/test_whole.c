/* SPDX-License-Identifier: MIT */
/*
 * The laws of apply, held against random files on hosts with a history: what is applied is there
 * and again changes nothing; no moment leaves a destination without its route; a failure at any
 * operation leaves nothing changed; after a kill the same file leads to the same end; nothing of
 * another tool's is touched. R2_SEED repeats a run.
 */
#include "os/whole.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/fake/fake.h"
#include "unit.h"
#include "world.h"

#define HISTORIES 60
#define STEPS     6

static const char *const GATEWAYS[] = {"4.3.2.1",       "4.3.2.11",       "4.3.2.12",
				       "2001:db8:4::1", "2001:db8:4::11", "2001:db8:4::12"};

/* ---- files ---- */

/* Lines of distinct keys, as random as a line can be. */
static void chance_file(char *buf, size_t size)
{
	static const char *const dst[2][4] = {
		{"1.2.3.4/32", "9.9.9.0/24", "9.9.0.0/16", "0.0.0.0/0"},
		{"2001:db8:5::4/128", "2001:db8:9::/48", "2001:db8:8000::/33", "::/0"}};
	static const char *const src[2][2] = {{"3.3.3.3", "4.3.2.2"},
					      {"2001:db8:3::3", "2001:db8:4::2"}};
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < 8; i++) {
		unsigned v6 = i / 4, kind = chance(8);
		const char *const *via = &GATEWAYS[3 * v6];
		unsigned first = chance(3);
		char method[80] = "";

		if (chance(3) == 0)
			continue;
		if (kind < 3)
			snprintf(method, sizeof(method), " backup %s", via[(first + 1) % 3]);
		else if (kind == 3)
			snprintf(method, sizeof(method), " method phantom");
		else if (kind == 4)
			snprintf(method, sizeof(method), " method plain");
		used += (size_t)snprintf(
			buf + used, size - used, "%s via %s%s src %s%s%s\n", dst[v6][i % 4],
			via[first], method, src[v6][kind == 4 ? 1 : chance(2)],
			chance(3) ? "" : " metric 600", chance(5) ? "" : " table 77");
	}
}

static void say_bad_line(void *ctx, const char *name, unsigned long line, unsigned long column,
			 const struct r2_error *err)
{
	(void)ctx;
	fail_msg("%s:%lu:%lu: %s", name, line, column, err->what);
}

static struct r2_file read_file(const char *text)
{
	const struct r2_file_reader reader = {.say_bad = say_bad_line};
	struct r2_file file = {0};
	char *copy = malloc(strlen(text) + 1);

	assert_non_null(copy);
	memcpy(copy, text, strlen(text) + 1);
	assert_true(r2_file_read(&file, &reader, "file", copy, strlen(text)));
	free(copy);
	return file;
}

static char bad[400]; /* the last line that was refused, for messages */

static void say_bad(void *ctx, const struct r2_item *item, const struct r2_error *err)
{
	(void)ctx, (void)item;
	snprintf(bad, sizeof(bad), "%s", err->what);
}

/* ---- one apply ---- */

struct outcome {
	bool ok;
	struct r2_host host;
	r2_ops journal;
	size_t added, replaced, deleted, kept;
	struct r2_error why; /* if not @ok */
};

/* On a copy of @before, with the @fail-th operation failing (0: none). */
static struct outcome run(const struct r2_host *before, const char *text, unsigned fail)
{
	struct r2_host copy = copy_of(before);
	struct r2_os *os = r2_fake_open(&copy);
	struct r2_file file = read_file(text);
	const struct r2_whole_options options = {.change = {.tries = 1}, .say_bad = say_bad};
	struct r2_whole whole = {0};
	struct outcome outcome = {0};
	struct r2_error err;

	assert_non_null(os);
	for (size_t i = 0; i < COUNT(GATEWAYS); i++) {
		struct r2_ip gateway = ip(GATEWAYS[i]);
		struct r2_mac answer = world_mac(&gateway);

		assert_true(r2_fake_answer(os, &gateway, &answer));
	}
	if (fail)
		r2_fake_fail_at(os, fail);
	outcome.ok = r2_whole_apply(os, &file, &options, &whole, &err);
	assert_false(r2_fake_held(os));
	outcome.host = copy_of(r2_fake_host(os));
	r2_each (const struct r2_op, op, r2_fake_journal(os))
		assert_true(r2_list_push(&outcome.journal, op));
	outcome.why = err;
	outcome.added = whole.added;
	outcome.replaced = whole.replaced;
	outcome.deleted = whole.deleted;
	outcome.kept = whole.kept;
	r2_list_free(&whole.hops);
	r2_host_free(&whole.host);
	r2_file_free(&file);
	os->ops->close(os);
	return outcome;
}

static void free_outcome(struct outcome *outcome)
{
	r2_host_free(&outcome->host);
	r2_list_free(&outcome->journal);
}

/* ---- the laws ---- */

static bool has(const struct r2_host *host, const struct r2_route *like)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (route->table == like->table && r2_prefix_equal(&route->dst, &like->dst))
			return true;
	}
	return false;
}

static size_t count(const struct r2_host *host, bool ours)
{
	size_t n = 0;

	r2_each (const struct r2_route, route, &host->routes)
		n += route->table != R2_BOOK_TABLE && r2_route_is_ours(route) == ours;
	return n;
}

/* After each operation: what was covered and will be, is; what is not ours stands. */
static void every_moment(const struct r2_host *before, const struct outcome *done)
{
	struct r2_host now = copy_of(before);

	for (size_t n = 0; n < done->journal.n; n++) {
		const r2_ops one = {.at = &done->journal.at[n], .n = 1};

		apply_ops(&now, &one, 1);
		r2_each (const struct r2_route, route, &before->routes) {
			if (route->table != R2_BOOK_TABLE && has(&done->host, route))
				assert_true(has(&now, route));
		}
		assert_int_equal(count(&now, false), count(before, false));
	}
	assert_same(&done->host, &now, "the journal");
	r2_host_free(&now);
}

/* The n-th operation fails: all is as it was. Killed before it: the same file finishes the work. */
static void accidents(const struct r2_host *before, const char *text, const struct outcome *done)
{
	for (unsigned n = 1; n <= done->journal.n; n++) {
		struct outcome failed = run(before, text, n), resumed, again;
		struct r2_host killed = copy_of(before);

		if (failed.ok)
			fail_msg("a failure at %u was passed over", n);
		assert_same(before, &failed.host, "after a failure");
		free_outcome(&failed);
		apply_ops(&killed, &done->journal, n - 1);
		resumed = run(&killed, text, 0);
		if (!resumed.ok)
			fail_msg("after a kill at %u: %s; %s", n, resumed.why.what, bad);
		assert_int_equal(count(&resumed.host, true), count(&done->host, true));
		assert_int_equal(count(&resumed.host, false), count(&done->host, false));
		again = run(&resumed.host, text, 0);
		assert_true(again.ok);
		assert_int_equal(again.journal.n, 0);
		free_outcome(&again);
		free_outcome(&resumed);
		r2_host_free(&killed);
	}
}

static void check(const struct r2_host *before, const char *text, const struct outcome *done)
{
	struct outcome again, none;
	size_t lines = 0;

	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	if (!done->ok) {
		assert_same(before, &done->host, "a refusal");
		return;
	}
	assert_int_equal(done->added + done->replaced + done->kept, lines);
	assert_int_equal(count(&done->host, true), lines);
	every_moment(before, done);
	again = run(&done->host, text, 0);
	assert_true(again.ok);
	assert_int_equal(again.journal.n, 0);
	assert_int_equal(again.kept, lines);
	none = run(&done->host, "", 0);
	assert_true(none.ok);
	assert_int_equal(count(&none.host, true), 0);
	r2_each (const struct r2_route, route, &none.host.routes)
		assert_int_not_equal(route->table, R2_BOOK_TABLE);
	free_outcome(&again);
	free_outcome(&none);
}

/* Another tool's route, at a key that a line may have. */
static void foreign_step(struct r2_host *host)
{
	struct r2_op op = {.kind = R2_OP_ROUTE_PREPEND,
			   .route = world_route(chance(2) ? "9.9.9.0/24" : "1.2.3.4/32", "4.3.2.12",
						NULL, E0, 4)};

	r2_each (const struct r2_route, route, &host->routes) {
		if (r2_route_same_key(route, &op.route) && !r2_route_is_ours(route))
			return;
	}
	apply_ops(host, &(r2_ops){.at = &op, .n = 1}, 1);
}

static void the_laws_hold(void **state)
{
	(void)state;
	chance_begin();
	for (size_t history = 0; history < HISTORIES; history++) {
		struct r2_host host;

		world(&host);
		for (size_t step = 0; step < STEPS; step++) {
			char text[2000];
			struct outcome done;

			if (chance(3) == 0)
				foreign_step(&host);
			chance_file(text, sizeof(text));
			done = run(&host, text, 0);
			check(&host, text, &done);
			if (done.ok)
				accidents(&host, text, &done);
			r2_host_free(&host);
			host = done.host;
			r2_list_free(&done.journal);
		}
		r2_host_free(&host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_laws_hold)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
