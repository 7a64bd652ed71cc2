/* SPDX-License-Identifier: MIT */
/*
 * What was seen, weighed: first what left, then what came back, then what the control had.
 *
 * Each test below ends in a verdict or leaves it to the next. Whoever adds one asks what else could
 * have been seen for another reason: a verdict that is not certain is the weaker one.
 */
#include "core/judging.h"
#include "core/select.h"

#define PATIENCE 3 /* probes, when the source is answered but the control is not, or better */

const char *r2_probe_word(enum r2_probe_by by)
{
	static const char *const words[] = {"icmp", "tcp", "udp"};

	return words[by];
}

const char *r2_proof_word(enum r2_proof proof)
{
	static const char *const words[] = {
		[R2_PROOF_WORKS] = "works",
		[R2_PROOF_NOTHING_LEAVES] = "nothing leaves",
		[R2_PROOF_WRONG_SOURCE] = "wrong source",
		[R2_PROOF_WRONG_GATEWAY] = "wrong gateway",
		[R2_PROOF_NO_ANSWER] = "no answer",
		[R2_PROOF_NO_WAY_BACK] = "no way back",
		[R2_PROOF_DROPPED_OUT] = "dropped on the way out",
		[R2_PROOF_UNKNOWN] = "unknown",
	};

	return words[proof];
}

enum r2_error_class r2_proof_class(enum r2_proof proof)
{
	if (proof == R2_PROOF_WORKS)
		return R2_OK;
	return proof == R2_PROOF_UNKNOWN ? R2_UNKNOWN : R2_FAILED;
}

static int rank(enum r2_proof proof)
{
	return proof == R2_PROOF_UNKNOWN ? 0 : proof == R2_PROOF_WORKS ? 1 : 2;
}

enum r2_proof r2_proof_worse(enum r2_proof a, enum r2_proof b)
{
	return rank(b) > rank(a) ? b : a;
}

bool r2_proof_settled(const struct r2_evidence *evidence)
{
	const struct r2_side *source = &evidence->source, *control = &evidence->control;

	if (!source->taken)
		return false;
	if (control->accepted && !source->accepted)
		return source->sent >= PATIENCE;
	return control->answered || !control->source.family || control->sent >= PATIENCE;
}

/* ---- the tests, in order ---- */

/* Return: true if this one decides. */
typedef bool test(struct r2_judging *judging, enum r2_proof *ret);

static const char *link_name(const struct r2_evidence *evidence, uint32_t link)
{
	return r2_host_link_name(evidence->host, link);
}

static const char *arp_or_nd(const struct r2_ip *ip)
{
	return ip->family == R2_IPV6 ? "neighbour discovery" : "ARP";
}

static bool nothing_leaves(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	char text[R2_IP_TEXT], number[16];

	if (r2_told_leaves(e))
		return false;
	*ret = R2_PROOF_NOTHING_LEAVES;
	if (e->source.answered) {
		*ret = R2_PROOF_UNKNOWN;
		r2_text_add(&judging->line, "%s answers, but what it answers was not seen leaving",
			    judging->to);
		return true;
	}
	if (e->installed && e->kernel.error)
		r2_text_add(&judging->line, "the kernel refuses packets to %s: %s%s", judging->to,
			    r2_errno_name(e->kernel.error, number),
			    r2_told_errno(e->kernel.error, true));
	else if (e->gateways.n && !e->macs[0].len)
		r2_text_add(&judging->line, "gateway %s does not answer %s on %s",
			    r2_ip_format(&e->gateways.at[0], text), arp_or_nd(&e->gateways.at[0]),
			    link_name(e, e->link));
	else if (e->source.failed)
		r2_text_add(&judging->line, "this host does not send to %s: %s%s", judging->to,
			    r2_errno_name(e->source.failed, number),
			    r2_told_errno(e->source.failed, false));
	else if (e->silent) {
		/* It may be switched off: there is nobody to compare with. */
		*ret = R2_PROOF_UNKNOWN;
		r2_text_add(&judging->line, "%s does not answer %s on %s: nothing leaves for it",
			    judging->to, arp_or_nd(&e->dst), link_name(e, e->link));
	} else if (e->heed.asks && !e->heed.replied)
		r2_text_add(
			&judging->line,
			"this host asks for the MAC of %s in the name of %s, and gets no answer "
			"(arp_announce?)",
			e->gateways.n ? "its gateway" : judging->to, judging->from);
	else if (!r2_told_unsent(judging))
		*ret = R2_PROOF_UNKNOWN;
	return true;
}

