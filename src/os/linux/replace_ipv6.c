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

bool r2_replace_listen(struct r2_nl *ears, struct r2_error *err)
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
	if (!r2_replace_listen(&ret->ears, err))
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

/* A replace of ours, and what was heard at its key. */
struct listening {
	struct r2_heard heard;
	uint32_t portid, seq;
};

static void on_change(struct listening *listening, const struct nlmsghdr *nlh)
{
	struct r2_heard *heard = &listening->heard;
	struct r2_route route;

	if (!r2_decode_route(nlh, &route, NULL) || !r2_route_same_key(&route, &heard->op->old))
		return;
	if (nlh->nlmsg_type == RTM_NEWROUTE && nlh->nlmsg_pid == listening->portid &&
	    nlh->nlmsg_seq == listening->seq)
		heard->ours = true;
	else
		r2_heard_note(heard, nlh, &route);
}

/* The notifications of what is done already wait in the socket (nlmsg_notify() is synchronous). */
static void listen_back(struct r2_nl *ears, struct listening *listening)
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
		while ((nlh = r2_nl_message(&at, &left)))
			on_change(listening, nlh);
	}
}

bool r2_replace_commit(struct r2_linux *lx, struct r2_replace *replace, struct r2_error *err)
{
	const struct r2_op *op = &replace->op;
	struct listening listening = {.heard = {.op = op, .vacant = replace->vacant}};
	struct r2_nl_request req;
	char text[R2_ROUTE_TEXT];
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
	listening.portid = lx->nl.portid;
	listening.seq = lx->nl.seq;
	listen_back(&replace->ears, &listening);
	r2_nl_close(&replace->ears);
	return r2_heard_end(lx, &listening.heard, err);
}
