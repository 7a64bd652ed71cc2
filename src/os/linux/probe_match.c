/* SPDX-License-Identifier: MIT */
/*
 * Idea: a packet belongs to a probe by what only the two know: the mark in an echo or datagram,
 * the ports and numbers of a connection. NAT on this host may change addresses and ports of what
 * leaves, so these are looked for by the mark first.
 */
#include <string.h>

#include "os/linux/ask.h"
#include "os/linux/probe.h"

#define NOBODY SIZE_MAX

/* ---- whose is it ---- */

static size_t by_mark(const struct r2_campaign *campaign, const struct r2_packet *packet)
{
	const uint8_t *mark = packet->mark;
	size_t index = (size_t)mark[R2_MARK - 2] << 8 | mark[R2_MARK - 1];

	if (!packet->marked || memcmp(mark, campaign->nonce, sizeof(campaign->nonce)) != 0 ||
	    index >= campaign->probing->n)
		return NOBODY;
	return index;
}

/*
 * The probe that went from @own to @theirs. Two from different addresses of ours may have the same
 * port; but where none has @own, NAT on this host may have changed it.
 */
static size_t by_ports(const struct r2_campaign *campaign, enum r2_probe_by by,
		       const struct r2_end *own, const struct r2_end *theirs)
{
	size_t ret = NOBODY;

	for (size_t i = 0; i < campaign->probing->n; i++) {
		const struct r2_shot *probe = &campaign->probing->probes[i];
		const struct r2_asked *asked = &campaign->asked[i];

		if (!probe->sent || probe->by != by || asked->own.port != own->port ||
		    probe->port != theirs->port || !r2_ip_equal(&probe->dst, &theirs->ip))
			continue;
		if (r2_ip_equal(&asked->own.ip, &own->ip))
			return i;
		if (ret == NOBODY)
			ret = i;
	}
	return ret;
}

/* Of a packet of ours: as it leaves, or quoted by an error. */
static size_t whose(const struct r2_campaign *campaign, const struct r2_packet *packet)
{
	const struct r2_end own = {packet->src, packet->sport};
	const struct r2_end theirs = {packet->dst, packet->dport};
	size_t index = by_mark(campaign, packet);

	if (index != NOBODY)
		return index;
	if (packet->kind == R2_PACKET_ECHO && packet->sport == campaign->id &&
	    packet->dport < campaign->probing->n &&
	    r2_ip_equal(&campaign->probing->probes[packet->dport].dst, &packet->dst))
		return packet->dport;
	if (packet->kind == R2_PACKET_TCP || packet->kind == R2_PACKET_UDP)
		return by_ports(campaign, packet->kind == R2_PACKET_TCP ? R2_BY_TCP : R2_BY_UDP,
				&own, &theirs);
	return NOBODY;
}

/* A SYN whose port was changed on its way out. */
static size_t by_peer(const struct r2_campaign *campaign, const struct r2_packet *packet)
{
	for (size_t i = 0; i < campaign->probing->n; i++) {
		const struct r2_shot *probe = &campaign->probing->probes[i];

		if (probe->sent && probe->by == R2_BY_TCP && !probe->left.seen &&
		    probe->port == packet->dport && r2_ip_equal(&probe->dst, &packet->dst))
			return i;
	}
	return NOBODY;
}

static size_t who_asked_by_echo(const struct r2_campaign *campaign, const struct r2_packet *packet)
{
	size_t index = by_mark(campaign, packet);

	if (index == NOBODY || !r2_ip_equal(&campaign->probing->probes[index].dst, &packet->src))
		return NOBODY;
	return index;
}

/* Of an answer. */
static size_t who_asked(const struct r2_campaign *campaign, const struct r2_packet *packet)
{
	const struct r2_end own = {packet->dst, packet->dport};
	const struct r2_end theirs = {packet->src, packet->sport};
	size_t index;

	if (packet->kind == R2_PACKET_ECHO_REPLY)
		return who_asked_by_echo(campaign, packet);
	if (packet->kind == R2_PACKET_UDP)
		return by_ports(campaign, R2_BY_UDP, &own, &theirs);
	if (packet->kind != R2_PACKET_TCP)
		return NOBODY;
	index = by_ports(campaign, R2_BY_TCP, &own, &theirs);
	if (index != NOBODY && campaign->asked[index].seq &&
	    packet->ack != campaign->asked[index].seq + 1)
		return NOBODY;
	return index;
}

