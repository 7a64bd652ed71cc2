/* SPDX-License-Identifier: MIT */
#include "core/pulse.h"

#define SEQ_LAST (UINT32_MAX / 2) /* far from where sums of numbers would wrap */

static uint64_t within(uint64_t value, uint64_t low, uint64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static size_t slot(uint32_t seq)
{
	return seq % R2_PULSE_WINDOW;
}

static uint64_t interval(const struct r2_pulse *pulse)
{
	return pulse->settings.interval_us;
}

/** respite() - between probes while in doubt; the first repetition has waited for its answer only
 */
static uint64_t respite(const struct r2_pulse *pulse)
{
	uint64_t wait = r2_later(r2_pulse_timeout(pulse), pulse->settings.gap_min_us);

	return pulse->row == 1 ? wait : r2_later(wait, interval(pulse) / 4);
}

void r2_pulse_init(struct r2_pulse *pulse, const struct r2_pulse_settings *settings, uint64_t now)
{
	struct r2_pulse_settings *own = &pulse->settings;

	*pulse = (struct r2_pulse){.settings = *settings, .open = 1, .due = now};
	if (own->interval_us == 0)
		own->interval_us = R2_INTERVAL_DEFAULT;
	own->interval_us = within(own->interval_us, R2_INTERVAL_MIN, R2_INTERVAL_MAX);
	own->gap_min_us = r2_sooner(own->gap_min_us, own->interval_us);
	if (own->misses == 0)
		own->misses = R2_MISSES_DEFAULT;
	if (own->timeout_min_us == 0)
		own->timeout_min_us = R2_TIMEOUT_MIN;
	own->timeout_min_us = r2_sooner(own->timeout_min_us, own->interval_us);
}

uint64_t r2_pulse_timeout(const struct r2_pulse *pulse)
{
	if (!pulse->measured)
		return interval(pulse);
	return within(pulse->srtt_us + 4 * pulse->rttvar_us, pulse->settings.timeout_min_us,
		      interval(pulse));
}

uint64_t r2_pulse_patience(const struct r2_pulse *pulse)
{
	return interval(pulse) * pulse->settings.misses / 4;
}

uint32_t r2_pulse_misses(const struct r2_pulse *pulse, uint64_t now)
{
	/* All but the last of a row are: the next goes when the one before is late. */
	return pulse->row - (pulse->row > 0 && now < pulse->last + r2_pulse_timeout(pulse));
}

/** death_due() - when the row will be long and old enough */
static uint64_t death_due(const struct r2_pulse *pulse)
{
	uint64_t old_enough = pulse->first + r2_pulse_patience(pulse);

	if (pulse->life == R2_LIFE_DEAD || pulse->row < pulse->settings.misses)
		return R2_NEVER;
	if (pulse->row > pulse->settings.misses)
		return old_enough;
	return r2_later(old_enough, pulse->last + r2_pulse_timeout(pulse));
}

uint64_t r2_pulse_next(const struct r2_pulse *pulse)
{
	return pulse->stopped ? R2_NEVER : r2_sooner(pulse->due, death_due(pulse));
}

/** give_up() - which probes can an answer without a number no longer be for */
static void give_up(struct r2_pulse *pulse, uint64_t now)
{
	uint64_t age = 2 * r2_pulse_timeout(pulse);

	for (; pulse->open <= pulse->seq; pulse->open++) {
		size_t at = slot(pulse->open);

		if (pulse->rtt[at] == R2_RTT_LOST && now < pulse->sent[at] + age)
			break;
	}
}

static uint32_t send(struct r2_pulse *pulse, uint64_t now)
{
	if (pulse->seq == SEQ_LAST) {
		pulse->seq = pulse->n = 0;
		pulse->open = 1;
	}
	if (pulse->row == 0 || pulse->life == R2_LIFE_DEAD)
		give_up(pulse, now);
	pulse->seq++;
	pulse->sent[slot(pulse->seq)] = now;
	pulse->rtt[slot(pulse->seq)] = R2_RTT_LOST;
	if (pulse->n < R2_PULSE_WINDOW)
		pulse->n++;
	if (pulse->open + pulse->n <= pulse->seq)
		pulse->open = pulse->seq - pulse->n + 1;

	pulse->row++;
	if (pulse->row == 1)
		pulse->first = now;
	pulse->last = now;
	if (pulse->life == R2_LIFE_DEAD)
		pulse->due = now + interval(pulse);
	else
		pulse->due = now + respite(pulse);
	return pulse->seq;
}

enum r2_pulse_news r2_pulse_timer(struct r2_pulse *pulse, uint64_t now, uint32_t *ret_seq)
{
	enum r2_pulse_news news = R2_PULSE_NOTHING;

	*ret_seq = 0;
	if (pulse->stopped)
		return news;
	if (now >= death_due(pulse)) {
		pulse->life = R2_LIFE_DEAD;
		pulse->due = pulse->last + interval(pulse);
		news = R2_PULSE_DEAD;
	}
	if (now >= pulse->due)
		*ret_seq = send(pulse, now);
	return news;
}

/** measure() - RFC 6298 section 2.2 and 2.3, alpha 1/8 and beta 1/4 */
static void measure(struct r2_pulse *pulse, uint64_t rtt)
{
	/* More than the interval says no more than that: the timeout is at most the interval. */
	rtt = r2_sooner(rtt, interval(pulse));
	if (!pulse->measured) {
		pulse->measured = true;
		pulse->srtt_us = rtt;
		pulse->rttvar_us = rtt / 2;
		return;
	}
	pulse->rttvar_us = (3 * pulse->rttvar_us + distance(pulse->srtt_us, rtt)) / 4;
	pulse->srtt_us = (7 * pulse->srtt_us + rtt) / 8;
}

static enum r2_pulse_news revive(struct r2_pulse *pulse)
{
	bool was_alive = pulse->life == R2_LIFE_ALIVE;

	pulse->life = R2_LIFE_ALIVE;
	pulse->row = 0;
	return was_alive ? R2_PULSE_NOTHING : R2_PULSE_ALIVE;
}

enum r2_pulse_news r2_pulse_answer(struct r2_pulse *pulse, uint32_t seq, uint64_t now)
{
	uint64_t rtt;

	if (pulse->stopped || seq == 0 || seq > pulse->seq || pulse->seq - seq >= pulse->n ||
	    pulse->rtt[slot(seq)] != R2_RTT_LOST)
		return R2_PULSE_NOTHING;
	rtt = now - pulse->sent[slot(seq)];
	pulse->rtt[slot(seq)] = (uint32_t)r2_sooner(rtt, R2_RTT_WAITING - 1);
	measure(pulse, rtt);
	pulse->due = pulse->last + interval(pulse);
	return revive(pulse);
}

uint32_t r2_pulse_oldest(const struct r2_pulse *pulse)
{
	for (uint32_t seq = pulse->open; seq <= pulse->seq && !pulse->stopped; seq++)
		if (pulse->rtt[slot(seq)] == R2_RTT_LOST)
			return seq;
	return 0;
}

enum r2_pulse_news r2_pulse_vouch(struct r2_pulse *pulse, uint64_t now)
{
	if (pulse->stopped)
		return R2_PULSE_NOTHING;
	pulse->due = now;
	return revive(pulse);
}

void r2_pulse_hurry(struct r2_pulse *pulse, uint64_t now)
{
	uint64_t gap = r2_later(interval(pulse) / 4, pulse->settings.gap_min_us);
	uint64_t soonest = r2_later(now, pulse->last + gap);

	if (pulse->life == R2_LIFE_DEAD)
		pulse->due = r2_sooner(pulse->due, soonest);
}

enum r2_pulse_news r2_pulse_stop(struct r2_pulse *pulse)
{
	bool was_dead = pulse->life == R2_LIFE_DEAD;

	pulse->stopped = true;
	pulse->life = R2_LIFE_DEAD;
	return was_dead ? R2_PULSE_NOTHING : R2_PULSE_DEAD;
}

void r2_pulse_start(struct r2_pulse *pulse, uint64_t now)
{
	pulse->stopped = false;
	pulse->life = R2_LIFE_DEAD;
	pulse->open = pulse->seq + 1; /* what was sent before the loss is not waited for */
	pulse->due = now;
}

size_t r2_pulse_rtts(const struct r2_pulse *pulse, uint64_t now, uint32_t ret_rtt[R2_PULSE_WINDOW])
{
	uint64_t timeout = r2_pulse_timeout(pulse);

	for (uint32_t i = 0; i < pulse->n; i++) {
		size_t at = slot(pulse->seq - pulse->n + 1 + i);
		bool waiting = pulse->rtt[at] == R2_RTT_LOST && now < pulse->sent[at] + timeout;

		ret_rtt[i] = waiting ? R2_RTT_WAITING : pulse->rtt[at];
	}
	return pulse->n;
}

struct r2_pulse_report r2_pulse_report(const struct r2_pulse *pulse, uint64_t now)
{
	struct r2_pulse_report report = {.min_us = UINT32_MAX};
	uint32_t rtt[R2_PULSE_WINDOW], answered = 0, before = 0;
	size_t n = r2_pulse_rtts(pulse, now, rtt);
	uint64_t sum = 0, changes = 0;

	for (size_t i = 0; i < n; i++) {
		if (rtt[i] == R2_RTT_LOST)
			report.lost++;
		if (rtt[i] == R2_RTT_LOST || rtt[i] == R2_RTT_WAITING)
			continue;
		changes += answered > 0 ? distance(rtt[i], before) : 0;
		before = rtt[i];
		sum += rtt[i];
		answered++;
		if (rtt[i] < report.min_us)
			report.min_us = rtt[i];
		if (rtt[i] > report.max_us)
			report.max_us = rtt[i];
	}
	report.sent = answered + report.lost;
	if (answered == 0)
		report.min_us = 0;
	if (answered > 0)
		report.mean_us = (uint32_t)(sum / answered);
	if (answered > 1)
		report.jitter_us = (uint32_t)(changes / (answered - 1));
	return report;
}
