/* SPDX-License-Identifier: MIT */
/*
 * Idea: look, claim, act. What stands at the place is read first, so that nothing of another's is
 * ever claimed; the ledger's line is written before the thing is made, and struck out after it is
 * gone. Only the active store is written: route and neighbour persist together, by the service that
 * restores them, or not at all.
 */
#include "core/book.h"
#include "os/windows/windows.h"

#include <string.h>

#define R2_ALREADY_EXISTS 5010 /* ERROR_OBJECT_ALREADY_EXISTS, winerror.h */

/*
 * Another's stands there: the ledger says again what it said. After any other failure the claim
 * stays, since what was asked for may have been done all the same; it goes with the inverse.
 */
static void unclaim(struct r2_windows *win, const struct r2_ledger_row *row,
		    const struct r2_ledger_row *before)
{
	struct r2_error unused;

	if (before)
		r2_win_ledger_put(win, before, &unused);
	else
		r2_win_ledger_strike(win, row, &unused);
}

/* ---- routes ---- */

static bool has_functions(const struct r2_iphlp *api, struct r2_error *err)
{
	return R2_HAS(api, GetIpForwardEntry2, err) && R2_HAS(api, CreateIpForwardEntry2, err) &&
	       R2_HAS(api, DeleteIpForwardEntry2, err) && R2_HAS(api, GetIpNetEntry2, err) &&
	       R2_HAS(api, CreateIpNetEntry2, err) && R2_HAS(api, SetIpNetEntry2, err) &&
	       R2_HAS(api, DeleteIpNetEntry2, err);
}

/* What stands at the triple (interface, prefix, next hop), by which Windows tells routes apart. */
static bool read_route(struct r2_windows *win, const struct r2_route *route, bool *ret_stands,
		       uint32_t *ret_metric, struct r2_error *err)
{
	MIB_IPFORWARD_ROW2 row = r2_win_from_route(&win->api, route);
	char text[R2_PREFIX_TEXT];
	DWORD code = win->api.GetIpForwardEntry2(&row);

	*ret_stands = code == NO_ERROR;
	*ret_metric = row.Metric;
	if (code == NO_ERROR || r2_win_gone(code))
		return true;
	return r2_win_fail(err, code, "GetIpForwardEntry2", "cannot read the route to %s",
			   r2_prefix_name(&route->dst, text));
}

static bool refuse_place(const struct r2_route *route, bool ours, uint32_t metric,
			 struct r2_error *err)
{
	char text[R2_PREFIX_TEXT], hop[R2_IP_TEXT];

	r2_prefix_name(&route->dst, text);
	r2_error_set(err, R2_FAILED, "a route to %s by %s is there already, %s, with metric %lu",
		     text, route->gateway.family ? r2_ip_format(&route->gateway, hop) : "the link",
		     ours ? "of ours" : "not by route2", (unsigned long)metric);
	return r2_error_hint(err, ours ? "Windows keeps one by each next hop: del that one first"
				       : "route2 touches only its own: remove that one, or leave "
					 "the destination to it");
}

/* It does not stand now, but will, and then at the same place. */
static bool refuse_persistent(const struct r2_route *route, struct r2_error *err)
{
	char text[R2_PREFIX_TEXT], hop[R2_IP_TEXT];

	r2_error_set(err, R2_FAILED, "a persistent route to %s by %s is somebody else's (route -p)",
		     r2_prefix_name(&route->dst, text), r2_ip_format(&route->gateway, hop));
	return r2_error_hint(err, "route2 touches only its own: remove that one, or leave the "
				  "destination to it");
}

static bool create_route(struct r2_windows *win, const struct r2_route *route,
			 const struct r2_ledger_row *claim, struct r2_error *err)
{
	const struct r2_ledger_row *known = r2_ledger_find(&win->ledger, claim);
	struct r2_ledger_row before = known ? *known : (struct r2_ledger_row){0};
	MIB_IPFORWARD_ROW2 row = r2_win_from_route(&win->api, route);
	char text[R2_PREFIX_TEXT];
	DWORD code;

	if (!r2_win_ledger_put(win, claim, err))
		return false;
	code = win->api.CreateIpForwardEntry2(&row);
	if (code == NO_ERROR)
		return r2_win_ledger_drop_old(win, claim, err);
	/* Another was quicker. Else the claim stays: it may have been made all the same. */
	if (code == R2_ALREADY_EXISTS)
		unclaim(win, claim, known ? &before : NULL);
	return r2_win_fail(err, code, "CreateIpForwardEntry2", "cannot add the route to %s",
			   r2_prefix_name(&route->dst, text));
}

/* A line of the book that wishes a source by a connection policy is that policy. */
static bool is_policy(const struct r2_route *route)
{
	return route->table == R2_BOOK_TABLE && r2_book_is_wish(route) &&
	       r2_book_method(route) == R2_NATIVE;
}

