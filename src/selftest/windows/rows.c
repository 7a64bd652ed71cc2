/* SPDX-License-Identifier: MIT */
/* What Windows makes of the rows that it is given: asked of IP Helper itself. */
#include "selftest/points.h"

#include "os/windows/stage.h"

#include <string.h>

#define PATIENCE_MS    500
#define ALREADY_EXISTS 5010 /* ERROR_OBJECT_ALREADY_EXISTS, winerror.h */

static MIB_IPNET_ROW2 neigh_row(struct r2_trial *trial, NL_NEIGHBOR_STATE state)
{
	const struct r2_neigh neigh = {.ip = trial->ground.off,
				       .link = trial->stage->link.index,
				       .mac = trial->stage->gateway};
	MIB_IPNET_ROW2 row = r2_win_from_neigh(r2_stage_api(trial->stage), &neigh);

	row.State = state;
	return row;
}

bool r2_point_state(struct r2_trial *trial)
{
	static const NL_NEIGHBOR_STATE given[] = {NlnsPermanent, NlnsReachable, NlnsUnreachable};
	const struct r2_iphlp *api = r2_stage_api(trial->stage);
	bool permanent = true;

	if (!r2_put_address(trial, &trial->ground.a))
		return false;
	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
		MIB_IPNET_ROW2 row = neigh_row(trial, given[i]), now = row;
		DWORD code = api->CreateIpNetEntry2(&row), again, gone;

		if (code) {
			permanent = r2_is_so(trial, false, "created with State %d: error %lu",
					     (int)given[i], code);
			continue;
		}
		row = neigh_row(trial, given[i]);
		again = api->CreateIpNetEntry2(&row);
		code = api->GetIpNetEntry2(&now);
		gone = api->DeleteIpNetEntry2(&row);
		permanent = r2_is_so(trial,
				     !code && now.State == NlnsPermanent &&
					     again == ALREADY_EXISTS && !gone,
				     "created with State %d: State %d; created again: error %lu",
				     (int)given[i], code ? -1 : (int)now.State, again) &&
			    permanent;
	}
	return permanent;
}

static bool read_back(struct r2_trial *trial, const char *whose, const struct r2_route *route,
		      MIB_IPFORWARD_ROW2 *ret)
{
	const struct r2_iphlp *api = r2_stage_api(trial->stage);
	DWORD code;

	*ret = r2_win_from_route(api, route);
	code = api->GetIpForwardEntry2(ret);
	return r2_is_so(trial, !code, "%s: error %lu, Protocol %d, Origin %d", whose, code,
			(int)ret->Protocol, (int)ret->Origin);
}

bool r2_point_owner(struct r2_trial *trial)
{
	const struct r2_ground *ground = &trial->ground;
	struct r2_route ours = r2_route_of(trial, &ground->dst, &ground->off, NULL);
	struct r2_route other = r2_route_of(trial, &ground->dst2, &ground->off, NULL);
	MIB_IPFORWARD_ROW2 row;
	struct r2_error err;

	return r2_put_address(trial, &ground->a) && r2_do_route(trial, R2_OP_ROUTE_ADD, &ours) &&
	       r2_went(trial, r2_stage_foreign(trial->stage, &other, &err), &err) &&
	       read_back(trial, "one of ours, created with Protocol 3", &ours, &row) &&
	       read_back(trial, "one created with Protocol 10006, as `route add` does", &other,
			 &row);
}

/* What GetBestRoute2() alone says; lookups believe a socket where the two differ. */
static bool best_source(struct r2_trial *trial, struct r2_ip *ret)
{
	const struct r2_iphlp *api = r2_stage_api(trial->stage);
	const struct r2_ip *dst = &trial->ground.dst;
	SOCKADDR_INET to = r2_win_from_ip(dst, dst->family), source;
	MIB_IPFORWARD_ROW2 row;
	DWORD code;

	memset(&source, 0, sizeof(source));
	code = api->GetBestRoute2(NULL, trial->stage->link.index, NULL, &to, 0, &row, &source);
	*ret = r2_win_to_ip(&source);
	return !code || r2_is_so(trial, false, "GetBestRoute2(): error %lu", code);
}

static bool both_say(struct r2_trial *trial, const struct r2_ip *hop)
{
	char by[R2_IP_TEXT], one[R2_IP_TEXT], two[R2_IP_TEXT];
	struct r2_answer answer;
	struct r2_ip best;
	struct r2_error err;

	return r2_put_addresses(trial) && r2_put_phantom(trial, hop, NULL) &&
	       best_source(trial, &best) && r2_answers(trial, &trial->ground.dst, &answer) &&
	       r2_is_so(trial, !answer.error && r2_ip_equal(&best, &answer.source),
			"next hop %s: GetBestRoute2() %s, socket %s", r2_ip_format(hop, by),
			r2_ip_format(&best, one), r2_ip_format(&answer.source, two)) &&
	       r2_went(trial, r2_stage_clear(trial->stage, &err), &err);
}

bool r2_point_witnesses(struct r2_trial *trial)
{
	bool ipv4 = trial->ground.dst.family == R2_IPV4;
	const struct r2_ip near_a = r2_ip_of(ipv4 ? "192.0.2.13" : "2001:db8:0:1::13");

	return both_say(trial, &near_a) && both_say(trial, &trial->ground.phantom);
}

static unsigned long long more(ULONG64 after, ULONG64 before)
{
	return (unsigned long long)(after - before);
}

/* Frames as the adapter counts them, in its own time: a unicast is the packet; with none of it,
 * anything else is a question for the next hop. */
static bool counted(struct r2_trial *trial, const MIB_IF_ROW2 *before)
{
	ULONGLONG until = GetTickCount64() + PATIENCE_MS;
	unsigned long long unicast, other;
	MIB_IF_ROW2 after;
	struct r2_error err;

	do {
		if (!r2_went(trial, r2_stage_row(trial->stage, &after, &err), &err))
			return false;
		unicast = more(after.OutUcastPkts, before->OutUcastPkts);
		other = more(after.OutNUcastPkts, before->OutNUcastPkts);
		if (!unicast)
			Sleep(20);
	} while (!unicast && GetTickCount64() < until);
	return r2_is_so(trial, unicast || !other,
			"a packet sent: the adapter counts %llu unicast and %llu other%s", unicast,
			other, unicast || other ? "" : ", so it does not count");
}

bool r2_point_off_subnet(struct r2_trial *trial)
{
	const struct r2_ground *ground = &trial->ground;
	struct r2_frame frame;
	MIB_IF_ROW2 before;
	struct r2_error err;

	return r2_put_addresses(trial) && r2_put_phantom(trial, &ground->off, NULL) &&
	       r2_saw(trial, "neighbour and route were accepted") &&
	       r2_went(trial, r2_stage_row(trial->stage, &before, &err), &err) &&
	       r2_went(trial, r2_stage_packet(trial->stage, &ground->dst, &frame, &err), &err) &&
	       counted(trial, &before) && r2_permanent(trial, &ground->off, &trial->stage->gateway);
}
