/* SPDX-License-Identifier: MIT */
/* Rows of IP Helper to values of core, and back. */
#include "os/windows/windows.h"

#include <string.h>

struct r2_ip r2_win_to_ip(const SOCKADDR_INET *address)
{
	struct r2_ip ip = {0};

	if (address->si_family == AF_INET) {
		ip.family = R2_IPV4;
		memcpy(ip.bytes, &address->Ipv4.sin_addr, 4);
	} else if (address->si_family == AF_INET6) {
		ip.family = R2_IPV6;
		memcpy(ip.bytes, &address->Ipv6.sin6_addr, 16);
	}
	return r2_ip_is_unspecified(&ip) ? (struct r2_ip){0} : ip;
}

SOCKADDR_INET r2_win_from_ip(const struct r2_ip *ip, uint8_t family)
{
	SOCKADDR_INET address;

	memset(&address, 0, sizeof(address));
	address.si_family = family == R2_IPV6 ? AF_INET6 : AF_INET;
	if (ip->family == R2_IPV4)
		memcpy(&address.Ipv4.sin_addr, ip->bytes, 4);
	else if (ip->family == R2_IPV6)
		memcpy(&address.Ipv6.sin6_addr, ip->bytes, 16);
	return address;
}

struct r2_route r2_win_to_route(const MIB_IPFORWARD_ROW2 *row)
{
	enum { STATIC = 4 };
	struct r2_route route = {.table = R2_MAIN_TABLE, .type = R2_TYPE_UNICAST};
	bool ipv6 = row->DestinationPrefix.Prefix.si_family == AF_INET6;

	route.dst.addr = r2_win_to_ip(&row->DestinationPrefix.Prefix);
	route.dst.addr.family = ipv6 ? R2_IPV6 : R2_IPV4; /* also of a default route */
	route.dst.len = row->DestinationPrefix.PrefixLength;
	route.gateway = r2_win_to_ip(&row->NextHop);
	route.metric = row->Metric;
	route.link = row->InterfaceIndex;
	route.protocol = row->Protocol == MIB_IPPROTO_LOCAL ? R2_PROTO_KERNEL : STATIC;
	return route;
}

MIB_IPFORWARD_ROW2 r2_win_from_route(const struct r2_iphlp *api, const struct r2_route *route)
{
	MIB_IPFORWARD_ROW2 row;

	/* Zeroed rather than initialised by InitializeIpForwardEntry(), which older systems and
	 * Wine lack; every member that it would set to an illegal value is set here. */
	memset(&row, 0, sizeof(row));
	row.InterfaceIndex = route->link;
	row.InterfaceLuid.Value = r2_win_luid(api, route->link);
	row.DestinationPrefix.Prefix = r2_win_from_ip(&route->dst.addr, route->dst.addr.family);
	row.DestinationPrefix.PrefixLength = route->dst.len;
	row.NextHop = r2_win_from_ip(&route->gateway, route->dst.addr.family);
	row.ValidLifetime = row.PreferredLifetime = 0xffffffff;
	row.Metric = route->metric;
	row.Protocol = MIB_IPPROTO_NETMGMT;
	return row;
}

static uint16_t nud_of(NL_NEIGHBOR_STATE state)
{
	static const uint16_t STATES[] = {
		[NlnsUnreachable] = R2_NUD_FAILED, [NlnsIncomplete] = R2_NUD_INCOMPLETE,
		[NlnsProbe] = R2_NUD_PROBE,        [NlnsDelay] = R2_NUD_DELAY,
		[NlnsStale] = R2_NUD_STALE,        [NlnsReachable] = R2_NUD_REACHABLE,
		[NlnsPermanent] = R2_NUD_PERMANENT};

	return (unsigned)state < sizeof(STATES) / sizeof(*STATES) ? STATES[state] : R2_NUD_FAILED;
}

struct r2_neigh r2_win_to_neigh(const MIB_IPNET_ROW2 *row)
{
	struct r2_neigh neigh = {.ip = r2_win_to_ip(&row->Address),
				 .link = row->InterfaceIndex,
				 .state = nud_of(row->State)};

	if (row->PhysicalAddressLength && row->PhysicalAddressLength <= sizeof(neigh.mac.bytes)) {
		neigh.mac.len = (uint8_t)row->PhysicalAddressLength;
		memcpy(neigh.mac.bytes, row->PhysicalAddress, neigh.mac.len);
	}
	return neigh;
}

MIB_IPNET_ROW2 r2_win_from_neigh(const struct r2_iphlp *api, const struct r2_neigh *neigh)
{
	MIB_IPNET_ROW2 row;

	memset(&row, 0, sizeof(row));
	row.Address = r2_win_from_ip(&neigh->ip, neigh->ip.family);
	row.InterfaceIndex = neigh->link;
	row.InterfaceLuid.Value = r2_win_luid(api, neigh->link);
	row.PhysicalAddressLength = neigh->mac.len;
	memcpy(row.PhysicalAddress, neigh->mac.bytes, neigh->mac.len);
	row.State = NlnsPermanent;
	return row;
}

/* An index that is of no interface gives ERROR_FILE_NOT_FOUND, a LUID ERROR_INVALID_PARAMETER
 * (ConvertInterfaceIndexToLuid(), ConvertInterfaceLuidToIndex(), Microsoft Learn). */
static bool is_away(DWORD code)
{
	return code == ERROR_FILE_NOT_FOUND || code == ERROR_NOT_FOUND ||
	       code == ERROR_INVALID_PARAMETER;
}

bool r2_win_find_luid(const struct r2_iphlp *api, uint32_t index, uint64_t *ret_luid,
		      struct r2_error *err)
{
	NET_LUID luid = {0};
	DWORD code;

	if (!R2_HAS(api, ConvertInterfaceIndexToLuid, err))
		return false;
	code = api->ConvertInterfaceIndexToLuid(index, &luid);
	if (code && !is_away(code))
		return r2_win_fail(err, code, "ConvertInterfaceIndexToLuid",
				   "cannot name interface %lu", (unsigned long)index);
	*ret_luid = code ? 0 : luid.Value;
	return true;
}

bool r2_win_need_luid(const struct r2_iphlp *api, uint32_t index, uint64_t *ret_luid,
		      struct r2_error *err)
{
	if (!r2_win_find_luid(api, index, ret_luid, err))
		return false;
	if (*ret_luid)
		return true;
	r2_error_set(err, R2_FAILED, "interface %lu cannot be found", (unsigned long)index);
	err->call = "ConvertInterfaceIndexToLuid";
	return r2_error_hint(err, "it may just have been switched off: try again");
}

bool r2_win_find_index(const struct r2_iphlp *api, uint64_t luid, uint32_t *ret_index,
		       struct r2_error *err)
{
	NET_LUID value = {.Value = luid};
	NET_IFINDEX index = 0;
	DWORD code;

	if (!R2_HAS(api, ConvertInterfaceLuidToIndex, err))
		return false;
	code = api->ConvertInterfaceLuidToIndex(&value, &index);
	if (code && !is_away(code))
		return r2_win_fail(err, code, "ConvertInterfaceLuidToIndex",
				   "cannot find interface %llx", (unsigned long long)luid);
	*ret_index = code ? 0 : index;
	return true;
}

uint64_t r2_win_luid(const struct r2_iphlp *api, uint32_t index)
{
	struct r2_error unused;
	uint64_t luid = 0;

	return r2_win_find_luid(api, index, &luid, &unused) ? luid : 0;
}
