/* SPDX-License-Identifier: MIT */
/*
 * Idea: what is on the stage is found by looking, so that one function clears after an experiment,
 * at the end, and what a killed run has left. What the ledger claims goes by the seam, so that the
 * claim goes with it; the rest straight.
 */
#include "os/windows/stage.h"

#include <string.h>

static bool clear_route(struct r2_stage *stage, const struct r2_route *route, struct r2_error *err)
{
	const struct r2_iphlp *api = r2_stage_api(stage);
	MIB_IPFORWARD_ROW2 row = r2_win_from_route(api, route);
	struct r2_op op = {.kind = R2_OP_ROUTE_DEL, .route = *route};
	DWORD code;

	if (!r2_stage_is_ours(route, stage->link.index))
		return true;
	if (route->protocol == R2_PROTOCOL)
		return stage->os->ops->apply(stage->os, &op, err);
	code = api->DeleteIpForwardEntry2(&row);
	return !code || r2_win_gone(code) ||
	       r2_win_fail(err, code, "DeleteIpForwardEntry2", "cannot remove a test route");
}

static bool clear_neigh(struct r2_stage *stage, const struct r2_neigh *neigh, struct r2_error *err)
{
	const struct r2_iphlp *api = r2_stage_api(stage);
	MIB_IPNET_ROW2 row = r2_win_from_neigh(api, neigh);
	struct r2_op op = {.kind = R2_OP_NEIGH_DEL, .neigh = *neigh};
	DWORD code;

	if (neigh->link != stage->link.index || !r2_stage_is_test(&neigh->ip))
		return true;
	if (neigh->protocol == R2_PROTOCOL)
		return stage->os->ops->apply(stage->os, &op, err);
	code = api->DeleteIpNetEntry2(&row);
	/* One that Windows keeps by itself, such as a broadcast address, goes with the address. */
	return !code || r2_win_gone(code) || !(neigh->state & R2_NUD_PERMANENT) ||
	       neigh->mac.len == 0 || (neigh->mac.bytes[0] & 1) ||
	       r2_win_fail(err, code, "DeleteIpNetEntry2", "cannot remove a test neighbour");
}

/* Claims of what went by itself, when an interface was switched off. */
static bool clear_ledger(struct r2_stage *stage, struct r2_error *err)
{
	struct r2_windows *win = r2_windows_of(stage->os);
	uint64_t luid = r2_windows_stage_of(stage)->luid.Value;

	for (size_t i = 0; i < win->ledger.rows.n; i++) {
		const struct r2_ledger_row row = win->ledger.rows.at[i]; /* the list may move */
		bool test = r2_stage_is_test(&row.dst.addr) &&
			    (row.kind == R2_LEDGER_NEIGH || row.metric == R2_STAGE_METRIC);

		if (!row.gone && row.link == luid && test && !r2_win_ledger_strike(win, &row, err))
			return false;
	}
	return true;
}

/* One with a lifetime, of the documentation's: ours. Somebody's own would be for ever. */
static bool is_mortal(struct r2_stage *stage, const MIB_UNICASTIPADDRESS_ROW *row)
{
	struct r2_ip ip = r2_win_to_ip(&row->Address);

	return row->InterfaceLuid.Value == r2_windows_stage_of(stage)->luid.Value &&
	       r2_stage_is_test(&ip) && row->ValidLifetime <= R2_STAGE_LIFETIME;
}

static bool clear_addresses(struct r2_stage *stage, ADDRESS_FAMILY family, struct r2_error *err)
{
	const struct r2_iphlp *api = r2_stage_api(stage);
	PMIB_UNICASTIPADDRESS_TABLE table = NULL;
	DWORD code = api->GetUnicastIpAddressTable(family, &table);
	bool ok = true;

	if (code == ERROR_NOT_SUPPORTED || code == ERROR_NOT_FOUND) /* no such stack here */
		return true;
	if (code)
		return r2_win_fail(err, code, "GetUnicastIpAddressTable",
				   "cannot read the addresses");
	for (ULONG i = 0; ok && i < table->NumEntries; i++) {
		if (!is_mortal(stage, &table->Table[i]))
			continue;
		code = api->DeleteUnicastIpAddressEntry(&table->Table[i]);
		ok = !code || r2_win_gone(code) ||
		     r2_win_fail(err, code, "DeleteUnicastIpAddressEntry",
				 "cannot remove a test address");
	}
	api->FreeMibTable(table);
	return ok;
}

/* A subnet may outlive an address that had a lifetime: on Linux, so under Wine, it does. */
static bool clear_subnets(struct r2_stage *stage, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_ADDRS | R2_PART_ROUTES};
	const struct r2_iphlp *api = r2_stage_api(stage);
	struct r2_host host;
	DWORD code = 0;

	if (!stage->os->ops->snapshot(stage->os, &query, &host, err))
		return false;
	r2_each (const struct r2_route, route, &host.routes) {
		MIB_IPFORWARD_ROW2 row = r2_win_from_route(api, route);

		if (!code && r2_stage_is_orphan(&host, route, stage->link.index))
			code = api->DeleteIpForwardEntry2(&row);
		if (r2_win_gone(code))
			code = 0;
	}
	r2_host_free(&host);
	return !code || r2_win_fail(err, code, "DeleteIpForwardEntry2",
				    "cannot remove the subnet of the test addresses");
}

static bool keep_ours(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	const struct r2_stage *stage = ctx;

	(void)host;
	return r2_stage_is_ours(route, stage->link.index);
}

bool r2_stage_clear(struct r2_stage *stage, struct r2_error *err)
{
	struct r2_query query = {
		.parts = R2_PART_NEIGHS | R2_PART_ROUTES, .keep = keep_ours, .ctx = stage};
	struct r2_host host;
	bool ok = true;

	if (!stage->os->ops->snapshot(stage->os, &query, &host, err))
		return false;
	r2_each (const struct r2_route, route, &host.routes)
		ok = clear_route(stage, route, err) && ok;
	r2_each (const struct r2_neigh, neigh, &host.neighs)
		ok = clear_neigh(stage, neigh, err) && ok;
	r2_host_free(&host);
	return clear_addresses(stage, AF_INET, err) && clear_addresses(stage, AF_INET6, err) &&
	       clear_subnets(stage, err) && clear_ledger(stage, err) && ok;
}