/* ---- what it says ---- */

static void note_left(struct r2_campaign *campaign, const struct r2_frame *frame,
		      const struct r2_packet *packet)
{
	size_t index;
	struct r2_leaving *left;

	/* Where a probe gets back to this host, its own answer leaves too, with the same mark. */
	if (packet->kind == R2_PACKET_ECHO_REPLY)
		return;
	index = whose(campaign, packet);
	if (index == NOBODY && packet->kind == R2_PACKET_TCP && packet->flags == R2_TCP_SYN)
		index = by_peer(campaign, packet);
	if (index == NOBODY)
		return;
	/* The first interface is the route's; a bridge's ports and the like come after it. */
	left = &campaign->probing->probes[index].left;
	if (!left->seen)
		*left = (struct r2_leaving){.seen = true,
					    .link = frame->link,
					    .src = packet->src,
					    .from = frame->from,
					    .to = frame->to};
}

/* Is this sight of an answer better than what was seen before: nearer to its socket. */
static bool is_better(const struct r2_shot *probe, const struct r2_frame *frame)
{
	const struct r2_coming *old = &probe->answer;

	return !old->seen || !old->link || (old->strayed && !frame->strayed) ||
	       (frame->link == probe->left.link && old->link != probe->left.link);
}

static void note_answer(struct r2_campaign *campaign, const struct r2_frame *frame,
			const struct r2_packet *packet, size_t index, bool declined)
{
	struct r2_shot *probe = &campaign->probing->probes[index];
	struct r2_coming *answer = &probe->answer;
	bool heard = answer->heard;

	if (!is_better(probe, frame))
		return;
	*answer = (struct r2_coming){
		.seen = true,
		.heard = heard,
		.strayed = frame->strayed,
		.declined = declined,
		.rejected = packet->kind == R2_PACKET_ERROR,
		.link = frame->link,
		.from = frame->from,
		.to = frame->to,
		.ttl = packet->ttl,
		.usec = (uint64_t)(r2_probe_now_us() - campaign->asked[index].sent_us)};
	r2_linux_admit(campaign->lx, &packet->src, &packet->dst, frame->link, answer);
}

/* The destination itself says that it has nobody at the port: an answer as good as any. */
static bool is_from_destination(const struct r2_packet *error, const struct r2_shot *probe)
{
	bool four = error->src.family == R2_IPV4;

	return r2_ip_equal(&error->src, &probe->dst) && error->type == (four ? 3 : 1) &&
	       (error->code == (four ? 3 : 4) || (four && error->code == 2));
}

static void note_error(struct r2_campaign *campaign, const struct r2_frame *frame,
		       const struct r2_packet *error, const struct r2_packet *quoted)
{
	size_t index = whose(campaign, quoted);
	struct r2_objection *objection;

	if (index == NOBODY)
		return;
	if (is_from_destination(error, &campaign->probing->probes[index])) {
		note_answer(campaign, frame, error, index, true);
		return;
	}
	objection = &campaign->probing->probes[index].objection;
	if (!objection->seen)
		*objection = (struct r2_objection){true, error->src, error->type, error->code,
						   error->mtu};
}

/* A packet made by hand whose destination is ours too, brought back. */
static bool note_return(struct r2_campaign *campaign, const struct r2_frame *frame,
			const struct r2_packet *packet)
{
	size_t index = whose(campaign, packet);
	const struct r2_shot *shot;

	if (index == NOBODY)
		return false;
	shot = &campaign->probing->probes[index];
	/* Of others, a router may put our own packet on our own wire again. */
	if (!shot->boomerang || !r2_ip_equal(&shot->dst, &packet->dst) ||
	    !r2_ip_equal(&shot->src, &packet->src))
		return false;
	note_answer(campaign, frame, packet, index, false);
	return true;
}

static void note_incoming(struct r2_campaign *campaign, const struct r2_frame *frame,
			  const struct r2_packet *packet, const struct r2_packet *quoted)
{
	size_t index;

	if (packet->kind == R2_PACKET_ERROR) {
		note_error(campaign, frame, packet, quoted);
		return;
	}
	if (note_return(campaign, frame, packet))
		return;
	index = who_asked(campaign, packet);
	if (index == NOBODY)
		return;
	note_answer(campaign, frame, packet, index, packet->flags & R2_TCP_RST);
	if (campaign->asked[index].seq && packet->flags == (R2_TCP_SYN | R2_TCP_ACK))
		r2_probe_reset(campaign, index);
}

