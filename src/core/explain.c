/* SPDX-License-Identifier: MIT */
/* Steps of an explanation. */
#include "core/explain.h"

#include <stdarg.h>
#include <stdio.h>

void r2_step(r2_steps *steps, enum r2_step_verdict verdict, const char *rule, const char *where,
	     const char *fmt, ...)
{
	struct r2_step step = {.rule = rule, .where = where, .verdict = (uint8_t)verdict};
	va_list args;

	if (!steps)
		return;
	va_start(args, fmt);
	vsnprintf(step.text, sizeof(step.text), fmt, args);
	va_end(args);
	(void)!r2_list_push(steps, &step);
}

void r2_step_bits(r2_steps *steps, const struct r2_ip *side, const struct r2_ip *against,
		  unsigned bits)
{
	struct r2_step *last;

	if (!steps || !steps->n)
		return;
	last = &steps->at[steps->n - 1];
	last->side = *side;
	last->against = *against;
	last->bits = bits;
}

const char *r2_step_word(enum r2_step_verdict verdict)
{
	static const char *const words[] = {
		[R2_STEP_NOTE] = "note",       [R2_STEP_CHOSEN] = "chosen",
		[R2_STEP_DROPPED] = "dropped", [R2_STEP_TIE] = "tie",
		[R2_STEP_UNKNOWN] = "unknown",
	};

	return words[verdict];
}
