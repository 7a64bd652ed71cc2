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
 * @replace: it would do so over a route of ours that is there
 * @method: by which
 * @phantom: the made-up next hop, R2_NONE where there is none
 * @blocked_by: the address that is in the way: that is sent from instead, or that holds the place
 *	of the last phantom; R2_NONE if possible, or if no address is to blame
 * @target: the line, settled
 * @line: the line that does it, with nothing left open that `add` would have to guess
 * @pick: what the model says that the host then does with an address of the destination
 * @why_not: if not possible; @ways: what may be done about it
 */
struct r2_whatif {
	bool possible;
	bool replace;
	enum r2_method method;
	struct r2_ip phantom;
	struct r2_ip blocked_by;
	struct r2_target target;
	struct r2_intent line;
	struct r2_pick pick;
	struct r2_error why_not;
	struct r2_notes ways;
};

/**
 * r2_whatif() - settle @intent as `add` does, put its route into a copy of @host, and ask the model
 * @host: whole
 * @dst: an address of the destination
 * @steps: why; may be NULL
 *
 * A phantom is the first free one, as `add` would choose it before anybody on the link is asked.
 *
 * Return: false only if memory ran out.
 */
bool r2_whatif(const struct r2_host *host, enum r2_rules rules, const struct r2_intent *intent,
	       const struct r2_ip *dst, struct r2_notes *notes, r2_steps *steps,
	       struct r2_whatif *ret);

/**
 * r2_whatif_command() - the very command, as a shell reads it
 * @netns: what -n was given, or NULL
 *
 * Return: @buf.
 */
#define R2_WHATIF_TEXT (R2_INTENT_TEXT + 512)
const char *r2_whatif_command(const struct r2_whatif *whatif, const struct r2_names *names,
			      const char *netns, char buf[R2_WHATIF_TEXT]);

/**
 * r2_whatif_windows() - r2_whatif() once the line is settled: by the phantom theorem (steer.h)
 *
 * With the rules of XP a yes is by what the field reports, and a note says so.
 */
bool r2_whatif_windows(const struct r2_host *host, enum r2_rules rules, const struct r2_ip *dst,
		       struct r2_notes *notes, r2_steps *steps, struct r2_whatif *whatif);

#endif
