/* SPDX-License-Identifier: MIT */
/*
 * Failover: which gateway of a list carries now.
 *
 *   - When the carrier dies, the first of the list that is up carries, at once.
 *   - To a better one (earlier in the list) it goes back only after that one has been up for `hold`
 *     without a break, and not within `hold` of the last change of carrier.
 *   - If none is up: `keep` changes nothing; `withdraw` takes the routes away, so that a less
 *     specific one serves, until one is up.
 *   - One that is drained (`switch ... for TIME`) carries only if no other is up.
 *   - A gateway of which nothing is known yet does not carry, but what stands is not taken from it
 *     before there is a verdict; and where nothing stands, the first of the list that is up waits
 *     for the verdict on those before it.
 *
 * One gateway carries, or none; there is no state in between. (state, event, now) -> action.
 */
#ifndef R2_CORE_FAILOVER_H
#define R2_CORE_FAILOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/intent.h"
#include "core/moment.h"

/** enum r2_when_down - what `down` says: if no gateway is up */
enum r2_when_down { R2_DOWN_KEEP = 0, R2_DOWN_WITHDRAW };

#define R2_HOLD_DEFAULT (10 * R2_SEC)

enum r2_health { R2_HEALTH_UNKNOWN = 0, R2_HEALTH_UP, R2_HEALTH_DOWN };

enum r2_failover_kind {
	R2_FAILOVER_NONE = 0,
	R2_FAILOVER_CARRY,    /* @index carries from now on */
	R2_FAILOVER_WITHDRAW, /* take the routes away */
	R2_FAILOVER_RESTORE,  /* put them back; @index carries */
};

/** struct r2_failover_act - @index is the carrier after it, R2_NO_CARRIER if there is none */
struct r2_failover_act {
	enum r2_failover_kind kind;
	uint8_t index;
};

#define R2_NO_CARRIER UINT8_MAX

/**
 * struct r2_failover - a plain value
 * @n: 1..R2_GATEWAYS_MAX
 * @carrier: index, or R2_NO_CARRIER before the first. While @withdrawn, the last one.
 * @changed: when the carrier last changed; 0 if never
 * @at: health, since when, and drained until when (0: not; R2_NEVER: until told otherwise)
 */
struct r2_failover {
	uint8_t n, carrier;
	enum r2_when_down down;
	bool withdrawn;
	uint64_t hold, changed;
	struct r2_failover_gateway {
		enum r2_health health;
		uint64_t since, drained_until;
	} at[R2_GATEWAYS_MAX];
};

/**
 * r2_failover_init() - nothing known of any gateway
 * @hold: microseconds
 * @carrier: what stands now; R2_NO_CARRIER: nothing does
 * @withdrawn: the routes were taken away before (by us, and we were started anew)
 */
void r2_failover_init(struct r2_failover *failover, uint8_t n, enum r2_when_down down,
		      uint64_t hold, uint8_t carrier, bool withdrawn);

/** r2_failover_health() - a gateway went up or down; the same again is nothing */
struct r2_failover_act r2_failover_health(struct r2_failover *failover, uint8_t index,
					  enum r2_health health, uint64_t now);

/** r2_failover_drain() - keep traffic off @index until @until; 0 ends it, R2_NEVER has no end */
struct r2_failover_act r2_failover_drain(struct r2_failover *failover, uint8_t index,
					 uint64_t until, uint64_t now);

/**
 * r2_failover_switch() - the user wants @index to carry, at once: those before it are drained
 * @until, and it is drained no more. One that is not up is not switched to, and nothing changes.
 */
struct r2_failover_act r2_failover_switch(struct r2_failover *failover, uint8_t index,
					  uint64_t until, uint64_t now);

/** r2_failover_timer() - time has passed; harmless before it is due */
struct r2_failover_act r2_failover_timer(struct r2_failover *failover, uint64_t now);

/** r2_failover_next() - when r2_failover_timer() wants to be called; R2_NEVER if not */
uint64_t r2_failover_next(const struct r2_failover *failover, uint64_t now);

#endif
