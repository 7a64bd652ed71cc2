/* SPDX-License-Identifier: MIT */
/* What if: may this source be had here, by which method, and what would the host then do. */
#ifndef R2_CORE_WHATIF_H
#define R2_CORE_WHATIF_H

#include "core/intent.h"
#include "core/select.h"
#include "core/settle.h"

/**
 * struct r2_whatif - the answer to "can I have this source here"
 * @possible: the line would do what it says
 * @method: by which
 * @phantom: the made-up next hop, R2_NONE where there is none
 * @target: the line, settled
 * @pick: what the model says that the host then does with an address of the destination
 * @why_not: if not possible
 */
struct r2_whatif {
	bool possible;
	enum r2_method method;
	struct r2_ip phantom;
	struct r2_target target;
	struct r2_pick pick;
	struct r2_error why_not;
};

/**
 * r2_whatif_linux() - settle @intent as `add` does, put its route into a copy of @host, and ask the
 *	model
 * @host: whole
 * @dst: an address of the destination
 * @steps: why; may be NULL
 *
 * A phantom is the first free one, as `add` would choose it before anybody on the link is asked.
 *
 * Return: false only if memory ran out.
 */
bool r2_whatif_linux(const struct r2_host *host, const struct r2_intent *intent,
		     const struct r2_ip *dst, struct r2_notes *notes, r2_steps *steps,
		     struct r2_whatif *ret);

#endif
