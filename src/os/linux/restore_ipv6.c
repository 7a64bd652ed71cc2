/* SPDX-License-Identifier: MIT */
/*
 * What a replace has taken away that another tool made in that moment: it is put back as the kernel
 * told of it, and ours with it as it was.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "os/linux/decode.h"
#include "os/linux/linux.h"

void r2_heard_note(struct r2_heard *heard, const struct nlmsghdr *nlh, const struct r2_route *route)
{
	bool made = nlh->nlmsg_type == RTM_NEWROUTE;

	if (heard->ours)
		return;
	if (route->protocol == heard->op->route.protocol) {
		/* Another writer of our own number: all we can say is whether it took ours. */
		if (!made && r2_ip_equal(&route->gateway, &heard->op->old.gateway))
			heard->old_gone = true;
		return;
	}
	free(heard->foreign);
	heard->foreign = NULL;
	if (!made)
		return;
	if (nlh->nlmsg_flags & NLM_F_REPLACE)
		heard->old_gone = true;
	heard->protocol = route->protocol;
	heard->foreign = malloc(nlh->nlmsg_len);
	if (heard->foreign)
		memcpy(heard->foreign, nlh, nlh->nlmsg_len);
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
static int restore_both(struct r2_linux *lx, const struct r2_heard *heard)
{
	const struct r2_route old = r2_linux_route_form(&heard->op->old);
	struct r2_nl_request req;
	int error;

	r2_linux_route_request(&req, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &old);
	error = r2_nl_call(&lx->nl, &req, NULL, NULL);
	if (!error)
		error = put_back(lx, heard->foreign, &old);
	return error == EEXIST ? 0 : error; /* never gone: a kind that a replace leaves alone */
}

/* Ours was gone when it came: it alone. */
static int restore_foreign(struct r2_linux *lx, const struct r2_heard *heard)
{
	const struct r2_route ours = r2_linux_route_form(&heard->op->route);
	int error = put_back(lx, heard->foreign, NULL);
	int deleted = r2_linux_route_delete(lx, &ours);

	/* It has the next hop of ours, which stood in its way until now. */
	if (error == EEXIST && !deleted)
		error = put_back(lx, heard->foreign, NULL);
	return error == EEXIST ? 0 : error;
}

static bool restore(struct r2_linux *lx, const struct r2_heard *heard, struct r2_error *err)
{
	const struct r2_route old = r2_linux_route_form(&heard->op->old);
	bool had_old = !heard->old_gone && !heard->vacant;
	int error = had_old ? restore_both(lx, heard) : restore_foreign(lx, heard);
	char text[R2_ROUTE_TEXT], who[R2_PROTOCOL_TEXT];

	r2_linux_route_text(&old, text);
	if (error)
		return r2_nl_fail(&lx->nl, err, error, "RTM_NEWROUTE",
				  "replacing %s took away a route that protocol %s made in that "
				  "moment, and it cannot be put back",
				  text, r2_protocol_name(heard->protocol, who));
	r2_error_set(err, R2_FAILED,
		     "cannot replace %s: protocol %s made a route with metric %u "
		     "in the same moment; it stands, and ours is as it was",
		     text, r2_protocol_name(heard->protocol, who), old.metric);
	err->native = EBUSY;
	err->call = "RTM_NEWROUTE";
	return r2_error_hint(err, "choose another metric");
}

bool r2_heard_end(struct r2_linux *lx, struct r2_heard *heard, struct r2_error *err)
{
	bool good = !heard->foreign || restore(lx, heard, err);

	free(heard->foreign);
	heard->foreign = NULL;
	return good;
}
