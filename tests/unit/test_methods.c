/* SPDX-License-Identifier: MIT */
/*
 * The methods of Windows over a host in memory: what each leaves standing, what `del` takes back,
 * and that whatever fails leaves the host as it was.
 */
#include "os/change.h"

#include <string.h>

#include "os/fake/fake.h"
#include "os/recall.h"
#include "os/whole.h"
#include "reading.h"
#include "unit.h"
#include "winhost.h"
#include "world.h"

/* ---- skipassource ----------------------------------------------------------------------- */

#define BOTH (R2_ADDR_SKIP_AS_SOURCE | R2_ADDR_SKIP_IS_OURS)

static void skipassource_is_set_and_taken_back(void **state)
{
	struct r2_host host = windows_host(PAIR, GW);
	struct r2_os *os = open_windows(&host, GW);

	(void)state;
	must_refuse(os, "add 1.2.3.4 src 10.0.0.11", "10.0.0.10 is in the way");
	must_run(os, "add 1.2.3.4 src 10.0.0.11 method skipassource");
	assert_int_equal(flags_of(os, "10.0.0.10"), BOTH);
	assert_int_equal(flags_of(os, "10.0.0.11"), 0);
	must_send_from(os, "1.2.3.4", "10.0.0.11");
	must_show(os, "1.2.3.4/32", "src 10.0.0.11 dev e0 method skipassource");
	/* Now plain does it too, and needs it as well. */
	must_run(os, "add 5.6.7.8 src 10.0.0.11");
	must_show(os, "5.6.7.8/32", "src 10.0.0.11 dev e0 method plain");
	must_run(os, "del 1.2.3.4");
	assert_int_equal(flags_of(os, "10.0.0.10"), BOTH);
	must_send_from(os, "5.6.7.8", "10.0.0.11");
	must_run(os, "del 5.6.7.8");
	assert_same(&host, r2_fake_host(os), "all deleted");
	os->ops->close(os);
	r2_host_free(&host);
}

static void what_somebody_else_set_stays(void **state)
{
	struct r2_host host = windows_host(PAIR, GW);
	struct r2_os *os;

	(void)state;
	host.addrs.at[0].flags = R2_ADDR_SKIP_AS_SOURCE;
	os = open_windows(&host, GW);
	must_run(os, "add 1.2.3.4 src 10.0.0.11 method skipassource");
	assert_int_equal(flags_of(os, "10.0.0.10"), R2_ADDR_SKIP_AS_SOURCE);
	must_run(os, "del 1.2.3.4");
	assert_same(&host, r2_fake_host(os), "deleted");
	os->ops->close(os);
	r2_host_free(&host);
}

static void skipassource_hurts_no_other_line(void **state)
{
	/* .10 is picked by .1 as .16 is not; .11 is the twin of .10. */
	struct r2_host host = windows_host("10.0.0.10 10.0.0.11 10.0.0.2", GW);
	struct r2_os *os = open_windows(&host, GW);

	(void)state;
	must_run(os, "add 9.9.9.9 src 10.0.0.2");
	must_refuse(os, "add 1.2.3.4 src 10.0.0.11 method skipassource",
		    "10.0.0.2 is in the way, and the line to 9.9.9.9/32 sends from it");
	must_run(os, "del 9.9.9.9");
	must_run(os, "add 1.2.3.4 src 10.0.0.11 method skipassource");
	assert_int_equal(flags_of(os, "10.0.0.2"), BOTH);
	assert_int_equal(flags_of(os, "10.0.0.10"), BOTH);
	must_refuse(os, "add 9.9.9.9 src 10.0.0.2", "SkipAsSource");
	/* Another source for the same line needs another address skipped, or none. */
	must_run(os, "replace 1.2.3.4 src 10.0.0.2");
	must_show(os, "1.2.3.4/32", "src 10.0.0.2 dev e0 method plain");
	assert_int_equal(flags_of(os, "10.0.0.2") | flags_of(os, "10.0.0.10"), 0);
	must_run(os, "replace 1.2.3.4 src 10.0.0.11 method skipassource");
	assert_int_equal(flags_of(os, "10.0.0.2"), BOTH);
	must_run(os, "add 1.2.3.4 src 10.0.0.11 method skipassource");
	must_run(os, "replace 1.2.3.4 src 10.0.0.2 method skipassource");
	assert_int_equal(flags_of(os, "10.0.0.10") | flags_of(os, "10.0.0.11"), 0);
	os->ops->close(os);
	r2_host_free(&host);
}

