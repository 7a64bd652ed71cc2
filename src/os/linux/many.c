/* SPDX-License-Identifier: MIT */
/*
 * Many routes in one send: the kernel takes the messages one after the other and answers each
 * error, and the last. An operation that failed so is done once more by itself, which knows what to
 * make of EEXIST and ESRCH, or says what is wrong.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "os/linux/linux.h"

#define MESSAGE_ROOM 192 /* more than a route with all that we write takes */

/* A batch on its way. @failed: by position; @req: each message in its turn. */
struct batch {
	uint32_t first, last;
	struct r2_nl_request req;
	bool failed[R2_MANY_MAX];
	bool done;
	alignas(struct nlmsghdr) uint8_t bytes[R2_MANY_MAX * MESSAGE_ROOM];
	size_t used;
};

static bool is_bulk(const struct r2_op *op)
{
	return op->kind == R2_OP_ROUTE_ADD || op->kind == R2_OP_ROUTE_PREPEND ||
	       op->kind == R2_OP_ROUTE_APPEND || op->kind == R2_OP_ROUTE_DEL;
}

static void compose(struct r2_nl_request *req, const struct r2_op *op)
{
	const struct r2_route route = r2_linux_route_form(&op->route);
	static const uint16_t flags[] = {
		[R2_OP_ROUTE_ADD] = NLM_F_CREATE | NLM_F_EXCL,
		[R2_OP_ROUTE_PREPEND] = NLM_F_CREATE,
		[R2_OP_ROUTE_APPEND] = NLM_F_CREATE | NLM_F_APPEND,
	};

	if (op->kind == R2_OP_ROUTE_DEL)
		r2_linux_route_request(req, RTM_DELROUTE, 0, &route);
	else
		r2_linux_route_request(req, RTM_NEWROUTE, flags[op->kind], &route);
}

/* Return: false if it does not fit, which no route of ours does. */
static bool append(struct batch *batch, const struct r2_op *op, bool last)
{
	struct nlmsghdr *nlh;
	size_t len;

	compose(&batch->req, op);
	nlh = batch->req.nlh;
	len = NLMSG_ALIGN((size_t)nlh->nlmsg_len);
	if (batch->req.full || batch->used + len > sizeof(batch->bytes))
		return false;
	nlh->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	if (last)
		nlh->nlmsg_flags |= NLM_F_ACK;
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	nlh->nlmsg_seq = ++batch->last;
	memcpy(batch->bytes + batch->used, nlh, nlh->nlmsg_len);
	batch->used += len;
	return true;
}

static void take_answer(struct batch *batch, const struct r2_nl *nl, const struct nlmsghdr *nlh)
{
	char words[R2_NL_WORDS];
	uint32_t at = nlh->nlmsg_seq - batch->first;

	if (nlh->nlmsg_type != NLMSG_ERROR || nlh->nlmsg_pid != nl->portid ||
	    at > batch->last - batch->first)
		return;
	batch->failed[at] = r2_nl_verdict(nlh, words) != 0;
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
	struct r2_nl *nl = &r2_linux_of(os)->nl;
	struct batch batch = {.first = nl->seq + 1, .last = nl->seq};
	bool fits = n > 1 && n <= R2_MANY_MAX;

	for (size_t i = 0; fits && i < n; i++)
		fits = is_bulk(&ops[i]) && append(&batch, &ops[i], i + 1 == n);
	if (!fits)
		return one_by_one(os, ops, n, NULL, err);
	nl->seq = batch.last;
	if (!exchange(nl, &batch))
		return one_by_one(os, ops, n, NULL, err);
	return one_by_one(os, ops, n, batch.failed, err);
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
