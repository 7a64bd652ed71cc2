/* SPDX-License-Identifier: MIT */
#include "core/gateway.h"

#include <assert.h>

#define VERDICT_MIN (500 * R2_MSEC) /* two looks, should an answer to the first be lost */

const char *r2_gateway_state_name(enum r2_gateway_state state)
{
	static const char *const names[R2_GATEWAY_STATES] = {"learning", "up", "doubted", "down"};

	return names[state];
}

const struct r2_mac *r2_gateway_mac(const struct r2_gateway *gateway)
{
	return &gateway->rumour.known;
}

bool r2_gateway_is_up(const struct r2_gateway *gateway)
{
	return gateway->state == R2_GATEWAY_UP || gateway->state == R2_GATEWAY_DOUBTED;
}

static bool has_mac(const struct r2_gateway *gateway)
{
	return gateway->rumour.known.len > 0;
}

/* ---- actions ---- */

static struct r2_gateway_act *add(struct r2_gateway_out *out, enum r2_gateway_kind kind)
{
	struct r2_gateway_act *act = &out->at[out->n++];

	assert(out->n <= R2_GATEWAY_ACTS);
	*act = (struct r2_gateway_act){.kind = kind};
	return act;
}

static void add_send(struct r2_gateway_out *out, enum r2_gateway_kind kind,
		     const struct r2_mac *mac, uint32_t seq)
{
	struct r2_gateway_act *act = add(out, kind);

	act->mac = *mac;
	act->seq = seq;
}

/* ---- the verdict ---- */

static enum r2_gateway_state verdict(const struct r2_gateway *gateway, uint64_t now)
{
	bool track = gateway->settings.track;

	if (!gateway->link_up)
		return R2_GATEWAY_DOWN;
	if (!has_mac(gateway))
		return now < gateway->verdict_by ? R2_GATEWAY_LEARNING : R2_GATEWAY_DOWN;
	if (gateway->pulse.life == R2_LIFE_DEAD || (track && gateway->track.life == R2_LIFE_DEAD))
		return R2_GATEWAY_DOWN;
	if (gateway->pulse.life == R2_LIFE_UNKNOWN ||
	    (track && gateway->track.life == R2_LIFE_UNKNOWN))
		return gateway->state; /* no verdict yet, but for one that there was before */
	if (r2_pulse_misses(&gateway->pulse, now) > 0 ||
	    (track && r2_pulse_misses(&gateway->track, now) > 0))
		return R2_GATEWAY_DOUBTED;
	return R2_GATEWAY_UP;
}

static void judge(struct r2_gateway *gateway, uint64_t now, struct r2_gateway_out *out)
{
	enum r2_gateway_state before = gateway->state;
	bool was_up = r2_gateway_is_up(gateway);

	gateway->state = verdict(gateway, now);
	if (r2_gateway_is_up(gateway) && !was_up)
		add(out, R2_GATEWAY_WENT_UP)->mac = *r2_gateway_mac(gateway);
	else if (gateway->state == R2_GATEWAY_DOWN && before != R2_GATEWAY_DOWN)
		add(out, R2_GATEWAY_WENT_DOWN);
	if (gateway->state != before && !(was_up && r2_gateway_is_up(gateway)))
		gateway->since = now;
}

/* ---- the parts ---- */

/** revived() - the gateway lives: ask anew about the target behind it */
static void revived(struct r2_gateway *gateway, enum r2_pulse_news news, uint64_t now)
{
	if (news == R2_PULSE_ALIVE)
		r2_pulse_hurry(&gateway->track, now);
}

/** rumoured() - do what the rumour says */
static void rumoured(struct r2_gateway *gateway, const struct r2_rumour_out *said, uint64_t now,
		     struct r2_gateway_out *out)
{
	struct r2_rumour *rumour = &gateway->rumour;

