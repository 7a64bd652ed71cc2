/* SPDX-License-Identifier: MIT */
/*
 * Idea: the flags of one message say which neighbour of the same key is tolerated, and every
 * message names all it can, so that the kernel can only hit the route that is meant.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "os/linux/decode.h"
#include "os/linux/linux.h"

/* So many routes of ours may be taken for the one to be deleted before we give up. */
#define RELATIONS_MAX 8

struct r2_route r2_linux_route_form(const struct r2_route *route)
{
	struct r2_route form = *route;

	if (!form.type)
		form.type = RTN_UNICAST;
	/* ip6_route_info_create(): IP6_RT_PRIO_USER stands for 0. */
	if (form.dst.addr.family == R2_IPV6 && !form.metric)
		form.metric = 1024;
	return form;
}

const char *r2_linux_route_text(const struct r2_route *route, char buf[R2_ROUTE_TEXT])
{
	char dst[R2_PREFIX_TEXT], via[R2_IP_TEXT], name[IF_NAMESIZE];

	r2_prefix_format(&route->dst, dst);
	if (route->gateway.family)
		snprintf(buf, R2_ROUTE_TEXT, "%s via %s", dst, r2_ip_format(&route->gateway, via));
	else if (route->link && if_indextoname(route->link, name))
		snprintf(buf, R2_ROUTE_TEXT, "%s dev %s", dst, name);
	else
		snprintf(buf, R2_ROUTE_TEXT, "%s", dst);
	return buf;
}

static void put_ip(struct r2_nl_request *req, uint16_t type, const struct r2_ip *ip)
{
	if (ip->family)
		r2_nl_put(req, type, ip->bytes, r2_ip_bytes(ip));
}

/* RTA_GATEWAY, or RTA_VIA if the next hop is of another family than the destination (5.2). */
static void put_gateway(struct r2_nl_request *req, const struct r2_route *route)
{
	uint8_t via[sizeof(uint16_t) + 16];
	uint16_t af = r2_linux_af(&route->gateway);

	if (!route->gateway.family)
		return;
	if (route->gateway.family == route->dst.addr.family) {
		put_ip(req, RTA_GATEWAY, &route->gateway);
		return;
	}
	memcpy(via, &af, sizeof(af)); /* struct rtvia */
	memcpy(via + sizeof(af), route->gateway.bytes, r2_ip_bytes(&route->gateway));
	r2_nl_put(req, RTA_VIA, via, sizeof(af) + r2_ip_bytes(&route->gateway));
}

/*
 * A direct IPv4 route reaches only the link; via a gateway, all (fib_check_nh(): the gateway's
 * scope must lie within). In a delete, nowhere stands for any scope (fib_table_delete()).
 */
static uint8_t scope_of(const struct r2_route *route, uint16_t type)
{
	if (type == RTM_DELROUTE)
		return RT_SCOPE_NOWHERE;
	return route->dst.addr.family == R2_IPV6 || route->gateway.family ? RT_SCOPE_UNIVERSE
									  : RT_SCOPE_LINK;
}

void r2_linux_route_request(struct r2_nl_request *req, uint16_t type, uint16_t flags,
			    const struct r2_route *route)
{
	struct rtmsg *rtm = r2_nl_begin(req, type, flags, sizeof(*rtm));

	rtm->rtm_family = r2_linux_af(&route->dst.addr);
	rtm->rtm_dst_len = route->dst.len;
	rtm->rtm_tos = route->tos;
	rtm->rtm_table = route->table < 256 ? (uint8_t)route->table : RT_TABLE_UNSPEC;
	rtm->rtm_protocol = route->protocol;
	rtm->rtm_scope = scope_of(route, type);
	rtm->rtm_type = route->type;
	if ((route->flags & R2_ROUTE_ONLINK) && type == RTM_NEWROUTE)
		rtm->rtm_flags = RTNH_F_ONLINK;
	r2_nl_put(req, RTA_DST, route->dst.addr.bytes, r2_ip_bytes(&route->dst.addr));
	r2_nl_put_u32(req, RTA_TABLE, route->table);
	r2_nl_put_u32(req, RTA_PRIORITY, route->metric);
	if (route->link)
		r2_nl_put_u32(req, RTA_OIF, route->link);
	put_gateway(req, route);
	put_ip(req, RTA_PREFSRC, &route->prefsrc);
}

