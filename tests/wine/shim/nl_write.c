/* SPDX-License-Identifier: MIT */
/* Changes to the tables of the kernel. */
#include "nl.h"
#include "sys.h"
#include "wire.h"

static uint16_t flags_of(enum nl_how how)
{
	switch (how) {
	case NL_ADD:
		return F_ACK | F_CREATE | F_EXCL;
	case NL_APPEND:
		return F_ACK | F_CREATE | F_APPEND;
	case NL_CHANGE:
		return F_ACK | F_CREATE | F_REPLACE;
	}
	return F_ACK;
}

static void route_request(struct req *req, uint16_t type, uint16_t flags, const struct route *route)
{
	bool other = route->table > TABLE_LOCAL;
	struct rtmsg msg = {.family = family_on_wire(route->dst.family),
			    .dst_len = route->len,
			    .table = other ? 0 : TABLE_MAIN,
			    .protocol = route->protocol,
			    .scope = route->scope,
			    .type = TYPE_UNICAST,
			    .flags = type == NEWROUTE ? route->flags & FLAG_ONLINK : 0U};

	req_begin(req, type, flags, &msg, sizeof(msg));
	if (route->len)
		req_put_ip(req, RTA_DST_, &route->dst);
	req_put_ip(req, RTA_GATEWAY_, &route->hop);
	req_put_ip(req, RTA_PREFSRC_, &route->prefsrc);
	req_put_u32(req, RTA_OIF_, route->index);
	req_put_u32(req, RTA_PRIORITY_, route->priority);
	if (other)
		req_put_u32(req, RTA_TABLE_, route->table);
}

int nl_put_route(const struct route *route, enum nl_how how)
{
	struct req req;

	route_request(&req, NEWROUTE, flags_of(how), route);
	return nl_talk(&req, NULL, NULL);
}

int nl_take_route(const struct route *route)
{
	struct req req;

	route_request(&req, DELROUTE, F_ACK, route);
	return nl_talk(&req, NULL, NULL);
}

int nl_put_neigh(const struct neigh *neigh, enum nl_how how)
{
	struct ndmsg msg = {.family = family_on_wire(neigh->ip.family),
			    .index = neigh->index,
			    .state = neigh->state};
	struct req req;

	req_begin(&req, NEWNEIGH, flags_of(how), &msg, sizeof(msg));
	req_put_ip(&req, NDA_DST_, &neigh->ip);
	req_put(&req, NDA_LLADDR_, neigh->mac, neigh->mac_len);
	return nl_talk(&req, NULL, NULL);
}

int nl_take_neigh(const struct ip *ip, uint32_t index)
{
	struct ndmsg msg = {.family = family_on_wire(ip->family), .index = index};
	struct req req;

	req_begin(&req, DELNEIGH, F_ACK, &msg, sizeof(msg));
	req_put_ip(&req, NDA_DST_, ip);
	return nl_talk(&req, NULL, NULL);
}

int nl_use_neigh(const struct ip *ip, uint32_t index)
{
	struct ndmsg msg = {
		.family = family_on_wire(ip->family), .index = index, .flags = NTF_USE_};
	struct req req;

	req_begin(&req, NEWNEIGH, F_ACK | F_CREATE, &msg, sizeof(msg));
	req_put_ip(&req, NDA_DST_, ip);
	return nl_talk(&req, NULL, NULL);
}

static void addr_request(struct req *req, uint16_t type, uint16_t flags, const struct addr *addr)
{
	struct ifaddrmsg msg = {
		.family = family_on_wire(addr->ip.family), .len = addr->len, .index = addr->index};
	uint32_t cacheinfo[4] = {addr->preferred, addr->valid, 0, 0};

	req_begin(req, type, flags, &msg, sizeof(msg));
	req_put_ip(req, IFA_LOCAL_, &addr->ip);
	req_put_ip(req, IFA_ADDRESS_, &addr->ip);
	if (type == NEWADDR)
		req_put(req, IFA_CACHEINFO_, cacheinfo, sizeof(cacheinfo));
}

int nl_put_addr(const struct addr *addr, enum nl_how how)
{
	struct req req;

	addr_request(&req, NEWADDR, flags_of(how), addr);
	return nl_talk(&req, NULL, NULL);
}

int nl_take_addr(const struct addr *addr)
{
	struct req req;

	addr_request(&req, DELADDR, F_ACK, addr);
	return nl_talk(&req, NULL, NULL);
}

static int change_rule(uint16_t type, uint16_t flags, const struct ip *dst, uint8_t len,
		       uint32_t table, uint32_t priority)
{
	enum { TO_TABLE = 1 };
	struct rtmsg msg = {
		.family = family_on_wire(dst->family), .dst_len = len, .type = TO_TABLE};
	struct req req;

	req_begin(&req, type, flags, &msg, sizeof(msg));
	if (len)
		req_put_ip(&req, FRA_DST_, dst);
	req_put_u32(&req, FRA_PRIORITY_, priority);
	req_put_u32(&req, FRA_TABLE_, table);
	return nl_talk(&req, NULL, NULL);
}

int nl_put_rule(const struct ip *dst, uint8_t len, uint32_t table, uint32_t priority)
{
	return change_rule(NEWRULE, F_ACK | F_CREATE | F_EXCL, dst, len, table, priority);
}

int nl_take_rule(const struct ip *dst, uint8_t len, uint32_t table, uint32_t priority)
{
	return change_rule(DELRULE, F_ACK, dst, len, table, priority);
}
