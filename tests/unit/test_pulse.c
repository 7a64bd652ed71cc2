/* SPDX-License-Identifier: MIT */
/* The pulse: exact vectors, then laws under chance. Times are in microseconds. */
#include "unit.h"

#include "core/pulse.h"

#define MS 1000u

static struct r2_pulse pulse_of(uint64_t interval_ms, uint8_t misses)
{
	struct r2_pulse_settings settings = {.interval_us = interval_ms * MS, .misses = misses};
	struct r2_pulse pulse;

	r2_pulse_init(&pulse, &settings, 0);
	return pulse;
}

/** tick() - run the timer when it wants to; @sent is the probe it sends. Return: the news */
static enum r2_pulse_news tick(struct r2_pulse *pulse, uint64_t when, uint32_t sent)
{
	enum r2_pulse_news news;
	uint32_t seq = 77;

	assert_int_equal(r2_pulse_next(pulse), when);
	assert_int_equal(r2_pulse_timer(pulse, when - (when > 0), &seq), R2_PULSE_NOTHING);
	assert_int_equal(seq, when > 0 ? 0 : sent);
	if (when == 0)
		return R2_PULSE_NOTHING;
	news = r2_pulse_timer(pulse, when, &seq);
	assert_int_equal(seq, sent);
	return news;
}

/** living() - a target that has answered its first probe in @rtt at time 0 */
static struct r2_pulse living(uint64_t interval_ms, uint8_t misses, uint64_t rtt)
{
	struct r2_pulse pulse = pulse_of(interval_ms, misses);

	tick(&pulse, 0, 1);
	assert_int_equal(r2_pulse_answer(&pulse, 1, rtt), R2_PULSE_ALIVE);
	return pulse;
}

static void settings_have_defaults_and_ranges(void **state)
{
	struct r2_pulse_settings settings = {0};
	struct r2_pulse pulse;

	(void)state;
	r2_pulse_init(&pulse, &settings, 5);
	assert_int_equal(pulse.settings.interval_us, 250 * MS);
	assert_int_equal(pulse.settings.misses, 4);
	assert_int_equal(pulse.settings.timeout_min_us, 2 * MS);
	assert_int_equal(r2_pulse_patience(&pulse), 250 * MS);
	settings = (struct r2_pulse_settings){.interval_us = 1, .timeout_min_us = R2_SEC};
	r2_pulse_init(&pulse, &settings, 5);
	assert_int_equal(pulse.settings.interval_us, 10 * MS);
	assert_int_equal(pulse.settings.timeout_min_us, 10 * MS);
	settings.interval_us = R2_NEVER;
	r2_pulse_init(&pulse, &settings, 5);
	assert_int_equal(pulse.settings.interval_us, 60 * R2_SEC);
}

static void a_living_one_is_probed_evenly(void **state)
{
	struct r2_pulse pulse = living(250, 4, 100);

	(void)state;
	for (uint32_t i = 1; i < 1000; i++) {
		assert_int_equal(tick(&pulse, 250 * MS * i, i + 1), R2_PULSE_NOTHING);
		assert_int_equal(r2_pulse_answer(&pulse, i + 1, 250 * MS * i + 100),
				 R2_PULSE_NOTHING);
	}
	assert_int_equal(r2_pulse_timeout(&pulse), 2 * MS);
	assert_int_equal(r2_pulse_report(&pulse, 0).sent, 128);
	assert_int_equal(r2_pulse_report(&pulse, 0).mean_us, 100);
	assert_int_equal(r2_pulse_report(&pulse, 0).jitter_us, 0);
}

/* RFC 6298: the first sample r gives srtt r, rttvar r/2; then 1/8 and 1/4. */
static void timeout_is_that_of_rfc_6298(void **state)
{
	struct r2_pulse pulse = pulse_of(250, 4);

	(void)state;
	assert_int_equal(r2_pulse_timeout(&pulse), 250 * MS);
	tick(&pulse, 0, 1);
	r2_pulse_answer(&pulse, 1, 8 * MS);
	assert_int_equal(r2_pulse_timeout(&pulse), 8 * MS + 4 * 4 * MS);
	tick(&pulse, 250 * MS, 2);
	r2_pulse_answer(&pulse, 2, 250 * MS + 16 * MS);
	assert_int_equal(pulse.srtt_us, 9 * MS);
	assert_int_equal(pulse.rttvar_us, 5 * MS);
	tick(&pulse, 500 * MS, 3);
	r2_pulse_answer(&pulse, 3, 10 * R2_SEC);
	assert_int_equal(r2_pulse_timeout(&pulse), 250 * MS);
}

