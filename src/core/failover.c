/* SPDX-License-Identifier: MIT */
#include "core/failover.h"

static bool is_drained(const struct r2_failover *failover, uint8_t i, uint64_t now)
{
	return now < failover->at[i].drained_until;
}

static bool is_up(const struct r2_failover *failover, uint8_t i)
{
	return failover->at[i].health == R2_HEALTH_UP;
}

/** may_carry() - up, and nothing against it */
static bool may_carry(const struct r2_failover *failover, uint8_t i, uint64_t now)
{
	return is_up(failover, i) && !is_drained(failover, i, now);
}

/** first_up() - in order, those that are drained last; R2_NO_CARRIER if none is up */
static uint8_t first_up(const struct r2_failover *failover, uint64_t now)
{
	for (uint8_t i = 0; i < failover->n; i++)
		if (may_carry(failover, i, now))
			return i;
	for (uint8_t i = 0; i < failover->n; i++)
		if (is_up(failover, i))
			return i;
	return R2_NO_CARRIER;
}

static bool all_down(const struct r2_failover *failover)
{
	for (uint8_t i = 0; i < failover->n; i++)
		if (failover->at[i].health != R2_HEALTH_DOWN)
			return false;
	return true;
}

/** ripe() - when gateway @i, better than the carrier, may have its place back */
static uint64_t ripe(const struct r2_failover *failover, uint8_t i)
{
	uint64_t at = failover->at[i].since + failover->hold;

	return failover->changed == 0 ? at : r2_later(at, failover->changed + failover->hold);
}

/** better() - one before the carrier that may have its place back now, else R2_NO_CARRIER */
static uint8_t better(const struct r2_failover *failover, uint64_t now)
{
	for (uint8_t i = 0; i < failover->carrier; i++)
		if (may_carry(failover, i, now) && now >= ripe(failover, i))
			return i;
	return R2_NO_CARRIER;
}

/** first() - where nothing stands: the first that is up, if it need not wait for one before it */
static uint8_t first(const struct r2_failover *failover, uint64_t now)
{
	uint8_t up = first_up(failover, now);

	for (uint8_t i = 0; up != R2_NO_CARRIER && i < up; i++)
		if (failover->at[i].health == R2_HEALTH_UNKNOWN && !is_drained(failover, i, now))
			return R2_NO_CARRIER;
	return up;
}

/** successor() - who shall carry: the carrier, another, or R2_NO_CARRIER if no choice is left */
static uint8_t successor(const struct r2_failover *failover, uint64_t now)
{
	uint8_t carrier = failover->carrier, up = first_up(failover, now), back;

	if (failover->withdrawn)
		return up;
	if (carrier == R2_NO_CARRIER)
		return first(failover, now);
	if (may_carry(failover, carrier, now)) {
		back = better(failover, now);
		return back == R2_NO_CARRIER ? carrier : back;
	}
	if (failover->at[carrier].health == R2_HEALTH_DOWN)
		return up;
	/* Not known yet, or drained: it yields to one that may, not to another drained one. */
	if (up == R2_NO_CARRIER || is_drained(failover, up, now))
		return carrier;
	return is_drained(failover, carrier, now) ? up : carrier;
}

static struct r2_failover_act carry(struct r2_failover *failover, uint8_t index, uint64_t now)
{
	struct r2_failover_act act = {.kind = failover->withdrawn ? R2_FAILOVER_RESTORE
								  : R2_FAILOVER_CARRY,
				      .index = index};

	failover->carrier = index;
	failover->changed = now;
	failover->withdrawn = false;
	return act;
}

static struct r2_failover_act decide(struct r2_failover *failover, uint64_t now)
{
	struct r2_failover_act act = {.kind = R2_FAILOVER_NONE, .index = failover->carrier};
	uint8_t next = successor(failover, now);

	if (next != R2_NO_CARRIER && (next != failover->carrier || failover->withdrawn))
		return carry(failover, next, now);
	if (next == R2_NO_CARRIER && failover->down == R2_DOWN_WITHDRAW && !failover->withdrawn &&
	    all_down(failover)) {
		failover->withdrawn = true;
		act.kind = R2_FAILOVER_WITHDRAW;
	}
	return act;
}

void r2_failover_init(struct r2_failover *failover, uint8_t n, enum r2_when_down down,
		      uint64_t hold, uint8_t carrier, bool withdrawn)
{
	*failover = (struct r2_failover){
		.n = n, .carrier = carrier, .down = down, .withdrawn = withdrawn, .hold = hold};
}

struct r2_failover_act r2_failover_health(struct r2_failover *failover, uint8_t index,
					  enum r2_health health, uint64_t now)
{
	struct r2_failover_gateway *gateway = &failover->at[index];

	if (gateway->health != health) {
		gateway->health = health;
		gateway->since = now;
	}
	return decide(failover, now);
}

struct r2_failover_act r2_failover_drain(struct r2_failover *failover, uint8_t index,
					 uint64_t until, uint64_t now)
{
	failover->at[index].drained_until = until;
	return decide(failover, now);
}

struct r2_failover_act r2_failover_switch(struct r2_failover *failover, uint8_t index,
					  uint64_t until, uint64_t now)
{
	if (!is_up(failover, index))
		return (struct r2_failover_act){R2_FAILOVER_NONE, failover->carrier};
	for (uint8_t i = 0; i < index; i++)
		failover->at[i].drained_until = until;
	failover->at[index].drained_until = 0;
	if (failover->carrier == index && !failover->withdrawn)
		return (struct r2_failover_act){R2_FAILOVER_NONE, index};
	return carry(failover, index, now);
}

struct r2_failover_act r2_failover_timer(struct r2_failover *failover, uint64_t now)
{
	return decide(failover, now);
}

uint64_t r2_failover_next(const struct r2_failover *failover, uint64_t now)
{
	bool stands = failover->carrier != R2_NO_CARRIER && !failover->withdrawn;
	uint64_t next = R2_NEVER;

	for (uint8_t i = 0; i < failover->n; i++) {
		if (is_drained(failover, i, now))
			next = r2_sooner(next, failover->at[i].drained_until);
		else if (stands && i < failover->carrier && is_up(failover, i))
			next = r2_sooner(next, ripe(failover, i));
	}
	return next;
}
