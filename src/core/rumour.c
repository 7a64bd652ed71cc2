/* SPDX-License-Identifier: MIT */
#include "core/rumour.h"

/* ---- whom to believe ---- */

bool r2_rumour_may_be(const struct r2_rumour *rumour, const struct r2_mac *mac)
{
	const struct r2_rumour_settings *settings = &rumour->settings;
	uint8_t any = 0;

	for (size_t i = 0; i < mac->len; i++)
		any |= mac->bytes[i];
	/* RFC 1812 section 3.3.2: never a broadcast or multicast address; its lowest bit is set */
	if (any == 0 || (mac->len == 6 && (mac->bytes[0] & 1)))
		return false;
	for (size_t i = 0; i < settings->n_allowed; i++)
		if (r2_mac_equal(&settings->allowed[i], mac))
			return true;
	return settings->n_allowed == 0;
}

static bool is(const struct r2_mac *one, const struct r2_mac *mac)
{
	return one->len > 0 && r2_mac_equal(one, mac);
}

static void alarm(struct r2_rumour *rumour, enum r2_alarm why, const struct r2_mac *culprit,
		  uint64_t now, struct r2_rumour_out *out)
{
	bool told_just_now =
		rumour->alarm != R2_ALARM_NONE && now < rumour->alarm_told + R2_ALARM_GAP;

	rumour->alarm_end = now + R2_ALARM_HOLD;
	if (rumour->alarm == why || told_just_now)
		return;
	rumour->alarm = why;
	rumour->culprit = *culprit;
	rumour->alarm_told = now;
	out->raised = why;
	out->other = *culprit;
}

/** adopt() - @mac is in use now */
static void adopt(struct r2_rumour *rumour, const struct r2_mac *mac, struct r2_rumour_out *out)
{
	out->learned = rumour->known.len == 0;
	out->moved = !out->learned;
	out->old = rumour->known;
	rumour->known = *mac;
	rumour->looking = false;
	rumour->seek_us = R2_LOOK_ROUND;
}

/** move() - to the candidate, but not without a look back */
static void move(struct r2_rumour *rumour, uint64_t now, struct r2_rumour_out *out)
{
	struct r2_mac candidate = rumour->candidate;

	adopt(rumour, &candidate, out);
	if (!out->moved)
		return;
	/* One that came within the hour is no better known: the one before it stays the former. */
	if (rumour->former.len == 0)
		rumour->former = out->old;
	rumour->former_wait = R2_REGRET_FIRST;
	rumour->former_asked = 0;
	rumour->former_next = now + R2_REGRET_FIRST;
	rumour->former_end = now + R2_REGRET;
}

/* ---- a look ---- */

/** is_blind() - one that cannot tell whether the MAC in use is silent */
static bool is_blind(const struct r2_rumour *rumour)
{
	return rumour->settings.blind && rumour->known.len > 0;
}

static uint8_t rounds(const struct r2_rumour *rumour)
{
	return is_blind(rumour) ? R2_BLIND_ROUNDS : R2_LOOK_ROUNDS;
}

/** enough() - rounds running in which another has to answer */
static uint8_t enough(const struct r2_rumour *rumour)
{
	return (uint8_t)(rounds(rumour) - 1);
}

static void begin_round(struct r2_rumour *rumour, uint64_t now, struct r2_rumour_out *out)
{
	rumour->round++;
	rumour->spoke = false;
	rumour->round_end = now + rumour->round_us;
	out->ask_all = true;
	out->ask_known = rumour->known.len > 0;
}

/** begin() - a look whose rounds take @round_us, or what else makes them longer */
static void begin(struct r2_rumour *rumour, uint64_t round_us, uint64_t now,
		  struct r2_rumour_out *out)
{
	uint64_t least = R2_LOOK_ROUND;

