/* SPDX-License-Identifier: MIT */
/*
 * Idea: Windows' tables, marked with what the ledger knows. A route or neighbour that stands as the
 * ledger has it carries route2's protocol and its wanted source, as on Linux the kernel keeps them;
 * the ledger's lines of the book are shown as routes of the book's table. So core sees one kind of
 * host, and what the ledger claims but Windows does not have is nowhere.
 */
#include "core/book.h"
#include "os/windows/windows.h"

#include <stdio.h>
#include <string.h>

#define IF_TYPE_LOOPBACK 24 /* IF_TYPE_SOFTWARE_LOOPBACK, ipifcons.h */
#define IF_TYPE_PPP_     23

struct reading {
	struct r2_windows *win;
	const struct r2_query *query;
	struct r2_host host;
	struct r2_error *err;
};

static bool no_memory(struct reading *reading)
{
	return r2_error_set(reading->err, R2_FAILED, "out of memory");
}

static bool wants(const struct reading *reading, enum r2_family family)
{
	return reading->query->family == R2_NONE || reading->query->family == family;
}

/* A family without a stack has no table: ERROR_NOT_SUPPORTED, and Wine says ERROR_INVALID_FUNCTION.
 */
static bool is_absent(DWORD code)
{
	return code == ERROR_NOT_SUPPORTED || code == ERROR_NOT_FOUND ||
	       code == ERROR_INVALID_FUNCTION || code == ERROR_FILE_NOT_FOUND;
}

/* ---- interfaces ---- */

static bool add_link(struct reading *reading, const MIB_IF_ROW2 *row)
{
	struct r2_link link = {.index = row->InterfaceIndex};

	if (row->InterfaceAndOperStatusFlags.FilterInterface)
		return true;
	if (!WideCharToMultiByte(CP_UTF8, 0, row->Alias, -1, link.name, sizeof(link.name), NULL,
				 NULL) ||
	    !*link.name)
		snprintf(link.name, sizeof(link.name), "if%lu", (unsigned long)link.index);
	if (row->OperStatus == IfOperStatusUp || row->OperStatus == IfOperStatusUnknown)
		link.flags |= R2_LINK_UP;
	if (row->MediaConnectState != MediaConnectStateDisconnected)
		link.flags |= R2_LINK_CARRIER;
	if (row->Type == IF_TYPE_LOOPBACK)
		link.flags |= R2_LINK_LOOPBACK | R2_LINK_UP;
	if (row->AccessType == NET_IF_ACCESS_POINT_TO_POINT || row->Type == IF_TYPE_PPP_)
		link.flags |= R2_LINK_POINTOPOINT | R2_LINK_NOARP;
	if (row->PhysicalAddressLength && row->PhysicalAddressLength <= sizeof(link.mac.bytes)) {
		link.mac.len = (uint8_t)row->PhysicalAddressLength;
		memcpy(link.mac.bytes, row->PhysicalAddress, link.mac.len);
	}
	return r2_list_push(&reading->host.links, &link) || no_memory(reading);
}

static void take_metric(struct r2_host *host, const MIB_IPINTERFACE_ROW *row)
{
	r2_each (struct r2_link, link, &host->links) {
		if (link->index != row->InterfaceIndex)
			continue;
		if (row->Family == AF_INET) {
			link->metric4 = row->Metric;
			link->flags |= row->WeakHostSend ? R2_LINK_WEAK_HOST_SEND4 : 0U;
		} else {
			link->metric6 = row->Metric;
			link->flags |= row->WeakHostSend ? R2_LINK_WEAK_HOST_SEND6 : 0U;
		}
	}
}

static bool read_links(struct reading *reading)
{
	const struct r2_iphlp *api = &reading->win->api;
	PMIB_IPINTERFACE_TABLE metrics = NULL;
	PMIB_IF_TABLE2 table = NULL;
	bool ok = true;
	DWORD code;

	if (!R2_HAS(api, GetIfTable2, reading->err) ||
	    !R2_HAS(api, GetIpInterfaceTable, reading->err))
		return false;
	code = api->GetIfTable2(&table);
	if (code)
		return r2_win_fail(reading->err, code, "GetIfTable2", "cannot read the interfaces");
	for (ULONG i = 0; ok && i < table->NumEntries; i++)
		ok = add_link(reading, &table->Table[i]);
	api->FreeMibTable(table);
	if (!ok)
		return false;
	code = api->GetIpInterfaceTable(AF_UNSPEC, &metrics);
	if (is_absent(code)) /* Wine's is a stub: all interfaces are alike then */
		return true;
	if (code)
		return r2_win_fail(reading->err, code, "GetIpInterfaceTable",
				   "cannot read the interfaces' metrics");
	for (ULONG i = 0; i < metrics->NumEntries; i++)
		take_metric(&reading->host, &metrics->Table[i]);
	api->FreeMibTable(metrics);
	return true;
}

/* ---- addresses ---- */