	if (said->learned || said->moved) {
		struct r2_gateway_act *act =
			add(out, said->learned ? R2_GATEWAY_LEARNED : R2_GATEWAY_MOVED);

		act->mac = rumour->known;
		act->old = said->old;
		revived(gateway, r2_pulse_vouch(&gateway->pulse, now), now);
		/* The echoes on their way went to the old MAC: nobody will answer them. */
		if (gateway->track.life == R2_LIFE_ALIVE)
			r2_pulse_vouch(&gateway->track, now);
	}
	if (said->raised != R2_ALARM_NONE) {
		struct r2_gateway_act *act = add(out, R2_GATEWAY_ALARM);

		act->alarm = said->raised;
		act->mac = said->other;
		act->old = rumour->known;
	}
	if (said->calmed)
		add(out, R2_GATEWAY_ALARM_OVER);
	if (said->ask_known && gateway->link_up)
		add_send(out, R2_GATEWAY_PROBE, &rumour->known, 0);
	if (said->ask_former && gateway->link_up)
		add_send(out, R2_GATEWAY_PROBE, &rumour->former, 0);
	if (said->ask_all && gateway->link_up)
		add(out, R2_GATEWAY_SOLICIT);
}

/** look() - because of the pulse: it missed a beat, is dead, or has nobody to ask */
static void look(struct r2_gateway *gateway, enum r2_look why, uint64_t now,
		 struct r2_gateway_out *out)
{
	/* With time, so that a stall is not taken for a move; but done before it counts as dead. */
	uint64_t patience = r2_pulse_patience(&gateway->pulse) / 4 * 3;
	uint64_t total = why == R2_LOOK_MISS ? patience : 0;
	struct r2_rumour_out said;

	r2_rumour_look(&gateway->rumour, why, total, now, &said);
	rumoured(gateway, &said, now, out);
}

/** beat() - the pulse's timer, once there is somebody to ask */
static void beat(struct r2_gateway *gateway, uint64_t now, struct r2_gateway_out *out)
{
	struct r2_pulse *pulse = &gateway->pulse;
	uint32_t seq;

	if (!has_mac(gateway))
		return;
	r2_pulse_timer(pulse, now, &seq);
	if (seq > 0)
		add_send(out, R2_GATEWAY_PROBE, r2_gateway_mac(gateway), seq);
	if (seq > 0 && pulse->life != R2_LIFE_DEAD && pulse->row > 1)
		look(gateway, R2_LOOK_MISS, now, out);
}

/** echo() - the same for the target behind */
static void echo(struct r2_gateway *gateway, uint64_t now, struct r2_gateway_out *out)
{
	uint32_t seq;

	if (!gateway->settings.track || !has_mac(gateway))
		return;
	r2_pulse_timer(&gateway->track, now, &seq);
	if (seq > 0)
		add_send(out, R2_GATEWAY_ECHO, r2_gateway_mac(gateway), seq);
}

static bool is_sought(const struct r2_gateway *gateway)
{
	return gateway->link_up && (!has_mac(gateway) || gateway->pulse.life == R2_LIFE_DEAD);
}

/** seek_due() - each interval, but no more often than looks go */
static uint64_t seek_due(const struct r2_gateway *gateway)
{
	return r2_later(gateway->seek_at, gateway->rumour.pulse_after);
}

/** seek() - while it is dead or its MAC not known */
static void seek(struct r2_gateway *gateway, uint64_t now, struct r2_gateway_out *out)
{
	if (now < seek_due(gateway) || !is_sought(gateway))
		return;
	gateway->seek_at = now + gateway->pulse.settings.interval_us;
	look(gateway, R2_LOOK_SEEK, now, out);
}

/** begin() - of each event: nothing to do yet, and the rumour knows how long answers take */
static void begin(struct r2_gateway *gateway, struct r2_gateway_out *out)
{
	struct r2_pulse *pulse = &gateway->pulse;

	out->n = 0;
	gateway->rumour.timeout_us = pulse->measured ? r2_pulse_timeout(pulse) : 0;
}

