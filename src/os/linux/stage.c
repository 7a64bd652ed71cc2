/* SPDX-License-Identifier: MIT */
/* The stage on Linux: addresses, an interface of the host or a pair, and its state. */
#include "os/linux/stage.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PATIENCE_MS 5000

/* A MAC that no card has (IEEE 802: locally administered), for where no gateway answers. */
static const struct r2_mac NOBODY = {6, {0x02, 0x72, 0x32, 0x00, 0x00, 0x01}};

struct r2_linux_stage *r2_linux_stage_of(struct r2_stage *stage)
{
	return (struct r2_linux_stage *)(void *)stage; /* its first member */
}

struct r2_nl *r2_stage_netlink(struct r2_linux_stage *ls)
{
	return &r2_linux_of(ls->stage.os)->nl;
}

/* ---- addresses ---- */

int r2_stage_put_address(struct r2_nl *nl, uint16_t type, uint32_t link, const struct r2_ip *ip,
			 uint32_t lifetime)
{
	const struct ifa_cacheinfo life = {.ifa_prefered = lifetime, .ifa_valid = lifetime};
	struct r2_nl_request req;
	uint16_t flags = type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0;
	struct ifaddrmsg *ifa = r2_nl_begin(&req, type, flags, sizeof(*ifa));

	ifa->ifa_family = r2_linux_af(ip);
	ifa->ifa_prefixlen = ip->family == R2_IPV4 ? R2_STAGE_SUBNET4 : R2_STAGE_SUBNET6;
	ifa->ifa_index = link;
	if (ip->family == R2_IPV6)
		ifa->ifa_flags = IFA_F_NODAD; /* in service at once */
	r2_nl_put(&req, IFA_LOCAL, ip->bytes, r2_ip_bytes(ip));
	r2_nl_put(&req, IFA_ADDRESS, ip->bytes, r2_ip_bytes(ip));
	if (lifetime)
		r2_nl_put(&req, IFA_CACHEINFO, &life, sizeof(life));
	return r2_nl_call(nl, &req, NULL, NULL);
}

/* IPv6 puts an address in service a moment after it is there (addrconf_dad_work()). */
static bool wait_served(struct r2_stage *stage, const struct r2_ip *ip, struct r2_error *err)
{
	int64_t until = r2_linux_now_ms() + PATIENCE_MS;
	struct r2_answer answer;
	char text[R2_IP_TEXT];

	while (r2_linux_now_ms() < until) {
		if (!stage->os->ops->lookup(stage->os, ip, NULL, &answer, err))
			return false;
		if (!answer.error && answer.type == R2_TYPE_LOCAL)
			return true;
		poll(NULL, 0, 1);
	}
	return r2_error_set(err, R2_FAILED, "the address %s does not get into service",
			    r2_ip_format(ip, text));
}

bool r2_stage_address(struct r2_stage *stage, const struct r2_ip *ip, bool skip,
		      struct r2_error *err)
{
	struct r2_nl *nl = r2_stage_netlink(r2_linux_stage_of(stage));
	char text[R2_IP_TEXT];
	int error = skip ? EOPNOTSUPP
			 : r2_stage_put_address(nl, RTM_NEWADDR, stage->link.index, ip,
						R2_STAGE_LIFETIME);

	if (error)
		return r2_nl_fail(nl, err, error, "RTM_NEWADDR", "cannot add the address %s",
				  r2_ip_format(ip, text));
	return wait_served(stage, ip, err);
}

bool r2_stage_address_del(struct r2_stage *stage, const struct r2_ip *ip, struct r2_error *err)
{
	struct r2_nl *nl = r2_stage_netlink(r2_linux_stage_of(stage));
	char text[R2_IP_TEXT];
	int error = r2_stage_put_address(nl, RTM_DELADDR, stage->link.index, ip, 0);

	return !error || r2_nl_fail(nl, err, error, "RTM_DELADDR", "cannot remove the address %s",
				    r2_ip_format(ip, text));
}

bool r2_stage_foreign(struct r2_stage *stage, const struct r2_route *route, struct r2_error *err)
{
	struct r2_nl *nl = r2_stage_netlink(r2_linux_stage_of(stage));
	const struct r2_route form = r2_linux_route_form(route);
	struct r2_nl_request req;
	char text[R2_ROUTE_TEXT];
	int error;

	r2_linux_route_request(&req, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &form);
	error = r2_nl_call(nl, &req, NULL, NULL);
	return !error || r2_nl_fail(nl, err, error, "RTM_NEWROUTE", "cannot add %s",
				    r2_linux_route_text(&form, text));
}

