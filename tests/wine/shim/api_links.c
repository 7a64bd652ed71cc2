/* SPDX-License-Identifier: MIT */
/* Interfaces: their rows, their metrics, their names. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

enum { SPEED = 1000000000 };

static void widen(WCHAR *to, const char *from, size_t room)
{
	size_t n = 0;

	for (; from[n] && n < room - 1; n++)
		to[n] = (WCHAR)(unsigned char)from[n];
	to[n] = 0;
}

static void fill_if(MIB_IF_ROW2 *row, const struct link *link)
{
	bool up = link->flags & LINK_UP, running = link->flags & LINK_RUNNING;

	memset(row, 0, sizeof(*row));
	row->InterfaceLuid = luid_of(link);
	row->InterfaceIndex = link->index;
	row->InterfaceGuid.Data1 = link->index;
	widen(row->Alias, link->name, IF_MAX_STRING_SIZE);
	widen(row->Description, link->name, IF_MAX_STRING_SIZE);
	row->PhysicalAddressLength = link->flags & LINK_LOOPBACK ? 0 : link->mac_len;
	memcpy(row->PhysicalAddress, link->mac, row->PhysicalAddressLength);
	memcpy(row->PermanentPhysicalAddress, link->mac, row->PhysicalAddressLength);
	row->Mtu = link->mtu;
	row->Type = (IFTYPE)row->InterfaceLuid.Info.IfType;
	row->AccessType = link->flags & LINK_LOOPBACK      ? NET_IF_ACCESS_LOOPBACK
			  : link->flags & LINK_POINTOPOINT ? NET_IF_ACCESS_POINT_TO_POINT
							   : NET_IF_ACCESS_BROADCAST;
	row->ConnectionType = NET_IF_CONNECTION_DEDICATED;
	row->OperStatus = up && running ? IfOperStatusUp : IfOperStatusDown;
	row->AdminStatus = up ? NET_IF_ADMIN_STATUS_UP : NET_IF_ADMIN_STATUS_DOWN;
	row->MediaConnectState =
		running ? MediaConnectStateConnected : MediaConnectStateDisconnected;
	row->TransmitLinkSpeed = row->ReceiveLinkSpeed = SPEED;
}

static DWORD if_table(MIB_IF_TABLE2 **ret)
{
	struct world world;
	MIB_IF_TABLE2 *table;
	int code = world_read(&world, READ_LINKS, 0);

	if (code)
		return code_of(code);
	table = new_table(sizeof(*table), world.links.n, sizeof(table->Table[0]));
	for (size_t i = 0; table && i < world.links.n; i++)
		fill_if(&table->Table[table->NumEntries++], &world.links.at[i]);
	world_free(&world);
	*ret = table;
	return table ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

EXPORT DWORD WINAPI GetIfTable2(PMIB_IF_TABLE2 *table)
{
	CALL("GetIfTable2", NULL, 0, if_table(table));
}

static DWORD if_entry(MIB_IF_ROW2 *row)
{
	struct world world;
	const struct link *link;
	int code = world_read(&world, READ_LINKS, 0);

	if (code)
		return code_of(code);
	link = link_named(&world, &row->InterfaceLuid, row->InterfaceIndex);
	if (link)
		fill_if(row, link);
	world_free(&world);
	return link ? NO_ERROR : ERROR_FILE_NOT_FOUND;
}

EXPORT DWORD WINAPI GetIfEntry2(PMIB_IF_ROW2 row)
{
	CALL("GetIfEntry2", NULL, 0, if_entry(row));
}

/* ---- what IP has of an interface ---- */

static void fill_interface(MIB_IPINTERFACE_ROW *row, const struct link *link, uint8_t family)
{
	enum { DEFAULT_SITE_PREFIX = 64, REACHABLE_MS = 30000, RETRANSMIT_MS = 1000 };

	memset(row, 0, sizeof(*row));
	row->Family = family == 6 ? AF_INET6 : AF_INET;
	row->InterfaceLuid = luid_of(link);
	row->InterfaceIndex = link->index;
	row->Metric = link->metric[family == 6];
	row->UseAutomaticMetric = TRUE;
	row->WeakHostSend = link->weak[family == 6];
	row->UseNeighborUnreachabilityDetection = TRUE;
	row->BaseReachableTime = row->ReachableTime = REACHABLE_MS;
	row->RetransmitTime = RETRANSMIT_MS;
	row->SitePrefixLength = family == 6 ? DEFAULT_SITE_PREFIX : 0;
	row->DadTransmits = family == 6 ? 1 : 3;
	row->NlMtu = link->mtu;
	row->Connected = (link->flags & LINK_RUNNING) != 0;
}