/* ---- who has us ---- */

static void note_begging(struct r2_campaign *campaign, const struct r2_ip *who)
{
	for (size_t i = 0; i < campaign->probing->n_heeds; i++)
		campaign->probing->heeds[i].asks |=
			r2_ip_equal(&campaign->probing->heeds[i].ip, who);
}

/* Somebody answers what this host asked in the name of @who. */
static void note_reply(struct r2_campaign *campaign, const struct r2_ip *who)
{
	for (size_t i = 0; i < campaign->probing->n_heeds; i++)
		campaign->probing->heeds[i].replied |=
			r2_ip_equal(&campaign->probing->heeds[i].ip, who);
}

static void heed(struct r2_campaign *campaign, const struct r2_ip *who,
		 const struct r2_frame *frame)
{
	for (size_t i = 0; i < campaign->probing->n_heeds; i++) {
		struct r2_heed *one = &campaign->probing->heeds[i];

		if (!r2_ip_equal(&one->ip, who))
			continue;
		if (frame->outgoing) {
			one->told = true;
		} else if (!one->asked) {
			one->asked = true;
			one->by = frame->from;
			one->link = frame->link;
			one->tells = r2_linux_tells(who, frame->link);
		}
	}
}

/* RFC 826: hardware and protocol, operation, sender's MAC and address, target's. */
static void match_arp(struct r2_campaign *campaign, const struct r2_frame *frame)
{
	static const uint8_t begin[7] = {0, 1, 8, 0, 6, 4, 0};
	enum { OPERATION = 7, SENDER = 14, TARGET = 24, LENGTH = 28, REQUEST = 1, REPLY = 2 };
	const uint8_t *at = frame->packet;
	struct r2_ip sender, target;

	if (frame->len < LENGTH || memcmp(at, begin, sizeof(begin)) != 0)
		return;
	sender = r2_ip_make(R2_IPV4, at + SENDER);
	target = r2_ip_make(R2_IPV4, at + TARGET);
	if (!frame->outgoing && at[OPERATION] == REQUEST && !r2_ip_equal(&sender, &target))
		heed(campaign, &target, frame);
	if (!frame->outgoing && at[OPERATION] == REPLY)
		note_reply(campaign, &target);
	if (frame->outgoing && at[OPERATION] == REPLY)
		heed(campaign, &sender, frame);
	else if (frame->outgoing)
		note_begging(campaign, &sender);
}

void r2_probe_match(struct r2_campaign *campaign, const struct r2_frame *frame)
{
	struct r2_packet packet, quoted;

	if (frame->type == 0x0806) {
		match_arp(campaign, frame);
		return;
	}
	if (!r2_packet_read(frame->packet, frame->len, &packet, &quoted))
		return;
	if (packet.kind == (frame->outgoing ? R2_PACKET_ADVERT : R2_PACKET_SOLICIT))
		heed(campaign, &packet.about, frame);
	else if (!frame->outgoing && packet.kind == R2_PACKET_ADVERT)
		note_reply(campaign, &packet.dst);
	else if (frame->outgoing && packet.kind == R2_PACKET_SOLICIT)
		note_begging(campaign, &packet.src);
	else if (frame->outgoing)
		note_left(campaign, frame, &packet);
	else
		note_incoming(campaign, frame, &packet, &quoted);
}

void r2_probe_came_through(struct r2_campaign *campaign, const struct r2_packet *packet,
			   const struct r2_packet *quoted)
{
	bool declined = packet->kind == R2_PACKET_ERROR;
	size_t index = NOBODY;
	struct r2_coming *answer;

	if (packet->kind == R2_PACKET_ECHO_REPLY)
		index = who_asked(campaign, packet);
	else if (declined)
		index = whose(campaign, quoted);
	if (index == NOBODY ||
	    (declined && !is_from_destination(packet, &campaign->probing->probes[index])))
		return;
	answer = &campaign->probing->probes[index].answer;
	answer->seen = answer->heard = true;
	answer->declined |= declined;
	answer->rejected |= declined;
	if (!answer->usec)
		answer->usec = (uint64_t)(r2_probe_now_us() - campaign->asked[index].sent_us);
}
