/* SPDX-License-Identifier: MIT */
/* One gateway: exact vectors, as lines. Times are in microseconds. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "core/gateway.h"

#define OLD "02:00:00:00:00:01"
#define NEW "02:00:00:00:00:02"

#define START (100 * R2_SEC)

static struct r2_gateway gw;
static struct r2_gateway_out out;
static char said[400];

static void begin(const char *known, bool track)
{
	struct r2_gateway_settings settings = {.track = track};
	struct r2_ip addr = ip("10.0.0.1");
	struct r2_mac first = known ? mac(known) : (struct r2_mac){0};

	r2_gateway_init(&gw, &addr, 2, &settings, &first, START);
	assert_int_equal(r2_gateway_next(&gw), START);
}

/** say() - what the last event wants done: the words, and the last digit of each MAC */
static const char *say(void)
{
	static const char *const words[] = {"probe", "solicit", "echo",  "learned", "moved",
					    "up",    "down",    "alarm", "calm"};
	size_t n = 0;

	said[0] = 0;
	for (size_t i = 0; i < out.n; i++) {
		const struct r2_gateway_act *act = &out.at[i];

		n += (size_t)snprintf(said + n, sizeof(said) - n, "%s%s", i ? ", " : "",
				      words[act->kind]);
		if (act->seq > 0)
			n += (size_t)snprintf(said + n, sizeof(said) - n, " #%u", act->seq);
		if (act->old.len > 0)
			n += (size_t)snprintf(said + n, sizeof(said) - n, " %d", act->old.bytes[5]);
		if (act->mac.len > 0)
			n += (size_t)snprintf(said + n, sizeof(said) - n, " %d", act->mac.bytes[5]);
	}
	return said;
}

/** tick() - the timer wants to run at @when, and then says this */
static void tick(uint64_t when, const char *what)
{
	assert_int_equal(r2_gateway_next(&gw) - START, when);
	r2_gateway_timer(&gw, START + when, &out);
	assert_string_equal(say(), what);
}

static void hear(const char *who, bool solicited, uint64_t when, const char *what)
{
	struct r2_mac claimed = mac(who);

	r2_gateway_heard(&gw, &claimed, solicited, 0, START + when, &out);
	assert_string_equal(say(), what);
}

static void is(const char *state, uint64_t since)
{
	assert_string_equal(r2_gateway_state_name(gw.state), state);
	assert_int_equal(gw.since - START, since);
}

/** living() - OLD has answered once */
static void living(void)
{
	begin(OLD, false);
	is("learning", 0);
	tick(0, "probe #1 1");
	hear(OLD, true, 100, "up 1");
	is("up", 100);
}

static void up_by_its_answer(void **state)
{
	(void)state;
	living();
	tick(250000, "probe #2 1");
	hear(OLD, true, 250100, "");
	hear(OLD, true, 250200, "");
	hear(OLD, false, 250300, "");
	assert_int_equal(r2_pulse_report(&gw.pulse, START + 250300).sent, 2);
	is("up", 100);
}

static void dead_and_back(void **state)
{
	(void)state;
	living();
	tick(250000, "probe #2 1");
	tick(252000, "probe #3 1, probe 1, solicit");
	is("doubted", 100);
	tick(314500, "probe 1, solicit, probe #4 1");
	tick(377000, "probe 1, solicit, probe #5 1");
	tick(439500, "probe #6 1"); /* the look of the first miss ends, and nobody spoke */
	tick(500000, "down");
	is("down", 500000);
	tick(502000, "probe 1, solicit");
}

static void seeks_while_dead(void **state)
{
	size_t solicits = 0, probes = 0;
	uint64_t now = START;

	(void)state;
	living();
	while (gw.state != R2_GATEWAY_DOWN)
		r2_gateway_timer(&gw, r2_gateway_next(&gw), &out);
	for (now = r2_gateway_next(&gw); now < START + 20 * R2_SEC; now = r2_gateway_next(&gw)) {
		r2_gateway_timer(&gw, now, &out);
		for (size_t i = 0; i < out.n; i++) {
			solicits += out.at[i].kind == R2_GATEWAY_SOLICIT;
			probes += out.at[i].kind == R2_GATEWAY_PROBE;
		}
	}
	assert_in_range(solicits, 18, 80);
	assert_in_range(probes, 90, 160);
	hear(OLD, true, 20 * R2_SEC, "up 1");
	is("up", 20 * R2_SEC);
}

static void its_announcement_makes_us_ask(void **state)
{
	(void)state;
	living();
	while (gw.state != R2_GATEWAY_DOWN)
		r2_gateway_timer(&gw, r2_gateway_next(&gw), &out);
	r2_gateway_timer(&gw, START + 502000, &out);
	hear(OLD, false, 510000, "");
	is("down", 500000); /* what nobody asked for is no proof */
	while (r2_gateway_next(&gw) < START + 510000)
		r2_gateway_timer(&gw, r2_gateway_next(&gw), &out);
	tick(510000, "probe #7 1");
	hear(OLD, true, 510100, "up 1");
}

