/* SPDX-License-Identifier: MIT */
/*
 * Idea: what is on the stage is found by looking, so that one function clears after an experiment,
 * at the end, and what a killed run has left.
 */
#include "os/linux/stage.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "os/linux/decode.h"

/* ---- addresses ---- */

struct mortals {
	uint32_t link;
	R2_LIST(struct r2_ip) ips;
};

/* One with a lifetime, of the documentation's: ours. Somebody's own would be for ever. */
static bool on_addr(void *ctx, const struct nlmsghdr *nlh)
{
	static const struct r2_nl_size sizes[IFA_CACHEINFO + 1] = {
		[IFA_CACHEINFO] = {sizeof(struct ifa_cacheinfo), UINT16_MAX}};
	const struct nlattr *attr[IFA_CACHEINFO + 1];
	struct mortals *mortals = ctx;
	struct ifa_cacheinfo life;
	struct r2_addr addr;

	if (!r2_decode_addr(nlh, &addr) || addr.link != mortals->link ||
	    !r2_stage_is_test(&addr.ip) ||
	    !r2_nl_attrs(nlh, sizeof(struct ifaddrmsg), sizes, IFA_CACHEINFO, attr) ||
	    !attr[IFA_CACHEINFO])
		return true;
	memcpy(&life, mnl_attr_get_payload(attr[IFA_CACHEINFO]), sizeof(life));
	return life.ifa_valid > R2_STAGE_LIFETIME || r2_list_push(&mortals->ips, &addr.ip);
}

static void forget(void *ctx)
{
	((struct mortals *)ctx)->ips.n = 0;
}

static bool clear_addresses(struct r2_linux_stage *ls, struct r2_error *err)
{
	struct mortals mortals = {.link = ls->stage.link.index};
	const struct r2_nl_visit visit = {on_addr, forget, &mortals};
	struct r2_nl *nl = r2_stage_netlink(ls);
	struct r2_nl_request req;
	int error;

	r2_nl_begin(&req, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
	error = r2_nl_dump(nl, &req, &visit);
	r2_each (const struct r2_ip, ip, &mortals.ips) {
		int gone =
			error ? 0
			      : r2_stage_put_address(nl, RTM_DELADDR, ls->stage.link.index, ip, 0);

		/* A secondary one goes with its primary. */
		error = gone == EADDRNOTAVAIL ? error : gone ? gone : error;
	}
	r2_list_free(&mortals.ips);
	return !error ||
	       r2_nl_fail(nl, err, error, "RTM_DELADDR", "cannot remove the test addresses");
}

/* ---- routes and neighbours ---- */

static bool clear_route(struct r2_linux_stage *ls, const struct r2_route *route,
			struct r2_error *err)
{
	struct r2_linux *lx = r2_linux_of(ls->stage.os);
	char text[R2_ROUTE_TEXT];
	int error;

	if (!r2_stage_is_ours(route, ls->stage.link.index))
		return true;
	error = r2_linux_route_delete(lx, route);
	return !error || r2_nl_fail(&lx->nl, err, error, "RTM_DELROUTE", "cannot remove %s",
				    r2_linux_route_text(route, text));
}

static bool clear_neigh(struct r2_linux_stage *ls, const struct r2_neigh *neigh,
			struct r2_error *err)
{
	struct r2_nl *nl = r2_stage_netlink(ls);
	struct r2_nl_request req;
	struct ndmsg *ndm;
	char text[R2_IP_TEXT];
	int error;

	if (neigh->link != ls->stage.link.index || !r2_stage_is_test(&neigh->ip))
		return true;
	ndm = r2_nl_begin(&req, RTM_DELNEIGH, 0, sizeof(*ndm));
	ndm->ndm_family = r2_linux_af(&neigh->ip);
	ndm->ndm_ifindex = (int)neigh->link;
	r2_nl_put(&req, NDA_DST, neigh->ip.bytes, r2_ip_bytes(&neigh->ip));
	error = r2_nl_call(nl, &req, NULL, NULL);
	return !error || error == ENOENT ||
	       r2_nl_fail(nl, err, error, "RTM_DELNEIGH", "cannot remove neighbour %s",
			  r2_ip_format(&neigh->ip, text));
}

/* The subnet of an IPv6 address that had a lifetime outlives it, up to that (ipv6_del_addr()). */
static bool clear_subnets(struct r2_linux_stage *ls, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_ADDRS | R2_PART_ROUTES,
				 .family = R2_IPV6,
				 .protocol = R2_PROTO_KERNEL,
				 .table = R2_MAIN_TABLE};
	struct r2_linux *lx = r2_linux_of(ls->stage.os);
	struct r2_host host;
	int error = 0;

	if (!ls->stage.os->ops->snapshot(ls->stage.os, &query, &host, err))
		return false;
	r2_each (const struct r2_route, route, &host.routes)
		if (!error && r2_stage_is_orphan(&host, route, ls->stage.link.index))
			error = r2_linux_route_delete(lx, route);
	r2_host_free(&host);
	return !error || r2_nl_fail(&lx->nl, err, error, "RTM_DELROUTE",
				    "cannot remove the subnet of the test addresses");
}

static bool keep_ours(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	struct r2_linux_stage *ls = ctx;

	(void)host;
	return r2_stage_is_ours(route, ls->stage.link.index);
}

/* An experiment may have ended with an interface off. */
static bool switch_on(struct r2_linux_stage *ls, struct r2_error *err)
{
	int error = 0;

	if (ls->stage.can & R2_STAGE_DISABLE)
		error = r2_stage_set_up(r2_stage_netlink(ls), ls->stage.link.index, true);
	if (!error && ls->own)
		error = r2_stage_set_up(&ls->far, ls->far_link, true);
	if (!error && ls->own)
		error = r2_stage_gateways(ls);
	if (error)
		return r2_nl_fail(NULL, err, error, "RTM_NEWLINK",
				  "cannot switch the interface on");
	return !ls->own || r2_stage_wait_link(ls, R2_LINK_UP | R2_LINK_CARRIER, true, err);
}

bool r2_stage_clear(struct r2_stage *stage, struct r2_error *err)
{
	struct r2_linux_stage *ls = r2_linux_stage_of(stage);
	struct r2_query query = {
		.parts = R2_PART_NEIGHS | R2_PART_ROUTES, .keep = keep_ours, .ctx = ls};
	struct r2_host host;
	bool ok;

	if (!stage->os->ops->snapshot(stage->os, &query, &host, err))
		return false;
	ok = true;
	r2_each (const struct r2_route, route, &host.routes)
		ok = clear_route(ls, route, err) && ok;
	r2_each (const struct r2_neigh, neigh, &host.neighs)
		ok = clear_neigh(ls, neigh, err) && ok;
	r2_host_free(&host);
	return clear_addresses(ls, err) && clear_subnets(ls, err) && switch_on(ls, err) && ok;
}
