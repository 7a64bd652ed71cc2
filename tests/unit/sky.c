/* SPDX-License-Identifier: MIT */
#include "sky.h"

#define EVENTS 4096

uint64_t now;
struct truth truths[GATEWAYS];

static struct event queue[EVENTS];
static size_t n_queue;

/* ---- the queue: a heap, the soonest on top ---- */

static void swap(size_t a, size_t b)
{
	struct event kept = queue[a];

	queue[a] = queue[b];
	queue[b] = kept;
}

void push(struct event event)
{
	size_t at = n_queue++;

	assert_true(n_queue <= EVENTS);
	queue[at] = event;
	for (; at > 0 && queue[at].when < queue[(at - 1) / 2].when; at = (at - 1) / 2)
		swap(at, (at - 1) / 2);
}

const struct event *soonest(void)
{
	return &queue[0];
}

void empty(void)
{
	n_queue = 0;
}

struct event pop(void)
{
	struct event top = queue[0];
	size_t at = 0;

	queue[0] = queue[--n_queue];
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < n_queue; child++)
			if (queue[child].when < queue[least].when)
				least = child;
		if (least == at)
			return top;
		swap(at, least);
		at = least;
	}
}

void later(uint64_t delay, enum kind kind, uint8_t gw, uint64_t stamp)
{
	push((struct event){.when = now + delay, .kind = kind, .gw = gw, .stamp = stamp});
}

/* ---- MACs: the gateway's are small numbers, a forger's begin with 0x66 ---- */

struct r2_mac mac_of(uint32_t number)
{
	return (struct r2_mac){6,
			       {2, 0x10, (uint8_t)(number >> 24), (uint8_t)(number >> 16),
				(uint8_t)(number >> 8), (uint8_t)number}};
}

uint32_t number_of(const struct r2_mac *mac)
{
	return (uint32_t)mac->bytes[2] << 24 | (uint32_t)mac->bytes[3] << 16 |
	       (uint32_t)mac->bytes[4] << 8 | mac->bytes[5];
}

uint32_t evil(uint8_t gw)
{
	uint32_t one = 0x66000000u + gw;

	return truths[gw].forger & MANY ? one + 256 * (1 + chance(1000)) : one;
}

bool is_evil(uint32_t number)
{
	return number >> 24 == 0x66;
}

bool forging(uint8_t gw, unsigned what)
{
	return now < truths[gw].forge_end && (truths[gw].forger & what);
}

/* ---- the far side ---- */

uint64_t chance_span(uint64_t low, uint64_t high)
{
	uint64_t span = high - low + 1;

	/* All magnitudes alike: most are short, some are long. */
	for (uint32_t halves = chance(12); halves > 0 && span > 2; halves--)
		span /= 2;
	return low + ((uint64_t)chance(1u << 30) << 30 | chance(1u << 30)) % span;
}

static bool is_lost(uint8_t gw)
{
	return now < truths[gw].lossy_end && chance(100) < truths[gw].loss;
}

void come(uint8_t gw, uint64_t delay, uint32_t number, bool solicited)
{
	if (!is_lost(gw))
		push((struct event){.when = now + delay,
				    .kind = FRAME,
				    .gw = gw,
				    .solicited = solicited,
				    .number = number});
}

uint64_t trip(void)
{
	return 40 + chance(chance(20) ? 200 : 1960);
}

/** answer() - the gateway itself, if the frame reaches it */
void answer(uint8_t gw, uint32_t echo)
{
	const struct truth *truth = &truths[gw];
	uint64_t delay = trip() + (truth->stall_end > now ? truth->stall_end - now : 0);

	if (!truth->alive || is_lost(gw))
		return;
	if (echo == 0)
		come(gw, delay, truth->mac, true);
	else if (truth->path && !is_lost(gw))
		push((struct event){.when = now + delay, .kind = ECHO, .gw = gw, .number = echo});
}
