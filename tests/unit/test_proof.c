/* SPDX-License-Identifier: MIT */
/* Proofs: what each sight means, and the laws that no chance may break. */
#include <string.h>

#include "evidence.h"

/* ---- one sight at a time ---- */

static void as_it_is(struct r2_evidence *e)
{
	(void)e;
}

static void by_another_link(struct r2_evidence *e)
{
	e->source.answer.link = E1;
}

static void declined(struct r2_evidence *e)
{
	e->by = R2_BY_TCP;
	e->port = 25;
	e->source.accepted = e->control.accepted = 0;
}

static void turned_away(struct r2_evidence *e)
{
	declined(e);
	e->control.accepted = e->control.answered;
}

static void no_packet(struct r2_evidence *e)
{
	fall_silent(e);
	e->source.left = (struct r2_leaving){0};
}

static void begging(struct r2_evidence *e)
{
	no_packet(e);
	e->heed.asks = true;
}

static void unseen(struct r2_evidence *e)
{
	e->source.left = (struct r2_leaving){0};
}

static void refused_by_kernel(struct r2_evidence *e)
{
	no_packet(e);
	e->kernel.error = 101;
}

static void silent_gateway(struct r2_evidence *e)
{
	no_packet(e);
	e->macs[0] = (struct r2_mac){0};
}

static void another_source(struct r2_evidence *e)
{
	e->source.left.src = e->kernel.source = ip("4.3.2.2");
	memcpy(e->why, "the route names no source", 26);
}

static void rewritten(struct r2_evidence *e)
{
	e->source.left.src = ip("4.3.2.2");
}

static void another_link(struct r2_evidence *e)
{
	e->source.left.link = E1;
}

static void another_mac(struct r2_evidence *e)
{
	e->source.left.to = mac("02:00:00:00:66:66");
}

static void another_mac_and_a_silent_gateway(struct r2_evidence *e)
{
	another_mac(e);
	e->gateways.n = 2;
}

static void not_let_in(struct r2_evidence *e)
{
	e->source.taken = e->source.accepted = 0;
	e->source.answer.heard = false;
}

static void filtered(struct r2_evidence *e)
{
	not_let_in(e);
	by_another_link(e);
	e->source.answer.refused = true;
}

static void strayed(struct r2_evidence *e)
{
	not_let_in(e);
	e->source.answer.strayed = true;
}

static void both_silent(struct r2_evidence *e)
{
	fall_silent(e);
	e->control = evidence_side("4.3.2.2", 0);
	e->alone = 0;
}

static void both_objected(struct r2_evidence *e)
{
	both_silent(e);
	object(&e->source.objection, 3, 1);
	object(&e->control.objection, 3, 1);
}

static void no_control(struct r2_evidence *e)
{
	both_silent(e);
	e->control = (struct r2_side){0};
}

static void prohibited(struct r2_evidence *e)
{
	fall_silent(e);
	object(&e->source.objection, 3, 13);
}

static void expired(struct r2_evidence *e)
{
	fall_silent(e);
	object(&e->source.objection, 11, 0);
}

static void seldom(struct r2_evidence *e)
{
	fall_silent(e);
	e->control.answered = e->alone = 9;
}

static void unasked(struct r2_evidence *e)
{
	fall_silent(e);
	e->heed.asked = true;
	e->heed.by = mac("02:00:00:00:02:01");
	e->heed.link = E0;
	e->boomerang = (struct r2_boomerang){
		.tried = true, .passed = true, .to = mac("02:00:00:00:02:01")};
}

static void unasked_with_two_links(struct r2_evidence *e)
{
	unasked(e);
	e->only_link = false;
}

static void unasked_and_not_passed(struct r2_evidence *e)
{
	unasked(e);
	e->boomerang.passed = false;
}

static void asked_by_another(struct r2_evidence *e)
{
	unasked(e);
	e->heed.by = mac("02:00:00:00:66:66");
}

static void asked_and_told(struct r2_evidence *e)
{
	unasked(e);
	e->heed.told = true;
}

static void no_way(struct r2_evidence *e)
{
	fall_silent(e);
	e->boomerang = (struct r2_boomerang){
		.tried = true, .passed = true, .to = mac("02:00:00:00:02:01")};
	object(&e->boomerang.objection, 3, 0);
}

static void no_way_but_two_links(struct r2_evidence *e)
{
	no_way(e);
	e->only_link = false;
}

static void no_way_by_another_router(struct r2_evidence *e)
{
	no_way(e);
	e->boomerang.to = mac("02:00:00:00:66:66");
}

