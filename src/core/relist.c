/* SPDX-License-Identifier: MIT */
/* Another gateway list for a phantom: its neighbour, lines of the book that come, those that go. */
#include "core/relist.h"

static bool is_row_of(const struct r2_route *route, const struct r2_entry *entry)
{
	return route->table == R2_BOOK_TABLE && route->protocol == R2_PROTOCOL &&
	       route->link == entry->link && route->metric / R2_BOOK_ORDERS == entry->number &&
	       r2_ip_equal(&route->gateway, &entry->phantom);
}

static bool has_row(const struct r2_host *host, const struct r2_route *row)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (r2_route_same(route, row))
			return true;
	}
	return false;
}

static bool move_neighbour(const struct r2_host *host, const struct r2_entry *entry,
			   const struct r2_mac *mac, r2_ops *ops)
{
	const struct r2_neigh *stands = r2_host_neigh(host, &entry->phantom, entry->link);
	struct r2_op op = {.kind = R2_OP_NEIGH_SET};

	if (!stands || stands->protocol != R2_PROTOCOL || !r2_neigh_has_mac(stands) || !mac->len ||
	    r2_mac_equal(&stands->mac, mac))
		return true;
	op.neigh = *stands;
	op.old_mac = stands->mac;
	op.neigh.mac = *mac;
	return r2_list_push(ops, &op);
}

bool r2_relist(const struct r2_host *host, const struct r2_entry *entry,
	       const struct r2_gateways *gateways, const struct r2_mac *mac, r2_ops *ops)
{
	struct r2_entry wanted = *entry;
	bool ok = move_neighbour(host, entry, mac, ops);

	wanted.gateways = *gateways;
	for (size_t i = 0; ok && i < gateways->n; i++) {
		struct r2_op op = {.kind = R2_OP_ROUTE_ADD, .route = r2_book_row(&wanted, i)};

		ok = has_row(host, &op.route) || r2_list_push(ops, &op);
	}
	r2_each (const struct r2_route, row, &host->routes) {
		struct r2_op op = {.kind = R2_OP_ROUTE_DEL, .route = *row};
		bool stays = false;

		if (!is_row_of(row, entry) || row->metric % R2_BOOK_ORDERS == 0)
			continue;
		for (size_t i = 0; i < gateways->n; i++) {
			struct r2_route wish = r2_book_row(&wanted, i);

			stays |= r2_route_same(&wish, row);
		}
		ok = ok && (stays || r2_list_push(ops, &op));
	}
	return ok;
}
