/* SPDX-License-Identifier: MIT */
/* Verification: samples of a prefix, and the judgement of an answer. */
#include "core/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/select.h"

/* ---- samples ---- */

static bool is_specific(const struct r2_route *known, const struct r2_route *route)
{
	return known->dst.len > route->dst.len && r2_prefix_covers(&route->dst, &known->dst) &&
	       (known->table == route->table || known->table == R2_LOCAL_TABLE);
}

static bool is_overruled(const struct r2_host *host, const struct r2_route *route,
			 const struct r2_ip *ip)
{
	r2_each (const struct r2_route, known, &host->routes) {
		if (is_specific(known, route) && r2_prefix_contains(&known->dst, ip))
			return true;
	}
	return false;
}

static bool is_routable(const struct r2_ip *ip)
{
	bool reserved4 = ip->family == R2_IPV4 && (ip->bytes[0] == 0 || ip->bytes[0] >= 240);

	return !reserved4 && !r2_ip_is_multicast(ip) && !r2_ip_is_loopback(ip) &&
	       !r2_ip_is_link_local(ip) && !r2_ip_is_unspecified(ip);
}

/* splitmix64 (public domain, Steele, Lea, Flood 2014): spread, not secrecy. */
static uint64_t spread(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static struct r2_ip spread_inside(const struct r2_prefix *prefix, uint64_t *state)
{
	struct r2_ip low = {.family = prefix->addr.family}, ip = prefix->addr;
	struct r2_ip kept;

	for (size_t i = 0; i < r2_ip_bytes(&low); i++)
		low.bytes[i] = (uint8_t)(spread(state) >> 32);
	/* All of IPv6 is mostly unassigned: look where global unicast is (RFC 4291 2.4). */
	if (prefix->addr.family == R2_IPV6 && prefix->len < 3)
		low.bytes[0] = 0x20 | (low.bytes[0] & 0x1f);
	kept = r2_ip_mask(&low, prefix->len);
	for (size_t i = 0; i < r2_ip_bytes(&low); i++)
		ip.bytes[i] |= (uint8_t)(low.bytes[i] ^ kept.bytes[i]);
	return ip;
}

static void add_sample(const struct r2_host *host, const struct r2_route *route,
		       const struct r2_ip *ip, struct r2_ip *samples, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		if (r2_ip_equal(&samples[i], ip))
			return;
	}
	if (*n < R2_SAMPLES_MAX && !is_overruled(host, route, ip))
		samples[(*n)++] = *ip;
}

size_t r2_verify_samples(const struct r2_host *host, const struct r2_route *route,
			 struct r2_ip ret_samples[R2_SAMPLES_MAX])
{
	const struct r2_prefix *dst = &route->dst;
	unsigned host_bits = r2_ip_bits(&dst->addr) - dst->len;
	struct r2_ip last = r2_ip_fill(&dst->addr, dst->len);
	struct r2_ip first = dst->addr, gap;
	uint64_t state = dst->len;
	size_t n = 0;

	if (host_bits > 1) { /* the ends of a subnet are its network and broadcast addresses */
		first = r2_ip_add(&dst->addr, 1);
		last.bytes[r2_ip_bytes(&last) - 1] &= 0xfe;
	}
	for (size_t i = 0; i < r2_ip_bytes(&last); i++)
		state = state * 257 + dst->addr.bytes[i];
	if (dst->len >= 8 || (dst->addr.family == R2_IPV6 && dst->len >= 3)) {
		add_sample(host, route, &first, ret_samples, &n);
		add_sample(host, route, &last, ret_samples, &n);
	}
	for (size_t i = 0; host_bits > 1 && i < 6; i++) {
		struct r2_ip ip = spread_inside(dst, &state);

		if (is_routable(&ip) || r2_ip_is_multicast(&dst->addr))
			add_sample(host, route, &ip, ret_samples, &n);
	}
	if (!n && r2_verify_gap(host, route, &gap))
		ret_samples[n++] = gap;
	if (!n)
		ret_samples[n++] = first;
	return n;
}

/* ---- the gap ---- */

static int by_prefix(const void *a, const void *b)
{
	return r2_prefix_compare(a, b);
}

/* Walk the sorted more specific prefixes; the first address behind what they cover is the gap. */
static bool walk_gap(const struct r2_prefix *dst, const struct r2_prefix *covers, size_t n,
		     struct r2_ip *ret_gap)
{
	struct r2_ip end = r2_ip_fill(&dst->addr, dst->len);
	struct r2_ip at = dst->addr;

	for (size_t i = 0; i < n; i++) {
		struct r2_ip last = r2_ip_fill(&covers[i].addr, covers[i].len);

		if (r2_ip_compare(&covers[i].addr, &at) > 0)
			break;
		if (r2_ip_compare(&last, &at) < 0)
			continue;
		if (r2_ip_equal(&last, &end))
			return false;
		at = r2_ip_add(&last, 1);
	}
	*ret_gap = at;
	return true;
}