static uint32_t flags_of(const MIB_UNICASTIPADDRESS_ROW *row)
{
	uint32_t flags = row->SkipAsSource ? R2_ADDR_SKIP_AS_SOURCE : 0U;

	if (row->DadState == IpDadStateInvalid || row->DadState == IpDadStateTentative)
		flags |= R2_ADDR_TENTATIVE;
	if (row->DadState == IpDadStateDuplicate)
		flags |= R2_ADDR_DADFAILED;
	if (row->DadState == IpDadStateDeprecated)
		flags |= R2_ADDR_DEPRECATED;
	if (row->Address.si_family == AF_INET6 && row->SuffixOrigin == IpSuffixOriginRandom)
		flags |= R2_ADDR_TEMPORARY;
	return flags;
}

/* The broadcast address of a subnet, which Windows does not tell (RFC 919; none: RFC 3021). */
static struct r2_ip broadcast_of(const struct r2_prefix *subnet)
{
	if (subnet->addr.family != R2_IPV4 || subnet->len > 30)
		return (struct r2_ip){0};
	return r2_ip_fill(&subnet->addr, subnet->len);
}

static bool add_addr(struct reading *reading, const MIB_UNICASTIPADDRESS_ROW *row)
{
	struct r2_addr addr = {.link = row->InterfaceIndex,
			       .ip = r2_win_to_ip(&row->Address),
			       .flags = flags_of(row)};
	struct r2_ledger_row key = r2_ledger_row_of_skip(&addr.ip, row->InterfaceLuid.Value);

	if (row->SkipAsSource && r2_ledger_see(&reading->win->ledger, &key))
		addr.flags |= R2_ADDR_SKIP_IS_OURS;
	addr.subnet.addr = addr.ip;
	addr.subnet.len = row->OnLinkPrefixLength;
	addr.broadcast = broadcast_of(&addr.subnet);
	addr.scope = r2_ip_is_link_local(&addr.ip) ? R2_SCOPE_LINK : R2_SCOPE_GLOBAL;
	if (r2_ip_is_loopback(&addr.ip))
		addr.scope = R2_SCOPE_HOST;
	return r2_list_push(&reading->host.addrs, &addr) || no_memory(reading);
}

static bool read_addrs(struct reading *reading, enum r2_family family)
{
	const struct r2_iphlp *api = &reading->win->api;
	PMIB_UNICASTIPADDRESS_TABLE table = NULL;
	bool ok = true;
	DWORD code;

	if (!R2_HAS(api, GetUnicastIpAddressTable, reading->err))
		return false;
	code = api->GetUnicastIpAddressTable(family == R2_IPV6 ? AF_INET6 : AF_INET, &table);
	if (is_absent(code))
		return true;
	if (code)
		return r2_win_fail(reading->err, code, "GetUnicastIpAddressTable",
				   "cannot read the addresses");
	r2_win_look_for(reading->win, R2_LEDGER_SKIP, family);
	for (ULONG i = 0; ok && i < table->NumEntries; i++)
		ok = add_addr(reading, &table->Table[i]);
	api->FreeMibTable(table);
	if (ok)
		r2_win_strike_unseen(reading->win, &reading->host, R2_LEDGER_SKIP, family);
	return ok;
}

/* ---- neighbours ---- */

static bool add_neigh(struct reading *reading, const MIB_IPNET_ROW2 *row)
{
	struct r2_neigh neigh = r2_win_to_neigh(row);
	struct r2_ledger_row key = r2_ledger_row_of_neigh(&neigh, row->InterfaceLuid.Value);

	if (!neigh.ip.family)
		return true;
	/* Another MAC than the ledger's: a kill between the two, and ours all the same. */
	if ((neigh.state & R2_NUD_PERMANENT) && r2_ledger_see(&reading->win->ledger, &key))
		neigh.protocol = R2_PROTOCOL;
	return r2_list_push(&reading->host.neighs, &neigh) || no_memory(reading);
}

static bool read_neighs(struct reading *reading, enum r2_family family)
{
	const struct r2_iphlp *api = &reading->win->api;
	PMIB_IPNET_TABLE2 table = NULL;
	bool ok = true;
	DWORD code;

	if (!R2_HAS(api, GetIpNetTable2, reading->err))
		return false;
	code = api->GetIpNetTable2(family == R2_IPV6 ? AF_INET6 : AF_INET, &table);
	if (is_absent(code))
		return true;
	if (code)
		return r2_win_fail(reading->err, code, "GetIpNetTable2",
				   "cannot read the neighbours");
	r2_win_look_for(reading->win, R2_LEDGER_NEIGH, family);
	for (ULONG i = 0; ok && i < table->NumEntries; i++)
		ok = add_neigh(reading, &table->Table[i]);
	api->FreeMibTable(table);
	if (ok)
		r2_win_strike_unseen(reading->win, &reading->host, R2_LEDGER_NEIGH, family);
	return ok;
}

/* ---- routes ---- */

