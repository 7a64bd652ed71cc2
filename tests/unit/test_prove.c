/* SPDX-License-Identifier: MIT */
/*
 * The walk of a proof over a host in memory and a wire that does as it is told: what it makes of
 * answers and silence, and that a change which is broken, cannot be proved or is interrupted is
 * undone whole, whichever step fails.
 */
#include "os/prove.h"

#include <string.h>

#include "os/change.h"
#include "os/fake/fake.h"
#include "reading.h"
#include "unit.h"
#include "world.h"

/* ---- the wire --------------------------------------------------------------------------- */

/**
 * struct wire
 * @mute: no answers to this source; @silent: to none
 * @dead: probes cannot be sent at all
 * @stolen: what leaves from an unbound socket has this source
 * @end: the user ends it while it is proved
 * @most: the most probes at once
 */
static struct wire {
	struct r2_ip mute, stolen;
	bool silent, dead, end, ended;
	unsigned volleys;
	size_t most;
} wire;

static struct r2_os_ops ops; /* the fake's, and a wire */

static struct r2_mac mac_of(struct r2_os *os, const struct r2_answer *answer)
{
	const struct r2_neigh *neigh =
		r2_host_neigh(r2_fake_host(os), &answer->gateway, answer->link);

	return neigh ? neigh->mac : world_mac(&answer->gateway);
}

static void carry(struct r2_os *os, struct r2_shot *shot)
{
	struct r2_answer answer = {0};
	struct r2_error err;
	struct r2_ip src = shot->src;

	assert_true(os->ops->lookup(os, &shot->dst, NULL, &answer, &err));
	shot->sent = true;
	if (!src.family)
		src = wire.stolen.family ? wire.stolen : answer.source;
	shot->left = (struct r2_leaving){
		.seen = true, .src = src, .link = answer.link, .to = mac_of(os, &answer)};
	if (ops.limits.makes_no_frames) {
		shot->left.hop = answer.gateway;
	} else if (shot->src.family) {
		shot->left.link = shot->link;
		shot->left.to = shot->to;
	}
	if (wire.silent || r2_ip_equal(&src, &wire.mute))
		return;
	shot->answer = (struct r2_coming){.seen = true,
					  .heard = true,
					  .link = shot->left.link,
					  .from = shot->left.to,
					  .ttl = 63};
}

static bool probe(struct r2_os *os, struct r2_probing *probing, struct r2_error *err)
{
	wire.volleys++;
	wire.most = probing->n > wire.most ? probing->n : wire.most;
	if (wire.dead)
		return r2_error_set(err, R2_FAILED, "the wire is dead");
	wire.ended = wire.end;
	for (size_t i = 0; i < probing->n; i++) {
		assert_true(probing->probes[i].at_ms < 10000);
		carry(os, &probing->probes[i]);
	}
	if (probing->enough)
		probing->enough(probing->ctx, 0);
	return true;
}

static bool interrupted(struct r2_os *os)
{
	(void)os;
	return wire.ended;
}

static struct r2_os *open_over(const struct r2_host *host)
{
	static const char *const gateways[] = {"4.3.2.1", "4.3.2.11", "2001:db8:4::1",
					       "2001:db8:4::11"};
	struct r2_host copy = copy_of(host);
	struct r2_os *os = r2_fake_open(&copy);

	assert_non_null(os);
	for (size_t i = 0; i < COUNT(gateways); i++) {
		struct r2_ip gateway = ip(gateways[i]);
		struct r2_mac mac = world_mac(&gateway);

		assert_true(r2_fake_answer(os, &gateway, &mac));
	}
	ops = *os->ops;
	ops.probe = probe;
	ops.interrupted = interrupted;
	os->ops = &ops;
	wire = (struct wire){0};
	return os;
}

/* ---- changes ---------------------------------------------------------------------------- */

static const struct r2_prove_options PROVE = {.tries = 1, .timeout_ms = 1};

static bool add(struct r2_os *os, const char *line, bool replace, bool prove,
		struct r2_change *change, struct r2_error *err)
{
	const struct r2_change_options options = {
		.replace = replace, .tries = 1, .timeout_ms = 1, .prove = prove ? &PROVE : NULL};
	struct r2_intent intent = must_read(line);
	bool ok = r2_change_add(os, &intent, &options, change, err);

	assert_false(r2_fake_held(os));
	return ok;
}

static void must_add(struct r2_os *os, const char *line)
{
	struct r2_change change = {0};
	struct r2_error err = {0};

	if (!add(os, line, true, false, &change, &err))
		fail_msg("%s: %s", line, err.what);
	r2_change_free(&change);
}

static const char *const LINES[] = {
	"1.2.3.4 via 4.3.2.1 src 3.3.3.3",
	"1.2.3.4 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3",
	"1.2.3.0/24 via 4.3.2.1 src 3.3.3.3 method phantom",
	"2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3",
	"2001:db8:5::4 via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3",
};

static void mute_wanted(void)
{
	wire.mute = ip("3.3.3.3");
}

