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

#endif
