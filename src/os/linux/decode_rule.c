/* SPDX-License-Identifier: MIT */
/* Policy rules: every selector of linux/fib_rules.h. */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "os/linux/decode.h"
#include "os/linux/decode_parts.h"

#define FRA_DSCP_SINCE_6_13 25 /* Debian 12's headers end before it */
#undef FRA_DSCP
#define FRA_DSCP FRA_DSCP_SINCE_6_13

/* Since 6.15 a port and a DSCP are told with their masks: all ones select nothing more. */
static bool is_full_mask(const struct nlattr *attr)
{
	enum { SPORT_MASK = 28, DPORT_MASK = 29, DSCP_MASK = 30 };

	switch (mnl_attr_get_type(attr)) {
	case SPORT_MASK:
	case DPORT_MASK:
		return mnl_attr_get_payload_len(attr) == 2 && mnl_attr_get_u16(attr) == UINT16_MAX;
	case DSCP_MASK:
		return mnl_attr_get_payload_len(attr) == 1 && mnl_attr_get_u8(attr) == 0x3f;
	default:
		return false;
	}
}

/* A newer kernel's selector (flow label, port masks ...). */
static bool has_unknown(const struct nlmsghdr *nlh, const struct fib_rule_hdr *hdr)
{
	const size_t used = NLMSG_ALIGN(sizeof(*hdr));
	const struct nlattr *one = (const void *)((const uint8_t *)hdr + used);
	int left = (int)(mnl_nlmsg_get_payload_len(nlh) - used);

	for (; mnl_attr_ok(one, left);
	     left -= (int)NLMSG_ALIGN((unsigned)one->nla_len), one = mnl_attr_next(one)) {
		if (mnl_attr_get_type(one) > FRA_DSCP && !is_full_mask(one))
			return true;
	}
	return false;
}

/* With a length of 0 the rule selects every address, attribute or not. */
static bool get_prefix(const struct nlattr *attr, uint8_t len, enum r2_family family,
		       struct r2_prefix *ret)
{
	if (len == 0)
		return true;
	ret->len = len;
	return r2_decode_ip(attr, family, &ret->addr) && len <= r2_ip_bits(&ret->addr);
}

static bool get_name(const struct nlattr *attr, char ret[R2_IFNAME])
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	if (len >= R2_IFNAME || (attr && !memchr(mnl_attr_get_payload(attr), '\0', len)))
		return false;
	if (attr)
		memcpy(ret, mnl_attr_get_payload(attr), len);
	return true;
}

static bool get_range(const struct nlattr *attr, uint16_t ret[2])
{
	struct fib_rule_port_range range;

	if (!attr)
		return true;
	if (mnl_attr_get_payload_len(attr) != sizeof(range))
		return false;
	memcpy(&range, mnl_attr_get_payload(attr), sizeof(range));
	ret[0] = range.start;
	ret[1] = range.end;
	return true;
}

/* What has a kind of its own: users, ports, suppressors. */
static bool get_selectors(const struct fib_rule_hdr *hdr, const struct nlattr *const *attr,
			  struct r2_rule *ret)
{
	uint32_t group = get_u32(attr[FRA_SUPPRESS_IFGROUP], UINT32_MAX);