/* The kernel was asked about an address alone: rules may ask for protocol, ports or mark too. */
static bool asks_for_more(const struct r2_evidence *e)
{
	r2_each (const struct r2_rule, rule, &e->host->rules) {
		if (rule->ip_proto || rule->mask || rule->sport[1] || rule->dport[1])
			return true;
	}
	return false;
}

static bool wrong_source(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_ip *got = &e->source.left.src;
	char text[R2_IP_TEXT], won[R2_ANSWER_TEXT];

	if (!e->wanted.family || !e->source.left.seen || r2_ip_equal(got, &e->wanted))
		return false;
	*ret = R2_PROOF_WRONG_SOURCE;
	r2_text_add(&judging->line, "packets to %s leave from %s, not %s", judging->to,
		    r2_ip_format(got, text), judging->from);
	if (e->by_socket)
		r2_text_add(&judging->line, ", though a socket sent them from there: this host "
					    "rewrites it (NAT)");
	else if (!e->unseen && r2_ip_equal(&e->kernel.source, &e->wanted))
		r2_text_add(&judging->line, ", though the kernel chose it: %s",
			    asks_for_more(e) ? "a policy rule for such packets, or NAT"
					     : "this host rewrites it (NAT)");
	else if (*e->why)
		r2_text_add(&judging->line, ": %s", e->why);
	else
		r2_text_add(&judging->line, ", by %s", r2_answer_text(e->host, &e->kernel, won));
	return true;
}

/*
 * The gateways' MACs as they answer now; false where one is silent: it may be its MAC. Where no
 * route of ours is meant, another next hop than the one the kernel named may serve (ECMP), unless
 * the MAC is the one that it has for that.
 */
static bool is_nobodys(const struct r2_evidence *e, const struct r2_mac *mac)
{
	const struct r2_neigh *neigh = NULL;

	if (!e->wanted.family && e->gateways.n) {
		neigh = r2_host_neigh(e->host, &e->kernel.gateway, e->source.left.link);
		if (!neigh || !r2_mac_equal(&neigh->mac, mac))
			return false;
	}
	for (size_t i = 0; i < e->gateways.n; i++) {
		if (!e->macs[i].len || r2_mac_equal(&e->macs[i], mac) ||
		    r2_ip_equal(&e->gateways.at[i], &e->source.left.hop))
			return false;
	}
	return mac->len && e->gateways.n;
}

static bool wrong_gateway(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_leaving *left = &e->source.left;
	char text[R2_IP_TEXT], mac[R2_MAC_TEXT], theirs[R2_MAC_TEXT];

	if (!left->seen)
		return false;
	*ret = R2_PROOF_WRONG_GATEWAY;
	if (e->wanted.family && e->link && left->link != e->link) {
		r2_text_add(&judging->line, "packets to %s leave by %s, not %s", judging->to,
			    link_name(e, left->link), link_name(e, e->link));
		return true;
	}
	if (!is_nobodys(e, &left->to))
		return false;
	r2_text_add(&judging->line, "packets to %s go to %s, but gateway %s has %s", judging->to,
		    r2_mac_format(&left->to, mac), r2_ip_format(&e->gateways.at[0], text),
		    r2_mac_format(&e->macs[0], theirs));
	return true;
}

/*
 * The control is let in at the same port, always; or it is reset there, as TCP does, and the source
 * has an ICMP error, as firewalls do.
 */
static bool is_dearer(const struct r2_evidence *e)
{
	const struct r2_side *control = &e->control;

	if (control->accepted)
		return control->accepted == control->answered;
	return e->by == R2_BY_TCP && control->answered && e->source.answer.rejected &&
	       !control->answer.rejected;
}

/* A reset, or that nobody listens there: but the control has it better. */
static bool turned_away(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_side *control = &e->control;
	char text[R2_IP_TEXT];

	if (!e->source.taken || e->source.accepted || !is_dearer(e) || !r2_told_comparable(e))
		return false;
	*ret = R2_PROOF_DROPPED_OUT;
	r2_text_add(&judging->line, "%s turns %s away %s %s", judging->to, judging->from,
		    e->by == R2_BY_ICMP ? "by" : "at", r2_probe_word(e->by));
	if (e->by != R2_BY_ICMP)
		r2_text_add(&judging->line, " port %u", e->port);
	r2_text_add(&judging->line, ", and not %s", r2_ip_format(&control->source, text));
	return true;
}

bool r2_proof_wants_echo(const struct r2_evidence *evidence)
{
	const struct r2_side *source = &evidence->source;

	return evidence->by == R2_BY_TCP && source->taken && !source->accepted &&
	       !source->answer.rejected && source->answer.ttl;
}

/* Systems begin with one of these: nobody has forwarded it. */
static bool is_first_ttl(unsigned ttl)
{
	return ttl == 64 || ttl == 128 || ttl == 255;
}

