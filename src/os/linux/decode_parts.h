/* SPDX-License-Identifier: MIT */
/* What the decoders share: the sizes that recur, and single attributes. */
#ifndef R2_OS_LINUX_DECODE_PARTS_H
#define R2_OS_LINUX_DECODE_PARTS_H

#include "os/linux/netlink.h"

/* Sizes that recur: an address of either family, a number. A longer number is a newer kernel's. */
/* clang-format off */
#define ADDRESS { 4, 16 }
#define NUMBER  { 4, 4 }
#define BYTE    { 1, 1 }
#define ANY     { 1, UINT16_MAX }
/* clang-format on */

/** r2_decode_ip() - the address in @attr, none if there is no attribute. Return: false if it is not
 * one of @family */
bool r2_decode_ip(const struct nlattr *attr, enum r2_family family, struct r2_ip *ret);

/** r2_decode_via() - RTA_VIA: a next hop of a family of its own */
bool r2_decode_via(const struct nlattr *attr, struct r2_ip *ret);

/** r2_decode_is() - is the message one of two types */
bool r2_decode_is(const struct nlmsghdr *nlh, uint16_t made, uint16_t gone);

/** r2_decode_hop_flags() - RTNH_F_* to enum r2_route_flag */
uint32_t r2_decode_hop_flags(unsigned rtnh);

/** get_u32() - in the host's byte order, as rtnetlink has numbers; @otherwise without @attr */
static inline uint32_t get_u32(const struct nlattr *attr, uint32_t otherwise)
{
	return attr ? mnl_attr_get_u32(attr) : otherwise;
}

#endif
