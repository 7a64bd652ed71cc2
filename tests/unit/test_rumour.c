/* SPDX-License-Identifier: MIT */
/* The rumour: exact vectors. Times are in microseconds; OLD is in use, NEW and EVIL claim. */
#include "unit.h"

#include "core/rumour.h"

#define OLD  "02:00:00:00:00:01"
#define NEW  "02:00:00:00:00:02"
#define EVIL "02:00:00:00:00:66"

#define START (100 * R2_SEC)

static struct r2_rumour rumour;
static struct r2_rumour_out out;

static void begin_with(enum r2_follow follow, const char *known)
{
	struct r2_rumour_settings settings = {.follow = follow};
	struct r2_mac first = known ? mac(known) : (struct r2_mac){0};

	r2_rumour_init(&rumour, &settings, &first);
}

/** asks() - what the last event wants sent: any of "k" (known), "f" (former), "a" (all) */
static const char *asks(void)
{
	static char text[4];
	size_t n = 0;

	if (out.ask_known)
		text[n++] = 'k';
	if (out.ask_former)
		text[n++] = 'f';
	if (out.ask_all)
		text[n++] = 'a';
	text[n] = 0;
	return text;
}

static void nothing_new(void)
{
	assert_false(out.learned || out.moved || out.calmed);
	assert_int_equal(out.raised, R2_ALARM_NONE);
}

static void hear(const char *who, bool solicited, uint64_t when)
{
	struct r2_mac said = mac(who);

	r2_rumour_heard(&rumour, &said, solicited, START + when, &out);
}

static void look(enum r2_look why, uint64_t total, uint64_t when)
{
	r2_rumour_look(&rumour, why, total, START + when, &out);
}

/** tick() - the timer wants to run at @when, and so it does */
static void tick(uint64_t when)
{
	assert_int_equal(r2_rumour_next(&rumour) - START, when);
	r2_rumour_timer(&rumour, START + when - 1, &out);
	assert_string_equal(asks(), "");
	nothing_new();
	r2_rumour_timer(&rumour, START + when, &out);
}

static void assert_known(const char *who)
{
	struct r2_mac want = who ? mac(who) : (struct r2_mac){0};

	assert_true(r2_mac_equal(&rumour.known, &want));
}

/** announced_move() - @who announces itself at @when, is alone to answer, and is followed */
static void announced_move(const char *who, uint64_t when)
{
	hear(who, false, when);
	assert_string_equal(asks(), "ka");
	for (uint64_t i = 1; i <= R2_LOOK_ROUNDS; i++) {
		hear(who, true, when + i * R2_LOOK_ROUND - 17000);
		nothing_new();
		r2_rumour_timer(&rumour, START + when + i * R2_LOOK_ROUND, &out);
		assert_string_equal(asks(), i < R2_LOOK_ROUNDS ? "ka" : "");
	}
	assert_true(out.moved);
	assert_known(who);
}

static void a_real_move_is_followed_in_time(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	assert_int_equal(r2_rumour_next(&rumour), R2_NEVER);
	announced_move(NEW, 0);
	assert_true(3 * R2_LOOK_ROUND < 60000);
	assert_true(3 * R2_LOOK_ROUND > 50000);
	assert_true(r2_mac_equal(&out.old, &(struct r2_mac){6, {2, 0, 0, 0, 0, 1}}));
	assert_false(out.learned);
	assert_int_equal(out.raised, R2_ALARM_NONE);
}

/* The same without an announcement: it begins with a missed probe, and takes its time. */
static void a_silent_move_is_followed(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	look(R2_LOOK_MISS, 250000, 0);
	assert_string_equal(asks(), "ka");
	hear(NEW, true, 100);
	tick(83333);
	assert_string_equal(asks(), "ka");
	tick(166666); /* its answer was lost this time: two running are needed */
	hear(NEW, true, 166700);
	tick(249999);
	assert_known(OLD);
	look(R2_LOOK_MISS, 250000, 250000);
	for (uint64_t at = 250000; at < 490000; at += 83333) {
		hear(NEW, true, at + 100);
		tick(at + 83333);
	}
	assert_true(out.moved);
	assert_known(NEW);
}

