/* SPDX-License-Identifier: MIT */
/* Failover: exact vectors, then its laws under chance. Times are in seconds, as hold is. */
#include "unit.h"

#include "core/failover.h"

#define NONE R2_NO_CARRIER

static struct r2_failover list;

static void begin(uint8_t n, enum r2_when_down down, uint8_t carrier)
{
	r2_failover_init(&list, n, down, R2_HOLD_DEFAULT, carrier, false);
}

static void assert_act(struct r2_failover_act act, enum r2_failover_kind kind, uint8_t index)
{
	assert_int_equal(act.kind, kind);
	assert_int_equal(act.index, index);
}

static struct r2_failover_act up(uint8_t i, uint64_t when)
{
	return r2_failover_health(&list, i, R2_HEALTH_UP, when * R2_SEC);
}

static struct r2_failover_act down(uint8_t i, uint64_t when)
{
	return r2_failover_health(&list, i, R2_HEALTH_DOWN, when * R2_SEC);
}

/** tick() - the timer is due at @when, and not before */
static struct r2_failover_act tick(uint64_t when)
{
	assert_int_equal(r2_failover_next(&list, when * R2_SEC - 1), when * R2_SEC);
	assert_int_equal(r2_failover_timer(&list, when * R2_SEC - 1).kind, R2_FAILOVER_NONE);
	return r2_failover_timer(&list, when * R2_SEC);
}

static void assert_idle(uint64_t when)
{
	assert_int_equal(r2_failover_next(&list, when * R2_SEC), R2_NEVER);
}

static void the_first_backup_at_once_and_back_after_hold(void **state)
{
	(void)state;
	begin(3, R2_DOWN_KEEP, 0);
	for (uint8_t i = 0; i < 3; i++)
		assert_act(up(i, 1), R2_FAILOVER_NONE, 0);
	assert_act(down(0, 100), R2_FAILOVER_CARRY, 1);
	assert_act(down(1, 101), R2_FAILOVER_CARRY, 2);
	assert_idle(101);
	assert_act(up(0, 102), R2_FAILOVER_NONE, 2);
	assert_act(tick(112), R2_FAILOVER_CARRY, 0);
	assert_idle(112);
}

static void hold_begins_anew_with_each_break(void **state)
{
	(void)state;
	begin(2, R2_DOWN_KEEP, 0);
	up(0, 1), up(1, 1);
	assert_act(down(0, 100), R2_FAILOVER_CARRY, 1);
	up(0, 101), down(0, 110), up(0, 111);
	assert_act(tick(121), R2_FAILOVER_CARRY, 0);
}

/* One better came up while another better one took over: one change a hold. */
static void better_and_better_is_not_hurried(void **state)
{
	(void)state;
	begin(3, R2_DOWN_KEEP, 2);
	down(0, 1), down(1, 1), up(2, 1);
	up(1, 2);
	up(0, 7);
	assert_act(tick(12), R2_FAILOVER_CARRY, 1);
	assert_act(tick(22), R2_FAILOVER_CARRY, 0);
}

/* The carrier dies while a better one serves its hold: it carries at once. */
static void who_waits_serves_in_need(void **state)
{
	(void)state;
	begin(2, R2_DOWN_KEEP, 1);
	down(0, 1), up(1, 1);
	assert_act(up(0, 2), R2_FAILOVER_NONE, 1);
	assert_act(down(1, 3), R2_FAILOVER_CARRY, 0);
	assert_act(up(1, 4), R2_FAILOVER_NONE, 0);
	assert_idle(4);
}

static void never_to_nothing(void **state)
{
	(void)state;
	begin(2, R2_DOWN_KEEP, 0);
	up(0, 1), down(1, 1);
	assert_act(down(0, 2), R2_FAILOVER_NONE, 0);
	assert_idle(2);
	assert_act(up(1, 3), R2_FAILOVER_CARRY, 1);
	assert_act(down(1, 4), R2_FAILOVER_NONE, 1);
	assert_act(up(1, 5), R2_FAILOVER_NONE, 1);
}

