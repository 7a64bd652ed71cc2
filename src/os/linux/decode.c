/* SPDX-License-Identifier: MIT */
/*
 * Idea: a table says which attributes are read and how long they may be; after it has been
 * applied, what is left is plain copying.
 */
#include "os/linux/decode.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "os/linux/decode_parts.h"

#ifndef IFF_LOWER_UP /* linux/if.h, which net/if.h excludes */
#define IFF_LOWER_UP (1 << 16)
#endif

enum r2_family r2_decode_family(unsigned af)
{
	return af == AF_INET ? R2_IPV4 : af == AF_INET6 ? R2_IPV6 : R2_NONE;
}

bool r2_decode_ip(const struct nlattr *attr, enum r2_family family, struct r2_ip *ret)
{
	*ret = (struct r2_ip){0};
	if (!attr)
		return true;
	if (mnl_attr_get_payload_len(attr) != (family == R2_IPV4 ? 4 : 16))
		return false;
	*ret = r2_ip_make(family, mnl_attr_get_payload(attr));
	return true;
}

static bool get_mac(const struct nlattr *attr, struct r2_mac *ret)
{
	*ret = (struct r2_mac){0};
	if (!attr)
		return true;
	ret->len = (uint8_t)mnl_attr_get_payload_len(attr);
	memcpy(ret->bytes, mnl_attr_get_payload(attr), ret->len);
	return true;
}

bool r2_decode_is(const struct nlmsghdr *nlh, uint16_t made, uint16_t gone)
{
	return nlh->nlmsg_type == made || nlh->nlmsg_type == gone;
}

/* IFLA_ADDRESS of a link without one is all zeros: a tunnel, the loopback. */
static bool all_zero(const struct r2_mac *mac)
{
	for (size_t i = 0; i < mac->len; i++)
		if (mac->bytes[i])
			return false;
	return true;
}

bool r2_decode_link(const struct nlmsghdr *nlh, struct r2_link *ret)
{
	static const struct r2_nl_size sizes[IFLA_GROUP + 1] = {
		[IFLA_ADDRESS] = {0, R2_MAC_BYTES},
		[IFLA_IFNAME] = {2, R2_IFNAME},
		[IFLA_LINKINFO] = ANY,
		[IFLA_AF_SPEC] = ANY,
		[IFLA_GROUP] = NUMBER,
	};
	static const struct {
		unsigned iff;
		uint32_t flag;
	} flags[] = {
		{IFF_UP, R2_LINK_UP},
		{IFF_LOWER_UP, R2_LINK_CARRIER},
		{IFF_LOOPBACK, R2_LINK_LOOPBACK},
		{IFF_POINTOPOINT, R2_LINK_POINTOPOINT},
		{IFF_NOARP, R2_LINK_NOARP},
	};
	const struct nlattr *attr[IFLA_GROUP + 1];
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	if (!r2_decode_is(nlh, RTM_NEWLINK, RTM_DELLINK) ||
	    !r2_nl_attrs(nlh, sizeof(*ifi), sizes, IFLA_GROUP, attr) || ifi->ifi_index <= 0 ||
	    !attr[IFLA_IFNAME])
		return false;
	*ret = (struct r2_link){.index = (uint32_t)ifi->ifi_index,
				.group = get_u32(attr[IFLA_GROUP], 0)};
	memcpy(ret->name, mnl_attr_get_payload(attr[IFLA_IFNAME]),
	       mnl_attr_get_payload_len(attr[IFLA_IFNAME]));
	ret->name[sizeof(ret->name) - 1] = '\0';
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (ifi->ifi_flags & flags[i].iff)
			ret->flags |= flags[i].flag;
	ret->flags |= r2_decode_link_settings(attr[IFLA_AF_SPEC], attr[IFLA_LINKINFO]);
	get_mac(attr[IFLA_ADDRESS], &ret->mac);
	if (all_zero(&ret->mac))
		ret->mac = (struct r2_mac){0};
	return true;
}

