/* SPDX-License-Identifier: MIT */
/*
 * One gateway: is it up, and at which MAC. It joins the pulse (does it answer), the rumour (has it
 * moved) and, if asked for, a second pulse: ICMP echoes to a target behind it.
 *
 *   learning   no verdict yet: no MAC, or no answer so far
 *   up         its MAC is known, it answers, and the target behind it does
 *   doubted    up, but a probe is past its timeout
 *   down       dead, or its target is, or the link is lost, or nobody answered to be learned
 *
 * Events in, actions out; time is an argument. What is sent goes out of the gateway's own link,
 * with our address there, whatever the routing table says; an action may fail to be done, for the
 * state rests on answers alone.
 */
#ifndef R2_CORE_GATEWAY_H
#define R2_CORE_GATEWAY_H

#include "core/pulse.h"
#include "core/rumour.h"

/** struct r2_gateway_settings - @track: also echo a target behind it, as often as the gateway */
struct r2_gateway_settings {
	struct r2_pulse_settings pulse;
	struct r2_rumour_settings rumour;
	bool track;
};

enum r2_gateway_state {
	R2_GATEWAY_LEARNING = 0,
	R2_GATEWAY_UP,
	R2_GATEWAY_DOUBTED,
	R2_GATEWAY_DOWN,
};
#define R2_GATEWAY_STATES 4

/** r2_gateway_state_name() - `learning`, `up`, `doubted`, `down` */
const char *r2_gateway_state_name(enum r2_gateway_state state);

enum r2_gateway_kind {
	/* to send */
	R2_GATEWAY_PROBE, /* ARP request or NS for the gateway, unicast to @mac; @seq for the log */
	R2_GATEWAY_SOLICIT, /* the same by broadcast, or to the solicited-node group */
	R2_GATEWAY_ECHO,    /* ICMP echo request @seq to the target behind, in a frame to @mac */
	/* what is new */
	R2_GATEWAY_LEARNED, /* it is at @mac */
	R2_GATEWAY_MOVED,   /* it is at @mac, and was at @old: put it into every phantom */
	R2_GATEWAY_WENT_UP, /* at @mac */
	R2_GATEWAY_WENT_DOWN,
	R2_GATEWAY_ALARM, /* @alarm, because of @mac; @old is the MAC in use */
	R2_GATEWAY_ALARM_OVER,
};

/** struct r2_gateway_act - one thing to do; which of its members are set its kind says */
struct r2_gateway_act {
	enum r2_gateway_kind kind;
	enum r2_alarm alarm;
	uint32_t seq;
	struct r2_mac mac, old;
};

#define R2_GATEWAY_ACTS 16 /* no event gives more */

/** struct r2_gateway_out - in the order in which to do them */
struct r2_gateway_out {
	uint8_t n;
	struct r2_gateway_act at[R2_GATEWAY_ACTS];
};

/**
 * struct r2_gateway - a plain value of about 4 kB; nothing to free
 * @since: when it came into @state, leaving and regaining `up` by way of `doubted` not counted
 * @verdict_by: `learning` with no MAC ends in `down` then
 */
struct r2_gateway {
	struct r2_ip ip;
	uint32_t link;
	struct r2_gateway_settings settings;
	enum r2_gateway_state state;
	uint64_t since, verdict_by, seek_at;
	bool link_up;
	struct r2_pulse pulse, track;
	struct r2_rumour rumour;
};

/**
 * r2_gateway_init() - begin to watch; the first timer is due at @now
 * @link: index of the interface
 * @mac: as it stands (in the phantom's neighbour entry); NULL or of len 0: to be learned
 */
void r2_gateway_init(struct r2_gateway *gateway, const struct r2_ip *ip, uint32_t link,
		     const struct r2_gateway_settings *settings, const struct r2_mac *mac,
		     uint64_t now);

/** r2_gateway_mac() - the MAC in use; len 0: none is known */
const struct r2_mac *r2_gateway_mac(const struct r2_gateway *gateway);

/** r2_gateway_is_up() - up or doubted: it may carry */
bool r2_gateway_is_up(const struct r2_gateway *gateway);

/** r2_gateway_next() - when r2_gateway_timer() wants to be called; R2_NEVER if not */
uint64_t r2_gateway_next(const struct r2_gateway *gateway);

/** r2_gateway_timer() - time has passed; harmless before it is due. @ret_out is filled always. */
void r2_gateway_timer(struct r2_gateway *gateway, uint64_t now, struct r2_gateway_out *ret_out);

/**
 * r2_gateway_heard() - an ARP or ND frame said where the gateway's address is
 * @mac: as the message says; where it says nothing (an NA without its option), the frame's
 * @solicited: an answer addressed to us; see r2_rumour_heard()
 * @seq: of the probe it answers, if the answer tells; 0: the oldest one outstanding
 *
 * It is proof of life only if it comes from the MAC in use and answers a probe of ours.
 */
void r2_gateway_heard(struct r2_gateway *gateway, const struct r2_mac *mac, bool solicited,
		      uint32_t seq, uint64_t now, struct r2_gateway_out *ret_out);

/** r2_gateway_echoed() - the target behind answered echo @seq (checked by its address and payload)
 */
void r2_gateway_echoed(struct r2_gateway *gateway, uint32_t seq, uint64_t now,
		       struct r2_gateway_out *ret_out);

/** r2_gateway_link() - the link lost its carrier or was taken down, or is back. Lost is down. */
void r2_gateway_link(struct r2_gateway *gateway, bool up, uint64_t now,
		     struct r2_gateway_out *ret_out);

#endif
