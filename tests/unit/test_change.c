/* SPDX-License-Identifier: MIT */
/*
 * The walk over a host in memory: whichever operation fails, the host is as it was, and the lock is
 * free.
 */
#include "os/change.h"

#include <string.h>

#include "os/fake/fake.h"
#include "reading.h"
#include "unit.h"
#include "world.h"

/* ---- running a line --------------------------------------------------------------------- */

struct run {
	bool ok;
	struct r2_change change;
	struct r2_error err;
};

static struct r2_change_options options(bool replace)
{
	return (struct r2_change_options){.replace = replace, .tries = 2, .timeout_ms = 1};
}

/* `add LINE`, `replace LINE` or `del LINE` */
static struct run run(struct r2_os *os, const char *line)
{
	static const char *const verbs[] = {"add ", "replace ", "del "};
	struct run run = {0};
	size_t verb = 0;
	while (strncmp(line, verbs[verb], strlen(verbs[verb])) != 0)
		assert_true(++verb < COUNT(verbs));

	struct r2_intent intent = must_read(line + strlen(verbs[verb]));
	struct r2_change_options how = options(verb == 1);
	run.ok = verb == 2 ? r2_change_del(os, &intent, &how, &run.change, &run.err)
			   : r2_change_add(os, &intent, &how, &run.change, &run.err);
	assert_false(r2_fake_held(os));
	return run;
}

static void must_run(struct r2_os *os, const char *line)
{
	struct run done = run(os, line);
	if (!done.ok)
		fail_msg("%s: %s", line, done.err.what);
	r2_change_free(&done.change);
}

/* A fake over a copy of @host, where all gateways answer. */
static struct r2_os *open_over(const struct r2_host *host)
{
	static const char *const gateways[] = {"4.3.2.1",       "4.3.2.11",       "4.3.2.12",
					       "2001:db8:4::1", "2001:db8:4::11", "2001:db8:4::12"};
	struct r2_host copy = copy_of(host);
	struct r2_os *os = r2_fake_open(&copy);
	assert_non_null(os);
	for (size_t i = 0; i < COUNT(gateways); i++) {
		struct r2_ip gateway = ip(gateways[i]);
		struct r2_mac mac = world_mac(&gateway);
		assert_true(r2_fake_answer(os, &gateway, &mac));
	}
	return os;
}

/* ---- situations ------------------------------------------------------------------------- */

#define D4 "1.2.3.4 via 4.3.2.1 "
#define D6 "2001:db8:5::4 via 2001:db8:4::1 "
#define B4 D4 "backup 4.3.2.11 "
#define B6 D6 "backup 2001:db8:4::11 "
#define S4 "src 3.3.3.3"
#define S6 "src 2001:db8:3::3"

