/* SPDX-License-Identifier: MIT */
/*
 * A simulated year of gateway weather, seen by gateways and failover together.
 *
 * What is simulated: a list of gateways on one link; every frame we send and every frame that comes
 * back, each with a random delay (up to 2 ms there and back) and, in lossy spells, each with its
 * own chance to be lost; outages of 10 ms to half an hour; stalls of 5 to 50 ms, after which all
 * answers come at once; moves to another MAC, announced or not; a dead path behind a gateway; a
 * lost link; and forgers, who announce, answer our broadcasts and what we send to them, send
 * answers that nobody asked for, in their own name, in many, or in the gateway's, up to 10,000
 * frames a second.
 *
 * A year at 250 ms is 126 million probes a gateway. So it is simulated around what happens: when
 * all is quiet, the calendar goes on by up to an hour while the clock stands. The year of 10 s
 * probes is simulated whole.
 */
#include "sky.h"

#include <string.h>

#include "core/failover.h"
#include "core/gateway.h"

#define YEAR  (365 * 86400 * R2_SEC)
#define SLACK (5 * R2_MSEC) /* frames under way, there and back */

/** struct climate - how a year is simulated */
struct climate {
	struct r2_pulse_settings pulse;
	enum r2_when_down down;
	bool skips, track;
	uint64_t gap, outage; /* at most: between spells; of an outage */
	uint64_t length;
};

static const struct climate *climate;
static struct r2_gateway gateways[GATEWAYS];
static struct r2_failover list;
static uint64_t skipped, bound;
static bool link_up;
static struct {
	size_t spells, sent, heard, deaths, moves, taken, changes, alarms, false_deaths;
} count;

static uint32_t known(uint8_t gw)
{
	return number_of(r2_gateway_mac(&gateways[gw]));
}

static void send(uint8_t gw, const struct r2_gateway_act *act)
{
	uint32_t to = number_of(&act->mac);

	count.sent++;
	assert_true(link_up);
	if (act->kind == R2_GATEWAY_SOLICIT || to == truths[gw].mac)
		answer(gw, act->kind == R2_GATEWAY_ECHO ? act->seq : 0);
	if (forging(gw, ANSWERS) && (act->kind == R2_GATEWAY_SOLICIT || is_evil(to)) &&
	    act->kind != R2_GATEWAY_ECHO)
		come(gw, trip(), act->kind == R2_GATEWAY_SOLICIT ? evil(gw) : to, true);
}

/* ---- what is done, and whether it may be ---- */

static void failed_over(const struct r2_failover *before, struct r2_failover_act act)
{
	bool still_up =
		before->carrier != R2_NO_CARRIER && list.at[before->carrier].health == R2_HEALTH_UP;

	assert_int_equal(act.index, list.carrier);
	if (act.kind == R2_FAILOVER_NONE)
		return;
	count.changes++;
	if (act.kind == R2_FAILOVER_WITHDRAW) {
		/* never dead-to-nothing */
		assert_int_equal(climate->down, R2_DOWN_WITHDRAW);
		for (uint8_t i = 0; i < GATEWAYS; i++)
			assert_int_equal(list.at[i].health, R2_HEALTH_DOWN);
		return;
	}
	/* one carries, and it is up */
	assert_int_equal(act.kind == R2_FAILOVER_RESTORE, before->withdrawn);
	assert_true(act.kind == R2_FAILOVER_RESTORE || act.index != before->carrier);
	assert_int_equal(list.at[act.index].health, R2_HEALTH_UP);
	if (still_up && !before->withdrawn) {
		/* never a flap faster than hold */
		assert_true(act.index < before->carrier);
		assert_true(before->changed == 0 || now >= before->changed + list.hold);
		assert_true(now >= before->at[act.index].since + list.hold);
	}
}

static void went(uint8_t gw, enum r2_health health)
{
	struct r2_failover before = list;
	const struct truth *truth = &truths[gw];

	if (health == R2_HEALTH_DOWN) {
		count.deaths++;
		count.false_deaths += truth->alive && truth->path && link_up;
		/* no false death: not for a stall, and not for what forgers do */
		assert_true(!truth->alive || !truth->path || !link_up || now < truth->excused ||
			    known(gw) != truth->mac);
	}
	failed_over(&before, r2_failover_health(&list, gw, health, now));
}