static void no_way_but_not_passed(struct r2_evidence *e)
{
	no_way(e);
	e->boomerang.passed = false;
}

static void no_way_but_out_by_another(struct r2_evidence *e)
{
	no_way(e);
	e->source.left.to = e->macs[0] = mac("02:00:00:00:03:01");
}

static void no_way_by_filter(struct r2_evidence *e)
{
	no_way(e);
	e->boomerang.objection.code = 13;
}

static void returned(struct r2_evidence *e)
{
	fall_silent(e);
	e->boomerang = (struct r2_boomerang){
		.tried = true, .returned = true, .link = E0, .to = mac("02:00:00:00:02:01")};
}

static void each_sight_has_its_verdict(void **state)
{
	static const struct {
		const char *name;
		void (*spoil)(struct r2_evidence *e);
		enum r2_proof proof;
		const char *says;
	} table[] = {
		{"works", as_it_is, R2_PROOF_WORKS, "1.2.3.4 answers 3.3.3.3 by icmp"},
		{"asymmetric", by_another_link, R2_PROOF_WORKS, "come in by"},
		{"declined", declined, R2_PROOF_WORKS, "nobody listens at port 25"},
		{"turned away", turned_away, R2_PROOF_DROPPED_OUT, "and not 4.3.2.2"},
		{"no packet", no_packet, R2_PROOF_NOTHING_LEAVES, "no packet to 1.2.3.4 is seen"},
		{"begging", begging, R2_PROOF_NOTHING_LEAVES, "in the name of 3.3.3.3"},
		{"unseen", unseen, R2_PROOF_UNKNOWN, "not seen leaving"},
		{"kernel", refused_by_kernel, R2_PROOF_NOTHING_LEAVES, "ENETUNREACH"},
		{"gateway", silent_gateway, R2_PROOF_NOTHING_LEAVES, "4.3.2.1 does not answer ARP"},
		{"source", another_source, R2_PROOF_WRONG_SOURCE, "the route names no source"},
		{"NAT", rewritten, R2_PROOF_WRONG_SOURCE, "NAT"},
		{"link", another_link, R2_PROOF_WRONG_GATEWAY, "leave by"},
		{"mac", another_mac, R2_PROOF_WRONG_GATEWAY, "02:00:00:00:66:66"},
		{"perhaps", another_mac_and_a_silent_gateway, R2_PROOF_WORKS, "answers"},
		{"rp_filter", filtered, R2_PROOF_NO_WAY_BACK, "rp_filter"},
		{"strayed", strayed, R2_PROOF_NO_WAY_BACK, "another station"},
		{"firewall", not_let_in, R2_PROOF_NO_WAY_BACK, "firewall"},
		{"silence", both_silent, R2_PROOF_UNKNOWN, "neither 3.3.3.3 nor 4.3.2.2"},
		{"objected", both_objected, R2_PROOF_UNKNOWN, "host unreachable"},
		{"no control", no_control, R2_PROOF_UNKNOWN, "no other source"},
		{"prohibited", prohibited, R2_PROOF_DROPPED_OUT, "4.3.2.1 drops what comes from"},
		{"expired", expired, R2_PROOF_NO_ANSWER, "10 of 10"},
		{"seldom", seldom, R2_PROOF_UNKNOWN, "too seldom"},
		{"only", fall_silent, R2_PROOF_NO_ANSWER, "and 3.3.3.3 not at all"},
		{"arp_ignore", unasked, R2_PROOF_NO_WAY_BACK, "arp_ignore"},
		{"asked, two links", unasked_with_two_links, R2_PROOF_NO_ANSWER, ""},
		{"asked, not passed", unasked_and_not_passed, R2_PROOF_NO_ANSWER, ""},
		{"a stranger", asked_by_another, R2_PROOF_NO_ANSWER, ""},
		{"told", asked_and_told, R2_PROOF_NO_ANSWER, ""},
		{"no way", no_way, R2_PROOF_NO_WAY_BACK, "4.3.2.1 knows no way to 3.3.3.3"},
		{"two links", no_way_but_two_links, R2_PROOF_NO_ANSWER, ""},
		{"router", no_way_by_another_router, R2_PROOF_NO_ANSWER, ""},
		{"not passed", no_way_but_not_passed, R2_PROOF_NO_ANSWER, ""},
		{"another out", no_way_but_out_by_another, R2_PROOF_NO_ANSWER, ""},
		{"filter", no_way_by_filter, R2_PROOF_NO_ANSWER, ""},
		{"returned", returned, R2_PROOF_NO_ANSWER, ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_evidence e = evidence_that_works();
		char sentence[R2_SENTENCE];
		enum r2_proof got;

		table[i].spoil(&e);
		got = r2_proof_judge(&e, sentence);
		if (got != table[i].proof || !strstr(sentence, table[i].says))
			fail_msg("%s: %s: %s", table[i].name, r2_proof_word(got), sentence);
	}
}

/* ---- laws ---- */

static bool shows_no_way_back(const struct r2_evidence *e)
{
	bool only = e->boomerang.passed && !e->boomerang.returned && e->only_link;

	return e->source.answered || (only && e->heed.asked && !e->heed.told) ||
	       (only && e->boomerang.objection.seen);
}

static void check_laws(const struct r2_evidence *e, enum r2_proof proof, const char *sentence)
{
	bool as_wanted = !e->wanted.family || r2_ip_equal(&e->source.left.src, &e->wanted);

	assert_true(*sentence);
	assert_null(strchr(sentence, '\n'));
	if (proof == R2_PROOF_WORKS)
		assert_true(e->source.taken && e->source.left.seen && as_wanted);
	if (proof == R2_PROOF_NO_WAY_BACK)
		assert_true(!e->source.taken && shows_no_way_back(e));
	if (proof == R2_PROOF_DROPPED_OUT)
		assert_true((e->source.objection.seen && !e->source.taken) ||
			    (e->source.taken && !e->source.accepted));
	if (proof == R2_PROOF_NO_ANSWER)
		assert_true(!e->source.answered && e->control.answered >= e->need);
	if (proof == R2_PROOF_WRONG_SOURCE)
		assert_true(e->source.left.seen && !as_wanted);
	/* What nobody answered proves nothing about either way. */
	if (e->source.left.seen && as_wanted && !e->source.answered && !e->control.answered)
		assert_true(proof == R2_PROOF_UNKNOWN || proof == R2_PROOF_WRONG_GATEWAY);
}

static void chance_breaks_no_law(void **state)
{
	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct r2_evidence e = chance_evidence();
		char sentence[R2_SENTENCE];
		enum r2_proof proof = r2_proof_judge(&e, sentence);

		check_laws(&e, proof, sentence);
	}
}

