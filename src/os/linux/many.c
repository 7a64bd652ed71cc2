/* SPDX-License-Identifier: MIT */
/*
 * Many routes in one send: the kernel takes the messages one after the other and answers each
 * error, and the last. An operation that failed so is done once more by itself, which knows what to
 * make of EEXIST and ESRCH, or says what is wrong.
 *
 * A replace of IPv6 takes whatever stands at its key (replace_ipv6.c). It goes along where that was
 * ours alone a moment ago (taken.c). What came there since then is heard of and put back.
 */
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "os/linux/linux.h"

#define MESSAGE_ROOM 192 /* more than a route with all that we write takes */

/* To read all routes is worth it from so many on. */
#define FEW_REPLACES 16

/*
 * A batch on its way. Its messages are numbered @first .. @last; @at: the position of each.
 * By position: @alone, those to be done by themselves, and what was @heard at the keys of replaces.
 * @req: each message in its turn.
 */
struct batch {
	const struct r2_op *ops;
	size_t n;
	uint32_t first, last;
	struct r2_nl_request req;
	uint8_t at[R2_MANY_MAX];
	bool alone[R2_MANY_MAX];
	struct r2_heard heard[R2_MANY_MAX];
	bool done;
	size_t replaces, used, latest;
	alignas(struct nlmsghdr) uint8_t bytes[R2_MANY_MAX * MESSAGE_ROOM];
};

static bool is_replace(const struct r2_op *op)
{
	return op->kind == R2_OP_ROUTE_REPLACE && op->route.dst.addr.family == R2_IPV6;
}

static bool is_bulk(const struct r2_op *op)
{
	return op->kind == R2_OP_ROUTE_ADD || op->kind == R2_OP_ROUTE_PREPEND ||
	       op->kind == R2_OP_ROUTE_APPEND || op->kind == R2_OP_ROUTE_DEL || is_replace(op);
}

static void compose(struct r2_nl_request *req, const struct r2_op *op)
{
	const struct r2_route route = r2_linux_route_form(&op->route);
	static const uint16_t flags[] = {
		[R2_OP_ROUTE_ADD] = NLM_F_CREATE | NLM_F_EXCL,
		[R2_OP_ROUTE_PREPEND] = NLM_F_CREATE,
		[R2_OP_ROUTE_APPEND] = NLM_F_CREATE | NLM_F_APPEND,
		[R2_OP_ROUTE_REPLACE] = NLM_F_CREATE | NLM_F_REPLACE,
	};

	if (op->kind == R2_OP_ROUTE_DEL)
		r2_linux_route_request(req, RTM_DELROUTE, 0, &route);
	else
		r2_linux_route_request(req, RTM_NEWROUTE, flags[op->kind], &route);
}

/* Return: false if it does not fit, which no route of ours does. */
static bool append(struct batch *batch, size_t at)
{
	struct nlmsghdr *nlh;
	size_t len;

	compose(&batch->req, &batch->ops[at]);
	nlh = batch->req.nlh;
	len = NLMSG_ALIGN((size_t)nlh->nlmsg_len);
	if (batch->req.full || batch->used + len > sizeof(batch->bytes))
		return false;
	nlh->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	nlh->nlmsg_seq = ++batch->last;
	batch->at[batch->last - batch->first] = (uint8_t)at;
	batch->latest = batch->used;
	memcpy(batch->bytes + batch->used, nlh, nlh->nlmsg_len);
	batch->used += len;
	return true;
}

static bool may_replace(struct r2_linux *lx, const struct r2_op *op)
{
	const struct r2_route route = r2_linux_route_form(&op->route);

	return lx->taken.known && !r2_taken_has(&lx->taken, &route);
}

/* Return: false if all must be done one by one, in order. */
static bool fill(struct r2_linux *lx, struct batch *batch)
{
	size_t replaces = 0;

	for (size_t i = 0; i < batch->n; i++) {
		if (!is_bulk(&batch->ops[i]))
			return false;
		replaces += is_replace(&batch->ops[i]);
	}
	if (replaces >= FEW_REPLACES || (replaces && lx->taken.known))
		r2_taken_renew(lx);
	batch->first = lx->nl.seq + 1;
	batch->last = lx->nl.seq;
	for (size_t i = 0; i < batch->n; i++) {
		const struct r2_op *op = &batch->ops[i];

		batch->heard[i].op = op;
		batch->alone[i] = is_replace(op) && !may_replace(lx, op);
		if (!batch->alone[i] && !append(batch, i))
			return false;
		batch->replaces += is_replace(op) && !batch->alone[i];
	}
	if (!batch->used)
		return false;
	((struct nlmsghdr *)(void *)(batch->bytes + batch->latest))->nlmsg_flags |= NLM_F_ACK;
	lx->nl.seq = batch->last;
	return true;
}

