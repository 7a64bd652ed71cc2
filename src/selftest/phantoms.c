/* SPDX-License-Identifier: MIT */
/* What a phantom has to outlive, on every system. */
#include "selftest/points.h"

/* Traffic is what would make a system resolve the phantom, and forget it. */
bool r2_point_phantom_stays(struct r2_trial *trial)
{
	const struct r2_ground *ground = &trial->ground;
	struct r2_frame frame;
	struct r2_error err;

	if (!r2_put_addresses(trial) || !r2_put_phantom(trial, &ground->off, &ground->b))
		return false;
	for (int i = 0; i < 3; i++)
		if (!r2_went(trial, r2_stage_packet(trial->stage, &ground->dst, &frame, &err),
			     &err))
			return false;
	return r2_saw(trial, "3 packets sent") &&
	       r2_permanent(trial, &ground->off, &trial->stage->gateway) &&
	       r2_stands(trial, R2_PROTOCOL, 1);
}

bool r2_point_unrelated(struct r2_trial *trial)
{
	const struct r2_ground *ground = &trial->ground;
	struct r2_error err;

	return r2_put_addresses(trial) && r2_put_address(trial, &ground->c) &&
	       r2_put_phantom(trial, &ground->phantom, &ground->b) &&
	       r2_went(trial, r2_stage_address_del(trial->stage, &ground->c, &err), &err) &&
	       r2_saw(trial, "an address removed that no route names") &&
	       r2_permanent(trial, &ground->phantom, &trial->stage->gateway) &&
	       r2_stands(trial, R2_PROTOCOL, 1);
}

/* Half of a phantom alone is a black hole: both halves stay, or both go. */
bool r2_point_disable(struct r2_trial *trial)
{
	const struct r2_ground *ground = &trial->ground;
	struct r2_neigh neigh = {0};
	struct r2_error err;
	size_t routes = 0;
	bool ok;

	if (!r2_put_addresses(trial) || !r2_put_phantom(trial, &ground->phantom, &ground->b))
		return false;
	ok = r2_went(trial, r2_stage_enable(trial->stage, false, &err), &err);
	if (!r2_went(trial, r2_stage_enable(trial->stage, true, &err), &err) || !ok)
		return r2_cannot(trial, "so there was nothing to be seen");
	if (!r2_neigh_now(trial, &ground->phantom, &neigh) ||
	    !r2_standing_route(trial, 0, &routes, NULL))
		return false;
	return r2_is_so(trial, (routes > 0) == ((neigh.state & R2_NUD_PERMANENT) != 0),
			"off and on again: the route %s, the phantom's entry %s",
			routes ? "stayed" : "went",
			neigh.state & R2_NUD_PERMANENT ? "stayed" : "went");
}