static int send_new(struct r2_linux *lx, uint16_t flags, const struct r2_route *route)
{
	struct r2_nl_request req;

	r2_linux_route_request(&req, RTM_NEWROUTE, flags, route);
	return r2_nl_call(&lx->nl, &req, NULL, NULL);
}

/* What stands at a key: @found the very route, @behind another one that is before it. */
struct search {
	const struct r2_route *wanted;
	bool found, behind;
};

static bool look_at(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	struct search *search = ctx;

	(void)host;
	if (r2_route_same(route, search->wanted))
		search->found = true;
	else if (!search->found && r2_route_same_key(route, search->wanted))
		search->behind = true;
	return false;
}

static bool search_table(struct r2_linux *lx, const struct r2_route *wanted, uint8_t protocol,
			 struct search *ret, struct r2_error *err)
{
	struct search search = {.wanted = wanted};
	struct r2_query query = {.parts = R2_PART_ROUTES,
				 .family = (enum r2_family)wanted->dst.addr.family,
				 .protocol = protocol,
				 .table = wanted->table,
				 .keep = look_at,
				 .ctx = &search};
	struct r2_host none = {0};

	if (!r2_linux_snapshot(&lx->os, &query, &none, err))
		return false;
	r2_host_free(&none);
	*ret = search;
	return true;
}

/* What the kernel says it deleted (NLM_F_ECHO), if that is not what was meant. */
struct echo {
	const struct r2_route *meant;
	bool other;
	struct r2_route deleted;
};

/*
 * The echo is of one hop. What was meant may have been read as a multipath, if another tool had
 * joined a hop of its own to ours in IPv6.
 */
static bool is_meant(const struct r2_route *deleted, const struct r2_route *meant)
{
	struct r2_route hop = *meant;

	if (meant->dst.addr.family == R2_IPV6)
		hop.flags = deleted->flags;
	return r2_route_same(deleted, &hop);
}

static bool on_echo(void *ctx, const struct nlmsghdr *nlh)
{
	struct echo *echo = ctx;
	struct r2_route route;

	if (nlh->nlmsg_type == RTM_DELROUTE && r2_decode_route(nlh, &route, NULL) &&
	    !is_meant(&route, echo->meant)) {
		echo->other = true;
		echo->deleted = route;
	}
	return true;
}

/*
 * In a delete, IPv4 takes a metric of 0, no source and no gateway for "any" (fib_nh_match(),
 * fib_table_delete()), and would then take a near relation, if the very route is gone. A lookup
 * mostly shows that it is there. If it shows another route to the same prefix, the table is read;
 * if it shows neither, it cannot tell, and deleting shows: reading the table each time would make
 * the deletion of a full one quadratic. Return: 0 or an errno.
 */
static int is_gone(struct r2_linux *lx, const struct r2_route *route, bool *ret_gone)
{
	bool named = route->metric && route->prefsrc.family && route->gateway.family;
	struct search search;
	struct r2_error err;
	struct r2_route match;

	*ret_gone = false;
	if (named || route->dst.addr.family == R2_IPV6 ||
	    r2_linux_match(lx, &route->dst.addr, &match) || match.table != route->table ||
	    !r2_prefix_equal(&match.dst, &route->dst) || r2_route_same(&match, route))
		return 0;
	if (!search_table(lx, route, route->protocol, &search, &err))
		return err.native ? err.native : ENOMEM;
	*ret_gone = !search.found;
	return 0;
}

/*
 * The kernel may hit relations of the same key first: in IPv4 by the above, in IPv6 because it
 * never looks at the source (ip6_route_del()). It tells what it took; that is put back.
 */
int r2_linux_route_delete(struct r2_linux *lx, const struct r2_route *route)
{
	struct r2_route others[RELATIONS_MAX];
	size_t n = 0;
	bool ipv4 = route->dst.addr.family == R2_IPV4, gone = false;
	int error = is_gone(lx, route, &gone);

	for (bool more = !gone; !error && more;) {
		struct echo echo = {.meant = route};
		struct r2_nl_request req;

		r2_linux_route_request(&req, RTM_DELROUTE, NLM_F_ECHO, route);
		error = r2_nl_call(&lx->nl, &req, on_echo, &echo);
		/* ENODEV: the interface is gone, and its routes with it. */
		if (error == ESRCH || error == ENOENT || error == ENODEV)
			error = 0;
		more = echo.other;
		if (more)
			others[n++] = echo.deleted;
		if (more && !error && n == RELATIONS_MAX)
			error = EBUSY;
	}
	while (n-- > 0) {
		/* In IPv4 to the front, where they were found and where ours stand by design. */
		int back =
			send_new(lx, ipv4 ? NLM_F_CREATE : NLM_F_CREATE | NLM_F_APPEND, &others[n]);

		if (back && back != EEXIST)
			error = back;
	}
	return error;
}

