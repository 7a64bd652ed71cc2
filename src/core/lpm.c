/* SPDX-License-Identifier: MIT */
/*
 * Idea: a trie that looks at 6 bits at a time (Asai and Ohara, "Poptrie", SIGCOMM 2015). A node is
 * two bit fields of 64: which of its 64 slots lead on, and where among the others the answer
 * changes; children and answers lie packed in two arrays, found by counting bits. The first 16
 * bits are a plain array. Where one prefix alone is left below a slot, the address is held against
 * it instead of walking on: an IPv6 prefix ends long after it is alone. A million routes make a few
 * megabytes, and a lookup touches two or three cache lines.
 *
 * It is built from the sorted prefixes, breadth first: every node is given the run of prefixes that
 * end below it, and the answer that holds where none of them does.
 */
#include "core/lpm.h"
#include "core/bits.h"
#include "core/list.h"

#include <stdlib.h>
#include <string.h>

#define TOP_BITS 16
#define STEP     6
#define SLOTS    64
#define INNER    (UINT32_C(1) << 31) /* in @top: an inner node, not an answer */
#define REST     56                  /* bits behind its slot that a prefix may be compared by */

struct node {
	uint64_t inner;  /* slots that lead to a child */
	uint64_t change; /* slots whose answer differs from the slot before; among the others */
	uint32_t child;  /* of the first inner slot */
	uint32_t answer; /* of the first slot with an answer */
};

struct r2_lpm {
	const struct r2_prefix *prefixes;
	size_t n;
	uint32_t *shorter;
	uint32_t *top;
	R2_LIST(struct node) nodes;
	R2_LIST(uint32_t) answers;
	/*
	 * Under which condition each holds, read beside it: the low byte is how many bits behind
	 * the slot are to be as they are on top; if they are not, the next shorter prefix is the
	 * answer.
	 */
	R2_LIST(uint64_t) checks;
	bool checked; /* there is such a condition */
};

/* The 64 bits behind the first @at; behind the 128th there are zeroes. */
static inline uint64_t behind(const struct r2_bits *bits, unsigned at)
{
	if (at >= 128)
		return 0;
	if (at >= 64)
		return bits->low << (at - 64);
	return at ? bits->high << at | bits->low >> (64 - at) : bits->high;
}

/* The @n bits (1 to 32) behind the first @at. */
static inline unsigned slice(const struct r2_bits *bits, unsigned at, unsigned n)
{
	return (unsigned)(behind(bits, at) >> (64 - n));
}