static void an_announcement_hurries_a_look(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	look(R2_LOOK_MISS, 250000, 0);
	hear(NEW, true, 100);
	hear(NEW, false, 1000);
	tick(18500);
	hear(NEW, true, 18600);
	tick(36000);
	hear(NEW, true, 36100);
	tick(53500);
	assert_true(out.moved);
}

static void the_old_one_answers_and_stays(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	hear(EVIL, false, 0);
	hear(OLD, true, 100);
	tick(17500);
	nothing_new();
	assert_string_equal(asks(), "");
	assert_known(OLD);
	/* not again within a second, but for the pulse */
	hear(EVIL, false, 999999);
	assert_string_equal(asks(), "");
	look(R2_LOOK_MISS, 0, 249999);
	assert_string_equal(asks(), "");
	look(R2_LOOK_MISS, 0, 250000);
	assert_string_equal(asks(), "ka");
	/* and with suspicion: four times as long */
	hear(EVIL, true, 250100);
	hear(OLD, true, 300000);
	tick(320000);
	assert_int_equal(out.raised, R2_ALARM_CONFLICT);
	assert_known(OLD);
}

/* It stalls for 50 ms, and the forger is alone to answer until then. */
static void a_stall_is_no_move(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	hear(EVIL, false, 0);
	hear(EVIL, true, 100);
	tick(17500);
	hear(EVIL, true, 17600);
	tick(35000);
	hear(EVIL, true, 35100);
	hear(OLD, true, 51000);
	tick(52500);
	assert_known(OLD);
	assert_int_equal(out.raised, R2_ALARM_CONFLICT);
	assert_true(r2_mac_equal(&out.other, &(struct r2_mac){6, {2, 0, 0, 0, 0, 0x66}}));
	tick(52500 + R2_ALARM_HOLD);
	assert_true(out.calmed);
	assert_int_equal(rumour.alarm, R2_ALARM_NONE);
	assert_int_equal(r2_rumour_next(&rumour), R2_NEVER);
}

static void two_new_ones_are_an_alarm(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	hear(NEW, false, 0);
	hear(NEW, true, 100);
	tick(17500);
	hear(EVIL, true, 17600);
	tick(35000);
	assert_int_equal(out.raised, R2_ALARM_CONFLICT);
	assert_known(OLD);
	assert_string_equal(asks(), "");
}

static void nobody_answers(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	hear(NEW, false, 0);
	for (uint64_t i = 1; i <= 3; i++)
		tick(i * 17500);
	nothing_new();
	assert_known(OLD);
	/* a seek ends with its first silent round */
	look(R2_LOOK_SEEK, 0, 300000);
	assert_string_equal(asks(), "ka");
	tick(317500);
	assert_string_equal(asks(), "");
	assert_int_equal(r2_rumour_next(&rumour), R2_NEVER);
}

/* Only what nobody asked for: heard as often as may be, it is no answer. */
static void announcements_are_no_answers(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	for (uint64_t at = 0; at < R2_SEC; at += 100) {
		hear(EVIL, false, at);
		r2_rumour_timer(&rumour, START + at + 50, &out);
	}
	assert_known(OLD);
}

static void learned_if_one_alone_answers(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, NULL);
	look(R2_LOOK_SEEK, 0, 0);
	assert_string_equal(asks(), "a");
	hear(OLD, true, 100);
	tick(17500);
	hear(OLD, true, 17600);
	tick(35000);
	hear(OLD, true, 35100);
	tick(52500);
	assert_true(out.learned);
	assert_false(out.moved);
	assert_known(OLD);
	assert_int_equal(r2_rumour_next(&rumour), R2_NEVER);

	begin_with(R2_FOLLOW_PIN, NULL);
	look(R2_LOOK_SEEK, 0, 0);
	hear(OLD, true, 100);
	hear(EVIL, true, 200);
	tick(17500);
	assert_int_equal(out.raised, R2_ALARM_CONFLICT);
	assert_known(NULL);
}

