/* SPDX-License-Identifier: MIT */
/*
 * Idea: where no frame is seen, sockets and tables are believed as far as they tell, and no
 * further: what another way or another cause would look like too is unknown.
 */
#include "core/judging.h"
#include "core/select.h"

#define WAY_TEXT (R2_IP_TEXT + R2_IFNAME + 8)

/* This host itself says that a packet of its own gets nowhere: nobody answers for the next hop. */
bool r2_told_own_word(const struct r2_evidence *e, const struct r2_objection *objection)
{
	return objection->seen && r2_objection_is_unreachable(objection) &&
	       r2_host_addr(e->host, &objection->who, 0);
}

/* fib_props[], net/ipv4/fib_semantics.c; NF_DROP, ip(7). */
const char *r2_told_errno(int error, bool by_route)
{
	static const struct {
		int error;
		const char *route, *packet;
	} hints[] = {
		{R2_EPERM, "", " (its firewall?)"},
		{R2_EACCES, " (a prohibit route)", " (a broadcast address?)"},
		{R2_EINVAL, " (a blackhole route)", ""},
		{R2_EHOSTUNREACH, " (an unreachable route)", ""},
		{R2_ENETUNREACH, " (no route)", ""},
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
		if (hints[i].error == error)
			return by_route ? hints[i].route : hints[i].packet;
	}
	return "";
}

static bool has_no_mac(const struct r2_evidence *e, const struct r2_leaving *left)
{
	const struct r2_link *link = r2_host_link(e->host, left->link);

	return !left->to.len && link && link->mac.len &&
	       !(link->flags & (R2_LINK_LOOPBACK | R2_LINK_NOARP | R2_LINK_POINTOPOINT));
}

/* The gateway that would carry: the first that answers. */
static size_t carrier(const struct r2_evidence *e)
{
	for (size_t i = 0; i < e->gateways.n; i++) {
		if (e->macs[i].len)
			return i;
	}
	return 0;
}

/* Did what is not installed yet go just where it shall. */
static bool went_there(const struct r2_evidence *e, const struct r2_leaving *left)
{
	size_t i = carrier(e);

	if (!left->seen || left->link != e->link || !r2_ip_equal(&left->src, &e->wanted))
		return false;
	if (!e->gateways.n)
		return !left->hop.family;
	return r2_ip_equal(&left->hop, &e->gateways.at[i]) ||
	       (left->to.len && r2_mac_equal(&left->to, &e->macs[i]));
}

bool r2_proof_is_tried(const struct r2_evidence *evidence)
{
	return !evidence->bound || evidence->installed ||
	       went_there(evidence, &evidence->source.left);
}

static const char *way_text(const struct r2_evidence *e, const struct r2_leaving *left,
			    char buf[WAY_TEXT])
{
	struct r2_text text = r2_text_start(buf, WAY_TEXT);
	char hop[R2_IP_TEXT];

	if (left->hop.family)
		r2_text_add(&text, "via %s ", r2_ip_format(&left->hop, hop));
	r2_text_add(&text, "on %s", r2_host_link_name(e->host, left->link));
	return buf;
}

/* Nothing is known of a way that no packet took. */
bool r2_told_another_way(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_leaving *left = &e->source.left;
	char way[WAY_TEXT], wanted[R2_IP_TEXT];
	size_t i = carrier(e);

	if (r2_proof_is_tried(e) || (e->gateways.n && !e->macs[i].len && !left->seen))
		return false;
	*ret = R2_PROOF_UNKNOWN;
	if (!left->seen) {
		r2_text_add(&judging->line, "nothing can be sent from %s to %s before the change",
			    judging->from, judging->to);
		return true;
	}
	r2_text_add(&judging->line, "%s %s %s by %s %s, by the route that stands: ", judging->to,
		    e->source.answered ? "answers" : "does not answer", judging->from,
		    r2_probe_word(e->by), way_text(e, left, way));
	if (e->gateways.n)
		r2_text_add(&judging->line, "gateway %s", r2_ip_format(&e->gateways.at[i], wanted));
	else
		r2_text_add(&judging->line, "the way on %s", r2_host_link_name(e->host, e->link));
	r2_text_add(&judging->line, " cannot be tried before the change");
	return true;
}

static bool is_a_gateway(const struct r2_evidence *e, const struct r2_ip *hop)
{
	for (size_t i = 0; i < e->gateways.n; i++) {
		if (r2_ip_equal(&e->gateways.at[i], hop))
			return true;
	}
	return false;
}

bool r2_told_nameless(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_leaving *left = &e->source.left;

	if (!e->unseen || !e->gateways.n || !has_no_mac(e, left) || is_a_gateway(e, &left->hop))
		return false;
	*ret = R2_PROOF_UNKNOWN;
	r2_text_add(&judging->line, "%s answers %s by %s, but the way out leads to no known MAC",
		    judging->to, judging->from, r2_probe_word(e->by));
	return true;
}

/* What the control shows holds for the source only if both went the same way. */
bool r2_told_comparable(const struct r2_evidence *e)
{
	const struct r2_leaving *source = &e->source.left, *control = &e->control.left;

	return !e->unseen || (control->seen && source->seen && control->link == source->link &&
			      (r2_ip_equal(&control->hop, &source->hop) ||
			       (source->to.len && r2_mac_equal(&control->to, &source->to))));
}

bool r2_told_incomparable(struct r2_judging *judging, enum r2_proof *ret)
{
	const struct r2_evidence *e = judging->evidence;
	char way[WAY_TEXT], text[R2_IP_TEXT];

	if (r2_told_comparable(e))
		return false;
	*ret = R2_PROOF_UNKNOWN;
	r2_text_add(&judging->line, "%s does not answer %s by %s; it answers %s, but that goes %s",
		    judging->to, judging->from, r2_probe_word(e->by),
		    r2_ip_format(&e->control.source, text),
		    e->control.left.seen ? way_text(e, &e->control.left, way)
					 : "nobody knows where");
	return true;
}

bool r2_told_leaves(const struct r2_evidence *e)
{
	const struct r2_side *source = &e->source;

	if (!source->left.seen || !e->unseen || source->answered)
		return source->left.seen;
	return !r2_told_own_word(e, &source->objection) && !has_no_mac(e, &source->left);
}

/* Where frames are seen, none was; else it is told of. Return: false if nobody tells. */
bool r2_told_unsent(struct r2_judging *judging)
{
	const struct r2_evidence *e = judging->evidence;
	const struct r2_leaving *left = &e->source.left;

	if (!e->unseen)
		r2_text_add(&judging->line,
			    "no packet to %s is seen on any interface: this host's firewall?",
			    judging->to);
	else if (r2_told_own_word(e, &e->source.objection))
		r2_text_add(&judging->line, "this host itself says that %s is not to be reached",
			    judging->to);
	else if (left->seen)
		r2_text_add(&judging->line, "this host has no MAC for %s, and so sends nothing",
			    left->hop.family ? "the next hop" : judging->to);
	else
		r2_text_add(&judging->line, "it cannot be told what leaves for %s", judging->to);
	return !e->unseen || left->seen;
}
