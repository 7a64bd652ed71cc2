/* SPDX-License-Identifier: MIT */
/* What the tests of a proof share. */
#ifndef R2_CORE_JUDGING_H
#define R2_CORE_JUDGING_H

#include "core/proof.h"
#include "core/text.h"

/** struct r2_judging - @line takes the sentence; @to, @from: destination and source as text */
struct r2_judging {
	const struct r2_evidence *evidence;
	struct r2_text line;
	char to[R2_IP_TEXT], from[R2_IP_TEXT];
};

/* ---- proof_told.c: where frames are not seen (r2_evidence, @unseen) ---- */

/** r2_told_errno() - what an errno of a lookup (@by_route) or of a send may mean, "" if nobody
 * knows */
const char *r2_told_errno(int error, bool by_route);

/** r2_told_another_way() - the test: what is not installed yet went by another way */
bool r2_told_another_way(struct r2_judging *judging, enum r2_proof *ret);
/** r2_told_nameless() - the test: answered, but by which gateway nobody knows */
bool r2_told_nameless(struct r2_judging *judging, enum r2_proof *ret);
/** r2_told_incomparable() - the test: the control is answered, and went by another way */
bool r2_told_incomparable(struct r2_judging *judging, enum r2_proof *ret);
/** r2_told_comparable() - did source and control go the same way; true where frames are seen */
bool r2_told_comparable(const struct r2_evidence *e);
/** r2_told_own_word() - is it this host that objects: then nothing has left */
bool r2_told_own_word(const struct r2_evidence *e, const struct r2_objection *objection);
/** r2_told_leaves() - was a packet seen leaving; else does nothing speak against it */
bool r2_told_leaves(const struct r2_evidence *e);
/** r2_told_unsent() - say that nothing leaves, and why. Return: false if that cannot be told */
bool r2_told_unsent(struct r2_judging *judging);

#endif
