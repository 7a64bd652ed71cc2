/* SPDX-License-Identifier: MIT */
/*
 * Steps: what a model tells on its way to a verdict.
 *
 * A model that is given no list tells nothing and allocates nothing.
 */
#ifndef R2_CORE_EXPLAIN_H
#define R2_CORE_EXPLAIN_H

#include "core/error.h"
#include "core/ip.h"
#include "core/list.h"

#include <stdint.h>

enum r2_step_verdict {
	R2_STEP_NOTE,    /* a fact that the rest stands on */
	R2_STEP_CHOSEN,  /* this rule, route, next hop or address goes on */
	R2_STEP_DROPPED, /* this one is out */
	R2_STEP_TIE,     /* the rules leave more than one */
	R2_STEP_UNKNOWN, /* not modelled: the verdict may be wrong from here on */
};

/**
 * struct r2_step
 * @rule: short name of the rule that was applied, such as "policy rule" or "RFC 6724 rule 3"
 * @verdict: enum r2_step_verdict
 * @text: one sentence, no full stop
 * @where: where the rule is written: kernel function and file, RFC section, Microsoft KB
 * @side, @against, @bits: where leading bits decide: two addresses, and how many bits count as
 *	shared; R2_NONE elsewhere
 */
struct r2_step {
	const char *rule;
	const char *where;
	uint8_t verdict;
	struct r2_ip side, against;
	unsigned bits;
	char text[240];
};

typedef R2_LIST(struct r2_step) r2_steps;

/**
 * r2_step() - tell one step
 * @steps: NULL to tell nothing; when memory runs out the step is lost
 * @rule, @where: static storage
 */
void r2_step(r2_steps *steps, enum r2_step_verdict verdict, const char *rule, const char *where,
	     const char *fmt, ...) R2_PRINTF(5, 6);

/** r2_step_bits() - say of the step told last which addresses' bits it is about, so that they can
 * be drawn */
void r2_step_bits(r2_steps *steps, const struct r2_ip *side, const struct r2_ip *against,
		  unsigned bits);

/** r2_step_word() - "note", "chosen", "dropped", "tie" or "unknown" */
const char *r2_step_word(enum r2_step_verdict verdict);

#endif
