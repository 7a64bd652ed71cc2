/* SPDX-License-Identifier: MIT */
/* The kernel as route2's only memory: who owns what, the book, and finding it again. */
#include "selftest/points.h"

#include "os/linux/decode.h"
#include "os/linux/linux.h"

#include <linux/rtnetlink.h>

static bool owned(struct r2_trial *trial, const char *when)
{
	struct r2_neigh neigh;
	struct r2_route route;
	size_t n;

	return r2_neigh_now(trial, &trial->ground.phantom, &neigh) &&
	       r2_standing_route(trial, 0, &n, &route) &&
	       r2_is_so(trial, n == 1 && route.protocol == R2_PROTOCOL,
			"%s: the route has protocol %u", when, n ? route.protocol : 0U) &&
	       r2_is_so(trial, neigh.protocol == R2_PROTOCOL, "the neighbour %u", neigh.protocol);
}

bool r2_point_owner(struct r2_trial *trial)
{
	struct r2_mac other = r2_other_mac();

	return r2_put_addresses(trial) &&
	       r2_put_phantom(trial, &trial->ground.phantom, &trial->ground.b) &&
	       owned(trial, "added") &&
	       r2_do_neigh(trial, R2_OP_NEIGH_SET, &trial->ground.phantom, &other) &&
	       owned(trial, "moved");
}

/* A line of the book, as book.h has them, for a gateway that is our destination. */
static struct r2_route line_of(const struct r2_trial *trial)
{
	struct r2_route line = r2_route_of(trial, &trial->ground.dst, &trial->ground.phantom, NULL);

	line.table = R2_BOOK_TABLE;
	return line;
}

struct counts {
	struct r2_trial *trial;
	size_t ours, others;
};

static bool on_route(void *ctx, const struct nlmsghdr *nlh)
{
	struct counts *counts = ctx;
	struct r2_route route;

	if (!r2_decode_route(nlh, &route, NULL))
		return true;
	if (route.protocol == R2_PROTOCOL && route.table == R2_BOOK_TABLE)
		counts->ours++;
	else
		counts->others++;
	return true;
}

static bool dump(struct r2_trial *trial, struct counts *ret)
{
	struct r2_linux *lx = r2_linux_of(trial->stage->os);
	const struct r2_nl_visit visit = {on_route, NULL, ret};
	struct r2_nl_request req;
	struct rtmsg *rtm = r2_nl_begin(&req, RTM_GETROUTE, 0, sizeof(*rtm));
	struct r2_error err;
	int error;

	rtm->rtm_family = r2_linux_af(&trial->ground.dst);
	rtm->rtm_protocol = R2_PROTOCOL;
	r2_nl_put_u32(&req, RTA_TABLE, R2_BOOK_TABLE);
	error = r2_nl_dump(&lx->nl, &req, &visit);
	return r2_went(trial,
		       !error || r2_nl_fail(&lx->nl, &err, error, "RTM_GETROUTE",
					    "cannot read the routes"),
		       &err);
}

bool r2_point_strict(struct r2_trial *trial)
{
	struct r2_route line = line_of(trial);
	struct counts counts = {.trial = trial};

	/* Besides the line there are routes of ours in another table, and the kernel's. */
	return r2_put_addresses(trial) && r2_put_native(trial, &trial->ground.b) &&
	       r2_do_route(trial, R2_OP_ROUTE_ADD, &line) && dump(trial, &counts) &&
	       r2_is_so(trial, counts.ours >= 1 && !counts.others,
			"asked for protocol 114 in table 29234: %zu of these, %zu others",
			counts.ours, counts.others);
}

bool r2_point_book(struct r2_trial *trial)
{
	struct r2_route line = line_of(trial);
	struct counts counts = {.trial = trial};
	struct r2_answer answer;

	return r2_put_addresses(trial) && r2_do_route(trial, R2_OP_ROUTE_ADD, &line) &&
	       dump(trial, &counts) && r2_is_so(trial, counts.ours >= 1, "the line stands") &&
	       r2_answers(trial, &trial->ground.dst, &answer) &&
	       r2_is_so(trial,
			answer.error || !r2_ip_equal(&answer.gateway, &trial->ground.phantom),
			"a packet to its destination %s",
			answer.error                                           ? "finds no way"
			: r2_ip_equal(&answer.gateway, &trial->ground.phantom) ? "goes by it"
									       : "goes elsewhere");
}
