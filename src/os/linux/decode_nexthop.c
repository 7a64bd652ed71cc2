/* SPDX-License-Identifier: MIT */
/* Next-hop objects (linux/nexthop.h) and address labels (linux/if_addrlabel.h). */
#include <linux/if_addrlabel.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "os/linux/decode.h"
#include "os/linux/decode_parts.h"

static size_t get_members(const struct nlattr *attr, struct r2_nexthop_member *ret, size_t room)
{
	size_t n = mnl_attr_get_payload_len(attr) / sizeof(struct nexthop_grp);

	for (size_t i = 0; i < n && i < room; i++) {
		struct nexthop_grp member;

		memcpy(&member, (const uint8_t *)mnl_attr_get_payload(attr) + i * sizeof(member),
		       sizeof(member));
		ret[i] = (struct r2_nexthop_member){member.id, (uint16_t)(member.weight + 1)};
	}
	return n < room ? n : room;
}

bool r2_decode_nexthop(const struct nlmsghdr *nlh, struct r2_nexthop *ret,
		       struct r2_nexthop_member *members, size_t room)
{
	static const struct r2_nl_size sizes[NHA_FDB + 1] = {
		[NHA_ID] = NUMBER,
		[NHA_GROUP] = ANY,
		[NHA_BLACKHOLE] = {0, UINT16_MAX},
		[NHA_OIF] = NUMBER,
		[NHA_GATEWAY] = ADDRESS,
		[NHA_ENCAP_TYPE] = {2, 2},
		[NHA_FDB] = {0, UINT16_MAX},
	};
	const struct nlattr *attr[NHA_FDB + 1];
	const struct nhmsg *nhm = mnl_nlmsg_get_payload(nlh);

	if (!r2_decode_is(nlh, RTM_NEWNEXTHOP, RTM_DELNEXTHOP) ||
	    !r2_nl_attrs(nlh, sizeof(*nhm), sizes, NHA_FDB, attr) || !attr[NHA_ID])
		return false;
	*ret = (struct r2_nexthop){.id = mnl_attr_get_u32(attr[NHA_ID])};
	ret->hop.link = get_u32(attr[NHA_OIF], 0);
	ret->hop.flags = r2_decode_hop_flags(nhm->nh_flags);
	ret->hop.weight = 1;
	if (attr[NHA_BLACKHOLE])
		ret->flags |= R2_NEXTHOP_BLACKHOLE;
	if (attr[NHA_ENCAP_TYPE] || attr[NHA_FDB])
		ret->flags |= R2_NEXTHOP_OPAQUE;
	if (attr[NHA_GROUP]) {
		ret->flags |= R2_NEXTHOP_GROUP;
		ret->members = (uint32_t)get_members(attr[NHA_GROUP], members, room);
	}
	return !attr[NHA_GATEWAY] ||
	       r2_decode_ip(attr[NHA_GATEWAY], r2_decode_family(nhm->nh_family), &ret->hop.gateway);
}

bool r2_decode_label(const struct nlmsghdr *nlh, struct r2_label *ret)
{
	static const struct r2_nl_size sizes[IFAL_LABEL + 1] = {
		[IFAL_ADDRESS] = {16, 16},
		[IFAL_LABEL] = NUMBER,
	};
	const struct nlattr *attr[IFAL_LABEL + 1];
	const struct ifaddrlblmsg *msg = mnl_nlmsg_get_payload(nlh);

	if (!r2_decode_is(nlh, RTM_NEWADDRLABEL, RTM_DELADDRLABEL) ||
	    !r2_nl_attrs(nlh, sizeof(*msg), sizes, IFAL_LABEL, attr) || !attr[IFAL_ADDRESS] ||
	    !attr[IFAL_LABEL] || msg->ifal_prefixlen > 128)
		return false;
	*ret = (struct r2_label){.link = msg->ifal_index,
				 .label = mnl_attr_get_u32(attr[IFAL_LABEL])};
	ret->prefix.len = msg->ifal_prefixlen;
	return r2_decode_ip(attr[IFAL_ADDRESS], R2_IPV6, &ret->prefix.addr);
}
