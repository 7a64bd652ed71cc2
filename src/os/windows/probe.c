/* SPDX-License-Identifier: MIT */
/*
 * Idea: Windows sends no frame of ours, but its own neighbour entry of the real gateway says where
 * an echo goes. So the station at one MAC is asked by an echo while that entry has this MAC; if the
 * echo is silent, or the entry has another, ResolveIpNetEntry2() asks all. It throws the entry away
 * first, which other traffic by this gateway feels: so it is not what a healthy gateway is asked
 * by. A permanent entry (a phantom, an administrator's) is never resolved.
 */
#include "os/windows/probe.h"
#include "os/windows/echo.h"

#define ECHO_MS  300 /* a gateway is next door */
#define TRACK_MS 900 /* a target behind it is not; less than the smallest interval */
#define MUTE     2
#define SKIP     60

static bool echo(const struct r2_iphlp *api, uint32_t link, const struct r2_question *question,
		 DWORD wait_ms)
{
	struct r2_echo echo = {
		.src = question->sender, .dst = question->target, .link = link, .wait_ms = wait_ms};

	r2_win_echo(api, &echo);
	return echo.answered;
}

/* ---- the gateway itself ---- */

static bool read_entry(const struct r2_iphlp *api, const MIB_IPNET_ROW2 *key, struct r2_neigh *ret,
		       bool *ret_permanent)
{
	MIB_IPNET_ROW2 row = *key;

	if (!api->GetIpNetEntry2 || api->GetIpNetEntry2(&row) != NO_ERROR)
		return false;
	*ret = r2_win_to_neigh(&row);
	*ret_permanent = row.State == NlnsPermanent;
	return ret->mac.len > 0;
}

static bool by_echo(const struct r2_iphlp *api, uint32_t link, const struct r2_question *question,
		    const MIB_IPNET_ROW2 *key)
{
	struct r2_neigh before, after;
	bool permanent;

	return read_entry(api, key, &before, &permanent) &&
	       r2_mac_equal(&before.mac, &question->to) && echo(api, link, question, ECHO_MS) &&
	       read_entry(api, key, &after, &permanent) && r2_mac_equal(&after.mac, &question->to);
}

static bool by_resolving(const struct r2_iphlp *api, const struct r2_question *question,
			 const MIB_IPNET_ROW2 *key, struct r2_mac *ret_mac)
{
	SOCKADDR_INET from = r2_win_from_ip(&question->sender, question->target.family);
	MIB_IPNET_ROW2 row = *key;
	struct r2_neigh now;
	bool permanent = false;

	read_entry(api, key, &now, &permanent);
	row.State = NlnsUnreachable;
	if (permanent || !api->ResolveIpNetEntry2 ||
	    api->ResolveIpNetEntry2(&row, &from) != NO_ERROR)
		return false;
	*ret_mac = r2_win_to_neigh(&row).mac;
	return ret_mac->len > 0;
}

static bool ask_gateway(const struct r2_iphlp *api, uint32_t link,
			const struct r2_question *question, struct r2_probe *probe,
			struct r2_claim *ret)
{
	const struct r2_neigh neigh = {.ip = question->target, .link = link};
	const MIB_IPNET_ROW2 key = r2_win_from_neigh(api, &neigh);
	struct r2_mac mac = question->to;
	bool tried = question->to.len > 0 && !probe->skip;

	if (probe->skip)
		probe->skip--;
	if (!tried || !by_echo(api, link, question, &key)) {
		if (!by_resolving(api, question, &key, &mac))
			return false;
		/* A gateway that answers no echo is not asked by one each time. */
		if (tried && r2_mac_equal(&mac, &question->to) && ++probe->mute >= MUTE)
			probe->skip = SKIP;
	} else {
		probe->mute = 0;
	}
	*ret = (struct r2_claim){.kind = R2_CLAIM_ANSWER,
				 .who = question->target,
				 .to = question->sender,
				 .mac = mac,
				 .direct = true};
	return true;
}

bool r2_win_probe(const struct r2_iphlp *api, uint32_t link, const struct r2_question *question,
		  struct r2_probe *probe, struct r2_claim *ret_claim)
{
	if (!question->echo)
		return ask_gateway(api, link, question, probe, ret_claim);
	if (!echo(api, link, question, TRACK_MS))
		return false;
	*ret_claim = (struct r2_claim){.kind = R2_CLAIM_ECHO,
				       .who = question->target,
				       .to = question->sender,
				       .id = question->id,
				       .seq = question->seq};
	return true;
}