/* Return: its position, or @batch->n if it is not of this batch. */
static size_t position(const struct batch *batch, const struct r2_nl *nl,
		       const struct nlmsghdr *nlh)
{
	uint32_t nth = nlh->nlmsg_seq - batch->first;

	return nlh->nlmsg_pid == nl->portid && nth <= batch->last - batch->first ? batch->at[nth]
										 : batch->n;
}

static void take_answer(struct batch *batch, const struct r2_nl *nl, const struct nlmsghdr *nlh)
{
	char words[R2_NL_WORDS];
	size_t at = position(batch, nl, nlh);

	if (nlh->nlmsg_type != NLMSG_ERROR || at == batch->n)
		return;
	batch->alone[at] = r2_nl_verdict(nlh, words) != 0;
	batch->done |= nlh->nlmsg_seq == batch->last;
}

/* Return: false if answers were lost: then nothing is known of any. */
static bool exchange(struct r2_nl *nl, struct batch *batch)
{
	if (mnl_socket_sendto(nl->sock, batch->bytes, batch->used) < 0)
		return false;
	while (!batch->done) {
		ssize_t n = r2_nl_receive(nl, 0);
		const struct nlmsghdr *nlh;
		const uint8_t *at = nl->buf;
		size_t left = (size_t)n;

		if (n < 0)
			return false;
		while ((nlh = r2_nl_message(&at, &left)))
			take_answer(batch, nl, nlh);
	}
	return true;
}

/* Of listening: our own replaces come in the order in which others' changes came between them. */
struct ears {
	struct batch *batch;
	const struct r2_nl *nl;
};

static void on_change(void *ctx, const struct nlmsghdr *nlh, const struct r2_route *route)
{
	struct ears *ears = ctx;
	struct batch *batch = ears->batch;
	size_t at = position(batch, ears->nl, nlh);

	if (at < batch->n) {
		batch->heard[at].ours = true;
		return;
	}
	for (size_t i = 0; i < batch->n; i++) {
		const struct r2_route key = r2_linux_route_form(&batch->ops[i].route);

		if (is_replace(&batch->ops[i]) && !batch->alone[i] &&
		    r2_route_same_key(route, &key))
			r2_heard_note(&batch->heard[i], nlh, route);
	}
}

/* Return: false if a replace hit another tool's: all of those are put back. */
static bool listen_back(struct r2_linux *lx, struct batch *batch, bool answered,
			struct r2_error *err)
{
	struct ears ears = {batch, &lx->nl};
	bool good = true;

	if (!batch->replaces)
		return true;
	r2_taken_listen(&lx->taken, on_change, &ears);
	for (size_t i = 0; i < batch->n; i++) {
		struct r2_heard *heard = &batch->heard[i];

		if (answered || heard->ours) {
			good &= r2_heard_end(lx, heard, err);
		} else { /* it may not even have been sent */
			free(heard->foreign);
			heard->foreign = NULL;
		}
	}
	return good;
}

static bool one_by_one(struct r2_os *os, const struct r2_op *ops, size_t n, const bool *which,
		       struct r2_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if ((!which || which[i]) && !r2_linux_apply(os, &ops[i], err))
			return false;
	}
	return true;
}

bool r2_linux_many(struct r2_os *os, const struct r2_op *ops, size_t n, struct r2_error *err)
{
	struct r2_linux *lx = r2_linux_of(os);
	struct batch batch = {.ops = ops, .n = n};
	bool answered;

	if (n <= 1 || n > R2_MANY_MAX || !fill(lx, &batch))
		return one_by_one(os, ops, n, NULL, err);
	answered = exchange(&lx->nl, &batch);
	if (!listen_back(lx, &batch, answered, err))
		return false;
	return one_by_one(os, ops, n, answered ? batch.alone : NULL, err);
}

bool r2_linux_interrupted(struct r2_os *os)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	sigset_t pending;

	(void)os;
	if (sigpending(&pending))
		return false;
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++) {
		if (sigismember(&pending, ending[i]) == 1)
			return true;
	}
	return false;
}