/* IFA_F_* to ours. The bit of IFA_F_SECONDARY means IFA_F_TEMPORARY in IPv6. */
static uint32_t addr_flags(uint32_t ifa, enum r2_family family)
{
	uint32_t flags = 0;

	if (ifa & IFA_F_SECONDARY)
		flags |= family == R2_IPV6 ? R2_ADDR_TEMPORARY : R2_ADDR_SECONDARY;
	if (ifa & IFA_F_DEPRECATED)
		flags |= R2_ADDR_DEPRECATED;
	if (ifa & IFA_F_OPTIMISTIC)
		flags |= R2_ADDR_OPTIMISTIC;
	if (family == R2_IPV6 && (ifa & IFA_F_HOMEADDRESS))
		flags |= R2_ADDR_HOME;
	if (ifa & IFA_F_DADFAILED)
		flags |= R2_ADDR_DADFAILED;
	/* RFC 4429 section 2.1: an optimistic address may be used while DAD is running. */
	if ((ifa & IFA_F_TENTATIVE) && !(ifa & IFA_F_OPTIMISTIC))
		flags |= R2_ADDR_TENTATIVE;
	return flags;
}

bool r2_decode_addr(const struct nlmsghdr *nlh, struct r2_addr *ret)
{
	static const struct r2_nl_size sizes[IFA_FLAGS + 1] = {
		[IFA_ADDRESS] = ADDRESS,
		[IFA_LOCAL] = ADDRESS,
		[IFA_BROADCAST] = ADDRESS,
		[IFA_FLAGS] = NUMBER,
	};
	const struct nlattr *attr[IFA_FLAGS + 1];
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct r2_ip address;

	if (!r2_decode_is(nlh, RTM_NEWADDR, RTM_DELADDR) ||
	    !r2_nl_attrs(nlh, sizeof(*ifa), sizes, IFA_FLAGS, attr))
		return false;

	enum r2_family family = r2_decode_family(ifa->ifa_family);

	if (!family)
		return false;
	*ret = (struct r2_addr){.link = ifa->ifa_index, .scope = ifa->ifa_scope};
	if (!r2_decode_ip(attr[IFA_ADDRESS], family, &address) ||
	    !r2_decode_ip(attr[IFA_LOCAL], family, &ret->ip) ||
	    !r2_decode_ip(attr[IFA_BROADCAST], family, &ret->broadcast))
		return false;
	/* linux/if_addr.h, "Important comment": IFA_ADDRESS is the peer if there is IFA_LOCAL. */
	if (!ret->ip.family)
		ret->ip = address;
	ret->subnet.addr = address.family ? address : ret->ip;
	ret->subnet.len = ifa->ifa_prefixlen;
	ret->flags = addr_flags(get_u32(attr[IFA_FLAGS], ifa->ifa_flags), family);
	return ret->ip.family && ret->link && ret->subnet.len <= r2_ip_bits(&ret->ip);
}

bool r2_decode_neigh(const struct nlmsghdr *nlh, struct r2_neigh *ret)
{
	static const struct r2_nl_size sizes[NDA_PROTOCOL + 1] = {
		[NDA_DST] = ADDRESS,
		[NDA_LLADDR] = {0, R2_MAC_BYTES},
		[NDA_PROTOCOL] = BYTE,
	};
	const struct nlattr *attr[NDA_PROTOCOL + 1];
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	if (!r2_decode_is(nlh, RTM_NEWNEIGH, RTM_DELNEIGH) ||
	    !r2_nl_attrs(nlh, sizeof(*ndm), sizes, NDA_PROTOCOL, attr) ||
	    (ndm->ndm_flags & NTF_PROXY) || ndm->ndm_ifindex <= 0)
		return false;

	enum r2_family family = r2_decode_family(ndm->ndm_family);

	if (!family)
		return false;
	*ret = (struct r2_neigh){.link = (uint32_t)ndm->ndm_ifindex, .state = ndm->ndm_state};
	if (attr[NDA_PROTOCOL])
		ret->protocol = mnl_attr_get_u8(attr[NDA_PROTOCOL]);
	return r2_decode_ip(attr[NDA_DST], family, &ret->ip) && ret->ip.family &&
	       get_mac(attr[NDA_LLADDR], &ret->mac);
}