	if (now < rumour->suspect_until)
		least *= R2_SUSPICION_LOOK;
	if (rumour->known.len == 0)
		least = r2_later(least, rumour->seek_us);
	if (is_blind(rumour))
		least = r2_later(least, R2_BLIND_ROUND);
	least = r2_later(least, rumour->timeout_us);
	rumour->round_us = r2_sooner(r2_later(least, round_us), R2_LOOK_ROUND_MAX);
	rumour->looking = true;
	rumour->known_spoke = rumour->two_spoke = false;
	rumour->candidate.len = 0;
	rumour->round = rumour->running = 0;
	rumour->claim_after = now + R2_LOOK_CLAIM_GAP;
	rumour->pulse_after = now + R2_LOOK_PULSE_GAP;
	begin_round(rumour, now, out);
}

/** conclude() - the last round is over, or the look has its answer */
static void conclude(struct r2_rumour *rumour, uint64_t now, struct r2_rumour_out *out)
{
	bool other_spoke = rumour->candidate.len > 0;

	rumour->looking = false;
	if (rumour->two_spoke || (rumour->known_spoke && other_spoke))
		alarm(rumour, R2_ALARM_CONFLICT, &rumour->candidate, now, out);
	else if (!rumour->known_spoke && rumour->running >= enough(rumour))
		move(rumour, now, out);
	if (rumour->two_spoke || (rumour->known_spoke && (other_spoke || rumour->claimed)))
		rumour->suspect_until = now + R2_SUSPICION;
	if (rumour->seeking && !rumour->known_spoke && !other_spoke)
		rumour->seek_us = r2_sooner(2 * rumour->seek_us, R2_LOOK_ROUND_MAX);
}

static void end_round(struct r2_rumour *rumour, uint64_t now, struct r2_rumour_out *out)
{
	bool vain = rumour->seeking && rumour->candidate.len == 0;

	if (rumour->running < enough(rumour))
		rumour->running = rumour->spoke ? (uint8_t)(rumour->running + 1) : 0;
	if (rumour->known_spoke || rumour->two_spoke || vain || rumour->round == rounds(rumour))
		conclude(rumour, now, out);
	else
		begin_round(rumour, now, out);
}

/** answered() - another MAC than the one in use, in a look */
static void answered(struct r2_rumour *rumour, const struct r2_mac *mac, uint64_t now,
		     struct r2_rumour_out *out)
{
	if (is_blind(rumour))
		alarm(rumour, R2_ALARM_UNPROVEN, mac, now, out);
	if (rumour->candidate.len == 0)
		rumour->candidate = *mac;
	if (r2_mac_equal(&rumour->candidate, mac))
		rumour->spoke = true;
	else
		rumour->two_spoke = true;
}

/** hurry() - a look without a claim has time; one that is announced has not */
static void hurry(struct r2_rumour *rumour, uint64_t now)
{
	uint64_t round = r2_later(R2_LOOK_ROUND, rumour->timeout_us);

	if (rumour->seeking || is_blind(rumour) || now < rumour->suspect_until ||
	    round >= rumour->round_us)
		return;
	rumour->claimed = true;
	rumour->round_us = round;
	rumour->round_end = r2_sooner(rumour->round_end, now + round);
}

/* ---- events ---- */

void r2_rumour_init(struct r2_rumour *rumour, const struct r2_rumour_settings *settings,
		    const struct r2_mac *known)
{
	*rumour = (struct r2_rumour){
		.settings = *settings, .alarm_end = R2_NEVER, .seek_us = R2_LOOK_ROUND};
	if (known)
		rumour->known = *known;
}

uint64_t r2_rumour_next(const struct r2_rumour *rumour)
{
	uint64_t next = rumour->alarm_end;

	if (rumour->looking)
		next = r2_sooner(next, rumour->round_end);
	if (rumour->former.len > 0)
		next = r2_sooner(next, rumour->former_next);
	return next;
}

