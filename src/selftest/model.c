/* SPDX-License-Identifier: MIT */
/* Does the model that `explain` and the phantoms rest on say what the system says. */
#include "selftest/points.h"

#include <string.h>

#define PICKS_MAX 16

static bool agrees(const struct r2_pick *pick, const struct r2_answer *answer)
{
	if (pick->error || answer->error)
		return (pick->error != 0) == (answer->error != 0);
	/* By which interface a packet to oneself goes is each system's own. */
	return r2_ip_equal(&pick->source, &answer->source) &&
	       (pick->type == R2_TYPE_LOCAL ||
		(r2_ip_equal(&pick->gateway, &answer->gateway) && pick->link == answer->link));
}

static bool ask_both(struct r2_trial *trial, const struct r2_model *model, const struct r2_ip *dst)
{
	char name[R2_IP_TEXT], ours[R2_IP_TEXT], theirs[R2_IP_TEXT];
	struct r2_flow flow = {.dst = *dst};
	struct r2_pick picks[PICKS_MAX];
	struct r2_answer answer;
	size_t n = r2_model_choose(model, &flow, picks, PICKS_MAX, NULL);
	bool same = false;

	if (!r2_answers(trial, dst, &answer))
		return false;
	for (size_t i = 0; i < n && i < PICKS_MAX; i++)
		same = same || agrees(&picks[i], &answer);
	r2_ip_format(&picks[0].source, ours);
	r2_ip_format(&answer.source, theirs);
	if (answer.error)
		return r2_is_so(trial, same, "%s: no way", r2_ip_format(dst, name));
	/* Beyond the stage, addresses of this machine might be in it. */
	if (answer.link != trial->stage->link.index)
		return r2_is_so(trial, same, "%s: by another interface, %s",
				r2_ip_format(dst, name), same ? "agreed" : "not agreed");
	return r2_is_so(trial, same, "%s: %s%s%s%s", r2_ip_format(dst, name), theirs,
			same ? "" : ", the model said ", same ? "" : ours, n > 1 ? " (a tie)" : "");
}

bool r2_point_model(struct r2_trial *trial)
{
	const struct r2_ground *ground = &trial->ground;
	struct r2_query query = {.parts = R2_PART_ALL};
	struct r2_os *os = trial->stage->os;
	struct r2_route route = r2_route_of(trial, &ground->dst2, &ground->phantom, &ground->b);
	const struct r2_ip dsts[] = {ground->dst, ground->dst2, ground->silent, ground->a};
	struct r2_model *model;
	struct r2_host host;
	struct r2_error err;
	bool ok = true;

	if (!r2_put_addresses(trial) || !r2_put_phantom(trial, &ground->off, NULL) ||
	    !r2_do_neigh(trial, R2_OP_NEIGH_ADD, &ground->phantom, &trial->stage->gateway) ||
	    !r2_do_route(trial, R2_OP_ROUTE_ADD, &route) ||
	    !r2_went(trial, os->ops->snapshot(os, &query, &host, &err), &err))
		return false;
	model = r2_model_new(&host, r2_rules_of(&host));
	for (size_t i = 0; model && i < sizeof(dsts) / sizeof(*dsts); i++)
		ok = ask_both(trial, model, &dsts[i]) && ok;
	ok = ok && model;
	r2_model_free(model);
	r2_host_free(&host);
	return ok;
}