static void silence(void)
{
	wire.silent = true;
}

static void kill_wire(void)
{
	wire.dead = true;
}

static void interrupt(void)
{
	wire.end = true;
}

static void steal(void)
{
	wire.stolen = ip("4.3.2.2");
}

static void kept_or_undone(void **state)
{
	static const struct {
		void (*spoil)(void);
		bool kept;
		const char *says;
	} table[] = {
		{NULL, true, "answers"},
		{silence, true, "answers neither"},
		{mute_wanted, false, "no answer"},
		{steal, false, "wrong source"},
		{kill_wire, false, "the wire is dead"},
		{interrupt, false, "interrupted"},
	};
	struct r2_host before;

	(void)state;
	world(&before);
	for (size_t i = 0; i < COUNT(table); i++) {
		for (size_t j = 0; j < 3; j++) { /* of IPv4, which these speak of */
			struct r2_os *os = open_over(&before);
			struct r2_change change = {0};
			struct r2_error err = {0};
			bool ok;

			if (table[i].spoil)
				table[i].spoil();
			ok = add(os, LINES[j], false, true, &change, &err);
			if (ok != table[i].kept)
				fail_msg("%zu: %s: %s%s", i, LINES[j], err.what, change.sentence);
			if (!strstr(ok ? change.sentence : err.what, table[i].says))
				fail_msg("%s: %s%s", table[i].says, err.what, change.sentence);
			if (!ok)
				assert_same(&before, r2_fake_host(os), LINES[j]);
			r2_change_free(&change);
			os->ops->close(os);
		}
	}
	r2_host_free(&before);
}

/* Each operation fails in turn, and then the wire itself. */
static void whichever_step_fails(void **state)
{
	struct r2_host before;

	(void)state;
	world(&before);
	for (size_t i = 0; i < COUNT(LINES); i++) {
		for (unsigned nth = 1; nth < 20; nth++) {
			struct r2_os *os = open_over(&before);
			struct r2_change change = {0};
			struct r2_error err = {0};

			r2_fake_fail_at(os, nth);
			if (!add(os, LINES[i], false, true, &change, &err)) {
				assert_same(&before, r2_fake_host(os), LINES[i]);
				assert_int_equal(wire.volleys, 0);
			} else {
				assert_true(r2_fake_calls(os) < nth && wire.volleys > 0);
			}
			r2_change_free(&change);
			os->ops->close(os);
		}
	}
	r2_host_free(&before);
}

static void a_broken_replace_leaves_the_old(void **state)
{
	struct r2_change change = {0};
	struct r2_host before, ready;
	struct r2_error err = {0};
	struct r2_os *os;

	(void)state;
	world(&before);
	os = open_over(&before);
	must_add(os, "1.2.3.4 via 4.3.2.1 backup 4.3.2.11 src 4.3.2.2");
	ready = copy_of(r2_fake_host(os));
	mute_wanted();
	assert_false(add(os, LINES[1], true, true, &change, &err));
	assert_same(&ready, r2_fake_host(os), "the replaced");
	r2_change_free(&change);
	os->ops->close(os);
	r2_host_free(&ready);
	r2_host_free(&before);
}

/* ---- subjects --------------------------------------------------------------------------- */

static struct r2_subject prove_address(struct r2_os *os, const char *dst)
{
	struct r2_host *host = r2_fake_host(os);
	struct r2_ip address = ip(dst);
	struct r2_book book = {0};
	struct r2_subject subject;
	struct r2_error err = {0};

	assert_true(r2_book_read(host, &book));
	assert_true(r2_subject_of_address(os, host, &book, &address, &subject, &err));
	assert_true(r2_prove(os, host, &subject, 1, &PROVE, &err));
	r2_book_free(&book);
	return subject;
}

static void an_address_is_tried_by_its_route(void **state)
{
	struct r2_subject subject;
	struct r2_host before;
	struct r2_os *os;

	(void)state;
	world(&before);
	os = open_over(&before);
	must_add(os, LINES[2]);
	subject = prove_address(os, "1.2.3.9");
	assert_int_equal(subject.proof, R2_PROOF_WORKS);
	assert_true(subject.ours && subject.evidence.installed);
	mute_wanted();
	subject = prove_address(os, "1.2.3.9");
	assert_int_equal(subject.proof, R2_PROOF_NO_ANSWER);
	assert_int_equal(subject.evidence.control.answered, R2_PROVE_COUNT);
	/* Whatever the kernel takes, where we have no route. */
	subject = prove_address(os, "9.9.9.9");
	assert_int_equal(subject.proof, R2_PROOF_WORKS);
	assert_false(subject.ours);
	os->ops->close(os);
	r2_host_free(&before);
}

/* ---- a system that shows no frames and makes none ---------------------------------------- */

static struct r2_os *open_blind(const struct r2_host *host)
{
	struct r2_os *os = open_over(host);

	ops.limits = (struct r2_limits){.asks_all = true,
					.sees_no_frames = true,
					.makes_no_frames = true,
					.probes_max = 44};
	return os;
}

