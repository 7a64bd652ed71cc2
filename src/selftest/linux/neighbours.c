/* SPDX-License-Identifier: MIT */
/* The permanent neighbour of a phantom: it moves what goes by it, and nobody else moves it. */
#include "selftest/points.h"

#include <poll.h>

#define PATIENCE 2000 /* milliseconds */

bool r2_point_moves(struct r2_trial *trial)
{
	const struct r2_ip *hop = &trial->ground.phantom, *src = &trial->ground.b;
	struct r2_mac other = r2_other_mac();

	return r2_put_addresses(trial) && r2_put_phantom(trial, hop, src) &&
	       r2_sends(trial, src, hop, &trial->stage->gateway) &&
	       r2_do_neigh(trial, R2_OP_NEIGH_SET, hop, &other) &&
	       r2_sends(trial, src, hop, &other) &&
	       r2_do_neigh(trial, R2_OP_NEIGH_SET, hop, &trial->stage->gateway) &&
	       r2_sends(trial, src, hop, &trial->stage->gateway);
}

/* Until the entry of the gateway, an ordinary one, has been taken in: then so has ours. */
static bool follows(struct r2_trial *trial, const struct r2_ip *ip, const struct r2_mac *mac)
{
	for (int i = 0; i < PATIENCE; i++) {
		struct r2_neigh now;

		if (!r2_neigh_now(trial, ip, &now))
			return false;
		if (r2_mac_equal(&now.mac, mac))
			return r2_saw(trial, "the gateway's ordinary entry followed a false claim");
		poll(NULL, 0, 1);
	}
	return r2_cannot(trial, "even the gateway's ordinary entry did not follow a false claim");
}

bool r2_point_deaf(struct r2_trial *trial)
{
	const struct r2_ip *hop = &trial->ground.phantom, *gateway = &trial->ground.gateway;
	const struct r2_mac *mac = &trial->stage->gateway;
	struct r2_route beside = r2_route_of(trial, &trial->ground.dst, gateway, &trial->ground.b);
	struct r2_mac other = r2_other_mac();
	struct r2_error err;

	/* First by the gateway itself, so that it is resolved; then by the phantom. */
	return r2_put_addresses(trial) && r2_put_native(trial, &trial->ground.b) &&
	       r2_sends(trial, &trial->ground.b, gateway, mac) &&
	       r2_do_route(trial, R2_OP_ROUTE_DEL, &beside) &&
	       r2_put_phantom(trial, hop, &trial->ground.b) &&
	       r2_went(trial, r2_stage_claim(trial->stage, hop, &other, &err), &err) &&
	       r2_went(trial, r2_stage_claim(trial->stage, gateway, &other, &err), &err) &&
	       follows(trial, gateway, &other) && r2_permanent(trial, hop, mac) &&
	       r2_sends(trial, &trial->ground.b, hop, mac);
}

bool r2_point_carrier(struct r2_trial *trial)
{
	const struct r2_ip *hop = &trial->ground.phantom, *src = &trial->ground.b;
	const struct r2_mac *mac = &trial->stage->gateway;
	struct r2_error err;
	bool stood;

	if (!r2_put_addresses(trial) || !r2_put_phantom(trial, hop, src) ||
	    !r2_went(trial, r2_stage_carrier(trial->stage, false, &err), &err))
		return false;
	stood = r2_saw(trial, "without carrier") && r2_permanent(trial, hop, mac) &&
		r2_stands(trial, R2_PROTOCOL, 1);
	return r2_went(trial, r2_stage_carrier(trial->stage, true, &err), &err) && stood &&
	       r2_saw(trial, "carrier back") && r2_permanent(trial, hop, mac) &&
	       r2_sends(trial, src, hop, mac);
}

static bool answered(struct r2_trial *trial, const char *who, const struct r2_ask *ask, bool wanted)
{
	bool right = ask->answered == wanted &&
		     (!wanted || r2_mac_equal(&ask->mac, &trial->stage->gateway));

	return r2_is_so(trial, right, "%s %s", who,
			!ask->answered ? "is silent"
			: right        ? "answered with its MAC"
				       : "answered, which it should not have");
}

bool r2_point_ask(struct r2_trial *trial)
{
	struct r2_ask asks[] = {
		{.target = trial->ground.gateway, .sender = trial->ground.a},
		{.target = trial->ground.silent, .sender = trial->ground.a},
	};
	struct r2_os *os = trial->stage->os;
	struct r2_neigh neigh;
	struct r2_error err;

	return r2_put_address(trial, &trial->ground.a) &&
	       r2_went(trial, os->ops->ask(os, &trial->stage->link, asks, 2, 2, 200, &err), &err) &&
	       answered(trial, "the gateway", &asks[0], true) &&
	       answered(trial, "an address that nobody has", &asks[1], false) &&
	       r2_neigh_now(trial, &trial->ground.silent, &neigh) &&
	       r2_is_so(trial, !neigh.state, "the neighbour table is %s",
			neigh.state ? "changed" : "untouched");
}
