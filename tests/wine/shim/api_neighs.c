/* SPDX-License-Identifier: MIT */
/* Neighbours. Who asks for one is the kernel, on the wire, with real ARP and ND. */
#include "rows.h"

#include "nl.h"
#include "sys.h"

#include <string.h>

enum { NO_ANSWER = 67, PATIENCE_MS = 4000, LOOK_MS = 2 };

static DWORD net_table(ADDRESS_FAMILY family, MIB_IPNET_TABLE2 **ret)
{
	struct world world;
	MIB_IPNET_TABLE2 *table;
	int code;

	if (!family_of_windows(family) && family != AF_UNSPEC)
		return ERROR_INVALID_PARAMETER;
	code = world_read(&world, READ_LINKS | READ_NEIGHS, family_of_windows(family));
	if (code)
		return code_of(code);
	table = new_table(sizeof(*table), world.neighs.n, sizeof(table->Table[0]));
	for (size_t i = 0; table && i < world.neighs.n; i++) {
		const struct link *link = world_link(&world, world.neighs.at[i].index);

		if (link && !(link->flags & LINK_LOOPBACK))
			fill_net(&table->Table[table->NumEntries++], link, &world.neighs.at[i]);
	}
	world_free(&world);
	*ret = table;
	return table ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

EXPORT DWORD WINAPI GetIpNetTable2(ADDRESS_FAMILY family, PMIB_IPNET_TABLE2 *table)
{
	CALL("GetIpNetTable2", NULL, 0, net_table(family, table));
}

/* ---- one row ---- */

/* Of whom @row speaks, and what the kernel knows of it; -L_ENOENT in @ret_result if nothing. */
static DWORD look(const MIB_IPNET_ROW2 *row, struct link *ret_link, struct neigh *ret,
		  int *ret_result)
{
	struct ip ip = row ? ip_of(&row->Address) : (struct ip){0};
	const struct link *link;
	struct world world;
	int code;

	if (!ip.family || is_unspecified(&ip) || is_loopback(&ip) ||
	    (!row->InterfaceLuid.Value && !row->InterfaceIndex))
		return ERROR_INVALID_PARAMETER;
	code = world_read(&world, READ_LINKS, 0);
	if (code)
		return code_of(code);
	link = link_named(&world, &row->InterfaceLuid, row->InterfaceIndex);
	if (link)
		*ret_link = *link;
	world_free(&world);
	if (!link)
		return ERROR_NOT_FOUND;
	*ret = (struct neigh){.index = ret_link->index, .ip = ip};
	*ret_result = nl_neigh(&ip, ret_link->index, ret);
	return *ret_result == 0 || *ret_result == -L_ENOENT ? NO_ERROR : code_of(*ret_result);
}

static DWORD net_entry(MIB_IPNET_ROW2 *row)
{
	struct link link;
	struct neigh now;
	int result;
	DWORD code = look(row, &link, &now, &result);

	if (!code && result)
		code = ERROR_NOT_FOUND;
	if (!code)
		fill_net(row, &link, &now);
	return code;
}

EXPORT DWORD WINAPI GetIpNetEntry2(PMIB_IPNET_ROW2 row)
{
	CALL("GetIpNetEntry2", row, sizeof(*row), net_entry(row));
}

static bool has_mac(const MIB_IPNET_ROW2 *row, const struct link *link)
{
	static const uint8_t NONE[6];

	return row->PhysicalAddressLength == link->mac_len && link->mac_len &&
	       memcmp(row->PhysicalAddress, NONE, sizeof(NONE)) != 0;
}

static void take_mac(struct neigh *neigh, const MIB_IPNET_ROW2 *row)
{
	neigh->mac_len = (uint8_t)row->PhysicalAddressLength;
	memcpy(neigh->mac, row->PhysicalAddress, neigh->mac_len);
}

/* "CreateIpNetEntry2 always adds Permanent entries", and fails on any entry that is there. */
static DWORD create_net(const MIB_IPNET_ROW2 *row)
{
	struct link link;
	struct neigh now;
	int result;
	DWORD code = look(row, &link, &now, &result);

	if (code)
		return code;
	if (!has_mac(row, &link) || is_multicast(&now.ip))
		return ERROR_INVALID_PARAMETER;
	if (!result)
		return ALREADY_EXISTS;
	take_mac(&now, row);
	now.state = NUD_PERMANENT_;
	return code_of(nl_put_neigh(&now, NL_CHANGE));
}

EXPORT DWORD WINAPI CreateIpNetEntry2(const MIB_IPNET_ROW2 *row)
{
	CALL("CreateIpNetEntry2", (void *)(uintptr_t)row, sizeof(*row), create_net(row));
}

/* "Set-NetNeighbor changes only permanent entries." */
static DWORD set_net(const MIB_IPNET_ROW2 *row)
{
	struct link link;
	struct neigh now;
	int result;
	DWORD code = look(row, &link, &now, &result);

	if (code)
		return code;
	if (!has_mac(row, &link))
		return ERROR_INVALID_PARAMETER;
	if (result || !(now.state & NUD_PERMANENT_))
		return ERROR_NOT_FOUND;
	take_mac(&now, row);
	return code_of(nl_put_neigh(&now, NL_CHANGE));
}

EXPORT DWORD WINAPI SetIpNetEntry2(PMIB_IPNET_ROW2 row)
{
	CALL("SetIpNetEntry2", row, sizeof(*row), set_net(row));
}

static DWORD delete_net(const MIB_IPNET_ROW2 *row)
{
	struct link link;
	struct neigh now;
	int result;
	DWORD code = look(row, &link, &now, &result);

	if (!code && result)
		code = ERROR_NOT_FOUND;
	if (!code)
		code = code_of(nl_take_neigh(&now.ip, now.index));
	return code;
}

EXPORT DWORD WINAPI DeleteIpNetEntry2(const MIB_IPNET_ROW2 *row)
{
	CALL("DeleteIpNetEntry2", (void *)(uintptr_t)row, sizeof(*row), delete_net(row));
}

/* ---- asking ---- */

/* The kernel asks three times, a second apart (neigh/mcast_solicit, retrans_time_ms). */
static DWORD wait_for(struct neigh *now)
{
	enum { SETTLED = NUD_REACHABLE_ | NUD_STALE_ | NUD_PERMANENT_ | NUD_DELAY_ | NUD_PROBE_ };

	for (int waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
		int result = nl_neigh(&now->ip, now->index, now);

		if (!result && now->state & SETTLED)
			return NO_ERROR;
		if (result || now->state & NUD_FAILED_)
			return NO_ANSWER;
		sys_sleep_ms(LOOK_MS);
	}
	return NO_ANSWER;
}

/* "flushes any existing neighbor entry that matches the IP address on the interface and then
 * resolves" */
static DWORD resolve(MIB_IPNET_ROW2 *row)
{
	struct link link;
	struct neigh now;
	int result;
	DWORD code = look(row, &link, &now, &result);

	if (!code && is_multicast(&now.ip))
		code = ERROR_INVALID_PARAMETER;
	if (!code && !result)
		code = code_of(nl_take_neigh(&now.ip, now.index));
	if (!code)
		code = code_of(nl_use_neigh(&now.ip, now.index));
	if (!code)
		code = wait_for(&now);
	if (!code)
		fill_net(row, &link, &now);
	return code;
}

EXPORT DWORD WINAPI ResolveIpNetEntry2(PMIB_IPNET_ROW2 row, const SOCKADDR_INET *source)
{
	(void)source;
	CALL("ResolveIpNetEntry2", row, sizeof(*row), resolve(row));
}

/* The documents make no exception for permanent ones. */
static DWORD flush(ADDRESS_FAMILY family, NET_IFINDEX index)
{
	struct world world;
	int code = world_read(&world, READ_NEIGHS, family_of_windows(family));

	for (size_t i = 0; !code && i < world.neighs.n; i++) {
		if (!index || world.neighs.at[i].index == index)
			code = nl_take_neigh(&world.neighs.at[i].ip, world.neighs.at[i].index);
		if (code == -L_ENOENT)
			code = 0;
	}
	world_free(&world);
	return code_of(code);
}

EXPORT DWORD WINAPI FlushIpNetTable2(ADDRESS_FAMILY family, NET_IFINDEX index)
{
	CALL("FlushIpNetTable2", NULL, 0, flush(family, index));
}