bool r2_verify_gap(const struct r2_host *host, const struct r2_route *route, struct r2_ip *ret_gap)
{
	R2_LIST(struct r2_prefix) covers = {0};
	bool found = false, ok = true;

	r2_each (const struct r2_route, known, &host->routes) {
		if (ok && is_specific(known, route))
			ok = r2_list_push(&covers, &known->dst);
	}
	if (ok && covers.n)
		qsort(covers.at, covers.n, sizeof(*covers.at), by_prefix);
	if (ok)
		found = walk_gap(&route->dst, covers.at, covers.n, ret_gap);
	r2_list_free(&covers);
	return found;
}

/* ---- the judgement ---- */

const char *r2_answer_text(const struct r2_host *host, const struct r2_answer *answer,
			   char buf[R2_ANSWER_TEXT])
{
	char prefix[R2_PREFIX_TEXT], gateway[R2_IP_TEXT];
	char table[R2_PROTOCOL_TEXT], who[R2_PROTOCOL_TEXT];
	const struct r2_route *match = &answer->match;

	snprintf(buf, R2_ANSWER_TEXT, "%s%s%s dev %s table %s metric %u protocol %s",
		 r2_prefix_name(&match->dst, prefix), answer->gateway.family ? " via " : "",
		 answer->gateway.family ? r2_ip_format(&answer->gateway, gateway) : "",
		 r2_host_link_name(host, answer->link), r2_table_name(answer->table, table),
		 match->metric, r2_protocol_name(match->protocol, who));
	return buf;
}

static bool is_more_specific(const struct r2_route *route, const struct r2_answer *answer)
{
	if (answer->type != R2_TYPE_UNICAST)
		return true; /* the local table's: an address or a broadcast address of ours */
	return answer->match.dst.len > route->dst.len;
}

/* A second uplink is a line of its own with a higher metric: that it waits is what was asked. */
static bool is_standby(const struct r2_route *route, const struct r2_answer *answer)
{
	const struct r2_route *match = &answer->match;

	return match->protocol == R2_PROTOCOL && answer->table == route->table &&
	       r2_prefix_equal(&match->dst, &route->dst) && match->metric < route->metric;
}

/* What an administrator would do about the route or rule that won. */
static void hint_what_won(const struct r2_route *route, const struct r2_answer *answer,
			  struct r2_error *err)
{
	char table[R2_PROTOCOL_TEXT];

	if (answer->table != route->table)
		r2_error_hint(err,
			      "a policy rule leads to table %s first (ip rule): use that table, or "
			      "change the rule",
			      r2_table_name(answer->table, table));
	else if (answer->match.metric < route->metric)
		r2_error_hint(err, "its metric %u goes before %u: choose a lower one",
			      answer->match.metric, route->metric);
}

/* A source that only a socket has is a connection policy's; of ours, or else it is no promise. */
static enum r2_verdict agree(const struct r2_route *route, const struct r2_answer *answer,
			     const char *to, struct r2_error *err)
{
	char socket[R2_IP_TEXT], table[R2_IP_TEXT];

	if (!answer->tabled.family || (route->flags & R2_ROUTE_POLICY))
		return R2_TRUE;
	r2_error_set(err, R2_FAILED,
		     "a socket would send to %s from %s, but the routing table says %s", to,
		     r2_ip_format(&answer->source, socket), r2_ip_format(&answer->tabled, table));
	r2_error_hint(err, "has another program set a connection policy?");
	return R2_UNTRUE;
}

enum r2_verdict r2_verify_judge(const struct r2_host *host, const struct r2_route *route,
				const struct r2_ip *src, const struct r2_ip *sample,
				const struct r2_answer *answer, struct r2_error *err)
{
	char to[R2_IP_TEXT], got[R2_IP_TEXT], want[R2_IP_TEXT], won[R2_ANSWER_TEXT];
	bool windows = host->system == R2_SYSTEM_WINDOWS;
	const char *who = windows ? "Windows" : "the kernel";
	char number[16];
	bool same_hop =
		r2_ip_equal(&answer->gateway, &route->gateway) && answer->link == route->link;

	r2_ip_format(sample, to);
	if (answer->error) {
		r2_error_set(err, R2_FAILED, "%s would refuse packets to %s (%s)", who, to,
			     r2_errno_name(answer->error, number));
		r2_error_hint(err, windows ? "does another route go before? See: route print"
					   : "a policy rule or an unreachable route goes before: "
					     "see ip rule");
		return R2_UNTRUE;
	}
	if (same_hop && r2_ip_equal(&answer->source, src) && answer->table == route->table)
		return agree(route, answer, to, err);
	if (is_more_specific(route, answer))
		return R2_OVERRULED;
	if (is_standby(route, answer))
		return R2_STANDBY;
	r2_answer_text(host, answer, won);
	if (r2_ip_equal(&answer->source, src))
		r2_error_set(err, R2_FAILED, "%s would send to %s by %s", who, to, won);
	else
		r2_error_set(err, R2_FAILED, "%s would send to %s from %s, not %s, by %s", who, to,
			     r2_ip_format(&answer->source, got), r2_ip_format(src, want), won);
	hint_what_won(route, answer, err);
	return R2_UNTRUE;
}
