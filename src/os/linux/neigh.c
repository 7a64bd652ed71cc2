/* SPDX-License-Identifier: MIT */
/*
 * Idea: a permanent neighbour is ours if it carries our protocol number (NDA_PROTOCOL, 5.0); an
 * entry that does not is looked at, named in the refusal, and left alone.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>

#include "os/linux/decode.h"
#include "os/linux/linux.h"

static void begin(struct r2_nl_request *req, uint16_t type, uint16_t flags,
		  const struct r2_neigh *neigh)
{
	struct ndmsg *ndm = r2_nl_begin(req, type, flags, sizeof(*ndm));

	ndm->ndm_family = r2_linux_af(&neigh->ip);
	ndm->ndm_ifindex = (int)neigh->link;
	r2_nl_put(req, NDA_DST, neigh->ip.bytes, r2_ip_bytes(&neigh->ip));
}

static int put(struct r2_linux *lx, uint16_t flags, const struct r2_neigh *neigh)
{
	const uint8_t protocol = R2_PROTOCOL;
	struct r2_nl_request req;

	begin(&req, RTM_NEWNEIGH, flags, neigh);
	((struct ndmsg *)mnl_nlmsg_get_payload(req.nlh))->ndm_state = NUD_PERMANENT;
	r2_nl_put(&req, NDA_LLADDR, neigh->mac.bytes, neigh->mac.len);
	r2_nl_put(&req, NDA_PROTOCOL, &protocol, sizeof(protocol));
	return r2_nl_call(&lx->nl, &req, NULL, NULL);
}

static bool on_neigh(void *ctx, const struct nlmsghdr *nlh)
{
	struct r2_neigh *standing = ctx, neigh;

	if (r2_decode_neigh(nlh, &neigh))
		*standing = neigh;
	return true;
}

/* What stands at that address now; all zero if nothing. Return: 0 or an errno. */
static int get(struct r2_linux *lx, const struct r2_neigh *neigh, struct r2_neigh *ret)
{
	struct r2_nl_request req;
	int error;

	*ret = (struct r2_neigh){0};
	begin(&req, RTM_GETNEIGH, 0, neigh);
	error = r2_nl_call(&lx->nl, &req, on_neigh, ret);
	return error == ENOENT ? 0 : error;
}

/* Nobody's: absent, or an attempt to resolve that has no MAC yet or never got one. */
static bool is_free(const struct r2_neigh *standing)
{
	return !(standing->state &
		 (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_NOARP | NUD_PERMANENT));
}

static bool fail_to(struct r2_linux *lx, const char *verb, const struct r2_neigh *neigh, int error,
		    const char *call, struct r2_error *err)
{
	char ip[R2_IP_TEXT], mac[R2_MAC_TEXT], name[IF_NAMESIZE] = "?";

	if_indextoname(neigh->link, name);
	return r2_nl_fail(&lx->nl, err, error, call, "cannot %s neighbour %s lladdr %s dev %s",
			  verb, r2_ip_format(&neigh->ip, ip), r2_mac_format(&neigh->mac, mac),
			  name);
}

static bool in_use(const struct r2_neigh *standing, struct r2_error *err)
{
	char ip[R2_IP_TEXT], mac[R2_MAC_TEXT], name[IF_NAMESIZE] = "?";

	if_indextoname(standing->link, name);
	r2_error_set(err, R2_FAILED, "%s is in use by a neighbour with MAC %s on %s",
		     r2_ip_format(&standing->ip, ip), r2_mac_format(&standing->mac, mac), name);
	err->native = EEXIST;
	err->call = "RTM_NEWNEIGH";
	return false;
}

static bool add(struct r2_linux *lx, const struct r2_neigh *neigh, struct r2_error *err)
{
	struct r2_neigh standing;
	int error = put(lx, NLM_F_CREATE | NLM_F_EXCL, neigh);

	if (error == EEXIST) {
		error = get(lx, neigh, &standing);
		if (!error && standing.protocol == R2_PROTOCOL &&
		    (standing.state & NUD_PERMANENT) && r2_mac_equal(&standing.mac, &neigh->mac))
			return true;
		if (!error && !is_free(&standing))
			return in_use(&standing, err);
		if (!error)
			error = put(lx, NLM_F_CREATE | NLM_F_REPLACE, neigh);
	}
	return !error || fail_to(lx, "add", neigh, error, "RTM_NEWNEIGH", err);
}

static bool set(struct r2_linux *lx, const struct r2_neigh *neigh, struct r2_error *err)
{
	struct r2_neigh standing;
	int error = get(lx, neigh, &standing);

	if (!error && !is_free(&standing) && standing.protocol != R2_PROTOCOL)
		return in_use(&standing, err);
	if (!error)
		error = put(lx, NLM_F_CREATE | NLM_F_REPLACE, neigh);
	return !error || fail_to(lx, "set", neigh, error, "RTM_NEWNEIGH", err);
}

static bool del(struct r2_linux *lx, const struct r2_neigh *neigh, struct r2_error *err)
{
	struct r2_nl_request req;
	struct r2_neigh standing;
	int error = get(lx, neigh, &standing);

	if (!error && standing.protocol == R2_PROTOCOL) {
		begin(&req, RTM_DELNEIGH, 0, neigh);
		error = r2_nl_call(&lx->nl, &req, NULL, NULL);
	}
	/* ENODEV, ENXIO: the interface is gone, and its neighbours with it. */
	return !error || error == ENOENT || error == ENODEV || error == ENXIO ||
	       fail_to(lx, "delete", neigh, error, "RTM_DELNEIGH", err);
}

bool r2_linux_neigh(struct r2_linux *lx, const struct r2_op *op, struct r2_error *err)
{
	if (op->kind == R2_OP_NEIGH_ADD)
		return add(lx, &op->neigh, err);
	if (op->kind == R2_OP_NEIGH_SET)
		return set(lx, &op->neigh, err);
	return del(lx, &op->neigh, err);
}