static void withdrawn_and_restored(void **state)
{
	(void)state;
	begin(2, R2_DOWN_WITHDRAW, 0);
	up(0, 1);
	assert_act(down(0, 2), R2_FAILOVER_NONE, 0); /* the other is not known yet */
	assert_act(down(1, 3), R2_FAILOVER_WITHDRAW, 0);
	assert_act(down(1, 4), R2_FAILOVER_NONE, 0);
	assert_idle(4);
	assert_act(up(1, 5), R2_FAILOVER_RESTORE, 1);
	assert_act(up(0, 6), R2_FAILOVER_NONE, 1);
	assert_act(tick(16), R2_FAILOVER_CARRY, 0);
}

/* Also by the carrier itself, and by a watch that was started anew meanwhile. */
static void restored_to_what_was(void **state)
{
	(void)state;
	r2_failover_init(&list, 2, R2_DOWN_WITHDRAW, R2_HOLD_DEFAULT, 0, true);
	assert_act(down(1, 1), R2_FAILOVER_NONE, 0);
	assert_act(up(0, 2), R2_FAILOVER_RESTORE, 0);
}

static void what_stands_is_not_taken_before_a_verdict(void **state)
{
	(void)state;
	begin(3, R2_DOWN_KEEP, 1);
	assert_act(up(0, 1), R2_FAILOVER_NONE, 1);
	assert_act(up(2, 1), R2_FAILOVER_NONE, 1);
	assert_act(up(1, 2), R2_FAILOVER_NONE, 1);
	assert_act(tick(11), R2_FAILOVER_CARRY, 0);

	begin(3, R2_DOWN_KEEP, 1);
	up(2, 1);
	assert_act(down(1, 2), R2_FAILOVER_CARRY, 2);
}

static void where_nothing_stands(void **state)
{
	(void)state;
	begin(3, R2_DOWN_KEEP, NONE);
	assert_act(up(2, 1), R2_FAILOVER_NONE, NONE);
	assert_act(up(1, 2), R2_FAILOVER_NONE, NONE);
	assert_act(down(0, 3), R2_FAILOVER_CARRY, 1);

	begin(2, R2_DOWN_KEEP, NONE);
	assert_act(up(0, 1), R2_FAILOVER_CARRY, 0);

	begin(2, R2_DOWN_KEEP, NONE);
	down(0, 1);
	assert_act(down(1, 1), R2_FAILOVER_NONE, NONE);
}

static void drained_for_a_time(void **state)
{
	(void)state;
	begin(2, R2_DOWN_KEEP, 0);
	up(0, 1), up(1, 1);
	assert_act(r2_failover_drain(&list, 0, 130 * R2_SEC, 100 * R2_SEC), R2_FAILOVER_CARRY, 1);
	/* none other is up: better a drained one than none */
	assert_act(down(1, 110), R2_FAILOVER_CARRY, 0);
	assert_act(up(1, 111), R2_FAILOVER_CARRY, 1);
	assert_act(tick(130), R2_FAILOVER_CARRY, 0);
	/* both drained: nothing moves */
	assert_act(r2_failover_drain(&list, 1, R2_NEVER, 140 * R2_SEC), R2_FAILOVER_NONE, 0);
	assert_act(r2_failover_drain(&list, 0, R2_NEVER, 140 * R2_SEC), R2_FAILOVER_NONE, 0);
	assert_act(r2_failover_drain(&list, 1, 0, 141 * R2_SEC), R2_FAILOVER_CARRY, 1);
	assert_act(r2_failover_drain(&list, 0, 0, 142 * R2_SEC), R2_FAILOVER_NONE, 1);
	assert_act(tick(151), R2_FAILOVER_CARRY, 0);
}