static void ask_former(struct r2_rumour *rumour, uint64_t now, struct r2_rumour_out *out)
{
	if (now >= rumour->former_end) {
		rumour->former.len = 0;
		return;
	}
	out->ask_former = true;
	rumour->former_asked = now;
	rumour->former_wait = r2_sooner(2 * rumour->former_wait, R2_REGRET_GAP);
	rumour->former_next = now + rumour->former_wait;
}

void r2_rumour_timer(struct r2_rumour *rumour, uint64_t now, struct r2_rumour_out *ret_out)
{
	*ret_out = (struct r2_rumour_out){0};
	if (rumour->looking && now >= rumour->round_end)
		end_round(rumour, now, ret_out);
	if (rumour->former.len > 0 && now >= rumour->former_next)
		ask_former(rumour, now, ret_out);
	if (now >= rumour->alarm_end) {
		rumour->alarm = R2_ALARM_NONE;
		rumour->alarm_end = R2_NEVER;
		ret_out->calmed = true;
	}
}

/** heard_former() - the MAC of before a move is alive, or so it seems */
static void heard_former(struct r2_rumour *rumour, bool solicited, uint64_t now,
			 struct r2_rumour_out *out)
{
	struct r2_mac former = rumour->former;

	if (!solicited) {
		/* It announces itself: ask it soon, but not more often than a claim makes us look.
		 */
		rumour->former_next =
			r2_sooner(rumour->former_next,
				  r2_later(now, rumour->former_asked + R2_LOOK_CLAIM_GAP));
		return;
	}
	adopt(rumour, &former, out);
	rumour->former.len = 0;
	rumour->suspect_until = now + R2_SUSPICION;
	alarm(rumour, R2_ALARM_RETURNED, &out->old, now, out);
}

/** heard_other() - one that may be believed, and is neither in use nor the former */
static void heard_other(struct r2_rumour *rumour, const struct r2_mac *mac, bool solicited,
			uint64_t now, struct r2_rumour_out *out)
{
	if (rumour->settings.follow == R2_FOLLOW_BELIEVE) {
		adopt(rumour, mac, out);
	} else if (rumour->settings.follow == R2_FOLLOW_PIN && rumour->known.len > 0) {
		alarm(rumour, R2_ALARM_PINNED, mac, now, out);
	} else if (rumour->looking && solicited) {
		answered(rumour, mac, now, out);
	} else if (rumour->looking) {
		hurry(rumour, now);
	} else {
		if (rumour->alarm != R2_ALARM_NONE)
			rumour->alarm_end = now + R2_ALARM_HOLD;
		if (now < rumour->claim_after)
			return;
		rumour->claimed = true;
		rumour->seeking = false;
		begin(rumour, 0, now, out);
	}
}

void r2_rumour_heard(struct r2_rumour *rumour, const struct r2_mac *mac, bool solicited,
		     uint64_t now, struct r2_rumour_out *ret_out)
{
	*ret_out = (struct r2_rumour_out){0};
	if (is(&rumour->known, mac)) {
		rumour->known_spoke |= solicited;
	} else if (is(&rumour->former, mac)) {
		heard_former(rumour, solicited, now, ret_out);
	} else if (r2_rumour_may_be(rumour, mac)) {
		heard_other(rumour, mac, solicited, now, ret_out);
	} else if (rumour->settings.n_allowed > 0) {
		alarm(rumour, R2_ALARM_FOREIGN, mac, now, ret_out);
	}
}

void r2_rumour_look(struct r2_rumour *rumour, enum r2_look why, uint64_t total_us, uint64_t now,
		    struct r2_rumour_out *ret_out)
{
	*ret_out = (struct r2_rumour_out){0};
	if (rumour->looking || now < rumour->pulse_after ||
	    (rumour->settings.follow == R2_FOLLOW_PIN && rumour->known.len > 0))
		return;
	rumour->claimed = false;
	rumour->seeking = why == R2_LOOK_SEEK;
	begin(rumour, total_us / R2_LOOK_ROUNDS, now, ret_out);
}

void r2_rumour_rest(struct r2_rumour *rumour)
{
	rumour->looking = false;
}
