/* SPDX-License-Identifier: MIT */
/*
 * From rtnetlink messages to core's values. Pure: no call, no allocation, so it can be fuzzed.
 *
 * Each returns false for a message that is not of its kind, is cut short or contradicts itself;
 * *@ret is then undefined. The caller has checked that @nlh->nlmsg_len lies within its buffer.
 */
#ifndef R2_OS_LINUX_DECODE_H
#define R2_OS_LINUX_DECODE_H

#include <linux/netlink.h>

#include "core/host.h"

/** r2_decode_family() - R2_IPV4 or R2_IPV6 for AF_INET or AF_INET6, else R2_NONE */
enum r2_family r2_decode_family(unsigned af);

/** r2_decode_link() - RTM_NEWLINK or RTM_DELLINK */
bool r2_decode_link(const struct nlmsghdr *nlh, struct r2_link *ret);

/** r2_decode_addr() - RTM_NEWADDR or RTM_DELADDR */
bool r2_decode_addr(const struct nlmsghdr *nlh, struct r2_addr *ret);

/** r2_decode_rule() - RTM_NEWRULE or RTM_DELRULE */
bool r2_decode_rule(const struct nlmsghdr *nlh, struct r2_rule *ret);

/** r2_decode_neigh() - RTM_NEWNEIGH or RTM_DELNEIGH; false also for a proxy entry */
bool r2_decode_neigh(const struct nlmsghdr *nlh, struct r2_neigh *ret);

/**
 * r2_decode_route() - RTM_NEWROUTE or RTM_DELROUTE
 * @ret_error: what RTA_CACHEINFO says would befall a packet (IPv6 lookups), 0 if nothing; may be
 *             NULL
 */
bool r2_decode_route(const struct nlmsghdr *nlh, struct r2_route *ret, int *ret_error);

/**
 * r2_decode_hops() - the next hops of a route that has several (RTA_MULTIPATH)
 * @ret_n: how many of @room; 0 for a route that has one, or a next-hop object
 */
bool r2_decode_hops(const struct nlmsghdr *nlh, struct r2_hop *ret, size_t room, size_t *ret_n);

/**
 * r2_decode_nexthop() - RTM_NEWNEXTHOP or RTM_DELNEXTHOP
 * @members: room for a group's; @ret->members tells how many of @room
 */
bool r2_decode_nexthop(const struct nlmsghdr *nlh, struct r2_nexthop *ret,
		       struct r2_nexthop_member *members, size_t room);

/** r2_decode_label() - RTM_NEWADDRLABEL or RTM_DELADDRLABEL */
bool r2_decode_label(const struct nlmsghdr *nlh, struct r2_label *ret);

/**
 * r2_decode_link_settings() - the flags of enum r2_link_flag that lie in nested attributes
 * @spec: IFLA_AF_SPEC, @info: IFLA_LINKINFO; both may be NULL
 *
 * Without the "all" values of the settings, which belong to no link.
 */
uint32_t r2_decode_link_settings(const struct nlattr *spec, const struct nlattr *info);

#endif
