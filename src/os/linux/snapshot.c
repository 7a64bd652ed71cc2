/* SPDX-License-Identifier: MIT */
/*
 * Idea: one table of what there is to dump; every dump is the same walk with another decoder.
 * Routes stream: one that the caller does not keep costs neither memory nor a copy.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_addrlabel.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "core/hops.h"
#include "os/linux/decode_like.h"
#include "os/linux/linux.h"

/* A snapshot in the making; @begin is where the lists stood when this dump began. */
struct reading {
	const struct r2_query *query;
	struct r2_host *host;
	uint8_t af;
	struct r2_likes likes;
	struct {
		size_t links, addrs, rules, neighs, routes, hops, nexthops, members, labels;
	} begin;
};

static void mark(struct reading *reading)
{
	const struct r2_host *host = reading->host;

	reading->begin.links = host->links.n;
	reading->begin.addrs = host->addrs.n;
	reading->begin.rules = host->rules.n;
	reading->begin.neighs = host->neighs.n;
	reading->begin.routes = host->routes.n;
	reading->begin.labels = host->labels.n;
	reading->begin.members = host->members.n;
	reading->begin.nexthops = host->nexthops.n;
	reading->begin.hops = host->hops.n;
}

static void back_to_mark(void *ctx)
{
	struct reading *reading = ctx;
	struct r2_host *host = reading->host;

	host->links.n = reading->begin.links;
	host->addrs.n = reading->begin.addrs;
	host->rules.n = reading->begin.rules;
	host->neighs.n = reading->begin.neighs;
	host->routes.n = reading->begin.routes;
	host->labels.n = reading->begin.labels;
	host->members.n = reading->begin.members;
	host->nexthops.n = reading->begin.nexthops;
	host->hops.n = reading->begin.hops;
}

/*
 * Where a family is not built in, rtnl_dump_all() answers with the other's: each message is
 * looked at. (All the family headers begin with the family.)
 */
static bool is_family(const struct nlmsghdr *nlh, uint8_t af)
{
	const uint8_t *payload = (const uint8_t *)(nlh + 1);

	return nlh->nlmsg_len > sizeof(*nlh) && payload[0] == af;
}

static bool on_link(void *ctx, const struct nlmsghdr *nlh)
{
	struct reading *reading = ctx;
	struct r2_link link;

	return !r2_decode_link(nlh, &link) || r2_list_push(&reading->host->links, &link);
}

static bool on_addr(void *ctx, const struct nlmsghdr *nlh)
{
	struct reading *reading = ctx;
	struct r2_addr addr;

	return !is_family(nlh, reading->af) || !r2_decode_addr(nlh, &addr) ||
	       r2_list_push(&reading->host->addrs, &addr);
}

static bool on_rule(void *ctx, const struct nlmsghdr *nlh)
{
	struct reading *reading = ctx;
	struct r2_rule rule;

	return !is_family(nlh, reading->af) || !r2_decode_rule(nlh, &rule) ||
	       r2_list_push(&reading->host->rules, &rule);
}

static bool on_neigh(void *ctx, const struct nlmsghdr *nlh)
{
	struct reading *reading = ctx;
	struct r2_neigh neigh;

	return !is_family(nlh, reading->af) || !r2_decode_neigh(nlh, &neigh) ||
	       r2_list_push(&reading->host->neighs, &neigh);
}

/* Of a route that is kept: its several next hops, into the host's list. */
static bool keep_route(struct r2_host *host, const struct nlmsghdr *nlh, struct r2_route *route)
{
	struct r2_hop hops[R2_HOPS_MAX];
	size_t n;

	if (!r2_decode_hops(nlh, hops, R2_HOPS_MAX, &n))
		return true;
	if (n > 1) {
		route->first_hop = (uint32_t)host->hops.n;
		route->hops = (uint32_t)n;
	}
	for (size_t i = 0; i < n && n > 1; i++) {
		if (!r2_list_push(&host->hops, &hops[i]))
			return false;
	}
	return r2_list_push(&host->routes, route);
}

static bool on_nexthop(void *ctx, const struct nlmsghdr *nlh)
{
	struct reading *reading = ctx;
	struct r2_nexthop nexthop;
	struct r2_nexthop_member members[R2_HOPS_MAX];

	if (!r2_decode_nexthop(nlh, &nexthop, members, R2_HOPS_MAX))
		return true;
	nexthop.first_member = (uint32_t)reading->host->members.n;
	for (size_t i = 0; i < nexthop.members; i++) {
		if (!r2_list_push(&reading->host->members, &members[i]))
			return false;
	}
	return r2_list_push(&reading->host->nexthops, &nexthop);
}

static bool on_label(void *ctx, const struct nlmsghdr *nlh)
{
	struct reading *reading = ctx;
	struct r2_label label;

	return !r2_decode_label(nlh, &label) || r2_list_push(&reading->host->labels, &label);
}

static bool on_route(void *ctx, const struct nlmsghdr *nlh)
{
	struct reading *reading = ctx;
	const struct r2_query *query = reading->query;
	const struct rtmsg *rtm = (const void *)(nlh + 1);
	struct r2_route route;

	if (!is_family(nlh, reading->af) || !r2_decode_route_like(&reading->likes, nlh, &route))
		return true;
	/*
	 * Not of the host as core sees it: a learnt exception of IPv6 (path MTU, redirect), and a
	 * source-specific route, which an unbound packet's empty source never meets.
	 */
	if (rtm->rtm_src_len > 0)
		reading->host->flags |= R2_HOST_SOURCE_SPECIFIC;
	if ((rtm->rtm_flags & RTM_F_CLONED) || rtm->rtm_src_len > 0)
		return true;
	if ((query->protocol && route.protocol != query->protocol) ||
	    (query->table && route.table != query->table))
		return true;
	if (query->keep && !query->keep(query->ctx, reading->host, &route))
		return true;
	return keep_route(reading->host, nlh, &route);
}