/* Answers that take 200 ms: rounds double until they are in time. */
static void slow_links_are_learned(void **state)
{
	uint64_t at = 0, late[4] = {R2_NEVER, R2_NEVER, R2_NEVER, R2_NEVER};
	size_t sent = 0;

	(void)state;
	begin_with(R2_FOLLOW_VERIFY, NULL);
	for (; rumour.known.len == 0 && at < 10 * R2_SEC; at += 500) {
		r2_rumour_timer(&rumour, START + at, &out);
		for (size_t i = 0; !out.ask_all && i < 4; i++) {
			if (at < late[i])
				continue;
			late[i] = R2_NEVER;
			hear(OLD, true, at);
		}
		if (!out.ask_all)
			look(R2_LOOK_SEEK, 0, at);
		if (out.ask_all)
			late[sent++ % 4] = at + 200000;
	}
	assert_known(OLD);
	assert_true(at < 4 * R2_SEC);
}

static void pinned_never_moves(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_PIN, OLD);
	look(R2_LOOK_MISS, 0, 0);
	assert_string_equal(asks(), "");
	hear(NEW, false, 0);
	assert_string_equal(asks(), "");
	assert_int_equal(out.raised, R2_ALARM_PINNED);
	hear(NEW, true, 5 * R2_SEC);
	nothing_new();
	tick(15 * R2_SEC);
	assert_true(out.calmed);
	assert_known(OLD);
}

static void followed_at_once(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_BELIEVE, OLD);
	hear(NEW, false, 0);
	assert_true(out.moved);
	assert_known(NEW);
	begin_with(R2_FOLLOW_BELIEVE, NULL);
	look(R2_LOOK_SEEK, 0, 0);
	assert_string_equal(asks(), "a");
	hear(NEW, true, 10);
	assert_true(out.learned);
	assert_int_equal(r2_rumour_next(&rumour), R2_NEVER);
}

static void only_listed_macs(void **state)
{
	struct r2_rumour_settings settings = {.n_allowed = 2, .allowed = {mac(OLD), mac(NEW)}};
	struct r2_mac old = mac(OLD);

	(void)state;
	r2_rumour_init(&rumour, &settings, &old);
	hear(EVIL, false, 0);
	assert_int_equal(out.raised, R2_ALARM_FOREIGN);
	assert_string_equal(asks(), "");
	announced_move(NEW, R2_SEC);
	settings.follow = R2_FOLLOW_BELIEVE;
	r2_rumour_init(&rumour, &settings, &old);
	hear(EVIL, true, 0);
	assert_int_equal(out.raised, R2_ALARM_FOREIGN);
	hear(NEW, false, 0);
	assert_true(out.moved);
}

/* RFC 1812 section 3.3.2, and a MAC of zeros */
static void what_no_gateway_can_have(void **state)
{
	static const char *const bad[] = {"ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01",
					  "00:00:00:00:00:00"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		begin_with(R2_FOLLOW_BELIEVE, OLD);
		hear(bad[i], true, 0);
		nothing_new();
		assert_string_equal(asks(), "");
		assert_known(OLD);
	}
}

/* The old one was stalled for longer than a look. */
static void a_move_is_regretted(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	announced_move(EVIL, 0);
	tick(102500);
	assert_string_equal(asks(), "f");
	tick(202500);
	assert_string_equal(asks(), "f");
	hear(OLD, true, 250000);
	assert_true(out.moved);
	assert_int_equal(out.raised, R2_ALARM_RETURNED);
	assert_known(OLD);
	assert_int_equal(rumour.former.len, 0);
}