static DWORD interface_table(ADDRESS_FAMILY family, MIB_IPINTERFACE_TABLE **ret)
{
	struct world world;
	MIB_IPINTERFACE_TABLE *table;
	uint8_t wanted = family_of_windows(family);
	int code;

	if (!wanted && family != AF_UNSPEC)
		return ERROR_INVALID_PARAMETER;
	code = world_read(&world, READ_LINKS, 0);
	if (code)
		return code_of(code);
	table = new_table(sizeof(*table), 2 * world.links.n, sizeof(table->Table[0]));
	for (size_t i = 0; table && i < world.links.n; i++) {
		if (wanted != 6)
			fill_interface(&table->Table[table->NumEntries++], &world.links.at[i], 4);
		if (wanted != 4)
			fill_interface(&table->Table[table->NumEntries++], &world.links.at[i], 6);
	}
	world_free(&world);
	*ret = table;
	return table ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

EXPORT DWORD WINAPI GetIpInterfaceTable(ADDRESS_FAMILY family, PMIB_IPINTERFACE_TABLE *table)
{
	CALL("GetIpInterfaceTable", NULL, 0, interface_table(family, table));
}

static DWORD interface_entry(MIB_IPINTERFACE_ROW *row)
{
	struct world world;
	const struct link *link;
	uint8_t family = family_of_windows(row->Family);
	int code;

	if (!family)
		return ERROR_INVALID_PARAMETER;
	code = world_read(&world, READ_LINKS, 0);
	if (code)
		return code_of(code);
	link = link_named(&world, &row->InterfaceLuid, row->InterfaceIndex);
	if (link)
		fill_interface(row, link, family);
	world_free(&world);
	return link ? NO_ERROR : ERROR_NOT_FOUND;
}

EXPORT DWORD WINAPI GetIpInterfaceEntry(PMIB_IPINTERFACE_ROW row)
{
	CALL("GetIpInterfaceEntry", row, sizeof(*row), interface_entry(row));
}

/* ---- names ---- */

static DWORD to_luid(NET_IFINDEX index, NET_LUID *luid)
{
	struct world world;
	const struct link *link;
	int code = world_read(&world, READ_LINKS, 0);

	if (code)
		return code_of(code);
	link = link_named(&world, NULL, index);
	memset(luid, 0, sizeof(*luid));
	if (link)
		*luid = luid_of(link);
	world_free(&world);
	return link ? NO_ERROR : ERROR_FILE_NOT_FOUND;
}

EXPORT DWORD WINAPI ConvertInterfaceIndexToLuid(NET_IFINDEX index, NET_LUID *luid)
{
	CALL("ConvertInterfaceIndexToLuid", NULL, 0, to_luid(index, luid));
}

static DWORD to_index(const NET_LUID *luid, NET_IFINDEX *ret)
{
	uint32_t index = 0;
	DWORD code = index_named(luid, 0, &index);

	*ret = index;
	return code == ERROR_NOT_FOUND ? ERROR_INVALID_PARAMETER : code;
}

EXPORT DWORD WINAPI ConvertInterfaceLuidToIndex(const NET_LUID *luid, NET_IFINDEX *index)
{
	CALL("ConvertInterfaceLuidToIndex", NULL, 0, to_index(luid, index));
}

EXPORT VOID WINAPI FreeMibTable(PVOID table)
{
	if (table)
		HeapFree(GetProcessHeap(), 0, table);
}

/** R2ShimMarker() - that this is the shim, and not Wine's */
EXPORT DWORD WINAPI R2ShimMarker(void);

EXPORT DWORD WINAPI R2ShimMarker(void)
{
	return 7114;
}
