/* SPDX-License-Identifier: MIT */
/* Which addresses are the self-test's, and which interface may be its stage. */
#include "os/stage.h"

static const char *const RANGES[] = {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
				     "2001:db8::/32"};

static bool in_ranges(const struct r2_prefix *prefix)
{
	for (size_t i = 0; i < sizeof(RANGES) / sizeof(*RANGES); i++) {
		struct r2_prefix range;

		if (r2_prefix_parse(RANGES[i], &range) == R2_PREFIX_OK &&
		    r2_prefix_covers(&range, prefix))
			return true;
	}
	return false;
}

bool r2_stage_is_test(const struct r2_ip *ip)
{
	static const char *const phantoms[] = {R2_STAGE_PHANTOM4, R2_STAGE_PHANTOM6};
	struct r2_prefix host = r2_prefix_host(ip);
	struct r2_ip phantom;

	for (size_t i = 0; i < 2; i++)
		if (r2_ip_parse(phantoms[i], &phantom) && r2_ip_equal(&phantom, ip))
			return true;
	return in_ranges(&host);
}

bool r2_stage_is_ours(const struct r2_route *route, uint32_t link)
{
	return route->link == link && route->metric == R2_STAGE_METRIC && in_ranges(&route->dst);
}

bool r2_stage_is_orphan(const struct r2_host *host, const struct r2_route *route, uint32_t link)
{
	if (route->link != link || route->gateway.family || route->protocol != R2_PROTO_KERNEL ||
	    !in_ranges(&route->dst))
		return false;
	r2_each (const struct r2_addr, addr, &host->addrs)
		if (addr->link == link && r2_prefix_contains(&route->dst, &addr->ip))
			return false;
	return true;
}

static bool leaves_by(const struct r2_host *host, const struct r2_route *route, uint32_t link)
{
	for (uint32_t i = 0; i < route->hops; i++)
		if (host->hops.at[route->first_hop + i].link == link)
			return true;
	r2_each (const struct r2_nexthop, nexthop, &host->nexthops)
		if (route->nhid && nexthop->hop.link == link)
			return true; /* whichever it is: rather refused than cut off */
	return route->link == link;
}

static bool has_default(const struct r2_host *host, uint32_t link)
{
	r2_each (const struct r2_route, route, &host->routes)
		if (route->dst.len == 0 && (!route->type || route->type == R2_TYPE_UNICAST) &&
		    leaves_by(host, route, link))
			return true;
	return false;
}

static bool in_use(const char *what, const struct r2_prefix *prefix, struct r2_error *err)
{
	char text[R2_PREFIX_TEXT];

	r2_error_set(err, R2_FAILED,
		     "%s %s is there already, of the addresses that the self-test would use", what,
		     r2_prefix_format(prefix, text));
	return r2_error_hint(err, "they are kept for documentation (RFC 5737, RFC 3849): remove "
				  "it, or run the self-test elsewhere");
}

bool r2_stage_fits(const struct r2_host *host, const struct r2_link *link, struct r2_error *err)
{
	if (link->flags & (R2_LINK_LOOPBACK | R2_LINK_NOARP | R2_LINK_POINTOPOINT)) {
		r2_error_set(err, R2_FAILED, "%s has no neighbours with MACs", link->name);
		return r2_error_hint(err, "name an Ethernet interface that nobody needs");
	}
	if (has_default(host, link->index)) {
		r2_error_set(err, R2_FAILED, "a default route leaves by %s", link->name);
		return r2_error_hint(err, "the self-test keeps away from it: name an interface "
					  "that nobody needs");
	}
	if (!(link->flags & R2_LINK_UP)) {
		r2_error_set(err, R2_FAILED, "%s is down", link->name);
		return r2_error_hint(err, "the self-test needs it up");
	}
	return true;
}

static bool is_free(const struct r2_host *host, struct r2_error *err)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		struct r2_prefix own = r2_prefix_host(&addr->ip);

		if (in_ranges(&own))
			return in_use("address", &addr->subnet, err);
	}
	r2_each (const struct r2_route, route, &host->routes)
		if (in_ranges(&route->dst))
			return in_use("a route to", &route->dst, err);
	return true;
}

bool r2_stage_take(struct r2_stage *stage, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_ADDRS | R2_PART_ROUTES | R2_PART_NEXTHOPS};
	struct r2_os *os = stage->os;
	struct r2_host host = {0};
	bool ok = os->ops->snapshot(os, &query, &host, err) &&
		  r2_stage_fits(&host, &stage->link, err);

	r2_host_free(&host);
	if (!ok || !r2_stage_clear(stage, err))
		return false;
	ok = os->ops->snapshot(os, &query, &host, err) && is_free(&host, err);
	r2_host_free(&host);
	return ok;
}

bool r2_stage_begin(struct r2_stage *stage, const struct r2_stage_options *options,
		    struct r2_error *err)
{
	return stage->os->ops->begin(stage->os, options->wait_ms, options->waiting, options->ctx,
				     err);
}