/* ---- the interface ---- */

int r2_stage_set_up(struct r2_nl *nl, uint32_t link, bool up)
{
	struct r2_nl_request req;
	struct ifinfomsg *ifi = r2_nl_begin(&req, RTM_NEWLINK, 0, sizeof(*ifi));

	ifi->ifi_index = (int)link;
	ifi->ifi_flags = up ? IFF_UP : 0;
	ifi->ifi_change = IFF_UP;
	return r2_nl_call(nl, &req, NULL, NULL);
}

static bool read_flags(struct r2_linux_stage *ls, uint32_t *ret, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_LINKS};
	const struct r2_link *link;
	struct r2_host host;

	if (!ls->stage.os->ops->snapshot(ls->stage.os, &query, &host, err))
		return false;
	link = r2_host_link(&host, ls->stage.link.index);
	*ret = link ? link->flags : 0;
	r2_host_free(&host);
	return true;
}

bool r2_stage_wait_link(struct r2_linux_stage *ls, uint32_t flags, bool set, struct r2_error *err)
{
	int64_t until = r2_linux_now_ms() + PATIENCE_MS;
	uint32_t now;

	for (;;) {
		if (!read_flags(ls, &now, err))
			return false;
		if ((now & flags) == (set ? flags : 0))
			return true;
		if (r2_linux_now_ms() > until)
			return r2_error_set(err, R2_FAILED, "the interface %s",
					    set ? "does not come up" : "stays up");
		poll(NULL, 0, 1);
	}
}

bool r2_stage_carrier(struct r2_stage *stage, bool on, struct r2_error *err)
{
	struct r2_linux_stage *ls = r2_linux_stage_of(stage);
	int error = r2_stage_set_up(&ls->far, ls->far_link, on);

	if (!error && on)
		error = r2_stage_gateways(ls);
	if (error)
		return r2_nl_fail(&ls->far, err, error, "RTM_NEWLINK",
				  "cannot switch the far side %s", on ? "on" : "off");
	return r2_stage_wait_link(ls, R2_LINK_CARRIER, on, err);
}

bool r2_stage_enable(struct r2_stage *stage, bool on, struct r2_error *err)
{
	struct r2_linux_stage *ls = r2_linux_stage_of(stage);
	struct r2_nl *nl = r2_stage_netlink(ls);
	int error = r2_stage_set_up(nl, stage->link.index, on);

	if (error)
		return r2_nl_fail(nl, err, error, "RTM_NEWLINK", "cannot switch the interface %s",
				  on ? "on" : "off");
	return r2_stage_wait_link(ls, on ? R2_LINK_UP | R2_LINK_CARRIER : R2_LINK_UP, on, err);
}

static bool on_kind(void *ctx, const struct nlmsghdr *nlh)
{
	static const struct r2_nl_size link[IFLA_LINKINFO + 1] = {
		[IFLA_LINKINFO] = {0, UINT16_MAX}};
	static const struct r2_nl_size info[IFLA_INFO_KIND + 1] = {
		[IFLA_INFO_KIND] = {0, UINT16_MAX}};
	const struct nlattr *attr[IFLA_LINKINFO + 1], *kind[IFLA_INFO_KIND + 1];
	struct r2_stage *stage = ctx;

	if (!r2_nl_attrs(nlh, sizeof(struct ifinfomsg), link, IFLA_LINKINFO, attr) ||
	    !attr[IFLA_LINKINFO] ||
	    !r2_nl_attrs_in(mnl_attr_get_payload(attr[IFLA_LINKINFO]),
			    mnl_attr_get_payload_len(attr[IFLA_LINKINFO]), info, IFLA_INFO_KIND,
			    kind) ||
	    !kind[IFLA_INFO_KIND])
		return true;
	snprintf(stage->kind, sizeof(stage->kind), "an interface of this host, kind %.*s",
		 (int)mnl_attr_get_payload_len(kind[IFLA_INFO_KIND]),
		 (const char *)mnl_attr_get_payload(kind[IFLA_INFO_KIND]));
	return true;
}

