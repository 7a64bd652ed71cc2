/* SPDX-License-Identifier: MIT */
/*
 * The rumour: has a gateway moved to another MAC?
 *
 * Anybody on the link can claim the gateway's address, so a claim (an announcement nobody asked
 * for, or an answer with another MAC) is only a rumour. With `verify` it makes us look: in three
 * rounds the MAC in use is asked by unicast and everybody by broadcast, and
 *
 *   the MAC in use answers               dismissed; it stays; an alarm if another answered too
 *   it is silent, one other answers      moved, if that one answered in two rounds running
 *   it is silent, two others answer      alarm; what is in use stays
 *   nobody answers                       nothing: the pulse will say whether it is dead
 *
 * (the idea is that of Mirage's ARP cache, mirage/arp 21c6f077b7ce). A look takes 52.5 ms: a
 * gateway that stalls for 50 ms still answers in time, and a real move is followed under 60 ms
 * after it was announced. Where a claim was found false within the last minute, a look takes four
 * times as long. A look without a claim, after a missed probe, may take the pulse's patience; an
 * announcement makes it hurry. After a move the former MAC is asked for an hour, ever less often,
 * and at once when it announces itself: if it answers after all it is taken back, and there is an
 * alarm.
 *
 * If no MAC is known it is learned by the same rounds: one and only one must answer. A gateway
 * that is dead or not known is sought by looks that end with the first round that stays silent.
 *
 * Where no station can be asked alone (struct r2_limits, @asks_all) the silence of the MAC in use
 * proves less: a look then takes R2_BLIND_ROUNDS seconds, the other must be alone to answer in all
 * of them but the first, and its first answer is told of as an alarm.
 *
 * Probes are bounded whatever is claimed: a look is six frames; claims start one a second at most,
 * the pulse four; alarms are told once a second at most. What cannot be told: the taking over of a
 * dead gateway's address is a move like any other (`pin` or `mac` exclude it), and who forges the
 * MAC in use keeps it in use.
 */
#ifndef R2_CORE_RUMOUR_H
#define R2_CORE_RUMOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ip.h"
#include "core/moment.h"

/** enum r2_follow - `verify`: as above; `pin`: what is learned stays; `follow`: believe at once */
enum r2_follow { R2_FOLLOW_VERIFY = 0, R2_FOLLOW_PIN, R2_FOLLOW_BELIEVE };

#define R2_MACS_MAX       8 /* `mac` may list so many */
#define R2_LOOK_ROUNDS    3
#define R2_LOOK_ROUND     (17 * R2_MSEC + 500) /* one round, at least */
#define R2_LOOK_ROUND_MAX R2_SEC
#define R2_BLIND_ROUNDS   5
#define R2_BLIND_ROUND    R2_SEC
#define R2_LOOK_CLAIM_GAP R2_SEC          /* between looks that claims start */
#define R2_LOOK_PULSE_GAP (250 * R2_MSEC) /* between looks that the pulse starts */
#define R2_REGRET_FIRST   (50 * R2_MSEC)  /* after a move the former MAC is asked; again after */
#define R2_REGRET_GAP     (10 * R2_SEC)   /* twice that, and so on up to this, */
#define R2_REGRET         (3600 * R2_SEC) /* for so long */
#define R2_ALARM_HOLD     (10 * R2_SEC)   /* without a claim until an alarm is over */
#define R2_ALARM_GAP      R2_SEC          /* between tellings of alarms */
#define R2_SUSPICION      (60 * R2_SEC)   /* how long a false claim is remembered */
#define R2_SUSPICION_LOOK 4               /* so many times longer is a look then */

/**
 * struct r2_rumour_settings
 * @allowed: the MACs that may be believed; none listed: any. In any case a gateway's MAC is never
 *           all zeros, and never a group address (RFC 1812 section 3.3.2)
 * @blind: no station can be asked alone
 */
struct r2_rumour_settings {
	enum r2_follow follow;
	bool blind;
	uint8_t n_allowed;
	struct r2_mac allowed[R2_MACS_MAX];
};

/** enum r2_alarm - why somebody should look at this link */
enum r2_alarm {
	R2_ALARM_NONE = 0,
	R2_ALARM_CONFLICT, /* two MACs answer for the address */
	R2_ALARM_PINNED,   /* another MAC claims it, and `pin` forbids to follow */
	R2_ALARM_FOREIGN,  /* a MAC that `mac` does not list claims it */
	R2_ALARM_RETURNED, /* the former MAC answered after a move: taken back */
	R2_ALARM_UNPROVEN, /* another MAC answers, and that in use cannot be asked alone */
};