/*
 * A filter on the way resets in the destination's name, but stands nearer: its packets have another
 * TTL than the destination's echo replies. Where those are missing, the gateway's own are known,
 * and what is nearer than the control's.
 */
static bool reset_by_another(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_coming *control = &e->control.answer;
	unsigned ttl = e->source.answer.ttl, other = e->echo_ttl;

	if (!other && control->declined && control->ttl < ttl)
		other = control->ttl;
	if (!r2_proof_wants_echo(e) || other == ttl ||
	    (!other && !(e->gateways.n && is_first_ttl(ttl))))
		return false;
	*ret = R2_PROOF_UNKNOWN;
	r2_text_add(&judging->line, "%s is reset at port %u of %s with ttl %u, ", judging->from,
		    e->port, judging->to, ttl);
	if (other)
		r2_text_add(&judging->line, "but %s ttl %u: perhaps by a filter on the way",
			    e->echo_ttl ? "an echo reply has" : "the control with", other);
	else
		r2_text_add(&judging->line, "as if by the gateway itself");
	return true;
}

static bool works(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_coming *answer = &e->source.answer;
	char text[R2_IP_TEXT];

	if (!e->source.taken)
		return false;
	*ret = R2_PROOF_WORKS;
	r2_text_add(&judging->line, "%s answers %s by %s", judging->to, judging->from,
		    r2_probe_word(e->by));
	if (!e->source.accepted && e->by != R2_BY_ICMP)
		r2_text_add(&judging->line, ", though nobody listens at port %u", e->port);
	if (!e->wanted.family && e->source.left.link == e->kernel.link &&
	    !r2_ip_equal(&e->source.left.src, &e->source.source))
		r2_text_add(&judging->line, ", which this host makes of %s (NAT)",
			    r2_ip_format(&e->source.source, text));
	if (e->link && answer->link && answer->link != e->link)
		r2_text_add(&judging->line, ", and its answers come in by %s",
			    link_name(e, answer->link));
	if (e->source.mtu && e->source.mtu < e->control.mtu)
		r2_text_add(&judging->line, ", but no packet larger than %u bytes (%s: %u)",
			    e->source.mtu, r2_ip_format(&e->control.source, text), e->control.mtu);
	return true;
}

/* An answer was seen: the way out is good, and so is the way back up to this host. */
static bool not_let_in(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_coming *answer = &e->source.answer;
	char mac[R2_MAC_TEXT];

	if (!e->source.answered)
		return false;
	*ret = e->unseen ? R2_PROOF_UNKNOWN : R2_PROOF_NO_WAY_BACK;
	r2_text_add(&judging->line, "%s answers %s, but ", judging->to, judging->from);
	if (e->unseen)
		r2_text_add(&judging->line, "this host's sockets do not hear it");
	else if (answer->strayed)
		r2_text_add(&judging->line,
			    "the answers are for another station, %s: the router has a wrong MAC "
			    "for %s",
			    r2_mac_format(&answer->to, mac), judging->from);
	else if (answer->refused)
		r2_text_add(&judging->line,
			    "the answers come in by %s, where this host's reverse-path filter "
			    "drops them (rp_filter)",
			    link_name(e, answer->link));
	else
		r2_text_add(&judging->line,
			    "the answers come in by %s and this host drops them: its firewall?",
			    link_name(e, answer->link));
	return true;
}

/* From here on the source has no answer; without the control's nothing follows from that. */
static bool silence_for_both(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_objection *objection = &e->source.objection;
	char text[R2_IP_TEXT], what[R2_OBJECTION_TEXT];

	if (e->control.answered)
		return false;
	*ret = R2_PROOF_UNKNOWN;
	if (!e->control.source.family)
		r2_text_add(&judging->line,
			    "%s does not answer %s by %s, and there is no other source to "
			    "compare with",
			    judging->to, judging->from, r2_probe_word(e->by));
	else
		r2_text_add(&judging->line, "%s answers neither %s nor %s by %s", judging->to,
			    judging->from, r2_ip_format(&e->control.source, text),
			    r2_probe_word(e->by));
	if (objection->seen)
		r2_text_add(&judging->line, "; %s says: %s", r2_ip_format(&objection->who, text),
			    r2_objection_text(objection, what));
	if (e->gateways.n && !e->macs[0].len)
		r2_text_add(&judging->line, "; gateway %s does not answer %s",
			    r2_ip_format(&e->gateways.at[0], text), arp_or_nd(&e->dst));
	return true;
}

