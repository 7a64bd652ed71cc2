/* SPDX-License-Identifier: MIT */
/*
 * Proof: what was seen on the wire, and what it proves of a route.
 *
 * A model says what a host should do, the kernel what it would do; only packets say what becomes of
 * them. A probe from the source in question goes with a control: the same from the source that the
 * kernel takes by itself, through the same gateway. What differs between the two is the source's
 * doing, and nothing is said that was not seen.
 */
#ifndef R2_CORE_PROOF_H
#define R2_CORE_PROOF_H

#include "core/intent.h"
#include "core/verify.h"

enum r2_probe_by { R2_BY_ICMP, R2_BY_TCP, R2_BY_UDP };

/** r2_probe_word() - "icmp", "tcp" or "udp" */
const char *r2_probe_word(enum r2_probe_by by);

/**
 * struct r2_leaving - a frame of ours on its way out; @seen or nothing
 * @hop: its next hop, R2_NONE if on-link; where it is told of only (r2_evidence, @unseen)
 */
struct r2_leaving {
	bool seen;
	uint32_t link;
	struct r2_ip src, hop;
	struct r2_mac from, to;
};

/**
 * struct r2_coming - an answer on its way in
 * @heard: it came through to the socket that had asked
 * @strayed: its frame was for another station
 * @refused: the kernel's reverse-path filter does not let it in (RFC 3704 section 2.2)
 * @strict: that filter is strict where it came in: it lets in what would be sent out there
 * @declined: it says no: a TCP reset, or that nobody listens at the port
 * @rejected: by an ICMP error
 * @usec: since the question
 */
struct r2_coming {
	bool seen, heard, strayed, refused, strict, declined, rejected;
	uint32_t link;
	struct r2_mac from, to;
	uint8_t ttl;
	uint64_t usec;
};

/** struct r2_objection - an ICMP error about a packet of ours (RFC 792, RFC 4443); host order */
struct r2_objection {
	bool seen;
	struct r2_ip who;
	uint8_t type, code;
	uint16_t mtu;
};

/** r2_objection_text() - "host unreachable", "administratively prohibited" ... Return: @buf */
#define R2_OBJECTION_TEXT 48
const char *r2_objection_text(const struct r2_objection *objection, char buf[R2_OBJECTION_TEXT]);

/** r2_objection_is_unreachable() - it says that the packet cannot be brought, for whatever reason
 */
bool r2_objection_is_unreachable(const struct r2_objection *objection);

/**
 * r2_objection_knows_no_way() - its router knows no way to the address: no word of a filter, which
 * may have other reasons
 */
bool r2_objection_knows_no_way(const struct r2_objection *objection);

/**
 * struct r2_side - what became of one source's probes
 * @source: R2_NONE: there are none
 * @sent: how many were sent; @answered: of them
 * @taken: answers that this host lets in; @accepted: of them, those that did not say no
 * @failed: errno of a probe that the system would not send
 * @left, @answer, @objection: the first of each; of answers, one that was taken if there is any
 * @mtu: the largest packet known to come through; 0: not tried
 */
struct r2_side {
	struct r2_ip source;
	unsigned sent, answered, taken, accepted;
	int failed;
	struct r2_leaving left;
	struct r2_coming answer;
	struct r2_objection objection;
	unsigned mtu;
};

/**
 * struct r2_heed - is an address of ours asked for on the wire, by ARP or ND
 * @asked, @by, @link: somebody asks; @told: this host answers
 * @asks: this host asks for others in its name; @replied: and is answered
 * @tells: it would ask in the name of any address of its own (arp_announce is 0)
 */
struct r2_heed {
	struct r2_ip ip;
	bool asked, told, asks, replied, tells;
	struct r2_mac by;
	uint32_t link;
};

/**
 * struct r2_boomerang - a packet from the control for the source, given to the router that brings
 * the control's answers: how it fares is how the source's answers would. And one from the source
 * for the control, as probes are: does that router let it pass.
 * @returned: the router brought it, by @link; @objection: some router knows no way
 * @passed: it brought that from the source
 */
struct r2_boomerang {
	bool tried, returned, passed;
	uint32_t link;
	struct r2_mac to;
	struct r2_objection objection;
};

