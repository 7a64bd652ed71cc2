/* SPDX-License-Identifier: MIT */
/*
 * Idea: NLM_F_REPLACE in IPv6 takes whatever stands at (prefix, table, metric), all siblings of
 * an ECMP route included, whoever made them (fib6_add_rt2node()). There is no compare-and-swap,
 * so: listen, look, replace, then read what was heard in between. What was someone else's goes
 * back, ours goes away, and the caller is told.
 *
 * What remains: the kernel tells of a multipath route only after its last hop is in
 * (ip6_route_mpath_notify()), so one that is being built while we replace may be missed.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "os/linux/decode.h"
#include "os/linux/linux.h"

/* What stands at the key of a replace. */
struct standing {
	const struct r2_op *op;
	bool old, wanted, other;
	struct r2_route example; /* of @other */
};

static void note_standing(struct standing *standing, const struct r2_route *route)
{
	/* Next hops that joined ours stand under our number too, but a replace would take them all.
	 */
	bool alone = !(route->flags & R2_ROUTE_OPAQUE);

	if (alone && r2_route_same(route, &standing->op->old)) {
		standing->old = true;
	} else if (alone && r2_route_same(route, &standing->op->route)) {
		standing->wanted = true;
	} else {
		standing->other = true;
		standing->example = *route;
	}
}

static bool on_table(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	struct standing *standing = ctx;

	(void)host;
	if (r2_route_same_key(route, &standing->op->old))
		note_standing(standing, route);
	return false;
}

/*
 * What would a replace take away? A lookup tells it at once where it is answered from this very
 * key: it shows a route with a gateway together with all its siblings, and a replace by another
 * with a gateway takes these and no more. Else the table is read.
 */
static bool read_key(struct r2_linux *lx, struct standing *standing, struct r2_error *err)
{
	const struct r2_op *op = standing->op;
	struct r2_query query = {.parts = R2_PART_ROUTES,
				 .family = R2_IPV6,
				 .table = op->old.table,
				 .keep = on_table,
				 .ctx = standing};
	struct r2_host none = {0};
	struct r2_route match;

	if (op->old.gateway.family && op->route.gateway.family &&
	    !r2_linux_match(lx, &op->old.dst.addr, &match) && match.gateway.family &&
	    r2_route_same_key(&match, &op->old)) {
		note_standing(standing, &match);
		return true;
	}
	if (!r2_linux_snapshot(&lx->os, &query, &none, err))
		return false;
	r2_host_free(&none);
	return true;
}