static const struct situation {
	const char *name;
	const char *setup[3];
	const char *foreign; /* a gateway that another's route of the same key has, in IPv4 */
	bool behind;         /* ours stands behind that one */
	const char *line;
} SITUATIONS[] = {
	{.name = "add native", .line = "add " D4 S4},
	{.name = "add native, IPv6", .line = "add " D6 S6},
	{.name = "add phantom", .line = "add " B4 S4},
	{.name = "add phantom, IPv6", .line = "add " B6 S6},
	{.name = "add to a shared phantom",
	 .setup = {"add 9.9.9.0/24 via 4.3.2.1 backup 4.3.2.11 " S4},
	 .line = "add " B4 S4},
	{.name = "add plain", .line = "add " D4 "src 4.3.2.2 method plain"},
	{.name = "add plain, IPv6", .line = "add " D6 "src 2001:db8:4::2 method plain"},
	{.name = "add before a foreign route", .foreign = "4.3.2.12", .line = "add " B4 S4},
	{.name = "native to phantom", .setup = {"add " D4 S4}, .line = "replace " B4 S4},
	{.name = "native to phantom, IPv6", .setup = {"add " D6 S6}, .line = "replace " B6 S6},
	{.name = "phantom to native",
	 .setup = {"add " B4 S4},
	 .line = "replace " D4 S4 " method native"},
	{.name = "phantom to native, IPv6",
	 .setup = {"add " B6 S6},
	 .line = "replace " D6 S6 " method native"},
	{.name = "phantom to phantom",
	 .setup = {"add " B4 S4},
	 .line = "replace " D4 "backup 4.3.2.12 " S4},
	{.name = "a shared phantom to another",
	 .setup = {"add 9.9.9.0/24 via 4.3.2.1 backup 4.3.2.11 " S4, "add " B4 S4},
	 .line = "replace " D4 "backup 4.3.2.12 " S4},
	{.name = "other source", .setup = {"add " D4 S4}, .line = "replace " D4 "src 4.3.2.2"},
	{.name = "other source, IPv6",
	 .setup = {"add " D6 S6},
	 .line = "replace " D6 "src 2001:db8:4::2"},
	{.name = "plain to native",
	 .setup = {"add " D4 "src 4.3.2.2 method plain"},
	 .line = "replace " D4 S4},
	{.name = "native to plain",
	 .setup = {"add " D4 S4},
	 .line = "replace " D4 "src 4.3.2.2 method plain"},
	{.name = "replace before a foreign route",
	 .setup = {"add " D4 S4},
	 .foreign = "4.3.2.12",
	 .line = "replace " B4 S4},
	{.name = "replace behind a foreign route",
	 .setup = {"add " D4 S4},
	 .foreign = "4.3.2.12",
	 .behind = true,
	 .line = "replace " B4 S4},
	{.name = "the same from behind a foreign route",
	 .setup = {"add " D4 S4},
	 .foreign = "4.3.2.12",
	 .behind = true,
	 .line = "replace " D4 S4},
	{.name = "del native", .setup = {"add " D4 S4}, .line = "del 1.2.3.4"},
	{.name = "del native, IPv6", .setup = {"add " D6 S6}, .line = "del 2001:db8:5::4"},
	{.name = "del the last of a phantom", .setup = {"add " B4 S4}, .line = "del 1.2.3.4"},
	{.name = "del the last of a phantom, IPv6",
	 .setup = {"add " B6 S6},
	 .line = "del 2001:db8:5::4"},
	{.name = "del not the last of a phantom",
	 .setup = {"add 9.9.9.0/24 via 4.3.2.1 backup 4.3.2.11 " S4, "add " B4 S4},
	 .line = "del 1.2.3.4"},
	{.name = "del plain",
	 .setup = {"add " D4 "src 4.3.2.2 method plain"},
	 .line = "del 1.2.3.4"},
	{.name = "del before a foreign route",
	 .setup = {"add " B4 S4},
	 .foreign = "4.3.2.12",
	 .line = "del 1.2.3.4"},
	{.name = "del behind a foreign route",
	 .setup = {"add " B4 S4},
	 .foreign = "4.3.2.12",
	 .behind = true,
	 .line = "del 1.2.3.4"},
};

static struct r2_host set_up(const struct situation *situation)
{
	struct r2_host host, ready;
	struct r2_os *os;

	world(&host);
	os = open_over(&host);
	for (size_t i = 0; i < COUNT(situation->setup) && situation->setup[i]; i++)
		must_run(os, situation->setup[i]);
	if (situation->foreign) {
		struct r2_op op = {
			.kind = situation->behind ? R2_OP_ROUTE_PREPEND : R2_OP_ROUTE_APPEND,
			.route = world_route("1.2.3.4/32", situation->foreign, NULL, E0, 4)};
		apply_ops(r2_fake_host(os), &(r2_ops){.at = &op, .n = 1}, 1);
	}
	ready = copy_of(r2_fake_host(os));
	os->ops->close(os);
	r2_host_free(&host);
	return ready;
}

/* ---- the tests -------------------------------------------------------------------------- */

/* Return: how many operations the line took. */
static unsigned fail_at(const struct situation *situation, const struct r2_host *before,
			unsigned nth)
{
	struct r2_os *os = open_over(before);
	unsigned calls;

	r2_fake_fail_at(os, nth);
	struct run done = run(os, situation->line);
	calls = r2_fake_calls(os);
	assert_int_equal(done.ok, calls < nth);
	if (!done.ok) {
		assert_int_equal(done.err.kind, R2_FAILED);
		assert_string_equal(done.err.call, "fake");
		assert_same(before, r2_fake_host(os), situation->name);
	}
	r2_change_free(&done.change);
	os->ops->close(os);
	return calls;
}

static void whatever_fails_the_host_is_as_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(SITUATIONS); i++) {
		struct r2_host before = set_up(&SITUATIONS[i]);
		unsigned total = fail_at(&SITUATIONS[i], &before, 100);
		assert_true(total > 0);
		for (unsigned n = 1; n <= total; n++)
			fail_at(&SITUATIONS[i], &before, n);
		r2_host_free(&before);
	}
}

/* The inverse of the failed operation itself comes first, and its failure may be silent. */
static void a_failing_undo_is_told(void **state)
{
	const struct situation *situation = &SITUATIONS[2];
	struct r2_host before = set_up(situation);
	struct r2_os *os = open_over(&before);
	struct run done;

	(void)state;
	r2_fake_fail_at(os, 4);
	for (unsigned n = 5; n < 11; n++)
		r2_fake_fail_at(os, n);
	done = run(os, situation->line);
	assert_false(done.ok);
	assert_non_null(strstr(done.err.hint, "undoing failed too"));
	r2_change_free(&done.change);
	os->ops->close(os);
	r2_host_free(&before);
}

