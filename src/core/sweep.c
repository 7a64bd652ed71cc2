/* SPDX-License-Identifier: MIT */
/* Sweeping: who would still use a phantom or a wish after the operations so far. */
#include "core/sweep.h"
#include "core/skip.h"

/* The operations that put or leave a route standing, and those that take one away. */
static bool is_removed(const r2_ops *ops, const struct r2_route *route)
{
	r2_each (const struct r2_op, op, ops) {
		if (op->kind == R2_OP_ROUTE_DEL && r2_route_same(&op->route, route))
			return true;
		if (op->kind == R2_OP_ROUTE_REPLACE && r2_route_same(&op->old, route))
			return true;
	}
	return false;
}

static bool installs(const struct r2_op *op)
{
	return op->kind == R2_OP_ROUTE_ADD || op->kind == R2_OP_ROUTE_PREPEND ||
	       op->kind == R2_OP_ROUTE_REPLACE;
}

/* The table is no part of a use: a route is reached by next hop and device. */
static bool uses_hop(const struct r2_route *route, const struct r2_ip *hop, uint32_t link)
{
	return r2_route_is_ours(route) && route->link == link && r2_ip_equal(&route->gateway, hop);
}

static bool hop_in_use(const struct r2_host *host, const r2_ops *ops, const struct r2_ip *hop,
		       uint32_t link)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (uses_hop(route, hop, link) && !is_removed(ops, route))
			return true;
	}
	r2_each (const struct r2_op, op, ops) {
		if (installs(op) && uses_hop(&op->route, hop, link))
			return true;
	}
	return false;
}

static bool uses_wish(const struct r2_route *route, const struct r2_route *row)
{
	return r2_route_is_ours(route) && !route->prefsrc.family && route->link == row->link &&
	       r2_prefix_equal(&route->dst, &row->dst) &&
	       r2_ip_equal(&route->gateway, &row->gateway);
}

static bool wish_in_use(const struct r2_host *host, const r2_ops *ops, const struct r2_route *row)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (uses_wish(route, row) && !is_removed(ops, route))
			return true;
	}
	r2_each (const struct r2_op, op, ops) {
		if (installs(op) && uses_wish(&op->route, row))
			return true;
	}
	return false;
}

/* A plain route to which another source is now wished: the line that says so replaces this one. */
static bool is_superseded(const r2_ops *ops, const struct r2_route *row)
{
	r2_each (const struct r2_op, op, ops) {
		if (op->kind == R2_OP_ROUTE_ADD && op->route.table == R2_BOOK_TABLE &&
		    op->route.prefsrc.family && op->route.link == row->link &&
		    r2_prefix_equal(&op->route.dst, &row->dst) &&
		    r2_ip_equal(&op->route.gateway, &row->gateway))
			return true;
	}
	return false;
}

static bool is_row_used(const struct r2_host *host, const r2_ops *ops, const struct r2_route *row)
{
	if (r2_book_is_wish(row))
		return wish_in_use(host, ops, row) && !is_superseded(ops, row);
	return hop_in_use(host, ops, &row->gateway, row->link);
}

/* Is there a line, standing or to come, that this address would be in the way of. */
static bool is_skip_needed(const struct r2_host *host, const r2_ops *ops,
			   const struct r2_addr *addr)
{
	r2_each (const struct r2_route, row, &host->routes) {
		if (row->table == R2_BOOK_TABLE && row->protocol == R2_PROTOCOL &&
		    r2_skip_needs(host, addr, row) && !is_removed(ops, row) &&
		    is_row_used(host, ops, row))
			return true;
	}
	r2_each (const struct r2_op, op, ops) {
		if (op->kind == R2_OP_ROUTE_ADD && op->route.table == R2_BOOK_TABLE &&
		    r2_skip_needs(host, addr, &op->route))
			return true;
	}
	return false;
}

static bool sweep_skips(const struct r2_host *host, r2_ops *ops)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		struct r2_op op = {.kind = R2_OP_SKIP_CLEAR, .addr = *addr};

		if ((addr->flags & R2_ADDR_SKIP_IS_OURS) && !is_skip_needed(host, ops, addr) &&
		    !r2_list_push(ops, &op))
			return false;
	}
	return true;
}

bool r2_sweep(const struct r2_host *host, r2_ops *ops)
{
	r2_each (const struct r2_neigh, neigh, &host->neighs) {
		struct r2_op op = {.kind = R2_OP_NEIGH_DEL, .neigh = *neigh};

		if (neigh->protocol == R2_PROTOCOL && (neigh->state & R2_NUD_PERMANENT) &&
		    !hop_in_use(host, ops, &neigh->ip, neigh->link) && !r2_list_push(ops, &op))
			return false;
	}
	r2_each (const struct r2_route, row, &host->routes) {
		struct r2_op op = {.kind = R2_OP_ROUTE_DEL, .route = *row};

		if (row->table == R2_BOOK_TABLE && row->protocol == R2_PROTOCOL &&
		    !is_row_used(host, ops, row) && !r2_list_push(ops, &op))
			return false;
	}
	return sweep_skips(host, ops);
}

static bool is_neigh_removed(const r2_ops *ops, const struct r2_neigh *neigh)
{
	r2_each (const struct r2_op, op, ops) {
		if (op->kind == R2_OP_NEIGH_DEL && op->neigh.link == neigh->link &&
		    r2_ip_equal(&op->neigh.ip, &neigh->ip))
			return true;
	}
	return false;
}

void r2_swept(struct r2_host *host, const r2_ops *ops)
{
	size_t routes = 0, neighs = 0;

	if (!ops->n)
		return;
	r2_each (const struct r2_route, route, &host->routes) {
		if (!is_removed(ops, route))
			host->routes.at[routes++] = *route;
	}
	host->routes.n = routes;
	r2_each (const struct r2_neigh, neigh, &host->neighs) {
		if (!is_neigh_removed(ops, neigh))
			host->neighs.at[neighs++] = *neigh;
	}
	host->neighs.n = neighs;
	r2_each (const struct r2_op, op, ops)
		r2_skip_done(host, op);
}