static bool open_ears(struct r2_nl *ears, struct r2_error *err)
{
	int room = 1 << 20; /* the kernel caps it at rmem_max; more than one operation ever needs */
	int group = RTNLGRP_IPV6_ROUTE;

	if (!r2_nl_open(ears, err))
		return false;
	setsockopt(mnl_socket_get_fd(ears->sock), SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (!mnl_socket_setsockopt(ears->sock, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return true;
	r2_nl_fail(ears, err, errno, "NETLINK_ADD_MEMBERSHIP",
		   "cannot listen to changes of IPv6 routes");
	r2_nl_close(ears);
	return false;
}

static bool refuse(const struct standing *standing, struct r2_error *err)
{
	char text[R2_ROUTE_TEXT], who[R2_PROTOCOL_TEXT];
	const struct r2_route *other = &standing->example;

	if (other->flags & R2_ROUTE_OPAQUE)
		r2_error_set(err, R2_FAILED,
			     "cannot replace %s: it shares metric %u with other next hops",
			     r2_linux_route_text(&standing->op->old, text), other->metric);
	else
		r2_error_set(err, R2_FAILED,
			     "cannot replace %s: a route of protocol %s stands there with metric "
			     "%u",
			     r2_linux_route_text(&standing->op->old, text),
			     r2_protocol_name(other->protocol, who), other->metric);
	err->native = EEXIST;
	err->call = "RTM_NEWROUTE";
	return r2_error_hint(err, "choose another metric");
}

bool r2_replace_prepare(struct r2_linux *lx, const struct r2_op *op, struct r2_replace *ret,
			bool *ret_done, struct r2_error *err)
{
	struct standing standing = {.op = &ret->op};

	*ret = (struct r2_replace){.op = *op};
	ret->op.route = r2_linux_route_form(&op->route);
	ret->op.old = r2_linux_route_form(&op->old);
	*ret_done = false;
	if (!open_ears(&ret->ears, err))
		return false;
	if (!read_key(lx, &standing, err)) {
		r2_nl_close(&ret->ears);
		return false;
	}
	ret->vacant = !standing.old && !standing.wanted && !standing.other;
	*ret_done = standing.wanted && !standing.old && !standing.other;
	if (ret->vacant || (standing.old && !standing.wanted && !standing.other))
		return true;
	r2_nl_close(&ret->ears);
	return *ret_done || refuse(&standing, err);
}

/* What happened at the key between our look and our replace. */
struct heard {
	const struct r2_replace *replace;
	uint32_t portid, seq;     /* of our replace */
	bool ours;                /* it was heard: what follows came after it */
	bool old_gone;            /* someone else had taken the old route away by then */
	struct nlmsghdr *foreign; /* the last one of another's that we have destroyed */
	uint8_t protocol;
};

static void on_change(struct heard *heard, const struct nlmsghdr *nlh)
{
	const struct r2_op *op = &heard->replace->op;
	struct r2_route route;
	bool made = nlh->nlmsg_type == RTM_NEWROUTE;

	if (!r2_decode_route(nlh, &route, NULL) || !r2_route_same_key(&route, &op->old))
		return;
	if (made && nlh->nlmsg_pid == heard->portid && nlh->nlmsg_seq == heard->seq) {
		heard->ours = true;
		return;
	}
	if (route.protocol == op->route.protocol) {
		/* Another writer of our own number: all we can say is whether it took ours. */
		if (!made && r2_ip_equal(&route.gateway, &op->old.gateway))
			heard->old_gone = true;
		return;
	}
	free(heard->foreign);
	heard->foreign = NULL;
	if (!made)
		return;
	if (nlh->nlmsg_flags & NLM_F_REPLACE)
		heard->old_gone = true;
	heard->protocol = route.protocol;
	heard->foreign = malloc(nlh->nlmsg_len);
	if (heard->foreign)
		memcpy(heard->foreign, nlh, nlh->nlmsg_len);
}

/* The notifications of what is done already wait in the socket (nlmsg_notify() is synchronous). */
static void listen_back(struct r2_nl *ears, struct heard *heard)
{
	for (int overruns = 0; overruns < 8;) {
		ssize_t n = r2_nl_receive(ears, MSG_DONTWAIT);
		const struct nlmsghdr *nlh;
		const uint8_t *at = ears->buf;
		size_t left = n < 0 ? 0 : (size_t)n;

		if (n < 0 && errno != ENOBUFS)
			return;
		if (n < 0)
			overruns++; /* some were lost: we judge by the rest */
		while (!heard->ours && (nlh = r2_nl_message(&at, &left)))
			on_change(heard, nlh);
	}
}

/* Is this hop of a foreign multipath the old route of ours that it had joined? */
static bool is_hop_of(const struct rtnexthop *hop, const struct r2_route *old)
{
	static const struct r2_nl_size sizes[RTA_GATEWAY + 1] = {[RTA_GATEWAY] = {16, 16}};
	const struct nlattr *attr[RTA_GATEWAY + 1];

	return (uint32_t)hop->rtnh_ifindex == old->link &&
	       r2_nl_attrs_in(hop + 1, hop->rtnh_len - sizeof(*hop), sizes, RTA_GATEWAY, attr) &&
	       attr[RTA_GATEWAY] &&
	       !memcmp(mnl_attr_get_payload(attr[RTA_GATEWAY]), old->gateway.bytes, 16);
}

static void put_multipath(struct r2_nl_request *req, const struct nlattr *multipath,
			  const struct r2_route *without)
{
	const uint8_t *at = mnl_attr_get_payload(multipath);
	size_t left = mnl_attr_get_payload_len(multipath), used = 0;
	uint8_t *hops = malloc(left);

	while (hops && left >= sizeof(struct rtnexthop)) {
		struct rtnexthop hop;

		memcpy(&hop, at, sizeof(hop));

		size_t step = NLMSG_ALIGN((size_t)hop.rtnh_len);

		if (hop.rtnh_len < sizeof(hop) || step > left)
			break;
		if (!without || !is_hop_of((const void *)at, without)) {
			hop.rtnh_flags &= RTNH_F_ONLINK; /* the rest is state, not wish */
			memcpy(hops + used, at, step);
			memcpy(hops + used, &hop, sizeof(hop));
			used += step;
		}
		at += step;
		left -= step;
	}
	if (hops && used)
		r2_nl_put(req, RTA_MULTIPATH, hops, used);
	free(hops);
}

/* A notification tells seconds left in hundredths; a request wants whole seconds (RTA_EXPIRES). */
static void put_expires(struct r2_nl_request *req, const struct nlattr *cacheinfo)
{
	struct rta_cacheinfo info;

	memcpy(&info, mnl_attr_get_payload(cacheinfo), sizeof(info));
	if (info.rta_expires > 0)
		r2_nl_put_u32(req, RTA_EXPIRES, (uint32_t)(info.rta_expires + 99) / 100);
}

static bool is_next_hop(uint16_t type)
{
	return type == RTA_OIF || type == RTA_GATEWAY || type == RTA_MULTIPATH ||
	       type == RTA_ENCAP || type == RTA_ENCAP_TYPE;
}

/* Say to the kernel what it said to us. Return: 0 or an errno. */
static int put_back(struct r2_linux *lx, const struct nlmsghdr *told,
		    const struct r2_route *without)
{
	static const struct r2_nl_size sizes[RTA_NH_ID + 1] = {[RTA_NH_ID] = {4, 4}};
	const struct nlattr *attr[RTA_NH_ID + 1], *one;
	const struct rtmsg *was = mnl_nlmsg_get_payload(told);
	size_t room = told->nlmsg_len + 64;
	struct r2_nl_request req;
	void *mem = malloc(room);
	int error = ENOMEM;

	if (!mem || !r2_nl_attrs(told, sizeof(*was), sizes, RTA_NH_ID, attr))
		goto out;

	struct rtmsg *rtm = r2_nl_begin_in(&req, mem, room, RTM_NEWROUTE,
					   NLM_F_CREATE | NLM_F_APPEND, sizeof(*rtm));
	int left = (int)(mnl_nlmsg_get_payload_len(told) - sizeof(*was));

	*rtm = *was;
	rtm->rtm_flags &= RTNH_F_ONLINK;
	for (one = (const void *)(was + 1); mnl_attr_ok(one, left);
	     left -= (int)NLMSG_ALIGN((unsigned)one->nla_len), one = mnl_attr_next(one)) {
		uint16_t type = mnl_attr_get_type(one);

		/* With a next-hop object, its hops are told too, but may not be asked for. */
		if (attr[RTA_NH_ID] && is_next_hop(type))
			continue;
		if (type == RTA_MULTIPATH)
			put_multipath(&req, one, without);
		else if (type == RTA_CACHEINFO &&
			 mnl_attr_get_payload_len(one) >= sizeof(struct rta_cacheinfo))
			put_expires(&req, one);
		else if (type != RTA_CACHEINFO)
			r2_nl_put(&req, one->nla_type, mnl_attr_get_payload(one),
				  mnl_attr_get_payload_len(one));
	}
	error = r2_nl_call(&lx->nl, &req, NULL, NULL);
out:
	free(mem);
	return error;
}

/* Ours first and the foreign one joined to it: as if we had not replaced what it joined. */
static int restore_both(struct r2_linux *lx, const struct heard *heard)
{
	const struct r2_op *op = &heard->replace->op;
	struct r2_nl_request req;
	int error;

	r2_linux_route_request(&req, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &op->old);
	error = r2_nl_call(&lx->nl, &req, NULL, NULL);
	if (!error)
		error = put_back(lx, heard->foreign, &op->old);
	return error == EEXIST ? 0 : error; /* never gone: a kind that a replace leaves alone */
}

/* Ours was gone when it came: it alone. */
static int restore_foreign(struct r2_linux *lx, const struct heard *heard)
{
	const struct r2_op *op = &heard->replace->op;
	int error = put_back(lx, heard->foreign, NULL);
	int deleted = r2_linux_route_delete(lx, &op->route);

	/* It has the next hop of ours, which stood in its way until now. */
	if (error == EEXIST && !deleted)
		error = put_back(lx, heard->foreign, NULL);
	return error == EEXIST ? 0 : error;
}

static bool undo(struct r2_linux *lx, const struct heard *heard, struct r2_error *err)
{
	const struct r2_op *op = &heard->replace->op;
	bool had_old = !heard->old_gone && !heard->replace->vacant;
	int error = had_old ? restore_both(lx, heard) : restore_foreign(lx, heard);
	char text[R2_ROUTE_TEXT], who[R2_PROTOCOL_TEXT];

	r2_linux_route_text(&op->old, text);
	if (error)
		return r2_nl_fail(&lx->nl, err, error, "RTM_NEWROUTE",
				  "replacing %s took away a route that protocol %s made in that "
				  "moment, and it cannot be put back",
				  text, r2_protocol_name(heard->protocol, who));
	r2_error_set(err, R2_FAILED,
		     "cannot replace %s: protocol %s made a route with metric %u "
		     "in the same moment; it stands, and ours is as it was",
		     text, r2_protocol_name(heard->protocol, who), op->old.metric);
	err->native = EBUSY;
	err->call = "RTM_NEWROUTE";
	return r2_error_hint(err, "choose another metric");
}

bool r2_replace_commit(struct r2_linux *lx, struct r2_replace *replace, struct r2_error *err)
{
	const struct r2_op *op = &replace->op;
	struct heard heard = {.replace = replace};
	struct r2_nl_request req;
	char text[R2_ROUTE_TEXT];
	bool good;
	int error;

	r2_linux_route_request(&req, RTM_NEWROUTE,
			       NLM_F_CREATE | (replace->vacant ? NLM_F_EXCL : NLM_F_REPLACE),
			       &op->route);
	error = r2_nl_call(&lx->nl, &req, NULL, NULL);
	if (error) {
		r2_nl_close(&replace->ears);
		return r2_nl_fail(&lx->nl, err, error, "RTM_NEWROUTE", "cannot replace %s",
				  r2_linux_route_text(&op->old, text));
	}
	heard.portid = lx->nl.portid;
	heard.seq = lx->nl.seq;
	listen_back(&replace->ears, &heard);
	r2_nl_close(&replace->ears);
	good = !heard.foreign || undo(lx, &heard, err);
	free(heard.foreign);
	return good;
}
