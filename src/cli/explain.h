/* SPDX-License-Identifier: MIT */
/* An explanation, gathered; and the two ways to print it. */
#ifndef R2_CLI_EXPLAIN_H
#define R2_CLI_EXPLAIN_H

#include "cli/cli.h"
#include "cli/lines.h"
#include "core/whatif.h"

#define R2_PICKS_MAX 16 /* answers of the model that are shown */

/**
 * struct r2_explanation - one destination, explained
 * @netns: what -n was given, or NULL: for the command
 * @dst: as asked; @sample: the address that was tried
 * @picks, @n: the model's answers; more than R2_PICKS_MAX are counted only
 * @kernel: the kernel's own answer, if @asked
 * @agrees: it is one of the model's
 * @whatif, @notes: if @src was asked for
 */
struct r2_explanation {
	const struct r2_host *host;
	const char *netns;
	enum r2_rules rules;
	struct r2_prefix dst;
	struct r2_ip sample;
	struct r2_pick picks[R2_PICKS_MAX];
	size_t n;
	bool asked;
	struct r2_answer kernel;
	bool agrees;
	bool src;
	struct r2_intent intent;
	struct r2_whatif whatif;
	struct r2_notes notes;
	r2_steps steps;
};

/** struct r2_sending - what the model's answer and the kernel's have in common */
struct r2_sending {
	int error;
	const struct r2_ip *source, *gateway;
	uint32_t link, table;
};

/** r2_sending_of_pick(), r2_sending_of_kernel() - borrow the addresses of what they are given */
struct r2_sending r2_sending_of_pick(const struct r2_pick *pick);
struct r2_sending r2_sending_of_kernel(const struct r2_answer *answer);

/** r2_rules_word() - "linux", "windows", "windows-xp" */
const char *r2_rules_word(enum r2_rules rules);

/** r2_explain_text() - for people; @whole: with the steps, else one line */
void r2_explain_text(FILE *out, const struct r2_explanation *one, const struct r2_names *names,
		     bool whole, bool colour);

/**
 * r2_draw_bits() - the leading bits that decided, side by side
 * @first, @last: a comparison; of the steps between, those with the same @against belong to it
 * @what: what its @against is
 * @colour: shared bits are coloured, else underlined
 */
void r2_draw_bits(FILE *out, const struct r2_step *first, const struct r2_step *last,
		  const char *what, bool colour);

/** r2_explain_dot() - a picture as a Graphviz graph: host, addresses, phantom, gateway, destination
 */
void r2_explain_dot(FILE *out, const struct r2_explanation *one, const struct r2_names *names);

/** r2_explain_json() - the same as data: one object */
void r2_explain_json(struct r2_json *json, const struct r2_explanation *one,
		     const struct r2_names *names);

#endif