static void moved(uint8_t gw, const struct r2_gateway_act *act)
{
	struct truth *truth = &truths[gw];

	count.moves++;
	truth->proof = now;
	if (!is_evil(number_of(&act->mac)))
		return;
	count.taken++;
	/* never the forger's while the true one answers: it came back within the last round, at
	 * most */
	assert_true(!truth->alive || now <= truth->back + R2_SEC || now < truth->excused);
}

static void act_on(uint8_t gw, const struct r2_gateway_out *out)
{
	for (size_t i = 0; i < out->n; i++) {
		const struct r2_gateway_act *act = &out->at[i];

		if (act->kind <= R2_GATEWAY_ECHO)
			send(gw, act);
		else if (act->kind == R2_GATEWAY_WENT_UP)
			went(gw, R2_HEALTH_UP);
		else if (act->kind == R2_GATEWAY_WENT_DOWN)
			went(gw, R2_HEALTH_DOWN);
		else if (act->kind == R2_GATEWAY_MOVED || act->kind == R2_GATEWAY_LEARNED)
			moved(gw, act);
		else
			count.alarms += act->kind == R2_GATEWAY_ALARM;
	}
	/* every failure is found in time */
	assert_true(!r2_gateway_is_up(&gateways[gw]) || now <= truths[gw].proof + bound);
}

/* ---- weather ---- */

static void stretch(uint64_t *until, uint64_t to)
{
	*until = r2_later(*until, to);
}

static void trouble(uint8_t gw, uint64_t span)
{
	stretch(&truths[gw].excused, now + span + bound + SLACK);
	stretch(&truths[gw].disturbed, now + span + bound + SLACK);
}

static void move(uint8_t gw, bool announced)
{
	const struct r2_gateway *gateway = &gateways[gw];
	uint64_t in_time = announced ? 60 * R2_MSEC
				     : climate->pulse.interval_us + R2_SEC +
					       r2_pulse_patience(&gateway->pulse);
	/* in peace, and with no answer of the old one under way */
	bool fair = !gateway->rumour.looking && gateway->pulse.row == 0 &&
		    gateway->rumour.suspect_until <= now && gateway->rumour.claim_after <= now &&
		    r2_gateway_is_up(gateway) && truths[gw].disturbed <= now &&
		    known(gw) == truths[gw].mac &&
		    r2_pulse_timeout(&gateway->pulse) <= R2_LOOK_ROUND;

	truths[gw].mac += 0x100;
	if (announced)
		come(gw, trip(), truths[gw].mac, false);
	if (fair)
		push((struct event){.when = now + in_time,
				    .kind = SURELY_MOVED,
				    .gw = gw,
				    .stamp = now,
				    .number = truths[gw].mac});
}

static void forge(uint8_t gw, uint64_t span)
{
	struct truth *truth = &truths[gw];

	truth->forger = 1 + chance(31);
	truth->forged = known(gw);
	truth->forge_gap = chance_span(100, 50 * R2_MSEC);
	truth->forge_end = now + r2_sooner(span, 2000 * truth->forge_gap);
	stretch(&truth->disturbed, truth->forge_end + 2 * R2_SEC);
	later(0, FORGE, gw, truth->forge_end);
}

static void forged(uint8_t gw, uint64_t end)
{
	struct truth *truth = &truths[gw];
	bool asked = (truth->forger & UNASKED) && chance(2);

	if (end != truth->forge_end || now >= end)
		return;
	if (link_up && (asked || (truth->forger & ANNOUNCES)))
		come(gw, 0, truth->forger & AS_GATEWAY && chance(2) ? truth->forged : evil(gw),
		     asked);
	later(1 + chance((uint32_t)(2 * truth->forge_gap)), FORGE, gw, end);
}

static void die(uint8_t gw, uint64_t span)
{
	struct truth *truth = &truths[gw];

	truth->alive = false;
	truth->died = now;
	trouble(gw, span);
	later(span, RETURN, gw, 0);
	later(bound + SLACK, SURELY_DEAD, gw, now);
}

static void come_back(uint8_t gw)
{
	struct truth *truth = &truths[gw];

	truth->path = true;
	if (!truth->alive) {
		truth->alive = true;
		truth->back = now;
		if (chance(2))
			come(gw, trip(), truth->mac, false);
		later(12 * R2_SEC, SURELY_BACK, gw, now);
	}
}