/* Not __builtin_popcountll(): a processor that need not have the instruction is asked by a call. */
static inline unsigned ones(uint64_t bits)
{
	bits -= bits >> 1 & UINT64_C(0x5555555555555555);
	bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
	bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* ---- building ---- */

/* The run of prefixes in the making of one node, and what it is to fill in. */
struct span {
	size_t from, to;
	uint32_t otherwise; /* the answer where none of them holds */
	unsigned depth;     /* bits that lead to here */
};

/* One slot: either an answer, or a run of longer prefixes with the answer where those do not hold.
 */
struct slot {
	size_t from, to;
	uint32_t answer;
};

/* Spread @span over @n slots of @width bits. Prefixes that end here become answers. */
static void fill_slots(const struct r2_lpm *lpm, const struct span *span, unsigned width,
		       struct slot *slots)
{
	size_t n = (size_t)1 << width;

	for (size_t i = 0; i < n; i++)
		slots[i] = (struct slot){0, 0, span->otherwise};
	for (size_t i = span->from; i < span->to; i++) {
		const struct r2_prefix *prefix = &lpm->prefixes[i];
		struct r2_bits bits = r2_bits_of(&prefix->addr);
		size_t at = slice(&bits, span->depth, width);

		if (prefix->len > span->depth + width) {
			if (slots[at].from == slots[at].to)
				slots[at].from = i;
			slots[at].to = i + 1;
			continue;
		}
		/* Sorted: a shorter prefix comes before the longer ones inside it. */
		for (size_t end = at + ((size_t)1 << (span->depth + width - prefix->len)); at < end;
		     at++)
			slots[at].answer = (uint32_t)i;
	}
}

/* The nodes in the making: what each is to be filled with stands at the same place in @spans. */
struct build {
	struct r2_lpm *lpm;
	R2_LIST(struct span) spans;
};

static bool push_node(struct build *build, const struct span *span)
{
	static const struct node none;

	return r2_list_push(&build->lpm->nodes, &none) && r2_list_push(&build->spans, span);
}

/* What a slot says where no node follows. */
struct answer {
	uint32_t index;
	uint64_t check;
};

/* The answer of one slot, if it is another than that of the slot before. */
static bool push_answer(struct r2_lpm *lpm, struct node *node, unsigned slot,
			const struct answer *answer)
{
	if (node->change && lpm->answers.at[lpm->answers.n - 1] == answer->index)
		return true;
	node->change |= UINT64_C(1) << slot;
	lpm->checked |= answer->check != 0;
	return r2_list_push(&lpm->answers, &answer->index) &&
	       r2_list_push(&lpm->checks, &answer->check);
}

/* Does a run of prefixes need no node: none, or one alone. */
static bool is_answer(const struct r2_lpm *lpm, const struct span *span, struct answer *ret_answer)
{
	const struct r2_prefix *first = &lpm->prefixes[span->from];
	struct r2_bits bits;

	*ret_answer = (struct answer){span->otherwise, 0};
	if (span->from == span->to)
		return true;
	if (span->to - span->from > 1 || first->len > span->depth + REST)
		return false;
	bits = r2_bits_of(&first->addr);
	*ret_answer = (struct answer){(uint32_t)span->from,
				      (behind(&bits, span->depth) & ~UINT64_C(0xff)) |
					      (first->len - span->depth)};
	return true;
}

/* Children of one node lie side by side, for they are pushed together; they are filled later. */
static bool fill_node(struct build *build, size_t at)
{
	struct r2_lpm *lpm = build->lpm;
	struct span span = build->spans.at[at];
	struct node node = {.child = (uint32_t)lpm->nodes.n, .answer = (uint32_t)lpm->answers.n};
	struct slot slots[SLOTS];

	fill_slots(lpm, &span, STEP, slots);
	for (unsigned i = 0; i < SLOTS; i++) {
		struct span below = {slots[i].from, slots[i].to, slots[i].answer,
				     span.depth + STEP};
		struct answer answer;

		if (is_answer(lpm, &below, &answer)) {
			if (!push_answer(lpm, &node, i, &answer))
				return false;
			continue;
		}
		node.inner |= UINT64_C(1) << i;
		if (!push_node(build, &below))
			return false;
	}
	lpm->nodes.at[at] = node;
	return true;
}

static bool build_top(struct r2_lpm *lpm)
{
	struct span all = {0, lpm->n, R2_LPM_NONE, 0};
	struct slot *slots = malloc(((size_t)1 << TOP_BITS) * sizeof(*slots));
	struct build build = {.lpm = lpm};
	bool ok = slots != NULL;

	if (ok)
		fill_slots(lpm, &all, TOP_BITS, slots);
	for (size_t i = 0; ok && i < (size_t)1 << TOP_BITS; i++) {
		struct span span = {slots[i].from, slots[i].to, slots[i].answer, TOP_BITS};

		/* No prefix has an index with INNER; R2_LPM_NONE has every bit. */
		lpm->top[i] = span.otherwise;
		if (span.from == span.to)
			continue;
		lpm->top[i] = (uint32_t)lpm->nodes.n | INNER;
		ok = push_node(&build, &span);
	}
	free(slots);
	for (size_t i = 0; ok && i < lpm->nodes.n; i++)
		ok = fill_node(&build, i);
	r2_list_free(&build.spans);
	return ok;
}

/* Of sorted prefixes, those that cover the present one are a stack. */
static void link_shorter(struct r2_lpm *lpm)
{
	for (size_t i = 0; i < lpm->n; i++) {
		uint32_t above = i ? (uint32_t)i - 1 : R2_LPM_NONE;

		while (above != R2_LPM_NONE &&
		       !r2_prefix_covers(&lpm->prefixes[above], &lpm->prefixes[i]))
			above = lpm->shorter[above];
		lpm->shorter[i] = above;
	}
}

struct r2_lpm *r2_lpm_new(const struct r2_prefix *prefixes, size_t n)
{
	struct r2_lpm *lpm = calloc(1, sizeof(*lpm));

	if (!lpm)
		return NULL;
	lpm->prefixes = prefixes;
	lpm->n = n;
	lpm->shorter = malloc((n + 1) * sizeof(*lpm->shorter));
	lpm->top = malloc(((size_t)1 << TOP_BITS) * sizeof(*lpm->top));
	if (!lpm->shorter || !lpm->top || n >= INNER || !build_top(lpm)) {
		r2_lpm_free(lpm);
		return NULL;
	}
	link_shorter(lpm);
	return lpm;
}

void r2_lpm_free(struct r2_lpm *lpm)
{
	if (!lpm)
		return;
	free(lpm->shorter);
	free(lpm->top);
	r2_list_free(&lpm->nodes);
	r2_list_free(&lpm->answers);
	r2_list_free(&lpm->checks);
	free(lpm);
}

/* ---- asking ---- */

/* The answer at @at, of a slot that ends at bit @depth. */
static inline uint32_t settle(const struct r2_lpm *lpm, const struct r2_bits *bits, uint32_t at,
			      unsigned depth)
{
	uint32_t answer = lpm->answers.at[at];
	uint64_t check;

	if (!lpm->checked)
		return answer;
	check = lpm->checks.at[at];
	/* Two shifts: there may be no bits to compare. */
	if ((behind(bits, depth) ^ check) >> 1 >> (63 - (check & 63)))
		return lpm->shorter[answer];
	return answer;
}

uint32_t r2_lpm_find(const struct r2_lpm *lpm, const struct r2_ip *ip)
{
	const struct r2_bits bits = r2_bits_of(ip);
	uint32_t at = lpm->top[bits.high >> (64 - TOP_BITS)];

	if (!(at & INNER) || at == R2_LPM_NONE)
		return at;
	at &= ~INNER;
	for (unsigned depth = TOP_BITS;; depth += STEP) {
		const struct node *node = &lpm->nodes.at[at];
		unsigned slot = slice(&bits, depth, STEP);
		uint64_t upto = UINT64_MAX >> (SLOTS - 1 - slot); /* the slots 0 to this one */

		if (!(node->inner >> slot & 1)) {
			at = node->answer + ones(node->change & upto) - 1;
			return settle(lpm, &bits, at, depth + STEP);
		}
		at = node->child + ones(node->inner & upto) - 1;
	}
}

uint32_t r2_lpm_shorter(const struct r2_lpm *lpm, uint32_t index)
{
	return lpm->shorter[index];
}