/* RTA_VIA: a next hop of a family of its own (struct rtvia: u16 family, then the address). */
bool r2_decode_via(const struct nlattr *attr, struct r2_ip *ret)
{
	const uint8_t *payload = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);
	uint16_t af;

	memcpy(&af, payload, sizeof(af));

	enum r2_family family = r2_decode_family(af);

	if (!family || len != sizeof(af) + (family == R2_IPV4 ? 4 : 16))
		return false;
	*ret = r2_ip_make(family, payload + sizeof(af));
	return true;
}

static const struct r2_nl_size route_sizes[RTA_NH_ID + 1] = {
	[RTA_DST] = ADDRESS,
	[RTA_OIF] = NUMBER,
	[RTA_GATEWAY] = ADDRESS,
	[RTA_PRIORITY] = NUMBER,
	[RTA_PREFSRC] = ADDRESS,
	[RTA_MULTIPATH] = {sizeof(struct rtnexthop), UINT16_MAX},
	[RTA_CACHEINFO] = {sizeof(struct rta_cacheinfo), UINT16_MAX},
	[RTA_TABLE] = NUMBER,
	[RTA_VIA] = {2 + 4, 2 + 16},
	[RTA_PREF] = BYTE,
	[RTA_ENCAP_TYPE] = {2, 2},
	[RTA_NH_ID] = NUMBER,
};

static bool get_gateway(const struct nlattr *const *attr, enum r2_family family, struct r2_ip *ret)
{
	return attr[RTA_VIA] ? r2_decode_via(attr[RTA_VIA], ret)
			     : r2_decode_ip(attr[RTA_GATEWAY], family, ret);
}

uint32_t r2_decode_hop_flags(unsigned rtnh)
{
	return (rtnh & RTNH_F_ONLINK ? R2_ROUTE_ONLINK : 0U) |
	       (rtnh & RTNH_F_DEAD ? R2_ROUTE_DEAD : 0U) |
	       (rtnh & RTNH_F_LINKDOWN ? R2_ROUTE_LINKDOWN : 0U);
}

/* RTA_MULTIPATH: a single next hop is as good as none of it; of several, the first is told. */
static bool get_multipath(const struct nlattr *multipath, enum r2_family family,
			  struct r2_route *ret)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(multipath);
	size_t len = mnl_attr_get_payload_len(multipath);
	const struct nlattr *attr[RTA_NH_ID + 1];

	if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > len || hop->rtnh_ifindex < 0 ||
	    !r2_nl_attrs_in(hop + 1, hop->rtnh_len - sizeof(*hop), route_sizes, RTA_NH_ID, attr) ||
	    !get_gateway(attr, family, &ret->gateway))
		return false;
	ret->link = (uint32_t)hop->rtnh_ifindex;
	ret->flags |= r2_decode_hop_flags(hop->rtnh_flags);
	if (NLMSG_ALIGN((size_t)hop->rtnh_len) < len || attr[RTA_ENCAP_TYPE])
		ret->flags |= R2_ROUTE_OPAQUE;
	return true;
}