static bool fail_to(struct r2_linux *lx, const char *verb, const struct r2_route *route, int error,
		    const char *call, struct r2_error *err)
{
	char text[R2_ROUTE_TEXT];

	r2_nl_fail(&lx->nl, err, error, call, "cannot %s %s", verb,
		   r2_linux_route_text(route, text));
	if (error == EEXIST)
		r2_error_hint(err,
			      "another route to it with metric %u stands in table %u; choose "
			      "another metric",
			      route->metric, route->table);
	return false;
}

/* ADD and APPEND: the very route standing there is as good as adding it. */
static bool add(struct r2_linux *lx, uint16_t flags, const struct r2_route *route,
		struct r2_error *err)
{
	struct search search;
	int error = send_new(lx, flags, route);

	if (!error)
		return true;
	if (error == EEXIST) {
		if (!search_table(lx, route, route->protocol, &search, err))
			return false;
		if (search.found)
			return true;
		lx->nl.words[0] = '\0'; /* they spoke of the dump */
	}
	return fail_to(lx, "add", route, error, "RTM_NEWROUTE", err);
}

/*
 * NLM_F_CREATE alone inserts before the others of its key, and answers EEXIST if that very route
 * is among them (fib_table_insert()). There it may stand last, where it serves nobody: then it is
 * no loss to take it out and put it first.
 */
static bool prepend(struct r2_linux *lx, const struct r2_route *route, struct r2_error *err)
{
	struct search search;
	int error = send_new(lx, NLM_F_CREATE, route);

	if (error == EEXIST) {
		if (!search_table(lx, route, 0, &search, err))
			return false;
		if (search.found && !search.behind)
			return true;
		error = r2_linux_route_delete(lx, route);
		if (!error)
			error = send_new(lx, NLM_F_CREATE, route);
	}
	return !error || fail_to(lx, "add", route, error, "RTM_NEWROUTE", err);
}

static bool del(struct r2_linux *lx, const struct r2_route *route, struct r2_error *err)
{
	int error = r2_linux_route_delete(lx, route);

	return !error || fail_to(lx, "delete", route, error, "RTM_DELROUTE", err);
}

static bool replace(struct r2_linux *lx, const struct r2_op *op, struct r2_error *err)
{
	struct r2_replace under_way;
	bool done;

	if (!r2_replace_prepare(lx, op, &under_way, &done, err))
		return false;
	return done || r2_replace_commit(lx, &under_way, err);
}

bool r2_linux_apply(struct r2_os *os, const struct r2_op *op, struct r2_error *err)
{
	struct r2_linux *lx = r2_linux_of(os);
	const struct r2_route route = r2_linux_route_form(&op->route);
	bool ipv4 = route.dst.addr.family == R2_IPV4;

	switch (op->kind) {
	case R2_OP_ROUTE_ADD:
		return add(lx, NLM_F_CREATE | NLM_F_EXCL, &route, err);
	case R2_OP_ROUTE_PREPEND:
		return ipv4 ? prepend(lx, &route, err)
			    : fail_to(lx, "prepend", &route, EOPNOTSUPP, NULL, err);
	case R2_OP_ROUTE_APPEND:
		/* In IPv6 this would make one ECMP route with what stands there. */
		return ipv4 ? add(lx, NLM_F_CREATE | NLM_F_APPEND, &route, err)
			    : fail_to(lx, "append", &route, EOPNOTSUPP, NULL, err);
	case R2_OP_ROUTE_REPLACE:
		return ipv4 ? fail_to(lx, "replace", &route, EOPNOTSUPP, NULL, err)
			    : replace(lx, op, err);
	case R2_OP_ROUTE_DEL:
		return del(lx, &route, err);
	case R2_OP_NEIGH_ADD:
	case R2_OP_NEIGH_SET:
	case R2_OP_NEIGH_DEL:
		return r2_linux_neigh(lx, op, err);
	case R2_OP_SKIP_SET:
	case R2_OP_SKIP_CLEAR:
		break; /* Windows' own */
	}
	return r2_error_set(err, R2_FAILED, "unknown operation %d", (int)op->kind);
}