/* Dead right after an answer: 250 ms to the next probe, then the patience of 250 ms. */
static void death_at_the_defaults(void **state)
{
	struct r2_pulse pulse = living(250, 4, 100);

	(void)state;
	assert_int_equal(tick(&pulse, 250000, 2), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_misses(&pulse, 251999), 0);
	assert_int_equal(r2_pulse_misses(&pulse, 252000), 1);
	assert_int_equal(tick(&pulse, 252000, 3), R2_PULSE_NOTHING);
	assert_int_equal(tick(&pulse, 314500, 4), R2_PULSE_NOTHING);
	assert_int_equal(tick(&pulse, 377000, 5), R2_PULSE_NOTHING);
	assert_int_equal(tick(&pulse, 439500, 6), R2_PULSE_NOTHING);
	assert_int_equal(tick(&pulse, 500000, 0), R2_PULSE_DEAD);
	assert_int_equal(pulse.life, R2_LIFE_DEAD);
	assert_int_equal(tick(&pulse, 689500, 7), R2_PULSE_NOTHING);
	assert_int_equal(tick(&pulse, 939500, 8), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_answer(&pulse, 8, 939600), R2_PULSE_ALIVE);
	assert_int_equal(r2_pulse_next(&pulse), 1189500);
}

static void death_at_10_ms_times_3(void **state)
{
	struct r2_pulse pulse = living(10, 3, 50);

	(void)state;
	tick(&pulse, 10000, 2);
	tick(&pulse, 12000, 3);
	tick(&pulse, 14500, 4);
	tick(&pulse, 17000, 5);
	assert_int_equal(tick(&pulse, 17500, 0), R2_PULSE_DEAD);
}

static void one_miss_can_be_enough(void **state)
{
	struct r2_pulse pulse = living(100, 1, 50);

	(void)state;
	tick(&pulse, 100000, 2);
	tick(&pulse, 102000, 3);
	assert_int_equal(tick(&pulse, 125000, 0), R2_PULSE_DEAD);
}

/* Nothing measured: the timeout is the interval, and so is the space between probes. */
static void one_that_never_answered(void **state)
{
	struct r2_pulse pulse = pulse_of(250, 4);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(tick(&pulse, i * 250000, i + 1), R2_PULSE_NOTHING);
	assert_int_equal(pulse.life, R2_LIFE_UNKNOWN);
	assert_int_equal(tick(&pulse, 1000000, 5), R2_PULSE_DEAD);
}

/* More misses than the window has room for. */
static void as_many_misses_as_there_may_be(void **state)
{
	struct r2_pulse pulse = living(10, 255, 50);
	enum r2_pulse_news news = R2_PULSE_NOTHING;
	uint64_t now = 0;
	uint32_t seq;

	(void)state;
	while (news == R2_PULSE_NOTHING) {
		now = r2_pulse_next(&pulse);
		news = r2_pulse_timer(&pulse, now, &seq);
	}
	assert_true(now <= 2560 * MS && now >= 10 * MS + r2_pulse_patience(&pulse));
	assert_int_equal(r2_pulse_report(&pulse, now + MS).lost, 127);
}

/* A stall: all answers come at its end, in order and without a number. */
static void a_stall_is_no_death(void **state)
{
	struct r2_pulse pulse = living(250, 4, 100);

	(void)state;
	tick(&pulse, 250000, 2);
	tick(&pulse, 252000, 3);
	assert_int_equal(r2_pulse_oldest(&pulse), 2);
	assert_int_equal(r2_pulse_answer(&pulse, r2_pulse_oldest(&pulse), 300000),
			 R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_misses(&pulse, 300000), 0);
	assert_int_equal(r2_pulse_answer(&pulse, r2_pulse_oldest(&pulse), 300001),
			 R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_oldest(&pulse), 0);
	assert_int_equal(r2_pulse_next(&pulse), 502000);
	assert_int_equal(r2_pulse_report(&pulse, 300001).lost, 0);
	assert_int_equal(r2_pulse_report(&pulse, 300001).max_us, 50000);
}

/* One answer lost: those without a number after it must not all be taken for the one before. */
static void a_loss_does_not_shift_the_answers(void **state)
{
	struct r2_pulse pulse = living(250, 4, 100);

	(void)state;
	tick(&pulse, 250000, 2); /* lost */
	tick(&pulse, 252000, 3);
	r2_pulse_answer(&pulse, r2_pulse_oldest(&pulse), 252100);
	assert_int_equal(r2_pulse_oldest(&pulse), 3); /* one of the two, and who knows which */
	tick(&pulse, 502000, 4);
	assert_int_equal(r2_pulse_oldest(&pulse), 4);
	r2_pulse_answer(&pulse, r2_pulse_oldest(&pulse), 502100);
	assert_int_equal(r2_pulse_report(&pulse, 502100).lost, 1);
	assert_int_equal(r2_pulse_report(&pulse, 502100).max_us, 2100);
}