/* It was dead, somebody took its address, and it is back and says so. */
static void the_former_one_returns(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	announced_move(EVIL, 0);
	while (r2_rumour_next(&rumour) < START + 600 * R2_SEC)
		r2_rumour_timer(&rumour, r2_rumour_next(&rumour), &out);
	announced_move(NEW, 600 * R2_SEC); /* a second move keeps the first one's former */
	while (r2_rumour_next(&rumour) < START + 610 * R2_SEC)
		r2_rumour_timer(&rumour, r2_rumour_next(&rumour), &out);
	hear(OLD, false, 610 * R2_SEC);
	tick(610 * R2_SEC);
	assert_string_equal(asks(), "f");
	hear(OLD, false, 610 * R2_SEC + 10); /* again: once a second is enough */
	assert_true(r2_rumour_next(&rumour) >= START + 611 * R2_SEC);
	hear(OLD, true, 610 * R2_SEC + 100);
	assert_known(OLD);
}

static void regret_ends(void **state)
{
	size_t asked = 0;

	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	announced_move(NEW, 0);
	while (r2_rumour_next(&rumour) != R2_NEVER) {
		r2_rumour_timer(&rumour, r2_rumour_next(&rumour), &out);
		asked += out.ask_former;
	}
	assert_in_range(asked, 360, 372);
	assert_int_equal(rumour.former.len, 0);
}

/*
 * 10,000 forged frames of each kind a second, with one MAC or with many, and the gateway answers
 * within 50 ms: it stays, and what we send and tell is bounded.
 */
static void a_flood_moves_nothing(void **state)
{
	size_t asked = 0, told = 0;
	uint64_t answer = R2_NEVER;

	(void)state;
	chance_begin();
	begin_with(R2_FOLLOW_VERIFY, OLD);
	for (uint64_t at = 0; at < 20 * R2_SEC; at += 50) {
		bool many = at >= 10 * R2_SEC;
		struct r2_mac evil = {6, {2, 0, 0, 0, 1, many ? (uint8_t)chance(256) : 7}};

		if (r2_rumour_next(&rumour) <= START + at)
			r2_rumour_timer(&rumour, START + at, &out);
		else if (answer <= at)
			hear(OLD, true, at), answer = R2_NEVER;
		else
			r2_rumour_heard(&rumour, &evil, at % 100 == 0, START + at, &out);
		if (out.ask_known && answer == R2_NEVER)
			answer = at + 50 + chance(50000);
		asked += (size_t)out.ask_known + out.ask_all + out.ask_former;
		told += out.raised != R2_ALARM_NONE;
		assert_false(out.moved);
	}
	assert_known(OLD);
	assert_true(asked <= 20 * 6);
	assert_true(told >= 1 && told <= 20);
}

static void a_lost_link_ends_a_look(void **state)
{
	(void)state;
	begin_with(R2_FOLLOW_VERIFY, OLD);
	hear(NEW, false, 0);
	hear(NEW, true, 1);
	r2_rumour_rest(&rumour);
	assert_int_equal(r2_rumour_next(&rumour), R2_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_real_move_is_followed_in_time),
		cmocka_unit_test(a_silent_move_is_followed),
		cmocka_unit_test(an_announcement_hurries_a_look),
		cmocka_unit_test(the_old_one_answers_and_stays),
		cmocka_unit_test(a_stall_is_no_move),
		cmocka_unit_test(two_new_ones_are_an_alarm),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(announcements_are_no_answers),
		cmocka_unit_test(learned_if_one_alone_answers),
		cmocka_unit_test(slow_links_are_learned),
		cmocka_unit_test(pinned_never_moves),
		cmocka_unit_test(followed_at_once),
		cmocka_unit_test(only_listed_macs),
		cmocka_unit_test(what_no_gateway_can_have),
		cmocka_unit_test(a_move_is_regretted),
		cmocka_unit_test(the_former_one_returns),
		cmocka_unit_test(regret_ends),
		cmocka_unit_test(a_flood_moves_nothing),
		cmocka_unit_test(a_lost_link_ends_a_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
