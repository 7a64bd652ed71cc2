/* SPDX-License-Identifier: MIT */
/* The far side of test_weather: gateways and forgers as they are, and what is under way to us. */
#ifndef R2_TESTS_SKY_H
#define R2_TESTS_SKY_H

#include "unit.h"

#define GATEWAYS 3

/* What a forger does. */
enum { ANNOUNCES = 1, ANSWERS = 2, UNASKED = 4, MANY = 8, AS_GATEWAY = 16 };

enum kind { FRAME, ECHO, SPELL, RETURN, FORGE, LINK_BACK, SURELY_DEAD, SURELY_MOVED, SURELY_BACK };

struct event {
	uint64_t when, stamp;
	enum kind kind;
	uint8_t gw;
	bool solicited;
	uint32_t number; /* of a MAC, or of an echo */
};

/**
 * struct truth - what we cannot see of a gateway
 * @excused: until then it may be thought dead: it is, or frames are lost
 * @disturbed: until then a check of how fast we are would not be fair
 * @proof: when the last answer from the MAC in use came
 */
struct truth {
	uint32_t mac;
	bool alive, path;
	uint64_t died, back, stall_end, lossy_end, forge_end, forge_gap;
	uint64_t excused, disturbed, proof;
	unsigned loss, forger;
	uint32_t forged;
};

extern uint64_t now; /* the clock of it all */
extern struct truth truths[GATEWAYS];

/** soonest() - the event that pop() would take */
const struct event *soonest(void);
void empty(void);
void push(struct event event);
struct event pop(void);
/** later() - @kind for gateway @gw after @delay */
void later(uint64_t delay, enum kind kind, uint8_t gw, uint64_t stamp);

/* MACs are numbers here: a gateway's are small, a forger's begin with 0x66. */
struct r2_mac mac_of(uint32_t number);
uint32_t number_of(const struct r2_mac *mac);
bool is_evil(uint32_t number);
/** evil() - what the forger of gateway @gw claims now */
uint32_t evil(uint8_t gw);
/** forging() - is a forger at work who does any of @what */
bool forging(uint8_t gw, unsigned what);

/** chance_span() - short ones are as frequent as long ones, over three orders of magnitude */
uint64_t chance_span(uint64_t low, uint64_t high);
/** trip() - there and back, at most 2 ms */
uint64_t trip(void);
/** come() - a frame of @gw's address from MAC @number is under way to us, if it is not lost */
void come(uint8_t gw, uint64_t delay, uint32_t number, bool solicited);
/** answer() - the gateway answers to a probe, or (over 0) to @echo, if it can */
void answer(uint8_t gw, uint32_t echo);

#endif