static void on_linux_skipassource_is_refused(void **state)
{
	struct r2_host host;
	struct r2_os *os;

	(void)state;
	world(&host);
	os = open_windows(&host, "4.3.2.1");
	must_refuse(os, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3 method skipassource",
		    "is for Windows, whose routes name no source; here `method native` does");
	os->ops->close(os);
	r2_host_free(&host);
}

/* ---- phantom ---------------------------------------------------------------------------- */

/* Vector P3 would have .21: a route of somebody else's goes by that, whatever it is for. */
static void a_foreign_next_hop_is_no_phantom(void **state)
{
	struct r2_host host = windows_host("10.0.0.10 10.0.0.20", GW);
	struct r2_route other = world_route("20.1.0.0/16", "10.0.0.21", NULL, E0, 4);
	struct r2_addr elsewhere = {
		.link = E1, .ip = ip("10.0.0.22"), .subnet = prefix("10.0.0.22/32")};
	struct r2_ip silent = ip("10.0.0.23");
	struct r2_neigh stale = {.ip = silent, .link = E0, .state = R2_NUD_STALE};
	struct r2_os *os;

	(void)state;
	stale.mac = world_mac(&silent);
	assert_true(r2_list_push(&host.routes, &other));
	assert_true(r2_list_push(&host.addrs, &elsewhere));
	assert_true(r2_list_push(&host.neighs, &stale));
	os = open_windows(&host, GW);
	silent = ip("10.0.0.16"); /* answers, though nobody has heard of it */
	assert_true(r2_fake_answer(os, &silent, &stale.mac));
	must_run(os, "add 1.2.3.4 src 10.0.0.20");
	must_show(os, "1.2.3.4/32", "phantom 10.0.0.17");
	must_send_from(os, "1.2.3.4", "10.0.0.20");
	os->ops->close(os);
	r2_host_free(&host);
}

/* ---- whatever fails --------------------------------------------------------------------- */

static const struct situation {
	const char *addrs;
	const char *setup[2];
	const char *line;
} SITUATIONS[] = {
	{PAIR, {NULL}, "add 1.2.3.4 src 10.0.0.11 method skipassource"},
	{PAIR, {"add 1.2.3.4 src 10.0.0.11 method skipassource"}, "del 1.2.3.4"},
	{"10.0.0.10 10.0.0.11 10.0.0.2",
	 {"add 1.2.3.4 src 10.0.0.2 method plain"},
	 "replace 1.2.3.4 src 10.0.0.11 method skipassource"},
	{PAIR, {NULL}, "add 1.2.3.4 src 10.0.0.11 method native"},
	{PAIR, {"add 1.2.3.4 src 10.0.0.11 method native"}, "del 1.2.3.4"},
	{PAIR,
	 {"add 1.2.3.4 src 10.0.0.11 method native"},
	 "replace 1.2.3.4 src 10.0.0.10 method native"},
	{"192.168.1.14 192.168.1.68", {NULL}, "add 1.2.3.4 via 192.168.1.127 src 192.168.1.14"},
	{"192.168.1.14 192.168.1.68", {NULL}, "add 1.2.3.4 via 192.168.1.127 src 192.168.1.68"},
};

static struct r2_os *set_up(const struct situation *situation, struct r2_host *ret_before)
{
	const char *gateway = strncmp(situation->addrs, "10.", 3) == 0 ? GW : "192.168.1.127";
	struct r2_host host = windows_host(situation->addrs, gateway);
	struct r2_os *os = open_windows(&host, gateway);

	r2_fake_obey(os, true);
	for (size_t i = 0; i < COUNT(situation->setup) && situation->setup[i]; i++)
		must_run(os, situation->setup[i]);
	*ret_before = copy_of(r2_fake_host(os));
	r2_host_free(&host);
	return os;
}