static void set_link(bool up)
{
	struct r2_gateway_out out;

	link_up = up;
	for (uint8_t gw = 0; gw < GATEWAYS; gw++) {
		trouble(gw, 0);
		r2_gateway_link(&gateways[gw], up, now, &out);
		act_on(gw, &out);
	}
}

static void spell(uint8_t gw)
{
	struct truth *truth = &truths[gw];
	uint64_t span = chance_span(10 * R2_MSEC, climate->outage);

	count.spells++;
	switch (chance(16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		die(gw, span);
		break;
	case 4:
		truth->path = !climate->track;
		trouble(gw, span);
		later(span, RETURN, gw, 0);
		break;
	case 5:
		truth->loss = 1 + chance(20);
		truth->lossy_end = now + span;
		trouble(gw, span);
		break;
	case 6:
		if (!link_up)
			break;
		set_link(false);
		later(span, LINK_BACK, gw, 0);
		break;
	case 7:
	case 8:
		move(gw, true);
		break;
	case 9:
		move(gw, false);
		break;
	case 10:
	case 11:
	case 12:
		forge(gw, span);
		span = chance(2) ? 0 : span; /* and more weather under it */
		break;
	default:
		span = 5 * R2_MSEC + chance(45 * R2_MSEC);
		truth->stall_end = now + span;
	}
	later(span + chance_span(R2_MSEC, climate->gap), SPELL, gw, 0);
}

/* ---- checks that were put into the queue ---- */

static void surely_dead(uint8_t gw, uint64_t died)
{
	const struct truth *truth = &truths[gw];

	if (truth->alive || truth->died != died || now < truth->forge_end + bound)
		return;
	/* a look under way may have ended after it: then that is the last proof */
	if (truth->proof > died + SLACK)
		return;
	/* unless its address was taken, which cannot be told from a move */
	assert_true(!r2_gateway_is_up(&gateways[gw]) || is_evil(known(gw)));
}

static void surely_moved(uint8_t gw, uint64_t then, uint32_t number)
{
	const struct truth *truth = &truths[gw];

	if (truth->disturbed <= then && truth->stall_end <= then && truth->alive &&
	    truth->mac == number)
		assert_int_equal(known(gw), truth->mac);
}

/* The address was taken while it was dead: it is given back. */
static void surely_back(uint8_t gw, uint64_t back)
{
	const struct truth *truth = &truths[gw];

	if (truth->alive && truth->back == back && now >= truth->excused && link_up &&
	    number_of(&gateways[gw].rumour.former) == truth->mac)
		assert_false(is_evil(known(gw)));
}

/* ---- the year ---- */

static void happen(struct event event)
{
	struct r2_mac mac = mac_of(event.number);
	struct r2_gateway_out out = {0};

	switch (event.kind) {
	case FRAME:
		if (!link_up)
			return;
		count.heard++;
		if (event.solicited && event.number == known(event.gw))
			truths[event.gw].proof = now;
		r2_gateway_heard(&gateways[event.gw], &mac, event.solicited, 0, now, &out);
		act_on(event.gw, &out);
		break;
	case ECHO:
		r2_gateway_echoed(&gateways[event.gw], event.number, now, &out);
		act_on(event.gw, &out);
		break;
	case SPELL:
		spell(event.gw);
		break;
	case RETURN:
		come_back(event.gw);
		break;
	case FORGE:
		forged(event.gw, event.stamp);
		break;
	case LINK_BACK:
		set_link(true);
		break;
	case SURELY_DEAD:
		surely_dead(event.gw, event.stamp);
		break;
	case SURELY_MOVED:
		surely_moved(event.gw, event.stamp, event.number);
		break;
	case SURELY_BACK:
		surely_back(event.gw, event.stamp);
		break;
	}
}

/** go_on() - if all is quiet, let the calendar go on */
static void go_on(void)
{
	for (uint8_t gw = 0; gw < GATEWAYS; gw++)
		if (gateways[gw].state != R2_GATEWAY_UP || now < truths[gw].disturbed)
			return;
	if (climate->skips && r2_failover_next(&list, now) == R2_NEVER && link_up)
		skipped += chance(3600) * R2_SEC;
}

static void begin(void)
{
	struct r2_gateway_settings settings = {.pulse = climate->pulse, .track = climate->track};

	memset(&count, 0, sizeof(count));
	empty();
	now = 1000 * R2_SEC;
	skipped = 0;
	link_up = true;
	r2_failover_init(&list, GATEWAYS, climate->down, R2_HOLD_DEFAULT, 0, false);
	for (uint8_t gw = 0; gw < GATEWAYS; gw++) {
		struct r2_ip addr = ip("10.0.0.1");
		struct r2_mac first = mac_of(gw + 1u);

		truths[gw] =
			(struct truth){.mac = gw + 1u, .alive = true, .path = true, .proof = now};
		addr.bytes[3] = (uint8_t)(gw + 1);
		/* the first carries already; the others are to be learned */
		r2_gateway_init(&gateways[gw], &addr, 2, &settings, gw ? NULL : &first, now);
		bound = gateways[gw].pulse.settings.interval_us *
			(gateways[gw].pulse.settings.misses + 1u);
		later(10 * R2_SEC + bound, SPELL, gw, 0);
	}
}

/** step() - the next event or timer, whichever is sooner */
static void step(void)
{
	struct r2_failover before = list;
	struct r2_gateway_out out;
	uint64_t next = r2_sooner(soonest()->when, r2_failover_next(&list, now));
	bool quiet;

	for (uint8_t gw = 0; gw < GATEWAYS; gw++)
		next = r2_sooner(next, r2_gateway_next(&gateways[gw]));
	assert_true(next >= now);
	now = next;
	quiet = soonest()->when == now && soonest()->kind == SPELL;
	if (quiet)
		go_on();
	if (soonest()->when == now)
		happen(pop());
	for (uint8_t gw = 0; gw < GATEWAYS; gw++) {
		if (r2_gateway_next(&gateways[gw]) > now)
			continue;
		r2_gateway_timer(&gateways[gw], now, &out);
		act_on(gw, &out);
	}
	before = list;
	failed_over(&before, r2_failover_timer(&list, now));
	/* the carrier is up if any is, once verdicts are in */
	for (uint8_t gw = 0; gw < GATEWAYS && now > 1010 * R2_SEC + bound; gw++)
		assert_true(!r2_gateway_is_up(&gateways[gw]) ||
			    (!list.withdrawn && r2_gateway_is_up(&gateways[list.carrier])));
}

static void live(const struct climate *given)
{
	climate = given;
	begin();
	while (now + skipped < 1000 * R2_SEC + climate->length)
		step();
	print_message("# %zu spells, %zu frames sent, %zu heard, %zu deaths, %zu of them not dead, "
		      "%zu moves, %zu to a forger, %zu changes of carrier, %zu alarms\n",
		      count.spells, count.sent, count.heard, count.deaths, count.false_deaths,
		      count.moves, count.taken, count.changes, count.alarms);
	assert_true(count.deaths > 100 && count.moves > 100 && count.changes > 100);
}

static void a_year_at_the_defaults(void **state)
{
	static const struct climate defaults = {.pulse = {.interval_us = R2_INTERVAL_DEFAULT},
						.skips = true,
						.gap = 20 * R2_SEC,
						.outage = 20 * R2_SEC,
						.length = YEAR};

	(void)state;
	chance_begin();
	live(&defaults);
}

static void a_year_of_slow_probes(void **state)
{
	static const struct climate slow = {.pulse = {.interval_us = 10 * R2_SEC},
					    .down = R2_DOWN_WITHDRAW,
					    .gap = 8 * 3600 * R2_SEC,
					    .outage = 1800 * R2_SEC,
					    .length = YEAR};

	(void)state;
	live(&slow);
}

static void a_quarter_of_tracked_ones(void **state)
{
	static const struct climate tracked = {.pulse = {.interval_us = 100 * R2_MSEC},
					       .down = R2_DOWN_WITHDRAW,
					       .skips = true,
					       .track = true,
					       .gap = 20 * R2_SEC,
					       .outage = 20 * R2_SEC,
					       .length = YEAR / 4};

	(void)state;
	live(&tracked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_year_at_the_defaults),
		cmocka_unit_test(a_year_of_slow_probes),
		cmocka_unit_test(a_quarter_of_tracked_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
