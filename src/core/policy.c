/* SPDX-License-Identifier: MIT */
/* Connection policies: what one would catch, and what it is called. */
#include "core/policy.h"
#include "core/book.h"

#include <string.h>

uint32_t r2_policy_flag(uint8_t family)
{
	return family == R2_IPV6 ? R2_HOST_POLICY6 : R2_HOST_POLICY;
}

static bool overlaps_loopback(const struct r2_prefix *dst)
{
	static const struct r2_prefix loopback4 = {{R2_IPV4, {127}}, 8};
	static const struct r2_prefix loopback6 = {{R2_IPV6, {[15] = 1}}, 128};
	const struct r2_prefix *loopback = dst->addr.family == R2_IPV6 ? &loopback6 : &loopback4;

	return r2_prefix_covers(dst, loopback) || r2_prefix_covers(loopback, dst);
}

/* A route of ours by another policy goes before, as its prefix is longer. */
static bool has_policy(const struct r2_host *host, const struct r2_route *route)
{
	r2_each (const struct r2_route, row, &host->routes) {
		if (row->table == R2_BOOK_TABLE && row->protocol == R2_PROTOCOL &&
		    r2_book_is_wish(row) && r2_book_method(row) == R2_NATIVE &&
		    row->link == route->link && r2_prefix_equal(&row->dst, &route->dst))
			return true;
	}
	return false;
}

static const struct r2_route *caught(const struct r2_host *host, const struct r2_prefix *dst)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (route->table != R2_BOOK_TABLE && route->dst.len > dst->len &&
		    r2_prefix_covers(dst, &route->dst) && !has_policy(host, route))
			return route;
	}
	return NULL;
}

bool r2_policy_fits(const struct r2_host *host, const struct r2_target *target,
		    struct r2_error *err)
{
	const struct r2_prefix *dst = &target->route.dst;
	const struct r2_link *link = r2_host_link(host, target->route.link);
	const struct r2_addr *src = r2_host_addr(host, &target->src, target->route.link);
	bool ipv6 = dst->addr.family == R2_IPV6;
	uint32_t weak = ipv6 ? R2_LINK_WEAK_HOST_SEND6 : R2_LINK_WEAK_HOST_SEND4;
	const struct r2_route *other = caught(host, dst);
	char text[R2_PREFIX_TEXT], more[R2_PREFIX_TEXT];

	r2_prefix_name(dst, text);
	if (target->gateways.n > 1)
		return r2_error_set(err, R2_FAILED, "a connection policy knows no backup");
	if (!src || (src->link != target->route.link && !(link && (link->flags & weak))))
		return r2_error_set(err, R2_FAILED,
				    "source %s is on another interface than the gateway",
				    r2_ip_format(&target->src, more));
	if (overlaps_loopback(dst)) {
		r2_error_set(err, R2_FAILED,
			     "a connection policy for %s would catch loopback connections too",
			     text);
		return r2_error_hint(err, "say smaller prefixes");
	}
	if (!other)
		return true;
	r2_error_set(err, R2_FAILED,
		     "a connection policy for %s would catch %s too, which has a route of its own",
		     text, r2_prefix_name(&other->dst, more));
	return r2_error_hint(err, "say smaller prefixes");
}

/* FNV-1a, 64 bits (draft-eastlake-fnv): names that differ, not secrets. */
static uint64_t hash(uint64_t state, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++)
		state = (state ^ bytes[i]) * UINT64_C(0x100000001b3);
	return state;
}

void r2_policy_guid(const struct r2_ledger_row *row, uint8_t ret_guid[16])
{
	for (uint8_t half = 0; half < 2; half++) {
		uint64_t state = hash(UINT64_C(0xcbf29ce484222325), &half, 1);

		for (unsigned i = 0; i < 8; i++) {
			uint8_t byte = (uint8_t)(row->link >> (8 * i));

			state = hash(state, &byte, 1);
		}
		state = hash(state, &row->dst.addr.family, 1);
		state = hash(state, row->dst.addr.bytes, r2_ip_bytes(&row->dst.addr));
		state = hash(state, &row->dst.len, 1);
		state = hash(state, row->hop.bytes, sizeof(row->hop.bytes));
		state = hash(state, row->src.bytes, sizeof(row->src.bytes));
		for (unsigned i = 0; i < 8; i++)
			ret_guid[half * 8 + i] = (uint8_t)(state >> (56 - 8 * i));
	}
	ret_guid[6] = (ret_guid[6] & 0x0f) | 0x80;
	ret_guid[8] = (ret_guid[8] & 0x3f) | 0x80;
}
