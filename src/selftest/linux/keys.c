/* SPDX-License-Identifier: MIT */
/* Routes at the same key: what stands beside ours, and what becomes of it. */
#include "selftest/points.h"

#include <errno.h>

#define STATIC 4 /* RTPROT_STATIC */

static struct r2_route foreign_route(const struct r2_trial *trial)
{
	struct r2_route route = r2_route_of(trial, &trial->ground.dst, &trial->ground.second, NULL);

	route.protocol = STATIC;
	return route;
}

static bool leads_by(struct r2_trial *trial, const char *when, const struct r2_ip *hop)
{
	struct r2_answer answer;
	char text[R2_IP_TEXT];

	return r2_answers(trial, &trial->ground.dst, &answer) &&
	       r2_is_so(trial, !answer.error && r2_ip_equal(&answer.gateway, hop), "%s by %s", when,
			answer.error ? "no way" : r2_ip_format(&answer.gateway, text));
}

bool r2_point_prepend(struct r2_trial *trial)
{
	struct r2_route foreign = foreign_route(trial);
	struct r2_route ours =
		r2_route_of(trial, &trial->ground.dst, &trial->ground.gateway, &trial->ground.b);
	struct r2_error err;

	return r2_put_addresses(trial) &&
	       r2_went(trial, r2_stage_foreign(trial->stage, &foreign, &err), &err) &&
	       leads_by(trial, "another tool's", &trial->ground.second) &&
	       r2_do_route(trial, R2_OP_ROUTE_PREPEND, &ours) && r2_stands(trial, 0, 2) &&
	       leads_by(trial, "ours prepended", &trial->ground.gateway) &&
	       r2_do_route(trial, R2_OP_ROUTE_DEL, &ours) && r2_stands(trial, STATIC, 1) &&
	       leads_by(trial, "ours deleted", &trial->ground.second);
}

static bool is_refused(struct r2_trial *trial, const struct r2_route *route)
{
	struct r2_op op = {.kind = R2_OP_ROUTE_ADD, .route = *route};
	struct r2_os *os = trial->stage->os;
	struct r2_error err;

	if (os->ops->apply(os, &op, &err))
		return r2_is_so(trial, false, "ours beside it was added");
	return r2_is_so(trial, err.native == EEXIST, "ours beside it is refused (errno %d)",
			err.native);
}

bool r2_point_key_taken(struct r2_trial *trial)
{
	struct r2_route foreign = foreign_route(trial);
	struct r2_route ours =
		r2_route_of(trial, &trial->ground.dst, &trial->ground.gateway, &trial->ground.b);
	struct r2_error err;

	return r2_put_addresses(trial) &&
	       r2_went(trial, r2_stage_foreign(trial->stage, &foreign, &err), &err) &&
	       is_refused(trial, &ours) && r2_stands(trial, STATIC, 1);
}

bool r2_point_replace(struct r2_trial *trial)
{
	const struct r2_ip *a = &trial->ground.a, *b = &trial->ground.b;
	const struct r2_ip *hop = &trial->ground.gateway;
	struct r2_op op = {.kind = R2_OP_ROUTE_REPLACE,
			   .old = r2_route_of(trial, &trial->ground.dst, hop, a),
			   .route = r2_route_of(trial, &trial->ground.dst, hop, b)};
	struct r2_os *os = trial->stage->os;
	struct r2_error err;

	op.old.flags = op.route.flags = 0;
	return r2_put_addresses(trial) && r2_put_native(trial, a) &&
	       r2_sends(trial, a, hop, &trial->stage->gateway) &&
	       r2_went(trial, os->ops->apply(os, &op, &err), &err) && r2_stands(trial, 0, 1) &&
	       r2_sends(trial, b, hop, &trial->stage->gateway);
}
