/* SPDX-License-Identifier: MIT */
/* Proofs where no frame is seen: what sockets and tables tell is enough for, and what it is not. */
#include <string.h>

#include "evidence.h"

static struct r2_evidence told(void)
{
	struct r2_evidence e = evidence_that_works();

	e.unseen = e.bound = true;
	e.only_link = true;
	e.source.left.from = e.control.left.from = (struct r2_mac){0};
	e.source.left.hop = e.control.left.hop = ip("3.3.3.2"); /* a phantom */
	e.source.answer.link = e.control.answer.link = 0;
	e.source.answer.from = e.control.answer.from = (struct r2_mac){0};
	return e;
}

/* ---- one tale at a time ---- */

static void as_it_is(struct r2_evidence *e)
{
	(void)e;
}

static void silent(struct r2_evidence *e)
{
	e->source.answered = e->source.taken = e->source.accepted = 0;
	e->source.answer = (struct r2_coming){0};
	e->alone = e->control.answered;
}

static void both_silent(struct r2_evidence *e)
{
	silent(e);
	e->control.answered = e->control.taken = e->control.accepted = e->alone = 0;
}

static void another_source(struct r2_evidence *e)
{
	e->source.left.src = ip("4.3.2.2");
}

static void stale_phantom(struct r2_evidence *e)
{
	e->source.left.to = mac("02:00:00:00:66:66");
}

static void moved_gateway(struct r2_evidence *e)
{
	stale_phantom(e);
	e->source.left.hop = ip("4.3.2.1"); /* its own entry: what moved is what was asked */
}

static void nameless(struct r2_evidence *e)
{
	e->source.left.to = (struct r2_mac){0};
}

static void no_mac(struct r2_evidence *e)
{
	silent(e);
	nameless(e);
}

static void silent_gateway(struct r2_evidence *e)
{
	no_mac(e);
	e->macs[0] = (struct r2_mac){0};
}

static void own_word(struct r2_evidence *e)
{
	silent(e);
	object(&e->source.objection, 3, 1);
	e->source.objection.who = ip("3.3.3.3");
}

static void untold(struct r2_evidence *e)
{
	silent(e);
	e->source.left = (struct r2_leaving){0};
}

static void unsendable(struct r2_evidence *e)
{
	untold(e);
	e->source.failed = 101;
}

static void prohibited(struct r2_evidence *e)
{
	silent(e);
	object(&e->source.objection, 3, 0);
}

static void control_astray(struct r2_evidence *e)
{
	silent(e);
	e->control.left.link = E1;
}

static void prohibited_and_astray(struct r2_evidence *e)
{
	prohibited(e);
	e->control.left.hop = ip("4.3.2.11");
	e->control.left.to = mac("02:00:00:00:03:01");
}

static void turned_away(struct r2_evidence *e)
{
	e->by = R2_BY_TCP;
	e->port = 25;
	e->source.accepted = 0;
}

static void turned_away_and_astray(struct r2_evidence *e)
{
	turned_away(e);
	e->control.left.link = E1;
}

/* ---- before the change ---- */

static void not_yet(struct r2_evidence *e)
{
	e->installed = false;
	e->source.left.hop = e->control.left.hop = ip("4.3.2.1");
}

static void by_its_mac(struct r2_evidence *e)
{
	not_yet(e);
	e->source.left.hop = ip("4.3.2.254"); /* another address of the same station */
}

static void by_another(struct r2_evidence *e)
{
	by_its_mac(e);
	e->source.left.to = mac("02:00:00:00:03:01");
}

static void by_another_link(struct r2_evidence *e)
{
	not_yet(e);
	e->source.left.link = E1;
}

static void by_another_in_vain(struct r2_evidence *e)
{
	by_another(e);
	silent(e);
	object(&e->source.objection, 3, 0);
}

static void on_link(struct r2_evidence *e)
{
	not_yet(e);
	e->gateways.n = 0;
	e->source.left.hop = (struct r2_ip){0};
}

static void on_link_by_a_gateway(struct r2_evidence *e)
{
	on_link(e);
	e->source.left.hop = ip("4.3.2.1");
}

