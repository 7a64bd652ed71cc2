/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include "sys.h"

#include <string.h>

DWORD code_of(int64_t result)
{
	switch (-result) {
	case 0:
		return NO_ERROR;
	case L_EPERM:
	case L_EACCES:
		return ERROR_ACCESS_DENIED;
	case L_ENOENT:
	case L_ESRCH:
	case L_ENODEV:
		return ERROR_NOT_FOUND;
	case L_EEXIST:
		return ALREADY_EXISTS;
	case L_ENOMEM:
	case L_ENOBUFS:
		return ERROR_NOT_ENOUGH_MEMORY;
	case L_ENETDOWN:
	case L_ENETUNREACH:
		return ERROR_NETWORK_UNREACHABLE;
	default:
		return ERROR_INVALID_PARAMETER;
	}
}

/* ---- addresses ---- */

uint8_t family_of_windows(ADDRESS_FAMILY family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 6 : 0;
}

struct ip ip_of(const SOCKADDR_INET *address)
{
	struct ip ip = {.family = family_of_windows(address->si_family)};

	if (ip.family == 4)
		memcpy(ip.b, &address->Ipv4.sin_addr, 4);
	else if (ip.family == 6)
		memcpy(ip.b, &address->Ipv6.sin6_addr, 16);
	return ip;
}

SOCKADDR_INET address_of(const struct ip *ip, uint8_t family)
{
	SOCKADDR_INET address;

	memset(&address, 0, sizeof(address));
	address.si_family = family == 6 ? AF_INET6 : AF_INET;
	if (ip->family == 4)
		memcpy(&address.Ipv4.sin_addr, ip->b, 4);
	else if (ip->family == 6)
		memcpy(&address.Ipv6.sin6_addr, ip->b, 16);
	return address;
}

bool is_unspecified(const struct ip *ip)
{
	static const uint8_t ZERO[16];

	return !memcmp(ip->b, ZERO, sizeof(ZERO));
}

bool is_multicast(const struct ip *ip)
{
	return ip->family == 4 ? (ip->b[0] & 0xf0) == 0xe0 : ip->b[0] == 0xff;
}

bool is_loopback(const struct ip *ip)
{
	static const uint8_t ONE[16] = {[15] = 1};

	return ip->family == 4 ? ip->b[0] == 127 : !memcmp(ip->b, ONE, sizeof(ONE));
}

/* ---- interfaces ---- */

static uint16_t if_type(const struct link *link)
{
	enum { ETHERNET = 6, PPP = 23, LOOPBACK = 24 }; /* ipifcons.h */

	if (link->flags & LINK_LOOPBACK)
		return LOOPBACK;
	return link->kind == KIND_ETHER ? ETHERNET : PPP;
}

NET_LUID luid_of(const struct link *link)
{
	NET_LUID luid = {.Value = (ULONG64)if_type(link) << 48 | (ULONG64)link->index << 24};

	return luid;
}

const struct link *link_named(const struct world *world, const NET_LUID *luid, NET_IFINDEX index)
{
	for (size_t i = 0; i < world->links.n; i++) {
		const struct link *link = &world->links.at[i];

		if (luid && luid->Value ? luid_of(link).Value == luid->Value : link->index == index)
			return link;
	}
	return NULL;
}

DWORD index_named(const NET_LUID *luid, NET_IFINDEX index, uint32_t *ret)
{
	struct world world;
	const struct link *link;
	int code;

	if (!(luid && luid->Value) && !index)
		return ERROR_INVALID_PARAMETER;
	code = world_read(&world, READ_LINKS, 0);
	if (code)
		return code_of(code);
	link = link_named(&world, luid, index);
	*ret = link ? link->index : 0;
	world_free(&world);
	return link ? NO_ERROR : ERROR_NOT_FOUND;
}

/* ---- rows ---- */

void fill_forward(MIB_IPFORWARD_ROW2 *row, const struct link *link, const struct route *route)
{
	memset(row, 0, sizeof(*row));
	row->InterfaceIndex = link->index;
	row->InterfaceLuid = luid_of(link);
	row->DestinationPrefix.Prefix = address_of(&route->dst, route->dst.family);
	row->DestinationPrefix.PrefixLength = route->len;
	row->NextHop = address_of(&route->hop, route->dst.family);
	row->ValidLifetime = row->PreferredLifetime = 0xffffffff;
	row->Metric = route->metric;
	row->Protocol = route->protocol == PROTO_KERNEL ? MIB_IPPROTO_LOCAL : MIB_IPPROTO_NETMGMT;
	row->Loopback = (link->flags & LINK_LOOPBACK) != 0;
	row->Immortal = TRUE;
	row->Origin = NlroManual;
}

void fill_net(MIB_IPNET_ROW2 *row, const struct link *link, const struct neigh *neigh)
{
	memset(row, 0, sizeof(*row));
	row->Address = address_of(&neigh->ip, neigh->ip.family);
	row->InterfaceIndex = link->index;
	row->InterfaceLuid = luid_of(link);
	row->PhysicalAddressLength = neigh->mac_len;
	memcpy(row->PhysicalAddress, neigh->mac, neigh->mac_len);
	row->IsRouter = neigh->router;
	if (neigh->state & (NUD_PERMANENT_ | NUD_NOARP_))
		row->State = NlnsPermanent;
	else if (neigh->state & NUD_REACHABLE_)
		row->State = NlnsReachable;
	else if (neigh->state & NUD_STALE_)
		row->State = NlnsStale;
	else if (neigh->state & NUD_DELAY_)
		row->State = NlnsDelay;
	else if (neigh->state & NUD_PROBE_)
		row->State = NlnsProbe;
	else if (neigh->state & NUD_INCOMPLETE_)
		row->State = NlnsIncomplete;
	else
		row->State = NlnsUnreachable;
}

static NL_DAD_STATE dad_of(const struct addr *addr)
{
	if (addr->flags & ADDR_FAILED)
		return IpDadStateDuplicate;
	if (addr->flags & ADDR_TENTATIVE)
		return IpDadStateTentative;
	return addr->flags & ADDR_DEPRECATED ? IpDadStateDeprecated : IpDadStatePreferred;
}

void fill_unicast(MIB_UNICASTIPADDRESS_ROW *row, const struct link *link, const struct addr *addr)
{
	bool random = addr->ip.family == 6 && addr->flags & ADDR_TEMPORARY;

	memset(row, 0, sizeof(*row));
	row->Address = address_of(&addr->ip, addr->ip.family);
	row->InterfaceIndex = link->index;
	row->InterfaceLuid = luid_of(link);
	row->PrefixOrigin = IpPrefixOriginManual;
	row->SuffixOrigin = random ? IpSuffixOriginRandom : IpSuffixOriginManual;
	row->ValidLifetime = addr->valid;
	row->PreferredLifetime = addr->preferred;
	row->OnLinkPrefixLength = addr->len;
	row->SkipAsSource = addr->skip;
	row->DadState = dad_of(addr);
}

void *new_table(size_t head, size_t n, size_t row)
{
	return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, head + n * row + row);
}