/* Return: how many operations it took. */
static unsigned fail_at(const struct situation *situation, unsigned nth)
{
	struct r2_host before;
	struct r2_os *os = set_up(situation, &before);
	struct r2_change change = {0};
	struct r2_error err;
	unsigned calls = r2_fake_calls(os);
	bool ok;

	r2_fake_fail_at(os, nth);
	ok = run_line(os, situation->line, &change, &err);
	calls = r2_fake_calls(os) - calls;
	if (!ok && strcmp(err.call ? err.call : "", "fake") != 0)
		fail_msg("%s: %s", situation->line, err.what);
	assert_int_equal(ok, calls < nth);
	if (!ok)
		assert_same(&before, r2_fake_host(os), situation->line);
	r2_change_free(&change);
	os->ops->close(os);
	r2_host_free(&before);
	return calls;
}

static void whatever_fails_the_host_is_as_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(SITUATIONS); i++) {
		unsigned total = fail_at(&SITUATIONS[i], 100);

		assert_true(total > 1);
		for (unsigned n = 1; n <= total; n++)
			fail_at(&SITUATIONS[i], n);
	}
}

/* Killed after each operation: the next change sweeps what is left, and nothing else. */
static void what_a_kill_leaves_is_swept(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(SITUATIONS); i++) {
		struct r2_host before;
		struct r2_os *os = set_up(&SITUATIONS[i], &before);
		unsigned total = r2_fake_calls(os);

		if (strncmp(SITUATIONS[i].line, "add", 3) == 0) {
			must_run(os, SITUATIONS[i].line);
			total = r2_fake_calls(os) - total;
			for (unsigned n = 0; n + 1 < total; n++) {
				struct r2_host host = copy_of(&before);
				struct r2_error err;
				r2_ops swept = {0};

				apply_ops(&host, r2_fake_journal(os), n);
				assert_true(r2_plan_tidy(&host, &swept, &err));
				assert_same(&before, &host, SITUATIONS[i].line);
				r2_list_free(&swept);
				r2_host_free(&host);
			}
		}
		os->ops->close(os);
		r2_host_free(&before);
	}
}

/* ---- apply ------------------------------------------------------------------------------ */

static void never_bad(void *ctx, const struct r2_item *item, const struct r2_error *err)
{
	(void)ctx;
	(void)item;
	fail_msg("%s; %s", err->what, err->hint);
}

static bool apply(struct r2_os *os, const char *const lines[], struct r2_whole *whole)
{
	struct r2_whole_options options = {.change = {.replace = true, .tries = 2, .timeout_ms = 1},
					   .say_bad = never_bad};
	struct r2_file file = {0};
	struct r2_error err;
	bool ok;

	*whole = (struct r2_whole){0};
	for (size_t i = 0; lines[i]; i++) {
		struct r2_intent intent = must_read(lines[i]);

		assert_true(r2_file_add(&file, &intent, (uint32_t)i + 1));
	}
	ok = r2_whole_apply(os, &file, &options, whole, &err);
	if (!ok && strcmp(err.call ? err.call : "", "fake") != 0)
		fail_msg("%s; %s", err.what, err.hint);
	r2_file_free(&file);
	r2_host_free(&whole->host);
	r2_list_free(&whole->hops);
	return ok;
}

static void a_file_of_all_methods(void **state)
{
	static const char *const lines[] = {"1.2.3.0/24 src 10.0.0.11 method skipassource",
					    "4.4.0.0/16 src 10.0.0.11", "5.5.0.0/16 src 10.0.0.100",
					    "6.6.0.0/16 src 10.0.0.11 metric 7 method plain", NULL};
	static const char *const nothing[] = {NULL};
	struct r2_host host = windows_host(PAIR " 10.0.0.100", GW);
	struct r2_os *os = open_windows(&host, GW);
	struct r2_whole whole;
	unsigned calls;

	(void)state;
	/* The plain lines can be when .10 is skipped. */
	assert_true(apply(os, lines, &whole));
	assert_int_equal(whole.added, 4);
	must_show(os, "1.2.3.0/24", "src 10.0.0.11 dev e0 method skipassource");
	must_show(os, "4.4.0.0/16", "src 10.0.0.11 dev e0 method plain");
	must_show(os, "5.5.0.0/16", "src 10.0.0.100 dev e0 method phantom phantom 10.0.0.101");
	must_send_from(os, "4.4.4.4", "10.0.0.11");
	must_send_from(os, "5.5.5.5", "10.0.0.100");
	calls = r2_fake_calls(os);
	assert_true(apply(os, lines, &whole));
	assert_int_equal(r2_fake_calls(os), calls);
	assert_int_equal(whole.kept, 4);
	assert_true(apply(os, nothing, &whole));
	assert_same(&host, r2_fake_host(os), "nothing wanted");
	os->ops->close(os);
	r2_host_free(&host);
}