static void first_gateway_silent(struct r2_evidence *e)
{
	by_another(e);
	e->gateways.n = 2;
	e->gateways.at[1] = ip("4.3.2.254");
	e->macs[1] = mac("02:00:00:00:03:01");
	e->macs[0] = (struct r2_mac){0};
}

static void unsent(struct r2_evidence *e)
{
	not_yet(e);
	untold(e);
}

static void unsent_as_the_gateway_is_silent(struct r2_evidence *e)
{
	unsent(e);
	e->macs[0] = (struct r2_mac){0};
}

static void each_tale_has_its_verdict(void **state)
{
	static const struct {
		const char *name;
		void (*spoil)(struct r2_evidence *e);
		enum r2_proof proof;
		const char *says;
	} table[] = {
		{"works", as_it_is, R2_PROOF_WORKS, "1.2.3.4 answers 3.3.3.3 by icmp"},
		{"only", silent, R2_PROOF_NO_ANSWER, "3.3.3.3 not at all"},
		{"silence", both_silent, R2_PROOF_UNKNOWN, "neither 3.3.3.3 nor 4.3.2.2"},
		{"source", another_source, R2_PROOF_WRONG_SOURCE,
		 "leave from 4.3.2.2, not 3.3.3.3"},
		{"stale", stale_phantom, R2_PROOF_WRONG_GATEWAY, "go to 02:00:00:00:66:66"},
		{"moved", moved_gateway, R2_PROOF_WORKS, "answers"},
		{"nameless", nameless, R2_PROOF_UNKNOWN, "no known MAC"},
		{"no MAC", no_mac, R2_PROOF_NOTHING_LEAVES, "no MAC for the next hop"},
		{"gateway", silent_gateway, R2_PROOF_NOTHING_LEAVES, "4.3.2.1 does not answer ARP"},
		{"own word", own_word, R2_PROOF_NOTHING_LEAVES, "this host itself says"},
		{"untold", untold, R2_PROOF_UNKNOWN, "cannot be told"},
		{"unsendable", unsendable, R2_PROOF_NOTHING_LEAVES, "ENETUNREACH"},
		{"prohibited", prohibited, R2_PROOF_DROPPED_OUT, "4.3.2.1 drops what comes from"},
		{"astray", control_astray, R2_PROOF_UNKNOWN, "that goes via 3.3.3.2 on"},
		{"both", prohibited_and_astray, R2_PROOF_UNKNOWN, "that goes via 4.3.2.11"},
		{"away", turned_away, R2_PROOF_DROPPED_OUT, "turns 3.3.3.3 away"},
		{"away, astray", turned_away_and_astray, R2_PROOF_WORKS, "nobody listens"},
		{"before", not_yet, R2_PROOF_WORKS, "answers"},
		{"by its MAC", by_its_mac, R2_PROOF_WORKS, "answers"},
		{"by another", by_another, R2_PROOF_UNKNOWN,
		 "via 4.3.2.254 on e0, by the route that stands: gateway 4.3.2.1 cannot be tried"},
		{"another link", by_another_link, R2_PROOF_UNKNOWN, "cannot be tried"},
		{"in vain", by_another_in_vain, R2_PROOF_UNKNOWN,
		 "1.2.3.4 does not answer 3.3.3.3"},
		{"on-link", on_link, R2_PROOF_WORKS, "answers"},
		{"not on-link", on_link_by_a_gateway, R2_PROOF_UNKNOWN, "the way on e0 cannot be"},
		{"backup", first_gateway_silent, R2_PROOF_WORKS, "answers"},
		{"unsent", unsent, R2_PROOF_UNKNOWN, "nothing can be sent from 3.3.3.3"},
		{"silent before", unsent_as_the_gateway_is_silent, R2_PROOF_NOTHING_LEAVES,
		 "4.3.2.1 does not answer ARP on e0"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_evidence e = told();
		char sentence[R2_SENTENCE];
		enum r2_proof got;

		table[i].spoil(&e);
		got = r2_proof_judge(&e, sentence);
		if (got != table[i].proof || !strstr(sentence, table[i].says) ||
		    !strstr(sentence, "frames are not seen"))
			fail_msg("%s: %s: %s", table[i].name, r2_proof_word(got), sentence);
	}
}

/* ---- laws ---- */

static struct r2_ip chance_hop(void)
{
	static const char *const hops[] = {NULL, "4.3.2.1", "3.3.3.2", "4.3.2.11"};

	return ip(hops[chance(COUNT(hops))]);
}

static struct r2_mac chance_mac(void)
{
	static const char *const macs[] = {"02:00:00:00:02:01", "02:00:00:00:66:66"};

	return chance(4) ? mac(macs[chance(COUNT(macs))]) : (struct r2_mac){0};
}

static void chance_tale(struct r2_side *side)
{
	side->left.hop = chance_hop();
	side->left.to = chance_mac();
	if (maybe())
		side->taken = side->answered;
	if (!chance(4))
		side->objection.who = ip("3.3.3.3");
	if (!chance(6))
		side->failed = 101;
}

static struct r2_evidence chance_told(void)
{
	struct r2_evidence e = chance_evidence();

	e.unseen = e.bound = true;
	e.installed = maybe();
	chance_tale(&e.source);
	chance_tale(&e.control);
	if (maybe())
		e.source.left.hop = e.control.left.hop;
	if (!chance(5))
		e.gateways.n = 0;
	return e;
}

static bool same_way(const struct r2_evidence *e)
{
	const struct r2_leaving *a = &e->source.left, *b = &e->control.left;

	return a->link == b->link &&
	       (r2_ip_equal(&a->hop, &b->hop) || (a->to.len && r2_mac_equal(&a->to, &b->to)));
}

/* The way that was wanted, or what stands in its place and was tried. */
static bool by_the_gateway(const struct r2_evidence *e)
{
	const struct r2_leaving *left = &e->source.left;

	if (e->installed)
		return true;
	if (left->link != e->link)
		return false;
	if (!e->gateways.n)
		return !left->hop.family;
	return r2_ip_equal(&left->hop, &e->gateways.at[0]) ||
	       (left->to.len && r2_mac_equal(&left->to, &e->macs[0]));
}

static bool shows_nothing_leaves(const struct r2_evidence *e)
{
	return !e->source.answered && (e->kernel.error || e->source.failed || !e->macs[0].len ||
				       !e->source.left.to.len || e->source.objection.seen);
}

static void check_laws(const struct r2_evidence *e, enum r2_proof proof, const char *sentence)
{
	bool as_wanted = !e->wanted.family || r2_ip_equal(&e->source.left.src, &e->wanted);
	bool compares =
		proof == R2_PROOF_NO_ANSWER || (proof == R2_PROOF_DROPPED_OUT && !e->source.taken);

	assert_non_null(strstr(sentence, "frames are not seen"));
	assert_null(strchr(sentence, '\n'));
	/* Only frames, or packets made by hand, could show it. */
	assert_int_not_equal(proof, R2_PROOF_NO_WAY_BACK);
	if (proof == R2_PROOF_WORKS)
		assert_true(e->source.taken && e->source.left.seen && as_wanted);
	if (proof != R2_PROOF_UNKNOWN && proof != R2_PROOF_NOTHING_LEAVES)
		assert_true(by_the_gateway(e));
	if (proof == R2_PROOF_NOTHING_LEAVES)
		assert_true(shows_nothing_leaves(e));
	if (compares)
		assert_true(!e->source.answered && e->control.answered && same_way(e));
	if (proof == R2_PROOF_DROPPED_OUT && !e->source.taken)
		assert_true(e->source.objection.seen &&
			    !r2_host_addr(e->host, &e->source.objection.who, 0));
	if (proof == R2_PROOF_WRONG_SOURCE)
		assert_true(e->source.left.seen && !as_wanted);
}

static void chance_breaks_no_law(void **state)
{
	unsigned seen[R2_PROOF_UNKNOWN + 1] = {0};

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct r2_evidence e = chance_told();
		char sentence[R2_SENTENCE];
		enum r2_proof proof = r2_proof_judge(&e, sentence);

		seen[proof]++;
		check_laws(&e, proof, sentence);
	}
	/* Chance has met all the others, so that the laws were put to the test. */
	for (int proof = 0; proof <= R2_PROOF_UNKNOWN; proof++)
		assert_int_equal(seen[proof] == 0, proof == R2_PROOF_NO_WAY_BACK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_tale_has_its_verdict),
		cmocka_unit_test(chance_breaks_no_law),
	};

	chance_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
