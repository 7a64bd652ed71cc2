/* SPDX-License-Identifier: MIT */
/*
 * Idea: two network namespaces that have no name and no process but this one: what is made in them
 * touches nothing of the host, and goes with the process, however that ends. The first becomes the
 * far side, of which only sockets stay in our hands; in the second we remain.
 */
#include "os/linux/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEAR_NAME "r2near"
#define FAR_NAME  "r2far"
#define LOOPBACK  1 /* in every namespace (LOOPBACK_IFINDEX, include/net/flow.h) */

static const uint8_t NEAR_MAC[] = {0x02, 0x72, 0x32, 0x00, 0x00, 0x02};
static const uint8_t FAR_MAC[] = {0x02, 0x72, 0x32, 0x00, 0x00, 0x01};

/* As root without a user namespace, where these may be forbidden; else with one. */
static bool new_network(struct r2_error *err)
{
	if (unshare(CLONE_NEWNET) == 0)
		return true;
	if (errno == EPERM && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
		return true;
	r2_nl_fail(NULL, err, errno, "unshare", "cannot make a network namespace");
	err->kind = R2_NOT_PERMITTED;
	return r2_error_hint(err, "run it as root, allow user namespaces "
				  "(user.max_user_namespaces), or name an interface: dev IFACE");
}

static struct nlattr *nest(struct r2_nl_request *req, uint16_t type)
{
	void *at = (uint8_t *)req->nlh + NLMSG_ALIGN(req->nlh->nlmsg_len);

	r2_nl_put(req, type, "", 0);
	return at;
}

static void end_nest(struct r2_nl_request *req, struct nlattr *attr)
{
	attr->nla_len = (uint16_t)((uint8_t *)req->nlh + req->nlh->nlmsg_len - (uint8_t *)attr);
}

static void put_name(struct r2_nl_request *req, const char *name, const uint8_t mac[6])
{
	r2_nl_put(req, IFLA_IFNAME, name, strlen(name) + 1);
	r2_nl_put(req, IFLA_ADDRESS, mac, 6);
}

/* The near end here, the far end in the namespace of @far_ns. */
static int make_pair(struct r2_nl *nl, int far_ns)
{
	const struct ifinfomsg nothing = {0};
	struct r2_nl_request req;
	struct nlattr *info, *data, *peer;

	r2_nl_begin(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	put_name(&req, NEAR_NAME, NEAR_MAC);
	info = nest(&req, IFLA_LINKINFO);
	r2_nl_put(&req, IFLA_INFO_KIND, "veth", sizeof("veth"));
	data = nest(&req, IFLA_INFO_DATA);
	peer = nest(&req, VETH_INFO_PEER);
	memcpy((uint8_t *)req.nlh + req.nlh->nlmsg_len, &nothing, sizeof(nothing));
	req.nlh->nlmsg_len += (uint32_t)sizeof(nothing);
	put_name(&req, FAR_NAME, FAR_MAC);
	r2_nl_put(&req, IFLA_NET_NS_FD, &far_ns, sizeof(far_ns));
	end_nest(&req, peer);
	end_nest(&req, data);
	end_nest(&req, info);
	return r2_nl_call(nl, &req, NULL, NULL);
}

/* IPv6 would give each end an address of its own and talk of it: only what we add is to be there.
 */
static int no_own_address(struct r2_nl *nl, uint32_t link)
{
	const uint8_t mode = IN6_ADDR_GEN_MODE_NONE;
	struct r2_nl_request req;
	struct nlattr *spec, *inet6;
	struct ifinfomsg *ifi = r2_nl_begin(&req, RTM_NEWLINK, 0, sizeof(*ifi));

	ifi->ifi_index = (int)link;
	spec = nest(&req, IFLA_AF_SPEC);
	inet6 = nest(&req, AF_INET6);
	r2_nl_put(&req, IFLA_INET6_ADDR_GEN_MODE, &mode, sizeof(mode));
	end_nest(&req, inet6);
	end_nest(&req, spec);
	return r2_nl_call(nl, &req, NULL, NULL);
}

static bool on_index(void *ctx, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type == RTM_NEWLINK && mnl_nlmsg_get_payload_len(nlh) >= sizeof(*ifi))
		*(uint32_t *)ctx = (uint32_t)ifi->ifi_index;
	return true;
}

static int index_of(struct r2_nl *nl, const char *name, uint32_t *ret)
{
	struct r2_nl_request req;

	*ret = 0;
	r2_nl_begin(&req, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	r2_nl_put(&req, IFLA_IFNAME, name, strlen(name) + 1);
	return r2_nl_call(nl, &req, on_index, ret);
}

int r2_stage_gateways(struct r2_linux_stage *ls)
{
	static const char *const there[] = {"192.0.2.1", "192.0.2.11", "2001:db8:0:1::1",
					    "2001:db8:0:1::11", "fe80::1"};
	int error = 0;

	for (size_t i = 0; (!error || error == EEXIST) && i < sizeof(there) / sizeof(*there); i++) {
		struct r2_ip ip;

		if (!r2_ip_parse(there[i], &ip) ||
		    (ip.family == R2_IPV6 && !(ls->stage.can & R2_STAGE_IPV6)))
			continue;
		error = r2_stage_put_address(&ls->far, RTM_NEWADDR, ls->far_link, &ip, 0);
	}
	return error == EEXIST ? 0 : error;
}

/* The far side's namespace becomes the one before the last, of which @ret is a descriptor. */
static bool make_far(struct r2_linux_stage *ls, int *ret, struct r2_error *err)
{
	if (!new_network(err) || !r2_nl_open(&ls->far, err))
		return false;
	ls->wire = r2_wire_socket(err);
	if (ls->wire < 0)
		return false;
	*ret = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return *ret >= 0 || r2_nl_fail(NULL, err, errno, "open(/proc/self/ns/net)",
				       "cannot make a network namespace");
}

static bool read_link(struct r2_linux_stage *ls, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_SETTINGS};
	const struct r2_link *link;
	struct r2_host host;

	if (!ls->stage.os->ops->snapshot(ls->stage.os, &query, &host, err))
		return false;
	link = r2_host_link_named(&host, NEAR_NAME);
	if (link)
		ls->stage.link = *link;
	r2_host_free(&host);
	return link || r2_error_set(err, R2_FAILED, "the pair of interfaces is not there");
}

bool r2_stage_pair(struct r2_linux_stage *ls, struct r2_error *err)
{
	struct r2_nl *nl;
	int far_ns = -1, error;

	if (!make_far(ls, &far_ns, err) || !new_network(err)) {
		if (far_ns >= 0)
			close(far_ns);
		return false;
	}
	ls->stage.os = r2_linux_open(NULL, err);
	if (!ls->stage.os) {
		close(far_ns);
		return false;
	}
	nl = r2_stage_netlink(ls);
	error = make_pair(nl, far_ns);
	close(far_ns);
	if (error)
		return r2_nl_fail(nl, err, error, "RTM_NEWLINK",
				  "cannot make a pair of interfaces");
	if (!read_link(ls, err))
		return false;
	if (!(ls->stage.link.flags & R2_LINK_NO_IPV6))
		ls->stage.can |= R2_STAGE_IPV6;
	error = index_of(&ls->far, FAR_NAME, &ls->far_link);
	if (!error && (ls->stage.can & R2_STAGE_IPV6))
		error = no_own_address(nl, ls->stage.link.index);
	if (!error && (ls->stage.can & R2_STAGE_IPV6))
		error = no_own_address(&ls->far, ls->far_link);
	if (!error)
		error = r2_stage_set_up(nl, LOOPBACK, true);
	if (!error)
		error = r2_stage_set_up(nl, ls->stage.link.index, true);
	if (!error)
		error = r2_stage_set_up(&ls->far, ls->far_link, true);
	if (!error)
		error = r2_stage_gateways(ls);
	if (error)
		return r2_nl_fail(NULL, err, error, "rtnetlink", "cannot set up the interfaces");
	ls->stage.gateway.len = sizeof(FAR_MAC);
	memcpy(ls->stage.gateway.bytes, FAR_MAC, sizeof(FAR_MAC));
	return r2_wire_listen(ls->wire, ls->far_link, err) &&
	       r2_stage_wait_link(ls, R2_LINK_UP | R2_LINK_CARRIER, true, err) &&
	       read_link(ls, err);
}