/* The kernel then has another route that wins: all is undone. */
static void what_is_untrue_is_undone(void **state)
{
	static const char *const lines[] = {"add " D4 S4 " metric 600", "add " B4 S4 " metric 600",
					    "add " B6 S6 " metric 6000"};
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct r2_host host;
		struct r2_op foreign[] = {
			{.kind = R2_OP_ROUTE_ADD,
			 .route = world_route("1.2.3.4/32", "4.3.2.12", NULL, E0, 4)},
			{.kind = R2_OP_ROUTE_ADD,
			 .route = world_route("2001:db8:5::4/128", "2001:db8:4::12", NULL, E0, 4)}};
		world(&host);
		apply_ops(&host, &(r2_ops){.at = foreign, .n = 2}, 2);

		struct r2_os *os = open_over(&host);
		struct run done = run(os, lines[i]);
		assert_false(done.ok);
		assert_non_null(strstr(done.err.what, "the kernel would send to"));
		assert_true(r2_fake_journal(os)->n > 0);
		assert_same(&host, r2_fake_host(os), lines[i]);
		r2_change_free(&done.change);
		os->ops->close(os);
		r2_host_free(&host);
	}
}

static void who_may_not_write_changes_nothing(void **state)
{
	struct r2_host host;
	(void)state;
	world(&host);

	struct r2_os *os = open_over(&host);
	r2_fake_refuse_writers(os);
	struct run done = run(os, "add " D4 S4);
	assert_false(done.ok);
	assert_int_equal(done.err.kind, R2_NOT_PERMITTED);
	assert_int_equal(r2_fake_calls(os), 0);
	r2_change_free(&done.change);
	os->ops->close(os);
	r2_host_free(&host);
}

/* A gateway that is silent: two tries each for all, and nothing is touched. */
static void silence_changes_nothing(void **state)
{
	const struct r2_mac none = {0};
	const char *const gateways[] = {"4.3.2.1", "4.3.2.11"};
	struct r2_host host;
	(void)state;
	world(&host);

	struct r2_os *os = open_over(&host);
	for (size_t i = 0; i < COUNT(gateways); i++) {
		struct r2_ip gateway = ip(gateways[i]);
		assert_true(r2_fake_answer(os, &gateway, &none));
	}
	struct run done = run(os, "add " B4 S4);
	assert_false(done.ok);
	assert_non_null(strstr(done.err.what, "4.3.2.1 does not answer ARP"));
	assert_int_equal(r2_fake_calls(os), 0);
	assert_int_equal(r2_fake_asked(os), 2);
	r2_change_free(&done.change);
	os->ops->close(os);
	r2_host_free(&host);
}

/* What a change made, a del takes away; what is said twice is done once. */
static void there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(SITUATIONS); i++) {
		const struct situation *situation = &SITUATIONS[i];
		struct r2_host host;
		if (strncmp(situation->line, "add ", 4) != 0 || situation->setup[0] ||
		    situation->foreign)
			continue;
		world(&host);
		struct r2_os *os = open_over(&host);
		must_run(os, situation->line);
		unsigned calls = r2_fake_calls(os);
		must_run(os, situation->line);
		assert_int_equal(r2_fake_calls(os), calls);
		must_run(os, strchr(situation->line, ':') ? "del 2001:db8:5::4" : "del 1.2.3.4");
		assert_same(&host, r2_fake_host(os), situation->name);
		os->ops->close(os);
		r2_host_free(&host);
	}
}

/* In a table that no lookup reaches as well: it is there, and nobody's packets have moved. */
static void what_is_there_is_left_alone(void **state)
{
	static const char *const lines[] = {"add " D4 S4, "add " D4 S4 " table 77",
					    "add " D4 S4 " metric 600", "add " B4 S4 " table 77",
					    "add " D6 S6 " table 77"};
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct r2_host host;
		world(&host);
		struct r2_os *os = open_over(&host);
		must_run(os, lines[i]);
		unsigned calls = r2_fake_calls(os);
		struct run again = run(os, lines[i]);
		assert_true(again.ok);
		if (again.change.changed)
			fail_msg("%s: said to be changed the second time too", lines[i]);
		assert_int_equal(r2_fake_calls(os), calls);
		assert_true(r2_ip_equal(&again.change.before, &again.change.after));
		r2_change_free(&again.change);
		os->ops->close(os);
		r2_host_free(&host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_fails_the_host_is_as_before),
		cmocka_unit_test(a_failing_undo_is_told),
		cmocka_unit_test(what_is_untrue_is_undone),
		cmocka_unit_test(who_may_not_write_changes_nothing),
		cmocka_unit_test(silence_changes_nothing),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(what_is_there_is_left_alone),
	};
	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