/* ---- events ---- */

void r2_gateway_init(struct r2_gateway *gateway, const struct r2_ip *ip, uint32_t link,
		     const struct r2_gateway_settings *settings, const struct r2_mac *mac,
		     uint64_t now)
{
	struct r2_pulse *pulse = &gateway->pulse;

	*gateway = (struct r2_gateway){.ip = *ip,
				       .link = link,
				       .settings = *settings,
				       .since = now,
				       .seek_at = now,
				       .link_up = true};
	r2_pulse_init(pulse, &settings->pulse, now);
	r2_pulse_init(&gateway->track, &settings->pulse, now);
	r2_rumour_init(&gateway->rumour, &settings->rumour, mac);
	gateway->verdict_by = now + r2_later(VERDICT_MIN, pulse->settings.interval_us *
								  (pulse->settings.misses + 1u));
}

uint64_t r2_gateway_next(const struct r2_gateway *gateway)
{
	uint64_t next = r2_rumour_next(&gateway->rumour);

	if (is_sought(gateway))
		next = r2_sooner(next, seek_due(gateway));
	if (!has_mac(gateway))
		return gateway->state == R2_GATEWAY_LEARNING ? r2_sooner(next, gateway->verdict_by)
							     : next;
	if (gateway->settings.track)
		next = r2_sooner(next, r2_pulse_next(&gateway->track));
	return r2_sooner(next, r2_pulse_next(&gateway->pulse));
}

void r2_gateway_timer(struct r2_gateway *gateway, uint64_t now, struct r2_gateway_out *ret_out)
{
	struct r2_rumour_out said;

	begin(gateway, ret_out);
	r2_rumour_timer(&gateway->rumour, now, &said);
	rumoured(gateway, &said, now, ret_out);
	beat(gateway, now, ret_out);
	echo(gateway, now, ret_out);
	seek(gateway, now, ret_out);
	judge(gateway, now, ret_out);
}

void r2_gateway_heard(struct r2_gateway *gateway, const struct r2_mac *mac, bool solicited,
		      uint32_t seq, uint64_t now, struct r2_gateway_out *ret_out)
{
	struct r2_pulse *pulse = &gateway->pulse;
	bool from_known = has_mac(gateway) && r2_mac_equal(mac, r2_gateway_mac(gateway));
	struct r2_rumour_out said;

	begin(gateway, ret_out);
	if (!gateway->link_up)
		return;
	if (from_known && solicited)
		revived(gateway,
			r2_pulse_answer(pulse, seq > 0 ? seq : r2_pulse_oldest(pulse), now), now);
	else if (from_known)
		r2_pulse_hurry(pulse, now);
	r2_rumour_heard(&gateway->rumour, mac, solicited, now, &said);
	rumoured(gateway, &said, now, ret_out);
	judge(gateway, now, ret_out);
}

void r2_gateway_echoed(struct r2_gateway *gateway, uint32_t seq, uint64_t now,
		       struct r2_gateway_out *ret_out)
{
	begin(gateway, ret_out);
	if (!gateway->settings.track)
		return;
	r2_pulse_answer(&gateway->track, seq, now);
	judge(gateway, now, ret_out);
}

void r2_gateway_link(struct r2_gateway *gateway, bool up, uint64_t now,
		     struct r2_gateway_out *ret_out)
{
	begin(gateway, ret_out);
	if (gateway->link_up == up)
		return;
	gateway->link_up = up;
	if (up) {
		r2_pulse_start(&gateway->pulse, now);
		r2_pulse_start(&gateway->track, now);
		gateway->seek_at = now;
	} else {
		r2_pulse_stop(&gateway->pulse);
		r2_pulse_stop(&gateway->track);
		r2_rumour_rest(&gateway->rumour);
	}
	judge(gateway, now, ret_out);
}