static void switched_by_hand(void **state)
{
	(void)state;
	begin(3, R2_DOWN_KEEP, 0);
	up(0, 1), up(1, 1), down(2, 1);
	assert_act(r2_failover_switch(&list, 2, R2_NEVER, 100 * R2_SEC), R2_FAILOVER_NONE, 0);
	assert_idle(100);
	up(2, 101);
	assert_act(r2_failover_switch(&list, 2, 200 * R2_SEC, 110 * R2_SEC), R2_FAILOVER_CARRY, 2);
	assert_act(r2_failover_switch(&list, 2, 200 * R2_SEC, 110 * R2_SEC), R2_FAILOVER_NONE, 2);
	/* back to a better one by hand: no hold */
	assert_act(r2_failover_switch(&list, 1, 190 * R2_SEC, 111 * R2_SEC), R2_FAILOVER_CARRY, 1);
	assert_act(tick(190), R2_FAILOVER_CARRY, 0);
}

/*
 * Any list under any weather: the carrier is up if one is and all verdicts are in, it changes to
 * a better one only after hold, and `keep` never withdraws.
 */
static void laws(void **state)
{
	(void)state;
	chance_begin();
	for (size_t world = 0; world < 2000; world++) {
		uint8_t n = (uint8_t)(1 + chance(R2_GATEWAYS_MAX));
		enum r2_when_down policy = chance(2) ? R2_DOWN_KEEP : R2_DOWN_WITHDRAW;
		uint64_t now = R2_SEC;

		begin(n, policy, chance(2) ? (uint8_t)chance(n) : NONE);
		for (uint8_t i = 0; i < n; i++)
			r2_failover_health(&list, i, chance(2) ? R2_HEALTH_UP : R2_HEALTH_DOWN,
					   now);
		for (size_t step = 0; step < 100; step++) {
			struct r2_failover before = list;
			struct r2_failover_act act;
			uint8_t i = (uint8_t)chance(n);
			bool any = false;

			now += 1 + chance(6 * R2_SEC);
			if (r2_failover_next(&list, now) <= now)
				act = r2_failover_timer(&list, now);
			else
				act = r2_failover_health(
					&list, i, chance(3) ? R2_HEALTH_UP : R2_HEALTH_DOWN, now);
			for (i = 0; i < n; i++)
				any |= list.at[i].health == R2_HEALTH_UP;
			assert_int_equal(act.index, list.carrier);
			assert_true(!any || list.at[list.carrier].health == R2_HEALTH_UP);
			assert_int_equal(list.withdrawn, !any && policy == R2_DOWN_WITHDRAW);
			assert_true(act.kind != R2_FAILOVER_NONE ||
				    (list.carrier == before.carrier &&
				     list.withdrawn == before.withdrawn));
			if (act.kind == R2_FAILOVER_CARRY && before.carrier != NONE &&
			    list.at[before.carrier].health == R2_HEALTH_UP) {
				assert_true(list.carrier < before.carrier);
				assert_true(now >= before.changed + list.hold);
				assert_true(now >= list.at[list.carrier].since + list.hold);
			}
			/* decided is decided */
			assert_int_equal(r2_failover_timer(&list, now).kind, R2_FAILOVER_NONE);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_backup_at_once_and_back_after_hold),
		cmocka_unit_test(hold_begins_anew_with_each_break),
		cmocka_unit_test(better_and_better_is_not_hurried),
		cmocka_unit_test(who_waits_serves_in_need),
		cmocka_unit_test(never_to_nothing),
		cmocka_unit_test(withdrawn_and_restored),
		cmocka_unit_test(restored_to_what_was),
		cmocka_unit_test(what_stands_is_not_taken_before_a_verdict),
		cmocka_unit_test(where_nothing_stands),
		cmocka_unit_test(drained_for_a_time),
		cmocka_unit_test(switched_by_hand),
		cmocka_unit_test(laws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