/* It quotes our own packet: there it died, and it was on its way out. */
static bool dropped_out(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_objection *objection = &e->source.objection;
	char text[R2_IP_TEXT], what[R2_OBJECTION_TEXT];

	if (!objection->seen || !r2_objection_is_unreachable(objection) ||
	    e->control.objection.seen || r2_told_own_word(e, objection))
		return false;
	*ret = R2_PROOF_DROPPED_OUT;
	r2_text_add(&judging->line, "%s drops what comes from %s: %s",
		    r2_ip_format(&objection->who, text), judging->from,
		    r2_objection_text(objection, what));
	return true;
}

static bool too_few(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	char text[R2_IP_TEXT];

	if (e->need && e->alone >= e->need)
		return false;
	*ret = R2_PROOF_UNKNOWN;
	r2_text_add(&judging->line,
		    "%s answers %s %u of %u times, and %s not at all: too seldom to tell",
		    judging->to, r2_ip_format(&e->control.source, text), e->control.answered,
		    e->control.sent, judging->from);
	return true;
}

/*
 * What one router knows of the source tells of its answers only if they cannot come another way:
 * it is the gateway and brings the control's answers, and no other interface leads into this host;
 * and only if it is seen that the source's probes pass it: else it may be these that it drops.
 */
static bool is_the_only_way(const struct r2_evidence *e)
{
	const struct r2_boomerang *boomerang = &e->boomerang;

	return !e->unseen && e->only_link && boomerang->passed && !boomerang->returned &&
	       r2_mac_equal(&boomerang->to, &e->control.answer.from) &&
	       r2_mac_equal(&boomerang->to, &e->source.left.to);
}

/* It looks for the source, in vain. */
static bool not_told(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	char mac[R2_MAC_TEXT];

	/* Once the route stands, this host asks in the source's name, and so tells where it is. */
	if (!e->installed && e->heed.tells)
		return false;
	if (!e->heed.asked || e->heed.told || !is_the_only_way(e) ||
	    !r2_mac_equal(&e->heed.by, &e->boomerang.to))
		return false;
	*ret = R2_PROOF_NO_WAY_BACK;
	r2_text_add(&judging->line,
		    "%s asks on %s who has %s, and this host does not answer (arp_ignore?)",
		    r2_mac_format(&e->heed.by, mac), link_name(e, e->heed.link), judging->from);
	return true;
}

/* It was given a packet for the source, and says that it knows no way. */
static bool unknown_there(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_objection *objection = &e->boomerang.objection;
	char text[R2_IP_TEXT], what[R2_OBJECTION_TEXT];

	if (e->heed.asked || !is_the_only_way(e) || !r2_objection_knows_no_way(objection))
		return false;
	*ret = R2_PROOF_NO_WAY_BACK;
	r2_text_add(&judging->line, "%s knows no way to %s: %s",
		    r2_ip_format(&objection->who, text), judging->from,
		    r2_objection_text(objection, what));
	return true;
}

static bool no_answer(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_objection *objection = &e->source.objection;
	char text[R2_IP_TEXT], what[R2_OBJECTION_TEXT];

	*ret = R2_PROOF_NO_ANSWER;
	r2_text_add(&judging->line, "%s answers %s %u of %u times by %s, and %s not at all",
		    judging->to, r2_ip_format(&e->control.source, text), e->control.answered,
		    e->control.sent, r2_probe_word(e->by), judging->from);
	if (objection->seen)
		r2_text_add(&judging->line, "; %s says: %s", r2_ip_format(&objection->who, text),
			    r2_objection_text(objection, what));
	return true;
}

enum r2_proof r2_proof_judge(const struct r2_evidence *evidence, char sentence[R2_SENTENCE])
{
	static test *const tests[] = {
		r2_told_another_way,
		nothing_leaves,
		wrong_source,
		wrong_gateway,
		r2_told_nameless,
		turned_away,
		reset_by_another,
		works,
		not_let_in,
		silence_for_both,
		r2_told_incomparable,
		dropped_out,
		too_few,
		not_told,
		unknown_there,
		no_answer,
	};
	const struct r2_side *source = &evidence->source;
	const struct r2_ip *from = evidence->wanted.family ? &evidence->wanted
				   : source->left.seen     ? &source->left.src
							   : &source->source;
	struct r2_judging judging = {.evidence = evidence,
				     .line = r2_text_start(sentence, R2_SENTENCE)};
	enum r2_proof ret = R2_PROOF_UNKNOWN;

	r2_ip_format(&evidence->dst, judging.to);
	r2_ip_format(from, judging.from);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		if (tests[i](&judging, &ret))
			break;
	}
	if (evidence->unseen)
		r2_text_add(&judging.line, "; frames are not seen on this system");
	return ret;
}
