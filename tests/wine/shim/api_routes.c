/* SPDX-License-Identifier: MIT */
/*
 * Routes. A row is refused where Microsoft's pages say so (CreateIpForwardEntry2,
 * MIB_IPFORWARD_ROW2) or where one would be wrong in any case.
 */
#include "rows.h"

#include "model.h"
#include "nl.h"
#include "policies.h"
#include "sys.h"

#include <string.h>

enum { MULTICAST_LEN = 4 };

#define NO_METRIC 0xffffffffU

/* ---- reading ---- */

/* What Windows has on each interface of IPv4, and Linux has not. */
static void add_own(MIB_IPFORWARD_TABLE2 *table, const struct link *link)
{
	struct route route = {.index = link->index, .metric = 256, .protocol = PROTO_KERNEL};

	if (!(link->flags & LINK_UP))
		return;
	route.dst = (struct ip){4, {224}};
	route.len = MULTICAST_LEN;
	fill_forward(&table->Table[table->NumEntries++], link, &route);
	route.dst = (struct ip){4, {255, 255, 255, 255}};
	route.len = 32;
	fill_forward(&table->Table[table->NumEntries++], link, &route);
}

static DWORD forward_table(ADDRESS_FAMILY family, MIB_IPFORWARD_TABLE2 **ret)
{
	struct world world;
	MIB_IPFORWARD_TABLE2 *table;
	int code;

	if (!family_of_windows(family) && family != AF_UNSPEC)
		return ERROR_INVALID_PARAMETER;
	code = world_read(&world, READ_LINKS | READ_ROUTES, family_of_windows(family));
	if (code)
		return code_of(code);
	table = new_table(sizeof(*table), world.routes.n + 2 * world.links.n,
			  sizeof(table->Table[0]));
	for (size_t i = 0; table && i < world.routes.n; i++) {
		const struct link *link = world_link(&world, world.routes.at[i].index);

		if (link)
			fill_forward(&table->Table[table->NumEntries++], link, &world.routes.at[i]);
	}
	for (size_t i = 0; table && family != AF_INET6 && i < world.links.n; i++)
		add_own(table, &world.links.at[i]);
	world_free(&world);
	*ret = table;
	return table ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

EXPORT DWORD WINAPI GetIpForwardTable2(ADDRESS_FAMILY family, PMIB_IPFORWARD_TABLE2 *table)
{
	CALL("GetIpForwardTable2", NULL, 0, forward_table(family, table));
}

/* ---- one row ---- */

static bool has_host_bits(const struct ip *dst, unsigned len)
{
	for (unsigned i = len; i < bits_of(dst); i++) {
		if ((unsigned)dst->b[i / 8] >> (7 - i % 8) & 1U)
			return true;
	}
	return false;
}

static bool is_sound(const MIB_IPFORWARD_ROW2 *row)
{
	struct ip dst = ip_of(&row->DestinationPrefix.Prefix), hop = ip_of(&row->NextHop);
	uint8_t len = row->DestinationPrefix.PrefixLength;

	return dst.family && hop.family == dst.family && len <= bits_of(&dst) &&
	       !has_host_bits(&dst, len) && !is_multicast(&hop) && !is_loopback(&hop) &&
	       (row->InterfaceLuid.Value || row->InterfaceIndex);
}

/* What Create and Set ask for beyond the key. */
static bool is_complete(const MIB_IPFORWARD_ROW2 *row)
{
	static const uint8_t ALL[4] = {255, 255, 255, 255};
	struct ip hop = ip_of(&row->NextHop);

	return row->PreferredLifetime <= row->ValidLifetime &&
	       row->SitePrefixLength <= row->DestinationPrefix.PrefixLength &&
	       row->Metric != NO_METRIC && (int)row->Protocol > 0 &&
	       !(hop.family == 4 && !memcmp(hop.b, ALL, 4)) &&
	       !row->DestinationPrefix.Prefix.Ipv4.sin_port && !row->NextHop.Ipv4.sin_port;
}

static bool is_local(const struct world *world, const struct ip *ip)
{
	for (size_t i = 0; i < world->addrs.n; i++) {
		if (same_ip(&world->addrs.at[i].ip, ip))
			return true;
	}
	return false;
}

/* "Routes created using the interface's local IP address or an unspecified IP address ... are
 * considered on-link routes." */
static struct route route_of(const struct world *world, const MIB_IPFORWARD_ROW2 *row,
			     const struct link *link)
{
	struct route route = {.index = link->index,
			      .dst = ip_of(&row->DestinationPrefix.Prefix),
			      .hop = ip_of(&row->NextHop),
			      .len = row->DestinationPrefix.PrefixLength,
			      .metric = row->Metric,
			      .table = TABLE_MAIN,
			      .protocol = PROTO_STATIC,
			      .type = TYPE_UNICAST};

	if (is_unspecified(&route.hop) || is_local(world, &route.hop))
		route.hop = (struct ip){0};
	route.scope = route.hop.family || route.dst.family == 6 ? 0 : SCOPE_LINK;
	route.priority = row->Metric + link->metric[route.dst.family == 6];
	return route;
}

/* A next hop in no subnet of the interface is taken as it is, as since Vista. */
static void mark_onlink(const struct world *world, struct route *route)
{
	if (!route->hop.family)
		return;
	for (size_t i = 0; i < world->addrs.n; i++) {
		const struct addr *addr = &world->addrs.at[i];

		if (addr->index == route->index && inside(&route->hop, &addr->ip, addr->len))
			return;
	}
	route->flags |= FLAG_ONLINK;
}

static struct route *find(struct world *world, const struct route *key)
{
	for (size_t i = 0; i < world->routes.n; i++) {
		struct route *route = &world->routes.at[i];

		if (route->index == key->index && route->len == key->len &&
		    same_ip(&route->dst, &key->dst) &&
		    (route->hop.family ? same_ip(&route->hop, &key->hop) : !key->hop.family))
			return route;
	}
	return NULL;
}

/* The world, the route that @row asks for, and the one that stands at its key, or NULL. */
static DWORD look(const MIB_IPFORWARD_ROW2 *row, struct world *world, const struct link **ret_link,
		  struct route *ret_wanted, struct route **ret_now)
{
	int code;

	if (!row || !is_sound(row))
		return ERROR_INVALID_PARAMETER;
	code = world_read(world, READ_LINKS | READ_ADDRS | READ_ROUTES,
			  family_of_windows(row->DestinationPrefix.Prefix.si_family));
	if (code)
		return code_of(code);
	*ret_link = link_named(world, &row->InterfaceLuid, row->InterfaceIndex);
	if (!*ret_link) {
		world_free(world);
		return ERROR_NOT_FOUND;
	}
	*ret_wanted = route_of(world, row, *ret_link);
	*ret_now = find(world, ret_wanted);
	return NO_ERROR;
}

static DWORD forward_entry(MIB_IPFORWARD_ROW2 *row)
{
	const struct link *link;
	struct route wanted, *now;
	struct world world;
	DWORD code = look(row, &world, &link, &wanted, &now);

	if (code)
		return code;
	if (now)
		fill_forward(row, link, now);
	world_free(&world);
	return now ? NO_ERROR : ERROR_NOT_FOUND;
}

EXPORT DWORD WINAPI GetIpForwardEntry2(PMIB_IPFORWARD_ROW2 row)
{
	CALL("GetIpForwardEntry2", row, sizeof(*row), forward_entry(row));
}

static DWORD create_forward(const MIB_IPFORWARD_ROW2 *row)
{
	const struct link *link;
	struct route wanted, *now;
	struct world world;
	DWORD code = look(row, &world, &link, &wanted, &now);

	if (code)
		return code;
	if (!is_complete(row))
		code = ERROR_INVALID_PARAMETER;
	else if (now)
		code = ALREADY_EXISTS;
	if (!code) {
		mark_onlink(&world, &wanted);
		world_prefer(&world, &wanted);
		code = code_of(nl_put_route(&wanted, NL_APPEND));
	}
	world_free(&world);
	policies_sync();
	return code;
}

EXPORT DWORD WINAPI CreateIpForwardEntry2(const MIB_IPFORWARD_ROW2 *row)
{
	CALL("CreateIpForwardEntry2", (void *)(uintptr_t)row, sizeof(*row), create_forward(row));
}

static DWORD set_forward(const MIB_IPFORWARD_ROW2 *row)
{
	const struct link *link;
	struct route wanted, *now;
	struct world world;
	DWORD code = look(row, &world, &link, &wanted, &now);

	if (code)
		return code;
	if (!is_complete(row))
		code = ERROR_INVALID_PARAMETER;
	else if (!now)
		code = ERROR_NOT_FOUND;
	else if (now->table == TABLE_LOCAL)
		code = ERROR_INVALID_PARAMETER;
	if (!code && wanted.priority != now->priority) {
		wanted.protocol = now->protocol;
		mark_onlink(&world, &wanted);
		world_prefer(&world, &wanted);
		code = code_of(nl_put_route(&wanted, NL_APPEND));
		if (!code)
			code = code_of(nl_take_route(now));
	}
	world_free(&world);
	policies_sync();
	return code;
}

EXPORT DWORD WINAPI SetIpForwardEntry2(const MIB_IPFORWARD_ROW2 *row)
{
	CALL("SetIpForwardEntry2", (void *)(uintptr_t)row, sizeof(*row), set_forward(row));
}

static DWORD delete_forward(const MIB_IPFORWARD_ROW2 *row)
{
	const struct link *link;
	struct route wanted, *now;
	struct world world;
	DWORD code = look(row, &world, &link, &wanted, &now);

	if (code)
		return code;
	if (!now)
		code = ERROR_NOT_FOUND;
	else if (now->table == TABLE_LOCAL)
		code = ERROR_INVALID_PARAMETER;
	else
		code = code_of(nl_take_route(now));
	world_free(&world);
	policies_sync();
	return code;
}

EXPORT DWORD WINAPI DeleteIpForwardEntry2(const MIB_IPFORWARD_ROW2 *row)
{
	CALL("DeleteIpForwardEntry2", (void *)(uintptr_t)row, sizeof(*row), delete_forward(row));
}

EXPORT VOID WINAPI InitializeIpForwardEntry(PMIB_IPFORWARD_ROW2 row)
{
	*row = (MIB_IPFORWARD_ROW2){.ValidLifetime = 0xffffffff,
				    .PreferredLifetime = 0xffffffff,
				    .Metric = NO_METRIC,
				    .Protocol = (NL_ROUTE_PROTOCOL)-1,
				    .SitePrefixLength = 255,
				    .Loopback = TRUE,
				    .AutoconfigureAddress = TRUE,
				    .Publish = TRUE,
				    .Immortal = TRUE};
}

/* ---- which route, which source ---- */

static DWORD best_route(const NET_LUID *luid, NET_IFINDEX index, const SOCKADDR_INET *src,
			const SOCKADDR_INET *dst, MIB_IPFORWARD_ROW2 *row, SOCKADDR_INET *source)
{
	struct ip to = ip_of(dst), from = src ? ip_of(src) : (struct ip){0};
	const struct route *route = NULL;
	const struct addr *addr = NULL;
	const struct link *link = NULL;
	struct world world;
	int code;

	if (!to.family || (from.family && from.family != to.family))
		return ERROR_INVALID_PARAMETER;
	code = world_read(&world, READ_LINKS | READ_ADDRS | READ_ROUTES, to.family);
	if (code)
		return code_of(code);
	if ((luid && luid->Value) || index)
		link = link_named(&world, luid, index);
	if (link || !((luid && luid->Value) || index))
		route = model_route(&world, &to, link ? link->index : 0);
	if (route)
		addr = model_source(&world, route, &to, NULL);
	if (route && (from.family || addr)) {
		fill_forward(row, world_link(&world, route->index), route);
		*source = from.family ? *src : address_of(&addr->ip, to.family);
	}
	world_free(&world);
	if (!route)
		return ERROR_FILE_NOT_FOUND;
	return from.family || addr ? NO_ERROR : ERROR_NOT_FOUND;
}

EXPORT DWORD WINAPI GetBestRoute2(NET_LUID *luid, NET_IFINDEX index, const SOCKADDR_INET *src,
				  const SOCKADDR_INET *dst, ULONG options, PMIB_IPFORWARD_ROW2 row,
				  SOCKADDR_INET *source)
{
	(void)options;
	CALL("GetBestRoute2", (void *)(uintptr_t)dst, sizeof(*dst),
	     best_route(luid, index, src, dst, row, source));
}

static DWORD best_interface(const struct sockaddr *dst, DWORD *index)
{
	MIB_IPFORWARD_ROW2 row;
	SOCKADDR_INET to, source;
	DWORD code;

	memset(&to, 0, sizeof(to));
	memcpy(&to, dst, dst->sa_family == AF_INET6 ? sizeof(to.Ipv6) : sizeof(to.Ipv4));
	code = best_route(NULL, 0, NULL, &to, &row, &source);
	if (!code)
		*index = row.InterfaceIndex;
	return code == ERROR_FILE_NOT_FOUND ? ERROR_NETWORK_UNREACHABLE : code;
}

EXPORT DWORD WINAPI GetBestInterfaceEx(struct sockaddr *dst, PDWORD index)
{
	CALL("GetBestInterfaceEx", NULL, 0, best_interface(dst, index));
}