static void a_move_is_life(void **state)
{
	(void)state;
	living();
	hear(NEW, false, 100000, "probe 1, solicit");
	hear(NEW, true, 100100, "");
	tick(117500, "probe 1, solicit");
	hear(NEW, true, 117600, "");
	tick(135000, "probe 1, solicit");
	hear(NEW, true, 135100, "");
	tick(152500, "moved 1 2, probe #2 2");
	hear(NEW, true, 152600, "");
	tick(202500, "probe 1");
	is("up", 100);
}

static void two_claim_it(void **state)
{
	(void)state;
	living();
	hear(NEW, false, 100000, "probe 1, solicit");
	hear(NEW, true, 100100, "");
	hear(OLD, true, 100200, "");
	tick(117500, "alarm 1 2");
	assert_int_equal(out.at[0].alarm, R2_ALARM_CONFLICT);
	is("up", 100);
	tick(250000, "probe #2 1");
}

static void learned_then_up(void **state)
{
	(void)state;
	begin(NULL, false);
	tick(0, "solicit");
	hear(OLD, true, 100, "");
	tick(17500, "solicit");
	hear(OLD, true, 17600, "");
	tick(35000, "solicit");
	tick(52500, "learned 1, probe #1 1, up 1");
	hear(OLD, true, 52600, "");
	tick(302500, "probe #2 1");
}

static void nobody_to_learn(void **state)
{
	uint64_t now;

	(void)state;
	begin(NULL, false);
	do {
		now = r2_gateway_next(&gw);
		r2_gateway_timer(&gw, now, &out);
	} while (gw.state == R2_GATEWAY_LEARNING && now < START + 60 * R2_SEC);
	assert_string_equal(say(), "down");
	is("down", 1250000);
}

static void the_target_behind_counts(void **state)
{
	uint64_t now = START;
	uint32_t echo = 0;

	(void)state;
	begin(OLD, true);
	tick(0, "probe #1 1, echo #1 1");
	hear(OLD, true, 100, "");
	is("learning", 0);
	r2_gateway_echoed(&gw, 1, START + 9000, &out);
	assert_string_equal(say(), "up 1");
	/* the gateway answers on, the target does not */
	while (gw.state != R2_GATEWAY_DOWN) {
		now = r2_gateway_next(&gw);
		r2_gateway_timer(&gw, now, &out);
		for (size_t i = 0; i < out.n; i++)
			if (out.at[i].kind == R2_GATEWAY_ECHO)
				echo = out.at[i].seq;
		if (gw.state != R2_GATEWAY_DOWN)
			hear(OLD, true, now - START, "");
	}
	assert_true(now <= START + 1250000 && now >= START + 500000);
	assert_int_equal(gw.pulse.life, R2_LIFE_ALIVE);
	r2_gateway_echoed(&gw, echo + 1, now, &out);
	assert_string_equal(say(), "");
	r2_gateway_echoed(&gw, echo, now + 1, &out);
	assert_string_equal(say(), "up 1");
}

static void a_lost_link_is_down(void **state)
{
	(void)state;
	living();
	r2_gateway_link(&gw, false, START + 1000, &out);
	assert_string_equal(say(), "down");
	is("down", 1000);
	assert_int_equal(r2_gateway_next(&gw), R2_NEVER);
	hear(OLD, true, 2000, "");
	r2_gateway_link(&gw, false, START + 3000, &out);
	assert_string_equal(say(), "");
	r2_gateway_link(&gw, true, START + R2_SEC, &out);
	assert_string_equal(say(), "");
	tick(R2_SEC, "probe #2 1, probe 1, solicit");
	hear(OLD, true, R2_SEC + 100, "up 1");
	tick(R2_SEC + 17500, "");
	tick(R2_SEC + 250000, "probe #3 1");
}

static void answers_of_others_are_no_life(void **state)
{
	(void)state;
	begin(OLD, false);
	tick(0, "probe #1 1");
	hear(NEW, true, 100, "probe 1, solicit");
	is("learning", 0);
	hear(OLD, true, 200, "up 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_by_its_answer),
		cmocka_unit_test(dead_and_back),
		cmocka_unit_test(seeks_while_dead),
		cmocka_unit_test(its_announcement_makes_us_ask),
		cmocka_unit_test(a_move_is_life),
		cmocka_unit_test(two_claim_it),
		cmocka_unit_test(learned_then_up),
		cmocka_unit_test(nobody_to_learn),
		cmocka_unit_test(the_target_behind_counts),
		cmocka_unit_test(a_lost_link_is_down),
		cmocka_unit_test(answers_of_others_are_no_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