static bool put_route(struct r2_windows *win, const struct r2_route *route, struct r2_error *err)
{
	const struct r2_ledger_row *known;
	struct r2_ledger_row row;
	uint32_t metric;
	uint64_t luid;
	bool stands;

	if (!r2_win_need_luid(&win->api, route->link, &luid, err))
		return false;
	row = r2_ledger_row_of(route, luid);
	known = r2_ledger_find(&win->ledger, &row);
	if (is_policy(route))
		return r2_win_policy_put(win, &row, err);
	if (row.kind == R2_LEDGER_BOOK)
		return r2_win_ledger_put(win, &row, err);
	if (!read_route(win, route, &stands, &metric, err))
		return false;
	if (!stands)
		return r2_win_is_persistent(route) ? refuse_persistent(route, err)
						   : create_route(win, route, &row, err);
	if (!known || known->metric != metric || metric != route->metric)
		return refuse_place(route, known && known->metric == metric, metric, err);
	/* It stands; only what the ledger says of it changes. */
	return r2_ledger_same(known, &row) || r2_win_ledger_put(win, &row, err);
}

static bool take_route(struct r2_windows *win, const struct r2_route *route, struct r2_error *err)
{
	MIB_IPFORWARD_ROW2 entry = r2_win_from_route(&win->api, route);
	const struct r2_ledger_row *known;
	struct r2_ledger_row row;
	char text[R2_PREFIX_TEXT];
	uint32_t metric;
	uint64_t luid;
	bool stands;
	DWORD code;

	if (!r2_win_find_luid(&win->api, route->link, &luid, err))
		return false;
	row = r2_ledger_row_of(route, luid);
	known = r2_ledger_find(&win->ledger, &row);
	if (!known && r2_ledger_find_old(&win->ledger, &row))
		return r2_win_ledger_strike(win, &row, err);
	/* Not ours, or another line of ours has taken its place since. */
	if (!known || !r2_ledger_same(known, &row))
		return true;
	if (is_policy(route))
		return r2_win_policy_take(win, &row, err);
	if (row.kind == R2_LEDGER_BOOK)
		return r2_win_ledger_strike(win, &row, err);
	if (!read_route(win, route, &stands, &metric, err))
		return false;
	/* Whoever has made it persistent too keeps it. */
	if (stands && metric == route->metric && !r2_win_is_persistent(route)) {
		code = win->api.DeleteIpForwardEntry2(&entry);
		if (code != NO_ERROR && !r2_win_gone(code))
			return r2_win_fail(err, code, "DeleteIpForwardEntry2",
					   "cannot delete the route to %s",
					   r2_prefix_name(&route->dst, text));
	}
	return r2_win_ledger_strike(win, &row, err);
}

/* ---- neighbours ---- */

static bool fail_neigh(DWORD code, const char *call, const struct r2_neigh *neigh,
		       struct r2_error *err)
{
	char text[R2_IP_TEXT];

	return r2_win_fail(err, code, call, "cannot set the neighbour %s",
			   r2_ip_format(&neigh->ip, text));
}

static bool read_neigh(struct r2_windows *win, const struct r2_neigh *neigh, bool *ret_stands,
		       struct r2_neigh *ret_now, struct r2_error *err)
{
	MIB_IPNET_ROW2 row = r2_win_from_neigh(&win->api, neigh);
	DWORD code = win->api.GetIpNetEntry2(&row);

	*ret_stands = code == NO_ERROR;
	if (code == NO_ERROR)
		*ret_now = r2_win_to_neigh(&row);
	return code == NO_ERROR || r2_win_gone(code) ||
	       fail_neigh(code, "GetIpNetEntry2", neigh, err);
}

/* Create fails on any entry that is there, also on one that Windows made by itself. */
static DWORD create_neigh(struct r2_windows *win, const struct r2_neigh *neigh, bool stands)
{
	MIB_IPNET_ROW2 row = r2_win_from_neigh(&win->api, neigh);
	DWORD code = R2_ALREADY_EXISTS;

	for (int i = 0; i < 2 && code == R2_ALREADY_EXISTS; i++) {
		if (stands || i)
			win->api.DeleteIpNetEntry2(&row);
		row = r2_win_from_neigh(&win->api, neigh);
		code = win->api.CreateIpNetEntry2(&row);
	}
	return code;
}

static bool refuse_neigh(const struct r2_neigh *now, struct r2_error *err)
{
	char text[R2_IP_TEXT], mac[R2_MAC_TEXT];

	r2_error_set(err, R2_FAILED, "somebody else has given neighbour %s the MAC %s",
		     r2_ip_format(&now->ip, text), r2_mac_format(&now->mac, mac));
	return r2_error_hint(err, "route2 touches only its own: remove it (netsh interface ipv4 "
				  "delete neighbors), or give another phantom");
}