static void tell_kind(struct r2_linux_stage *ls)
{
	struct r2_nl_request req;
	struct ifinfomsg *ifi = r2_nl_begin(&req, RTM_GETLINK, 0, sizeof(*ifi));

	snprintf(ls->stage.kind, sizeof(ls->stage.kind), "an interface of this host, hardware");
	ifi->ifi_index = (int)ls->stage.link.index;
	(void)r2_nl_call(r2_stage_netlink(ls), &req, on_kind, &ls->stage);
}

/* ---- the whole ---- */

static bool find_link(struct r2_linux_stage *ls, const char *dev, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_SETTINGS};
	struct r2_os *os = ls->stage.os;
	const struct r2_link *link;
	struct r2_host host;

	if (!os->ops->snapshot(os, &query, &host, err))
		return false;
	link = r2_host_link_named(&host, dev);
	if (link)
		ls->stage.link = *link;
	r2_host_free(&host);
	if (link)
		return true;
	r2_error_set(err, R2_FAILED, "there is no interface %.100s", dev);
	return r2_error_hint(err, "without dev the self-test makes a pair of its own");
}

static bool open_dev(struct r2_linux_stage *ls, const struct r2_stage_options *options,
		     struct r2_error *err)
{
	struct r2_stage *stage = &ls->stage;

	stage->os = r2_linux_open(options->netns, err);
	if (!stage->os || !find_link(ls, options->dev, err))
		return false;
	stage->can = R2_STAGE_HEARS;
	if (!(stage->link.flags & R2_LINK_NO_IPV6))
		stage->can |= R2_STAGE_IPV6;
	if (options->disruptive)
		stage->can |= R2_STAGE_DISABLE;
	stage->gateway = NOBODY;
	tell_kind(ls);
	if (!r2_stage_begin(stage, options, err))
		return false;
	stage->os->ops->shield(stage->os, true);
	if (!r2_stage_take(stage, err)) {
		stage->os->ops->shield(stage->os, false);
		return false;
	}
	ls->wire = r2_wire_socket(err);
	if (ls->wire >= 0 && r2_wire_listen(ls->wire, stage->link.index, err))
		return true;
	stage->os->ops->shield(stage->os, false);
	return false;
}

static bool open_own(struct r2_linux_stage *ls, const struct r2_stage_options *options,
		     struct r2_error *err)
{
	struct r2_stage *stage = &ls->stage;

	if (!r2_stage_pair(ls, err) || !r2_stage_begin(stage, options, err))
		return false;
	stage->can |= R2_STAGE_HEARS | R2_STAGE_GATEWAY | R2_STAGE_SPEAKS | R2_STAGE_CARRIER |
		      R2_STAGE_DISABLE;
	snprintf(stage->kind, sizeof(stage->kind),
		 "a pair of veth interfaces in a network namespace of their own");
	stage->os->ops->shield(stage->os, true);
	return true;
}

static void let_go(struct r2_linux_stage *ls)
{
	if (ls->wire >= 0)
		close(ls->wire);
	r2_nl_close(&ls->far);
	if (ls->stage.os)
		ls->stage.os->ops->close(ls->stage.os);
	free(ls);
}

struct r2_stage *r2_stage_open(const struct r2_stage_options *options, struct r2_error *err)
{
	struct r2_linux_stage *ls = calloc(1, sizeof(*ls));

	if (!ls) {
		r2_error_set(err, R2_FAILED, "out of memory");
		return NULL;
	}
	ls->wire = -1;
	ls->own = !options->dev;
	if (ls->own ? open_own(ls, options, err) : open_dev(ls, options, err))
		return &ls->stage;
	let_go(ls);
	return NULL;
}

bool r2_stage_close(struct r2_stage *stage, struct r2_error *err)
{
	/* What is in namespaces of its own goes with them. */
	bool ok = r2_linux_stage_of(stage)->own || r2_stage_clear(stage, err);

	stage->os->ops->shield(stage->os, false);
	let_go(r2_linux_stage_of(stage));
	return ok;
}

bool r2_stage_interrupted(struct r2_stage *stage)
{
	return stage->os->ops->interrupted(stage->os);
}

const char *r2_stage_system(char *buf, size_t size)
{
	struct utsname name;

	if (uname(&name))
		snprintf(buf, size, "Linux");
	else
		snprintf(buf, size, "%s %s %s", name.sysname, name.release, name.machine);
	return buf;
}
