/* SPDX-License-Identifier: MIT */
/* What the kernel is set to on a link, of all that decides a choice of source or route. */
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "os/linux/decode.h"
#include "os/linux/decode_parts.h"

/* A number of an array of settings; IPv4's array begins with the one numbered 1. */
static bool is_set(const struct nlattr *array, unsigned index, int32_t at_least)
{
	int32_t value;

	if (!array || mnl_attr_get_payload_len(array) < (index + 1) * sizeof(value))
		return false;
	memcpy(&value, (const uint8_t *)mnl_attr_get_payload(array) + index * sizeof(value),
	       sizeof(value));
	return value >= at_least;
}

/* The attribute of @type nested in @outer, NULL if there is none. */
static const struct nlattr *nested(const struct nlattr *outer, uint16_t type)
{
	enum { LAST = AF_INET6 }; /* the highest that is asked for */
	static const struct r2_nl_size any = ANY;
	struct r2_nl_size sizes[LAST + 1] = {0};
	const struct nlattr *attr[LAST + 1];

	sizes[type] = any;
	if (!outer || !r2_nl_attrs_in(mnl_attr_get_payload(outer), mnl_attr_get_payload_len(outer),
				      sizes, LAST, attr))
		return NULL;
	return attr[type];
}

static bool is_kind(const struct nlattr *attr, const char *kind)
{
	return attr && mnl_attr_get_payload_len(attr) >= strlen(kind) &&
	       memcmp(mnl_attr_get_payload(attr), kind, strlen(kind)) == 0;
}

uint32_t r2_decode_link_settings(const struct nlattr *spec, const struct nlattr *info)
{
	const struct nlattr *inet = nested(spec, AF_INET), *inet6 = nested(spec, AF_INET6);
	const struct nlattr *conf = nested(inet, IFLA_INET_CONF);
	const struct nlattr *conf6 = nested(inet6, IFLA_INET6_CONF);
	const struct {
		bool holds;
		uint32_t flag;
	} flags[] = {
		{spec && !inet, R2_LINK_NO_IPV4},
		{spec && !inet6, R2_LINK_NO_IPV6},
		{is_set(conf, IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN - 1, 1),
		 R2_LINK_IGNORE_LINKDOWN4},
		{is_set(conf, IPV4_DEVCONF_ROUTE_LOCALNET - 1, 1), R2_LINK_ROUTE_LOCALNET},
		{is_set(conf6, DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN, 1), R2_LINK_IGNORE_LINKDOWN6},
		{is_set(conf6, DEVCONF_USE_OIF_ADDRS_ONLY, 1), R2_LINK_USE_OIF_ADDRS_ONLY},
		{is_set(conf6, DEVCONF_USE_OPTIMISTIC, 1), R2_LINK_USE_OPTIMISTIC},
		{is_set(conf6, DEVCONF_USE_TEMPADDR, 2), R2_LINK_PREFER_TEMPORARY},
		{is_set(conf6, DEVCONF_DISABLE_IPV6, 1), R2_LINK_NO_IPV6},
		{is_kind(nested(info, IFLA_INFO_KIND), "vrf") ||
			 is_kind(nested(info, IFLA_INFO_SLAVE_KIND), "vrf"),
		 R2_LINK_L3_SLAVE},
	};
	uint32_t ret = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].holds)
			ret |= flags[i].flag;
	}
	return ret;
}