static bool move_neigh(struct r2_windows *win, const struct r2_neigh *neigh, bool may,
		       struct r2_error *err)
{
	MIB_IPNET_ROW2 entry = r2_win_from_neigh(&win->api, neigh);
	char text[R2_IP_TEXT];
	DWORD code;

	if (!may)
		return r2_error_set(err, R2_FAILED, "neighbour %s is not ours any more",
				    r2_ip_format(&neigh->ip, text));
	code = win->api.SetIpNetEntry2(&entry);
	return code == NO_ERROR || fail_neigh(code, "SetIpNetEntry2", neigh, err);
}

static bool put_neigh(struct r2_windows *win, const struct r2_neigh *neigh, struct r2_error *err)
{
	struct r2_ledger_row row, before = {0};
	const struct r2_ledger_row *known;
	MIB_IPNET_ROW2 entry = r2_win_from_neigh(&win->api, neigh);
	struct r2_neigh now = {0};
	bool stands, was_known, permanent;
	DWORD code = NO_ERROR;
	uint64_t luid;

	if (!r2_win_need_luid(&win->api, neigh->link, &luid, err))
		return false;
	row = r2_ledger_row_of_neigh(neigh, luid);
	known = r2_ledger_find(&win->ledger, &row);
	was_known = known != NULL;
	if (known)
		before = *known;
	if (!read_neigh(win, neigh, &stands, &now, err))
		return false;
	permanent = stands && (now.state & R2_NUD_PERMANENT);
	/* The watch moves what stands also while another writes. The ledger's MAC is then an old
	 * one; whose the entry is it says all the same. */
	if (win->file == INVALID_HANDLE_VALUE)
		return move_neigh(win, neigh, permanent && was_known, err);
	if (permanent && !was_known)
		return refuse_neigh(&now, err);
	if ((!was_known || !r2_ledger_same(&before, &row)) && !r2_win_ledger_put(win, &row, err))
		return false;
	if (!permanent)
		code = create_neigh(win, neigh, stands);
	else if (!r2_mac_equal(&now.mac, &neigh->mac))
		code = win->api.SetIpNetEntry2(&entry);
	if (code == NO_ERROR)
		return true;
	if (code == R2_ALREADY_EXISTS)
		unclaim(win, &row, was_known ? &before : NULL);
	return fail_neigh(code, permanent ? "SetIpNetEntry2" : "CreateIpNetEntry2", neigh, err);
}

static bool take_neigh(struct r2_windows *win, const struct r2_neigh *neigh, struct r2_error *err)
{
	MIB_IPNET_ROW2 entry = r2_win_from_neigh(&win->api, neigh);
	struct r2_ledger_row row;
	struct r2_neigh now = {0};
	uint64_t luid;
	bool stands;
	DWORD code;

	if (!r2_win_find_luid(&win->api, neigh->link, &luid, err))
		return false;
	row = r2_ledger_row_of_neigh(neigh, luid);
	if (r2_ledger_find_old(&win->ledger, &row))
		return r2_win_ledger_strike(win, &row, err);
	if (!r2_ledger_find(&win->ledger, &row))
		return true;
	if (!read_neigh(win, neigh, &stands, &now, err))
		return false;
	if (stands && (now.state & R2_NUD_PERMANENT)) {
		code = win->api.DeleteIpNetEntry2(&entry);
		if (code != NO_ERROR && !r2_win_gone(code))
			return fail_neigh(code, "DeleteIpNetEntry2", neigh, err);
	}
	return r2_win_ledger_strike(win, &row, err);
}

static bool same_place(const struct r2_route *a, const struct r2_route *b)
{
	return a->link == b->link && r2_prefix_equal(&a->dst, &b->dst) &&
	       r2_ip_equal(&a->gateway, &b->gateway);
}

bool r2_windows_apply(struct r2_os *os, const struct r2_op *op, struct r2_error *err)
{
	struct r2_windows *win = r2_windows_of(os);

	if (!has_functions(&win->api, err))
		return false;
	switch (op->kind) {
	case R2_OP_ROUTE_ADD:
	case R2_OP_ROUTE_PREPEND:
	case R2_OP_ROUTE_APPEND:
		return put_route(win, &op->route, err);
	case R2_OP_ROUTE_REPLACE:
		return put_route(win, &op->route, err) &&
		       (same_place(&op->route, &op->old) || take_route(win, &op->old, err));
	case R2_OP_ROUTE_DEL:
		return take_route(win, &op->route, err);
	case R2_OP_NEIGH_ADD:
	case R2_OP_NEIGH_SET:
		return put_neigh(win, &op->neigh, err);
	case R2_OP_NEIGH_DEL:
		return take_neigh(win, &op->neigh, err);
	case R2_OP_SKIP_SET:
	case R2_OP_SKIP_CLEAR:
		return r2_windows_apply_skip(win, op, err);
	}
	return r2_error_set(err, R2_FAILED, "no such operation");
}