/* Round trips longer than the interval: doubt comes and goes, life stays. */
static void a_far_target_lives(void **state)
{
	struct r2_pulse pulse = pulse_of(10, 3);
	uint64_t now, due[4] = {0};
	uint32_t seq = 0, answered = 0;

	(void)state;
	for (now = 0; now < R2_SEC; now += 100) {
		if (now >= r2_pulse_next(&pulse)) {
			assert_int_equal(r2_pulse_timer(&pulse, now, &seq), R2_PULSE_NOTHING);
			if (seq > 0)
				due[seq % 4] = now + 15 * MS;
		}
		for (size_t i = 0; i < 4; i++) {
			if (due[i] == 0 || now < due[i])
				continue;
			due[i] = 0;
			assert_int_equal(r2_pulse_answer(&pulse, r2_pulse_oldest(&pulse), now),
					 answered++ ? R2_PULSE_NOTHING : R2_PULSE_ALIVE);
		}
	}
	assert_int_equal(r2_pulse_report(&pulse, now).mean_us, 15 * MS);
}

static void late_answers_are_honoured(void **state)
{
	struct r2_pulse pulse = living(250, 4, 100);
	uint32_t seq, rtt[R2_PULSE_WINDOW];

	(void)state;
	while (r2_pulse_timer(&pulse, r2_pulse_next(&pulse), &seq) != R2_PULSE_DEAD)
		;
	assert_int_equal(r2_pulse_report(&pulse, 500000).lost, 5);
	assert_int_equal(r2_pulse_answer(&pulse, 3, 600000), R2_PULSE_ALIVE);
	assert_int_equal(r2_pulse_answer(&pulse, 3, 600001), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_answer(&pulse, 2, 600002), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_report(&pulse, 800000).sent, 6);
	assert_int_equal(r2_pulse_report(&pulse, 800000).lost, 3);
	assert_int_equal(r2_pulse_rtts(&pulse, 600002, rtt), 6);
	assert_int_equal(rtt[0], 100);
	assert_int_equal(rtt[1], 350002);
	assert_int_equal(rtt[2], 348000);
	assert_int_equal(rtt[3], R2_RTT_LOST);
	/* the timeout is the interval now, and that one is not so old */
	assert_int_equal(rtt[5], R2_RTT_WAITING);
}

static void what_we_did_not_ask_is_nothing(void **state)
{
	struct r2_pulse pulse = pulse_of(250, 4);

	(void)state;
	assert_int_equal(r2_pulse_oldest(&pulse), 0);
	assert_int_equal(r2_pulse_answer(&pulse, 0, 1), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_answer(&pulse, 1, 1), R2_PULSE_NOTHING);
	pulse = living(250, 4, 100);
	assert_int_equal(r2_pulse_oldest(&pulse), 0);
	assert_int_equal(r2_pulse_answer(&pulse, 2, 200), R2_PULSE_NOTHING);
	for (uint32_t i = 1; i < 200; i++) {
		tick(&pulse, 250 * MS * i, i + 1);
		r2_pulse_answer(&pulse, i + 1, 250 * MS * i + (i == 1 ? 0 : 100));
	}
	assert_int_equal(r2_pulse_answer(&pulse, 200 - 128, 60 * R2_SEC), R2_PULSE_NOTHING);
}

/* We were stopped for a minute ourselves: one probe, not a burst, and no verdict. */
static void a_late_timer_is_one_probe(void **state)
{
	struct r2_pulse pulse = living(250, 4, 100);
	uint32_t seq;

	(void)state;
	tick(&pulse, 250000, 2);
	assert_int_equal(r2_pulse_timer(&pulse, 60 * R2_SEC, &seq), R2_PULSE_NOTHING);
	assert_int_equal(seq, 3);
	assert_int_equal(r2_pulse_timer(&pulse, 60 * R2_SEC, &seq), R2_PULSE_NOTHING);
	assert_int_equal(seq, 0);
	assert_int_equal(r2_pulse_next(&pulse), 60 * R2_SEC + 62500);
}

