/* SPDX-License-Identifier: MIT */
/* What a plan relies on when it adds and removes, on every system. */
#include "selftest/points.h"

static bool leads_by(struct r2_trial *trial, const char *when, const struct r2_ip *hop, bool wanted)
{
	char text[R2_IP_TEXT];
	struct r2_answer answer;

	if (!r2_answers(trial, &trial->ground.dst, &answer))
		return false;
	if (answer.error)
		return r2_is_so(trial, !wanted, "%s: no way", when);
	return r2_is_so(trial, r2_ip_equal(&answer.gateway, hop) == wanted, "%s: %s%s", when,
			wanted ? "by " : "",
			wanted ? r2_ip_format(&answer.gateway, text) : "not by the phantom");
}

bool r2_point_current(struct r2_trial *trial)
{
	const struct r2_ip *hop = &trial->ground.phantom, *src = &trial->ground.b;

	return r2_put_addresses(trial) && leads_by(trial, "before", hop, false) &&
	       r2_put_phantom(trial, hop, src) && leads_by(trial, "added", hop, true) &&
	       r2_take_phantom(trial, hop, src) && leads_by(trial, "removed", hop, false) &&
	       r2_put_phantom(trial, hop, src) && leads_by(trial, "added again", hop, true);
}

bool r2_point_twice(struct r2_trial *trial)
{
	const struct r2_ip *hop = &trial->ground.phantom, *src = &trial->ground.b;

	return r2_put_addresses(trial) && r2_put_phantom(trial, hop, src) &&
	       r2_put_phantom(trial, hop, src) && r2_stands(trial, R2_PROTOCOL, 1) &&
	       r2_take_phantom(trial, hop, src) && r2_take_phantom(trial, hop, src) &&
	       r2_stands(trial, 0, 0);
}