static void no_boomerang_is_thrown(void **state)
{
	struct r2_subject subject;
	struct r2_host before;
	struct r2_os *os;

	(void)state;
	world(&before);
	os = open_blind(&before);
	must_add(os, LINES[2]);
	subject = prove_address(os, "1.2.3.9");
	assert_int_equal(subject.proof, R2_PROOF_WORKS);
	mute_wanted();
	subject = prove_address(os, "1.2.3.9");
	assert_int_equal(subject.proof, R2_PROOF_NO_ANSWER);
	assert_true(subject.evidence.unseen && subject.evidence.bound);
	assert_false(subject.evidence.boomerang.tried);
	os->ops->close(os);
	r2_host_free(&before);
}

/* By 4.3.2.1 the route that stands leads, and by no other. */
static void what_goes_another_way_is_unknown(void **state)
{
	static const struct {
		const char *gateway;
		enum r2_proof proof;
	} table[] = {{"4.3.2.1", R2_PROOF_WORKS}, {"4.3.2.11", R2_PROOF_UNKNOWN}};
	struct r2_error err = {0};
	struct r2_host before;
	struct r2_os *os;

	(void)state;
	world(&before);
	os = open_blind(&before);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_subject subject = {.dst = prefix("1.2.3.9/32"),
					     .wanted = ip("3.3.3.3"),
					     .gateways = {.n = 1, .at = {ip(table[i].gateway)}},
					     .link = E0,
					     .by_hand = true};

		assert_true(r2_prove(os, r2_fake_host(os), &subject, 1, &PROVE, &err));
		if (subject.proof != table[i].proof)
			fail_msg("via %s: %s", table[i].gateway, subject.sentence);
	}
	os->ops->close(os);
	r2_host_free(&before);
}

static void no_more_at_once_than_it_can(void **state)
{
	struct r2_subject subjects[9] = {0};
	struct r2_error err = {0};
	struct r2_host before;
	struct r2_os *os;

	(void)state;
	world(&before);
	os = open_blind(&before);
	for (size_t i = 0; i < COUNT(subjects); i++) {
		subjects[i].dst = prefix("1.2.3.9/32");
		subjects[i].wanted = ip("3.3.3.3");
		subjects[i].gateways = (struct r2_gateways){.n = 1, .at = {ip("4.3.2.1")}};
		subjects[i].link = E0;
		subjects[i].by_hand = true;
	}
	assert_true(r2_prove(os, r2_fake_host(os), subjects, COUNT(subjects), &PROVE, &err));
	assert_int_equal(wire.most, 40); /* two items, of ten rounds of two */
	assert_int_equal(r2_prove_status(subjects, COUNT(subjects)), R2_OK);
	os->ops->close(os);
	r2_host_free(&before);
}

static void of_many_the_worst_decides(void **state)
{
	struct r2_subject two[2] = {{.proof = R2_PROOF_WORKS}, {.proof = R2_PROOF_UNKNOWN}};

	(void)state;
	assert_int_equal(r2_prove_status(two, 1), R2_OK);
	assert_int_equal(r2_prove_status(two, 2), R2_UNKNOWN);
	two[0].proof = R2_PROOF_NO_WAY_BACK;
	assert_int_equal(r2_prove_status(two, 2), R2_FAILED);
}

static void of_very_many_some_of_each_kind(void **state)
{
	struct r2_host picked = {0};

	(void)state;
	for (size_t i = 1; i <= 1000; i++) {
		struct r2_route route = world_route("1.2.3.4/32", "4.3.2.1", "3.3.3.3", E0, 114);

		route.dst.addr = r2_ip_add(&route.dst.addr, (uint32_t)i);
		route.metric = i == 900; /* of a kind of its own */
		if (r2_prove_picks(&picked, &route, i, 64))
			assert_true(r2_list_push(&picked.routes, &route));
	}
	assert_int_equal(picked.routes.n, 65);
	assert_int_equal(picked.routes.at[64].metric, 1);
	r2_host_free(&picked);
}

static void without_a_wire_there_is_a_name_for_it(void **state)
{
	struct r2_error err = {0};
	struct r2_os *os = r2_fake_open(NULL);

	(void)state;
	assert_false(r2_prove(os, r2_fake_host(os), NULL, 0, &PROVE, &err));
	assert_non_null(strstr(err.what, "fake"));
	os->ops->close(os);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_or_undone),
		cmocka_unit_test(whichever_step_fails),
		cmocka_unit_test(a_broken_replace_leaves_the_old),
		cmocka_unit_test(an_address_is_tried_by_its_route),
		cmocka_unit_test(no_boomerang_is_thrown),
		cmocka_unit_test(what_goes_another_way_is_unknown),
		cmocka_unit_test(no_more_at_once_than_it_can),
		cmocka_unit_test(of_many_the_worst_decides),
		cmocka_unit_test(of_very_many_some_of_each_kind),
		cmocka_unit_test(without_a_wire_there_is_a_name_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
