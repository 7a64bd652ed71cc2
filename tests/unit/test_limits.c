/* SPDX-License-Identifier: MIT */
/* What a system cannot do, and what becomes of pulse and rumour there. Times in microseconds. */
#include "unit.h"

#include "core/monitor.h"

#define OLD  "02:00:00:00:00:01"
#define NEW  "02:00:00:00:00:02"
#define EVIL "02:00:00:00:00:66"

static const struct r2_limits windows = {
	.interval_min_us = R2_SEC, .timeout_min_us = 50 * R2_MSEC, .asks_all = true};

static struct r2_rumour blind(const char *known)
{
	const struct r2_rumour_settings settings = {.blind = true};
	struct r2_mac first = known ? mac(known) : (struct r2_mac){0};
	struct r2_rumour rumour;

	r2_rumour_init(&rumour, &settings, &first);
	return rumour;
}

static struct r2_rumour_out hear(struct r2_rumour *rumour, const char *who, uint64_t when)
{
	struct r2_mac said = mac(who);
	struct r2_rumour_out out;

	r2_rumour_heard(rumour, &said, true, when, &out);
	return out;
}

static struct r2_rumour_out tick(struct r2_rumour *rumour, uint64_t when)
{
	struct r2_rumour_out out;

	assert_int_equal(r2_rumour_next(rumour), when);
	r2_rumour_timer(rumour, when, &out);
	return out;
}

static void settings_are_bound(void **state)
{
	const struct r2_limits none = {0};
	const struct r2_monitors nothing_said = {0};
	const struct r2_ip gateway = ip("192.0.2.1");
	struct r2_monitor monitor = r2_monitor_for(&nothing_said, &gateway), free = monitor;

	(void)state;
	assert_true(r2_monitor_bound(&free, &none));
	assert_memory_equal(&free, &monitor, sizeof(free));
	assert_false(r2_monitor_bound(&monitor, &windows));
	assert_int_equal(monitor.gateway.pulse.interval_us, R2_SEC);
	assert_int_equal(monitor.gateway.pulse.timeout_min_us, 50 * R2_MSEC);
	assert_true(monitor.gateway.rumour.blind);
	assert_true(r2_monitor_bound(&monitor, &windows)); /* what fits is no news */
	monitor.gateway.pulse.interval_us = 5 * R2_SEC;
	assert_true(r2_monitor_bound(&monitor, &windows));
	assert_int_equal(monitor.gateway.pulse.interval_us, 5 * R2_SEC);
}

/* One lost frame is no death: the system repeats each second, and so long is waited. */
static void doubt_is_as_slow_as_the_system(void **state)
{
	const struct r2_pulse_settings settings = {.interval_us = R2_SEC, .gap_min_us = R2_SEC};
	struct r2_pulse pulse;
	uint32_t seq;

	(void)state;
	r2_pulse_init(&pulse, &settings, 0);
	r2_pulse_timer(&pulse, 0, &seq);
	r2_pulse_answer(&pulse, 1, 1000);
	for (uint32_t i = 1; i <= 4; i++) {
		assert_int_equal(r2_pulse_next(&pulse), i * R2_SEC);
		assert_int_equal(r2_pulse_timer(&pulse, i * R2_SEC, &seq), R2_PULSE_NOTHING);
		assert_int_equal(seq, i + 1);
	}
	assert_true(r2_pulse_next(&pulse) <= 5 * R2_SEC);
	assert_int_equal(r2_pulse_timer(&pulse, r2_pulse_next(&pulse), &seq), R2_PULSE_DEAD);
	/* Hints make it no faster. */
	r2_pulse_hurry(&pulse, 4 * R2_SEC + 500 * R2_MSEC);
	assert_true(r2_pulse_next(&pulse) >= 5 * R2_SEC);
}

static void a_move_is_told_first_and_followed_late(void **state)
{
	struct r2_rumour rumour = blind(OLD);
	struct r2_rumour_out out = hear(&rumour, NEW, 0);

	(void)state;
	assert_true(out.ask_all && out.ask_known);
	assert_int_equal(out.raised, R2_ALARM_NONE);
	for (uint64_t round = 0; round < R2_BLIND_ROUNDS; round++) {
		/* The first question was missed: it need not answer in all of them. */
		if (round > 0)
			out = hear(&rumour, NEW, round * R2_BLIND_ROUND + 1000);
		assert_int_equal(out.raised, round == 1 ? R2_ALARM_UNPROVEN : R2_ALARM_NONE);
		assert_false(out.moved);
		out = tick(&rumour, (round + 1) * R2_BLIND_ROUND);
		assert_int_equal(out.moved, round + 1 == R2_BLIND_ROUNDS);
	}
	assert_true(r2_mac_equal(&rumour.known, &(struct r2_mac){6, {2, 0, 0, 0, 0, 2}}));
}

static void one_silent_round_is_enough_to_stay(void **state)
{
	struct r2_rumour rumour = blind(OLD);

	(void)state;
	hear(&rumour, NEW, 0);
	for (uint64_t round = 0; round < R2_BLIND_ROUNDS; round++) {
		if (round != 2)
			hear(&rumour, NEW, round * R2_BLIND_ROUND + 1000);
		assert_false(tick(&rumour, (round + 1) * R2_BLIND_ROUND).moved);
	}
	assert_true(r2_mac_equal(&rumour.known, &(struct r2_mac){6, {2, 0, 0, 0, 0, 1}}));
}

/* It is asked by an echo while the system's entry leads to it: then it does answer. */
static void the_one_in_use_answers_and_stays(void **state)
{
	struct r2_rumour rumour = blind(OLD);
	struct r2_rumour_out out;

	(void)state;
	hear(&rumour, EVIL, 0);
	assert_int_equal(hear(&rumour, EVIL, 1000).raised, R2_ALARM_UNPROVEN);
	hear(&rumour, OLD, 2000);
	out = tick(&rumour, R2_BLIND_ROUND);
	assert_false(out.moved || out.ask_all);
	assert_int_equal(rumour.alarm, R2_ALARM_UNPROVEN); /* told within the second: not anew */
	assert_true(r2_mac_equal(&rumour.known, &(struct r2_mac){6, {2, 0, 0, 0, 0, 1}}));
}

static void what_is_not_known_is_learned_as_ever(void **state)
{
	struct r2_rumour rumour = blind(NULL);
	struct r2_rumour_out out = {0};
	uint64_t at = 0;

	(void)state;
	r2_rumour_look(&rumour, R2_LOOK_SEEK, 0, 0, &out);
	for (unsigned i = 0; i < R2_LOOK_ROUNDS; i++, at += R2_LOOK_ROUND) {
		hear(&rumour, NEW, at + 1000);
		out = tick(&rumour, at + R2_LOOK_ROUND);
	}
	assert_true(out.learned);
	assert_int_equal(out.raised, R2_ALARM_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_bound),
		cmocka_unit_test(doubt_is_as_slow_as_the_system),
		cmocka_unit_test(a_move_is_told_first_and_followed_late),
		cmocka_unit_test(one_silent_round_is_enough_to_stay),
		cmocka_unit_test(the_one_in_use_answers_and_stays),
		cmocka_unit_test(what_is_not_known_is_learned_as_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