static bool give(struct reading *reading, const struct r2_route *route)
{
	const struct r2_query *query = reading->query;

	if ((query->protocol && route->protocol != query->protocol) ||
	    (query->table && route->table != query->table))
		return true;
	if (query->keep && !query->keep(query->ctx, &reading->host, route))
		return true;
	return r2_list_push(&reading->host.routes, route) || no_memory(reading);
}

static struct r2_route line_of(const struct r2_ledger_row *row)
{
	return (struct r2_route){.dst = row->dst,
				 .gateway = row->hop,
				 .prefsrc = row->src,
				 .metric = row->metric,
				 .table = R2_BOOK_TABLE,
				 .protocol = R2_PROTOCOL,
				 .type = R2_TYPE_UNICAST,
				 .flags = row->hop.family ? R2_ROUTE_ONLINK : 0U};
}

/* A policy that is not there any more, or never was: who writes strikes it out, and sees to what
 * may be left of it. */
static bool is_policy_lost(struct reading *reading, const struct r2_ledger_row *row,
			   const struct r2_route *line)
{
	struct r2_windows *win = reading->win;
	struct r2_error unused;

	if (!r2_book_is_wish(line) || r2_book_method(line) != R2_NATIVE ||
	    r2_win_policy_stands(win, row))
		return false;
	if (win->file != INVALID_HANDLE_VALUE)
		r2_win_policy_take(win, row, &unused);
	return true;
}

static bool give_book(struct reading *reading, enum r2_family family)
{
	for (size_t i = 0; i < reading->win->ledger.rows.n; i++) {
		struct r2_ledger_row row = reading->win->ledger.rows.at[i];
		struct r2_route line = line_of(&row);

		if (row.gone || row.old || row.kind != R2_LEDGER_BOOK ||
		    row.dst.addr.family != family || is_policy_lost(reading, &row, &line))
			continue;
		/* An interface that is away takes its lines with it, as Linux does. */
		if (!r2_win_find_index(&reading->win->api, row.link, &line.link, reading->err) ||
		    (line.link && !give(reading, &line)))
			return false;
	}
	return true;
}

static bool add_route(struct reading *reading, const MIB_IPFORWARD_ROW2 *row)
{
	struct r2_route route = r2_win_to_route(row);
	struct r2_ledger_row key = r2_ledger_row_of(&route, row->InterfaceLuid.Value);
	const struct r2_ledger_row *known = r2_ledger_find(&reading->win->ledger, &key);

	if (known && known->metric == route.metric) {
		r2_ledger_see(&reading->win->ledger, &key);
		route.protocol = R2_PROTOCOL;
		route.prefsrc = known->src;
		route.flags |= known->src.family ? R2_ROUTE_ONLINK : 0U;
	}
	return give(reading, &route);
}

static bool read_routes(struct reading *reading, enum r2_family family)
{
	const struct r2_iphlp *api = &reading->win->api;
	PMIB_IPFORWARD_TABLE2 table = NULL;
	bool ok;
	DWORD code;

	if (!R2_HAS(api, GetIpForwardTable2, reading->err))
		return false;
	code = api->GetIpForwardTable2(family == R2_IPV6 ? AF_INET6 : AF_INET, &table);
	if (is_absent(code))
		return true;
	if (code)
		return r2_win_fail(reading->err, code, "GetIpForwardTable2",
				   "cannot read the routes");
	ok = give_book(reading, family);
	r2_win_look_for(reading->win, R2_LEDGER_ROUTE, family);
	for (ULONG i = 0; ok && i < table->NumEntries; i++)
		ok = add_route(reading, &table->Table[i]);
	api->FreeMibTable(table);
	if (ok)
		r2_win_strike_unseen(reading->win, &reading->host, R2_LEDGER_ROUTE, family);
	return ok;
}

static bool read_family(struct reading *reading, enum r2_family family)
{
	unsigned parts = reading->query->parts;

	if (!wants(reading, family))
		return true;
	return (!(parts & R2_PART_ADDRS) || read_addrs(reading, family)) &&
	       (!(parts & R2_PART_NEIGHS) || read_neighs(reading, family));
}

bool r2_windows_snapshot(struct r2_os *os, const struct r2_query *query, struct r2_host *ret_host,
			 struct r2_error *err)
{
	struct reading reading = {.win = r2_windows_of(os), .query = query, .err = err};
	bool ok;

	reading.host.system = R2_SYSTEM_WINDOWS;
	reading.host.flags = R2_HOST_NO_RULES;
	ok = reading.win->file != INVALID_HANDLE_VALUE || r2_win_ledger_read(reading.win, err);
	ok = ok && (!(query->parts & R2_PART_LINKS) || read_links(&reading));
	ok = ok && read_family(&reading, R2_IPV4) && read_family(&reading, R2_IPV6);
	if (ok && (query->parts & R2_PART_ROUTES))
		ok = (!wants(&reading, R2_IPV4) || read_routes(&reading, R2_IPV4)) &&
		     (!wants(&reading, R2_IPV6) || read_routes(&reading, R2_IPV6));
	if (!ok) {
		r2_host_free(&reading.host);
		return false;
	}
	*ret_host = reading.host;
	return true;
}