static void worse_and_status(void **state)
{
	(void)state;
	for (int a = R2_PROOF_WORKS; a <= R2_PROOF_UNKNOWN; a++) {
		enum r2_error_class status = r2_proof_class((enum r2_proof)a);

		assert_int_equal(status == R2_OK, a == R2_PROOF_WORKS);
		assert_int_equal(status == R2_UNKNOWN, a == R2_PROOF_UNKNOWN);
		for (int b = R2_PROOF_WORKS; b <= R2_PROOF_UNKNOWN; b++) {
			enum r2_proof both = r2_proof_worse((enum r2_proof)a, (enum r2_proof)b);

			assert_true((int)both == a || (int)both == b);
			if (r2_proof_class((enum r2_proof)b) == R2_FAILED)
				assert_int_equal(r2_proof_class(both), R2_FAILED);
		}
	}
}

static void settled_with_answers(void **state)
{
	struct r2_evidence e = evidence_that_works();

	(void)state;
	assert_true(r2_proof_settled(&e));
	turned_away(&e);
	e.source.sent = 1;
	assert_false(r2_proof_settled(&e));
	e = evidence_that_works();
	fall_silent(&e);
	assert_false(r2_proof_settled(&e));
	e = evidence_that_works();
	e.control = evidence_side("4.3.2.2", 0);
	e.control.sent = 1;
	assert_false(r2_proof_settled(&e));
	e.control.sent = 3;
	assert_true(r2_proof_settled(&e));
}

static void objections_have_names(void **state)
{
	char buf[R2_OBJECTION_TEXT];
	struct r2_objection one = {true, ip("4.3.2.1"), 3, 13, 0};

	(void)state;
	assert_string_equal(r2_objection_text(&one, buf), "administratively prohibited");
	one.code = 99;
	assert_string_equal(r2_objection_text(&one, buf), "ICMP type 3 code 99");
	one.type = 11;
	assert_string_equal(r2_objection_text(&one, buf), "time exceeded");
	one = (struct r2_objection){true, ip("fe80::1"), 1, 0, 0};
	assert_string_equal(r2_objection_text(&one, buf), "no route");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sight_has_its_verdict),
		cmocka_unit_test(chance_breaks_no_law),
		cmocka_unit_test(worse_and_status),
		cmocka_unit_test(settled_with_answers),
		cmocka_unit_test(objections_have_names),
	};

	chance_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