bool r2_decode_route(const struct nlmsghdr *nlh, struct r2_route *ret, int *ret_error)
{
	const struct nlattr *attr[RTA_NH_ID + 1];
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

	if (!r2_decode_is(nlh, RTM_NEWROUTE, RTM_DELROUTE) ||
	    !r2_nl_attrs(nlh, sizeof(*rtm), route_sizes, RTA_NH_ID, attr))
		return false;

	enum r2_family family = r2_decode_family(rtm->rtm_family);

	if (!family)
		return false;
	*ret = (struct r2_route){.protocol = rtm->rtm_protocol,
				 .scope = rtm->rtm_scope,
				 .type = rtm->rtm_type,
				 .tos = rtm->rtm_tos,
				 .table = get_u32(attr[RTA_TABLE], rtm->rtm_table),
				 .metric = get_u32(attr[RTA_PRIORITY], 0),
				 .link = get_u32(attr[RTA_OIF], 0),
				 .pref = attr[RTA_PREF] ? mnl_attr_get_u8(attr[RTA_PREF]) : 0,
				 .nhid = get_u32(attr[RTA_NH_ID], 0),
				 .flags = r2_decode_hop_flags(rtm->rtm_flags)};
	if (!r2_decode_ip(attr[RTA_DST], family, &ret->dst.addr) ||
	    !r2_decode_ip(attr[RTA_PREFSRC], family, &ret->prefsrc) ||
	    !get_gateway(attr, family, &ret->gateway))
		return false;
	if (!ret->dst.addr.family) /* a default route names no destination */
		ret->dst.addr.family = (uint8_t)family;
	ret->dst.len = rtm->rtm_dst_len;
	if (ret->dst.len > r2_ip_bits(&ret->dst.addr))
		return false;
	if (attr[RTA_MULTIPATH] && !get_multipath(attr[RTA_MULTIPATH], family, ret))
		return false;
	if (attr[RTA_NH_ID] || attr[RTA_ENCAP_TYPE])
		ret->flags |= R2_ROUTE_OPAQUE;
	if (attr[RTA_ENCAP_TYPE])
		ret->flags |= R2_ROUTE_ENCAP;
	if (ret_error) {
		struct rta_cacheinfo info = {0};

		if (attr[RTA_CACHEINFO])
			memcpy(&info, mnl_attr_get_payload(attr[RTA_CACHEINFO]), sizeof(info));
		/* Declared unsigned, but it holds a negative errno (rtnl_put_cacheinfo). */
		int error = (int)info.rta_error;

		*ret_error = error < 0 && error > -4096 ? -error : 0;
	}
	return true;
}

bool r2_decode_hops(const struct nlmsghdr *nlh, struct r2_hop *ret, size_t room, size_t *ret_n)
{
	const struct nlattr *attr[RTA_NH_ID + 1], *own[RTA_NH_ID + 1];
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const uint8_t *at;
	size_t left;

	*ret_n = 0;
	if (!r2_nl_attrs(nlh, sizeof(*rtm), route_sizes, RTA_NH_ID, attr))
		return false;
	if (!attr[RTA_MULTIPATH])
		return true;
	at = mnl_attr_get_payload(attr[RTA_MULTIPATH]);
	left = mnl_attr_get_payload_len(attr[RTA_MULTIPATH]);
	while (left >= sizeof(struct rtnexthop) && *ret_n < room) {
		const struct rtnexthop *hop = (const void *)at;
		struct r2_hop one = {.weight = 1};
		size_t step;

		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > left ||
		    hop->rtnh_ifindex <= 0 ||
		    !r2_nl_attrs_in(hop + 1, hop->rtnh_len - sizeof(*hop), route_sizes, RTA_NH_ID,
				    own) ||
		    !get_gateway(own, r2_decode_family(rtm->rtm_family), &one.gateway))
			return false;
		one.link = (uint32_t)hop->rtnh_ifindex;
		one.flags = r2_decode_hop_flags(hop->rtnh_flags);
		one.weight = (uint16_t)(hop->rtnh_hops + 1);
		ret[(*ret_n)++] = one;
		step = NLMSG_ALIGN((size_t)hop->rtnh_len);
		if (step >= left)
			break;
		at += step;
		left -= step;
	}
	return true;
}
