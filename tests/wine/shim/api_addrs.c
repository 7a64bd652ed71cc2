/* SPDX-License-Identifier: MIT */
/* Unicast addresses, with SkipAsSource. */
#include "rows.h"

#include "model.h"
#include "nl.h"
#include "sys.h"

static DWORD unicast_table(ADDRESS_FAMILY family, MIB_UNICASTIPADDRESS_TABLE **ret)
{
	struct world world;
	MIB_UNICASTIPADDRESS_TABLE *table;
	int code;

	if (!family_of_windows(family) && family != AF_UNSPEC)
		return ERROR_INVALID_PARAMETER;
	code = world_read(&world, READ_LINKS | READ_ADDRS, family_of_windows(family));
	if (code)
		return code_of(code);
	table = new_table(sizeof(*table), world.addrs.n, sizeof(table->Table[0]));
	for (size_t i = 0; table && i < world.addrs.n; i++) {
		const struct link *link = world_link(&world, world.addrs.at[i].index);

		if (link)
			fill_unicast(&table->Table[table->NumEntries++], link, &world.addrs.at[i]);
	}
	world_free(&world);
	*ret = table;
	return table ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

EXPORT DWORD WINAPI GetUnicastIpAddressTable(ADDRESS_FAMILY family,
					     PMIB_UNICASTIPADDRESS_TABLE *table)
{
	CALL("GetUnicastIpAddressTable", NULL, 0, unicast_table(family, table));
}

static const struct addr *find(const struct world *world, const struct link *link,
			       const struct ip *ip)
{
	for (size_t i = 0; i < world->addrs.n; i++) {
		if (world->addrs.at[i].index == link->index && same_ip(&world->addrs.at[i].ip, ip))
			return &world->addrs.at[i];
	}
	return NULL;
}

/* Find the address that @row names; what is found is read into @ret and @ret_link. */
static DWORD look(const MIB_UNICASTIPADDRESS_ROW *row, struct link *ret_link, struct addr *ret)
{
	struct ip ip = ip_of(&row->Address);
	const struct addr *addr = NULL;
	const struct link *link;
	struct world world;
	int code;

	if (!ip.family || (!row->InterfaceLuid.Value && !row->InterfaceIndex))
		return ERROR_INVALID_PARAMETER;
	code = world_read(&world, READ_LINKS | READ_ADDRS, 0);
	if (code)
		return code_of(code);
	link = link_named(&world, &row->InterfaceLuid, row->InterfaceIndex);
	if (link) {
		*ret_link = *link;
		addr = find(&world, link, &ip);
	}
	if (addr)
		*ret = *addr;
	world_free(&world);
	return addr ? NO_ERROR : ERROR_NOT_FOUND;
}

static DWORD unicast_entry(MIB_UNICASTIPADDRESS_ROW *row)
{
	struct link link;
	struct addr addr;
	DWORD code = look(row, &link, &addr);

	if (!code)
		fill_unicast(row, &link, &addr);
	return code;
}

EXPORT DWORD WINAPI GetUnicastIpAddressEntry(PMIB_UNICASTIPADDRESS_ROW row)
{
	CALL("GetUnicastIpAddressEntry", row, sizeof(*row), unicast_entry(row));
}

/* Nobody who may not change the network may change this: the kernel is asked. */
static DWORD may_change(const struct addr *addr)
{
	int code = nl_take_rule(&addr->ip, addr->len, 0, 1); /* which there is none of */

	return code == -L_EPERM ? ERROR_ACCESS_DENIED : NO_ERROR;
}

static DWORD set_unicast(const MIB_UNICASTIPADDRESS_ROW *row)
{
	struct link link;
	struct addr addr;
	DWORD code = look(row, &link, &addr);

	if (!code && row->PreferredLifetime > row->ValidLifetime)
		code = ERROR_INVALID_PARAMETER;
	if (!code)
		code = may_change(&addr);
	if (!code)
		world_set_skip(&addr.ip, row->SkipAsSource);
	return code;
}

EXPORT DWORD WINAPI SetUnicastIpAddressEntry(const MIB_UNICASTIPADDRESS_ROW *row)
{
	CALL("SetUnicastIpAddressEntry", (void *)(uintptr_t)row, sizeof(*row), set_unicast(row));
}

static DWORD create_unicast(const MIB_UNICASTIPADDRESS_ROW *row)
{
	struct addr addr = {.ip = ip_of(&row->Address),
			    .len = row->OnLinkPrefixLength,
			    .valid = row->ValidLifetime,
			    .preferred = row->PreferredLifetime};
	DWORD code = index_named(&row->InterfaceLuid, row->InterfaceIndex, &addr.index);

	if (!code && (!addr.ip.family || is_unspecified(&addr.ip) || is_multicast(&addr.ip) ||
		      addr.preferred > addr.valid))
		return ERROR_INVALID_PARAMETER;
	if (addr.len > bits_of(&addr.ip)) /* 255: none was said (netioapi.h) */
		addr.len = (uint8_t)bits_of(&addr.ip);
	if (!code)
		code = code_of(nl_put_addr(&addr, NL_ADD));
	if (!code)
		world_set_skip(&addr.ip, row->SkipAsSource);
	return code;
}

EXPORT DWORD WINAPI CreateUnicastIpAddressEntry(const MIB_UNICASTIPADDRESS_ROW *row)
{
	CALL("CreateUnicastIpAddressEntry", (void *)(uintptr_t)row, sizeof(*row),
	     create_unicast(row));
}

static DWORD delete_unicast(const MIB_UNICASTIPADDRESS_ROW *row)
{
	struct link link;
	struct addr addr;
	DWORD code = look(row, &link, &addr);

	if (!code)
		code = code_of(nl_take_addr(&addr));
	if (!code)
		world_set_skip(&addr.ip, false);
	return code;
}

EXPORT DWORD WINAPI DeleteUnicastIpAddressEntry(const MIB_UNICASTIPADDRESS_ROW *row)
{
	CALL("DeleteUnicastIpAddressEntry", (void *)(uintptr_t)row, sizeof(*row),
	     delete_unicast(row));
}

EXPORT VOID WINAPI InitializeUnicastIpAddressEntry(PMIB_UNICASTIPADDRESS_ROW row)
{
	*row = (MIB_UNICASTIPADDRESS_ROW){.PrefixOrigin = IpPrefixOriginUnchanged,
					  .SuffixOrigin = IpSuffixOriginUnchanged,
					  .OnLinkPrefixLength = 255,
					  .PreferredLifetime = 0xffffffff,
					  .ValidLifetime = 0xffffffff};
}
