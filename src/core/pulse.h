/* SPDX-License-Identifier: MIT */
/*
 * The pulse: does one target live? Told by probes of ours and the answers to them alone.
 *
 * Probes go evenly spaced, one each interval I. A probe is late when its timeout
 *
 *   T = srtt + 4 rttvar (RFC 6298 section 2), at least timeout_min, at most I; I while unmeasured
 *
 * has passed. A late probe raises doubt: the next goes at once, and then one each max(T, I/4) until
 * an answer comes. The target is dead when `misses` probes in a row, each past its timeout, got no
 * answer, and the first of them was sent at least I * misses / 4 ago (the patience): a target that
 * only stalls for less than that is not buried. So, from the last answer, the next probe goes
 * within I, and death is known within I * (misses + 1), with T as on a LAN within I + I * misses /
 * 4:
 *
 *   250 ms x 4    at most 1.25 s    on a LAN 0.25 .. 0.50 s    stalls under 250 ms are survived
 *    10 ms x 3    at most 40 ms     on a LAN 7.5 .. 17.5 ms    stalls under 7.5 ms are survived
 *
 * A row holds only probes sent after the last answer came. Any answer, however late, ends doubt and
 * death, and takes its probe off the losses. A timer that runs late sends one probe, never a burst,
 * and so a stall of our own is at most one miss. A target whose round trip exceeds I * misses
 * cannot be told from a dead one and will seem to come and go: give it a longer interval.
 */
#ifndef R2_CORE_PULSE_H
#define R2_CORE_PULSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/moment.h"

#define R2_INTERVAL_MIN     (10 * R2_MSEC)
#define R2_INTERVAL_MAX     (60 * R2_SEC)
#define R2_INTERVAL_DEFAULT (250 * R2_MSEC)
#define R2_MISSES_DEFAULT   4 /* 1..255 */
#define R2_TIMEOUT_MIN      (2 * R2_MSEC)

/** struct r2_pulse_settings - microseconds; 0 means the default */
struct r2_pulse_settings {
	uint64_t interval_us;    /* R2_INTERVAL_MIN..R2_INTERVAL_MAX; brought into that range */
	uint64_t timeout_min_us; /* R2_TIMEOUT_MIN; more than the interval means the interval */
	uint8_t misses;          /* R2_MISSES_DEFAULT */
	uint64_t gap_min_us;     /* struct r2_limits, @interval_min_us; 0: none */
};

/** enum r2_life - unknown until the first answer, or the first death */
enum r2_life { R2_LIFE_UNKNOWN = 0, R2_LIFE_ALIVE, R2_LIFE_DEAD };

/** enum r2_pulse_news - what an event changed */
enum r2_pulse_news { R2_PULSE_NOTHING = 0, R2_PULSE_ALIVE, R2_PULSE_DEAD };

#define R2_PULSE_WINDOW 128        /* probes remembered; an answer to an older one is nothing */
#define R2_RTT_LOST     UINT32_MAX /* in a list of round trips: no answer, and past its timeout */
#define R2_RTT_WAITING  (UINT32_MAX - 1) /* no answer yet */

/**
 * struct r2_pulse - a plain value of about 1.6 kB; nothing to free
 * @seq: of the last probe sent, from 1; 0: none yet. After 2^31 - 1 it begins again, and with it
 *       the window.
 * @row: probes sent since the last answer came
 * @first: when the first of them was sent
 * @last: when the last probe was sent
 * @due: when the next goes
 * @srtt_us, @rttvar_us: RFC 6298; a sample counts for at most the interval
 * @open: oldest probe that an answer without a number may be for
 * @n: probes in the window
 * @sent, @rtt: the window, at seq modulo its size; @rtt is R2_RTT_LOST until the answer comes
 */
struct r2_pulse {
	struct r2_pulse_settings settings;
	enum r2_life life;
	bool stopped, measured;
	uint32_t seq, row, open, n;
	uint64_t first, last, due;
	uint64_t srtt_us, rttvar_us;
	uint64_t sent[R2_PULSE_WINDOW];
	uint32_t rtt[R2_PULSE_WINDOW];
};

/** r2_pulse_init() - a target of which nothing is known; the first probe is due at @now */
void r2_pulse_init(struct r2_pulse *pulse, const struct r2_pulse_settings *settings, uint64_t now);

/** r2_pulse_next() - when r2_pulse_timer() wants to be called; R2_NEVER while stopped */
uint64_t r2_pulse_next(const struct r2_pulse *pulse);

/**
 * r2_pulse_timer() - time has passed; harmless before it is due
 * @ret_seq: number of the one probe to send now; 0: none
 *
 * Answers that have arrived are to be handed in first.
 */
enum r2_pulse_news r2_pulse_timer(struct r2_pulse *pulse, uint64_t now, uint32_t *ret_seq);

/** r2_pulse_answer() - the answer to probe @seq came; one unknown or answered already is nothing */
enum r2_pulse_news r2_pulse_answer(struct r2_pulse *pulse, uint32_t seq, uint64_t now);

/**
 * r2_pulse_oldest() - the probe that an answer without a number (ARP, ND) is for: the oldest one
 * outstanding, so that a round trip is never taken for shorter than it was; 0: none is, and the
 * answer is to nothing of ours
 *
 * Once doubt is over, or the target dead, probes that are two timeouts old count no more when
 * the next is sent; else one loss would shift all later answers by a probe.
 */
uint32_t r2_pulse_oldest(const struct r2_pulse *pulse);

/** r2_pulse_vouch() - other proof that the target lives; the next probe goes at once */
enum r2_pulse_news r2_pulse_vouch(struct r2_pulse *pulse, uint64_t now);

/**
 * r2_pulse_hurry() - a hint that a dead target may be back: let the next probe go now, but not
 * sooner than a quarter of the interval after the last, however often there are hints
 */
void r2_pulse_hurry(struct r2_pulse *pulse, uint64_t now);

/** r2_pulse_stop() - nothing can be sent (link lost): no timer, and dead until started again */
enum r2_pulse_news r2_pulse_stop(struct r2_pulse *pulse);

/** r2_pulse_start() - after r2_pulse_stop(): probes go again, first at @now; dead until answered */
void r2_pulse_start(struct r2_pulse *pulse, uint64_t now);

/** r2_pulse_timeout() - T above, in microseconds */
uint64_t r2_pulse_timeout(const struct r2_pulse *pulse);
/** r2_pulse_patience() - I * misses / 4, in microseconds */
uint64_t r2_pulse_patience(const struct r2_pulse *pulse);
/** r2_pulse_misses() - probes of the row that are past their timeout at @now; over 0 is doubt */
uint32_t r2_pulse_misses(const struct r2_pulse *pulse, uint64_t now);

/**
 * struct r2_pulse_report - over the window; times in microseconds, 0 if nothing was answered
 * @sent: probes answered or lost; those still waiting are left out
 * @jitter_us: mean difference of successive round trips (as D of RFC 3550 section 6.4.1)
 */
struct r2_pulse_report {
	uint32_t sent, lost;
	uint32_t mean_us, min_us, max_us, jitter_us;
};

/** r2_pulse_report() - what the window holds at @now */
struct r2_pulse_report r2_pulse_report(const struct r2_pulse *pulse, uint64_t now);

/**
 * r2_pulse_rtts() - the round trips of the window, oldest first, to draw
 * @ret_rtt: microseconds, R2_RTT_LOST or R2_RTT_WAITING
 *
 * Return: how many were written.
 */
size_t r2_pulse_rtts(const struct r2_pulse *pulse, uint64_t now, uint32_t ret_rtt[R2_PULSE_WINDOW]);

#endif
