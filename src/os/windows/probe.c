/* SPDX-License-Identifier: MIT */
/*
 * Idea: Windows sends no frame of ours, but its own neighbour entry of the real gateway says where
 * an echo goes. So the station at one MAC is asked by an echo while that entry has this MAC; if the
 * echo is silent, or the entry has another, ResolveIpNetEntry2() asks all. It throws the entry away
 * first, which other traffic by this gateway feels: so it is not what a healthy gateway is asked
 * by. A permanent entry (a phantom, an administrator's) is never resolved.
 */
#include "os/windows/probe.h"

#include <string.h>

#define ECHO_MS  300 /* a gateway is next door */
#define TRACK_MS 900 /* a target behind it is not; less than the smallest interval */
#define MUTE     2
#define SKIP     60

/* As icmpapi.h and ipexport.h have it: the reply, our data, 8 bytes of an ICMP error, an
 * IO_STATUS_BLOCK; IPv6: ICMPV6_ECHO_REPLY. */
#define REPLY_ROOM 256

/* ICMPV6_ECHO_REPLY of ipexport.h, which mingw-w64 10 lacks: an IPV6_ADDRESS_EX is packed. */
struct echo6_reply {
	uint8_t address[26];
	ULONG status, round_trip;
};
_Static_assert(sizeof(struct echo6_reply) == 36, "ICMPV6_ECHO_REPLY");

static bool echo4(const struct r2_iphlp *api, const struct r2_question *question, DWORD wait_ms)
{
	_Alignas(16) uint8_t reply[REPLY_ROOM] = {0};
	const ICMP_ECHO_REPLY *said = (const void *)reply;
	char data[8] = "route2";
	ULONG from = 0, to;
	HANDLE icmp;
	bool answered;

	if (!api->IcmpCreateFile || !api->IcmpCloseHandle || !api->IcmpSendEcho2Ex)
		return false;
	memcpy(&from, question->sender.bytes, 4);
	memcpy(&to, question->target.bytes, 4);
	icmp = api->IcmpCreateFile();
	if (icmp == INVALID_HANDLE_VALUE)
		return false;
	answered = api->IcmpSendEcho2Ex(icmp, NULL, NULL, NULL, from, to, data, sizeof(data), NULL,
					reply, sizeof(reply), wait_ms) > 0 &&
		   said->Status == IP_SUCCESS && said->Address == to;
	api->IcmpCloseHandle(icmp);
	return answered;
}

static struct sockaddr_in6 name_of(const struct r2_ip *ip, uint32_t link)
{
	struct sockaddr_in6 name;

	memset(&name, 0, sizeof(name));
	name.sin6_family = AF_INET6;
	memcpy(&name.sin6_addr, ip->bytes, 16);
	if (r2_ip_is_link_local(ip))
		name.sin6_scope_id = link;
	return name;
}

static bool echo6(const struct r2_iphlp *api, uint32_t link, const struct r2_question *question,
		  DWORD wait_ms)
{
	_Alignas(16) uint8_t reply[REPLY_ROOM] = {0};
	const struct echo6_reply *said = (const void *)reply;
	struct sockaddr_in6 from = name_of(&question->sender, link);
	struct sockaddr_in6 to = name_of(&question->target, link);
	char data[8] = "route2";
	HANDLE icmp;
	bool answered;

	if (!api->Icmp6CreateFile || !api->IcmpCloseHandle || !api->Icmp6SendEcho2)
		return false;
	icmp = api->Icmp6CreateFile();
	if (icmp == INVALID_HANDLE_VALUE)
		return false;
	answered = api->Icmp6SendEcho2(icmp, NULL, NULL, NULL, &from, &to, data, sizeof(data), NULL,
				       reply, sizeof(reply), wait_ms) > 0 &&
		   said->status == IP_SUCCESS;
	api->IcmpCloseHandle(icmp);
	return answered;
}

static bool echo(const struct r2_iphlp *api, uint32_t link, const struct r2_question *question,
		 DWORD wait_ms)
{
	return question->target.family == R2_IPV6 ? echo6(api, link, question, wait_ms)
						  : echo4(api, question, wait_ms);
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
