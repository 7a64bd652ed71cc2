/* SPDX-License-Identifier: MIT */
/*
 * Idea: ask twice. The first question is what a packet would do: source, gateway, interface. The
 * second (RTM_F_FIB_MATCH) is why: the very route that won, with its prefix, metric and owner.
 */
#include <errno.h>
#include <linux/rtnetlink.h>

#include "os/linux/decode.h"
#include "os/linux/linux.h"

/* The reply to a lookup. */
struct reply {
	bool got;
	struct r2_route route;
	int error;
};

static bool on_reply(void *ctx, const struct nlmsghdr *nlh)
{
	struct reply *reply = ctx;

	if (nlh->nlmsg_type == RTM_NEWROUTE && r2_decode_route(nlh, &reply->route, &reply->error))
		reply->got = true;
	return true;
}

/*
 * Return: 0, or the errno of the request. IPv4 refuses the request where the packet would be
 * refused; IPv6 mostly answers with a route of type unreachable and an errno in it.
 */
static int look_up(struct r2_linux *lx, const struct r2_ip *dst, const struct r2_ip *src,
		   unsigned flags, struct reply *ret)
{
	struct r2_nl_request req;
	struct rtmsg *rtm = r2_nl_begin(&req, RTM_GETROUTE, 0, sizeof(*rtm));

	*ret = (struct reply){0};
	rtm->rtm_family = r2_linux_af(dst);
	rtm->rtm_dst_len = (uint8_t)r2_ip_bits(dst);
	/* Without it, IPv4 names the table main whatever it was; IPv6 never does, and refuses it.
	 */
	rtm->rtm_flags = flags | (dst->family == R2_IPV4 ? RTM_F_LOOKUP_TABLE : 0);
	r2_nl_put(&req, RTA_DST, dst->bytes, r2_ip_bytes(dst));
	if (src) {
		rtm->rtm_src_len = (uint8_t)r2_ip_bits(src);
		r2_nl_put(&req, RTA_SRC, src->bytes, r2_ip_bytes(src));
	}

	int error = r2_nl_call(&lx->nl, &req, on_reply, ret);

	return error ? error : ret->got ? 0 : EBADMSG;
}

static int match(struct r2_linux *lx, const struct r2_ip *dst, const struct r2_ip *src,
		 struct r2_route *ret)
{
	struct reply reply;
	int error = look_up(lx, dst, src, RTM_F_FIB_MATCH, &reply);

	if (!error)
		*ret = reply.route;
	return error;
}

int r2_linux_match(struct r2_linux *lx, const struct r2_ip *dst, struct r2_route *ret)
{
	return match(lx, dst, NULL, ret);
}

/* Is it the fate of a packet (fib_props[], ip6_null_entry), rather than of our question? */
static bool befalls_packets(int error)
{
	/* EINVAL is what a blackhole answers, EACCES a prohibit route or rule. */
	return error == ENETUNREACH || error == EHOSTUNREACH || error == EACCES ||
	       error == EINVAL || error == EAGAIN || error == ENETDOWN;
}

bool r2_linux_lookup(struct r2_os *os, const struct r2_ip *dst, const struct r2_ip *src,
		     struct r2_answer *ret_answer, struct r2_error *err)
{
	struct r2_linux *lx = r2_linux_of(os);
	struct r2_answer answer = {0};
	struct reply reply;
	char text[R2_IP_TEXT];
	int error = look_up(lx, dst, src, 0, &reply);

	if (error && !befalls_packets(error))
		return r2_nl_fail(&lx->nl, err, error, "RTM_GETROUTE", "cannot look up %s",
				  r2_ip_format(dst, text));
	answer.error = error ? error : reply.error;
	if (!answer.error) {
		answer.type = reply.route.type;
		answer.source = reply.route.prefsrc;
		if (src && !answer.source.family)
			answer.source = *src; /* a reply does not repeat it */
		answer.gateway = reply.route.gateway;
		answer.link = reply.route.link;
		answer.table = reply.route.table;
		/* A route that went away since the first question leaves this empty. */
		error = match(lx, dst, src, &answer.match);
		if (error && !befalls_packets(error))
			return r2_nl_fail(&lx->nl, err, error, "RTM_GETROUTE", "cannot look up %s",
					  r2_ip_format(dst, text));
	}
	*ret_answer = answer;
	return true;
}
