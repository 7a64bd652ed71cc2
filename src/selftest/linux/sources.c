/* SPDX-License-Identifier: MIT */
/* The preferred source of a route: obeyed by the kernel and by the packet, and what ends it. */
#include "selftest/points.h"

/* One of the two the kernel would take by itself: so each is asked for. */
static bool each_source(struct r2_trial *trial, const struct r2_ip *hop,
			bool (*put)(struct r2_trial *trial, const struct r2_ip *hop,
				    const struct r2_ip *src))
{
	const struct r2_ip *sources[] = {&trial->ground.a, &trial->ground.b};
	struct r2_error err;

	for (size_t i = 0; i < 2; i++) {
		if (!r2_put_addresses(trial) || !put(trial, hop, sources[i]) ||
		    !r2_sends(trial, sources[i], hop, &trial->stage->gateway) ||
		    !r2_went(trial, r2_stage_clear(trial->stage, &err), &err))
			return false;
	}
	return true;
}

static bool put_native(struct r2_trial *trial, const struct r2_ip *hop, const struct r2_ip *src)
{
	(void)hop;
	return r2_put_native(trial, src);
}

bool r2_point_native(struct r2_trial *trial)
{
	return each_source(trial, &trial->ground.gateway, put_native);
}

bool r2_point_phantom(struct r2_trial *trial)
{
	return each_source(trial, &trial->ground.phantom, r2_put_phantom);
}

bool r2_point_via_inet6(struct r2_trial *trial)
{
	const struct r2_ip phantom = r2_ip_of(R2_STAGE_PHANTOM6);

	return each_source(trial, &phantom, r2_put_phantom);
}

/* What befalls the route is another thing in each family. */
bool r2_point_source_gone(struct r2_trial *trial)
{
	bool ipv4 = trial->ground.b.family == R2_IPV4;
	struct r2_route route = {0};
	struct r2_error err;
	size_t n;

	if (!r2_put_addresses(trial) || !r2_put_native(trial, &trial->ground.b) ||
	    !r2_stands(trial, R2_PROTOCOL, 1) ||
	    !r2_went(trial, r2_stage_address_del(trial->stage, &trial->ground.b, &err), &err) ||
	    !r2_standing_route(trial, R2_PROTOCOL, &n, &route))
		return false;
	if (ipv4)
		return r2_is_so(trial, n == 0, "its source removed: the route %s",
				n ? "stands" : "is gone");
	return r2_is_so(trial, n == 1 && !route.prefsrc.family,
			"its source removed: the route %s, %s preferred source",
			n ? "stands" : "is gone", route.prefsrc.family ? "with a" : "without");
}