	ret->suppress_length = (int32_t)get_u32(attr[FRA_SUPPRESS_PREFIXLEN], UINT32_MAX);
	ret->suppress_group = group == UINT32_MAX ? -1 : (int64_t)group;
	if (hdr->flags & FIB_RULE_INVERT)
		ret->select |= R2_SELECT_INVERT;
	if (hdr->flags & FIB_RULE_FIND_SADDR)
		ret->select |= R2_SELECT_FIND_SADDR;
	if (attr[FRA_L3MDEV] && mnl_attr_get_u8(attr[FRA_L3MDEV]))
		ret->select |= R2_SELECT_L3MDEV;
	if (attr[FRA_TUN_ID])
		ret->select |= R2_SELECT_TUNNEL;
	if (attr[FRA_DSCP]) {
		ret->select |= R2_SELECT_DSCP;
		ret->tos = (uint8_t)(mnl_attr_get_u8(attr[FRA_DSCP]) << 2);
	}
	if (attr[FRA_IP_PROTO])
		ret->ip_proto = mnl_attr_get_u8(attr[FRA_IP_PROTO]);
	if (attr[FRA_UID_RANGE]) {
		struct fib_rule_uid_range range;

		if (mnl_attr_get_payload_len(attr[FRA_UID_RANGE]) != sizeof(range))
			return false;
		memcpy(&range, mnl_attr_get_payload(attr[FRA_UID_RANGE]), sizeof(range));
		ret->select |= R2_SELECT_UID;
		ret->uid_low = range.start;
		ret->uid_high = range.end;
	}
	return get_range(attr[FRA_SPORT_RANGE], ret->sport) &&
	       get_range(attr[FRA_DPORT_RANGE], ret->dport);
}

bool r2_decode_rule(const struct nlmsghdr *nlh, struct r2_rule *ret)
{
	static const struct r2_nl_size sizes[FRA_DSCP + 1] = {
		[FRA_DST] = ADDRESS,
		[FRA_SRC] = ADDRESS,
		[FRA_IIFNAME] = {1, IFNAMSIZ},
		[FRA_PRIORITY] = NUMBER,
		[FRA_FWMARK] = NUMBER,
		[FRA_FWMASK] = NUMBER,
		[FRA_TUN_ID] = ANY,
		[FRA_SUPPRESS_IFGROUP] = NUMBER,
		[FRA_SUPPRESS_PREFIXLEN] = NUMBER,
		[FRA_TABLE] = NUMBER,
		[FRA_OIFNAME] = ANY,
		[FRA_L3MDEV] = BYTE,
		[FRA_UID_RANGE] = ANY,
		[FRA_IP_PROTO] = BYTE,
		[FRA_SPORT_RANGE] = ANY,
		[FRA_DPORT_RANGE] = ANY,
		[FRA_GOTO] = NUMBER,
		[FRA_DSCP] = BYTE,
	};
	const struct nlattr *attr[FRA_DSCP + 1];
	const struct fib_rule_hdr *hdr = mnl_nlmsg_get_payload(nlh);

	if (!r2_decode_is(nlh, RTM_NEWRULE, RTM_DELRULE) ||
	    !r2_nl_attrs(nlh, sizeof(*hdr), sizes, FRA_DSCP, attr))
		return false;

	enum r2_family family = r2_decode_family(hdr->family);

	if (!family)
		return false;
	*ret = (struct r2_rule){.family = (uint8_t)family,
				.action = hdr->action,
				.tos = hdr->tos,
				.priority = get_u32(attr[FRA_PRIORITY], 0),
				.table = get_u32(attr[FRA_TABLE], hdr->table),
				.mark = get_u32(attr[FRA_FWMARK], 0),
				.mask = get_u32(attr[FRA_FWMASK], 0),
				.goto_priority = get_u32(attr[FRA_GOTO], 0)};
	if (!get_prefix(attr[FRA_DST], hdr->dst_len, family, &ret->to) ||
	    !get_prefix(attr[FRA_SRC], hdr->src_len, family, &ret->from) ||
	    !get_name(attr[FRA_IIFNAME], ret->iif) || !get_name(attr[FRA_OIFNAME], ret->oif) ||
	    !get_selectors(hdr, attr, ret))
		return false;
	if (has_unknown(nlh, hdr))
		ret->select |= R2_SELECT_UNKNOWN;
	if (hdr->action == FR_ACT_TO_TBL && ret->table)
		ret->flags |= R2_RULE_TO_TABLE;
	if (r2_rule_is_conditional(ret))
		ret->flags |= R2_RULE_CONDITIONAL;
	return true;
}