/**
 * struct r2_evidence - of one destination address
 * @host: names of links
 * @dst, @by, @port: what was asked, and how
 * @installed: an unbound socket sent; else what would be sent was made by hand
 * @unseen: this system shows no frames: what left is what a socket and the tables told
 * @bound: it makes none either: what is not installed was sent from @wanted by the route that
 *stands
 * @by_socket: not installed, but from @wanted the kernel goes that very way: a socket of that
 *address sent, so that this host's own filters and NAT had their say
 * @wanted: the source that is wanted; R2_NONE: whatever the kernel takes
 * @link: by which it shall leave; @gateways: of the line, none if on-link, @macs: theirs as they
 *	answer now, none if silent
 * @kernel: what the kernel says that it would do
 * @source, @control: R2_NONE as @control.source if the kernel takes @wanted by itself
 * @need: so many rounds in which the control alone was answered are taken for proof
 * @alone: rounds in which it was
 * @only_link: no other interface leads into this host
 * @silent: on-link, and the destination itself does not answer ARP or ND
 * @drops: by how much the kernel's count of reverse-path drops rose meanwhile
 * @echo_ttl: of the destination's echo reply to the source, where r2_proof_wants_echo(); else 0
 * @why: by which rule another source is taken than the wanted one, as `explain` tells it, or ""
 */
struct r2_evidence {
	const struct r2_host *host;
	struct r2_ip dst;
	enum r2_probe_by by;
	uint16_t port;
	bool installed, unseen, bound, by_socket;
	struct r2_ip wanted;
	uint32_t link;
	struct r2_gateways gateways;
	struct r2_mac macs[R2_GATEWAYS_MAX];
	struct r2_answer kernel;
	struct r2_side source, control;
	unsigned need, alone;
	struct r2_heed heed;
	struct r2_boomerang boomerang;
	bool only_link, silent;
	uint64_t drops;
	uint8_t echo_ttl;
	char why[256];
};

enum r2_proof {
	R2_PROOF_WORKS, /* leaves as wanted, and its answers come back */
	R2_PROOF_NOTHING_LEAVES,
	R2_PROOF_WRONG_SOURCE,
	R2_PROOF_WRONG_GATEWAY,
	R2_PROOF_NO_ANSWER,   /* to the source; the control is answered */
	R2_PROOF_NO_WAY_BACK, /* and it is seen that answers cannot come in */
	R2_PROOF_DROPPED_OUT, /* and a router says that it drops what comes from the source */
	R2_PROOF_UNKNOWN,     /* silence for both, or too little was seen */
};

/** r2_proof_word() - "works", "nothing leaves", "wrong source" ... */
const char *r2_proof_word(enum r2_proof proof);

/** r2_proof_class() - the exit status: R2_OK only for works, R2_UNKNOWN, else R2_FAILED */
enum r2_error_class r2_proof_class(enum r2_proof proof);

/**
 * r2_proof_judge() - what the evidence proves
 * @sentence: R2_SENTENCE bytes: why, one sentence
 *
 * Never works without an answer that this host lets in, never no way back or dropped on the way
 * out without one of: an answer seen and not let in, an answer that says no, an answer for another
 * station, a question for the source that this host leaves unanswered, an ICMP error that says so.
 * Where frames are @unseen the sentence says so, and there is no verdict that only they could give.
 */
#define R2_SENTENCE 320
enum r2_proof r2_proof_judge(const struct r2_evidence *evidence, char sentence[R2_SENTENCE]);

/** r2_proof_is_tried() - did probes go the way that is to be proved: not where none can be made by
 * hand, and the route that stands goes another */
bool r2_proof_is_tried(const struct r2_evidence *evidence);

/** r2_proof_settled() - is the source's answer in, and the control's, or it was waited for enough
 */
bool r2_proof_settled(const struct r2_evidence *evidence);

/** r2_proof_wants_echo() - is there a reset that may be another's word than the destination's */
bool r2_proof_wants_echo(const struct r2_evidence *evidence);

/** r2_proof_worse() - which of two verdicts speaks for both: broken before works before unknown */
enum r2_proof r2_proof_worse(enum r2_proof a, enum r2_proof b);

#endif