static void hints_are_heeded_but_not_often(void **state)
{
	struct r2_pulse pulse = living(250, 4, 100);
	uint32_t seq;

	(void)state;
	r2_pulse_hurry(&pulse, 1000);
	assert_int_equal(r2_pulse_next(&pulse), 250000);
	while (r2_pulse_timer(&pulse, r2_pulse_next(&pulse), &seq) != R2_PULSE_DEAD)
		;
	r2_pulse_hurry(&pulse, 500001);
	assert_int_equal(r2_pulse_next(&pulse), 502000);
	tick(&pulse, 502000, 7);
	r2_pulse_hurry(&pulse, 502001);
	assert_int_equal(r2_pulse_next(&pulse), 564500);
	assert_int_equal(r2_pulse_vouch(&pulse, 510000), R2_PULSE_ALIVE);
	assert_int_equal(r2_pulse_vouch(&pulse, 510000), R2_PULSE_NOTHING);
	tick(&pulse, 510000, 8);
}

static void stopped_and_started(void **state)
{
	struct r2_pulse pulse = living(250, 4, 100);
	uint32_t seq;

	(void)state;
	tick(&pulse, 250000, 2);
	assert_int_equal(r2_pulse_stop(&pulse), R2_PULSE_DEAD);
	assert_int_equal(r2_pulse_stop(&pulse), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_next(&pulse), R2_NEVER);
	assert_int_equal(r2_pulse_timer(&pulse, 900000, &seq), R2_PULSE_NOTHING);
	assert_int_equal(seq, 0);
	assert_int_equal(r2_pulse_answer(&pulse, 2, 900000), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_vouch(&pulse, 900000), R2_PULSE_NOTHING);
	r2_pulse_start(&pulse, 1000000);
	assert_int_equal(r2_pulse_oldest(&pulse), 0);
	assert_int_equal(tick(&pulse, 1000000, 3), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_answer(&pulse, 3, 1000100), R2_PULSE_ALIVE);
}

static void numbers_begin_again(void **state)
{
	struct r2_pulse pulse = living(250, 4, 100);

	(void)state;
	pulse.seq = UINT32_MAX / 2;
	pulse.open = UINT32_MAX / 2;
	assert_int_equal(tick(&pulse, 250000, 1), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_oldest(&pulse), 1);
	assert_int_equal(r2_pulse_answer(&pulse, 1, 250100), R2_PULSE_NOTHING);
	assert_int_equal(r2_pulse_report(&pulse, 250100).sent, 1);
}

/*
 * Whatever the settings, round trips and losses: a target is dead within interval x (misses + 1)
 * of its last answer, and never before its patience is over.
 */
static void death_is_known_in_time(void **state)
{
	(void)state;
	chance_begin();
	for (size_t world = 0; world < 2000; world++) {
		struct r2_pulse pulse = pulse_of(10 + chance(500), (uint8_t)(1 + chance(255)));
		uint64_t interval = pulse.settings.interval_us, dies = chance(20) * interval;
		uint64_t bound = interval * (pulse.settings.misses + 1u), now = 0, answered = 0;
		uint32_t seq, slow = 1 + chance((uint32_t)interval), lossy = 1 + chance(5);

		for (;;) {
			enum r2_pulse_news news;

			now = r2_pulse_next(&pulse);
			news = r2_pulse_timer(&pulse, now, &seq);
			if (news == R2_PULSE_DEAD)
				break;
			assert_true(now < answered + bound);
			if (seq == 0 || now >= dies || chance(lossy) > 0)
				continue;
			answered = r2_sooner(now + 1 + chance(slow), r2_pulse_next(&pulse));
			r2_pulse_answer(&pulse, r2_pulse_oldest(&pulse), answered);
		}
		assert_true(now <= answered + bound);
		assert_true(now >= answered + r2_pulse_patience(&pulse));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_have_defaults_and_ranges),
		cmocka_unit_test(a_living_one_is_probed_evenly),
		cmocka_unit_test(timeout_is_that_of_rfc_6298),
		cmocka_unit_test(death_at_the_defaults),
		cmocka_unit_test(death_at_10_ms_times_3),
		cmocka_unit_test(one_miss_can_be_enough),
		cmocka_unit_test(one_that_never_answered),
		cmocka_unit_test(as_many_misses_as_there_may_be),
		cmocka_unit_test(a_stall_is_no_death),
		cmocka_unit_test(a_loss_does_not_shift_the_answers),
		cmocka_unit_test(a_far_target_lives),
		cmocka_unit_test(late_answers_are_honoured),
		cmocka_unit_test(what_we_did_not_ask_is_nothing),
		cmocka_unit_test(a_late_timer_is_one_probe),
		cmocka_unit_test(hints_are_heeded_but_not_often),
		cmocka_unit_test(stopped_and_started),
		cmocka_unit_test(numbers_begin_again),
		cmocka_unit_test(death_is_known_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