/** enum r2_look - why to look */
enum r2_look {
	R2_LOOK_MISS, /* a probe was missed: it may have moved silently */
	R2_LOOK_SEEK, /* it is dead, or its MAC not known */
};

/**
 * struct r2_rumour_out - what to do, and what is new
 * @ask_known: send a unicast probe to @known (with no number of the pulse's)
 * @ask_former: the same to the former MAC
 * @ask_all: send a broadcast solicitation (IPv6: to the solicited-node group)
 * @learned: @known is new, there was none; @moved: @known is new, @old was
 * @raised: an alarm began, or its reason changed, because of @other. It lasts until @calmed.
 * @calmed: no claim for R2_ALARM_HOLD: the alarm is over
 */
struct r2_rumour_out {
	bool ask_known, ask_former, ask_all;
	bool learned, moved, calmed;
	enum r2_alarm raised;
	struct r2_mac old, other;
};

/**
 * struct r2_rumour - a plain value
 * @known: the MAC in use; len 0: none
 * @timeout_us: a round is not shorter. The owner keeps it up to date; 0 if nothing is measured.
 * @alarm: what is wrong now, with @culprit the MAC that it was told about
 * @claimed: this look was started by a claim; @seeking: it is for R2_LOOK_SEEK
 * @known_spoke, @two_spoke: in this look answered the MAC in use; two others
 * @candidate: the other MAC that answered in this look; len 0: none
 * @spoke, @running: the candidate did in this round; in so many rounds running
 * @seek_us: a round of the next seek: doubles while nobody answers, so that slow links are learned
 * @claim_after, @pulse_after: no look for a claim, for the pulse, before
 * @former: the MAC before a move; len 0: nothing to regret
 */
struct r2_rumour {
	struct r2_rumour_settings settings;
	struct r2_mac known;
	uint64_t timeout_us;

	enum r2_alarm alarm;
	struct r2_mac culprit;
	uint64_t alarm_end, alarm_told;

	bool looking, claimed, seeking;
	bool known_spoke, two_spoke, spoke;
	uint8_t round, running;
	struct r2_mac candidate;
	uint64_t round_us, round_end, seek_us;
	uint64_t claim_after, pulse_after, suspect_until;

	struct r2_mac former;
	uint64_t former_next, former_wait, former_asked, former_end;
};

/** r2_rumour_init() - @known: the MAC in use; NULL or of len 0: none yet */
void r2_rumour_init(struct r2_rumour *rumour, const struct r2_rumour_settings *settings,
		    const struct r2_mac *known);

/** r2_rumour_next() - when r2_rumour_timer() wants to be called; R2_NEVER if not */
uint64_t r2_rumour_next(const struct r2_rumour *rumour);

/** r2_rumour_timer() - time has passed; harmless before it is due. @ret_out is filled always. */
void r2_rumour_timer(struct r2_rumour *rumour, uint64_t now, struct r2_rumour_out *ret_out);

/**
 * r2_rumour_heard() - a frame said that the gateway's address is at @mac
 * @solicited: it is an answer, addressed to us (an ARP reply to our address; an NA with the S
 * flag): may count in a look. Else an announcement, or a request in the gateway's name.
 *
 * Any number of these cost no more than a compare of MACs.
 */
void r2_rumour_heard(struct r2_rumour *rumour, const struct r2_mac *mac, bool solicited,
		     uint64_t now, struct r2_rumour_out *ret_out);

/**
 * r2_rumour_look() - look, if no look is under way, it is not too soon and `pin` allows
 * @total_us: the look as a whole shall take that long (from the pulse's patience); 0: as short as
 * may be
 */
void r2_rumour_look(struct r2_rumour *rumour, enum r2_look why, uint64_t total_us, uint64_t now,
		    struct r2_rumour_out *ret_out);

/** r2_rumour_rest() - nothing can be sent (link lost): a look under way ends without a result */
void r2_rumour_rest(struct r2_rumour *rumour);

/** r2_rumour_may_be() - may @mac be a gateway's at all, and does the list allow it */
bool r2_rumour_may_be(const struct r2_rumour *rumour, const struct r2_mac *mac);

#endif