/* The header of a dump, and what tells the kernel to leave things out. */
static void begin_links(struct r2_nl_request *req, const struct reading *reading)
{
	(void)reading;
	r2_nl_begin(req, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	r2_nl_put_u32(req, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

static void begin_addrs(struct r2_nl_request *req, const struct reading *reading)
{
	struct ifaddrmsg *ifa = r2_nl_begin(req, RTM_GETADDR, 0, sizeof(*ifa));

	ifa->ifa_family = reading->af;
}

static void begin_rules(struct r2_nl_request *req, const struct reading *reading)
{
	struct fib_rule_hdr *hdr = r2_nl_begin(req, RTM_GETRULE, 0, sizeof(*hdr));

	hdr->family = reading->af;
}

static void begin_neighs(struct r2_nl_request *req, const struct reading *reading)
{
	struct ndmsg *ndm = r2_nl_begin(req, RTM_GETNEIGH, 0, sizeof(*ndm));

	ndm->ndm_family = reading->af;
}

static void begin_routes(struct r2_nl_request *req, const struct reading *reading)
{
	struct rtmsg *rtm = r2_nl_begin(req, RTM_GETROUTE, 0, sizeof(*rtm));

	rtm->rtm_family = reading->af;
	/* ip_valid_fib_dump_req(): these two filter; and no RTM_F_CLONED: no exceptions. */
	rtm->rtm_protocol = reading->query->protocol;
	if (reading->query->table)
		r2_nl_put_u32(req, RTA_TABLE, reading->query->table);
}

static void begin_nexthops(struct r2_nl_request *req, const struct reading *reading)
{
	(void)reading;
	r2_nl_begin(req, RTM_GETNEXTHOP, 0, sizeof(struct nhmsg));
}

static void begin_labels(struct r2_nl_request *req, const struct reading *reading)
{
	struct ifaddrlblmsg *msg = r2_nl_begin(req, RTM_GETADDRLABEL, 0, sizeof(*msg));

	(void)reading;
	msg->ifal_family = AF_INET6;
}

static const struct dump {
	enum r2_part part;
	bool per_family;
	const char *call, *what;
	void (*begin)(struct r2_nl_request *req, const struct reading *reading);
	bool (*each)(void *ctx, const struct nlmsghdr *nlh);
} dumps[] = {
	/* in the order that struct r2_query promises */
	{R2_PART_LINKS, false, "RTM_GETLINK", "interfaces", begin_links, on_link},
	{R2_PART_ADDRS, true, "RTM_GETADDR", "addresses", begin_addrs, on_addr},
	{R2_PART_RULES, true, "RTM_GETRULE", "policy rules", begin_rules, on_rule},
	{R2_PART_NEIGHS, true, "RTM_GETNEIGH", "neighbours", begin_neighs, on_neigh},
	{R2_PART_ROUTES, true, "RTM_GETROUTE", "routes", begin_routes, on_route},
	{R2_PART_NEXTHOPS, false, "RTM_GETNEXTHOP", "next-hop objects", begin_nexthops, on_nexthop},
	{R2_PART_LABELS, false, "RTM_GETADDRLABEL", "address labels", begin_labels, on_label},
};

static bool read_dump(struct r2_linux *lx, const struct dump *dump, struct reading *reading,
		      struct r2_error *err)
{
	struct r2_nl_visit visit = {dump->each, back_to_mark, reading};
	struct r2_nl_request req;
	int error;

	mark(reading);
	dump->begin(&req, reading);
	error = r2_nl_dump(&lx->nl, &req, &visit);
	/* No such table, or no such family in this kernel: an empty answer. */
	if (!error || (error == ENOENT && reading->query->table) || error == EOPNOTSUPP)
		return true;
	if (error == ECANCELED)
		return r2_error_set(err, R2_FAILED, "out of memory while reading the %s",
				    dump->what);
	return r2_nl_fail(&lx->nl, err, error, dump->call, "cannot read the %s", dump->what);
}

bool r2_linux_snapshot(struct r2_os *os, const struct r2_query *query, struct r2_host *ret_host,
		       struct r2_error *err)
{
	static const struct {
		enum r2_family family;
		uint8_t af;
	} families[] = {{R2_IPV4, AF_INET}, {R2_IPV6, AF_INET6}};
	struct r2_host host = {0};
	struct reading reading = {.query = query, .host = &host};

	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		if (!(query->parts & dumps[i].part))
			continue;
		for (size_t j = 0; j < 2; j++) {
			if (query->family && query->family != families[j].family &&
			    dumps[i].per_family)
				continue;
			if (j > 0 && !dumps[i].per_family)
				continue;
			reading.af = families[j].af;
			if (!read_dump(r2_linux_of(os), &dumps[i], &reading, err)) {
				r2_host_free(&host);
				return false;
			}
		}
	}
	if (query->parts & R2_PART_SETTINGS)
		r2_linux_settings(&host);
	*ret_host = host;
	return true;
}