/* ---- a restart -------------------------------------------------------------------------- */

/* What was there before is said again as by the service: all of it, or nothing of a line. */
static void a_restart_is_survived(void **state)
{
	static const char *const lines[] = {
		"add 1.2.3.0/24 src 10.0.0.11 method skipassource", "add 4.4.0.0/16 src 10.0.0.11",
		"add 5.5.0.0/16 src 10.0.0.100", "add 6.6.0.0/16 src 10.0.0.100 method native"};
	struct r2_host host = windows_host(PAIR " 10.0.0.100", GW);
	struct r2_os *os = open_windows(&host, GW);
	struct r2_whole_options options = {.change = {.replace = true, .tries = 2, .timeout_ms = 1},
					   .say_bad = never_bad};
	struct r2_whole whole = {0};
	struct r2_file file = {0};
	struct r2_error err;

	(void)state;
	r2_fake_obey(os, true);
	for (size_t i = 0; i < COUNT(lines); i++)
		must_run(os, lines[i]);
	assert_true(r2_fake_restart(os));
	assert_same(&host, r2_fake_host(os), "restarted");
	/* One of them is no longer wanted. */
	must_run(os, "del 4.4.0.0/16");
	assert_same(&host, r2_fake_host(os), "forgotten");
	must_refuse(os, "del 4.4.0.0/16", "no such route");
	assert_true(r2_recall_lines(os, &file, &err));
	assert_int_equal(file.items.n, COUNT(lines) - 1);
	if (!r2_whole_apply(os, &file, &options, &whole, &err))
		fail_msg("%s; %s", err.what, err.hint);
	must_show(os, "1.2.3.0/24", "src 10.0.0.11 dev e0 method skipassource");
	must_show(os, "5.5.0.0/16", "src 10.0.0.100 dev e0 method phantom phantom 10.0.0.101");
	must_show(os, "6.6.0.0/16", "src 10.0.0.100 dev e0 method native");
	must_run(os, "add 4.4.0.0/16 src 10.0.0.11");
	must_send_from(os, "5.5.5.5", "10.0.0.100");
	r2_file_free(&file);
	file = (struct r2_file){0};
	assert_true(r2_recall_lines(os, &file, &err));
	assert_int_equal(file.items.n, 0);
	r2_file_free(&file);
	r2_host_free(&whole.host);
	r2_list_free(&whole.hops);
	os->ops->close(os);
	r2_host_free(&host);
}

/* A file that speaks for all: what it does not say will not come back. */
static void apply_forgets_what_it_does_not_say(void **state)
{
	static const char *const lines[] = {"5.5.0.0/16 src 10.0.0.100", NULL};
	struct r2_host host = windows_host("10.0.0.10 10.0.0.100", GW);
	struct r2_os *os = open_windows(&host, GW);
	struct r2_file file = {0};
	struct r2_whole whole;
	struct r2_error err;

	(void)state;
	must_run(os, "add 4.4.0.0/16 src 10.0.0.10");
	must_run(os, "add 5.5.0.0/16 src 10.0.0.100");
	assert_true(r2_fake_restart(os));
	assert_true(apply(os, lines, &whole));
	must_show(os, "5.5.0.0/16", "src 10.0.0.100 dev e0 method phantom");
	assert_true(r2_recall_lines(os, &file, &err));
	assert_int_equal(file.items.n, 0);
	r2_file_free(&file);
	os->ops->close(os);
	r2_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(skipassource_is_set_and_taken_back),
		cmocka_unit_test(what_somebody_else_set_stays),
		cmocka_unit_test(skipassource_hurts_no_other_line),
		cmocka_unit_test(on_linux_skipassource_is_refused),
		cmocka_unit_test(a_foreign_next_hop_is_no_phantom),
		cmocka_unit_test(whatever_fails_the_host_is_as_before),
		cmocka_unit_test(what_a_kill_leaves_is_swept),
		cmocka_unit_test(a_file_of_all_methods),
		cmocka_unit_test(a_restart_is_survived),
		cmocka_unit_test(apply_forgets_what_it_does_not_say),
	};

	return cmocka_run_group_tests_name("methods", tests, NULL, NULL);
}
